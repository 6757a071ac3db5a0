"""Lists on standard output: JSON and CSV for programs, a table for people; what is wrong goes to standard error."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

from kobotui.locale import _
from kobotui.model.text import cell_width, guard_formula, pad, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kobotui.columns.cell import Cell, Column

OK, FAILED, REFUSED, NOT_LOGGED_IN, INCOMPLETE = 0, 1, 2, 3, 5
"""Exit codes."""

_WIDEST = 50
"""Cells of a column in a table for people."""


def complain(sentence: str) -> None:
    """A sentence on standard error."""
    sys.stderr.write(f"kobotui: {shown(sentence)}\n")


class JsonList:
    """A JSON array written item by item, so that a list of any length takes no memory."""

    def __init__(self) -> None:
        self._first = True

    def __enter__(self) -> JsonList:
        sys.stdout.write("[")
        return self

    def __exit__(self, *exc: object) -> None:
        """Closed also when the list broke off: what came is valid, and the exit code tells."""
        sys.stdout.write("]\n" if self._first else "\n]\n")

    def write(self, item: Any) -> None:
        """One more item."""
        sys.stdout.write("\n" if self._first else ",\n")
        sys.stdout.write(json.dumps(item, ensure_ascii=sys.stdout.isatty()))  # a terminal must not obey what it shows
        self._first = False


def write_csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A heading and rows; cells that a spreadsheet would run are guarded by an apostrophe."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    door = shown if sys.stdout.isatty() else str  # a file gets every character, a terminal must not obey any
    writer.writerow([guard_formula(door(name)) for name in heading])
    for row in rows:
        writer.writerow([guard_formula(door(_plain(value))) for value in row])


def _plain(value: object) -> str:
    """A value as one cell: texts as they are, nothing as nothing, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Aligned columns as wide as what is in them; the last one is never cut."""
    texts = [[shown(cell.text) for cell in row] for row in rows]
    lines = [[shown(column.heading) for column in columns], *texts]
    widths = [min(_WIDEST, max(cell_width(line[place]) for line in lines)) for place in range(len(columns) - 1)]
    for line in lines:
        cells = [pad(text, width, column.right) for text, width, column in zip(line, widths, columns, strict=False)]
        sys.stdout.write("  ".join([*cells, line[-1]]).rstrip() + "\n")
    if not texts:
        complain(_("Nothing found."))
