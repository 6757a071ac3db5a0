"""What others did to a team while we wrote it: from the project's history, and given back.

A team write replaces the whole team, so a grant somebody else made between our reading and our writing is
removed by it, and the server says nothing. Its history does: per user, what was added and removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kobotui.locale import _
from kobotui.model.access import PARTIAL, Grant, Rights, partial_body, rights_to_calls, rules_of, settled

if TYPE_CHECKING:
    from kobotui.api.access import AccessService
    from kobotui.api.history import HistoryEntry, HistoryService

CHANGES = "action:modify-user-permissions"


class TeamHistory:
    """The permission entries of one project's history, from a moment on."""

    def __init__(self, history: HistoryService) -> None:
        self._history = history
        self._before: int | None = None

    async def begin(self) -> None:
        """Note how many entries there are; without the right to read the history nothing can be given back."""
        from kobotui.api.errors import NotAllowed

        try:
            self._before = (await self._history.page(q=CHANGES, limit=1)).count
        except NotAllowed:
            self._before = None

    async def give_back(self, access: AccessService, *, except_for: set[str]) -> list[str]:
        """Undo what our write did to users outside the plan whom somebody else changed meanwhile; their names."""
        from kobotui.api.errors import NotFound

        if self._before is None:
            return []
        page = await self._history.page(q=CHANGES, limit=1)
        new = page.count - self._before
        if new <= 0:
            return []
        entries = (await self._history.page(q=CHANGES, limit=min(new, 1000))).items
        lost, returned = _crossed(entries[::-1], except_for)
        for username, held in lost.items():
            for call in rights_to_calls(Rights(), held):
                if isinstance(call, Grant):
                    await access.grant(username, call.codename, partial_body(call.rules) or None)
        for username, codenames in returned.items():
            for row in await access.read():
                if row.username == username and row.codename in codenames:
                    with suppress(NotFound):  # it went with another row
                        await access.revoke(row.uid)
        return sorted({*lost, *returned})


def _crossed(entries: Sequence[HistoryEntry], except_for: set[str]) -> tuple[dict[str, Rights], dict[str, set[str]]]:
    """By user: rights that were added and then removed, and codenames that were removed and then added.

    Entries are the oldest first; the last of each kind is our own write.
    """
    held: dict[str, dict[str, Any]] = {}
    lost: dict[str, dict[str, Any]] = {}
    gone: dict[str, set[str]] = {}
    returned: dict[str, set[str]] = {}
    for entry in entries:
        permissions = entry.metadata.get("permissions")
        if not isinstance(permissions, Mapping):
            continue
        username = permissions.get("username")
        if not isinstance(username, str) or username in except_for:
            continue
        mine = held.setdefault(username, {})
        for added in _list(permissions.get("added")):
            code = added if isinstance(added, str) else PARTIAL
            if code in gone.get(username, ()):
                returned.setdefault(username, set()).add(code)
            if isinstance(added, str):
                mine[added] = None
            elif isinstance(added, Mapping) and isinstance(added.get("code"), str):
                mine.setdefault(PARTIAL, {})[added["code"]] = _list(added.get("filters"))
        for removed in _list(permissions.get("removed")):
            if removed in mine:
                lost.setdefault(username, {})[removed] = mine.pop(removed)
            else:
                gone.setdefault(username, set()).add(removed)
    return {username: _rights(codes) for username, codes in lost.items()}, returned


def _rights(codes: Mapping[str, Any]) -> Rights:
    rules = codes.get(PARTIAL)
    full = frozenset(code for code in codes if code != PARTIAL)
    return settled(Rights(full, rules_of(rules) if isinstance(rules, Mapping) else ()))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def given_back(usernames: Iterable[str]) -> str:
    """The report, empty when nobody was concerned."""
    names = ", ".join(usernames)
    return (
        _("Changed by somebody else meanwhile and left as they made it: {names}").format(names=names) if names else ""
    )
