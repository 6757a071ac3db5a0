"""Exports of a project on the screen: options, the ten that are kept, formats, files of records."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.exports.spool import Spool, WalkState
from kobotui.model.export_options import NAMES, ExportOptions
from kobotui.screens.export_options import ExportOptionsWindow
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import LineEditor
from kobotui.widgets.picker import MultiPicker
from kobotui.widgets.prompt import Prompt
from tests.changes.test_projects import household
from tests.conftest import Until
from tests.exports.staging import ids, plain, put, take
from tests.screens import exports_place, links_place
from tests.screens.stage import Stage, new_project


class Gate:
    """Holds up a task of the server, which runs in a thread of its own."""

    def __init__(self) -> None:
        self._event = Event()

    def open(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        while not self._event.is_set():  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)


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


async def test_when_the_server_gives_up_it_is_made_here(
    stage: Stage, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offered at the foot as it happens, in Jobs later, and in the list of exports ever after."""

    async def build(_asset: Any, task: Any, *_more: Any) -> None:
        task.status, task.messages = "error", {"error_type": "SoftTimeLimitExceeded", "error": "too long"}

    monkeypatch.setattr("kobotui.demo.exports.build", build)
    await options(stage, "server-xls")
    await stage.pilot.press("a")
    path = stage.directory / "here.xlsx"
    await stage.answer(str(path))
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the offer")
    assert "half hour" in stage.screen.query_one(ConfirmLine)._text
    await stage.pilot.press("escape")
    await stage.settled()
    await stage.pilot.press("J")
    await stage.on("jobs")
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the offer again")
    await stage.pilot.press("enter")
    await exports_place.ended(stage, path)
    assert path.read_bytes()[:2] == b"PK"
    await stage.pilot.press("escape")
    await stage.on("exports")
    await stage.until(lambda: any("too long" in text for text in stage.texts()), "the failed one")
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the offer in the list")
    await stage.pilot.press("enter")
    await stage.answer(str(stage.directory / "again.xlsx"))
    await exports_place.ended(stage, stage.directory / "again.xlsx")


async def test_an_offer_does_not_take_the_place_of_what_somebody_types(
    stage: Stage, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def build(_asset: Any, task: Any, *_more: Any) -> None:
        await gate.wait()
        task.status, task.messages = "error", {"error_type": "SoftTimeLimitExceeded", "error": "too long"}

    gate = Gate()
    monkeypatch.setattr("kobotui.demo.exports.build", build)
    await options(stage, "server-csv")
    await stage.pilot.press("a")
    await stage.answer(str(stage.directory / "here.csv"))
    await stage.pilot.press("colon", *"proj")
    await stage.until(lambda: stage.screen.query(Prompt), "the line")
    gate.open()
    await stage.until(lambda: not stage.app.work.transfer_states[0].running, "the end")
    await stage.pilot.pause()
    assert stage.screen.query_one(Prompt).text == "proj"
    assert not stage.screen.query(ConfirmLine)


async def test_marked_records_alone_however_many(stage: Stage) -> None:
    """More than one address can name; those that are gone meanwhile are no reason to fail."""
    put(stage.asset, [plain(number) for number in range(9_000_000, 9_000_250)])
    await stage.open_project("data")
    await stage.pilot.press("asterisk")
    await stage.until(lambda: len(stage.table.marked) == 310, "marks")
    stage.table.set_marked(stage.table.marked - {"9000007"})
    take(stage.asset, 9_000_008)
    await stage.pilot.press("x")
    await stage.pick("jsonl")
    window = await stage.window(ExportOptionsWindow)
    assert ("submission_ids", "Submissions", "309 marked") in window._lines()
    await stage.pilot.press("a")
    path = stage.directory / "marked.jsonl"
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    found = {json.loads(line)["_id"] for line in path.read_text().splitlines()}
    assert found == set(ids(stage.asset)) - {9_000_007}


async def test_a_filter_that_the_server_cannot_tell_holds_in_reports_and_exports_too(stage: Stage) -> None:
    """As a number in another notation: the server compares texts."""
    assert stage.asset.records is not None
    put(stage.asset, [plain(9_000_000, **{"econ/income": "2e2"}), plain(9_000_001, **{"econ/income": "1e1"})])
    rich = {r["_id"] for r in stage.asset.records.page(limit=None) if float(r.get("econ/income") or 0) > 100.5}
    await stage.open_project("data")
    await stage.pilot.press("slash")
    await stage.answer("Monthly income (USD) > 100.5")
    await stage.until(lambda: stage.screen.records.order.typed, "the filter")
    await stage.settled()
    assert not stage.screen.records.order.filter.exact
    await stage.pilot.press("b")
    await links_place.reported(stage)
    assert stage.screen.report.records == len(rich)
    await stage.pilot.press("escape")
    await stage.on("data")
    await stage.pilot.press("x")
    await stage.pick("jsonl")
    await stage.window(ExportOptionsWindow)
    await stage.pilot.press("a")
    path = stage.directory / "rich.jsonl"
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    assert {json.loads(line)["_id"] for line in path.read_text().splitlines()} == rich


async def test_marked_projects_go_into_a_folder(stage: Stage, demo: DemoServer) -> None:
    clinic = next(a for a in demo.state.assets.values() if a.name.startswith("Clinic") and a.owner == "admin")
    draft = new_project(demo, "draft")
    await stage.open_list("projects")
    await stage.pilot.press("r")
    await stage.until(lambda: draft.uid in stage.screen.store.by_uid and stage.screen.store.complete, "the draft")
    stage.table.set_marked({stage.asset.uid, clinic.uid, draft.uid})
    await stage.pilot.press("x")
    await stage.pick("csv")
    window: ExportOptionsWindow = await stage.window(ExportOptionsWindow)
    assert "fields" not in [key for key, _label, _value in window._lines()]
    await change(stage, window, "files")
    await stage.until(lambda: window.files, "the files too")
    await stage.pilot.press("a")
    folder = stage.directory / "all"
    await stage.answer(f"{folder}/")
    await exports_place.ended(stage, folder / "manifest.json")
    entries = {entry["project"]: entry for entry in json.loads((folder / "manifest.json").read_bytes())}
    assert entries.keys() == {stage.asset.uid, clinic.uid}
    assert entries[stage.asset.uid]["records"] == len(exports_place.rows(folder / entries[stage.asset.uid]["files"][0]))
    assert len(list((folder / entries[clinic.uid]["files"][-1]).rglob("*.*"))) > 5
    assert "2 of 2 projects" in stage.said
    await stage.pilot.press("x")
    await stage.pick("backup")
    await stage.answer(f"{folder}/")
    await stage.until(lambda: len(stage.app.work.transfer_states) == 2, "the backup")
    await exports_place.ended(stage, folder / "manifest.json")
    kept = [f for e in json.loads((folder / "manifest.json").read_bytes()) for f in e["files"]]
    assert len([f for f in kept if f.endswith("/backup.json")]) == 3


async def test_another_export_to_the_same_place_begins_anew(stage: Stage, demo: DemoServer) -> None:
    """What a cut of an export with other options has left beside the file does not stand in its way."""
    path = stage.directory / "x.jsonl"
    with Spool(path) as spool:
        spool.begin(WalkState(server="https://elsewhere.org", project="aX"))
    await options(stage, "jsonl")
    await stage.pilot.press("a")
    await stage.answer(str(path))
    await exports_place.ended(stage, path)
    assert len(path.read_text().splitlines()) == 60


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
