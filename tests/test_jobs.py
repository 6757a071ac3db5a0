"""The job thread: reports, refusals, and an end that settles everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from msgspec import structs

from kobotui.changes.journal import Journal, JournalError
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import EditProject
from kobotui.demo.server import DemoServer
from kobotui.jobs import Jobs, JobState
from kobotui.model.account import Account
from kobotui.model.token import Token
from kobotui.secrets import SecretError
from kobotui.session import Session
from tests.changes.test_projects import household


class Ear:
    """Keeps what jobs report, and waits for the end of one."""

    def __init__(self) -> None:
        self.reports: list[JobState] = []
        self.threads: set[str] = set()
        self._ended = threading.Event()

    def __call__(self, job: JobState) -> None:
        self.reports.append(job)
        self.threads.add(threading.current_thread().name)
        if not job.running:
            self._ended.set()

    def until(self, condition: Callable[[JobState], bool]) -> None:
        """Wait for a report."""
        end = time.monotonic() + 20
        while not (self.reports and condition(self.reports[-1])):
            assert time.monotonic() < end
            time.sleep(0.01)

    def wait(self) -> JobState:
        """The last report of the job that ends next."""
        assert self._ended.wait(20)
        self._ended.clear()
        return self.reports[-1]


def renames(demo: DemoServer, session: Session, n: int) -> Plan:
    """A plan of ``n`` renames of one project, one after another."""
    asset = household(demo)
    names = [asset.name, *(f"Name {i}" for i in range(n))]
    changes = [
        EditProject(project=asset.uid, project_name=asset.name, before={"name": a}, after={"name": b})
        for a, b in zip(names, names[1:], strict=False)
    ]
    assert session.account is not None
    return Plan(title="Rename", account=session.account.name, server=demo.url, changes=tuple(changes))


@pytest.fixture
def jobs_of(session: Session) -> Callable[[Ear], Jobs]:
    return lambda ear: Jobs(session.journal, session.token_of, ear)


def test_a_plan_is_applied_in_a_thread_of_its_own(
    demo: DemoServer,
    session: Session,
    jobs_of: Callable[[Ear], Jobs],
) -> None:
    ear = Ear()
    jobs = jobs_of(ear)
    assert session.account is not None
    jobs.start(renames(demo, session, 3), session.account)
    end = ear.wait()
    assert end.settled == end.total == 3
    assert household_name(demo) == "Name 2"
    assert ear.threads == {"kobotui-jobs"}
    jobs.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "kobotui-jobs"]


def household_name(demo: DemoServer) -> str:
    return next(a.name for a in demo.state.assets.values() if a.name.startswith("Name "))


def test_reports_come_at_most_four_times_a_second(
    demo: DemoServer,
    session: Session,
    jobs_of: Callable[[Ear], Jobs],
) -> None:
    ear = Ear()
    jobs = jobs_of(ear)
    assert session.account is not None
    started = time.monotonic()
    jobs.start(renames(demo, session, 25), session.account)
    end = ear.wait()
    assert end.settled == 25
    assert len(ear.reports) <= 2 + 4 * (time.monotonic() - started)
    jobs.close()


def test_a_job_without_a_key_says_so(demo: DemoServer, session: Session) -> None:
    def no_key(_account: object) -> Token:
        raise SecretError("No API key is kept for this account.")

    ear = Ear()
    jobs = Jobs(session.journal, no_key, ear)
    assert session.account is not None
    jobs.start(renames(demo, session, 1), session.account)
    end = ear.wait()
    assert end.error == "No API key is kept for this account."
    assert end.settled == 0
    jobs.close()


def test_closing_lets_the_current_step_end_and_begins_no_other(
    demo: DemoServer,
    session: Session,
    jobs_of: Callable[[Ear], Jobs],
) -> None:
    demo.faults.latency = 0.05
    ear = Ear()
    jobs = jobs_of(ear)
    assert session.account is not None
    jobs.start(renames(demo, session, 200), session.account)
    while not ear.reports:
        time.sleep(0.01)
    jobs.close()
    assert not ear.reports[-1].running
    assert ear.reports[-1].settled < 200


def test_a_job_that_is_stopped_while_its_key_is_looked_up_sends_nothing(demo: DemoServer, session: Session) -> None:
    looked_up = threading.Event()

    def slow_key(account: Account) -> Token:
        assert looked_up.wait(20)
        return session.token_of(account)

    ear = Ear()
    jobs = Jobs(session.journal, slow_key, ear)
    assert session.account is not None
    number = jobs.start(renames(demo, session, 3), session.account)
    jobs.stop(number)
    looked_up.set()
    end = ear.wait()
    assert (end.settled, end.error) == (0, "")
    assert not [asset for asset in demo.state.assets.values() if asset.name.startswith("Name ")]
    jobs.close()


def test_a_listener_that_is_gone_does_not_stop_the_work(demo: DemoServer, session: Session) -> None:
    ended = threading.Event()

    def broken(job: JobState) -> None:
        if not job.running:
            ended.set()
        raise RuntimeError("Event loop is closed")

    jobs = Jobs(session.journal, session.token_of, broken)
    assert session.account is not None
    jobs.start(renames(demo, session, 3), session.account)
    assert ended.wait(20)
    jobs.close()
    assert household_name(demo) == "Name 2"


def test_what_takes_too_long_is_cut_off_and_gone_on_with(
    demo: DemoServer, session: Session, jobs_of: Callable[[Ear], Jobs]
) -> None:
    shot = demo.faults.once(method="PATCH", delay=1.0)
    jobs = jobs_of(Ear())
    assert session.account is not None
    plan = renames(demo, session, 3)
    jobs.start(plan, session.account)
    while shot.count:
        time.sleep(0.01)
    jobs.close(timeout=0.1)
    assert not [thread for thread in threading.enumerate() if thread.name == "kobotui-jobs"]
    journal = Journal(session.journal)
    (job,) = journal.jobs()
    assert job.ended is None
    assert journal.entries(job.id)[0].outcome.state is State.RUNNING
    journal.close()
    ear = Ear()
    again = jobs_of(ear)
    again.resume(job.id, plan, session.account)
    end = ear.wait()
    assert (end.journal_id, end.settled) == (job.id, 3)
    assert household_name(demo) == "Name 2"
    again.close()


def test_what_does_not_work_where_the_journal_is_kept_is_told(
    demo: DemoServer, session: Session, jobs_of: Callable[[Ear], Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kobotui.changes.journal.network_file_system", lambda _path: True)
    ear = Ear()
    jobs = jobs_of(ear)
    assert session.account is not None
    jobs.start(renames(demo, session, 1), session.account)
    assert "without shared memory" in ear.wait().note
    jobs.close()


def test_a_job_that_grows_is_one_job_until_it_is_finished(
    demo: DemoServer, session: Session, jobs_of: Callable[[Ear], Jobs]
) -> None:
    ear = Ear()
    jobs = jobs_of(ear)
    assert session.account is not None
    plan = renames(demo, session, 4)
    number = jobs.open(structs.replace(plan, changes=plan.changes[:1]), session.account)
    jobs.append(number, plan.changes[1:2])  # most likely before the job has been begun
    ear.until(lambda job: job.settled == 2)
    assert ear.reports[-1].idle, "the last news come although nothing happens any more"
    jobs.append(number, plan.changes[2:])
    ear.until(lambda job: job.settled == 4)
    jobs.finish(number)
    end = ear.wait()
    assert (end.settled, end.total, end.error, end.growing) == (4, 4, "", False)
    assert end.plan == plan
    assert household_name(demo) == "Name 3"
    jobs.append(number, plan.changes[:1])
    ear.until(lambda job: job.total == 5)
    late = ear.reports[-1].outcomes[-1]
    assert late is not None
    assert late.state is State.FAILED, "it is said that it was not sent"
    jobs.close()
    journal = Journal(session.journal)
    (job,) = journal.jobs()
    assert (job.total, job.done, bool(job.ended)) == (4, 4, True)
    journal.close()


def test_what_cannot_be_written_down_is_not_sent(
    demo: DemoServer, session: Session, jobs_of: Callable[[Ear], Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_values: object) -> None:
        raise JournalError("The disk is full.")

    ear = Ear()
    jobs = jobs_of(ear)
    assert session.account is not None
    plan = renames(demo, session, 3)
    number = jobs.open(structs.replace(plan, changes=plan.changes[:1]), session.account)
    ear.until(lambda job: job.settled == 1)
    monkeypatch.setattr(Journal, "grow", full)
    jobs.append(number, plan.changes[1:])
    end = ear.wait()
    assert [outcome.reason for outcome in end.outcomes[1:] if outcome] == ["The disk is full."] * 2
    assert household_name(demo) == "Name 0"
    jobs.close()


def test_a_growing_job_that_ends_with_the_program_leaves_what_waits(
    demo: DemoServer, session: Session, jobs_of: Callable[[Ear], Jobs]
) -> None:
    shot = demo.faults.once(method="PATCH", delay=0.5)
    jobs = jobs_of(Ear())
    assert session.account is not None
    plan = renames(demo, session, 3)
    number = jobs.open(structs.replace(plan, changes=plan.changes[:1]), session.account)
    while shot.count:
        time.sleep(0.01)
    jobs.append(number, plan.changes[1:])
    jobs.close()
    journal = Journal(session.journal)
    (job,) = journal.jobs()
    assert [entry.outcome.state for entry in journal.entries(job.id)] == [State.DONE, State.WAITING, State.WAITING]
    assert job.unfinished
    journal.close()
