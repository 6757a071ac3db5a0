"""The journal: what is on disk, and what another version may do with it."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from kobotui.changes.deployments import SetActive
from kobotui.changes.journal import VERSION, Journal, JournalError
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


def test_a_file_that_is_no_journal_is_refused_with_a_sentence(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path)
