"""A form with every kind of question, records that answer it, and the files that exports make of them."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import openpyxl
from hypothesis import strategies as st

from kobotui.exports.direct import Direct, make_output
from kobotui.exports.layout import FormVersion
from kobotui.exports.record_edits import Drawing, read_edits
from kobotui.exports.record_table import RecordTable, read_files, read_table
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import Form
from kobotui.model.submission import Submission

TITLE = "Round [trip]"
TODAY = date(2026, 11, 23)
EN, FR = "English (en)", "Français (fr)"


def row(kind: str, name: str, label: str = "", **more: Any) -> dict[str, Any]:
    """A row of the form; labels in two languages."""
    return {"type": kind, "name": name, "label": [label or name.title(), f"{label or name} (fr)"], **more}


CONTENT: dict[str, Any] = {
    "translations": [EN, FR],
    "survey": [
        row("start", "start"),
        row("today", "today"),
        row("text", "name", "Name"),
        row("integer", "age", "Age", constraint=". >= 0 and . < 1000"),
        row("decimal", "weight", "Weight, kg"),
        row("range", "rate", parameters="start=1 end=10"),
        row("note", "hello"),
        row("begin_group", "g", "Group/one"),
        row("date", "born", "Age"),  # the same label as another question's
        row("time", "clock"),
        row("datetime", "met"),
        row("text", "name", "Name"),
        row("select_one", "region", select_from_list_name="region"),
        row("select_multiple", "needs", select_from_list_name="needs", _or_other=True),
        row("rank", "order", select_from_list_name="needs"),
        {"type": "end_group"},
        row("geopoint", "place", "=Place"),
        row("geotrace", "way"),
        row("acknowledge", "agreed"),
        row("image", "photo"),
        row("calculate", "bmi"),
        row("begin_repeat", "kid", "Child"),
        row("text", "kname"),
        row("select_multiple", "likes", select_from_list_name="needs"),
        row("begin_repeat", "visit"),
        row("date", "day"),
        row("decimal", "temp"),
        {"type": "end_repeat"},
        {"type": "end_repeat"},
    ],
    "choices": [
        # the label of one is the name of another
        {"list_name": "region", "name": "north", "label": ["South", "Nord"]},
        {"list_name": "region", "name": "South", "label": ["north", "Sud"]},
        {"list_name": "region", "name": "1", "label": ["One more", "Un de plus"]},
        {"list_name": "needs", "name": "food", "label": ["Food", "Manger"]},
        {"list_name": "needs", "name": "water", "label": ["Clean water, cold", "Eau"]},
        {"list_name": "needs", "name": "7", "label": ["A roof", "Toit"]},
    ],
}
OLDER = {**CONTENT, "survey": [*CONTENT["survey"][:3], row("text", "gone", "Gone"), *CONTENT["survey"][3:]]}
VERSIONS = [FormVersion("v2", Form.from_content(CONTENT)), FormVersion("v1", Form.from_content(OLDER))]
FORM = VERSIONS[0].form

_WORDS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\u2028\u2029\x85")
TEXT = (
    st.text(_WORDS | st.sampled_from("\t\n"), min_size=1, max_size=12)
    | st.sampled_from(
        [
            "=1+1",
            "'=x",
            "''",
            "-x",
            "@a",
            "+1",
            "007",
            "1.50",
            "TRUE",
            "_x0041_",
            "_x005F_",
            '"',
            ";",
            "é\u202eb",
            "2026-01-01",
        ]
    )
    | st.sampled_from(["(long a)", "(long é)"])
).filter(lambda text: text.strip() != "")


def written_out(value: Any) -> Any:
    """The same with its very long texts, which no report of a failure should hold."""
    match value:
        case str():
            return value[6] * 40_000 if value.startswith("(long ") else value
        case list():
            return [written_out(item) for item in value]
        case dict():
            return {key: written_out(item) for key, item in value.items()}
    return value


_INTEGERS = st.integers(0, 999).map(str)
_DECIMALS = st.integers(-9999, 9999).map(lambda n: f"{n / 100:g}")
_DAYS = st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(str)
_CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02}:{t[1]:02}:00.000+03:00")
_NAMES = st.sampled_from(["north", "South", "1"])
_MANY = st.lists(st.sampled_from(["food", "water", "7"]), min_size=1, unique=True).map(" ".join)
_POINTS = st.tuples(_DECIMALS, _DECIMALS).map(lambda t: f"{float(t[0]) % 90:g} {float(t[1]) % 180:g} 0 5.5")

EDITABLE: dict[str, st.SearchStrategy[str]] = {
    "name": TEXT, "age": _INTEGERS, "weight": _DECIMALS, "rate": st.integers(1, 10).map(str), "g/born": _DAYS,
    "g/clock": _CLOCKS, "g/met": st.builds("{}T{}".format, _DAYS, _CLOCKS), "g/name": TEXT, "g/region": _NAMES,
    "g/needs": _MANY, "g/order": st.permutations(["food", "water", "7"]).map(" ".join), "place": _POINTS,
    "way": st.lists(_POINTS, min_size=2, max_size=3).map(";".join), "agreed": st.just("OK"),
}  # fmt: skip
VISIT = {"kid/visit/day": _DAYS, "kid/visit/temp": _DECIMALS}
KID: dict[str, st.SearchStrategy[Any]] = {"kid/kname": TEXT, "kid/likes": _MANY}


def some(answers: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these answered."""
    return st.fixed_dictionaries({}, optional=answers)


VISITS = st.lists(some(VISIT), min_size=1, max_size=3)
KIDS = st.lists(some({**KID, "kid/visit": VISITS}), min_size=1, max_size=3)
ANSWERS = some({**EDITABLE, "kid": KIDS, "photo": st.just("a b.jpg"), "bmi": _DECIMALS, "gone": TEXT, "today": _DAYS})


def record(number: int, answers: dict[str, Any]) -> dict[str, Any]:
    """A record as the server has it."""
    return {
        "_id": number,
        "_uuid": f"u{number}",
        "meta/rootUuid": f"uuid:r{number}",
        "_submission_time": "2026-02-01T00:00:00",
        "_submitted_by": "admin",
        "_attachments": [],
        "_validation_status": {},
        "__version__": "v1" if number % 2 else "v2",
        **answers,
    }


class Way(NamedTuple):
    """One way to make a file and to bring it back."""

    kind: str
    options: ExportOptions
    separator: str = ";"
    resaved: bool = False
    """Whether another program opened it and wrote it again."""


OPTIONS = st.builds(
    ExportOptions,
    lang=st.sampled_from(["_xml", EN, FR]),
    multiple_select=st.sampled_from(["both", "summary", "details"]),
    hierarchy_in_labels=st.booleans(),
    xls_types_as_text=st.booleans(),
)
WAYS = st.builds(Way, st.just("csv"), OPTIONS, st.sampled_from([";", ",", "\t"]), st.just(False)) | st.builds(
    Way, st.just("xlsx"), OPTIONS, st.just(""), st.booleans()
)


def exported(folder: Path, records: list[dict[str, Any]], way: Way) -> Path:
    """The records in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    target, lines = folder / f"out.{way.kind}", folder / "000000.jsonl"
    for old in folder.glob("out*"):
        old.unlink()
    lines.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    direct = Direct(format=way.kind, options=way.options, separator=way.separator)  # type: ignore[arg-type]
    with make_output(folder, target, TITLE, VERSIONS, direct) as output:
        output.add_file(lines, Event())
        output.finish()
    if way.resaved:
        book = openpyxl.load_workbook(target)
        book.save(target)
        book.close()
    return target


def table_of(path: Path) -> RecordTable:
    """What is read of a file."""
    return read_table(read_files(path, VERSIONS), TITLE, VERSIONS)


def edits_of(path: Path, records: list[dict[str, Any]]) -> tuple[dict[int, dict[str, str | None]], list[str]]:
    """What a file changes, by ``_id``, and the problems it has."""
    table = table_of(path)
    drawing = Drawing(TITLE, VERSIONS, table)
    by_id = {record["_id"]: record for record in records}
    found = {}
    for entry in table.main.rows:
        number = int(table.main.text(entry, "_id"))
        now = Submission(number, copy.deepcopy(by_id[number]))
        if after := read_edits(table, entry, now, drawing, TODAY).after:
            found[number] = after
    return found, list(map(str, table.problems.kept))
