"""How far the records of a project are checked, by who sent them; counted as they come by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kobotui.model.submission import VALIDATION_UIDS

if TYPE_CHECKING:
    from kobotui.model.submission import Submission


class Checked(Struct, frozen=True):
    """The records of one sender, or of all of them."""

    username: str | None
    """None for nobody who logged in."""
    counts: tuple[int, ...]
    """By status, in the order of :data:`STATUSES`."""

    @property
    def records(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def left(self) -> int:
        """How many have no status."""
        return self.counts[0]

    @property
    def share(self) -> float:
        """The part of them that has a status."""
        return (self.records - self.left) / self.records if self.records else 0.0


STATUSES: tuple[str | None, ...] = (None, *VALIDATION_UIDS, "")
"""No status, those of KoboToolbox, and any other."""


class StatusCounts:
    """Counts by sender and status."""

    def __init__(self) -> None:
        self._counts: dict[str | None, Counter[str | None]] = {}

    def add(self, record: Submission) -> None:
        """One record more."""
        status = record.validation if record.validation in STATUSES else ""
        self._counts.setdefault(record.submitted_by, Counter())[status] += 1

    def by_sender(self) -> Sequence[Checked]:
        """Whoever sent records, those with the most left to check first."""
        found = [Checked(name, _in_order(counts)) for name, counts in self._counts.items()]
        return sorted(found, key=lambda one: (-one.left, -one.records, one.username or ""))

    def total(self) -> Checked:
        """All of them."""
        return Checked(None, _in_order(sum(self._counts.values(), Counter())))


def _in_order(counts: Counter[str | None]) -> tuple[int, ...]:
    return tuple(counts[status] for status in STATUSES)
