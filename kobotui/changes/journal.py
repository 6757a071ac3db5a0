"""The journal: what was planned, what was applied, and what was there before. SQLite, private, on disk.

One thread writes (the job thread, or the command line's main thread); screens read through a
connection of their own. It holds no secret: an account is named, its token is looked up elsewhere.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.locale import _
from kobotui.paths import LocalError, private_dir, write_private

_VERSIONS = (
    """
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
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    position INTEGER NOT NULL,
    step INTEGER NOT NULL,
    change TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    started TEXT,
    ended TEXT,
    PRIMARY KEY (job, position)
) STRICT;
""",
    """
ALTER TABLE job ADD COLUMN mark TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN undoes INTEGER;
CREATE TABLE note (
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    step INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (job, step)
) STRICT;
""",
)
"""What each version of the journal added; an older journal is brought up to date when it is opened."""
VERSION = len(_VERSIONS)

_one_change = msgspec.json.Decoder(AnyChange)
_outcome = msgspec.json.Decoder(Outcome)
_warnings = msgspec.json.Decoder(tuple[str, ...])


class JournalError(LocalError):
    """The journal cannot be used; the message is a sentence."""


class UnknownJob(JournalError):
    """The journal has no such job."""

    def __init__(self, job: int) -> None:
        super().__init__(_("The journal has no job {id}.").format(id=job))


class Entry(Struct, frozen=True):
    """One change as the journal knows it; times are ISO 8601, UTC."""

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
    mark: str
    """Names the job on the server and among processes."""
    undoes: int | None
    """The job this one took back."""
    total: int
    done: int
    failed: int
    conflicts: int
    doubtful: int

    @property
    def open(self) -> int:
        """Changes that have not come to an end, or to none that is certain."""
        return self.total - self.done - self.failed - self.conflicts


_LIST = """
SELECT id, title, account, server, created, ended, mark, undoes,
 (SELECT count(*) FROM change WHERE job = job.id),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'done'),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'failed'),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'conflict'),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'doubt')
FROM job
"""


class Journal:
    """One connection to the journal; use it in one thread."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal at ``path``; raises ``JournalError``."""
        private_dir(path.parent)
        if not path.exists():
            write_private(path, b"")
        self.path = path
        self.warning = ""
        """What does not work where the journal is kept, in a sentence; empty when all is well."""
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._choose_mode()
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._bring_up_to_date()
        except sqlite3.Error as error:
            raise _unusable(path, error) from error

    def _choose_mode(self) -> None:
        """Readers beside a writer where the file system can; else (NFS) a journal that is rolled back."""
        mode = self._db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            self._db.execute("PRAGMA journal_mode=DELETE")
            text = _("The journal {path} is on a file system without shared memory: one kobotui at a time can use it.")
            self.warning = text.format(path=self.path)

    def _bring_up_to_date(self) -> None:
        if self._version() == VERSION:
            return
        with self._transaction():  # another kobotui may be doing the same at this moment
            for version in range(self._version(), VERSION):
                for statement in _VERSIONS[version].split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={version + 1}")

    def _version(self) -> int:
        found: int = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise JournalError(_("The journal {path} was written by a newer kobotui.").format(path=self.path))
        return found

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    # Writing

    def begin(self, plan: Plan, steps: Sequence[Sequence[int]], *, undoes: int | None = None) -> int:
        """Write down a whole plan before anything is sent; ``steps`` are positions of changes. The job's id."""
        with self._transaction():
            job = self._db.execute(
                "INSERT INTO job (title, account, server, warnings, created, mark, undoes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    plan.title,
                    plan.account,
                    plan.server,
                    msgspec.json.encode(plan.warnings).decode(),
                    _now(),
                    uuid.uuid4().hex,
                    undoes,
                ),
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

    def started(self, job: int, positions: Sequence[int]) -> None:
        """A step is about to be sent, for these changes."""
        with self._transaction():
            self._db.executemany(
                "UPDATE change SET state = ?, started = ? WHERE job = ? AND position = ?",
                [(State.RUNNING, _now(), job, position) for position in positions],
            )

    def noted(self, job: int, step: int, text: str) -> None:
        """A step wrote something down that it would need after a cut."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO note (job, step, text) VALUES (?, ?, ?)", (job, step, text))

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
        """Nobody works on the job any more."""
        with self._transaction():
            self._db.execute("UPDATE job SET ended = ? WHERE id = ?", (_now(), job))

    def reopened(self, job: int) -> None:
        """Somebody works on the job again."""
        with self._transaction():
            self._db.execute("UPDATE job SET ended = NULL WHERE id = ?", (job,))

    def prune(self, days: int) -> None:
        """Forget jobs that ended more than ``days`` ago; 0 keeps all."""
        if days:
            before = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
            with self._transaction():
                self._db.execute("DELETE FROM job WHERE ended < ?", (before,))

    # Reading

    def jobs(self, limit: int = 200) -> list[JobEntry]:
        """The newest jobs first."""
        return [JobEntry(*row) for row in self._db.execute(f"{_LIST} ORDER BY id DESC LIMIT ?", (limit,))]

    def job(self, job: int) -> JobEntry:
        """One job; raises ``UnknownJob``."""
        row = self._db.execute(f"{_LIST} WHERE id = ?", (job,)).fetchone()
        if row is None:
            raise UnknownJob(job)
        return JobEntry(*row)

    def plan(self, job: int) -> Plan:
        """The plan of a job, as it was begun."""
        row = self._db.execute("SELECT title, account, server, warnings FROM job WHERE id = ?", (job,)).fetchone()
        if row is None:
            raise UnknownJob(job)
        title, account, server, warnings = row
        changes = tuple(entry.change for entry in self.entries(job))
        return Plan(title=title, account=account, server=server, changes=changes, warnings=_warnings.decode(warnings))

    def notes(self, job: int) -> dict[int, str]:
        """What steps wrote down, by number."""
        return dict(self._db.execute("SELECT step, text FROM note WHERE job = ?", (job,)))

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
                _one_change.decode(change),
                _outcome.decode(outcome) if outcome and state != State.RUNNING else Outcome(State(state)),
                started,
                ended,
            )
            for position, step, change, state, outcome, started, ended in rows
        ]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; raises ``JournalError``, as when the disk is full."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _unusable(self.path, error) from error
            raise


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """The journal for as long as something is read from it; raises ``JournalError``."""
    journal = Journal(path)
    try:
        yield journal
    finally:
        journal.close()


def _unusable(path: Path, error: sqlite3.Error) -> JournalError:
    return JournalError(_("The journal {path} cannot be used: {error}.").format(path=path, error=error))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
