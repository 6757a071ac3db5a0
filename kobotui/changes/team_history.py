"""What others did to a team while we wrote it: from the project's history, to be left as they made it.

A team write replaces the whole team, so a grant somebody else made between our reading and our writing is
removed by it, and what they took away comes back; the server says nothing. Its history does: per user, what was
added and removed. Only the removal of all of a user's rights in one call leaves no entry of its own; it shows
in ours, which then adds what was there when we read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kobotui.changes.history import count_of
from kobotui.columns.words import user_label
from kobotui.locale import _
from kobotui.model.access import CONTRADICTS, NOTHING, PARTIAL, PUBLIC, REVOKES, Rights, Rule, rules_of, settled

if TYPE_CHECKING:
    from kobotui.api.history import HistoryEntry, HistoryService

ENTRIES = "metadata__log_subtype:permission"
MOST = 1000
"""Entries that are read; of more changes to one team in one moment the oldest are not seen."""
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
        """What is held afterwards: what needs a removed right goes with it, what contradicts a new one, too."""
        gone = self.removed.union(*(REVOKES.get(codename, frozenset()) for codename in self.removed))
        new = self.added | {PARTIAL} if self.rules else self.added
        gone |= frozenset[str]().union(*(CONTRADICTS.get(codename, frozenset()) for codename in new))
        rules = () if PARTIAL in gone else held.rules
        return Rights((held.full - gone) | self.added, self.rules or rules)

    def back(self, held: Rights, rules: tuple[Rule, ...]) -> Rights:
        """What was held before; ``rules`` are the last ones known, where this is about them."""
        full = (held.full - self.added) | (self.removed - {PARTIAL})
        if not self.of_rules:
            return Rights(full, held.rules)
        there = "view_asset" in full and rules != self.rules  # the history does not tell of what was so before
        return Rights(full, rules if there else ())

    def gives(self, held: Rights) -> bool:
        """Whether it gives what would be held already: then it had gone before, and nobody told of that."""
        return bool(self.added & held.full) or (bool(self.rules) and self.rules == held.rules)

    def writes(self, held: Rights) -> bool:
        """Whether it can be the writing of these rights."""
        rules = not self.of_rules or held.rules == self.rules
        return rules and self.added <= held.full | _along(held) and not self.removed & held.held


def _along(written: Rights) -> frozenset[str]:
    """What a team write may give besides: adding comes along with a rule for editing."""
    return frozenset({"add_submissions"} if written.rule("change_submissions") else ())


def _is_written(held: Rights, written: Rights) -> bool:
    """Whether these rights are what was written."""
    return held.rules == written.rules and written.full <= held.full <= written.full | _along(written)


class TeamHistory:
    """The permission entries of one project's history, from a moment on."""

    def __init__(self, history: HistoryService, since: int | None = None) -> None:
        """``since``: what ``begin`` returned in an earlier run."""
        self._history = history
        self._before = since

    @property
    def readable(self) -> bool:
        """Whether the history tells us anything."""
        return self._before is not None

    async def begin(self) -> int | None:
        """Note how many entries there are; None without the right to read them: nothing can be given back then."""
        self._before = await count_of(self._history, ENTRIES)
        return self._before

    async def moves(self, expected: int) -> list[Move]:
        """What happened since ``begin``, the oldest first; ``expected``: how many entries our own writes make."""
        from kobotui.api.errors import NotAllowed, NotFound

        if self._before is None:
            return []
        try:
            page = await self._history.page(q=ENTRIES, limit=min(expected + 5, MOST))
            if (new := page.count - self._before) > len(page.items):
                page = await self._history.page(q=ENTRIES, limit=min(new, MOST))
        except (NotAllowed, NotFound):  # by our own change
            return []
        return [move for entry in reversed(page.items[: max(new, 0)]) if (move := _move(entry))]


def _move(entry: HistoryEntry) -> Move | None:
    by = entry.username or ""
    if public := PUBLIC_ACTIONS.get(entry.action):
        codename, given = public
        one, none = frozenset({codename}), frozenset[str]()
        return Move(PUBLIC, by, one if given else none, none if given else one)
    permissions = entry.metadata.get("permissions")
    if not isinstance(permissions, Mapping) or not isinstance(permissions.get("username"), str):
        return None
    added = _list(permissions.get("added"))
    partial = {item["code"]: _list(item.get("filters")) for item in added if isinstance(item, dict) and "code" in item}
    return Move(
        permissions["username"],
        by,
        frozenset(code for code in added if isinstance(code, str)) - {PARTIAL},
        frozenset(code for code in _list(permissions.get("removed")) if isinstance(code, str)),
        rules_of(partial),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


class Share(Struct, frozen=True):
    """What others have made of one user's rights meanwhile."""

    theirs: Rights
    """What is held without our writes."""
    expected: Rights | None
    """What is held with them, by all that the history tells; None where it does not tell."""

    def covers(self, now: Rights) -> bool:
        """Whether nothing has happened besides what is known: then what is theirs can be given back."""
        return self.expected in (None, now)


def told(read: Rights, moves: Sequence[Move]) -> Rights:
    """What is held by all that the history tells of a user since the rights were read."""
    for move in moves:
        read = move.on(read)
    return read


def share_in_calls(read: Rights, moves: Sequence[Move], writer: str, asset_type: str, *, seen: bool) -> Share | None:
    """What others had to do with one user's rights while we sent single calls for that user; None for nothing.

    ``read``: the rights as we read them; ``moves``: of this user, since before that; ``seen``: the history tells of
    our calls.
    """
    theirs = expected = read
    took_part = False
    for move in moves:
        if move.by != writer:
            theirs, took_part = move.on(theirs), True
        elif seen and move.gives(expected):  # somebody has removed all there was
            theirs, expected, took_part = NOTHING, NOTHING, True
        expected = move.on(expected)
    return Share(settled(theirs, asset_type), expected if seen else None) if took_part else None


def share_in_team_write(
    read: Rights, written: Rights, moves: Sequence[Move], writer: str, asset_type: str
) -> Share | None:
    """What others had to do with one user's rights while we wrote the whole team; None for nothing.

    ``written``: the rights that we wrote for this user.
    """
    theirs = expected = read
    took_part = False
    ours = [move for move in moves if move.by == writer and move.writes(written)]
    if not ours and written != read and all(move.by == writer for move in moves):
        return None  # the server made something else of it
    for move in moves:
        if move in ours:
            if move is not ours[0]:
                continue
            after = told(expected, ours)
            if not _is_written(after, written) or any(part.gives(expected) for part in ours):  # something was not told
                after = theirs = Rights(written.full.union(*(part.added for part in ours)), written.rules)
                for part in ours:
                    theirs = part.back(theirs, expected.rules)
                took_part = True
            expected = after
            continue
        theirs, expected, took_part = move.on(theirs), move.on(expected), True
    return Share(settled(theirs, asset_type), expected) if took_part else None


def names_of(usernames: Iterable[str]) -> str:
    """Users as they are named in a report."""
    return ", ".join(user_label(name) for name in sorted(usernames))


def given_back(usernames: Iterable[str]) -> str:
    """The report, empty when nobody was concerned."""
    if not (names := names_of(usernames)):
        return ""
    return _("Changed by somebody else meanwhile and left as they made it: {names}").format(names=names)
