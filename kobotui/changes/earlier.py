"""What was done to one record before, as the journal knows it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from kobotui.changes.journal import opened
from kobotui.changes.submissions import EditAnswers


class Earlier(Struct, frozen=True):
    """The last correction of one answer."""

    account: str
    """The account's name on this machine."""
    when: str
    """ISO 8601, UTC."""
    before: str | None
    now: str | None
    """What it was changed to."""


def earlier_answers(journal: Path, server: str, project: str, record: int) -> dict[str, Earlier]:
    """The corrections of one record's answers that were made, by path with positions; the newest of each.

    Raises ``JournalError``.
    """
    found: dict[str, Earlier] = {}
    with opened(journal) as reading:
        for account, when, change in reading.done_to(server, record):
            if isinstance(change, EditAnswers) and (change.project, change.record) == (project, record):
                for path, now in change.after.items():
                    found.setdefault(path, Earlier(account, when, change.before.get(path), now))
    return found
