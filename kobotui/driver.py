"""A terminal driver for thin lines: of every frame only the cells that differ from what is on the screen are sent.

Textual writes whole regions, colours and all, whether they have changed or not. This driver reads its stream (text,
colours, cursor moves), keeps what the screen shows, and writes the difference. What it cannot read passes as it is,
and nothing is taken for granted afterwards.
"""

from __future__ import annotations

import os
import re
import select
import unicodedata
from codecs import getincrementaldecoder
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from time import monotonic
from typing import Any

from rich.cells import get_character_cell_size
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

Cell = tuple[str, str]
"""A character with its marks, and the colours it is written in; no character: the right half of a wide one."""

NOTHING: Cell = ("", "?")
"""What may be anything."""
_CHARACTER, _COLOURS = itemgetter(0), itemgetter(1)
LOOK = 0.1
"""Seconds between two looks at the keyboard while an escape may be the first key of several."""
SETTLE = ESCAPE_DELAY + 1.0
"""Seconds after which it is not any more."""
NEAR = 4
"""Cells that are cheaper to write again than the cursor is to move."""

_TOKEN = re.compile(r"\x1b\[([\d;]*)([Hm])|\n|\r|[^\x00-\x1f]+|[\s\S]+")
_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?!1049)[\d;]*[hl]|\x1b\[[<>=?][\d;]*u|\x1b\[\?[\d;$]*p|\x1b\](?!8;)[^\x07\x1b]*\x07|\x07)+"
)
"""Modes, questions, the clipboard, the pointer's shape, the bell: they leave the cells as they are."""


@lru_cache(4096)
def certain(character: str) -> bool:
    """Whether every terminal gives the character as many cells as we do."""
    if character.isascii():
        return True
    if unicodedata.east_asian_width(character) in "WF":
        return unicodedata.category(character) == "Lo"  # ideographs, not emoji
    plain = unicodedata.category(character) in ("Lu", "Ll", "Pd", "Pi", "Pf", "Nd")
    return plain and unicodedata.bidirectional(character) not in ("R", "AL", "AN")


@dataclass(slots=True)
class Span:
    """Cells of a line that a frame draws, from a column on."""

    start: int
    cells: list[Cell]

    @property
    def end(self) -> int:
        """The column behind the last cell."""
        return self.start + len(self.cells)


class Picture:
    """What is on the screen, and the difference to what a frame makes of it."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell]] = {}
        self._wide: set[int] = set()
        """Rows with wide characters."""
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
        self._wide.clear()
        self._uncertain.clear()
        self._cursor, self._set = None, "?"

    def write(self, data: str) -> str:
        """What has to be sent so that the screen is as if ``data`` had been sent."""
        drawn: dict[int, list[Span]] = {}
        out: list[str] = []
        for token in _TOKEN.finditer(data):
            text, kind = token[0], token[2]
            if kind == "m":
                colours = token[1]
                if colours in ("", "0"):
                    self._colours = ""
                else:
                    self._colours = f"{self._colours};{colours}" if self._colours else colours
            elif kind == "H":
                row, _semicolon, column = token[1].partition(";")
                self._at = (int(row or 1) - 1, int(column or 1) - 1)
            elif text == "\n":
                self._at = (self._at[0] + 1, 0)
            elif text == "\r":
                self._at = (self._at[0], 0)
            elif text[0] < " ":
                self._send(drawn, out)
                drawn = {}
                out.append(self._foreign(text))
            else:
                self._draw(text, drawn)
        self._send(drawn, out)
        return "".join(out)

    def _foreign(self, text: str) -> str:
        """Something that is not ours to read, and all behind it."""
        rest = _HARMLESS.match(text)
        if rest is None:
            self.forget()
            return f"\x1b[0m{text}"
        return rest[0] + self.write(text[rest.end() :])

    # What a frame draws

    def _draw(self, text: str, drawn: dict[int, list[Span]]) -> None:
        row, column = self._at
        spans = drawn.setdefault(row, [])
        if not spans or spans[-1].end != column:
            spans.append(Span(column, []))
        cells = spans[-1].cells
        if text.isascii():
            cells += _ascii_cells(text, self._colours)
            self._at = (row, column + len(text))
            return
        for character in text:
            if not certain(character):
                self._uncertain.add(row)
            match get_character_cell_size(character):
                case 0:
                    self._join(character, row, spans[-1])
                case 1:
                    cells.append((character, self._colours))
                case _:
                    self._wide.add(row)
                    cells += [(character, self._colours), ("", self._colours)]
        self._at = (row, spans[-1].end)

    def _join(self, mark: str, row: int, span: Span) -> None:
        """Put a mark on the character before it."""
        if not span.cells:  # that character was drawn by another frame
            known = self._rows.get(row, [])
            before = max(0, span.start - 1 - (0 < span.start <= len(known) and not known[span.start - 1][0]))
            span.cells += known[before : span.start]
            span.start = before
        for place in reversed(range(len(span.cells))):
            character, colours = span.cells[place]
            if character:
                span.cells[place] = (character + mark, colours)
                return

    # What is sent of it

    def _send(self, drawn: dict[int, list[Span]], out: list[str]) -> None:
        for row in sorted(drawn):
            known = self._rows.setdefault(row, [])
            for span in drawn[row]:
                known.extend([NOTHING] * (span.end - len(known)))
                old = known[span.start : span.end]
                if old != span.cells:
                    self._send_span(row, known, span, old, out)
        if drawn and self._cursor != self._at:
            out.append(self._move(*self._at))

    def _send_span(self, row: int, known: list[Cell], span: Span, old: list[Cell], out: list[str]) -> None:
        start = span.start
        if row in self._uncertain:  # what stands behind such a character stands where the terminal puts it
            runs = [(start, span.end)]
        else:
            runs = _runs([start + i for i, (a, b) in enumerate(zip(old, span.cells, strict=True)) if a != b])
        known[start : span.end] = span.cells
        if row in self._wide:
            runs = [self._whole(known, span, *run) for run in runs]
        if row in self._uncertain and all(certain(mark) for cell in known for mark in cell[0]):
            self._uncertain.discard(row)
        for first, end in runs:
            out.append(self._move(row, first))
            for colours, cells in groupby(known[first:end], _COLOURS):
                text = "".join(map(_CHARACTER, cells))
                if colours != self._set and (text.strip(" ") or colours != _on_blanks(self._set)):
                    out.append(_change(self._set, colours))
                    self._set = colours
                out.append(text)
            self._cursor = (row, end)

    @staticmethod
    def _whole(known: list[Cell], span: Span, first: int, end: int) -> tuple[int, int]:
        """A run with both halves of the wide characters at its ends; what is left of others may be anything."""
        if not known[first][0]:
            first -= first > span.start
        elif first == span.start and first and known[first - 1][0] and _is_wide(known[first - 1]):
            known[first - 1] = NOTHING
        if end < len(known) and not known[end][0] and known[end] != NOTHING:
            if end < span.end:
                end += 1
            else:
                known[end] = NOTHING
        return first, end

    def _move(self, row: int, column: int) -> str:
        """The shortest way of the terminal's cursor to a cell."""
        before, self._cursor = self._cursor, (row, column)
        if before == self._cursor:
            return ""
        if before and before[0] == row and column > before[1]:
            n = column - before[1]
            return "\x1b[C" if n == 1 else f"\x1b[{n}C"
        return f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H"


def _is_wide(cell: Cell) -> bool:
    return get_character_cell_size(cell[0][0]) == 2


def _runs(columns: list[int]) -> list[tuple[int, int]]:
    """First and end columns of what is written in one go: cells that differ, and those that lie close between."""
    runs: list[tuple[int, int]] = []
    for column in columns:
        if runs and column - runs[-1][1] <= NEAR:
            runs[-1] = (runs[-1][0], column + 1)
        else:
            runs.append((column, column + 1))
    return runs


@lru_cache(4096)
def _ascii_cells(text: str, colours: str) -> tuple[Cell, ...]:
    blank = (" ", _on_blanks(colours))
    return tuple(blank if character == " " else (character, colours) for character in text)


@lru_cache(1024)
def _on_blanks(colours: str) -> str:
    """What is seen of colours where nothing is written: the background; with lines or reversed, everything."""
    _foreground, background, rest = _read(colours)
    return colours if rest - {"1", "2", "3"} else background


@lru_cache(1024)
def _change(before: str, after: str) -> str:
    """The shortest way from one set of colours to another."""
    (foreground, background, rest), (new_foreground, new_background, new_rest) = _read(before), _read(after)
    if rest - new_rest:
        return f"\x1b[0;{after}m" if after else "\x1b[0m"
    codes = sorted(new_rest - rest)
    if new_foreground != foreground:
        codes.append(new_foreground or "39")
    if new_background != background:
        codes.append(new_background or "49")
    return f"\x1b[{';'.join(codes)}m"


@lru_cache(1024)
def _read(colours: str) -> tuple[str, str, frozenset[str]]:
    """Foreground, background and the rest."""
    foreground = background = ""
    rest = set()
    codes = colours.split(";") if colours else []
    while codes:
        code = colour = codes.pop(0)
        if code in ("38", "48"):  # 2 and three numbers, or 5 and one
            count = 4 if codes[:1] == ["2"] else 2
            colour = ";".join([code, *codes[:count]])
            del codes[:count]
        if code[0] in "39" and len(code) == 2:
            foreground = colour
        elif (code[0] == "4" and len(code) == 2) or len(code) == 3:
            background = colour
        else:
            rest.add(code)
    return foreground, background, frozenset(rest)


class ThriftyDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, writing differences; a frame without one is not sent at all."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._picture: Picture | None = None
        self._size: tuple[int, int] | None = None
        self._sync = False
        """Whether the start of a frame waits for something to be in it."""
        self._end_asked, self._ask_end = os.pipe()
        """What wakes the thread that reads keys."""

    def write(self, data: str) -> None:
        """Send what of ``data`` is news to the terminal; nothing when it is gone, for nobody would take it and the
        program would wait for ever."""
        if self._writer_thread is None or not self._writer_thread.is_alive():
            return
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

    def run_input_thread(self) -> None:
        """Make events of what is typed, until the end. Textual's own looks ten times a second whether there is any;
        this one sleeps. Keys of a terminal that does not speak UTF-8 are dropped."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("ignore").decode
        settled = 0.0
        while not self.exit_event.is_set():
            patience = LOOK if monotonic() < settled else None
            ready, _, _ = select.select([self.fileno, self._end_asked], [], [], patience)
            if self.fileno in ready and (typed := self._typed()):
                settled = monotonic() + SETTLE
                text = decode(typed)
                for event in parser.feed(text) if text else ():  # no text would be the end
                    self.process_message(event)
            elif ready:  # the end is near; or the terminal is gone, and a signal comes
                self.exit_event.wait(LOOK)
            for event in parser.tick():
                self.process_message(event)

    def _typed(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:  # the terminal is gone
            return b""

    def disable_input(self) -> None:
        """As Textual's; the thread that reads is woken, for it is waited for."""
        os.write(self._ask_end, b"!")
        super().disable_input()
        os.read(self._end_asked, 1)

    def forget(self) -> None:
        """The terminal may show anything: the next frame is sent whole."""
        self._size = None

    def _sigcont_application(self, *signal: object) -> None:
        """As Textual's after a stop. A hang-up brings the same signal: to begin anew then would start a second thread
        that reads keys, and the program would wait for the first one for ever."""
        if self._terminal_size() is not None:
            super()._sigcont_application(*signal)

    def start_application_mode(self) -> None:
        """Begin, or go on after another program had the terminal."""
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
