"""Files of records, written for a project and brought into it."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.picker import Picker
from tests.screens.stage import Stage

HEADING = "consent;resp/name;resp/age;remarks"
ROWS = ("no;=Ana;41;", "no;Bé «o»;37;late", "no;;;", "no;;;")


def written(stage: Stage, *rows: str, heading: str = HEADING) -> Path:
    """A CSV for the household form."""
    path = stage.directory / "new.csv"
    path.write_text("\n".join((heading, *rows)), encoding="utf-8")
    return path


async def asked_for(stage: Stage, path: Path) -> None:
    """From a place of the project on: the file is named."""
    await stage.pick("file")
    await stage.answer(str(path))


async def read(stage: Stage, *rows: str) -> None:
    """A file is read, and nothing sent yet."""
    await stage.open_project("summary")
    await stage.pilot.press("I")
    await asked_for(stage, written(stage, *(rows or ROWS)))
    await stage.on("bring_in")


async def some_there(stage: Stage) -> None:
    """One row was brought in before, one was deleted since, one is about a record that is gone."""
    await read(stage, *ROWS[:2])
    await stage.pilot.press("enter")
    await stage.accept()
    records = stage.asset.records
    assert records is not None
    made = sorted((row for row in records.page(limit=None)), key=lambda row: int(row["_id"]))[-2:]
    records.remove([made[0]["_id"]])
    await stage.pilot.press("I")
    rows = [f"{row};" for row in ROWS] + ["no;;;;999999999"]
    await asked_for(stage, written(stage, *rows, heading=f"{HEADING};_id"))
    await stage.on("bring_in")


async def template_written(stage: Stage) -> None:
    await stage.pick("template")
    await stage.window(Picker)
    await stage.pick("_xml")
    path = stage.directory / "empty.xlsx"
    await stage.answer(str(path))
    await stage.until(path.exists, "the file")
    book = openpyxl.load_workbook(path)
    assert "consent" in [cell.value for cell in book.worksheets[0][1]]
    assert book.sheetnames[-2:] == ["about this table", "lists of choices"]


async def mistakes_then_records(stage: Stage) -> None:
    """A column that is no question, a wrong answer; corrected, read again, reviewed, sent, and there afterwards."""
    path = written(stage, "no;Ana;old;;x", heading=f"{HEADING};mine")
    await asked_for(stage, path)
    await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
    await stage.pilot.press("enter")
    await stage.on("bring_in")
    assert stage.texts() == ["line 2, column resp/age: This is not a whole number."]
    await stage.pilot.press("enter")
    assert "r reads it again" in stage.said
    written(stage, "no;Ana;41;;x", heading=f"{HEADING};mine")
    await stage.pilot.press("r")
    await stage.until(lambda: stage.screen.place == "bring_in" and "to add" in "".join(stage.texts()), "the row")
    await reviewed(stage)
    await stage.pilot.press("I")
    await asked_for(stage, written(stage, "no;Ana;41;"))
    await stage.on("bring_in")
    assert "there already" in stage.texts()[-1]
    await stage.pilot.press("enter")
    assert "nothing to do" in stage.said


async def reviewed(stage: Stage) -> None:
    """All of it is reviewed and sent."""
    if stage.screen.found.deleted:
        await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
        await stage.pilot.press("enter")
    elif not stage.reviewing:
        await stage.pilot.press("enter")
    await stage.accept()
    records = stage.asset.records
    assert records is not None
    assert "Ana" in str(records.page(limit=None))
