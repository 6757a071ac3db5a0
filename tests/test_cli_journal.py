"""``kobotui journal``: the jobs of this machine, one of them change by change, and a word to another kobotui."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from kobotui import paths
from kobotui.__main__ import main
from kobotui.changes.journal import Journal
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import EditProject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Show = Callable[..., tuple[int, str, str]]

NASTY = "=1+1 North\x1b]52;c;x\x07 [/]"
CHANGES = tuple(
    EditProject(project=f"a{n}", project_name=NASTY, before={"name": f"before {n}"}, after={"name": f"after {n}"})
    for n in range(3)
)
PLAN = Plan(title=NASTY, account="field", server="https://kf.example.org", changes=CHANGES)


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Runs ``kobotui journal``: exit code, output, errors."""

    def command(*words: object) -> tuple[int, str, str]:
        code = main(["journal", *map(str, words)])
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def journal() -> Iterator[Journal]:
    """With one job that ended with a failure, and one that was cut off."""
    journal = Journal(paths.journal_file())
    first = journal.begin(PLAN, [[0], [1, 2]])
    journal.started(first, [0, 1, 2])
    journal.settled(first, [0, 1, 2], [DONE, Outcome(State.FAILED, "@no", "PATCH /x -> 400"), Outcome(State.CONFLICT)])
    journal.ended(first)
    second = journal.begin(PLAN, [[0], [1], [2]], undoes=first)
    journal.settled(second, [0], [DONE])
    yield journal
    journal.close()


def test_an_empty_journal_says_so(show: Show) -> None:
    assert show()[:2] == (0, "")
    assert "No job has run yet" in show()[2]
    assert json.loads(show("--json")[1]) == []


def test_the_list_has_the_newest_first(show: Show, journal: Journal) -> None:
    code, out, err = show()
    assert (code, err) == (0, "")
    heading, second, first = out.splitlines()
    assert heading.split() == ["No.", "When", "State", "Changes", "Account", "Job"]
    assert "not finished" in second
    assert "1 of 3" in second
    assert "taken back" in first
    assert "\x1b" not in out


def test_the_list_for_programs(show: Show, journal: Journal) -> None:
    second, first = json.loads(show("--json")[1])
    assert (first["id"], first["title"], first["server"]) == (1, NASTY, PLAN.server)
    assert [first[key] for key in ("total", "done", "failed", "conflicts", "doubtful")] == [3, 1, 1, 1, 0]
    assert (second["undoes"], second["ended"], second["running_elsewhere"]) == (1, None, False)
    rows = list(csv.DictReader(io.StringIO(show("--csv")[1])))
    assert [row["id"] for row in rows] == ["2", "1"]
    assert rows[0]["title"] == "'" + NASTY
    assert "mark" not in first, "what names a job among processes is nobody else's business"


def test_one_job_change_by_change(show: Show, journal: Journal) -> None:
    code, out, _err = show(1)
    assert code == 0
    heading, *rows = out.splitlines()
    assert heading.split() == ["State", "When", "Project", "Change", "Before", "After", "Reason"]
    assert [row.split()[0] for row in rows] == ["done", "failed", "conflict"]
    assert "before 1" in rows[1]
    assert "after 1" in rows[1]
    assert rows[1].endswith("@no")
    assert "\x1b" not in out


def test_one_job_for_programs(show: Show, journal: Journal) -> None:
    found = json.loads(show(1, "--json")[1])
    assert [change["state"] for change in found] == ["done", "failed", "conflict"]
    assert found[1] | {"started": "", "ended": ""} == {
        "job": 1,
        "position": 1,
        "project": "a1",
        "project_name": NASTY,
        "kind": "edit-project",
        "change": "Name",
        "before": "before 1",
        "after": "after 1",
        "state": "failed",
        "reason": "@no",
        "made": "",
        "started": "",
        "ended": "",
    }
    rows = list(csv.DictReader(io.StringIO(show(1, "--csv")[1])))
    assert rows[1]["reason"] == "'@no"
    assert rows[1]["project_name"] == "'" + NASTY
    assert all(row["ended"] for row in rows)


def test_a_job_that_runs_elsewhere_is_shown_and_asked_to_stop(show: Show, journal: Journal) -> None:
    lock = JobLock(journal.path, journal.job(2).mark)
    code, out, err = show(2, "--stop")
    assert (code, out) == (2, "")
    assert "not running" in err
    with lock:
        assert lock.take()
        assert "running elsewhere" in show()[1]
        assert json.loads(show("--json")[1])[0]["running_elsewhere"] is True
        assert not lock.asked_to_stop
        code, out, err = show(2, "--stop")
        assert (code, out) == (0, "")
        assert "asked to stop" in err
        assert lock.asked_to_stop


def test_stop_needs_a_number(show: Show, journal: Journal) -> None:
    assert show("--stop")[0] == 2


def test_a_file_that_is_no_journal(show: Show) -> None:
    paths.journal_file().parent.mkdir(parents=True)
    paths.journal_file().write_bytes(b"not a database, but long enough to be read as one" * 100)
    code, out, err = show()
    assert (code, out) == (1, "")
    assert "cannot be used" in err
