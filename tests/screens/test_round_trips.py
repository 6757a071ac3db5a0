"""How many answers, one after the other, are waited for before there is something to work with; by the server's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.screens.data_place import HOUSEHOLD, asset_at
from tests.screens.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kobotui.app import KoboApp
    from kobotui.demo.faults import Served
    from kobotui.demo.server import DemoServer
    from tests.screens.conftest import Until

LATENCY = 0.05
"""Seconds, so that what is asked side by side is seen to overlap."""


def in_sequence(log: Iterable[Served]) -> int:
    """The length of the longest chain of requests of which each began after the one before it had ended."""
    chains: list[tuple[float, int]] = []
    for request in sorted(log, key=lambda request: request.began):
        chains.append((request.ended, 1 + max((n for ended, n in chains if ended <= request.began), default=0)))
    return max((n for _ended, n in chains), default=0)


async def test_start_project_record_and_page(app: KoboApp, demo: DemoServer, until: Until, tmp_path: Path) -> None:
    log = demo.faults.log
    demo.faults.latency = LATENCY
    async with app.run_test(size=(120, 36)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset_at(demo, HOUSEHOLD))
        await stage.until(stage.texts, "the first projects")
        assert in_sequence(log) == 1
        await stage.until(lambda: stage.screen.store.complete, "the list")
        await stage.settled()
        assert stage.table.move_to_key(stage.asset.uid)

        log.clear()
        await pilot.press("enter")
        await stage.on("summary")
        assert stage.texts(), "what the list told is there already"
        await stage.settled()
        assert in_sequence(log) <= 2

        log.clear()
        await pilot.press("3")
        await stage.on("data")
        await stage.until(lambda: stage.table.cursor_key is not None, "records")
        assert in_sequence(log) <= 2
        await stage.settled()

        log.clear()
        await pilot.press("enter")
        await stage.on("record")
        assert stage.texts()
        await pilot.press("escape")
        await stage.on("data")
        await stage.settled()
        assert in_sequence(log) == 0

        await pilot.press("G")
        await stage.until(lambda: stage.table.cursor_key is not None, "the last records")
        assert len(log) == 1


async def test_the_matrix_costs_one_answer_and_a_handful_of_requests(
    app: KoboApp, demo: DemoServer, until: Until, tmp_path: Path
) -> None:
    log = demo.faults.log
    demo.faults.latency = LATENCY
    async with app.run_test(size=(120, 36)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset_at(demo, HOUSEHOLD))
        await stage.until(lambda: stage.screen.store.complete, "the list")
        await stage.settled()
        log.clear()
        app.open_place("access")
        await stage.on("access")
        await stage.until(lambda: stage.screen.matrix.projects, "teams")
        assert in_sequence(log) == 1
        await stage.until(lambda: stage.screen.matrix.whole, "all teams")
        assert len(log) == 2, "all of them in one page, and who the caller is"


def test_what_overlaps_is_not_in_sequence() -> None:
    from kobotui.demo.faults import Served

    log = [Served("GET", "/", began, ended) for began, ended in ((0, 3), (1, 2), (2, 5), (5, 6), (4, 7))]
    assert in_sequence(log) == 3
    assert in_sequence(()) == 0
