"""Files of rights: out, through a spreadsheet, and back; in whatever way somebody saved them."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import Workbook, load_workbook

from kobotui.exports.access_file import read, write
from kobotui.exports.table_file import TableFileError
from kobotui.model.access import NOTHING, Rights
from kobotui.model.access_lines import read_against
from kobotui.model.access_table import HEADING, parse, rows_of
from kobotui.model.matrix import Matrix
from kobotui.model.roles import roles
from tests.model.matrices import ENTRY, MANAGER, VIEWER, matrices, matrix, project, ruled

HOSTILE = ruled(view='name = "=1+1" and village in ("é; ,\u202e", "\\u001b]52;c", "a\tb")')
SEEN = matrix(
    project("a1", {"ana": VIEWER, "mariana": ENTRY, "ben": MANAGER}, name="=cmd|' /C calc'!A0"),
    project("a2", {"ana": HOSTILE, "-x": VIEWER}, name="Ménage / أسرة\x1b[31m"),
)
FRESH = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
REMARKS = ["2 projects x 4 users, complete", "=read"]


def export(path: Path, seen: Matrix = SEEN) -> Path:
    write(path, HEADING, rows_of(seen, roles()), REMARKS)
    return path


def asked(path: Path, seen: Matrix = SEEN) -> dict[tuple[str, str], Rights]:
    reading = read_against(parse(read(path)), seen, roles())
    assert reading.problems == []
    return {(wish.uid, wish.user): wish.rights for wish in reading.wishes}


@FRESH
@given(seen=matrices())
def test_csv_without_an_edit_asks_for_nothing(tmp_path: Path, seen: Matrix) -> None:
    assert asked(export(tmp_path / "access.csv", seen), seen) == {}


@settings(FRESH, max_examples=30)
@given(seen=matrices())
def test_xlsx_without_an_edit_asks_for_nothing(tmp_path: Path, seen: Matrix) -> None:
    assert asked(export(tmp_path / "access.xlsx", seen), seen) == {}


@pytest.mark.parametrize("name", ["access.csv", "access.XLSX"])
def test_hostile_text_goes_out_guarded_and_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    path = export(tmp_path / name)
    assert path.stat().st_mode & 0o077 == 0
    assert asked(path) == {}
    if name.endswith("csv"):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
        assert rows[-2:] == [["# 2 projects x 4 users, complete"], ["# =read"]]
        cells = [cell for row in rows for cell in row]
    else:
        book = load_workbook(path)
        assert book.sheetnames == ["access", "about"]
        assert [row[0].value for row in book["about"].iter_rows()] == [REMARKS[0], "'=read"]
        assert all(cell.data_type != "f" for row in book["access"].iter_rows() for cell in row)
        cells = [str(cell.value or "") for row in book["access"].iter_rows() for cell in row]
    assert not any(cell.startswith(("=", "+", "@", "-x")) for cell in cells)
    assert not any("\x1b" in cell or "\u202e" in cell for cell in cells)


def edited_rows() -> list[list[str]]:
    """The table as a spreadsheet holds it after two edits and a new line."""
    rows = [list(HEADING), *map(list, rows_of(SEEN, roles()))]
    place = {name: number for number, name in enumerate(HEADING)}
    for row in rows:
        match row[place["uid"]], row[place["user"]]:
            case "a1", "ana":
                row[place["validate_submissions"]] = "x"
            case "a1", "mariana":
                for name in ("view_asset", "add_submissions"):
                    row[place[name]] = ""
    new = [""] * len(HEADING)
    for name, value in {"uid": "a2", "user": "dave", "manage_asset": "x"}.items():
        new[place[name]] = value
    return [*rows, new]


EDITS = {
    ("a1", "ana"): Rights(frozenset({"view_asset", "view_submissions", "validate_submissions"})),
    ("a1", "mariana"): NOTHING,
    ("a2", "dave"): MANAGER,
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_in_whatever_way_it_was_saved(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(edited_rows())
    path = tmp_path / "saved.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert asked(path) == EDITS


def test_excels_own_word_for_the_separator_and_quotes_everywhere(tmp_path: Path) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows(edited_rows())
    path = tmp_path / "saved.csv"
    path.write_text(f"sep=;\n\n{text.getvalue()}\n;;;\n", encoding="utf-8", newline="")
    assert asked(path) == EDITS


@pytest.mark.parametrize("kind", ["true", "one", "decimal", "text"])
def test_workbooks_of_other_programs(tmp_path: Path, kind: str) -> None:
    marks: dict[str, object] = {"true": True, "one": 1, "decimal": 1.0, "text": " X "}
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([None] * 3)
    for row in edited_rows():
        sheet.append([marks[kind] if cell == "x" else cell or None for cell in row])
        sheet.append([None] * 3)
    sheet.cell(300, 2).value = "   "
    path = tmp_path / "other.xlsx"
    book.save(path)
    assert asked(path) == EDITS


def rewritten(path: Path, part: str, old: str, new: str) -> None:
    """A part of a workbook, changed by hand."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)


def test_a_workbook_that_tells_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in edited_rows():
        sheet.append([cell or None for cell in row])
    path = tmp_path / "size.xlsx"
    book.save(path)
    rewritten(path, "xl/worksheets/sheet1.xml", f'<dimension ref="{sheet.dimensions}"', '<dimension ref="A1"')
    assert asked(path) == EDITS


def test_merged_cells_and_blank_rows_get_a_message_with_their_line(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in edited_rows():
        sheet.append([cell or None for cell in row])
    sheet.insert_rows(4)
    sheet.merge_cells("A2:B3")
    path = tmp_path / "merged.xlsx"
    book.save(path)
    reading = read_against(parse(read(path)), SEEN, roles())
    assert [str(one) for one in reading.problems] == ["line 3: there is no uid; merged cells have to be divided"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("uid,user\nÉté,ana".encode("latin-1"), "line 2: this is not UTF-8 text"),
        ("uid,user\na1,ana".encode("utf-16-le"), "line 1: this is no text"),
        (b'uid,user\na1,"ana\n', "line 2: a quotation mark is out of place"),
        (b'uid,user\na1,"ana"x\n', "line 2: a quotation mark is out of place"),
        (b"PK\x03\x04 and nothing more", "no workbook"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "not UTF-8"),
        (b"\xff\xfeu", "not UTF-8"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(data)
    with pytest.raises(TableFileError, match=message):
        read(path)


def test_a_separator_that_none_knows_lacks_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("\n".join("|".join(row) for row in edited_rows()), encoding="utf-8")
    (problem, *_more) = parse(read(path)).problems
    assert str(problem).startswith("line 1: these columns are missing: uid, user")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableFileError, match="There is no file"):
        read(tmp_path / "nowhere.csv")
