"""Cells of workbooks and CSV: values, escapes, formulas, very long texts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from kobotui.exports.record_columns import Headings
from kobotui.exports.record_table import read_files, read_table
from kobotui.exports.table_file import BadCell, TableFileError, cell_text, read_sheets
from tests.exports.record_files import FORM, TITLE, VERSIONS
from tests.exports.test_access_file import rewritten


def test_cells_of_a_workbook_that_another_program_wrote(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append([1.5, 2, True, datetime(2026, 1, 2), "_x0041_", "=1+1", "=1/0"])
    book.create_sheet("kid").append(["a"])
    path = tmp_path / "other.xlsx"
    book.save(path)
    rewritten(path, "xl/worksheets/sheet1.xml", "<f>1/0</f><v />", "<f>1/0</f><v>#DIV/0!</v>")
    rewritten(path, "xl/worksheets/sheet1.xml", '<c r="G1"', '<c r="G1" t="e"')
    first, second = read_sheets(path)
    ((line, cells),) = first.rows
    assert (line, first.workbook, second.name) == (1, True, "kid")
    assert cells[:5] == [1.5, 2, True, datetime(2026, 1, 2), "A"]  # as the format escapes it
    uncomputed, error = cells[5:7]
    assert isinstance(uncomputed, BadCell)
    assert "has no result" in uncomputed.why
    assert isinstance(error, BadCell)
    assert "#DIV/0!" in error.why
    assert [cell_text(cell) for cell in cells] == ["1.5", "2", "True", "2026-01-02", "A", "=1+1", "#DIV/0!"]


def test_cells_of_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long = "é" * 200_000
    path.write_text(f'a;b\n\n\'=1;"{long}"\n', encoding="utf-8")
    (sheet,) = read_sheets(path)
    assert sheet.rows == [(1, ["a", "b"]), (3, ["=1", long])]
    assert sheet.decimal_comma


def test_headings_in_all_words_of_the_form() -> None:
    def targets(*row: str) -> list[tuple[str, str]]:
        headings = Headings(TITLE, VERSIONS, row)
        return [(column.target.path, column.target.part) for column in headings.match("", row).columns]

    assert targets("age", "g/region", " WEIGHT, KG (FR) ", "Clock") == [
        ("age", ""), ("g/region", ""), ("weight", ""), ("g/clock", ""),
    ]  # fmt: skip
    assert targets("g/needs/food", "needs/water", "_place_latitude") == [
        ("g/needs", "food"), ("g/needs", "water"), ("place", "latitude"),
    ]  # fmt: skip
    # two questions of one name: both are there in the export's order, or one of them by its path
    assert targets("name", "name") == [("name", ""), ("g/name", "")]
    assert targets("g/name", "name") == [("g/name", ""), ("name", "")]
    alone = Headings(TITLE, VERSIONS, ["name"]).match("", ["name", "nothing"])
    assert alone.unknown == ("nothing",)
    ((heading, why),) = alone.wrong
    assert (heading, "name, g/name" in why) == ("name", True)
    twice = Headings(TITLE, VERSIONS, ["age"]).match("", ["age", "age (fr)"])
    assert [heading for heading, _why in twice.wrong] == ["age (fr)"]


@pytest.mark.parametrize(
    ("sheets", "problem"),
    [
        ({"kid": [["kname"], ["A"]]}, "the column _index is missing"),
        ({"kid": [["kname", "_parent_index"], ["A", 7]]}, "line 2, column _parent_index: no row of main has _index 7."),
        ({"kid": [["kname", "_parent_index"], ["A", 2], ["B", 1]]}, ""),
    ],
)
def test_sheets_of_repeats(tmp_path: Path, sheets: dict[str, list[list[object]]], problem: str) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "main"
    heading = ["age", "_index"] if "_parent_index" in sheets["kid"][0] else ["age"]
    for row in (heading, [1, 1], [2, 2]):
        page.append(row[: len(heading)])
    for name, rows in sheets.items():
        other = book.create_sheet(name)
        for row in rows:
            other.append(row)
    path = tmp_path / "kids.xlsx"
    book.save(path)
    table = read_table(read_files(path, VERSIONS), TITLE, VERSIONS)
    said = [str(one) for one in table.problems.kept]
    if problem:
        assert len(said) == 1
        assert problem in said[0]
    else:
        assert said == []
        assert [[cell_text(row.cells[0]) for row in entry.children["kid"]] for entry in table.main.rows] == [
            ["B"],
            ["A"],
        ]
    assert FORM is table.form


def test_a_file_without_anything(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("\n\n", encoding="utf-8")
    with pytest.raises(TableFileError, match="nothing in this file"):
        read_table(read_files(path, VERSIONS), TITLE, VERSIONS)
