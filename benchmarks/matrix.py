"""The access matrix of 2,500 projects and 180 users: opening, moving, filters, pivot, marks, memory.

    python -m benchmarks.matrix ROUNDS

The account is the saved one. Prints what was measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, percentile
from benchmarks.memory import in_megabytes, until
from benchmarks.page import SIZE, drawn
from tests.served import log_in, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.world import Screen, World
    from kobotui.screens.access import AccessScreen

PROJECTS = 2500
PEOPLE = 180
TEAM = 20
"""Enumerators on each project; supervisors and administrators are on it besides."""
MOVES = 40
"""Keys in a round."""
BEAT = 0.001
"""Seconds between two looks at what has been computed in one go."""
EVERYTHING = "marks of all cells"
"""Nobody asks for that but by mistake: it has no bound."""
FILTERS = ("w", "user:am", "can:delete", "outside:amina right:C")


def measure(world: World, rounds: int) -> Iterator[Figure]:
    """What each thing one does computes, without waiting, in a process of its own; then cursor moves on a terminal."""
    with _account(world):
        taken = json.loads(world.python("matrix", str(rounds)))
        what = f"matrix of {taken['projects']:,} projects x {taken['users']} users"
        details = f"{taken['cells']:,} cells with rights, {taken['rows']:,} rows; {taken['opening']:.1f} s computed"
        yield Figure(f"{what}: requests to open it", taken["requests"], "", 15, details)
        most = percentile(taken["goes"], 0.99) * 1000
        slowest = f"the longest {max(taken['goes']) * 1000:.0f} ms"
        yield Figure("computed in one go meanwhile, in which no key is answered, p99", most, "ms", 50, slowest)
        for name, seconds in taken["actions"].items():
            details, bound = f"slowest {max(seconds) * 1000:.0f} ms", None if name == EVERYTHING else 50
            yield Figure(f"{name}, until it is drawn, p50", percentile(seconds, 0.5) * 1000, "ms", bound, details)
        yield Figure("memory of the console with it", taken["memory"], "MB", None, f"{taken['before']:.0f} MB before")
        with world.kobotui() as screen:
            screen.until("Status")
            screen.press(":", "access", "enter")
            screen.until("complete")
            screen.rest(5.0)
            moves = [seconds for _round in range(rounds) for seconds in _moves(screen)]
    details = f"p50 {percentile(moves, 0.5) * 1000:.1f} ms of {len(moves)} keys"
    yield Figure("key to last byte in it: cursor, p99", percentile(moves, 0.99) * 1000, "ms", 30, details)


@contextmanager
def _account(world: World) -> Iterator[None]:
    """An account on a server with a crowd."""
    (world.place / "config" / "accounts.toml").unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.crowd"]
    size = [str(number) for number in (PROJECTS, PEOPLE, TEAM)]
    with serving(world.environment, world.place / "credentials.json", *size, command=command) as server:
        log_in(server, world.environment)
        yield


def _moves(screen: Screen) -> Iterator[float]:
    for key in ("down", "\x1b[A", "\x1b[C", "\x1b[D"):
        for _turn in range(MOVES // 4):
            yield screen.cost(key, quiet=0.1)[1]


async def compute(rounds: int) -> dict[str, Any]:
    """Open the matrix and do what one does in it."""
    from kobotui.__main__ import load_session
    from kobotui.app import KoboApp
    from kobotui.screens.access import AccessScreen
    from kobotui.screens.projects import ProjectsScreen

    app = KoboApp(load_session())
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: isinstance(app.screen, ProjectsScreen) and app.screen.store.complete)
        await app.workers.wait_for_complete()
        await pilot.pause()
        before = _megabytes()
        requests = _counted(await app.kobo())
        goes: list[float] = []
        beat = asyncio.create_task(_beat(goes))
        began = time.process_time()
        app.open_place("access")
        await until(lambda: isinstance(app.screen, AccessScreen) and app.screen.matrix.whole)
        screen = app.screen
        assert isinstance(screen, AccessScreen)
        opening = time.process_time() - began
        beat.cancel()
        asked = len(requests)
        memory = _megabytes()
        await app.workers.wait_for_complete()
        actions: dict[str, list[float]] = {}
        for _round in range(rounds):
            for name, do in _things(screen):
                await pilot.pause(0.2)  # the cursor comes to rest, and what follows from that is done
                since = time.process_time()
                do()
                await drawn(screen)
                actions.setdefault(name, []).append(time.process_time() - since)
        projects = screen.matrix.projects.values()
        cells = sum(len(project.team.rights) for project in projects)
        rows = sum(len(held.held) for project in projects for held in project.team.rights.values())
        return {
            "projects": len(projects), "users": len(screen.matrix.users), "cells": cells, "rows": rows,
            "requests": asked, "opening": opening, "goes": goes, "actions": actions, "before": before, "memory": memory,
        }  # fmt: skip


def _things(screen: AccessScreen) -> Iterator[tuple[str, Callable[[], None]]]:
    yield "pivot", screen.do_pivot
    yield "pivot", screen.do_pivot
    for text in FILTERS:
        yield "a filter", lambda typed=text: screen._filter_by(typed)  # type: ignore[misc]
    yield "no filter", lambda: screen._filter_by("")
    yield "a mark", screen.do_mark
    yield "the marks of a column", screen.do_mark_column
    yield (
        "a right granted in that column",
        lambda: screen.edited(screen.edits.grant(screen.places(), ["validate_submissions"])),
    )
    yield "pending changes dropped", screen.do_reset
    yield EVERYTHING, screen.do_mark_all
    yield "no marks", screen.do_unmark_all


async def _beat(goes: list[float]) -> None:
    """How much this thread has computed each time others have their turn."""
    while True:
        before = time.thread_time()
        await asyncio.sleep(BEAT)
        goes.append(time.thread_time() - before)


def _counted(kobo: Any) -> list[str]:
    """The requests from now on."""
    asked: list[str] = []
    request = kobo._transport.request

    async def noting(method: str, path: str, **options: Any) -> Any:
        asked.append(path)
        return await request(method, path, **options)

    kobo._transport.request = noting
    return asked


def _megabytes() -> float:
    return in_megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(compute(int(sys.argv[1])))))
