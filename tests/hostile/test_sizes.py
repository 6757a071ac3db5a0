"""Every place at every size, in the middle of what is done there: nothing fails, and what was there comes back."""

from __future__ import annotations

from pathlib import Path

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.screens.places import PLACES, PROJECT_PLACES
from tests.changes.test_projects import household
from tests.conftest import MakeSession, Until
from tests.screens.stage import Stage

SIZES = ((40, 10), (10, 3), (1, 1))


async def test_small_smaller_and_back(
    shared_demo: DemoServer, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    app = KoboApp(make_session(shared_demo))
    async with app.run_test(size=(80, 24)) as pilot:
        stage = Stage(pilot, until, tmp_path, shared_demo, household(shared_demo))
        await stage.settled()

        async def shrink() -> None:
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await pilot.press("pagedown")
            await pilot.resize_terminal(80, 24)
            await pilot.pause()
            assert stage.table.size.width <= 80
            assert app.unexpected == []

        for place in PLACES:
            app.open_place(place)
            await stage.on(place)
            await stage.settled()
            await shrink()
        for place in PROJECT_PLACES:
            await stage.open_project(place)
            await shrink()
        await stage.open_record()
        await shrink()
        for key in ("question_mark", "o", "y", "slash"):
            await pilot.press(key)
            await pilot.pause()
            await shrink()
            await pilot.press("escape")
