"""History: who did what on all projects that the account manages, or on some of them, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from kobotui.action import Target
from kobotui.columns.history import ACTIONS, history_columns
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.screens.base import bindings
from kobotui.screens.history_list import HistoryList, Logged
from kobotui.screens.log_list import Days, Entries, Say

if TYPE_CHECKING:
    from kobotui.columns.cell import Column
    from kobotui.model.matrix import Matrix

NARROW = {"user": 10, "action": 22, "project": 20}
"""Widths with which the project is seen on a narrow screen too; the whole entry is said at the foot."""
WEEK = timedelta(days=7)
"""How far back is read at first; the server's filters say otherwise."""


class HistoryScreen(HistoryList):
    """One question for each project: the days it goes back keep that small."""

    place: ClassVar[str] = "history"
    BINDINGS = bindings("history")

    def __init__(self, projects: Mapping[str, str] | None = None, hidden: int = 0) -> None:
        """``projects``: names by uid of these alone, else all that the account manages; ``hidden``: how many others
        were meant that it does not manage."""
        super().__init__()
        self._projects = projects
        self._hidden = hidden

    @classmethod
    def of(cls, matrix: Matrix, uids: Sequence[str]) -> HistoryScreen:
        """The history of some projects of a matrix."""
        managed = matrix.managed
        chosen = {uid: managed[uid] for uid in uids if uid in managed}
        return cls(chosen, len(uids) - len(chosen))

    def on_mount(self) -> None:
        self._days = Days((self.app.session.now() - WEEK).date())
        self.show_log("")
        self.look()

    def columns(self) -> Sequence[Column]:
        return [replace(column, width=NARROW.get(column.key, column.width)) for column in history_columns()]

    def targets(self) -> Sequence[Target]:
        item = self.item()
        return (Target(item.project),) if item else ()

    def show_log(self, facts: str) -> None:
        self.show_where(_("History"), facts)

    def file_name(self) -> str:
        return _("history")

    async def actions(self) -> Sequence[str]:
        return [*ACTIONS]

    async def read(self, say: Say) -> Entries:
        from kobotui.api.history import histories

        kobo = await self.kobo()
        remarks: dict[str, None] = {}
        if self._projects is None:
            say(_("reading the list of projects ..."))
            matrix = await kobo.matrix()
            self._projects, self._hidden = matrix.managed, len(matrix.partly)
            if not matrix.whole:
                remarks[_("The list of projects is not complete.")] = None
        names, hidden, asked = self._projects, self._hidden, 0
        items: list[Logged] = []
        async for found in histories({uid: kobo.history(uid) for uid in names}, self.search()):
            asked += 1
            say(_("{n} of {count} projects ...").format(n=number(asked), count=number(len(names))))
            items += [Logged(found.uid, names[found.uid], entry) for entry in found.entries or ()]
            hidden += found.entries is None
            remarks |= dict.fromkeys([found.remark] * bool(found.remark))
        items.sort(key=lambda item: item.entry.date_created, reverse=True)
        if hidden:
            text = ngettext(
                "Incomplete: {n} project hides its history, since you do not manage it.",
                "Incomplete: {n} projects hide their history, since you do not manage them.",
                hidden,
            )
            remarks[text.format(n=hidden)] = None
        return Entries(items, len(items), " ".join(remarks))

    async def read_all(self, say: Say) -> Entries:
        return self.entries  # all that the server's filters let through has been read

    def do_open(self) -> None:
        """The activity of the project under the cursor."""
        if item := self.item():
            self.run_flow(self._open, item.uid)

    async def _open(self, uid: str) -> None:
        from kobotui.screens.places import project_screen

        project = await (await self.kobo()).projects.get(uid)
        self.app.push_screen(project_screen(project, "activity"))
