"""Exports of a project: one made by the server, new ones, and what is asked on the way."""

from __future__ import annotations

import csv
from pathlib import Path

from kobotui.model.export_options import ExportOptions
from kobotui.screens.export_options import ExportOptionsWindow
from kobotui.widgets.confirm_line import ConfirmLine
from tests.screens.stage import Stage


async def exported(stage: Stage) -> None:
    """With one export on the server, under the cursor."""
    exports = (await stage.app.kobo()).exports(stage.asset.uid)
    task = await exports.watch(await exports.create(ExportOptions()))
    await there(stage)
    await stage.until(lambda: stage.table.cursor_key is not None, "the export")
    assert stage.table.move_to_key(task.uid)
    stage.noted = task.uid


async def there(stage: Stage) -> None:
    """In the place, its list read."""
    await stage.open_project("exports")


async def fetched(stage: Stage) -> None:
    path = stage.directory / "fetched.csv"
    await stage.answer(str(path))
    await ended(stage, path)
    service = (await stage.app.kobo()).submissions(stage.asset.uid)
    assert len(rows(path)) == (await service.page(limit=1)).count


async def made(stage: Stage) -> None:
    await stage.pick("csv")
    await stage.window(ExportOptionsWindow)
    await stage.pilot.press("a")
    path = stage.directory / "made.csv"
    await stage.answer(str(path))
    await ended(stage, path)
    service = (await stage.app.kobo()).submissions(stage.asset.uid)
    assert len(rows(path)) == (await service.page(limit=1)).count


async def ended(stage: Stage, path: Path) -> None:
    """Wait for the end of the transfer."""
    await stage.until(lambda: stage.app.work.transfer_states, "the transfer")
    await stage.until(lambda: not stage.app.work.transfer_states[0].running, "its end")
    assert stage.app.work.transfer_states[0].error == ""
    await stage.until(path.exists, "the file")


def rows(path: Path) -> list[dict[str, str]]:
    """The records of a file."""
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))


async def deleted(stage: Stage) -> None:
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
    await stage.pilot.pause()
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.table.source.index_of(stage.noted) is None, "a list without it")
