"""A plan: an ordered set of changes for one account, reviewed as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from kobotui.changes.kinds import AnyChange
from kobotui.model.tier import Tier

BULK_AT = 10
"""From more than this many changes on, the number must be typed."""


class Plan(Struct, frozen=True, kw_only=True):
    """What shall be done, on which server, as whom."""

    title: str
    account: str
    """Name of the account; the token is looked up again when the plan is applied."""
    server: str
    changes: tuple[AnyChange, ...]
    warnings: tuple[str, ...] = ()
    """Warnings of the whole, besides those of each change."""

    @property
    def tier(self) -> Tier:
        """The highest danger of its changes; many at once are one step more dangerous."""
        highest = max((change.tier for change in self.changes), default=Tier.READ)
        return Tier.BULK if len(self.changes) > BULK_AT and highest > Tier.REVERSIBLE else highest

    @property
    def destroys(self) -> int:
        """How many things the server has no more afterwards."""
        return sum(change.destroys for change in self.changes)

    @property
    def small(self) -> bool:
        """Whether one line at the foot of the screen is review enough."""
        if len(self.changes) != 1 or self.tier != Tier.REVERSIBLE or self.all_warnings:
            return False
        return not self.changes[0].differences()

    @property
    def all_warnings(self) -> tuple[str, ...]:
        """Its own warnings and those of its changes, each once, in order."""
        found = (*self.warnings, *(w for change in self.changes for w in change.warnings()))
        return tuple(dict.fromkeys(found))

    def must_type(self, *, production: bool) -> str | None:
        """The number that has to be typed before this is applied, None when none has to be."""
        if self.destroys:
            return str(self.destroys)
        if self.tier == Tier.BULK or production:
            return str(len(self.changes))
        return None

    def without(self, dropped: Iterable[int]) -> Plan:
        """The plan without the changes at these positions."""
        gone = frozenset(dropped)
        kept = tuple(change for i, change in enumerate(self.changes) if i not in gone)
        return structs.replace(self, changes=kept)
