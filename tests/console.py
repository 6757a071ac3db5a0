"""A program on a pseudo-terminal: what it writes, what it asks the terminal, and keys for it."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
    from pathlib import Path

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "down": "\x1b[B", "page": "\x1b[6~", "ctrl+u": "\x15",
    "ctrl+l": "\x0c", "ctrl+p": "\x10",
}  # fmt: skip

_QUERIES = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}
"""What the program asks, and a terminal with synchronized output answers."""

# A session leader takes the terminal as its own, so that closing it reaches the program as SIGHUP.
_LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Console:
    """A context manager; at its end the program is gone, whatever it did."""

    launcher: ClassVar[Sequence[str]] = (sys.executable, "-S", "-c", _LAUNCH)

    def __init__(
        self, command: Sequence[str | Path], env: dict[str, str], *, columns: int = 120, lines: int = 36
    ) -> None:
        self._master, self._slave = pty.openpty()
        self.written = b""
        self._resize(columns, lines)
        self.settings: list[Any] = termios.tcgetattr(self._slave)
        self._process = subprocess.Popen(
            [*self.launcher, *map(str, command)],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor"} | env,
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

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def press(self, *keys: str) -> None:
        """Named keys and texts, as they are typed."""
        self.press_bytes("".join(KEYS.get(key, key) for key in keys).encode())

    def press_bytes(self, keys: bytes) -> None:
        """What a terminal sends for keys, whatever it is."""
        os.write(self._master, keys)

    def signal(self, number: signal.Signals) -> None:
        """A signal to the program alone."""
        self._process.send_signal(number)

    def close(self) -> None:
        """The window is closed, or the line is cut: nobody reads and nobody types any more."""
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def _resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What comes first within this time, answered where it asks; empty when nothing does."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._master, 65536)
        except OSError as error:  # how Linux says that the other end is closed
            assert error.errno == errno.EIO  # noqa: PT017
            return b""
        self.written += data
        for query, answer in _QUERIES.items():
            if query in data:
                os.write(self._master, answer)
        return data
