"""SUMMARY, FORM and SETTINGS of one project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.screens.base import KoboScreen
from kobotui.screens.places import PROJECT_PLACES, project_screen
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.plot import Plot
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine
from tests.changes.test_projects import household
from tests.conftest import Until, picking
from tests.screens.stage import new_project

Wait = Callable[[Pilot[Any]], Any]


async def open_place(app: KoboApp, pilot: Pilot[Any], uid: str, place: str, until: Until) -> ProjectPlace:
    """One place of a project, its detail read."""
    screen = project_screen(await (await app.kobo()).projects.get(uid), place)
    assert isinstance(screen, ProjectPlace)
    app.push_screen(screen)
    await until(pilot, lambda: screen.is_mounted and screen.query(Table), place)
    return screen


def texts(screen: KoboScreen) -> list[str]:
    """What the table says, row by row."""
    source = screen.query_one(Table).source
    rows = (source.row(index) for index in range(len(source)))
    return [" ".join(cell.text for cell in row.cells).strip() for row in rows if row]


@pytest.mark.parametrize("place", PROJECT_PLACES)
async def test_every_place_is_one_key_from_every_other(
    demo: DemoServer, app: KoboApp, until: Until, settled: Wait, place: str
) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        await open_place(app, pilot, asset.uid, place, until)
        for number, other in enumerate(PROJECT_PLACES, 1):
            await pilot.press(str(number))
            await until(pilot, lambda wanted=other: getattr(app.screen, "place", "") == wanted, other)
        await settled(pilot)


async def test_tab_goes_round_the_places(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with app.run_test() as pilot:
        await open_place(app, pilot, household(demo).uid, "summary", until)
        await pilot.press("tab")
        await until(pilot, lambda: getattr(app.screen, "place", "") == "form", "form")
        await pilot.press("shift+tab")
        await until(pilot, lambda: getattr(app.screen, "place", "") == "summary", "summary")
        await pilot.press("shift+tab")
        await until(pilot, lambda: getattr(app.screen, "place", "") == PROJECT_PLACES[-1], "the last one")


async def test_the_summary_has_facts_and_days(demo: DemoServer, app: KoboApp, until: Until, settled: Wait) -> None:
    asset = household(demo)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await open_place(app, pilot, asset.uid, "summary", until)
        await settled(pilot)
        facts = texts(screen)
        assert any(asset.uid in fact for fact in facts)
        assert any("Senegal" in fact for fact in facts)
        assert any("#" in text for text, _style in screen.query_one(Plot)._texts)


async def test_the_form_speaks_its_languages(demo: DemoServer, app: KoboApp, until: Until) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        screen = await open_place(app, pilot, asset.uid, "form", until)
        await until(pilot, lambda: len(texts(screen)) > 10, "the outline")
        assert any("Region" in text for text in texts(screen))
        await pilot.press("L")
        await until(pilot, lambda: picking(app), "the languages")
        await pilot.press("down", "enter")
        await until(pilot, lambda: any("Région" in text for text in texts(screen)), "French labels")
        await pilot.press("N")
        assert any(text.startswith("loc") or " region" in text for text in texts(screen))


async def test_a_question_is_shown_in_full_where_its_choices_have_no_column(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_place(app, pilot, household(demo).uid, "form", until)
        assert "15 questions" in screen.query_one(TopLine)._text._facts
        table = screen.query_one(Table)
        index = next(i for i, text in enumerate(texts(screen)) if text.startswith("Age"))
        table.move_to(index)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageBox), "the question")
        box = app.screen
        assert isinstance(box, MessageBox)
        assert box._sentence == "resp/age, integer"
        assert "Français (fr): Âge" in box._details
        assert "must be: " in box._details
        await pilot.press("escape")
        table.move_to(next(i for i, text in enumerate(texts(screen)) if text.startswith("Region")))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageBox), "the question")
        assert isinstance(app.screen, MessageBox)
        assert "  north  North / Nord / الشمال" in app.screen._details
        await pilot.press("escape", "v")
        await until(pilot, lambda: table.source.row(0) and "v" in (table.source.key(0) or "")[:1], "versions")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageBox), "the version")


async def test_a_draft_has_no_plot_that_says_otherwise(
    demo: DemoServer, app: KoboApp, until: Until, settled: Wait
) -> None:
    draft = new_project(demo, "draft")
    async with app.run_test() as pilot:
        screen = await open_place(app, pilot, draft.uid, "summary", until)
        await settled(pilot)
        assert "deploy it first" in str(screen.query_one("#plot-title", Static).render())
        assert screen.query_one(Plot)._texts == ()


async def test_versions_come_newest_first_and_the_live_one_is_told(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    asset = next(a for a in demo.state.assets.values() if a.owner == "admin" and a.deployment and len(a.versions) > 1)
    async with app.run_test() as pilot:
        screen = await open_place(app, pilot, asset.uid, "form", until)
        await pilot.press("v")
        await until(pilot, lambda: len(texts(screen)) == len(asset.versions), "the versions")
        live = [text for text in texts(screen) if "live" in text]
        assert len(live) == 1
        assert asset.deployment is not None
        assert asset.deployment.version_uid in live[0]
        assert asset.version.uid in texts(screen)[0]
        await pilot.press("v")
        await until(pilot, lambda: len(texts(screen)) > len(asset.versions), "the outline again")


async def test_a_setting_is_edited_and_on_the_server(
    demo: DemoServer, app: KoboApp, until: Until, settled: Wait
) -> None:
    asset = household(demo)
    async with app.run_test() as pilot:
        screen = await open_place(app, pilot, asset.uid, "general", until)
        assert screen.query_one(Table).cursor_key == "name"
        await pilot.press("enter")
        await until(pilot, lambda: screen.query(Prompt), "the question")
        await pilot.press(*"end", "backspace", "X", "enter")
        await until(pilot, lambda: screen.query(ConfirmLine), "the review")
        assert not asset.name.endswith("X")
        await pilot.press("enter")
        await settled(pilot)
        await until(pilot, lambda: asset.name.endswith("X"), "the new name")
        await until(pilot, lambda: any(text.endswith("X") for text in texts(screen)), "the new name on the screen")
