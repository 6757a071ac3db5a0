"""What keys cost on the line in the project list and in DATA, on a real pseudo-terminal of 120x36."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.widgets.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
from kobotui.demo.server import DemoOptions, DemoServer
server = DemoServer(DemoOptions(seed=7, projects=60, submissions=60)).start()
from kobotui.__main__ import session_on
from kobotui.app import KoboApp
from kobotui.driver import ThriftyDriver
session = session_on(server)
session.use(session.accounts.get("admin"))
app = KoboApp(session, driver_class=ThriftyDriver)
"""


@contextmanager
def projects(home: Path) -> Iterator[Terminal]:
    """The project list, with nothing more to come."""
    env = {f"KOBOTUI_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    with Terminal(APP, env=env) as terminal:
        terminal.wait("60 of 60", gone="deployed?")
        terminal.rest()
        yield terminal


def assert_frugal(terminal: Terminal, *keys: str) -> None:
    """Every key costs something and at most 300 bytes, and nothing follows when the cursor has come to rest."""
    costs = [terminal.cost(key) for key in keys]
    assert all(0 < cost <= 300 for cost in costs), costs
    time.sleep(0.3)
    assert terminal.cost() == 0


def test_moving_the_cursor_with_the_panel_closed_costs_300_bytes_and_rest_costs_nothing(home: Path) -> None:
    with projects(home) as terminal:
        terminal.cost("p")
        terminal.rest()
        assert_frugal(terminal, *"jjjjjk")


def test_moving_the_cursor_in_data_costs_300_bytes_and_rest_costs_nothing(home: Path) -> None:
    with projects(home) as terminal:
        terminal.press("enter")
        terminal.wait("1 SUMMARY", "Submissions per day")
        terminal.press("3")
        terminal.wait("rows 1-", "labels: English")
        terminal.rest()
        assert_frugal(terminal, *"jjljlkh")


def test_a_palette_that_is_open_costs_nothing(home: Path) -> None:
    with projects(home) as terminal:
        terminal.press("ctrl+p")
        terminal.wait("Deploy, or redeploy with the newest version")
        terminal.rest()
        time.sleep(1.2)  # a cursor that blinks does so twice a second
        assert terminal.cost() == 0
