"""Who may do what as a file: CSV or XLSX, written for a spreadsheet and read back in whatever way one saved it.

Written: UTF-8 with a mark that Excel heeds, commas, formulas guarded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kobotui.columns.matrix import blind_lines, matrix_line
from kobotui.columns.words import user_label
from kobotui.exports.table_file import cell_text, read_sheets
from kobotui.locale import _
from kobotui.model.text import guard_formula, unguard_formula
from kobotui.paths import write_private

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kobotui.model.matrix import Matrix

Numbered = tuple[int, list[str]]
"""A row with the number of its line, from 1."""

_MARK = "\ufeff"
_SHEET = "access"
_ABOUT = "about"


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
    """The rows of a file, its first sheet, guards against formulas taken away.

    Raises ``TableFileError``, ``LocalError``.
    """
    (sheet,) = read_sheets(path, first_only=True)
    rows = [(number, list(map(cell_text, row))) for number, row in sheet.rows]
    if sheet.workbook:  # the guards of CSV are gone already
        rows = [(number, [unguard_formula(cell) for cell in row]) for number, row in rows]
    return rows
