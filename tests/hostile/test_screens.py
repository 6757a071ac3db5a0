"""Every screen and window, shown to a terminal that obeys: nothing of what a server says reaches it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.screen import Screen
from textual.widgets import Input, Static

from kobotui.actions import ACTIONS
from kobotui.changes.brought_in import BroughtIn, Fate, RowFate
from kobotui.demo.hooks import DEFAULTS
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.same_records import Group
from kobotui.screens.bring_in import BringInScreen
from kobotui.screens.copy import CopyScreen
from kobotui.screens.login import LoginScreen
from kobotui.screens.places import PLACES, PROJECT_PLACES
from kobotui.screens.raw import RawScreen
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import editor_for
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import Choice, MultiPicker, Picker
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from tests.conftest import MakeSession, Until, running
from tests.exports.staging import BEGIN
from tests.hostile.corpus import EVERYTHING, ONE_LINE, TEXTS
from tests.hostile.seed import spoil
from tests.hostile.watch import watched
from tests.screens import same_place
from tests.screens.stage import Stage

Watch = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with running(60) as server:
        spoil(server)
        yield server


@pytest.fixture
def whole(server: DemoServer) -> Asset:
    return next(asset for asset in server.state.assets.values() if asset.records and 1_000_000 in asset.records.added)


@pytest.fixture
def watch(server: DemoServer, whole: Asset, make_session: MakeSession, until: Until, tmp_path: Path) -> Watch:
    return lambda **options: watched(make_session(server, **options), until, tmp_path, server, whole)


async def test_the_witness_sees_and_the_filter_cleans(watch: Watch) -> None:
    async with watch() as stage:
        await stage.open_list("projects")
        await stage.screen.mount(Static("\x1b[2J", markup=False))
        await stage.pilot.pause()
        witness = stage.app.get_line_filters()[-2]
        assert witness.seen == {"\x1b[2J"}
        assert "\x1b[2J" not in "".join(stage.app._driver.written)
        witness.seen.clear()


async def through(stage: Stage, table: Table) -> None:
    """The cursor on every row of a list, page by page."""
    for index in range(0, len(table.source), max(1, table.body_height)):
        table.move_to(index)
        await stage.pilot.pause()


async def closed(stage: Stage) -> None:
    """Leave a window, when it is still there."""
    if (window := stage.app.screen) is not stage.screen:
        window.dismiss(None)
        await stage.until(lambda: stage.app.screen is not window, "the window gone")


async def back(stage: Stage, screen: Screen[Any]) -> None:
    """Out of whatever a key has led to, onto the screen where it was pressed, with nothing done."""
    app = stage.app
    for _way_out in range(9):
        await stage.pilot.pause()
        if app.screen is screen and not screen.query("Prompt, ConfirmLine"):
            return
        if screen not in app.screen_stack:
            break
        if app.screen.query(ConfirmLine) and app.screen is not screen:
            await stage.pilot.press("enter")  # whether to drop what was not sent
        else:
            await stage.pilot.press("escape")
    raise AssertionError(f"no way back from {app.screen}")


async def every_action(stage: Stage) -> None:
    """All that the screen on top can do, begun and left again."""
    screen = stage.screen
    elsewhere = {*PROJECT_PLACES, "next_place", "previous_place", "next_account", "open", "apply"}
    for action in (action for action in ACTIONS if action.screen == screen.place):
        if action.verb not in elsewhere:
            await screen.action_do(action.verb)
            await stage.until(lambda: not any(w.is_running for w in stage.app.workers if w.group != "ask"), "rest")
            await back(stage, screen)


@pytest.mark.parametrize("place", sorted({*PLACES} - {"accounts", "jobs"}))
async def test_places(watch: Watch, place: str) -> None:
    async with watch() as stage:
        stage.app.open_place(place)
        await stage.on(place)
        await stage.settled()
        await through(stage, stage.table)
        await every_action(stage)


@pytest.mark.parametrize("place", PROJECT_PLACES)
async def test_places_of_a_project(watch: Watch, place: str) -> None:
    async with watch() as stage:
        await stage.open_project(place)
        for column in range(0, len(stage.table.columns), 6):
            stage.table.move_to(0, column)
            await stage.pilot.pause()
        await through(stage, stage.table)
        await every_action(stage)
        if place in ("form", "data"):
            await stage.pilot.press("L")
            await stage.pick("3")


async def test_one_record(watch: Watch) -> None:
    async with watch() as stage:
        await stage.open_record()
        await stage.pilot.press("n", "n")
        await through(stage, stage.table)
        await every_action(stage)
        await stage.pilot.press("o")
        await stage.window(RawScreen)
        await through(stage, stage.app.screen.query_one(Table))


async def test_links_and_reports(watch: Watch, whole: Asset) -> None:
    """Named exports with such names, dead links with such words around them, answers and labels as bars."""
    whole.hooks[:] = [DEFAULTS | {"uid": f"h{n}", "name": text, "endpoint": f"https://kf.kobotoolbox.org/exports/{text}",
                      "logs": [], "date_modified": BEGIN} for n, text in enumerate(TEXTS)]  # fmt: skip
    whole.export_settings[:] = [
        {"uid": f"es{n}", "name": text, "export_settings": {"lang": text, "fields": [text], "query": {text: text}},
         "date_modified": "2026-01-01T00:00:00Z"} for n, text in enumerate(TEXTS)
    ]  # fmt: skip
    async with watch() as stage:
        await stage.open_project("exports")
        await stage.pilot.press("L")
        await stage.on("links")
        await stage.until(lambda: len(stage.table.source) > len(TEXTS), "the named exports")
        await through(stage, stage.table)
        stage.table.move_to(1)
        await every_action(stage)
        await stage.pilot.press("v")
        await stage.on("old_links")
        await stage.until(lambda: len(stage.table.source) >= len(TEXTS), "the dead links")
        await through(stage, stage.table)
        await stage.open_project("summary")
        await stage.pilot.press("b")
        await stage.on("report")
        await stage.until(lambda: stage.screen.report, "the numbers")
        await through(stage, stage.table)
        for index in range(0, len(stage.table.source), 7):
            stage.table.move_to(index)
            await stage.pilot.press("enter")
            await stage.window(MessageBox)
            await closed(stage)
        await every_action(stage)


async def test_same_records(watch: Watch) -> None:
    """As if all were the same, by themselves and side by side."""
    async with watch() as stage:
        await same_place.found(stage, ("_submitted_by",))
        screen = stage.screen
        service = await screen.records.service()
        everything = (await service.page(0, 100, query={"_id": {"$gte": 1_000_000}})).items
        screen.groups = [Group(tuple(everything[:40])), Group(tuple(everything[40:]))]
        screen._by_id = {record.id: record for record in everything}
        screen._show()
        await through(stage, stage.table)
        await every_action(stage)
        await stage.pilot.press("enter")
        await stage.on("compare")
        await through(stage, stage.table)
        await every_action(stage)


async def test_words_below_and_beside(watch: Watch) -> None:
    """The panel beside the list, and the rights in words below the grid: of every project, of every person."""
    async with watch() as stage:
        await stage.open_list("projects")
        for index in range(len(TEXTS)):
            stage.table.move_to(index)
            stage.table.post_message(Table.CursorRested(stage.table))
            await stage.pilot.pause()
        stage.screen._filter_by(ONE_LINE)
        stage.screen._query = ONE_LINE
        stage.screen.show_facts()
        await stage.open_project("sharing")
        for index in range(len(stage.table.source)):
            stage.table.move_to(index)
            stage.table.post_message(Table.CursorRested(stage.table))
            await stage.pilot.pause()


async def test_windows(watch: Watch) -> None:
    """Titles, hints, choices, what is typed and what is wrong with it."""
    choices = [Choice(text, text, text) for text in (*TEXTS, EVERYTHING)]

    def windows(text: str) -> Iterator[Screen[Any]]:
        yield MessageBox(text, text, text)
        yield CopyScreen(text, text)
        yield RawScreen({text: text})
        yield MultiPicker(text, choices, selected=TEXTS)
        for kind in ("text", "integer", "select_one", "select_multiple"):
            yield editor_for(kind, text, text, hint=text, choices=choices, check=lambda _text: text)

    async with watch() as stage:
        for window in (*windows(EVERYTHING), *windows(ONE_LINE)):
            stage.app.push_screen(window)
            await stage.window(type(window))
            if typed := window.query(Input):
                typed.first().value += "x"
                await stage.pilot.press("enter")
            for table in window.query(Table):
                await through(stage, table)
            await closed(stage)


async def test_the_foot(watch: Watch) -> None:
    """Prompts with their labels, completions and complaints; reviews; what is said, and its details."""
    async with watch() as stage:
        await stage.open_list("projects")
        screen = stage.screen
        for text in (EVERYTHING, ONE_LINE):
            screen.run_worker(screen.ask(text, text, complete=TEXTS, check=lambda _text, said=text: said), group="ask")
            await stage.until(lambda: screen.query(Prompt), "the question")
            await stage.pilot.press("enter", *["tab"] * len(TEXTS))
            screen.query_one(Prompt)._end(None)
            await stage.until(lambda: not screen.query(Prompt), "its end")
            screen.run_worker(screen.confirm(text), group="ask")
            await stage.until(lambda: screen.query(ConfirmLine), "the review")
            await stage.pilot.press("escape")
            await stage.until(lambda: not screen.query(ConfirmLine), "its end")
            screen.flash(text, "error")
            await stage.pilot.pause()
        for text in (EVERYTHING, ONE_LINE, "'\"", "http://[", "https://\x1b[2J/#/forms/x"):
            await stage.app.go_to(text)
            assert stage.said


async def test_windows_of_a_project(watch: Watch) -> None:
    """Help, palette, raw, copies and every field that can be edited, for a project whose name is a command."""
    async with watch() as stage:
        await stage.open_list("projects")
        for key in ("question_mark", "ctrl+p", "o"):
            await stage.pilot.press(key)
            await stage.until(lambda: stage.app.screen is not stage.screen, key)
            await closed(stage)
        for name in stage.screen.copies():
            await stage.pilot.press("y")
            await stage.pick(name)
            await stage.window(CopyScreen)
            await closed(stage)
        named = json.dumps([[text, text] for text in TEXTS])
        environment = {"open_rosa_server": stage.server.url, "sector_choices": json.loads(named)}
        environment["country_choices"] = environment["sector_choices"]
        stage.server.faults.once(path="/environment/", body=json.dumps(environment).encode())
        for field in ("name", "description", "sector", "country", "tags"):
            await stage.pilot.press("e")
            await stage.pick(field)
            await stage.until(lambda: stage.screen.query(Prompt) or stage.app.screen is not stage.screen, field)
            await stage.pilot.press("escape")
            await stage.until(lambda: not stage.screen.query(Prompt) and stage.app.screen is stage.screen, "its end")


async def test_jobs_and_reviews(watch: Watch) -> None:
    """Plans over projects with such names, refused by the server in such words."""
    async with watch() as stage:
        await stage.open_list("projects")
        refusal = json.dumps({"detail": EVERYTHING, "name": [ONE_LINE], EVERYTHING: [ONE_LINE]}).encode()
        stage.server.faults.once(400, "/deployment/", method="PATCH", body=refusal, count=100)
        live = [
            p for p in stage.screen.store.by_uid.values() if p.deployment_status == "deployed" and p.owner == "admin"
        ]
        for projects in (live[:1], live):
            stage.table.set_marked(project.uid for project in projects)
            await stage.pilot.press("a")
            await stage.until(lambda: stage.reviewing or stage.screen.query(ConfirmLine), "the review")
            await through(stage, stage.table)
            if stage.reviewing:
                await every_action(stage)
            await stage.pilot.press("a" if stage.reviewing else "enter")
            await stage.until(lambda: stage.app.job_states and not stage.app.jobs.running, "the end of the job")
            await stage.settled()
            await stage.pilot.press("J")
            await stage.on("jobs")
            await stage.until(lambda: stage.table.cursor_key, "the job")
            await every_action(stage)
            await stage.pilot.press("enter")
            await stage.on("outcomes")
            await stage.until(lambda: stage.table.cursor_key, "the changes")
            await through(stage, stage.table)
            await every_action(stage)
            await stage.pilot.press("enter")
            await stage.window(MessageBox)
            await closed(stage)
            await stage.open_list("projects")
        stage.server.faults.clear()


async def test_records_of_a_file(watch: Watch) -> None:
    """What a file says, and what is wrong with it, in such words."""
    rows = tuple(RowFate(line, fate, text) for line, text in enumerate(TEXTS, 2) for fate in Fate)
    nothing = BroughtIn(
        rows=rows, changes=(), deleted=(), problems=(), problem_count=0, needs_folder=False, unknown=(), notes=TEXTS
    )
    async with watch() as stage:
        await stage.open_project("summary")
        wrong = msgspec.structs.replace(nothing, problems=TEXTS, problem_count=len(TEXTS))
        for found in (nothing, wrong):
            await stage.app.push_screen(BringInScreen(found, EVERYTHING))
            await through(stage, stage.table)
            await stage.pilot.press("enter", "escape")
            await stage.on("summary")


async def test_accounts_and_login(watch: Watch) -> None:
    async with watch() as stage:
        session = stage.app.session
        for account, text in zip(list(session.accounts), TEXTS, strict=False):
            session.about[account.name] = text
            session.accounts._accounts[account.name] = msgspec.structs.replace(account, username=text, server=text)
        stage.app.open_place("accounts")
        await stage.on("accounts")
        await stage.pilot.press("o", "escape", "y", "escape", "t")
        await stage.window(MessageBox)
        await closed(stage)
        stage.app.session = replace(session, about={})
        for text in TEXTS:
            stage.app.session.account = msgspec.structs.replace(next(iter(session.accounts)), username=text)
            stage.screen.show_account()
            await stage.pilot.pause()
        screen = LoginScreen()
        await stage.app.push_screen(screen)
        await stage.window(Picker)
        await closed(stage)
        for text in TEXTS:
            screen.address = screen.username = screen.account_name = text
            screen.show_answers(text)
            screen.say(text)
            await stage.pilot.pause()


async def test_what_went_wrong(watch: Watch) -> None:
    async with watch() as stage:
        await stage.open_project("summary")
        for text in (EVERYTHING, ONE_LINE):
            page = f"<!doctype html><html><title>{text}</title><h1>{text}</h1></html>"
            words = json.dumps({"detail": text, text: [text]})
            for status, html, body in ((400, False, words), (400, True, page), (None, False, page), (500, True, page)):
                stage.server.faults.once(status, "/assets/", html=html, body=body.encode())
                stage.screen.read_detail()
                await stage.settled()
                assert stage.said
                await stage.pilot.press("exclamation_mark")
                await stage.window(MessageBox)
                await through(stage, stage.app.screen.query_one(Table))
                await closed(stage)
