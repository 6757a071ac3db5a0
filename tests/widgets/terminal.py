"""An app on a real pseudo-terminal, to count the bytes a key costs."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parents[2]
FRAME_END = b"\x1b]7777;end\x07"
"""What the app writes when the frames of the keys before it are out."""

MARK_FRAMES = f"""
from textual.app import App
async def on_event(self, event, original=App.on_event):
    await original(self, event)
    if event.__class__.__name__ == "Key" and event.key == "f12" and not hasattr(event, "seen"):
        event.seen = True  # the key comes by a second time when no widget wants it
        def written():
            self._driver.write({FRAME_END.decode()!r})
            self._driver.flush()
        # behind the keys before this one in the widget's queue, and some frames of a sixtieth of a second later
        (self.focused or self.screen).call_later(self.set_timer, 0.1, written)
App.on_event = on_event
"""


class Terminal:
    """Runs a Python script that ends in ``app`` being defined."""

    def __init__(self, script: str, *, columns: int = 120, lines: int = 36, env: dict[str, str] | None = None) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TEXTUAL", "SSH_", "COLUMNS", "LINES", "NO_COLOR"))
        }
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", script + MARK_FRAMES + "\napp.run(mouse=False)\n"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=plain | terminal | {"PYTHONPATH": str(ROOT)} | (env or {}),
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        self.press()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def press(self, *keys: bytes) -> bytes:
        """What the app writes for these keys."""
        os.write(self._master, b"".join(keys) + b"\x1b[24~")  # F12 asks for the mark
        return self.read_to(FRAME_END)

    def read_to(self, mark: bytes, seconds: float = 20.0) -> bytes:
        read = b""
        end = time.monotonic() + seconds
        while mark not in read:
            ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"nothing more after {read[-400:]!r}"
            read += os.read(self._master, 65536)
        return read.partition(mark)[0]
