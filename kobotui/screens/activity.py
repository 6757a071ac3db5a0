"""Activity of one project: who did what, newest first, as the server's history has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kobotui.columns.cell import Column
from kobotui.columns.history import history_columns
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.screens.base import bindings
from kobotui.screens.history_list import HistoryList, Logged
from kobotui.screens.log_list import Entries, Say
from kobotui.screens.project_place import ProjectPlace

if TYPE_CHECKING:
    from kobotui.columns.cell import Cell
    from kobotui.model.project import Project, ProjectDetail

NEWEST = 1000
"""Entries that are shown; the file has all of them."""


class ActivityScreen(HistoryList, ProjectPlace):
    """The newest entries; action, person and days are the server's filters, ``/`` searches what is shown."""

    place: ClassVar[str] = "activity"
    BINDINGS = bindings("activity")

    def __init__(self, project: Project) -> None:
        super().__init__(project)

    def columns(self) -> Sequence[Column]:
        return [column for column in history_columns() if column.key != "project"]

    def cells(self, item: Logged) -> Sequence[Cell]:
        cells = super().cells(item)
        return (*cells[:3], *cells[4:])

    def detail_changed(self, detail: ProjectDetail) -> None:
        self.look()

    def show_log(self, facts: str) -> None:
        self.show_heading(facts)

    def file_name(self) -> str:
        return _("activity of {name}").format(name=self.project.name or self.project.uid)

    async def actions(self) -> Sequence[str]:
        return await (await self.kobo()).history(self.project.uid).actions()

    async def read(self, say: Say) -> Entries:
        page = await (await self.kobo()).history(self.project.uid).page(self.search(), limit=NEWEST)
        return Entries([Logged(self.project.uid, self.project.name, entry) for entry in page], page.count)

    async def read_all(self, say: Say) -> Entries:
        walk = (await self.kobo()).history(self.project.uid).walk(self.search())
        items: list[Logged] = []
        async for page in walk:
            items += [Logged(self.project.uid, self.project.name, entry) for entry in page]
            say(_("{n} of {count} ...").format(n=number(len(items)), count=number(page.count)))
        whole = walk.statement is None or walk.statement.complete
        remark = "" if whole or walk.statement is None else walk.statement.sentence
        return Entries(items, len(items), remark)
