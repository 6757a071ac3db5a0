"""Tables read back from files: CSV or XLSX in whatever way a spreadsheet or a program saved them.

CSV: commas, semicolons or tabs; UTF-8 or UTF-16; guards against formulas taken away. XLSX of any program, sheet by
sheet, its cells as numbers, days and texts. Each row comes with the number of its line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.locale import _
from kobotui.model.text import unguard_formula
from kobotui.paths import LocalError, read_file

if TYPE_CHECKING:
    from pathlib import Path


class BadCell(NamedTuple):
    """A cell that holds no value."""

    text: str
    """What a spreadsheet shows there."""
    why: str


Cell = str | int | float | bool | date | time | timedelta | BadCell | None
"""What one cell holds; CSV knows texts alone. A ``datetime`` is a ``date``, too."""
Row = tuple[int, list[Cell]]
"""A row with the number of its line, from 1."""

LARGEST = 200 * 2**20
"""Bytes of a file that is read, and of the sheets inside it."""

_SEPARATORS = (",", ";", "\t")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ESCAPED_CONTROL = re.compile("_x(00[01][0-9A-Fa-f])_")
_FORMULA = re.compile(rb"<f[ />]")


class TableFileError(LocalError):
    """A file that is not readable as a table; the message is a sentence, with the line where that is known."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file; rows without any value are left out."""

    name: str
    """Of a workbook's sheet; the file's own for CSV."""
    rows: list[Row]
    workbook: bool
    """Whether it comes from a workbook, whose cells know what they are."""
    decimal_comma: bool = False
    """Whether a comma may stand in a number, as where something else separates the cells."""


def read_sheets(path: Path, *, first_only: bool = False) -> list[Sheet]:
    """The sheets of a file, at least one. Raises ``TableFileError``, ``LocalError``."""
    data = read_file(path)
    if data is None:
        raise TableFileError(_("There is no file {path}.").format(path=path))
    if len(data) > LARGEST:
        raise TableFileError(_("{path} is too large.").format(path=path))
    try:
        return _workbook(data, first_only=first_only) if data.startswith(_ZIP) else [_csv(data, path.stem)]
    except TableFileError as error:
        raise TableFileError(f"{path}: {error.sentence}") from None


# CSV


def _csv(data: bytes, name: str) -> Sheet:
    lines = list(io.StringIO(_text(data), newline=""))
    if lines and lines[0].strip().lower().startswith("sep="):  # Excel's own way to tell
        lines[0] = "\n"
    separator = _separator(next((line for line in lines if line.strip()), ""))
    return Sheet(name, list(_csv_rows(lines, separator)), workbook=False, decimal_comma=separator != ",")


def _csv_rows(lines: list[str], separator: str) -> Iterator[Row]:
    csv.field_size_limit(LARGEST)  # answers may be longer than what the library takes for a mistake
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text = _("line {n}: {reason}").format(n=number, reason=_("a quotation mark is out of place"))
            raise TableFileError(f"{text} ({error})") from None
        if any(row):
            yield number, [unguard_formula(cell) for cell in row]


def _text(data: bytes) -> str:
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        sentence = _("line {n}: this is not UTF-8 text. Save the file as “CSV UTF-8”, or as XLSX.")
        raise TableFileError(sentence.format(n=number)) from None
    if "\x00" in text:
        number = text[: text.index("\x00")].count("\n") + 1
        raise TableFileError(_("line {n}: this is no text; CSV and XLSX can be read.").format(n=number))
    return text


def _separator(heading: str) -> str:
    """What stands between the names of the columns; a comma where there is but one column."""
    return max(_SEPARATORS, key=heading.count)


# XLSX


def _workbook(data: bytes, *, first_only: bool) -> list[Sheet]:
    import warnings

    try:
        with warnings.catch_warnings(action="ignore"):  # of what a spreadsheet keeps besides the cells
            found = list(_sheets(data, first_only=first_only))
    except TableFileError:
        raise
    except Exception as error:  # a broken workbook breaks in many ways
        raise TableFileError(
            _("this is no workbook that can be read: {why}").format(why=type(error).__name__)
        ) from None
    if not found:
        raise TableFileError(_("the workbook has no sheet"))
    return found


def _sheets(data: bytes, *, first_only: bool) -> Iterator[Sheet]:
    import zipfile

    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if sum(part.file_size for part in parts.infolist()) > LARGEST:
            raise TableFileError(_("the sheets are too large"))
        names = parts.namelist()
        # other programs keep the texts apart, and have them unescaped by the reader but for control characters
        inline = not any(name.endswith("sharedStrings.xml") for name in names)
        computed = any(_FORMULA.search(parts.read(name)) for name in names if name.startswith("xl/worksheets/"))
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(data), read_only=True) if computed else None
    for place, sheet in enumerate(book.worksheets[: 1 if first_only else None]):
        rows = list(_sheet_rows(sheet, formulas.worksheets[place] if formulas else None, inline=inline))
        yield Sheet(sheet.title, rows, workbook=True)
    book.close()


def _sheet_rows(sheet: Any, formulas: Any, *, inline: bool) -> Iterator[Row]:
    sheet.reset_dimensions()  # some programs write a wrong size
    escaped = _ESCAPED if inline else _ESCAPED_CONTROL
    asked = None
    if formulas is not None:
        formulas.reset_dimensions()
        asked = formulas.iter_rows()
    for number, row in enumerate(sheet.iter_rows(), 1):
        behind = next(asked) if asked is not None else ()
        cells = [_cell(cell.value, cell.data_type, escaped) for cell in row]
        for place, formula in enumerate(behind):
            if place < len(cells) and cells[place] is None and formula.data_type == "f":
                why = _("the formula has no result: open the file in a spreadsheet and save it there")
                cells[place] = BadCell(str(formula.value), why)
        if any(cell not in (None, "") for cell in cells):
            yield number, cells


def _cell(value: Any, kind: str, escaped: re.Pattern[str]) -> Cell:
    if isinstance(value, str):
        if kind == "e":
            return BadCell(value, _("the formula ends in an error: {error}").format(error=value))
        if "_x" in value:
            return escaped.sub(lambda found: chr(int(found[1], 16)), value)
    return value if isinstance(value, str | int | float | date | time | timedelta) else None


def cell_text(value: Cell) -> str:
    """A cell as text: numbers and days as a spreadsheet shows them."""
    match value:
        case None:
            return ""
        case BadCell():
            return value.text
        case float() if value.is_integer() and abs(value) < 1e300:
            return str(int(value))
        case datetime() if (value.hour, value.minute, value.second) == (0, 0, 0):
            return value.date().isoformat()
        case datetime() | time():
            return value.isoformat(timespec="seconds")
    return str(value)
