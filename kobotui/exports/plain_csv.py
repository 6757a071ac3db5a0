"""A table as CSV for other programs: commas, one cell for each value, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from kobotui.model.text import guard_formula


class _Lines:
    """Rows on their way to a file, each ending in a line feed. The library is left to end them in a return as well:
    only then does it quote cells that have one, and a reader takes one that is not quoted for the end of the row."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def write_rows(
    file: TextIO, heading: Sequence[str], rows: Iterable[Sequence[object]], door: Callable[[str], str] = str
) -> None:
    """A heading and rows; ``door``: what every text passes on its way, as before a terminal."""
    writer = csv.writer(_Lines(file))
    writer.writerow([guard_formula(door(name)) for name in heading])
    for row in rows:
        writer.writerow([guard_formula(door(_plain(value))) for value in row])


def csv_bytes(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table as a file that Excel reads too: UTF-8 with a mark."""
    text = io.StringIO(newline="")
    write_rows(text, heading, rows)
    return text.getvalue().encode("utf-8-sig", errors="backslashreplace")


def _plain(value: object) -> str:
    """A value as one cell: texts as they are, nothing as nothing, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
