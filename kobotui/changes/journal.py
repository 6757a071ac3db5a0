"""The journal: what was planned, what was applied, and what was there before. SQLite, private, on disk.

One thread writes (the job thread, or the command line's main thread); screens read through a
connection of their own. It holds no secret: an account is named, its token is looked up elsewhere.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kobotui.changes.copies import forget
from kobotui.changes.journal_versions import VERSION, VERSIONS
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.locale import _
from kobotui.paths import LocalError, network_file_system, private_dir

BUSY_SECONDS = 10.0
"""How long another connection may keep the journal to itself."""

_one_change = msgspec.json.Decoder(AnyChange)
_outcome = msgspec.json.Decoder(Outcome)
_warnings = msgspec.json.Decoder(tuple[str, ...])
_known = msgspec.json.Decoder(dict[str, Any])


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

    @property
    def unfinished(self) -> bool:
        """Whether it was cut off with something open; a job that grows may be cut off with nothing."""
        return self.ended is None and self.open > 0


_LIST = """
SELECT id, title, account, server, created, ended, mark, undoes,
 (SELECT count(*) FROM change WHERE job = job.id), (SELECT count(*) FROM change WHERE job = job.id AND state = 'done'),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'failed'),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'conflict'),
 (SELECT count(*) FROM change WHERE job = job.id AND state = 'doubt')
FROM job
"""
_SEEN = """
SELECT json_extract(change, '$.root_uuid'), json_extract(change, '$.kind') AS kind FROM change JOIN job ON job.id = job
WHERE state = 'done' AND rtrim(server, '/') = ? AND json_extract(change, '$.project') = ?
AND kind IN ('submit-record', 'delete-submission') ORDER BY job, position"""


class Journal:
    """One connection to the journal; use it in one thread. Every call may raise ``JournalError``."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal at ``path``."""
        private_dir(path.parent)
        self.path = path
        self.warning = ""
        """What does not work where the journal is kept, in a sentence; empty when all is well."""
        try:
            _make_private(path)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
            self._choose_mode()
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._bring_up_to_date()
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from error

    def _choose_mode(self) -> None:
        """Readers beside a writer where the file system can; else (NFS) a journal that is rolled back."""
        shared = not network_file_system(self.path.parent) and self._mode("WAL") == "wal"
        if not shared:
            self._mode("DELETE")
            text = _("The journal {path} is on a file system without shared memory: one kobotui at a time can use it.")
            self.warning = text.format(path=self.path)

    def _mode(self, wanted: str) -> str:
        """Ask for a way of journalling; the one that is used."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return str(self._db.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0])
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    if wanted == "WAL":
                        return ""
                    raise
            time.sleep(0.02)  # another kobotui opens it at the same moment; nobody waits for that inside SQLite

    def _bring_up_to_date(self) -> None:
        if self._version() == VERSION:
            return
        with self._transaction():  # nobody else does the same meanwhile
            found = self._version()
            if found > VERSION:
                raise JournalError(_("The journal {path} was written by a newer kobotui.").format(path=self.path))
            for statements in VERSIONS[found:]:
                for statement in statements:
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    # Writing

    def begin(self, plan: Plan, steps: Sequence[Sequence[int]], *, mark: str = "", undoes: int | None = None) -> int:
        """Write down a whole plan before anything is sent; ``steps`` are positions of changes. The job's id.

        ``mark`` names the job on the server and among processes; a new one where it is empty.
        """
        warnings = msgspec.json.encode(plan.warnings).decode()
        with self._transaction():
            job = self._db.execute(
                "INSERT INTO job (title, account, server, warnings, created, mark, undoes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (plan.title, plan.account, plan.server, warnings, _now(), mark or uuid.uuid4().hex, undoes),
            ).lastrowid
            assert job is not None
            numbered = ((position, step) for step, positions in enumerate(steps) for position in positions)
            self._insert(job, [(position, step, plan.changes[position]) for position, step in numbered])
        return job

    def grow(self, job: int, changes: Sequence[AnyChange]) -> list[Entry]:
        """Write down what has come to an open job, each change a step of its own, before anything of it is sent."""
        with self._transaction():
            next_ones = "SELECT coalesce(max(position), -1) + 1, coalesce(max(step), -1) + 1 FROM change WHERE job = ?"
            ((position, step),) = self._db.execute(next_ones, (job,)).fetchall()
            rows = [(position + number, step + number, change) for number, change in enumerate(changes)]
            self._insert(job, rows)
        return [Entry(*row, Outcome(State.WAITING), None, None) for row in rows]

    def _insert(self, job: int, rows: Iterable[tuple[int, int, AnyChange]]) -> None:
        self._db.executemany(
            "INSERT INTO change (job, position, step, change, state) VALUES (?, ?, ?, ?, ?)",
            [(job, place, step, msgspec.json.encode(change).decode(), State.WAITING) for place, step, change in rows],
        )

    def joined(self, job: int, step: int, positions: Sequence[int]) -> None:
        """One step serves these changes, which wait."""
        with self._transaction():
            self._db.executemany(
                "UPDATE change SET step = ? WHERE job = ? AND position = ?",
                [(step, job, position) for position in positions],
            )

    def started(self, job: int, positions: Sequence[int]) -> None:
        """A step is about to be sent, for these changes."""
        with self._transaction():
            self._start(job, positions)

    def noted(self, job: int, step: int, known: Mapping[str, Any], starting: Sequence[int] = ()) -> None:
        """A step remembers what it would need after a cut; ``starting``: these of its changes are about to be sent."""
        text = msgspec.json.encode(known).decode()
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO note (job, step, text) VALUES (?, ?, ?)", (job, step, text))
            self._start(job, starting)

    def _start(self, job: int, positions: Sequence[int]) -> None:
        now = _now()
        self._db.executemany(
            "UPDATE change SET state = ?, started = ? WHERE job = ? AND position = ?",
            [(State.RUNNING, now, job, position) for position in positions],
        )

    def settled(self, job: int, positions: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        """A step has come to its end: what became of its changes."""
        now = _now()
        with self._transaction():
            self._db.executemany(
                "UPDATE change SET state = ?, outcome = ?, ended = ? WHERE job = ? AND position = ?",
                [
                    (outcome.state, msgspec.json.encode(outcome).decode(), now, job, position)
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
        """Forget jobs that ended more than ``days`` ago, but for those with something in doubt; 0 keeps all.

        What was deleted by them is forgotten with them.
        """
        if days:
            before = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
            with self._transaction():
                self._db.execute(
                    "DELETE FROM job WHERE ended < ? AND NOT EXISTS"
                    " (SELECT 1 FROM change WHERE job = job.id AND state IN (?, ?))",
                    (before, State.RUNNING, State.DOUBT),
                )
            forget(self.path.parent, lambda: [row[0] for row in self._rows("SELECT mark FROM job")])

    # Reading

    def jobs(self, limit: int = 200) -> list[JobEntry]:
        """The newest jobs first."""
        return [JobEntry(*row) for row in self._rows(f"{_LIST} ORDER BY id DESC LIMIT ?", limit)]

    def job(self, job: int) -> JobEntry:
        """One job; raises ``UnknownJob``."""
        for row in self._rows(f"{_LIST} WHERE id = ?", job):
            return JobEntry(*row)
        raise UnknownJob(job)

    def records_seen(self, server: str, project: str) -> dict[str, str]:
        """Records of a project that jobs made or deleted here: what was done last, by root uuid."""
        return {root: kind for root, kind in self._rows(_SEEN, server.rstrip("/"), project) if root}

    def undone_by(self, job: int) -> list[int]:
        """The jobs that took this one back, the newest first."""
        return [row[0] for row in self._rows("SELECT id FROM job WHERE undoes = ? ORDER BY id DESC", job)]

    def plan(self, job: int) -> Plan:
        """The plan of a job, as it was begun; raises ``UnknownJob``."""
        entry = self.job(job)
        (row,) = self._rows("SELECT warnings FROM job WHERE id = ?", job)
        with self._reading():
            warnings = _warnings.decode(row[0])
        changes = tuple(entry.change for entry in self.entries(job))
        return Plan(title=entry.title, account=entry.account, server=entry.server, changes=changes, warnings=warnings)

    def notes(self, job: int) -> dict[int, dict[str, Any]]:
        """What steps remember, by number."""
        rows = self._rows("SELECT step, text FROM note WHERE job = ?", job)
        with self._reading():
            return {step: _known.decode(text) for step, text in rows}

    def entries(self, job: int) -> list[Entry]:
        """The changes of a job in the plan's order."""
        rows = self._rows(
            "SELECT position, step, change, state, outcome, started, ended FROM change WHERE job = ? ORDER BY position",
            job,
        )
        with self._reading():
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

    def _rows(self, query: str, *values: int | str) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What is written there is as it was written."""
        try:
            yield
        except (msgspec.MsgspecError, ValueError) as error:
            raise _unusable(self.path, error) from error

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


def _make_private(path: Path) -> None:
    """An empty file that only its owner can read, where there is none; one that others can read is closed."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _unusable(path: Path, error: Exception) -> JournalError:
    return JournalError(_("The journal {path} cannot be used: {error}.").format(path=path, error=error))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
