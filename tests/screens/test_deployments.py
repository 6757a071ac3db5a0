"""Deployments: draft against live for all projects, and the keys that bring them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.app import KoboApp
from tests.screens.lists import Driver, live, opened, project

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kobotui.demo.server import DemoServer
    from kobotui.session import Session
    from tests.conftest import Until

from contextlib import asynccontextmanager

from kobotui.screens.deployments import DeploymentsScreen


@asynccontextmanager
async def deployments(session: Session, until: Until, size: tuple[int, int] = (110, 30)) -> AsyncIterator[Driver]:
    """The app on the list of deployments, all of it read."""
    async with opened(KoboApp(session), until, size) as ui:
        await ui.press("colon")
        await ui.answer("deployments")
        await ui.until(lambda: isinstance(ui.app.screen, DeploymentsScreen) and ui.app.screen.store.complete)
        screen = ui.app.screen
        assert isinstance(screen, DeploymentsScreen)
        there = Driver(ui.pilot, screen, until)
        await there.idle()
        yield there


def cell(ui: Driver, uid: str, column: str) -> str:
    """What a row says in a column."""
    keys = [column.key for column in ui.screen.columns()]
    return ui.row_of(uid)[keys.index(column)]


async def test_undeployed_changes_come_first_and_say_what_they_are(
    demo: DemoServer, session: Session, until: Until
) -> None:
    async with deployments(session, until) as ui:
        changed, renamed = project(demo, "Distribution of relief"), project(demo, "Water points inventory")
        source = ui.screen.table.source
        assert {source.key(0), source.key(1)} == {changed.uid, renamed.uid}
        assert (ui.screen.table.cursor_index, ui.screen.table.top) == (0, 0), "and they are in view"
        assert cell(ui, changed.uid, "changes") == "changed"
        assert cell(ui, renamed.uid, "changes") == "only name"
        assert cell(ui, project(demo, "Market").uid, "changes") == "-"
        assert (cell(ui, changed.uid, "live"), cell(ui, changed.uid, "draft")) == ("v1", "v1.1")
        n = len(live(demo))
        assert ui.top == f"Deployments  {n} of {n}"


async def test_what_the_versions_do_not_tell_is_perhaps(demo: DemoServer, session: Session, until: Until) -> None:
    demo.faults.once(404, "/versions/", count=99)
    async with deployments(session, until) as ui:
        assert cell(ui, project(demo, "Distribution of relief").uid, "changes") == "perhaps"


async def test_marked_projects_are_redeployed_and_say_so(demo: DemoServer, session: Session, until: Until) -> None:
    async with deployments(session, until) as ui:
        assets = [project(demo, "Distribution of relief"), project(demo, "Water points inventory")]
        await ui.to(*(asset.uid for asset in assets))
        await ui.press("d")
        lines = await ui.apply()
        assert any("disappear" in line for line in lines)
        for asset in assets:
            assert asset.version is asset.deployed_version
            assert cell(ui, asset.uid, "changes") == "-"


async def test_archive_and_unarchive_what_is_marked(demo: DemoServer, session: Session, until: Until) -> None:
    async with deployments(session, until) as ui:
        assets = [project(demo, "Market"), project(demo, "Clinic")]
        await ui.to(*(asset.uid for asset in assets))
        for key, status in (("a", "archived"), ("A", "deployed")):
            await ui.press(key)
            await ui.apply()
            assert [asset.deployment_status for asset in assets] == [status, status]
            await ui.until(lambda: {cell(ui, a.uid, "status") for a in assets} == {status})  # noqa: B023


async def test_filter_and_sort_are_those_of_the_project_list(session: Session, until: Until) -> None:
    async with deployments(session, until) as ui:
        await ui.press("slash")
        await ui.answer("survey")
        await ui.until(lambda: all("urvey" in name for name in ui.names()))
        assert "/survey" in ui.top
        await ui.press("S")
        await ui.pick("modified")
        await ui.until(lambda: any(column.heading == "Modified v" for column in ui.screen.table.columns))


async def test_enter_opens_the_project(demo: DemoServer, session: Session, until: Until) -> None:
    async with deployments(session, until) as ui:
        clinic = project(demo, "Clinic")
        await ui.to(clinic.uid)
        await ui.press("enter")
        await ui.until(lambda: ui.app.screen.place == "summary")  # type: ignore[attr-defined]
        assert ui.app.screen.project.uid == clinic.uid  # type: ignore[attr-defined]


async def test_a_deployment_made_here_shows_on_the_project_list(
    demo: DemoServer, session: Session, until: Until
) -> None:
    async with deployments(session, until) as ui:
        changed = project(demo, "Distribution of relief")
        await ui.to(changed.uid)
        await ui.press("d")
        await ui.apply()
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is not ui.screen)
        projects = ui.app.screen
        row = projects.table.source.row(projects.table.source.index_of(changed.uid))  # type: ignore[attr-defined]
        assert row.cells[1].text == "deployed"
