"""A person's terminal: a program on a pseudo-terminal of its own session, its screen read from an emulator."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PATIENCE = 15.0
"""Seconds until a text that does not appear fails the test."""

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "down": "\x1b[B", "ctrl+u": "\x15", "ctrl+l": "\x0c",
}  # fmt: skip

# The emulator knows neither DCS nor what begins with CSI and one of <, = and >.
_FOREIGN = re.compile(rb"\x1b\[[<=>][\d;:]*[a-zA-Z]|\x1bP.*?\x1b\\", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(\[[\d;:?<=>$ ]*|[P\]][^\x07\x1b]*\x1b?)?$")
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_QUERIES = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}
"""What the program asks, and a terminal with synchronized output answers."""

# A session leader takes the terminal as its own, so that closing it reaches the program as SIGHUP.
_LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Terminal:
    """A context manager; at its end the program is gone, whatever it did."""

    def __init__(
        self, command: Sequence[str | Path], env: dict[str, str], *, columns: int = 120, lines: int = 36
    ) -> None:
        self._master, self._slave = pty.openpty()
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self.written = b""
        self._resize(columns, lines)
        self.settings: list[Any] = termios.tcgetattr(self._slave)
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", _LAUNCH, *map(str, command)],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=env | {"COLORTERM": "truecolor"} | ({"TERM": "xterm-256color"} if "TERM" not in env else {}),
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)

    # The keyboard and the frame

    def press(self, *keys: str) -> None:
        """Named keys and texts, as they are typed."""
        os.write(self._master, "".join(KEYS.get(key, key) for key in keys).encode())

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
                self._read(left)

    def resize(self, columns: int, lines: int) -> None:
        """Another size, as when a window is pulled; the program is told."""
        self._screen.resize(lines, columns)
        self._screen.reset()
        self._resize(columns, lines)

    def _resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def signal(self, number: signal.Signals) -> None:
        """A signal to the program alone."""
        self._process.send_signal(number)

    def close(self) -> None:
        """The window is closed, or the line is cut: nobody reads and nobody types any more."""
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def scribble(self, text: str) -> None:
        """Another program writes on the screen."""
        self._stream.feed(text.encode())

    # The screen

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        return [line.rstrip() for line in self._screen.display]

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
            assert self._read(min(left, 0.2)) or self._process.poll() is None, f"ended before {what}:\n{screen}"

    def _read(self, seconds: float) -> bool:
        """Take what comes within this time; whether anything came."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError as error:  # how Linux says that the other end is closed
            assert error.errno == errno.EIO  # noqa: PT017
            return False
        self.written += data
        for query, answer in _QUERIES.items():
            if query in data:
                os.write(self._master, answer)
        data = self._rest + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._rest = data[end:]
        self._stream.feed(_FOREIGN.sub(b"", data[:end]))
        return True

    # The end

    def wait_end(self) -> int:
        """The program's exit code, once it has ended by itself and all it wrote is read."""
        end = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < end, f"has not ended:\n{self.text()}"
            if self._master >= 0:
                self._read(0.05)
            else:
                time.sleep(0.01)
        while self._master >= 0 and self._read(0):
            pass
        return self._process.returncode

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

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
