"""The first screen without an account: three lines, and the demo from inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kobotui.__main__ import demo_session
from kobotui.demo.server import DemoOptions
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.session import Session
    from tests.conftest import MakeApp, Until


async def test_three_lines_and_nothing_asked_of_anybody(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        table = pilot.app.screen.query_one(Table)
        assert table.source is not None
        assert [table.source.key(place) for place in range(len(table.source))] == ["demo", "add", "about"]
        assert table.has_focus


async def test_what_is_this(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("G", "enter")
        await pilot.pause()
        source = app.screen.query_one(Table).source
        rows = (source.row(index) for index in range(len(source)))
        assert "administrators" in " ".join(cell.text for row in rows if row for cell in row.cells)
        await pilot.press("escape")
        assert app.kobo_screen() is app.screen
        assert "start.open" in app.used_actions


async def test_add_my_server(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("j", "enter")
        await pilot.pause()
        assert app.kobo_screen().place == "login"


async def test_the_demo_starts_inside_and_ends_with_the_run(make_app: MakeApp, until: Until) -> None:
    app = make_app()
    demo = demo_session(DemoOptions(projects=2))
    sessions: list[Session] = []

    def start() -> Session:
        sessions.append(demo.__enter__())
        return sessions[0]

    app.session.start_demo = start
    try:
        async with app.run_test() as pilot:
            await pilot.press("enter")
            await until(pilot, lambda: app.session.is_demo, "the demo")
            await until(pilot, lambda: app.kobo_screen().place == "projects", "the projects")
            assert app.session.account == sessions[0].account
            assert sessions[0].accounts.last_name() == "admin"
    finally:
        demo.__exit__(None, None, None)
    assert not sessions[0].state.exists()


async def test_a_demo_that_does_not_start_is_a_sentence(make_app: MakeApp, until: Until) -> None:
    def start() -> Any:
        raise OSError("no port left")

    app = make_app()
    app.session.start_demo = start
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "no port left" in app.screen.query_one(KeyBar).flashing)
        assert app.kobo_screen().place == "start"


async def test_places_that_need_an_account_say_so(make_app: MakeApp, until: Until) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await app.go_to("projects")
        await pilot.pause()
        assert app.kobo_screen().place == "start"
        assert "account" in app.screen.query_one(KeyBar).flashing
        await app.go_to("aBcDeFgHiJkLmNoPqRsTuV2")
        assert app.kobo_screen().place == "start"
