"""Exports of a project on the screen: options, the ten that are kept, formats, files of records."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.model.export_options import NAMES, ExportOptions
from kobotui.screens.export_options import ExportOptionsWindow
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import LineEditor
from kobotui.widgets.picker import MultiPicker
from tests.changes.test_projects import household
from tests.conftest import Until
from tests.screens import exports_place
from tests.screens.stage import Stage


@pytest.fixture
async def stage(demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path) -> AsyncIterator[Stage]:
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, household(demo))
        await exports_place.there(stage)
        yield stage


async def options(stage: Stage, kind: str) -> ExportOptionsWindow:
    """The window of options for a new export."""
    await stage.pilot.press("n")
    await stage.pick(kind)
    window: ExportOptionsWindow = await stage.window(ExportOptionsWindow)
    return window


async def change(stage: Stage, window: ExportOptionsWindow, key: str) -> None:
    """Enter on one line of the options."""
    from kobotui.widgets.table import Table

    assert window.query_one(Table).move_to_key(key)
    await stage.pilot.press("enter")


async def test_options_make_the_file_and_are_remembered(stage: Stage) -> None:
    window = await options(stage, "csv")
    await change(stage, window, "lang")
    await stage.pick(NAMES)
    await stage.window(ExportOptionsWindow)
    await change(stage, window, "query")
    editor = await stage.window(LineEditor)
    editor.query_one("Input").value = "Region = North"
    await stage.pilot.press("enter")
    await stage.window(ExportOptionsWindow)
    await stage.until(lambda: window.typed == "Region = North", "the filter")
    await stage.pilot.press("a")
    path = stage.directory / "north.csv"
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    found = exports_place.rows(path)
    assert found
    assert {row["region"] for row in found} == {"north"}
    again = await options(stage, "jsonl")
    assert (again.options.lang, again.typed) == (NAMES, "Region = North")


async def test_chosen_questions_alone(stage: Stage) -> None:
    window = await options(stage, "csv")
    await change(stage, window, "fields")
    picker = await stage.window(MultiPicker)
    picker.table.set_marked({"loc/region"})
    await stage.pilot.press("enter")
    await stage.until(lambda: window.options.fields == ("loc/region",), "the question")
    await stage.pilot.press("a")
    path = stage.directory / "some.csv"
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    assert "Age" not in exports_place.rows(path)[0]
    assert "Region" in exports_place.rows(path)[0]


async def test_records_as_json_lines(stage: Stage) -> None:
    await options(stage, "jsonl")
    await stage.pilot.press("a")
    path = stage.directory / "all.jsonl"
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 60


async def test_the_server_makes_one_and_it_is_fetched(stage: Stage) -> None:
    await options(stage, "server-xls")
    await stage.pilot.press("a")
    path = stage.directory / "server.xlsx"
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    assert path.read_bytes()[:2] == b"PK"
    await stage.until(lambda: any("XLS" in text for text in stage.texts()), "it in the list")


async def test_before_one_falls_off_it_is_said(stage: Stage) -> None:
    exports = (await stage.app.kobo()).exports(stage.asset.uid)
    for number in range(10):
        await exports.watch(await exports.create(ExportOptions(group_sep=str(number))))
    await options(stage, "server-csv")
    await stage.pilot.press("a")
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
    assert "keeps ten exports" in stage.screen.query_one(ConfirmLine)._text
    await stage.pilot.press("escape")
    await stage.settled()
    assert len(await exports.list()) == 10


async def test_a_refusal_of_the_server_is_said(stage: Stage, demo: DemoServer) -> None:
    demo.faults.once(path="/exports/", method="POST", status=403)
    await options(stage, "server-csv")
    await stage.pilot.press("a")
    await stage.answer(str(stage.directory / "no.csv"))
    await stage.until(
        lambda: stage.app.work.transfer_states and not stage.app.work.transfer_states[0].running, "the end"
    )
    assert stage.app.work.transfer_states[0].error
    await stage.until(lambda: stage.said.startswith("Export Household"), "the sentence")
