"""Who may do what as a file: CSV or XLSX, written for a spreadsheet and read back in whatever way one saved it.

Written: UTF-8 with a mark that Excel heeds, commas, formulas guarded. Read: commas, semicolons or tabs; UTF-8 or
UTF-16; XLSX of any program, its first sheet. Each row comes with the number of its line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kobotui.columns.matrix import blind_lines, matrix_line
from kobotui.columns.words import user_label
from kobotui.locale import _
from kobotui.model.text import guard_formula, unguard_formula
from kobotui.paths import LocalError, read_file, write_private

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kobotui.model.matrix import Matrix

Numbered = tuple[int, list[str]]
"""A row with the number of its line, from 1."""

_MARK = "\ufeff"
_SEPARATORS = (",", ";", "\t")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"
_LARGEST = 200 * 2**20
"""Bytes of a file that is read, and of the sheets inside it."""
_SHEET = "access"
_ABOUT = "about"


class AccessFileError(LocalError):
    """A file that is not readable as a table; the message is a sentence, with the line where that is known."""


def remarks(matrix: Matrix, server: str, now: datetime) -> list[str]:
    """What a file says of itself: how much it is, where from, what is not in it. ``now`` is in UTC."""
    when = f"{now:%Y-%m-%d %H:%M} UTC"
    source = _("Read {when} from {server} by {user}.").format(when=when, server=server, user=user_label(matrix.caller))
    return [matrix_line(matrix.view()), source, *blind_lines(matrix)]


def write(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]], remarks: Sequence[str]) -> None:
    """Write a table where only its owner can read it: XLSX by the ending of the name, else CSV.

    ``remarks`` say where it comes from and how complete it is: below a ``#`` at the end, or on a sheet of their own.
    Raises ``LocalError``.
    """
    data = _xlsx(heading, rows, remarks) if path.suffix.lower() == ".xlsx" else _csv(heading, rows, remarks)
    write_private(path, data)


def _csv(heading: Sequence[str], rows: Iterable[Sequence[str]], remarks: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([guard_formula(cell) for cell in row] for row in rows)
    writer.writerows([f"# {remark}"] for remark in remarks)
    return (_MARK + text.getvalue()).encode(errors="backslashreplace")


def _xlsx(heading: Sequence[str], rows: Iterable[Sequence[str]], remarks: Sequence[str]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET)
    sheet.freeze_panes = "D2"
    for place, name in enumerate(heading, 1):
        sheet.column_dimensions[get_column_letter(place)].width = 24 if place <= 3 else max(9, len(name) + 1)
    sheet.append(list(heading))
    for row in rows:
        sheet.append([guard_formula(cell) or None for cell in row])
    about = book.create_sheet(_ABOUT)
    about.column_dimensions["A"].width = 100
    for remark in remarks:
        about.append([guard_formula(remark)])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read(path: Path) -> list[Numbered]:
    """The rows of a file, guards against formulas taken away. Raises ``AccessFileError``, ``LocalError``."""
    data = read_file(path)
    if data is None:
        raise AccessFileError(_("There is no file {path}.").format(path=path))
    if len(data) > _LARGEST:
        raise AccessFileError(_("{path} is too large.").format(path=path))
    try:
        rows = _read_xlsx(data) if data.startswith(_ZIP) else _read_csv(data)
        return [(number, [unguard_formula(cell) for cell in row]) for number, row in rows]
    except AccessFileError as error:
        raise AccessFileError(f"{path}: {error.sentence}") from None


def _read_csv(data: bytes) -> Iterator[Numbered]:
    lines = list(io.StringIO(_text(data), newline=""))
    if lines and lines[0].strip().lower().startswith("sep="):  # Excel's own way to tell
        lines[0] = "\n"
    separator = _separator(next((line for line in lines if line.strip()), ""))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text = _("line {n}: {reason}").format(n=number, reason=_("a quotation mark is out of place"))
            raise AccessFileError(f"{text} ({error})") from None
        yield number, row


def _text(data: bytes) -> str:
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        sentence = _("line {n}: this is not UTF-8 text. Save the file as “CSV UTF-8”, or as XLSX.")
        raise AccessFileError(sentence.format(n=number)) from None
    if "\x00" in text:
        number = text[: text.index("\x00")].count("\n") + 1
        raise AccessFileError(_("line {n}: this is no text; CSV and XLSX can be read.").format(n=number))
    return text


def _separator(heading: str) -> str:
    """What stands between the names of the columns; a comma where there is but one column."""
    return max(_SEPARATORS, key=heading.count)


def _read_xlsx(data: bytes) -> Iterator[Numbered]:
    import zipfile

    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _LARGEST:
                raise AccessFileError(_("the sheets are too large"))
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong size
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell is not None for cell in row):
                yield number, [_cell(cell) for cell in row]
        book.close()
    except AccessFileError:
        raise
    except Exception as error:  # a broken workbook breaks in many ways
        raise AccessFileError(
            _("this is no workbook that can be read: {why}").format(why=type(error).__name__)
        ) from None


def _cell(value: Any) -> str:
    """A cell as text: ``TRUE`` and numbers as a spreadsheet shows them."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
