"""What was done to one record before, as the journal knows it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct

from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import State
from kobotui.changes.submissions import EditAnswers

_MOST = 500
"""Changes of one record that are looked at."""
_change = msgspec.json.Decoder(AnyChange)


class Earlier(Struct, frozen=True):
    """The last correction of one answer."""

    account: str
    """The account's name on this machine."""
    when: str
    """ISO 8601, UTC."""
    before: str | None
    now: str | None
    """What it was changed to."""


class _Past(Journal):
    """The journal, asked about one record."""

    def done_to(self, server: str, record: int) -> list[tuple[str, str, AnyChange]]:
        """Account, end and change of what was done to it, and to what else has its number; the newest first."""
        rows = self._rows(
            "SELECT job.account, change.ended, change.change FROM change JOIN job ON job.id = change.job"
            " WHERE job.server = ? AND change.state = ? AND instr(change.change, ?)"
            " ORDER BY change.job DESC, change.position DESC LIMIT ?",
            *(server, State.DONE, f'"record":{record},', _MOST),
        )
        with self._reading():
            return [(account, ended or "", _change.decode(change)) for account, ended, change in rows]


def earlier_answers(journal: Path, server: str, project: str, record: int) -> dict[str, Earlier]:
    """The corrections of one record's answers that were made, by path with positions; the newest of each.

    Raises ``JournalError``.
    """
    found: dict[str, Earlier] = {}
    with closing(_Past(journal)) as past:
        for account, when, change in past.done_to(server, record):
            if isinstance(change, EditAnswers) and (change.project, change.record) == (project, record):
                for path, now in change.after.items():
                    found.setdefault(path, Earlier(account, when, change.before.get(path), now))
    return found
