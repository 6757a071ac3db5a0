"""Tables: cell by cell what KoboToolbox's own exports hold, and what those lose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kobotui.exports.cells import day, moment, number
from kobotui.exports.layout import FormVersion
from kobotui.exports.table import Table
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import Form
from tests.exports.expectations import CASES, as_kept, expected

NAMES = ExportOptions(lang="_xml")


def made(table: Table, records: list[dict[str, Any]]) -> dict[str, list[list[Any]]]:
    """All sheets with their headings, as the expectations keep them."""
    found = [[sheet.headings, *([sheet.tags] if sheet.tags else [])] for sheet in table.sheets]
    for record in records:
        for row in table.rows(record):
            found[row.sheet].append([as_kept(cell) for cell in row.cells])
    return {sheet.name: rows for sheet, rows in zip(table.sheets, found, strict=True)}


@pytest.mark.parametrize("case", CASES)
def test_cell_by_cell_what_the_server_makes(case: str) -> None:
    want = expected(case)
    table = Table(want.source.name, want.source.forms, want.options, typed=not want.options.xls_types_as_text)
    got = made(table, want.source.records)
    assert list(got) == list(want.sheets)
    for name, rows in want.sheets.items():
        for place, (wanted, found) in enumerate(zip(rows, got[name], strict=True)):
            assert found == wanted, f"{name}, row {place}"
    assert table.unknown == {}


def form(*rows: dict[str, Any], choices: dict[str, list[str]] | None = None) -> Form:
    """A form of these rows in one language without a name."""
    listed = [
        {"list_name": name, "name": choice, "label": [choice.title()]}
        for name, names in (choices or {}).items()
        for choice in names
    ]
    return Form.from_content({"survey": list(rows), "choices": listed, "translations": [None]})


def question(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of a form."""
    return {"type": kind, "name": name, "label": [name.title()], **more}


def only(*versions: Form, record: dict[str, Any], options: ExportOptions = NAMES, **more: Any) -> dict[str, Any]:
    """The cells of one record's own row by heading; the newest version first."""
    table = Table("P", [FormVersion(f"v{len(versions) - n}", f) for n, f in enumerate(versions)], options, **more)
    (row, *_others) = table.rows(record)
    return dict(zip(table.sheets[0].headings, map(as_kept, row.cells), strict=True))


def test_what_no_version_has_is_kept_and_counted() -> None:
    kids = [question("begin_repeat", "kid"), question("text", "name"), {"type": "end_repeat"}]
    table = Table("P", [FormVersion("v", form(question("text", "q"), *kids))], NAMES, other=True)
    record = {
        "_id": 1,
        "q": "a",
        "surprise": "x",
        "kid": [{"kid/name": "A"}, {"kid/name": "B", "kid/age": "7"}, "odd"],
        "_supplementalDetails": {"q": {"transcript": "hm"}},
        "formhub/uuid": "f",
        "meta/instanceID": "uuid:1",
        "_version__001": "vX",
    }
    rows = list(table.rows(record))
    assert table.sheets[0].headings[-1] == "_other"
    assert json.loads(rows[0].cells[-1]) == {
        "surprise": "x",
        "_supplementalDetails": {"q": {"transcript": "hm"}},
        "kid[2]/kid/age": "7",
        "kid[3]": "odd",
    }
    assert table.unknown == {"surprise": 1, "_supplementalDetails": 1, "kid/age": 1, "kid": 1}
    assert [row.sheet for row in rows] == [0, 1, 1]
    assert [row.cells[-1] for row in table.rows({"_id": 2, "q": "b"})] == [""]


def test_a_repeat_that_is_no_list_is_not_lost() -> None:
    kids = [question("begin_repeat", "kid"), question("text", "name"), {"type": "end_repeat"}]
    table = Table("P", [FormVersion("v", form(*kids))], NAMES, other=True)
    (row,) = table.rows({"kid": "text"})
    assert json.loads(row.cells[-1]) == {"kid[1]": "text"}


def test_a_choice_without_a_column_is_not_lost() -> None:
    needs = form(question("select_multiple", "needs", select_from_list_name="n"), choices={"n": ["food"]})
    details = ExportOptions(lang="_xml", multiple_select="details")
    assert only(needs, record={"needs": "food cash"}, options=details, other=True)["_other"] == '{"needs":"cash"}'
    assert only(needs, record={"needs": "food cash"}, other=True)["_other"] == ""  # the summary has it


def test_answers_the_records_own_version_does_not_have_are_kept() -> None:
    """Corrected by a bulk edit after a new version: the server's exports lose such an answer."""
    new, old = form(question("text", "q"), question("text", "added")), form(question("text", "q"))
    assert only(new, old, record={"q": "a", "added": "b", "__version__": "v1"})["added"] == "b"


def test_two_questions_of_one_name_are_two_columns() -> None:
    twice = form(
        question("begin_group", "g"), question("text", "q"), {"type": "end_group"},
        question("begin_group", "h"), question("text", "q"), {"type": "end_group"},
    )  # fmt: skip
    table = Table("P", [FormVersion("v", twice)], NAMES)
    (row,) = table.rows({"g/q": "1", "h/q": "2"})
    assert (table.sheets[0].headings[:2], row.cells[:2]) == (["q", "q"], ["1", "2"])


def test_the_other_answer_in_a_group_is_one_column() -> None:
    rows = [question("begin_group", "g"), question("select_one n or_other", "q"), {"type": "end_group"}]
    options = ExportOptions(lang="_xml", hierarchy_in_labels=True)
    named = form(*rows[:2], question("text", "q_other"), rows[2])
    for made_of in (form(*rows), named):
        table = Table("P", [FormVersion("v", made_of)], options)
        (row,) = table.rows({"g/q": "other", "g/q_other": "soap"})
        assert (table.sheets[0].headings[:3], row.cells[:2]) == (["g/q", "g/q_other", "_id"], ["other", "soap"])


def test_a_question_that_became_select_multiple_fills_its_columns() -> None:
    new = form(question("select_multiple", "q", select_from_list_name="n"), choices={"n": ["food", "water"]})
    old = form(question("select_one", "q", select_from_list_name="n"), choices={"n": ["food", "cash"]})
    cells = only(new, old, record={"q": "cash", "__version__": "v1"})
    assert (cells["q"], cells["q/cash"], cells["q/food"], cells["q/water"]) == ("cash", "1", "0", "")


def test_a_disabled_row_is_no_column() -> None:
    assert "q" not in only(form(question("text", "q", disabled="yes"), question("text", "r")), record={})


@pytest.mark.parametrize(
    "value",
    [None, "", 5, 5.5, True, [], {}, [1], {"a": 1}, "x", "1 2 3 4 5 6", "1 2;3", "nan", "9" * 40],
    ids=repr,
)
@pytest.mark.parametrize("typed", [False, True])
def test_no_answer_breaks_a_table(value: Any, typed: bool) -> None:
    kinds = [
        "text",
        "integer",
        "date",
        "datetime",
        "geopoint",
        "geotrace",
        "image",
        "audit",
        "note",
        "range",
        "nonsense",
    ]
    odd = form(
        *(question(kind, f"q{n}") for n, kind in enumerate(kinds)),
        question("select_one", "one", select_from_list_name="n"),
        question("select_multiple", "many", select_from_list_name="n"),
        question("select_multiple", "none", select_from_list_name="nowhere"),
        choices={"n": ["a", "b"]},
    )
    record = dict.fromkeys((*(f"q{n}" for n in range(len(kinds))), "one", "many", "none", "meta/q7"), value)
    system = dict.fromkeys(("_id", "_attachments", "_validation_status", "_tags", "_notes", "__version__"), value)
    for multiple in ("both", "summary", "details"):
        options = ExportOptions(lang="_default", multiple_select=multiple, include_media_url=True)  # type: ignore[arg-type]
        table = Table("P", [FormVersion("v", odd)], options, typed=typed, other=True)
        for row in table.rows(record | system):
            assert len(row.cells) == len(table.sheets[row.sheet].headings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), ("-3", -3), ("007", 7), ("1.50", 1.5), ("1e3", 1000.0), ("", ""), ("abc", "abc"), ("nan", "nan"),
        ("inf", "inf"), ("1_000", "1_000"), ("1234567890123456", "1234567890123456"), (None, None),
    ],
)  # fmt: skip
def test_numbers(text: Any, value: Any) -> None:
    found = number(text)
    assert (found, type(found)) == (value, type(value))


def test_dates() -> None:
    assert as_kept(day("2020-02-29")) == {"day": "2020-02-29"}
    assert as_kept(day("2020-02-29T10:00:00.000+03:00")) == {"day": "2020-02-29"}
    assert as_kept(moment("2020-02-29T10:00:00.000+03:00")) == {"moment": "2020-02-29T10:00:00"}
    assert (day("someday"), day(""), moment("12:00"), moment(None)) == ("someday", "", "12:00", None)


def test_numbers_of_rows_go_on() -> None:
    table = Table("P", [FormVersion("v", form(question("text", "q")))], NAMES, counted=(41,))
    (row,) = table.rows({"q": "a"})
    assert (row.cells[-1], table.counted) == (42, [42])
