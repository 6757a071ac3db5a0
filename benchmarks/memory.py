"""A project of a million records, browsed from end to end, against one of a thousand: what both sides keep."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from typing import TYPE_CHECKING

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.world import World

STOPS = 300
"""Places between the first record and the last at which the table stops and reads; the way back has as many."""


def measure(world: World, _rounds: int) -> Iterator[Figure]:
    """The greatest memory of the console, and of the demo server, each in a process of its own."""
    client: dict[int, float] = {}
    server: dict[int, float] = {}
    for count in (1_000, 1_000_000):
        with world.account("--projects", "2", "--submissions", str(count)) as running:
            client[count] = float(world.python("memory", str(count)))
            running.process.terminate()
            _pid, _status, usage = os.wait4(running.process.pid, 0)
            running.process.returncode = 0
            server[count] = in_megabytes(usage.ru_maxrss)
    for side, bound, peak in (("console", 1.1, client), ("demo server", 1.2, server)):
        small, large = peak.values()
        what = f"memory of the {side}: 1,000,000 records browsed, against 1,000"
        yield Figure(what, large / small, "x", bound, f"{large:.0f} MB; {small:.0f} MB")


def in_megabytes(peak: int) -> float:
    """Linux counts in kilobytes, macOS in bytes."""
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


async def browse(count: int) -> None:
    """DATA of the greatest project: to its end and back, and a record opened at each tenth stop; half of the way under
    other columns, and every seventh stop gone to by the id of a record."""
    from textual.widgets import Static  # noqa: F401 - what every screen has, so that both runs load it

    from kobotui.__main__ import load_session
    from kobotui.app import KoboApp
    from kobotui.model.column_choice import ColumnChoice
    from kobotui.screens.data import DataScreen
    from kobotui.widgets.table import Table

    app = KoboApp(load_session())
    async with app.run_test(size=(120, 36)) as pilot:
        await app.workers.wait_for_complete()
        projects = (await (await app.kobo()).projects.page()).items
        screen = DataScreen(max(projects, key=lambda project: project.submission_count))
        app.push_screen(screen)
        await until(lambda: bool(screen.query(Table)))
        table = app.screen.query_one(Table)
        stops = [round(n * (count - 1) / STOPS) for n in range(STOPS + 1)]
        for turn, stop in enumerate([*stops, *reversed(stops)]):
            await until(lambda: len(table.source) == count)
            if turn == STOPS:
                screen.records.use_choice(
                    ColumnChoice(hidden=("_submission_time",), frozen="_submitted_by", groups=True)
                )
                screen.language_changed()
            if turn % 7 == 0 and table.cursor_key is not None:
                place = await screen.records.place_of(int(table.cursor_key))
                assert place == table.cursor_index
            table.move_to(stop)
            await until(lambda: table.cursor_key is not None)
            if turn % 10 == 0:
                await pilot.press("enter")
                await pilot.press("escape")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what has no event."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(browse(int(sys.argv[1])))
    sys.stdout.write(str(in_megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)))
