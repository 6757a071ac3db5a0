"""Sharing of one project: what is toggled is pending, reviewed, and on the server afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from kobotui.app import KoboApp
from kobotui.changes.deployments import SetActive
from kobotui.changes.plan import Plan
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.access import PUBLIC
from kobotui.screens.sharing import SharingScreen
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from kobotui.widgets.words_line import WordsLine
from tests.changes.test_projects import household
from tests.conftest import MakeApp, Until, picking

Wait = Callable[[Pilot[Any]], Any]


def held(asset: Asset, user: str) -> set[str]:
    """The rights of a user, as the server keeps them."""
    return {row.codename for row in asset.rows if row.username == user}


async def open_sharing(app: KoboApp, pilot: Pilot[Any], asset: Asset, until: Until) -> SharingScreen:
    """The sharing screen of a project, its team read."""
    from kobotui.screens.places import project_screen

    project = await (await app.kobo()).projects.get(asset.uid)
    screen = project_screen(project, "sharing")
    assert isinstance(screen, SharingScreen)
    app.push_screen(screen)
    await until(pilot, lambda: screen.is_mounted and screen.team.complete, "the team")
    return screen


async def test_a_right_is_taken_away_with_what_hangs_on_it_and_only_from_that_user(
    demo: DemoServer, app: KoboApp, until: Until, settled: Wait
) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        user = screen.team.members[0]
        before = {name: held(asset, name) for name in screen.team.rights}
        table = screen.query_one(Table)
        table.move_to_key(user)
        table.move_to(table.cursor_index, 1)
        assert table.cursor_column_key == "view_asset"
        await pilot.press("space")
        assert user in screen.wanted
        assert held(asset, user) == before[user]
        await pilot.press("enter")
        await until(pilot, lambda: screen.query(ConfirmLine) or app.screen is not screen, "the review")
        if screen.query(ConfirmLine):
            await pilot.press("enter")
        else:
            await pilot.press("a")
        await settled(pilot)
        await until(pilot, lambda: not screen.wanted, "the end of the job")
        assert "view_asset" not in held(asset, user)
        assert "view_submissions" not in held(asset, user)
        for name in before.keys() - {user}:
            assert held(asset, name) == before[name]


async def test_implied_rights_follow_and_are_drawn_as_implied(demo: DemoServer, app: KoboApp, until: Until) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        user = next(name for name in screen.team.members if "change_submissions" not in screen.team.get(name).full)
        table = screen.query_one(Table)
        table.move_to_key(user)
        column = [c.key for c in table.columns].index("change_submissions")
        table.move_to(table.cursor_index, column)
        await pilot.press("space")
        assert {"change_submissions", "view_submissions", "view_asset", "add_submissions"} <= screen.wanted[user].full
        row = table.source.row(table.cursor_index)
        assert row is not None
        assert row.cells[column].text == "+"


async def test_a_user_is_added_after_the_server_knows_the_name(
    demo: DemoServer, app: KoboApp, until: Until, settled: Wait
) -> None:
    asset = household(demo)
    name = next(u for u in demo.state.users if not held(asset, u) and u not in (asset.owner, PUBLIC, "root"))
    async with app.run_test() as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        await pilot.press("a")
        await until(pilot, lambda: screen.query(Prompt), "the question")
        await pilot.press(*name.upper(), "enter")
        await until(pilot, lambda: "not found" in screen.query_one(KeyBar).flashing, "the refusal")
        await pilot.press("a")
        await until(pilot, lambda: screen.query(Prompt), "the question again")
        await pilot.press(*name, "enter")
        await until(pilot, lambda: picking(app), "the roles")
        await pilot.press("enter")
        await until(pilot, lambda: name in screen.wanted, "the pending line")
        await pilot.press("enter")
        await until(pilot, lambda: screen.query(ConfirmLine), "the review")
        await pilot.press("enter")
        await settled(pilot)
        await until(pilot, lambda: held(asset, name), "the new user")
        assert held(asset, name) == {"view_asset", "view_submissions"}


async def test_the_owner_cannot_be_touched_and_escape_keeps_pending_edits(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        table = screen.query_one(Table)
        table.move_to_key(asset.owner)
        await pilot.press("D")
        assert asset.owner not in screen.wanted
        assert "owns this project" in screen.query_one(KeyBar).flashing
        table.move_to_key(screen.team.members[0])
        await pilot.press("D", "escape")
        await until(pilot, lambda: screen.query(ConfirmLine), "the question about pending edits")
        await pilot.press("escape")
        assert app.screen is screen
        assert len(screen.wanted) == 1
        await pilot.press("X")
        assert not screen.wanted


async def test_public_access_is_a_line_of_its_own(demo: DemoServer, app: KoboApp, until: Until, settled: Wait) -> None:
    asset = household(demo)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        table = screen.query_one(Table)
        table.move_to_key(PUBLIC)
        table.move_to(table.cursor_index, [c.key for c in table.columns].index("add_submissions"))
        await pilot.press("space", "enter")
        await until(pilot, lambda: app.screen is not screen, "the review with its warning")
        await pilot.press("a")
        await settled(pilot)
        await until(pilot, lambda: held(asset, PUBLIC), "public access")
        assert asset.deployment is not None
        assert not asset.deployment.require_auth
        await until(pilot, lambda: app.screen is screen and screen.team.public and not screen.wanted, "the team anew")
        await pilot.press("space", "enter")
        await until(pilot, lambda: screen.query(ConfirmLine), "the review in a line")
        assert "Add submissions -> -" in screen.query_one(ConfirmLine)._text, "the public does not leave"
        await pilot.press("enter")
        await until(pilot, lambda: not held(asset, PUBLIC), "no public access")
        assert asset.deployment.require_auth, "and the form's own switch is off"


@pytest.mark.parametrize("username", ["ben"])
async def test_who_does_not_manage_is_told_why(
    demo: DemoServer, make_app: MakeApp, until: Until, username: str
) -> None:
    asset = household(demo)
    asset.rows = [row for row in asset.rows if row.username != username]
    from kobotui.demo.state import Row

    asset.rows.append(Row(demo.state.uid("p"), username, "view_asset"))
    app = make_app(demo, username)
    async with app.run_test() as pilot:
        from kobotui.screens.places import project_screen

        project = await (await app.kobo()).projects.get(asset.uid)
        screen = project_screen(project, "sharing")
        assert isinstance(screen, SharingScreen)
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and username in screen.team.rights, "what ben sees")
        assert not screen.team.complete
        await pilot.press("D")
        assert "Manage project" in screen.query_one(KeyBar).flashing


async def test_a_superuser_sees_the_whole_team_without_a_row(demo: DemoServer, make_app: MakeApp, until: Until) -> None:
    asset = household(demo)
    app = make_app(demo, "root")
    async with app.run_test() as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        assert set(screen.team.rights) >= {row.username for row in asset.rows}


async def test_rights_without_a_row_are_told_of_the_caller(demo: DemoServer, make_app: MakeApp, until: Until) -> None:
    """As an organization's administrator has them: effective, and in no row."""
    asset = household(demo)
    asset.rows = [row for row in asset.rows if row.username != "ben"]
    app = make_app(demo, "admin")
    async with app.run_test(size=(120, 36)) as pilot:
        project = await (await app.kobo()).projects.get(asset.uid)
        assert app.session.account
        app.session.account = msgspec.structs.replace(app.session.account, username="ben")
        screen = SharingScreen(project)
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and "ben" in screen._users(), "the caller's line")
        table = screen.query_one(Table)
        assert table.move_to_key("ben")
        row = table.source.row(table.cursor_index)
        assert row
        assert {cell.text for cell in row.cells[1:9]} == {"~"}
        await until(pilot, lambda: "without a row: View form, Edit form" in screen.query_one(WordsLine)._text, "words")


async def test_another_job_on_the_project_leaves_pending_edits(
    demo: DemoServer, app: KoboApp, until: Until, settled: Wait
) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        screen = await open_sharing(app, pilot, asset, until)
        user = screen.team.members[0]
        screen.query_one(Table).move_to_key(user)
        await pilot.press("R")
        await until(pilot, lambda: picking(app), "the roles")
        assert app.screen.query_one(Table).move_to_key("Manager")
        await pilot.press("enter")
        await until(pilot, lambda: screen.wanted, "a pending edit")
        assert screen.query_one(WordsLine)._text == f"{user}: Manage project", "said at once"
        account = app.session.account
        assert account
        change = SetActive(project=asset.uid, project_name=asset.name, before=True, after=False)
        plan = Plan(title="Archive", account=account.name, server=account.server, changes=(change,))
        app.jobs.start(plan, account)
        await until(pilot, lambda: asset.deployment_status == "archived" and not app.job_states[0].running, "the job")
        await settled(pilot)
        assert set(screen.wanted) == {user}
