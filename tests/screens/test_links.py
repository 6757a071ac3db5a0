"""Links of a project: every program's text, named exports through the review and back, tests of links, dead links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Row
from kobotui.model.links import CONSUMERS
from kobotui.screens.copy import CopyScreen
from kobotui.screens.export_options import ExportOptionsWindow
from kobotui.widgets.prompt import Prompt
from tests.changes.conftest import token_on
from tests.changes.test_projects import household
from tests.conftest import Until
from tests.screens import links_place
from tests.screens.stage import Stage


@pytest.fixture
async def stage(demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path) -> AsyncIterator[Stage]:
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, household(demo))
        await links_place.there(stage)
        yield stage


async def test_every_program_has_a_text_without_a_key(stage: Stage) -> None:
    for row, kinds in (("json", ("json",)), (stage.noted, ("csv", "xlsx"))):
        for program in CONSUMERS:
            for kind in kinds:
                if program == "sheets" and kind != "csv":
                    continue
                assert stage.table.move_to_key(row)
                await stage.pilot.press("enter")
                await stage.pick(f"{program} {kind}")
                window = await stage.window(CopyScreen)
                assert stage.asset.uid in window.text
                assert token_on(stage.server) not in window.text
                await stage.pilot.press("escape")
                await stage.until(lambda: stage.app.screen is stage.screen, "the list")


async def test_who_cannot_log_in_is_warned_as_long_as_the_project_is_private(stage: Stage) -> None:
    await stage.pilot.press("enter")
    await stage.pick("sheets csv")
    window = await stage.window(CopyScreen)
    assert "IMPORTDATA cannot log in" in window._sentence
    assert "IMPORTDATA cannot" not in window.text
    await stage.pilot.press("escape", "escape")
    stage.asset.rows += [Row("pX", "AnonymousUser", "view_asset"), Row("pY", "AnonymousUser", "view_submissions")]
    await links_place.there(stage)
    await stage.pilot.press("enter")
    await stage.pick("sheets csv")
    assert (await stage.window(CopyScreen)).text.startswith("=IMPORTDATA(")


async def test_copied_links_work(stage: Stage) -> None:
    headers = {"Authorization": f"Token {token_on(stage.server)}"}
    copies = stage.screen.copies()
    async with httpx.AsyncClient(headers=headers, follow_redirects=True, trust_env=False, timeout=30) as client:
        for name in ("CSV link", "XLSX link"):
            assert (await client.get(copies[name])).status_code == 200


async def test_created_edited_deleted_and_all_of_it_taken_back(stage: Stage) -> None:
    await stage.pilot.press("n")
    await stage.until(lambda: stage.screen.query(Prompt), "the name")
    prompt = stage.screen.query_one(Prompt)
    prompt.text = "Board"  # taken
    await stage.pilot.press("enter")
    assert prompt.is_attached
    await links_place.created(stage)
    assert stage.table.move_to_key(links_place.settings(stage)["Weekly"]["uid"])
    await stage.pilot.press("e")
    await stage.answer("Monthly")
    window: ExportOptionsWindow = await stage.window(ExportOptionsWindow)
    await stage.pilot.press("a")
    await stage.accept()
    assert window.options.lang == "English (en)"
    assert "Monthly" in links_place.settings(stage)
    assert "Weekly" not in links_place.settings(stage)
    await stage.pilot.press("z")
    await stage.accept()
    assert "Weekly" in links_place.settings(stage)
    await stage.until(lambda: any("Weekly" in text for text in stage.texts()), "it in the list")
    await stage.pilot.press("D")
    await links_place.deleted_(stage, "Weekly")
    await stage.pilot.press("z")
    await stage.accept()
    assert "Weekly" in links_place.settings(stage)


async def test_what_an_edit_does_not_touch_stays_as_the_server_has_it(stage: Stage) -> None:
    kept = links_place.settings(stage)["Board"]["export_settings"]
    kept |= {"query": {"_submission_time": {"$gt": "2026-01-01"}}, "flatten": True}
    await stage.pilot.press("r")
    await stage.settled()
    before = dict(kept)
    await stage.pilot.press("e")
    await stage.answer("Board 2")
    window: ExportOptionsWindow = await stage.window(ExportOptionsWindow)
    assert any("_submission_time" in value for _key, _label, value in window._lines())
    await stage.pilot.press("a")
    await stage.accept()
    assert links_place.settings(stage)["Board 2"]["export_settings"] == before


async def test_a_link_that_fails_says_so_in_its_line(stage: Stage, demo: DemoServer) -> None:
    demo.faults.once(status=500, path="data.csv", count=10)
    await stage.pilot.press("t")
    await stage.pick("csv")
    await stage.until(lambda: "CSV:" in stage.texts()[stage.table.cursor_index], "how it went")
    assert "rows" not in stage.texts()[stage.table.cursor_index]
    stage.table.move_to_key("json")
    await stage.pilot.press("t")
    await stage.until(lambda: "60 records" in stage.texts()[0], "how the endpoint went")


async def test_dead_links_are_named_with_what_took_their_place(stage: Stage) -> None:
    stage.asset.settings = {"description": "see https://kf.kobotoolbox.org/api/v1/data/12?format=csv"}
    await stage.pilot.press("v")
    await links_place.found(stage)
    (text,) = stage.texts()
    assert "description" in text
    assert "/api/v2/assets/UID/data/" in text
    await stage.pilot.press("enter")
    await stage.on("summary")
