"""Several kobotui on one journal: none goes on with another's job, one may ask another to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes import planfile
from kobotui.changes.apply import Application, Busy
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import State
from kobotui.changes.projects import EditProject
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from tests.changes.conftest import plan_of, token_on
from tests.changes.processes import Worker

pytestmark = pytest.mark.xdist_group("kills")


def owned(demo: DemoServer, n: int) -> list[Asset]:
    """Some projects of the owner's."""
    return [a for a in demo.state.assets.values() if a.owner == "admin" and a.asset_type == "survey"][:n]


def renames(asset: Asset, word: str, n: int) -> list[AnyChange]:
    """Names that a project gets one after another."""
    all_names = [asset.name, *(f"{word} {number}" for number in range(n))]
    return [
        EditProject(project=asset.uid, project_name=asset.name, before={"name": before}, after={"name": after})
        for before, after in zip(all_names, all_names[1:], strict=False)
    ]


@asynccontextmanager
async def console(demo: DemoServer, journal: Path, *changes: AnyChange) -> AsyncIterator[Worker]:
    """Another process that applies these changes."""
    file = journal.with_name(f"{changes[0].project}.toml")
    planfile.write(plan_of(demo, *changes), file)
    worker = await Worker.start()
    await worker.order(journal=str(journal), server=demo.url, token=token_on(demo), plan=str(file))
    yield worker
    await worker.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process has no event of ours
            await asyncio.sleep(0.01)


def names(demo: DemoServer) -> set[str]:
    """The names of all projects."""
    return {asset.name for asset in demo.state.assets.values()}


async def test_jobs_of_several_processes_run_at_the_same_time(demo: DemoServer, tmp_path: Path) -> None:
    journal = tmp_path / "state" / "journal.sqlite"  # nobody has made it yet
    projects = owned(demo, 3)
    async with (
        console(demo, journal, *renames(projects[0], "First", 12)) as first,
        console(demo, journal, *renames(projects[1], "Second", 12)) as second,
        console(demo, journal, *renames(projects[2], "Third", 12)) as third,
    ):
        assert [await worker.end() for worker in (first, second, third)] == [0, 0, 0]
    log = Journal(journal)
    assert sorted((job.total, job.done) for job in log.jobs()) == [(12, 12)] * 3
    log.close()
    assert {"First 11", "Second 11", "Third 11"} <= names(demo)


async def test_a_job_that_runs_elsewhere_is_not_gone_on_with_and_can_be_asked_to_stop(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    demo.faults.latency = 0.02
    (asset,) = owned(demo, 1)
    async with console(demo, journal.path, *renames(asset, "Name", 200)) as worker:
        await until(lambda: any(job.done for job in journal.jobs()))
        (job,) = journal.jobs()
        lock = JobLock(journal.path, job.mark)
        assert lock.held_elsewhere()
        with pytest.raises(Busy, match="Another kobotui is working on"):
            Application.resume(job.id, kobo.account, journal, lambda _at, _outcomes: None)
        assert journal.job(job.id).ended is None
        lock.ask_to_stop()
        assert await worker.end() == 0
    assert not lock.held_elsewhere()
    stopped = journal.job(job.id)
    assert stopped.ended
    assert 0 < stopped.done < 200
    assert {entry.outcome.state for entry in journal.entries(job.id)} == {State.DONE, State.WAITING}
    demo.faults.clear()
    await Application.resume(job.id, kobo.account, journal, lambda _at, _outcomes: None).run(kobo)
    assert journal.job(job.id).done == 200
    assert asset.name == "Name 199"


async def test_who_is_killed_lets_go_of_the_job(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    demo.faults.latency = 0.02
    (asset,) = owned(demo, 1)
    async with console(demo, journal.path, *renames(asset, "Name", 30)) as worker:
        await until(lambda: any(job.done for job in journal.jobs()))
        worker.kill()
        assert await worker.end() == -9
        (job,) = journal.jobs()
        assert job.ended is None
        assert not JobLock(journal.path, job.mark).held_elsewhere()
    demo.faults.clear()
    await Application.resume(job.id, kobo.account, journal, lambda _at, _outcomes: None).run(kobo)
    assert asset.name == "Name 29"
