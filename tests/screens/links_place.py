"""Links and reports of a project, and old links: the way there, and what the keys there lead to."""

from __future__ import annotations

from typing import Any

from kobotui.model.export_options import ExportOptions
from kobotui.screens.copy import CopyScreen
from kobotui.screens.export_options import ExportOptionsWindow
from kobotui.widgets.message_box import MessageBox
from tests.screens import scenes
from tests.screens.stage import Stage


async def there(stage: Stage) -> None:
    """On a named export of the project."""
    service = (await stage.app.kobo()).named_exports(stage.asset.uid)
    named = {one.name: one.uid for one in await service.list()}
    stage.noted = named.get("Board") or (await service.create("Board", ExportOptions(lang="_xml").body())).uid
    await stage.open_project("exports")
    await stage.pilot.press("L")
    await stage.on("links")
    await stage.until(lambda: stage.table.move_to_key(stage.noted), "the named export")


def settings(stage: Stage) -> dict[str, dict[str, Any]]:
    """The named exports as the server has them, by name."""
    return {one["name"]: one for one in stage.asset.export_settings}


async def text_shown(stage: Stage) -> None:
    await stage.pick("powerbi csv")
    window = await stage.window(CopyScreen)
    assert f"/export-settings/{stage.noted}/data.csv" in window.text
    assert "YOUR_API_KEY" in window.text
    assert "Whoever gets the file gets the key" in window._sentence


async def options_accepted(stage: Stage) -> None:
    """Those that are proposed."""
    await stage.window(ExportOptionsWindow)
    await stage.pilot.press("a")


async def created(stage: Stage) -> None:
    await stage.answer("Weekly")
    await options_accepted(stage)
    await stage.accept()
    assert settings(stage)["Weekly"]["export_settings"]["lang"] == "English (en)"
    await stage.until(lambda: any("Weekly" in text for text in stage.texts()), "it in the list")


async def edited(stage: Stage) -> None:
    await stage.answer("Board 2")
    window: ExportOptionsWindow = await stage.window(ExportOptionsWindow)
    window.options = ExportOptions(lang="_xml", hierarchy_in_labels=True)
    await stage.pilot.press("a")
    await stage.accept()
    assert settings(stage)["Board 2"]["uid"] == stage.noted
    assert settings(stage)["Board 2"]["export_settings"]["hierarchy_in_labels"] is True


async def tested(stage: Stage) -> None:
    await stage.pick("csv")
    assert stage.asset.records
    rows = f"{len(stage.asset.records)} rows"  # others of these scenarios add some
    await stage.until(lambda: rows in stage.texts()[stage.table.cursor_index], "how it went")
    assert "120 s" in stage.said


async def deleted(stage: Stage) -> None:
    await deleted_(stage, "Board")


async def deleted_(stage: Stage, name: str) -> None:
    await stage.until(lambda: stage.reviewing, "the review")
    await stage.accept()
    assert name not in settings(stage)


# Old links


async def dead(stage: Stage) -> None:
    """The project's description has an address that is dead."""
    stage.asset.settings = {"description": "see https://kf.kobotoolbox.org/api/v1/data/12?format=csv"}
    await stage.open_list("projects")
    stage.noted = stage.screen.place
    await stage.screen.action_do("old_links")
    await found(stage)


async def found(stage: Stage) -> None:
    await stage.on("old_links")
    await stage.until(lambda: "0 of" not in stage.screen.query_one("TopLine")._text._where, "the end")
    await stage.settled()


# Reports


async def report(stage: Stage) -> None:
    """On the choices of a question."""
    await scenes.at("summary")(stage)
    await stage.pilot.press("b")
    await reported(stage)
    stage.table.move_to_key(scenes.QUESTION)


async def reported(stage: Stage) -> None:
    await stage.on("report")
    await stage.until(lambda: stage.screen.report is not None, "the numbers")
    await stage.settled()


async def all_answers(stage: Stage) -> None:
    window = await stage.window(MessageBox)
    assert "North" in window._details


async def narrowed(stage: Stage) -> None:
    await stage.answer("Region = North")
    await stage.until(lambda: 0 < stage.screen.report.records < 60, "fewer records")
    counts = stage.screen.report.questions[scenes.QUESTION].tally.counts
    assert set(counts) == {"north"}


async def in_french(stage: Stage) -> None:
    await stage.pick("1")
    await stage.until(lambda: any("Région" in text for text in stage.texts()), "French labels")
