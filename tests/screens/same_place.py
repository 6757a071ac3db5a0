"""Same records, found from DATA by the answers to some questions."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from kobotui.widgets.picker import MultiPicker

if TYPE_CHECKING:
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
