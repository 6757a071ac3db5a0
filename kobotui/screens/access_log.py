"""The account's own access log: when, by which means and from where it was used, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from kobotui.columns.history import access_log_cells, access_log_columns
from kobotui.columns.words import number
from kobotui.exports.history_file import ACCESS_HEADING, access_values
from kobotui.locale import _
from kobotui.screens.base import bindings
from kobotui.screens.log_list import Days, Entries, LogList, Say

if TYPE_CHECKING:
    from kobotui.api.access_log import AccessEntry
    from kobotui.columns.cell import Cell, Column

NEWEST = 1000
"""Entries that are shown while no day is asked for; the file has all of them."""


class AccessLogScreen(LogList):
    """The server heeds no search here: days are counted back to, everything else is ``/``."""

    place: ClassVar[str] = "access-log"
    BINDINGS = bindings("access-log")
    heading = ACCESS_HEADING

    def __init__(self) -> None:
        super().__init__()
        self._days = Days()

    def on_mount(self) -> None:
        self.show_log("")
        self.look()

    def show_log(self, facts: str) -> None:
        self.show_where(_("Access log"), facts)

    def file_name(self) -> str:
        return _("access log")

    def columns(self) -> Sequence[Column]:
        return access_log_columns()

    def cells(self, item: AccessEntry) -> Sequence[Cell]:
        now = self.app.session.now()
        return access_log_cells(item.date_created, item.count, item.means, item.ip_address, item.source, now)

    def values(self, item: AccessEntry) -> tuple[Any, ...]:
        return access_values(item)

    def raw(self) -> object | None:
        import msgspec

        item = self.item()
        return msgspec.to_builtins(item) if item else None

    def chips(self) -> list[str]:
        return self._days.chips

    async def narrow(self) -> bool:
        days = await self.ask_days(self._days)
        if days is not None:
            self._days = days
        return days is not None

    async def read(self, say: Say) -> Entries:
        if any(self._days):
            return await self.read_all(say)
        page = await (await self.kobo()).access_log.page(limit=NEWEST)
        return Entries(page.items, page.count)

    async def read_all(self, say: Say) -> Entries:
        since, until = self._days
        walk = (await self.kobo()).access_log.walk(datetime.combine(since, time(), UTC) if since else None)
        items: list[AccessEntry] = []
        async for page in walk:
            items += [one for one in page if until is None or one.date_created.astimezone(UTC).date() <= until]
            say(_("{n} entries ...").format(n=number(len(items))))
        incomplete = walk.statement is not None and not walk.statement.complete
        return Entries(items, len(items), walk.statement.sentence if incomplete and walk.statement else "")
