"""What there is to do for a file of records, row by row, and the plan of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import EditAnswers
from kobotui.locale import _, ngettext

if TYPE_CHECKING:
    from kobotui.model.account import Account


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CORRECTION = "correction"
    SAME = "same"
    """It says what the record says."""
    THERE = "there"
    """A new record that was brought in before."""
    CORRECTED = "corrected"
    """The same, and somebody corrected it since: it is left alone."""
    DELETED = "deleted"
    """A record that was brought in before, or was there, and was deleted since."""
    CONFLICT = "conflict"
    """The record was corrected since the file was written, or is gone."""


class RowFate(NamedTuple):
    """A row of the file and what becomes of it."""

    line: int
    fate: Fate
    text: str
    """What it is about, in words."""


class BroughtIn(Struct, frozen=True, kw_only=True):
    """What there is to do for a file, or why nothing of it is done."""

    rows: tuple[RowFate, ...]
    changes: tuple[SubmitRecord | EditAnswers, ...]
    deleted: tuple[SubmitRecord, ...]
    """Those that were deleted since: whether they come back is for somebody to say."""
    problems: tuple[str, ...]
    """What keeps the whole file from being brought in; the first ones."""
    problem_count: int
    needs_folder: bool
    """Answers name files, and no folder was given to look for them."""
    unknown: tuple[str, ...]
    """Columns that are nothing of the form."""
    notes: tuple[str, ...]
    """What is good to know."""

    def count(self, fate: Fate) -> int:
        """How many rows there are of a kind."""
        return sum(row.fate is fate for row in self.rows)


def plan_of(found: BroughtIn, file: str, account: Account, *, again: bool) -> Plan:
    """The plan of what was found; ``again``: those that were deleted since come back, too."""
    warnings = []
    if n := found.count(Fate.CONFLICT):
        text = ngettext("{n} row is a conflict and left out.", "{n} rows are conflicts and left out.", n)
        warnings.append(text.format(n=n))
    if n := found.count(Fate.CORRECTED):
        text = ngettext(
            "{n} row is there already and was corrected since: it is left as it is.",
            "{n} rows are there already and were corrected since: they are left as they are.",
            n,
        )
        warnings.append(text.format(n=n))
    if n := len(found.deleted):
        text = (
            ngettext("{n} record that was deleted comes back.", "{n} records that were deleted come back.", n)
            if again
            else ngettext(
                "{n} row was deleted since: it is left out.", "{n} rows were deleted since: they are left out.", n
            )
        )
        warnings.append(text.format(n=n))
    return Plan(
        title=_("Bring in {file}").format(file=file),
        account=account.name,
        server=account.server,
        changes=(*found.changes, *(found.deleted if again else ())),
        warnings=tuple(warnings),
    )
