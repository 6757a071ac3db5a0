"""What others did to a team while we wrote it: from the project's history, to be given back.

A team write replaces the whole team, so a grant somebody else made between our reading and our writing is
removed by it, and what they took away comes back; the server says nothing. Its history does: per user, what was
added and removed. Only the removal of all of a user's rights in one call leaves no entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kobotui.columns.words import user_label
from kobotui.locale import _
from kobotui.model.access import PARTIAL, PUBLIC, Rights, Rule, rules_of, settled

if TYPE_CHECKING:
    from kobotui.api.history import HistoryEntry, HistoryService
    from kobotui.changes.access import SetAccess

ENTRIES = "metadata__log_subtype:permission"
MOMENT = timedelta(seconds=2)
"""The entries of one write lie within this time."""
PUBLIC_ACTIONS = {
    "share-form-publicly": ("view_asset", True),
    "unshare-form-publicly": ("view_asset", False),
    "share-data-publicly": ("view_submissions", True),
    "unshare-data-publicly": ("view_submissions", False),
    "allow-anonymous-submissions": ("add_submissions", True),
    "disallow-anonymous-submissions": ("add_submissions", False),
}
"""How the history speaks of the public: the right, and whether it was given."""


class Move(Struct, frozen=True):
    """One entry: what came and went for one user."""

    username: str
    by: str
    moment: datetime
    added: frozenset[str]
    removed: frozenset[str]
    """``PARTIAL`` among them where the row rules went."""
    rules: tuple[Rule, ...] = ()
    """The row rules that were set; empty where they stayed."""

    @property
    def of_rules(self) -> bool:
        """Whether row rules were set or went."""
        return bool(self.rules) or PARTIAL in self.removed

    def on(self, held: Rights) -> Rights:
        """What is held afterwards."""
        return Rights((held.full | self.added) - self.removed, self.rules if self.of_rules else held.rules)

    def back(self, held: Rights, rules: tuple[Rule, ...]) -> Rights:
        """What was held before; ``rules`` were the row rules, where this is about them."""
        full = (held.full - self.added) | (self.removed - {PARTIAL})
        return Rights(full, rules if self.of_rules else held.rules)


class TeamHistory:
    """The permission entries of one project's history, from a moment on."""

    def __init__(self, history: HistoryService, since: str = "") -> None:
        """``since``: what ``begin`` returned in an earlier run."""
        self._history = history
        self._before = int(since) if since else None

    async def begin(self) -> str:
        """Note how many entries there are; without the right to read the history nothing can be given back."""
        from kobotui.api.errors import NotAllowed

        try:
            self._before = (await self._history.page(q=ENTRIES, limit=1)).count
        except NotAllowed:
            self._before = None
        return "" if self._before is None else str(self._before)

    async def moves(self, expected: int) -> list[Move]:
        """What happened since ``begin``, the oldest first; ``expected``: how many entries our own writes make."""
        from kobotui.api.errors import NotAllowed

        if self._before is None:
            return []
        try:
            page = await self._history.page(q=ENTRIES, limit=min(expected + 5, 1000))
        except NotAllowed:  # who has just given up managing reads no history any more
            return []
        if (new := page.count - self._before) > len(page.items):
            page = await self._history.page(q=ENTRIES, limit=min(new, 1000))
        return [move for entry in reversed(page.items[: max(new, 0)]) if (move := _move(entry))]


def _move(entry: HistoryEntry) -> Move | None:
    by = entry.username or ""
    if public := PUBLIC_ACTIONS.get(entry.action):
        codename, given = public
        one, none = frozenset({codename}), frozenset[str]()
        return Move(PUBLIC, by, entry.date_created, one if given else none, none if given else one)
    permissions = entry.metadata.get("permissions")
    if not isinstance(permissions, Mapping) or not isinstance(permissions.get("username"), str):
        return None
    added = _list(permissions.get("added"))
    partial = {item["code"]: _list(item.get("filters")) for item in added if isinstance(item, dict) and "code" in item}
    return Move(
        permissions["username"],
        by,
        entry.date_created,
        frozenset(code for code in added if isinstance(code, str)) - {PARTIAL},
        frozenset(code for code in _list(permissions.get("removed")) if isinstance(code, str)),
        rules_of(partial),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def of_others(before: Rights, moves: Sequence[Move], user: str, writer: str, asset_type: str) -> Rights:
    """What a user would hold had only others acted."""
    theirs = [move for move in moves if move.username == user and move.by != writer]
    held = before
    for move in theirs:
        held = move.on(held)
    return settled(held, asset_type) if theirs else before


def before_team_write(
    now: Mapping[str, Rights], changes: Sequence[SetAccess], moves: Sequence[Move], writer: str, *, sure: bool
) -> dict[str, Rights]:
    """What users whom a team write altered would hold without it, as far as others took part.

    ``now``: the team after the write of ``changes``; ``sure``: it has certainly happened, even if no entry shows it.
    """
    planned = {change.username: change for change in changes}
    moments = [move.moment for move in moves if move.by == writer and move.username in planned]
    if not moments and not sure:
        return {}
    found = {}
    for user in {move.username for move in moves}:
        own = [move for move in moves if move.username == user]
        change = planned.get(user)
        before, after = (change.before, change.after) if change else (Rights(), now.get(user, Rights()))
        if (place := _own_write(own, moments, writer)) is None:
            held = of_others(before, own, user, writer, changes[0].asset_type) if change else after
            if change and held != before:
                found[user] = held
            continue
        rules = () if own[place].added & before.full else before.rules  # had nothing left when we wrote
        for move in own[:place]:
            rules = move.rules if move.of_rules else rules
        held = own[place].back(after, rules)
        if change and held == before:
            continue
        for move in own[place + 1 :]:
            held = move.on(held)
        found[user] = settled(held, changes[0].asset_type)
    return found


def _own_write(own: Sequence[Move], moments: Sequence[datetime], writer: str) -> int | None:
    """Which of one user's moves is the team write's: moments are when it altered users of the plan."""
    for place in reversed(range(len(own))):
        near = not moments or any(abs(own[place].moment - moment) <= MOMENT for moment in moments)
        if near and own[place].by == writer:
            return place
    return None


def given_back(usernames: Iterable[str]) -> str:
    """The report, empty when nobody was concerned."""
    names = ", ".join(user_label(name) for name in usernames)
    return (
        _("Changed by somebody else meanwhile and left as they made it: {names}").format(names=names) if names else ""
    )
