"""Same records, found from DATA by the answers to some questions: the list, records side by side, and their keys."""

from __future__ import annotations

from collections.abc import Collection

from kobotui.widgets.picker import MultiPicker, Picker
from tests.screens import endings
from tests.screens.data_place import ask
from tests.screens.scenes import Step, data
from tests.screens.stage import Stage


async def found(stage: Stage, paths: Collection[str] = ("facility", "n_patients")) -> None:
    """The list of groups."""
    await stage.open_project("data")
    await stage.settled()
    await stage.pilot.press("W")
    await stage.pick("answers")
    window = await stage.window(MultiPicker)
    window.table.set_marked(set(paths))
    await stage.pilot.press("enter")
    await stage.on("same")
    await stage.settled()


async def compared(stage: Stage) -> None:
    """The records of the first group side by side."""
    await found(stage)
    await stage.pilot.press("enter")
    await stage.on("compare")


async def pair(stage: Stage) -> None:
    """On the older of two records that are the same."""
    (newest,) = ask(stage.server, stage.asset, "GET", "", params={"limit": 1, "sort": '{"_id":-1}'})["results"]
    ask(stage.server, stage.asset, "POST", f"{newest['_id']}/duplicate/")
    await found(stage, ("loc/gps", "resp/name", "resp/age"))
    stage.noted = stage.screen.groups[0]
    stage.table.move_to(1)


async def beside(stage: Stage) -> None:
    """The two side by side."""
    await pair(stage)
    await stage.pilot.press("enter")
    await stage.on("compare")


async def both_marked(stage: Stage) -> None:
    await pair(stage)
    stage.table.set_marked({str(record.id) for record in stage.noted.records})


async def asked(stage: Stage) -> None:
    await stage.window(Picker)


async def others_deleted(stage: Stage) -> None:
    kept, *others = stage.noted.records
    await stage.accept(str(len(others)))
    assert stage.asset.records.get(kept.id)
    assert not any(stage.asset.records.get(record.id) for record in others)


async def deleted(stage: Stage) -> None:
    await stage.accept("1")
    assert not stage.asset.records.get(stage.noted.records[0].id)


async def all_but_one_marked(stage: Stage) -> None:
    await stage.pick("newest")
    count = sum(len(group.records) - 1 for group in stage.screen.groups)
    await stage.until(lambda: len(stage.table.marked) == count, "the marks")


async def only_different(stage: Stage) -> None:
    rows = [stage.table.source.row(index) for index in range(len(stage.table.source))]
    assert {row.cells[0].text for row in rows if row} == {"!="}


SCENES: dict[str, tuple[Step, Step]] = {
    "data.same": (data, asked),
    "same.open": (pair, endings.on("compare")),
    "same.keep": (pair, others_deleted),
    "same.delete": (pair, deleted),
    "same.mark": (pair, endings.marked),
    "same.mark_rest": (pair, all_but_one_marked),
    "same.unmark_all": (both_marked, endings.nothing_marked),
    "compare.open": (beside, endings.on("record")),
    "compare.keep": (beside, others_deleted),
    "compare.pivot": (beside, only_different),
}
"""By action: the way there, and what it leads to."""
