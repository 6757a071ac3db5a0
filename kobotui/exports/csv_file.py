"""CSV as the server writes it: UTF-8, ``;`` between cells, all of them quoted, CRLF; repeats in files of their own.

Cells that a spreadsheet would run are guarded by an apostrophe, which the server does not do.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from kobotui.exports.cells import text
from kobotui.exports.output import TableOutput, linked_names
from kobotui.exports.table import Row, Table
from kobotui.model.text import guard_formula

SEPARATOR = ";"
_RISKY = frozenset("=+-@\t\r\n'")


class CsvOutput(TableOutput):
    """The records in one file, the rounds of each repeat in another, tied by ``_index`` and ``_parent_index``."""

    def __init__(
        self, folder: Path, target: Path, table: Table, *, separator: str = SEPARATOR, headings: bool = True
    ) -> None:
        """``headings``: whether the files begin with them; not when they are the rest of others."""
        super().__init__(folder, target, table)
        self._files = [
            io.TextIOWrapper(self._create(path), encoding="utf-8", errors="replace", newline="")
            for path in linked_names(target, table.sheets)
        ]
        self._writers = [
            csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n") for file in self._files
        ]
        for writer, sheet in zip(self._writers, table.sheets if headings else (), strict=headings):
            writer.writerow(map(_cell, sheet.headings))
            if sheet.tags:
                writer.writerow(sheet.tags)

    def write(self, row: Row) -> None:
        self._writers[row.sheet].writerow(
            [
                "" if cell is None else cell if cell.__class__ is str and cell[:1] not in _RISKY else _cell(cell)
                for cell in row.cells
            ]
        )

    def close(self) -> None:
        for file in self._files:
            file.close()

    def give_up(self) -> None:
        for file in self._files:
            with suppress(OSError):
                file.close()


def _cell(value: Any) -> str:
    return guard_formula(text(value))
