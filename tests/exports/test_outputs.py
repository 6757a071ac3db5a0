"""The files themselves: read back by other programs they hold what the tables hold, whatever is in the records."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import openpyxl
import pytest

from kobotui.exports.csv_file import CsvOutput
from kobotui.exports.direct import Direct, make_output
from kobotui.exports.geojson import geometry_of
from kobotui.exports.layout import FormVersion
from kobotui.exports.output import Output, Stopped, linked_names
from kobotui.exports.table import Table, TableSheet
from kobotui.exports.xlsx_file import LONGEST_CELL, XlsxOutput, sheet_name
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import Form
from kobotui.model.text import unguard_formula
from kobotui.paths import LocalError
from tests.exports.expectations import CASES, HERE, Expected, Source, as_kept, expected, read, source
from tests.exports.test_table import form, question

NAMES = ExportOptions(lang="_xml")


def feed(output: Output, folder: Path, records: list[dict[str, Any]]) -> list[Path]:
    """Records through a file on the disk, as a walk leaves them; the files made."""
    path = folder / "000000.jsonl"
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    with output:
        output.add_file(path, Event())
        return output.finish()


def make(tmp_path: Path, want: Expected, kind: Any, name: str) -> list[Path]:
    """An export of recorded bodies as files."""
    folder = tmp_path / "part"
    folder.mkdir()
    direct = Direct(format=kind, options=want.options)
    return feed(
        make_output(folder, tmp_path / name, want.source.name, want.source.forms, direct), folder, want.source.records
    )


def table(content: bytes) -> list[list[str]]:
    """The rows of a CSV file as the server writes them."""
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";"))


@pytest.mark.parametrize("case", [case for case in CASES if "typed" not in case])
def test_csv_files_hold_what_the_server_makes(tmp_path: Path, case: str) -> None:
    want = expected(case)
    files = make(tmp_path, want, "csv", "out.csv")
    assert len(files) == len(want.sheets)
    for path, wanted in zip(files, want.sheets.values(), strict=True):
        found = table(path.read_bytes())
        assert [[unguard_formula(cell) for cell in row] for row in found] == [[str(c) for c in row] for row in wanted]


@pytest.mark.parametrize("case", CASES)
def test_workbooks_hold_what_the_server_makes(tmp_path: Path, case: str) -> None:
    want = expected(case)
    (path,) = make(tmp_path, want, "xlsx", "out.xlsx")
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == len(want.sheets)
    for name, wanted in zip(book.sheetnames, want.sheets.values(), strict=True):
        found = [[as_kept(cell.value) for cell in row] for row in book[name]]
        assert found == [[as_read(cell) for cell in row] for row in wanted]
    book.close()


def as_read(cell: Any) -> Any:
    """A cell of the expectations as a reader of workbooks returns it: each date is a moment, line ends are ``\\n``."""
    match cell:
        case {"day": str(day)}:
            return {"moment": datetime.fromisoformat(day).isoformat()}
        case str():
            return cell.replace("\r\n", "\n")
    return cell


def test_sheets_are_called_as_in_the_servers_workbook() -> None:
    title = source("versions").name
    assert sheet_name(title, []) == "Needs_ a _survey_ of more th..."
    assert sheet_name(title, ["Needs_ a _survey_ of more th..."]) == "Needs_ a _survey_ of mor... (1)"
    assert sheet_name("kid", ["KID", "kid (1)"]) == "kid (2)"
    assert sheet_name("'", []) == "_"
    assert sheet_name("", []) == "_"
    for name in ("x" * 40, "a\nb", "\x00", "[]:*?/\\", "=1+1", "🙂" * 31):
        found = sheet_name(name, [])
        assert 0 < len(found) <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f]", found)


@pytest.mark.parametrize("name", ["household", "places"])
def test_geojson_is_what_the_server_makes(tmp_path: Path, name: str) -> None:
    want = read(HERE / "geojson.json")[name]
    if name == "places":
        raw = read(HERE / "places.input.json")
        recorded = Source(raw["name"], [(v["uid"], v["content"]) for v in raw["versions"]], raw["results"])
    else:
        recorded = source(name)
    recorded = recorded._replace(records=recorded.records[: want["records"]])
    options = ExportOptions(**want["options"])
    (path,) = make(tmp_path, Expected(recorded, options, {}), "geojson", "out.geojson")
    found = read(path)
    assert found["type"] == "FeatureCollection"
    assert found["name"] == want["name"]
    assert found["features"] == want["features"]


def test_no_record_makes_whole_files(tmp_path: Path) -> None:
    empty = Expected(source("clinic")._replace(records=[]), NAMES, {})
    for kind in ("csv", "xlsx", "json", "jsonl", "geojson"):
        (tmp_path / kind).mkdir()
        files = make(tmp_path / kind, empty, kind, f"out.{kind}")
        assert all(path.exists() for path in files)
    assert read(tmp_path / "json" / "out.json") == []
    assert read(tmp_path / "geojson" / "out.geojson")["features"] == []
    assert (tmp_path / "jsonl" / "out.jsonl").read_bytes() == b""
    assert len(openpyxl.load_workbook(tmp_path / "xlsx" / "out.xlsx").sheetnames) == 3


def test_json_is_what_was_sent(tmp_path: Path) -> None:
    want = Expected(source("clinic"), NAMES, {})
    (path,) = make(tmp_path, want, "json", "out.json")
    assert read(path) == want.source.records
    (tmp_path / "l").mkdir()
    (path,) = make(tmp_path / "l", want, "jsonl", "out.jsonl")
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == want.source.records


HOSTILE = [
    "=1+1", '=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "a;b", 'a"b', "a\nb", "a\r\nb",
    "\x00\x01\x1b[31m", "_x0041_", "\u202e\u2066", "\ufffe\uffff", "<&>]]>", "#REF!", "x" * 40_000, "-1.5", "1e5", "",
    "\\", "&#0;", "🙂",
]  # fmt: skip


@pytest.mark.parametrize("typed", [False, True])
def test_hostile_cells(tmp_path: Path, typed: bool) -> None:
    """Formulas do not run, separators do not part cells, and nothing of it is lost but what XLSX cannot hold."""
    survey = form(question("text", "q"), question("integer", "n"), question("date", "d"))
    records = [{"_id": n, "q": text, "n": text, "d": text} for n, text in enumerate(HOSTILE)]
    options = ExportOptions(lang="_xml", xls_types_as_text=not typed)
    want = Expected(Source("P", [], records), options, {})
    forms = [FormVersion("v", survey)]
    (tmp_path / "part").mkdir()
    (path,) = feed(
        make_output(tmp_path / "part", tmp_path / "o.csv", "P", forms, Direct(options=options)),
        tmp_path / "part",
        records,
    )
    rows = table(path.read_bytes())[1:]
    assert [unguard_formula(row[0]) for row in rows] == HOSTILE
    assert not any(row[0].startswith(("=", "+1+", "-1+", "@", "\t", "\r")) for row in rows)
    output = make_output(tmp_path / "part", tmp_path / "o.xlsx", "P", forms, Direct(format="xlsx", options=options))
    (path,) = feed(output, tmp_path / "part", want.source.records)
    assert isinstance(output, XlsxOutput)
    assert output.cut == 3
    sheet = openpyxl.load_workbook(path).worksheets[0]
    for row, text in zip(list(sheet.rows)[1:], HOSTILE, strict=True):
        assert row[0].data_type in ("s", "n")
        if len(text) > LONGEST_CELL:
            assert row[0].value.startswith("<WARNING")
            assert len(row[0].value) == LONGEST_CELL
        elif re.search("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-F]{4}_", text):
            assert unescaped(row[0].value) == text
        else:
            assert (row[0].value or "") == text


def unescaped(text: str) -> str:
    """A cell as spreadsheets read it."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def test_hostile_headings_and_names(tmp_path: Path) -> None:
    """Labels that are formulas, repeats whose names are paths."""
    survey = Form.from_content(
        {
            "survey": [
                question("text", "q", label=["=cmd|' /C calc'!A0"]),
                question("begin_repeat", "../../etc/passwd"),
                question("text", "a\nb;c"),
                {"type": "end_repeat"},
                question("begin_repeat", "CON"),
                {"type": "end_repeat"},
            ],
            "translations": [None],
        }
    )
    forms, options = [FormVersion("v", survey)], ExportOptions(lang="_default")
    (tmp_path / "out").mkdir()
    (tmp_path / "part").mkdir()
    output = make_output(tmp_path / "part", tmp_path / "out" / "x.csv", "P", forms, Direct(options=options))
    files = feed(output, tmp_path / "part", [{"_id": 1, "../../etc/passwd": [{"../../etc/passwd/a\nb;c": "1"}]}])
    assert all(path.parent == tmp_path / "out" for path in files)
    assert [path.name for path in files] == ["x.csv", "x-.._.._etc_passwd.csv", "x-CON.csv"]
    assert table(files[0].read_bytes())[0][0] == "'=cmd|' /C calc'!A0"
    assert table(files[1].read_bytes())[0][0] == "A\nB;C"
    assert table(files[1].read_bytes())[1][0] == "1"


def test_files_of_repeats_never_share_a_name(tmp_path: Path) -> None:
    sheets = [TableSheet("P", []), *(TableSheet(name, [], is_repeat=True) for name in ("a/b", "a:b", "A_B", "c"))]
    names = [path.name for path in linked_names(tmp_path / "x.csv", sheets)]
    assert names == ["x.csv", "x-a_b.csv", "x-a_b-2.csv", "x-A_B-3.csv", "x-c.csv"]


def test_more_rows_than_a_sheet_holds_go_on_another(tmp_path: Path) -> None:
    tables = Table("P", [FormVersion("v", form(question("text", "q")))], NAMES)
    output = XlsxOutput(tmp_path, tmp_path / "x.xlsx", tables, most_rows=4)
    (path,) = feed(output, tmp_path, [{"_id": n, "q": str(n)} for n in range(8)])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["P", "P (1)", "P (2)"]
    assert [[row[0].value for row in sheet] for sheet in book] == [
        ["q", "0", "1", "2"],
        ["q", "3", "4", "5"],
        ["q", "6", "7"],
    ]


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    many = form(*(question("text", f"q{n}") for n in range(16_400)))
    with pytest.raises(LocalError, match="columns"):
        XlsxOutput(tmp_path, tmp_path / "x.xlsx", Table("P", [FormVersion("v", many)], NAMES))


def test_nothing_takes_the_targets_place_before_the_end(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old")
    lines = tmp_path / "000000.jsonl"
    lines.write_bytes(b'{"_id": 1, "q": "a"}\n' * 1000)
    stop = Event()
    stop.set()
    made = Table("P", [FormVersion("v", form(question("text", "q")))], NAMES)
    with CsvOutput(tmp_path, target, made) as output, pytest.raises(Stopped):
        output.add_file(lines, stop)
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("kind", "answer", "coordinates"),
    [
        ("geopoint", "1 2", [2.0, 1.0]),
        ("geopoint", "1 2 3 4", [2.0, 1.0, 3.0]),
        ("geopoint", "1", None),
        ("geopoint", "a b", None),
        ("geopoint", "1 nan", None),
        ("geopoint", 5, None),
        ("geotrace", "1 2 0 0; 3 4 0 0;", [[2.0, 1.0, 0.0], [4.0, 3.0, 0.0]]),
        ("geotrace", "1 2 0 0", None),
        ("geoshape", "0 0;1 0;1 1;0 0", [[[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]]),
        ("geoshape", "0 0;1 0;1 1;0 1", None),
    ],
)
def test_geometries(kind: str, answer: Any, coordinates: Any) -> None:
    found = geometry_of(kind, answer)
    assert (found and found["coordinates"]) == coordinates
