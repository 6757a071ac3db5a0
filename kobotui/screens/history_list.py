"""What is the same for one project's history and for that of many: how an entry looks, and the server's filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.columns.history import action_label, history_cells, history_columns
from kobotui.exports.history_file import HEADING, history_values
from kobotui.locale import _
from kobotui.screens.log_list import Days, LogList
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from kobotui.api.history import HistoryEntry
    from kobotui.columns.cell import Cell, Column

RIGHTS = "permission"
"""The server's word for entries that concern rights; as a choice among actions it is no action."""


class Logged(NamedTuple):
    """An entry, and the project it belongs to."""

    uid: str
    project: str
    entry: HistoryEntry


class HistoryList(LogList):
    """Its items are :class:`Logged`."""

    heading = HEADING

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._action = self._user = ""
        self._days = Days()

    async def actions(self) -> Sequence[str]:
        """The kinds of action that may be asked for. Raises ``KoboError``."""
        raise NotImplementedError

    def columns(self) -> Sequence[Column]:
        return history_columns()

    def cells(self, item: Logged) -> Sequence[Cell]:
        entry = item.entry
        who, now = entry.username or "", self.app.session.now()
        return history_cells(entry.date_created, who, entry.action, item.project, entry.metadata, now)

    def values(self, item: Logged) -> tuple[Any, ...]:
        return history_values(item.uid, item.project, item.entry)

    def raw(self) -> object | None:
        import msgspec

        item = self.item()
        return msgspec.to_builtins(item.entry) if item else None

    # The server's filters

    def search(self) -> str | None:
        """In the server's language."""
        from kobotui.api.history import history_query

        rights = self._action == RIGHTS
        actions = [self._action] if self._action and not rights else []
        return history_query(actions, *self._days, self._user or None, RIGHTS if rights else None)

    def chips(self) -> list[str]:
        action = _("rights") if self._action == RIGHTS else action_label(self._action)
        return [action] * bool(self._action) + [self._user] * bool(self._user) + self._days.chips

    async def narrow(self) -> bool:
        actions = sorted(await self.actions())
        choices = [Choice("", _("everything")), Choice(RIGHTS, _("all that concerns rights"))]
        choices += [Choice(name, action_label(name), name) for name in actions]
        action = await self.app.push_screen_wait(Picker(_("What was done"), choices, selected=self._action))
        if action is None:
            return False
        people = sorted({item.entry.username for item in self.entries.items if item.entry.username})
        user = await self.ask(_("by (empty: anybody)"), self._user, complete=people, check=_no_name)
        if user is None or (days := await self.ask_days(self._days)) is None:
            return False
        self._action, self._user, self._days = action, user.strip(), days
        return True


def _no_name(text: str) -> str | None:
    from kobotui.api.history import history_query

    try:
        history_query(user=text.strip() or None)
    except ValueError:
        return _("The server cannot search for this name.")
    return None
