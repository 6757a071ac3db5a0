"""A terminal driver for thin lines: of every frame only the cells that differ from what is on the screen are sent.

Textual writes whole regions, colours and all, whether they have changed or not. This driver reads its stream (text,
colours, cursor moves), keeps what the screen shows, and writes the difference. What it cannot read passes as it is,
and nothing is taken for granted afterwards.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache

from rich.cells import get_character_cell_size
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers.linux_driver import LinuxDriver

Cell = tuple[str, str]
"""A character with its marks, and the colours it is written in; no character: the right half of a wide one."""

NOTHING: Cell = ("", "?")
"""What may be anything."""
NEAR = 5
"""Cells that are cheaper to write again than the cursor is to move."""

_TOKEN = re.compile(r"\x1b\[([\d;]*)([Hm])|\x1b[\s\S]+|\n|\r|[^\x1b\n\r]+")
_HARMLESS = re.compile(r"(?:\x1b\[\?(?!1049)[\d;]*[hl]|\x1b\[[<>=?][\d;]*u|\x1b\[\?[\d;$]*p|\x1b\]52;[^\x07]*\x07)+")
"""Modes, questions and the clipboard: they leave the cells as they are."""


@lru_cache(4096)
def certain(character: str) -> bool:
    """Whether every terminal gives the character as many cells as we do."""
    if character.isascii():
        return True
    if unicodedata.east_asian_width(character) in "WF":
        return unicodedata.category(character) == "Lo"  # ideographs, not emoji
    plain = unicodedata.category(character) in ("Lu", "Ll", "Pd", "Pi", "Pf", "Nd")
    return plain and unicodedata.bidirectional(character) not in ("R", "AL", "AN")


class Picture:
    """What is on the screen, and the difference to what a frame makes of it."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell]] = {}
        self._uncertain: set[int] = set()
        """Rows with characters of which terminals differ in how wide they are."""
        self._at = (0, 0)
        """Where the stream's cursor is: row, column."""
        self._colours = ""
        """The stream's."""
        self._cursor: tuple[int, int] | None = None
        """Where the terminal's cursor is, as far as that is known."""
        self._set = "?"
        """The terminal's colours."""

    def forget(self) -> None:
        """The screen may show anything now."""
        self._rows.clear()
        self._uncertain.clear()
        self._cursor, self._set = None, "?"

    def write(self, data: str) -> str:
        """What has to be sent so that the screen is as if ``data`` had been sent."""
        drawn: dict[int, dict[int, Cell]] = {}
        out: list[str] = []
        for token in _TOKEN.finditer(data):
            text, kind = token[0], token[2]
            if kind == "H":
                row, _semicolon, column = token[1].partition(";")
                self._at = (int(row or 1) - 1, int(column or 1) - 1)
            elif kind == "m":
                colours = token[1]
                if colours in ("", "0"):
                    self._colours = ""
                else:
                    self._colours = f"{self._colours};{colours}" if self._colours else colours
            elif text == "\n":
                self._at = (self._at[0] + 1, 0)
            elif text == "\r":
                self._at = (self._at[0], 0)
            elif text[0] == "\x1b":
                out.append(self._difference(drawn))
                drawn = {}
                out.append(self._foreign(text))
            else:
                self._draw(text, drawn)
        out.append(self._difference(drawn))
        return "".join(out)

    def _foreign(self, text: str) -> str:
        """A sequence that is not ours to read, and all behind it."""
        rest = _HARMLESS.match(text)
        if rest is None:
            self.forget()
            return f"\x1b[0m{text}"
        return rest[0] + self.write(text[rest.end() :])

    def _draw(self, text: str, drawn: dict[int, dict[int, Cell]]) -> None:
        row, column = self._at
        line = drawn.setdefault(row, {})
        colours = self._colours
        if text.isascii():
            for character in text:
                line[column] = (character, colours)
                column += 1
        else:
            for character in text:
                width = get_character_cell_size(character)
                if not certain(character):
                    self._uncertain.add(row)
                if width:
                    line[column] = (character, colours)
                    if width == 2:
                        line[column + 1] = ("", colours)
                    column += width
                else:
                    self._join(character, row, column - 1, line)
        self._at = (row, column)

    def _join(self, mark: str, row: int, column: int, line: dict[int, Cell]) -> None:
        """Put a mark on the character that ends in this column."""
        known = self._rows.get(row, [])
        for place in (column, column - 1):
            cell = line.get(place) or (known[place] if 0 <= place < len(known) else NOTHING)
            if cell[0]:
                line[place] = (cell[0] + mark, cell[1])
                return

    def _difference(self, drawn: dict[int, dict[int, Cell]]) -> str:
        out: list[str] = []
        for row in sorted(drawn):
            self._row(row, drawn[row], out)
        if drawn and self._cursor != self._at:
            out.append(self._move(*self._at))
        return "".join(out)

    def _row(self, row: int, drawn: dict[int, Cell], out: list[str]) -> None:
        known = self._rows.setdefault(row, [])
        columns = sorted(drawn)
        known.extend([NOTHING] * (columns[-1] + 1 - len(known)))
        wanted = [column for column in columns if known[column] != drawn[column]]
        if not wanted:
            return
        if row in self._uncertain:
            wanted = columns  # what stands behind such a character stands where the terminal puts it
        self._take(known, drawn, wanted)
        if row in self._uncertain and all(certain(mark) for cell in known for mark in cell[0]):
            self._uncertain.discard(row)
        end = -1
        for column in wanted:
            if column < end:
                continue
            start = column if known[column][0] or not column else column - 1
            if end >= 0 and start - end <= NEAR and self._same(known, end, start):
                start = end
            else:
                out.append(self._move(row, start))
            for place in range(start, column + 1):
                self._put(known[place], out)
            end = column + 1
            if end < len(known) and known[end][0] == "" and known[end] != NOTHING:
                end += 1
            self._cursor = (row, end)

    @staticmethod
    def _take(known: list[Cell], drawn: dict[int, Cell], wanted: list[int]) -> None:
        """Note what is written; half a wide character that is written over leaves a half that may be anything."""
        for column in wanted:
            before, after = known[column], column + 1
            if before[0] == "" and before != NOTHING and column - 1 not in drawn:
                known[column - 1] = NOTHING
            if after < len(known) and known[after][0] == "" and after not in drawn:
                known[after] = NOTHING
        for column in wanted:
            known[column] = drawn[column]

    def _same(self, known: list[Cell], start: int, end: int) -> bool:
        """Whether the cells between can be written again in the colours that are set."""
        return all(known[place][0] and known[place][1] == self._set for place in range(start, end))

    def _put(self, cell: Cell, out: list[str]) -> None:
        character, colours = cell
        if not character:
            return
        if colours != self._set:
            if not colours:
                out.append("\x1b[0m")
            else:
                out.append(f"\x1b[{colours}m" if not self._set else f"\x1b[0;{colours}m")
            self._set = colours
        out.append(character)

    def _move(self, row: int, column: int) -> str:
        """The shortest way of the terminal's cursor to a cell."""
        before, self._cursor = self._cursor, (row, column)
        if before == self._cursor:
            return ""
        if before and before[0] == row and column > before[1]:
            n = column - before[1]
            return "\x1b[C" if n == 1 else f"\x1b[{n}C"
        return f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H"


class ThriftyDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, writing differences; a frame without one is not sent at all."""

    _picture: Picture | None = None
    _size: tuple[int, int] | None = None
    _sync = False
    """Whether the start of a frame waits for something to be in it."""

    def write(self, data: str) -> None:
        """Send what of ``data`` is news to the terminal."""
        if self._picture is None:
            self._picture = Picture()
        if data == SYNC_START:
            self._sync = True
            return
        if data == SYNC_END:
            if not self._sync:
                super().write(data)
            self._sync = False
            return
        if (size := self._terminal_size()) != self._size:
            self._size = size
            self._picture.forget()
        if news := self._picture.write(data):
            if self._sync:
                self._sync = False
                news = SYNC_START + news
            super().write(news)

    def _terminal_size(self) -> tuple[int, int] | None:
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:  # the terminal is gone
            return None
        return size.columns, size.lines

    def forget(self) -> None:
        """The terminal may show anything: the next frame is sent whole."""
        self._size = None

    def start_application_mode(self) -> None:
        """Begin, or go on after another program had the terminal."""
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
