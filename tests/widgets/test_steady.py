"""An error in a worker is said; the console goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kobotui.paths import LocalError
from kobotui.screens.places import place_screen
from kobotui.widgets.message_box import MessageBox

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from tests.conftest import MakeApp, Until


async def broken() -> None:
    raise ZeroDivisionError("nobody foresaw it")


async def refused() -> None:
    raise LocalError("The disk is full.")


@pytest.mark.parametrize(
    ("work", "said"), [(broken, "kobotui itself failed here"), (refused, "The disk is full.")], ids=["bug", "error"]
)
@pytest.mark.parametrize("where", ["app", "screen", "window"])
async def test_an_error_is_said(make_app: MakeApp, until: Until, where: str, work: object, said: str) -> None:
    app: KoboApp = make_app()
    async with app.run_test() as pilot:
        if where == "window":
            await app.push_screen(MessageBox("A window", "over the screen"))
        (app if where == "app" else app.screen).run_worker(work)
        await until(pilot, lambda: said in app.kobo_screen().query_one("KeyBar").flashing, "the error")
        assert app.is_running
        assert [type(error) for error in app.unexpected] == ([ZeroDivisionError] if work is broken else [])
        app.unexpected.clear()


async def test_on_a_screen_that_is_not_there_yet(make_app: MakeApp, until: Until) -> None:
    app: KoboApp = make_app()

    async def open_and_fail() -> None:
        app.push_screen(place_screen("jobs"))
        await refused()

    async with app.run_test() as pilot:
        await app.push_screen(MessageBox("A window", "over the screen"))
        app.screen.run_worker(open_and_fail)
        await until(pilot, lambda: app.kobo_screen().place == "jobs" and app.kobo_screen().query("KeyBar"), "the jobs")
        await until(pilot, lambda: "The disk is full." in app.kobo_screen().query_one("KeyBar").flashing, "the error")
