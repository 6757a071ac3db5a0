"""What a key on the project list costs on the line, on a real pseudo-terminal of 120x36."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.widgets.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

APP = """
from kobotui.demo.server import DemoOptions, DemoServer
server = DemoServer(DemoOptions(seed=7, projects=60, submissions=60)).start()
from kobotui.__main__ import session_on
from kobotui.app import KoboApp
session = session_on(server)
session.use(session.accounts.get("admin"))
from kobotui.driver import ThriftyDriver
app = KoboApp(session, driver_class=ThriftyDriver)
"""


def test_moving_the_cursor_with_the_panel_closed_costs_300_bytes_and_rest_costs_nothing(home: Path) -> None:
    env = {f"KOBOTUI_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    with Terminal(APP, env=env) as terminal:
        read = b""
        end = time.monotonic() + 20
        while b"deployed" not in read:
            assert time.monotonic() < end, read[-400:]
            read += terminal.press()
        terminal.press(b"p")
        quiet = 0
        while quiet < 5:  # versions are still looked up
            assert time.monotonic() < end, "it never rests"
            quiet = 0 if terminal.press() else quiet + 1
        for _key in range(5):
            assert len(terminal.press(b"j")) <= 300
        time.sleep(0.3)  # the cursor comes to rest meanwhile
        assert terminal.press() == b""
