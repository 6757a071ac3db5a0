"""Which columns of a table of records are shown, in which order, and how many of them stay at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class ColumnChoice(Struct, frozen=True, kw_only=True):
    """What somebody chose, by the keys of columns; keys that the form does not have now are kept for when it does."""

    order: tuple[str, ...] = ()
    """Empty: the form's order."""
    hidden: tuple[str, ...] = ()
    frozen: str = "_id"
    """The last column that stays when the table moves sideways; empty: none does."""
    groups: bool = False
    """Whether the groups of questions stand above the headings."""

    def arranged(self, keys: Sequence[str]) -> list[str]:
        """All of a form's columns in the order chosen; those that are new in it behind the one before them."""
        there = set(keys)
        found = [key for key in dict.fromkeys(self.order) if key in there]
        chosen = set(found)
        for place, key in enumerate(keys):
            if key not in chosen:
                found.insert(found.index(keys[place - 1]) + 1 if place else 0, key)
        return found

    def shown(self, keys: Sequence[str]) -> list[str]:
        """The columns that are shown; the first one when none would be."""
        arranged, hidden = self.arranged(keys), set(self.hidden)
        return [key for key in arranged if key not in hidden] or arranged[:1]

    def frozen_count(self, keys: Sequence[str]) -> int:
        """How many of the columns that are shown stay at the left."""
        arranged = self.arranged(keys)
        if self.frozen not in arranged:
            return 0
        before = set(arranged[: arranged.index(self.frozen) + 1])
        return sum(key in before for key in self.shown(keys))

    def moved(self, keys: Sequence[str], key: str, by: int) -> ColumnChoice:
        """With one column further to the right, or to the left."""
        order = self.arranged(keys)
        place = order.index(key)
        order.insert(max(0, place + by), order.pop(place))
        absent = [known for known in self.order if known not in set(keys)]
        return replace(self, order=(*order, *absent))

    def showing(self, keys: Sequence[str], shown: Collection[str]) -> ColumnChoice:
        """With these of a form's columns, and no others."""
        absent = [key for key in self.hidden if key not in set(keys)]
        return replace(self, hidden=(*(key for key in keys if key not in shown), *absent))
