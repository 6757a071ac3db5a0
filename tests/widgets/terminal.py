"""An app on a real pseudo-terminal, to count the bytes a key costs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.e2e.terminal import PATIENCE
from tests.e2e.terminal import Terminal as Screen

ROOT = Path(__file__).parents[2]
FRAME_END = b"\x1b]7777;end\x07"
"""What the app writes when the frames of the keys before it are out."""
F12 = "\x1b[24~"

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


class Terminal(Screen):
    """Runs a Python script that ends in ``app`` being defined."""

    def __init__(self, script: str, *, columns: int = 120, lines: int = 36, env: dict[str, str] | None = None) -> None:
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TEXTUAL", "SSH_", "COLUMNS", "LINES", "NO_COLOR"))
        }
        super().__init__(
            [sys.executable, "-c", script + MARK_FRAMES + "\napp.run(mouse=False)\n"],
            plain | {"TEXTUAL_ANIMATIONS": "none", "PYTHONPATH": str(ROOT)} | (env or {}),
            columns=columns,
            lines=lines,
        )

    def __enter__(self) -> Terminal:
        self.rest()
        return self

    def cost(self, *keys: str) -> int:
        """How many bytes the app writes for these keys."""
        start = len(self.written)
        self.press(*keys, F12)  # asks for the mark
        end = time.monotonic() + PATIENCE
        while FRAME_END not in self.written[start:]:
            assert time.monotonic() < end, f"nothing more after {self.written[-400:]!r}"
            self.read(0.2)
        return self.written[start:].index(FRAME_END)

    def rest(self) -> None:
        """Wait until nothing is written any more."""
        quiet, end = 0, time.monotonic() + 2 * PATIENCE
        while quiet < 3:
            assert time.monotonic() < end, f"it never rests:\n{self.text()}"
            quiet = 0 if self.cost() else quiet + 1
