"""A person's terminal: a program on a pseudo-terminal of its own session, its screen read from an emulator."""

from __future__ import annotations

import re
import termios
import time
from typing import TYPE_CHECKING

import pyte

from tests.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PATIENCE = 15.0
"""Seconds until a text that does not appear fails the test."""

# The emulator knows neither DCS nor what begins with CSI and one of <, = and >.
_FOREIGN = re.compile(rb"\x1b\[[<=>][\d;:]*[a-zA-Z]|\x1bP.*?\x1b\\", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(\[[\d;:?<=>$ ]*|[P\]][^\x07\x1b]*\x1b?)?$")
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")


class Terminal(Console):
    """What a person has before the eyes."""

    def __init__(
        self, command: Sequence[str | Path], env: dict[str, str], *, columns: int = 120, lines: int = 36
    ) -> None:
        super().__init__(command, env, columns=columns, lines=lines)
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""

    # The keyboard and the frame

    def agree(self, key: str, question: str) -> None:
        """Press ``key`` until ``question`` has left the screen: a key that comes before its line can have been read is
        dropped, and no person is as quick as this one."""
        self.wait(question)
        end = time.monotonic() + PATIENCE
        while question in self.text() or self.mode(2026):
            assert time.monotonic() < end, f"{question!r} stays:\n{self.text()}"
            self.press(key)
            again = time.monotonic() + 2.0
            while (question in self.text() or self.mode(2026)) and (left := again - time.monotonic()) > 0:
                self.read(left)

    def resize(self, columns: int, lines: int) -> None:
        """Another size, as when a window is pulled; the program is told."""
        self._screen.resize(lines, columns)
        self._screen.reset()
        self._resize(columns, lines)

    def scribble(self, text: str) -> None:
        """Another program writes on the screen."""
        self._stream.feed(text.encode())

    # The screen

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        columns, buffer = range(self._screen.columns), self._screen.buffer
        return ["".join(buffer[y][x].data for x in columns).rstrip() for y in range(self._screen.lines)]

    def line(self, part: str) -> str:
        """The first line that has this in it."""
        return next((line for line in self.lines() if part in line), "")

    def wait(self, *texts: str, gone: str | None = None) -> str:
        """The screen once all the texts are on it, and ``gone`` is not."""
        return self.wait_until(
            lambda screen: all(text in screen for text in texts) and (gone is None or gone not in screen),
            " and ".join(map(repr, texts)) + (f" without {gone!r}" if gone else ""),
        )

    def wait_until(self, condition: Callable[[str], object], what: str) -> str:
        """The screen once the condition holds on it, between frames."""
        end = time.monotonic() + PATIENCE
        while True:
            screen = self.text()
            if not self.mode(2026) and condition(screen):
                return screen
            left = end - time.monotonic()
            assert left > 0, f"waited in vain for {what}:\n{screen}"
            assert self.read(min(left, 0.2)) or self._process.poll() is None, f"ended before {what}:\n{screen}"

    def read(self, seconds: float) -> bytes:
        """What comes first within this time; it is on the screen then, as far as it is whole."""
        came = super().read(seconds)
        data = self._rest + came
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._rest = data[end:]
        self._stream.feed(_FOREIGN.sub(b"", data[:end]))
        return came

    # The end

    def wait_end(self) -> int:
        """The program's exit code, once it has ended by itself and all it wrote is read."""
        end = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < end, f"has not ended:\n{self.text()}"
            if self._master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.01)
        while self._master >= 0 and self.read(0):
            pass
        return self._process.returncode

    def mode(self, number: int) -> bool:
        """Whether a private mode of the terminal is on: 25 cursor, 1000 mouse, 1049 alternate screen."""
        modes = [(n, on) for n, on in _MODE.findall(self.written) if str(number).encode() in n.split(b";")]
        return bool(modes) and modes[-1][1] == b"h"

    def assert_sane(self) -> None:
        """The terminal is as a shell wants it back."""
        on = [mode for mode in (1000, 1002, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048) if self.mode(mode)]
        assert on == []
        assert self.mode(25), "the cursor is hidden"
        assert self.written.count(b"\x1b[>1u") <= self.written.count(b"\x1b[<u"), "kitty keys are on"
        assert termios.tcgetattr(self._slave) == self.settings
