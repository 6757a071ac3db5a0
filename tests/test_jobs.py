"""The job thread: reports, refusals, and an end that settles everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from kobotui.changes.plan import Plan
from kobotui.changes.projects import EditProject
from kobotui.demo.server import DemoServer
from kobotui.jobs import Jobs, JobState
from kobotui.secrets import SecretError, Token
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
