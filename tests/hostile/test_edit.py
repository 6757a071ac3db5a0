"""What people type and what is there already reaches the server byte for byte; what no server keeps is said before."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from kobotui.api.client import KoboClient
from kobotui.changes.creations import CloneProject
from kobotui.changes.journal import Journal
from kobotui.changes.projects import EditProject, editable
from kobotui.changes.submissions import EditAnswers
from kobotui.demo.server import DemoServer
from kobotui.model.check import check, unstorable
from kobotui.model.form import Form, Question
from kobotui.screens.project_flows import name_problem
from kobotui.widgets.editors import TextEditor
from kobotui.widgets.field import Field
from kobotui.widgets.line import Line
from tests.changes.conftest import account_on, applied, token_on
from tests.changes.test_projects import household
from tests.conftest import MakeSession, Until
from tests.hostile.corpus import COMMANDS, EVERYTHING, HALVES, ONE_LINE, TEXTS
from tests.screens.stage import Stage

QUESTION = Question(path="remarks", name="remarks", type="text")


def refused(text: str) -> bool:
    return check(QUESTION, text, Form()) is not None


ANSWERS = tuple(text for text in TEXTS if not refused(text))


class Fields(App[None]):
    def compose(self) -> ComposeResult:
        for text in (*TEXTS, EVERYTHING):
            yield Line(text)
            yield Field(text)


async def test_what_is_edited_stays_as_it_is_but_for_what_is_typed() -> None:
    async with Fields().run_test() as pilot:
        lines, fields = pilot.app.query(Line), pilot.app.query(Field)
        for text, line, field in zip((*TEXTS, EVERYTHING), lines, fields, strict=True):
            assert (line.value, field.value) == (text, text)
            line.insert_text_at_cursor("+")
            field.insert("+", field.document.end)
            assert (line.value, field.value) == (f"{text}+", f"{text}+")


async def test_every_text_is_on_the_server_again(demo: DemoServer, journal: Journal) -> None:
    """Names (without the blanks around them, which the server drops), descriptions, clones and answers."""
    household_ = household(demo)
    surveys = [asset for asset in demo.state.assets.values() if asset.asset_type == "survey" and asset.owner == "admin"]
    kept = [text for text in TEXTS if not unstorable(text)]
    async with KoboClient(account_on(demo), token_on(demo)) as kobo:
        for start in range(0, len(kept), len(surveys)):
            texts = kept[start : start + len(surveys)]
            changes = [
                EditProject(
                    project=asset.uid,
                    project_name=asset.name,
                    before={key: editable(await kobo.projects.get(asset.uid))[key] for key in ("name", "description")},
                    after={"name": text.strip()[:255], "description": text},
                )
                for asset, text in zip(surveys, texts, strict=False)
            ]
            outcomes = await applied(demo, kobo, journal, *changes)
            assert [outcome.reason for outcome in outcomes] == [""] * len(changes)
            for asset, text in zip(surveys, texts, strict=False):
                assert (asset.name, asset.settings["description"]) == (text.strip()[:255], text)
        clones = [CloneProject(project=household_.uid, project_name="", name=text.strip()[:255]) for text in kept]
        made = [outcome.made for outcome in await applied(demo, kobo, journal, *clones)]
        assert [demo.state.assets[uid].name for uid in made] == [clone.name for clone in clones]
        page = await kobo.submissions(household_.uid).page(limit=len(ANSWERS))
        edits = [
            EditAnswers(
                project=household_.uid,
                project_name="",
                record=record.id,
                root_uuid=record.root_uuid,
                uuid=record.uuid,
                before={"remarks": None},
                after={"remarks": text},
            )
            for record, text in zip(page, ANSWERS, strict=True)
        ]
        outcomes = await applied(demo, kobo, journal, *edits)
        assert {outcome.reason for outcome in outcomes} == {""}
        for edit in edits:
            assert (await kobo.submissions(household_.uid).get(edit.record)).answer("remarks") == edit.after["remarks"]


@pytest.mark.parametrize("text", [COMMANDS["nul"], HALVES])
def test_what_no_server_keeps_is_refused_everywhere(text: str) -> None:
    for why in (name_problem, unstorable, lambda text: check(QUESTION, text, Form())):
        assert why(text)


def test_what_xml_cannot_hold_is_refused_in_answers_alone() -> None:
    for text in TEXTS:
        problem = check(QUESTION, text, Form())
        assert bool(problem) is (any(char < " " and char not in "\t\n\r" for char in text))
        assert not problem or "control character" in problem.sentence
        assert bool(name_problem(text[:255])) is ("\x00" in text or not text.strip())


async def open_place(stage: Stage, place: str, row: str) -> None:
    await stage.open_project(place)
    assert stage.table.move_to_key(row)


async def test_through_the_screens(demo: DemoServer, make_session: MakeSession, until: Until, tmp_path: Any) -> None:
    """Name, description and tags on SETTINGS, an answer in its record."""
    from kobotui.app import KoboApp

    asset = household(demo)
    storable = EVERYTHING.replace("\x00", "")
    answer = ONE_LINE.translate(dict.fromkeys((*range(9), 11, 12, *range(14, 32))))
    async with KoboApp(make_session(demo)).run_test(size=(100, 40)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset)
        await stage.settled()
        for field, text in (("name", ONE_LINE.replace("\x00", "").strip()[:255].strip()), ("tags", "a\x1b[2J,[/]x")):
            await open_place(stage, "general", field)
            await stage.pilot.press("enter")
            await stage.answer(text)
            await stage.accept()
            assert (asset.name == text) if field == "name" else (set(asset.tags) == set(text.split(",")))
        await open_place(stage, "general", "description")
        await stage.pilot.press("enter")
        editor = await stage.window(TextEditor)
        served = demo.faults.served
        editor.query_one(Field).insert(EVERYTHING)
        await stage.pilot.press("ctrl+o")
        assert stage.app.screen is editor, "a NUL: said, and not sent"
        assert demo.faults.served == served
        field_ = editor.query_one(Field)
        field_.clear()
        field_.insert(storable)
        typed = field_.value
        await stage.pilot.press("ctrl+o")
        await stage.accept()
        assert asset.settings["description"] == typed
        await stage.open_record("remarks")
        await stage.pilot.press("e")
        await stage.until(lambda: stage.app.screen.query(Input), "the editor")
        window = stage.app.screen
        window.query_one(Input).value = answer + "\x1b[2J"
        await stage.pilot.press("enter")
        assert stage.app.screen is window, "said, and not sent"
        window.query_one(Input).value = answer
        await stage.pilot.press("enter")
        await stage.accept()
        assert stage.screen.record.answer("remarks") == answer
        assert stage.app.unexpected == []
