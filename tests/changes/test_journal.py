"""The journal: what is on disk, and what another version may do with it."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from kobotui.changes.deployments import SetActive
from kobotui.changes.journal import Journal, JournalError
from kobotui.changes.journal_versions import VERSION, VERSIONS
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.plan import Plan

CHANGES = tuple(SetActive(project=f"a{n}", project_name=f"Project {n}", before=True, after=False) for n in range(3))
PLAN = Plan(title="Archive 3 projects", account="demo", server="https://kf.example.org", changes=CHANGES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


def test_a_plan_is_written_down_whole_before_anything_is_sent(path: Path) -> None:
    journal = Journal(path)
    job = journal.begin(PLAN, [[0], [1, 2]])
    other = Journal(path)
    entries = other.entries(job)
    assert tuple(entry.change for entry in entries) == CHANGES
    assert [entry.step for entry in entries] == [0, 1, 1]
    assert {entry.outcome.state for entry in entries} == {State.WAITING}


def test_steps_leave_their_marks(path: Path) -> None:
    journal = Journal(path)
    job = journal.begin(PLAN, [[0], [1, 2]])
    journal.started(job, [1, 2])
    assert [entry.outcome.state for entry in journal.entries(job)] == [State.WAITING, State.RUNNING, State.RUNNING]
    refused = Outcome(State.FAILED, "The server refused: no", "PATCH /x -> 400")
    journal.settled(job, [1, 2], [DONE, refused])
    journal.ended(job)
    (listed,) = journal.jobs()
    assert (listed.title, listed.total, listed.done, listed.failed) == ("Archive 3 projects", 3, 1, 1)
    assert listed.ended is not None
    assert journal.entries(job)[2].outcome == refused


def test_only_the_owner_can_read_it(path: Path) -> None:
    Journal(path).begin(PLAN, [[0], [1], [2]])
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_one_of_a_newer_version_is_refused_with_a_sentence(path: Path) -> None:
    Journal(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version={VERSION + 1}")
    db.close()
    with pytest.raises(JournalError, match="newer kobotui"):
        Journal(path)


def test_one_of_the_first_version_is_brought_up_to_date(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    db = sqlite3.connect(path)
    for statement in VERSIONS[0]:
        db.execute(statement)
    db.execute("PRAGMA user_version=1")
    job = ("Old", "demo", "https://kf.example.org", '["mind this"]', "2026-01-01T00:00:00+00:00", None)
    db.executemany("INSERT INTO job (title, account, server, warnings, created, ended) VALUES (?,?,?,?,?,?)", [job] * 2)
    change = msgspec.json.encode(CHANGES[0]).decode()
    db.execute("INSERT INTO change VALUES (1, 0, 0, ?, 'running', NULL, '2026-01-01T00:00:01+00:00', NULL)", (change,))
    db.commit()
    db.close()
    journal = Journal(path)
    assert journal.plan(1) == Plan(
        title="Old", account="demo", server="https://kf.example.org", changes=CHANGES[:1], warnings=("mind this",)
    )
    assert [entry.outcome.state for entry in journal.entries(1)] == [State.RUNNING]
    first, second = journal.jobs()
    assert len({first.mark, second.mark, ""}) == 3
    assert (first.undoes, first.open, second.open) == (None, 0, 1)
    journal.noted(1, 0, {"made": "aX"})
    assert Journal(path).notes(1) == {0: {"made": "aX"}}


def test_notes_of_the_second_version_can_be_read(path: Path) -> None:
    journal = Journal(path)
    job = journal.begin(PLAN, [[0], [1], [2]])
    db = sqlite3.connect(path)
    db.execute("INSERT INTO note VALUES (?, 0, 'plain text')", (job,))
    db.execute("PRAGMA user_version=2")
    db.commit()
    db.close()
    assert Journal(path).notes(job) == {0: {"text": "plain text"}}


def test_old_jobs_are_forgotten_but_for_what_is_in_doubt_or_not_ended(path: Path) -> None:
    journal = Journal(path)
    jobs = [journal.begin(PLAN, [[0], [1], [2]]) for _n in range(4)]
    done, doubtful, new, cut = jobs
    for job in (done, new, cut):
        journal.settled(job, [0, 1, 2], [DONE] * 3)
    journal.settled(doubtful, [0], [Outcome(State.DOUBT)])
    journal.noted(done, 0, {"at": 1})
    for job in (done, doubtful, new):
        journal.ended(job)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE job SET ended = '2020-01-01T00:00:00.000+00:00' WHERE id IN (?, ?)", (done, doubtful))
    db.close()
    journal.prune(0)
    assert len(journal.jobs()) == 4
    journal.prune(30)
    assert [job.id for job in journal.jobs()] == [cut, new, doubtful]
    assert journal.entries(done) == []
    assert journal.notes(done) == {}


def test_a_file_that_others_could_read_is_closed(path: Path) -> None:
    Journal(path).close()
    path.chmod(0o644)
    Journal(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_several_open_a_new_one_at_the_same_moment(path: Path) -> None:
    gate = threading.Barrier(6)
    errors: list[BaseException] = []

    def begin() -> None:
        gate.wait()
        try:
            journal = Journal(path)
            journal.begin(PLAN, [[0], [1], [2]])
            journal.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=begin) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(Journal(path).jobs()) == 6


def test_one_reads_while_another_writes(path: Path) -> None:
    writer, reader = Journal(path), Journal(path)
    job = writer.begin(PLAN, [[0], [1], [2]])
    with writer._transaction():
        writer._db.execute("UPDATE change SET state = 'running'")
        assert {entry.outcome.state for entry in reader.entries(job)} == {State.WAITING}
    assert {entry.outcome.state for entry in reader.entries(job)} == {State.RUNNING}


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(path: Path) -> None:
    journal = Journal(path)
    journal.begin(PLAN, [[0], [1], [2]])
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count={pages}")
    many = structs.replace(PLAN, changes=CHANGES * 500)
    with pytest.raises(JournalError, match="cannot be used: database or disk is full"):
        journal.begin(many, [[position] for position in range(1500)])
    assert len(journal.jobs()) == 1
    journal.settled(1, [0], [DONE])
    assert journal.entries(1)[0].outcome == DONE


def test_a_file_system_without_shared_memory_gets_a_rolled_back_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def dotfile(place: Path, **options: Any) -> sqlite3.Connection:
        """SQLite as it must be where files cannot be mapped into memory."""
        return connect(f"file:{place}?vfs=unix-dotfile", uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", dotfile)
    journal = Journal(path)
    assert "is on a file system without shared memory" in journal.warning
    job = journal.begin(PLAN, [[0], [1], [2]])
    journal.settled(job, [0], [DONE])
    assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    journal.close()
    monkeypatch.undo()
    assert Journal(path).warning == ""  # it was moved to a better place


@pytest.mark.parametrize(("kind", "warned"), [("ext4", False), ("nfs4", True), ("fuse.sshfs", True)])
def test_a_network_file_system_is_known_by_its_mount(
    path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, warned: bool
) -> None:
    mounts = path.parent.parent / "mounts"
    place = str(path.parent.parent).replace(" ", "\\040")
    mounts.write_text(f"proc /proc proc rw 0 0\n/dev/sda / ext4 rw 0 0\nserver:/home {place} {kind} rw 0 0\n")
    monkeypatch.setattr("kobotui.paths.MOUNTS", mounts)
    assert bool(Journal(path).warning) is warned


def test_what_is_written_there_and_cannot_be_read_is_a_sentence(path: Path) -> None:
    journal = Journal(path)
    job = journal.begin(PLAN, [[0], [1], [2]])
    journal.noted(job, 0, {"made": "aX"})
    with sqlite3.connect(path) as db:
        db.execute('UPDATE change SET change = \'{"kind":"set-on-fire"}\' WHERE position = 1')
        db.execute("UPDATE note SET text = 'no JSON'")
        db.execute("UPDATE job SET warnings = '{}'")
    db.close()
    for read in (journal.entries, journal.notes, journal.plan):
        with pytest.raises(JournalError, match="cannot be used: "):
            read(job)
    for unknown in (journal.job, journal.plan):
        with pytest.raises(JournalError, match="has no job 99"):
            unknown(99)


def test_a_journal_that_is_damaged_later_is_a_sentence(path: Path) -> None:
    journal = Journal(path)
    journal.begin(PLAN, [[0], [1], [2]])
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE change")
    db.close()
    with pytest.raises(JournalError, match="cannot be used: no such table"):
        journal.jobs()


def test_a_file_that_is_no_journal_is_refused_with_a_sentence(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path)
