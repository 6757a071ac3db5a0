"""The journal: what was planned, what was applied, and what was there before. SQLite, private, on disk.

One thread writes (the job thread, or the command line's main thread); screens read through a
connection of their own. It holds no secret: an account is named, its token is looked up elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.locale import _
from kobotui.paths import LocalError, private_dir, write_private

VERSION = 1
_SCHEMA = """
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    account TEXT NOT NULL,
    server TEXT NOT NULL,
    warnings TEXT NOT NULL,
    created TEXT NOT NULL,
    ended TEXT
) STRICT;
CREATE TABLE change (
    job INTEGER NOT NULL REFERENCES job,
    position INTEGER NOT NULL,
    step INTEGER NOT NULL,
    change TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    started TEXT,
    ended TEXT,
    PRIMARY KEY (job, position)
) STRICT;
"""

_plan_change = msgspec.json.Decoder(AnyChange)
_outcome = msgspec.json.Decoder(Outcome)


class JournalError(LocalError):
    """The journal cannot be used; the message is a sentence."""


class Entry(Struct, frozen=True):
    """One change as the journal knows it."""

    position: int
    step: int
    change: AnyChange
    outcome: Outcome
    started: str | None
    ended: str | None


class JobEntry(Struct, frozen=True):
    """One job as the journal lists it; times are ISO 8601, UTC."""

    id: int
    title: str
    account: str
    server: str
    created: str
    ended: str | None
    total: int
    done: int
    failed: int


class Journal:
    """One connection to the journal; use it in one thread."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal at ``path``; raises ``JournalError``."""
        private_dir(path.parent)
        if not path.exists():
            write_private(path, b"")
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._prepare(path)
        except sqlite3.DatabaseError as error:
            raise JournalError(
                _("The journal {path} cannot be used: {error}.").format(path=path, error=error)
            ) from error

    def _prepare(self, path: Path) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise JournalError(_("The journal {path} was written by a newer kobotui.").format(path=path))
        if found == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def begin(self, plan: Plan, steps: Sequence[Sequence[int]]) -> int:
        """Write down a whole plan before anything is sent; ``steps`` are positions of changes. The job's id."""
        with self._transaction():
            job = self._db.execute(
                "INSERT INTO job (title, account, server, warnings, created) VALUES (?, ?, ?, ?, ?)",
                (plan.title, plan.account, plan.server, msgspec.json.encode(plan.warnings).decode(), _now()),
            ).lastrowid
            self._db.executemany(
                "INSERT INTO change (job, position, step, change, state) VALUES (?, ?, ?, ?, ?)",
                [
                    (job, position, step, msgspec.json.encode(plan.changes[position]).decode(), State.WAITING)
                    for step, positions in enumerate(steps)
                    for position in positions
                ],
            )
        assert job is not None
        return job

    def started(self, job: int, step: int) -> None:
        """A step is about to be sent."""
        self._db.execute(
            "UPDATE change SET state = ?, started = ? WHERE job = ? AND step = ?", (State.RUNNING, _now(), job, step)
        )

    def settled(self, job: int, positions: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        """A step has come to its end: what became of its changes."""
        with self._transaction():
            self._db.executemany(
                "UPDATE change SET state = ?, outcome = ?, ended = ? WHERE job = ? AND position = ?",
                [
                    (outcome.state, msgspec.json.encode(outcome).decode(), _now(), job, position)
                    for position, outcome in zip(positions, outcomes, strict=True)
                ],
            )

    def ended(self, job: int) -> None:
        """The job runs no longer."""
        self._db.execute("UPDATE job SET ended = ? WHERE id = ?", (_now(), job))

    def jobs(self, limit: int = 200) -> list[JobEntry]:
        """The newest jobs first."""
        rows = self._db.execute(
            "SELECT id, title, account, server, created, ended,"
            " (SELECT count(*) FROM change WHERE job = job.id),"
            " (SELECT count(*) FROM change WHERE job = job.id AND state = 'done'),"
            " (SELECT count(*) FROM change WHERE job = job.id AND state IN ('failed', 'conflict', 'doubt'))"
            " FROM job ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [JobEntry(*row) for row in rows]

    def entries(self, job: int) -> list[Entry]:
        """The changes of a job in the plan's order."""
        rows = self._db.execute(
            "SELECT position, step, change, state, outcome, started, ended FROM change WHERE job = ? ORDER BY position",
            (job,),
        )
        return [
            Entry(
                position,
                step,
                _plan_change.decode(change),
                _outcome.decode(outcome) if outcome else Outcome(State(state)),
                started,
                ended,
            )
            for position, step, change, state, outcome, started, ended in rows
        ]

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK when something is raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
