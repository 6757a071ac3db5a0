"""The editor of row rules: what is picked becomes a rule, is reviewed, and is on the server afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from kobotui.api.client import KoboClient
from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.access import PARTIAL, PUBLIC
from kobotui.model.rowrule import parse_rules, say_rules
from kobotui.screens.rule_editor import RuleEditor
from kobotui.screens.rule_preview import RulePreview
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import LineEditor, TextEditor
from kobotui.widgets.picker import MultiPicker, Picker
from kobotui.widgets.words_line import WordsLine
from tests.changes.test_projects import household
from tests.conftest import Until
from tests.screens import access_place
from tests.screens.stage import Stage

REGION = "loc/region"


def partial(asset: Asset, user: str) -> dict[str, list[dict[str, Any]]]:
    """The row rules of a user, as the server keeps them."""
    found = [row.partial for row in asset.rows if row.username == user and row.codename == PARTIAL]
    return found[0] or {} if found else {}


def said(editor: RuleEditor, part: str) -> str:
    """One of the parts below the list."""
    return str(editor.query_one(f".{part}", Static).content)


def lines(editor: RuleEditor) -> list[str]:
    """The conditions with their rights."""
    rows = [editor.table.source.row(index) for index in range(len(editor.table.source))]
    return [" ".join(cell.text for cell in row.cells).strip() for row in rows if row]


def seen_as(server: DemoServer, user: str, asset: Asset) -> int:
    """How many records somebody sees."""
    token = next(account.token for account in server.accounts if account.username == user)
    headers = {"Authorization": f"Token {token}"}
    reply = httpx.get(f"{server.url}/api/v2/assets/{asset.uid}/data/", headers=headers)
    count: int = reply.json()["count"]
    return count


async def sharing(pilot: Pilot[Any], until: Until, directory: Path, demo: DemoServer, user: str) -> Stage:
    """On the line of a user."""
    stage = Stage(pilot, until, directory, demo, household(demo))
    await stage.open_project("sharing")
    await stage.until(lambda: stage.screen.team.complete, "the team")
    assert stage.table.move_to_key(user)
    return stage


async def opened(stage: Stage) -> RuleEditor:
    """The editor, its forms read."""
    await stage.pilot.press("w")
    editor = await stage.window(RuleEditor)
    await stage.until(editor._read.is_set, "the form")
    await stage.pilot.pause()
    assert isinstance(editor, RuleEditor)
    return editor


def held_up(stage: Stage) -> asyncio.Event:
    """Nothing is asked of the server from this screen until the event is set."""
    line, kobo = asyncio.Event(), stage.screen.kobo

    async def later() -> KoboClient:
        await line.wait()
        client: KoboClient = await kobo()
        return client

    stage.screen.kobo = later
    return line


async def picked(stage: Stage, *keys: str) -> None:
    """One of the list, window by window."""
    for key in keys:
        window = await stage.window(Picker)
        await stage.pick(key)
        await stage.until(lambda shut=window: stage.app.screen is not shut, "the next question")


async def marked(stage: Stage, *keys: str) -> None:
    """Several of the list."""
    window = await stage.window(MultiPicker)
    window.table.set_marked(keys)
    await stage.pilot.press("enter")


async def typed(stage: Stage, text: str) -> None:
    window = await stage.window(LineEditor)
    window.query_one("Input").value = text
    await stage.pilot.press("enter")


async def written(stage: Stage, text: str) -> TextEditor:
    """The rule as text, entered."""
    await stage.pilot.press("t")
    editor = await stage.window(TextEditor)
    editor.query_one("TextArea").text = text
    await stage.pilot.press("ctrl+o")
    assert isinstance(editor, TextEditor)
    return editor


async def test_a_rule_is_picked_previewed_reviewed_and_lets_exactly_those_records_through(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        editor = await opened(stage)
        await pilot.press("a")
        await picked(stage, REGION, "is", "north")
        await stage.until(lambda: lines(editor) == ["where Region is North x . . ."], "the condition")
        assert said(editor, "rule--own") == "View submissions based on a condition: loc/region equals north"
        await pilot.press("a")
        await picked(stage, "_submitted_by", "one of")
        await marked(stage, "pierre", "victor")
        await stage.until(lambda: len(lines(editor)) == 2, "the second condition")
        assert lines(editor)[1] == "and Submitted by is one of pierre, victor"
        assert "without a user name are outside" in said(editor, "rule--warnings")
        editor.table.move_to(0, [column.key for column in editor.table.columns].index("change_submissions"))
        await pilot.press("space")
        assert lines(editor)[0] == "where Region is North x x . ."
        await pilot.press("p")
        shown = await stage.window(RulePreview)
        sentence = str(shown.query_one(".window--title", Static).content)
        await pilot.press("escape")
        await pilot.press("s")
        await stage.until(lambda: "ben" in stage.screen.wanted, "the pending rule")
        words = stage.screen.query_one(WordsLine)._text
        assert words.startswith("ben: View submissions, Edit submissions only where _submitted_by in (pierre, victor)")
        assert partial(stage.asset, "ben") == {}, "nothing is sent before the review"
        await pilot.press("enter")
        await stage.accept()
    wanted = {"_submitted_by": {"$in": ["pierre", "victor"]}, REGION: "north"}
    held = partial(stage.asset, "ben")
    assert held["view_submissions"] == held["change_submissions"] == [wanted]
    assert "validate_submissions" not in held
    count = seen_as(demo, "ben", stage.asset)
    assert sentence.endswith(f": {count} of 60 records")
    assert count == 9


async def test_alternatives_are_changed_and_removed_and_the_rest_stays(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        editor = await opened(stage)
        await written(stage, "loc/region = north or loc/region = south; delete_submissions where loc/region = south")
        wanted = ["where Region is North x . . .", "or Region is South x . . x"]
        await stage.until(lambda: lines(editor) == wanted, "both alternatives")
        assert "Act on submissions based on multiple conditions" in said(editor, "rule--own")
        assert "Delete submissions based on a condition: loc/region equals south" in said(editor, "rule--own")
        editor.table.move_to(1, 1)
        await pilot.press("e")
        await picked(stage, REGION, "is not", "north")
        await stage.until(lambda: lines(editor)[1] == "or Region is not North x . . x", "the change")
        await pilot.press("n")
        await picked(stage, "_submission_time", "at least")
        await typed(stage, "yesterday")
        await stage.until(lambda: "date" in said_window(stage), "the refusal")
        await typed(stage, "2026-03-31")
        await stage.until(lambda: len(lines(editor)) == 3, "the third")
        assert lines(editor)[2] == "or Sent is not before 2026-03-31 x . . x", "with the rights of the one before"
        editor.table.move_to(0, 1)
        await pilot.press("D")
        assert [line.split(" x ")[0] for line in lines(editor)] == [
            "where Region is not North",
            "or Sent is not before 2026-03-31",
        ]
        assert editor.rules() == parse_rules(
            "delete_submissions where loc/region != north or _submission_time >= 2026-03-31"
        )
        await pilot.press("escape")
        await stage.until(lambda: "escape again" in said(editor, "window--problem"), "the question")
        await pilot.press("escape")
        await stage.on("sharing")
        assert stage.screen.wanted == {}


def said_window(stage: Stage) -> str:
    """What the window on top says is wrong."""
    return str(stage.app.screen.query_one(".window--problem", Static).content)


async def test_text_that_is_no_rule_is_said_with_its_place_and_what_lists_cannot_show_stays_text(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        editor = await opened(stage)
        text = await written(stage, "loc/region = ")
        await stage.until(lambda: "At character" in said_window(stage), "the reason")
        text.query_one("TextArea").text = '{"$or": [{"loc/region": "north"}]} or members > 3 or kids is empty'  # type: ignore[attr-defined]
        await pilot.press("ctrl+o")
        await stage.until(lambda: len(lines(editor)) == 3, "the alternatives")
        nested = next(index for index, line in enumerate(lines(editor)) if "$or" in line)
        before = lines(editor)
        for key in ("a", "e"):
            editor.say("")
            editor.table.move_to(nested, 1)
            await pilot.press(key)
            assert "t edits it as text" in said(editor, "window--problem")
        editor.table.move_to(nested, 2)
        await pilot.press("space")
        assert "sees them" in said(editor, "window--problem")
        assert lines(editor) == before
        assert "There is no question called kids." in said(editor, "rule--warnings")
        editor.table.move_to(nested, 1)
        await pilot.press("D")
        assert len(lines(editor)) == 2


async def test_other_names_can_be_typed_and_several_values_stand_between_commas(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        editor = await opened(stage)
        await pilot.press("a")
        await picked(stage, "_submitted_by", "one of")
        await marked(stage, "admin", "other name")
        await typed(stage, 'gone, "x, y"')
        await stage.until(lambda: lines(editor), "the condition")
        assert editor.rules()[0].values() == [{"_submitted_by": {"$in": ["admin", "gone", "x, y"]}}]
        assert said(editor, "rule--own") == "View submissions only from specific users: admin, gone, x, y"


async def test_without_a_condition_the_rights_on_records_go_after_a_question(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        assert stage.screen.team.get("ben").full >= {"view_submissions"}
        for answer in ("escape", "enter"):
            await opened(stage)
            await pilot.press("s")
            await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
            assert stage.screen.wanted == {}
            await pilot.pause()
            await pilot.press(answer)
            await stage.until(lambda: not stage.screen.query(ConfirmLine), "the answer")
        await stage.until(lambda: "ben" in stage.screen.wanted, "the pending change")
        assert not stage.screen.wanted["ben"].full & {"view_submissions", "change_submissions"}
        assert stage.screen.wanted["ben"].rules == ()


async def test_the_editor_is_there_before_the_form_and_goes_without_it(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        demo.faults.once(403, f"/assets/{stage.asset.uid}/")
        line = held_up(stage)
        await pilot.press("w")
        editor = await stage.window(RuleEditor)
        assert "Reading the form" in said(editor, "window--problem")
        await written(stage, "loc/region = north")
        await stage.until(lambda: lines(editor), "the rule, before the form")
        assert not editor._read.is_set()
        line.set()
        await stage.until(lambda: "may not do this" in said(editor, "window--problem"), "the answer")
        assert lines(editor) == ["where loc/region is north x . . ."]
        await pilot.press("s")
        await stage.until(lambda: "ben" in stage.screen.wanted, "the pending rule")


async def test_it_is_left_while_the_form_is_being_read(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        held_up(stage)
        await pilot.press("w")
        await stage.window(RuleEditor)
        await pilot.press("a")
        await pilot.press("escape")
        await stage.on("sharing")
        await stage.settled()
        assert (stage.screen.wanted, app.unexpected) == ({}, [])


@pytest.mark.parametrize(("user", "reason"), [(PUBLIC, "public cannot hold"), ("admin", "owns this project")])
async def test_owners_and_the_public_have_no_rules(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path, user: str, reason: str
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, user)
        await pilot.press("w")
        await stage.until(lambda: reason in stage.said, "the reason")
        assert stage.app.screen is stage.screen


async def test_what_everybody_sees_is_said_of_a_preview_and_what_nobody_counts(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        stage = await sharing(pilot, until, tmp_path, demo, "ben")
        await opened(stage)
        await pilot.press("p")
        shown = await stage.window(RulePreview)
        assert "no record" in str(shown.query_one(".window--title", Static).content)
        await pilot.press("escape")
        stage.asset.trashed = True
        await written(stage, "loc/region = north")
        await stage.window(RuleEditor)
        await pilot.press("p")
        shown = await stage.window(RulePreview)
        assert "you may not see its records" in str(shown.query_one(".window--title", Static).content)


async def test_one_rule_goes_to_all_marked_cells_and_only_shared_questions_are_offered(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    asset = household(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset)
        await access_place.matrix(stage)
        projects = [one for one in demo.state.assets.values() if one.owner == "admin" and one.deployment][:3]
        stage.screen._pick({(one.uid, "ben") for one in projects})
        editor = await opened(stage)
        forms = editor._forms
        assert forms.forms.keys() == {one.uid for one in projects}
        assert all(path in form.questions for form in forms.forms.values() for path in forms.form.questions)
        await pilot.press("a")
        window = await stage.window(Picker)
        offered = {window.table.source.key(index) for index in range(len(window.table.source))}
        assert "_submitted_by" in offered
        assert offered - {"_submitted_by", "_submission_time", "_validation_status.uid"} <= forms.form.questions.keys()
        await picked(stage, "_submitted_by", "is", "ben")
        await stage.until(lambda: lines(editor), "the condition")
        await pilot.press("p")
        await picked(stage, projects[1].uid)
        shown = await stage.window(RulePreview)
        assert projects[1].name[:10] in str(shown.query_one(".window--title", Static).content)
        await pilot.press("escape")
        await stage.window(RuleEditor)
        await pilot.press("s")
        await stage.until(lambda: len(stage.screen.edits.wanted) == len(projects), "the pending cells")
        await pilot.press("enter")
        await stage.accept()
        for one in projects:
            assert partial(one, "ben") == {"view_submissions": [{"_submitted_by": "ben"}]}
        await stage.until(lambda: stage.screen.matrix.get(asset.uid, "ben").rules, "the news")
        stage.screen._pick({(one.uid, "ben") for one in projects})
        editor = await opened(stage)
        assert say_rules(editor.rules()) == "view_submissions where _submitted_by = ben", "all cells agree"
        await pilot.press("escape")
        await stage.on("access")
        stage.screen._pick({(projects[0].uid, "ben"), (projects[0].uid, "carol")})
        editor = await opened(stage)
        assert editor.rules() == ()
        assert "different rules" in " ".join(
            str(part.content) for part in editor.query(".window--hint").results(Static)
        )
