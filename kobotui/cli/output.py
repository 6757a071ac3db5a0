"""Lists on standard output: JSON and CSV for programs, a table for people; what is wrong goes to standard error."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from kobotui.exports.plain_csv import write_rows
from kobotui.locale import _
from kobotui.model.text import cell_width, pad, shown
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kobotui.columns.cell import Cell, Column

OK, FAILED, REFUSED, NOT_LOGGED_IN, CONFLICTS, INCOMPLETE = range(6)
"""Exit codes."""

_WIDEST = 50
"""Cells of a column in a table for people."""


class Refused(LocalError):
    """A command that was used wrongly, or that nobody agreed to; nothing was done."""


def complain(sentence: str) -> None:
    """A sentence on standard error."""
    tell(f"kobotui: {shown(sentence)}\n")


def tell(text: str) -> None:
    """Text on standard error, at once; a terminal that is gone takes none."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def agrees(answer: str) -> bool:
    """Whether an answer is a yes; saying nothing is no."""
    return answer.strip().casefold() in ("y", "yes", _("y"), _("yes"))


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Output whose reader may be gone before its end, as with ``| head`` or a closed terminal, without an error."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        silence(sys.stdout)


def silence(stream: TextIO) -> None:
    """Nobody reads the stream any more: what is left for it goes nowhere, also at the end of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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
        sys.stdout.write(_json(item))
        self._first = False


def write_json(value: Any) -> None:
    """One JSON value."""
    sys.stdout.write(_json(value, indent=1) + "\n")


def _json(value: Any, *, indent: int | None = None) -> str:
    """JSON for whatever reads standard output: a terminal must not obey what it shows."""
    terminal = sys.stdout.isatty()
    text = json.dumps(value, ensure_ascii=terminal, indent=indent)
    return text.replace("\x7f", "\\u007f") if terminal else text


def write_csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A heading and rows; cells that a spreadsheet would run are guarded by an apostrophe."""
    # a file gets every character, a terminal must not obey any
    write_rows(sys.stdout, heading, rows, shown if sys.stdout.isatty() else str)


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
