"""How many answers are waited for, one after the other: told from the clock, over a line that takes its time.

The tests count them in the server's log (``tests/screens/test_round_trips.py``); this is what a person would notice.
"""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from tests.e2e.terminal import Terminal
from tests.served import kobotui

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.world import World
    from tests.served import Server

LATENCY = 1.5
"""Seconds for every answer: more than all our own work between two of them."""
THERE = r"(?!.*\.{3} +\.{3})"
"""No row is waited for any more."""
STEPS: tuple[tuple[str, tuple[str, ...], str, int], ...] = (
    ("start with a saved account", (), r"deployed.* owner", 1),
    ("open a project", ("enter",), r"Owned by", 2),
    ("a page of rows in DATA", ("3",), r"rows 1-", 1),
    ("other columns", ("C", "j", "space", "f", "H", "escape"), r"rows 1-" + THERE, 0),
    ("the last page of rows", ("G",), r"rows [\d,]+-([\d,]+) of \1," + THERE, 1),
    ("a row by its number", ("#", "400", "enter"), r"rows 3\d\d-4\d\d of" + THERE, 1),
    ("a record by its id, its row and the rows around", ("#", "#{id}", "enter"), r"\n\| +{id} " + THERE, 2),
    ("open a record", ("enter",), r"> {id}  [\d,]+ of", 0),
)
"""What is done, by which keys, what on the screen tells that it can be worked with, and the bound."""
FAR = 200
"""Rows from the top to the record that is gone to by its id."""


def measure(world: World, _rounds: int) -> Iterator[Figure]:
    """Start with a saved account, open a project, its DATA, the end of that, and a record."""
    options = ("--projects", "12", "--submissions", "2000", "--faults", f"latency={LATENCY}s")
    with world.account(*options) as server, Terminal(kobotui(), world.environment) as screen:
        record = far_record(server)
        screen.wait("Projects", "? help")
        began = time.monotonic()
        for what, keys, sign, bound in STEPS:
            if keys:
                began = time.monotonic()
                screen.press(*(key.replace("{id}", record) for key in keys))
            screen.wait_until(partial(re.search, sign.replace("{id}", record), flags=re.DOTALL), what)
            waited = (time.monotonic() - began) / LATENCY
            while screen.read(2 * LATENCY):  # what follows by itself belongs to no key
                pass
            yield Figure(f"answers waited for: {what}", int(waited), "", bound, f"{waited:.1f} times one answer")


def far_record(server: Server) -> str:
    """The ``_id`` of a record far down in the project that is the first in the list."""
    projects = server.ask("/api/v2/assets/?q=asset_type:survey&limit=100")["results"]
    uid = max(projects, key=lambda project: str(project["date_modified"]))["uid"]
    page = server.ask(f"/api/v2/assets/{uid}/data/?limit=1&start={FAR}&sort=%7B%22_id%22:-1%7D&fields=%5B%22_id%22%5D")
    return str(page["results"][0]["_id"])
