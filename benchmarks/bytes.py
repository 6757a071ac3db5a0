"""What the console writes to the terminal, against stock widgets that do the same."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.world import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.world import Screen, World

DEMO = ("--projects", "100", "--submissions", "60")
SCRIPT = (
    ("down", "down"), ("page", "page"), ("page", "page"), ("dialog", "S"), ("leave", "escape"), ("palette", "ctrl+p"),
    ("leave", "escape"), ("top", "top"), ("project", "enter"), ("tab", "2"), ("tab", "3"), ("down", "down"),
    ("back", "escape"),
)  # fmt: skip
"""What is done, and the key that does it."""
IDLE = 30.0
"""Seconds; the time computed is counted in hundredths of one."""


def script(world: World, _rounds: int) -> Iterator[Figure]:
    """Open, page, dialog, palette, project, tabs, and out again."""
    with world.account(*DEMO):
        path = world.place / "texts.json"
        world.python("texts", "texts", str(path))
        ours = _play(world.kobotui(), {"top": "g"})
        stock = _play(world.stock("list", str(path)), {"top": "\x1b[1;5H"})
    details = ", ".join(
        f"{what} {mine:,}/{theirs:,}"
        for (what, mine), (_what, theirs) in zip(ours, stock, strict=True)
        if what not in ("leave", "top", "back", "down")
    )
    total = sum(cost for _what, cost in ours)
    yield Figure(
        "bytes for the standard script, against stock Textual",
        total / sum(cost for _what, cost in stock),
        "x",
        0.4,
        f"{total:,} bytes; {details}",
    )


def _play(screen: Screen, keys: dict[str, str]) -> Sequence[tuple[str, int]]:
    with screen:
        screen.until("Name", "Status")
        screen.rest(2.0)
        costs = [("open", len(screen.written))]
        return costs + [(what, screen.cost(keys.get(key, key), quiet=1.0)[0]) for what, key in SCRIPT]


def cursor(world: World, rounds: int) -> Iterator[Figure]:
    """One move of the cursor, in Projects with the panel closed and in DATA."""
    with world.account(*DEMO):
        path = world.place / "texts.json"
        world.python("texts", "texts", str(path))
        with world.kobotui() as screen, world.stock("list", str(path)) as stock:
            stock.until("Status")
            stock.rest(2.0)
            theirs = [stock.cost("down")[0] for _round in range(rounds)]
            screen.until("Status")
            screen.rest(2.0)
            screen.cost("p")
            yield _moves("Projects, panel closed", [screen.cost("down")[0] for _round in range(rounds)], theirs)
            screen.cost("enter", quiet=1.5)
            screen.cost("3", quiet=1.5)
            stock.cost("enter", quiet=1.5)
            stock.cost("3", quiet=1.5)
            theirs = [stock.cost("down")[0] for _round in range(rounds)]
            yield _moves("DATA", [screen.cost("down")[0] for _round in range(rounds)], theirs)


def _moves(where: str, costs: Sequence[int], theirs: Sequence[int]) -> Figure:
    details = f"{statistics.median(costs) / statistics.median(theirs):.2f} x stock Textual"
    return Figure(f"bytes for one cursor move in {where}, the dearest", max(costs), "bytes", 300, details)


def idle(world: World, _rounds: int) -> Iterator[Figure]:
    """The console while nobody types."""
    with world.account(*DEMO), world.kobotui() as screen:
        screen.until("Status")
        screen.rest(2.0)
        before, used = len(screen.written), cpu_seconds(screen.pid)
        end = time.monotonic() + IDLE
        while (left := end - time.monotonic()) > 0:
            screen.read(left)
        yield Figure("idle, bytes a second", (len(screen.written) - before) / IDLE, "bytes", 0)
        yield Figure("idle, CPU", round((cpu_seconds(screen.pid) - used) / IDLE * 100, 2), "%", 0.2)
