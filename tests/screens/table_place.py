"""The columns of DATA and the files of a record as the actions find them, and what their actions lead to."""

from __future__ import annotations

from kobotui.screens.files_of_record import PhotoScreen
from kobotui.screens.record_web import LinkScreen
from tests.screens.scenes import Step
from tests.screens.stage import Stage


async def columns(stage: Stage) -> None:
    """The columns of DATA, the cursor on the second."""
    await stage.open_project("data")
    await stage.pilot.press("C")
    await stage.on("columns")
    stage.table.move_to(1)
    stage.noted = stage.screen.records.choice.arranged([c.key for c in stage.screen.records.columns.all_columns])


async def one_hidden(stage: Stage) -> None:
    await columns(stage)
    await stage.pilot.press("space")
    stage.table.move_to(1)


def shows(count: int) -> Step:
    """So many columns of the form are shown more, or fewer, than all."""

    async def then(stage: Stage) -> None:
        records = stage.screen.records
        wanted = len(records.columns.all_columns) + count
        await stage.until(lambda: len(records.columns.columns) == wanted, "the columns")
        await stage.settled()  # they are kept on this machine

    return then


async def only_one(stage: Stage) -> None:
    await stage.until(lambda: len(stage.screen.records.columns.columns) == 1, "one column")
    stage.table.move_to(0)
    await stage.pilot.press("space")
    await stage.until(lambda: "One column at least" in stage.said, "that it stays")
    assert len(stage.screen.records.columns.columns) == 1


async def in_column(stage: Stage) -> None:
    await stage.on("data")
    assert stage.table.cursor_column_key == stage.noted[1]


def moved(by: int) -> Step:
    async def then(stage: Stage) -> None:
        keys = [column.key for column in stage.screen.records.columns.columns]
        assert keys.index(stage.noted[1]) == 1 + by
        assert stage.table.cursor_key == stage.noted[1]

    return then


async def frozen(stage: Stage) -> None:
    assert stage.screen.records.columns.frozen == 2


async def grouped(stage: Stage) -> None:
    assert stage.screen.records.columns.groups["loc/region"] == "Location"


async def narrowed(stage: Stage) -> None:
    await stage.answer("region")
    await stage.until(lambda: stage.texts() and all("egion" in text for text in stage.texts()), "fewer lines")


async def with_photos(stage: Stage) -> None:
    """DATA of a project whose form asks for photos, the cursor on a record that has one."""
    stage._asset = next(a for a in stage.server.state.assets.values() if a.name.startswith("Clinic"))
    await stage.open_project("data")
    window = stage.screen.records.window
    stage.table.move_to(next(place for place in range(50) if window.record(place).attachments))


async def record(stage: Stage) -> None:
    """The record with the photo."""
    await with_photos(stage)
    await stage.pilot.press("enter")
    await stage.on("record")


async def files(stage: Stage) -> None:
    """The files of that record."""
    await record(stage)
    await stage.pilot.press("a")
    await stage.on("files")
    await stage.until(lambda: stage.table.cursor_key is not None, "the files")
    await stage.settled()


async def photo(stage: Stage) -> None:
    await stage.window(PhotoScreen)


async def link(stage: Stage) -> None:
    await stage.pick("edit")
    window = await stage.window(LinkScreen)
    assert "/enketo/edit/" in window.text


async def downloaded(stage: Stage) -> None:
    """The files of what was chosen lie where they were wanted."""
    folder = stage.directory / "files"
    if stage.screen.place == "data":
        await stage.pick("all")
    await stage.answer(f"{folder}/")
    transfers = stage.app.work.transfers
    await stage.until(lambda: transfers.states and not transfers.states[0].running, "the end of the download")
    received = transfers.states[0].received
    assert received is not None, transfers.states[0].error
    assert received.whole
    assert (folder / "manifest.jsonl").exists()
    records = {path.name for path in folder.iterdir() if path.is_dir()}
    if stage.screen.place == "data":
        assert len(records) > 10, "all that have a file"
    else:
        assert records == {str(stage.screen.record.id)}, "those of the record that is open"
