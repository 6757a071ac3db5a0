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

LATENCY = 1.5
"""Seconds for every answer: more than all our own work between two of them."""
STEPS = (
    ("start with a saved account", "", r"deployed.* owner", 1),
    ("open a project", "enter", r"Owned by", 2),
    ("a page of rows in DATA", "3", r"rows 1-", 1),
    ("the last page of rows", "G", r"rows [\d,]+-([\d,]+) of \1,(?!.*\.{3} +\.{3})", 1),
    ("open a record", "enter", r"> \d+  ([\d,]+) of \1", 0),
)
"""What is done, by which key, what on the screen tells that it can be worked with, and the bound."""


def measure(world: World, _rounds: int) -> Iterator[Figure]:
    """Start with a saved account, open a project, its DATA, the end of that, and a record."""
    options = ("--projects", "12", "--submissions", "2000", "--faults", f"latency={LATENCY}s")
    with world.account(*options), Terminal(kobotui(), world.environment) as screen:
        screen.wait("Projects", "? help")
        began = time.monotonic()
        for what, key, sign, bound in STEPS:
            if key:
                began = time.monotonic()
                screen.press(key)
            screen.wait_until(partial(re.search, sign, flags=re.DOTALL), what)
            waited = (time.monotonic() - began) / LATENCY
            while screen.read(2 * LATENCY):  # what follows by itself belongs to no key
                pass
            yield Figure(f"answers waited for: {what}", int(waited), "", bound, f"{waited:.1f} times one answer")
