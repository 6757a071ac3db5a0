"""The filter and the order of a list of projects: both are our own, over all that is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from kobotui.locale import _
from kobotui.model.lists import project_sort_key
from kobotui.screens.base import KoboScreen

if TYPE_CHECKING:
    from kobotui.columns.cell import Column

FALLING = frozenset({"records", "last", "modified", "deployed", "created"})
"""Columns that are wanted with the greatest on top first."""


class ProjectOrder(KoboScreen):
    """The part of a list that asks for a filter and an order."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""
        """The filter."""
        self._order = ""
        """Key of the column, empty for the list's natural order."""
        self._descending = False

    def columns(self) -> tuple[Column, ...]:
        """The columns of the table."""
        raise NotImplementedError

    def show(self) -> None:
        """The rows as filter and order want them."""
        raise NotImplementedError

    def do_filter(self) -> None:
        """Filter as it is typed; enter keeps it, escape leaves the one before, or none when nothing is typed."""
        self.run_worker(self._filter, group="ask", exclusive=True)

    async def _filter(self) -> None:
        before = self._typed
        text = await self.ask("/", before, changed=self._filter_by)
        self._filter_by(text.strip() if text is not None else before if self._typed else "")

    def _filter_by(self, typed: str) -> None:
        if typed != self._typed:
            self._typed = typed
            self.show()

    def do_sort(self) -> None:
        """Sort by a column; by the same one again: the other way round."""
        self.run_worker(self._sort, group="ask", exclusive=True)

    async def _sort(self) -> None:
        from kobotui.widgets.picker import Choice, Picker

        now = _("now, falling; again: rising") if self._descending else _("now, rising; again: falling")
        choices = [Choice("", _("As the server sorts"), "" if self._order else _("now"))]
        choices += [
            Choice(column.key, column.heading, now if column.key == self._order else "")
            for column in self.columns()
            if _sortable(column.key)
        ]
        key = await self.app.push_screen_wait(Picker(_("Sort by"), choices, selected=self._order))
        if key is None:
            return
        self._descending = not self._descending if key and key == self._order else key in FALLING
        self._order = key
        self.table.columns = tuple(self._headed(column) for column in self.columns())
        self.show()

    def _headed(self, column: Column) -> Column:
        if column.key != self._order:
            return column
        return replace(column, heading=f"{column.heading} {'v' if self._descending else '^'}")


def _sortable(column: str) -> bool:
    try:
        project_sort_key(column, "")
    except KeyError:
        return False
    return True
