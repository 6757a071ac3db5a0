"""Killed at any moment, gone on with, and in the end exactly what was planned: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes import planfile
from kobotui.changes.apply import Application
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import SetValidation
from kobotui.demo.server import DemoServer
from kobotui.model.account import Account
from kobotui.model.record_xml import RecordXml
from kobotui.model.submission import VALIDATION_UIDS
from tests.changes.conftest import token_on
from tests.changes.processes import Worker, states
from tests.changes.scenario import FORM, TWICE, Scenario, expected
from tests.changes.server_state import ProjectState, RecordState, read_all
from tests.changes.tap import Moment, Tap, Trap, tapped
from tests.changes.test_projects import household
from tests.served import serving

SIZE = ("--seed", "7", "--projects", "40", "--submissions", "70")
SEEDS = {"plan": 3, "kills": 5}
KILLS = 55
MOMENTS = [Moment.UNSENT] * 3 + [Moment.UNDER_WAY] * 6 + [Moment.ANSWERED] * 6 + [Moment.HEARD] * 2


def account_at(url: str) -> Account:
    """The owner's account at an address of the server."""
    return Account(name="demo", server=url, openrosa=url, username="admin", store="memory")


@pytest.mark.xdist_group("kills")
async def test_killed_fifty_times_it_ends_as_planned(tmp_path: Path) -> None:
    print("seeds", SEEDS)
    journal = tmp_path / "state" / "journal.sqlite"
    file = tmp_path / "plan.toml"
    async with AsyncExitStack() as stack:
        server = stack.enter_context(serving(dict(os.environ), tmp_path / "credentials.json", *SIZE))
        tap = await stack.enter_async_context(tapped(server.url))
        kobo = await stack.enter_async_context(KoboClient(account_at(server.url), server.tokens["admin"]))
        plan = await Scenario(kobo, SEEDS["plan"], 300).build()
        before = await read_all(kobo)
        planfile.write(Plan(title="Everything", account="demo", server=tap.url, changes=tuple(plan)), file)
        worker = await Worker.start()
        order = {"journal": str(journal), "server": tap.url, "token": server.tokens["admin"], "plan": str(file)}
        kills = await kill_and_go_on(worker, tap, order, journal)
        await worker.stop()
        after = await read_all(kobo)
    print(kills)
    assert kills["killed"] >= 50
    assert kills["between two entries"] >= 40
    log = Journal(journal)
    entries = log.entries(1)
    log.close()
    assert [(entry.change, entry.outcome) for entry in entries if entry.outcome.state is not State.DONE] == []
    as_planned(before, after, plan)


async def kill_and_go_on(worker: Worker, tap: Tap, order: dict[str, object], journal: Path) -> Counter[str]:
    """Kill the process again and again, each time going on with the job, and at last let it come to its end."""
    rng = random.Random(SEEDS["kills"])
    kills: Counter[str] = Counter()
    while True:
        begun = bool(states(journal))
        pid = await worker.order(**order, **({"job": 1} if begun else {}))
        tap.trap = None
        if kills["killed"] < KILLS:
            tap.trap = Trap(pid, rng.randint(1, 3), rng.choice(MOMENTS), reads=rng.random() < 0.1)
        end = await worker.end()
        now = states(journal)
        if end == 0:
            return kills
        assert end == -9, end
        assert tap.trap
        kills["killed"] += 1
        kills["between two entries"] += bool(now.get("running"))
        kills[tap.trap.moment.name] += 1


def as_planned(before: dict[str, ProjectState], after: dict[str, ProjectState], plan: list[AnyChange]) -> None:
    """Every project that was there, every one that was to be made, and no other."""
    wanted = expected(before, plan)
    copies = [change for change in plan if isinstance(change, DuplicateSubmission)]
    for uid, project in wanted.items():
        found = after[uid]
        sent = [change for change in plan if isinstance(change, SubmitRecord) and change.project == uid]
        new = [repr(sorted(RecordXml.parse(change.xml).answers().items())) for change in sent]
        assert_records(project, found, [change.record for change in copies if change.project == uid], new)
        found.records = project.records
        assert found == project
    made = {uid: project for uid, project in after.items() if uid not in before}
    names = Counter(change.made_name for change in plan if isinstance(change, CloneProject | CreateProject))
    assert Counter(project.fields["name"] for project in made.values()) == names
    assert {project.status for project in made.values()} == {"draft"}
    assert not [project.mark for project in after.values() if project.mark is not None]
    drafts = {project.fields["name"]: project.draft for project in made.values()}
    for change in plan:
        if isinstance(change, CreateProject):
            assert drafts[change.project_name] == FORM
        elif isinstance(change, CloneProject):
            assert drafts[change.name] == before[change.project].draft


def assert_records(wanted: ProjectState, found: ProjectState, copied: list[int], sent: list[str]) -> None:
    """Each record as it shall be, corrected once, one copy of each that was duplicated, and what was sent once."""
    new = [record for number, record in found.records.items() if number not in wanted.records]
    assert sorted(map(essence, new)) == sorted([*(essence(wanted.records[number]) for number in copied), *sent])
    assert not [record for record in new if record.replaced]
    for number, record in wanted.records.items():
        there = found.records[number]
        assert (there.answers, there.validation) == (record.answers, record.validation)
        if record.replaced != TWICE:
            assert there.replaced == record.replaced


def essence(record: RecordState) -> str:
    """What a record and its copy have in common."""
    return repr(sorted((key, value) for key, value in record.answers.items() if key not in ("start", "end")))


@pytest.mark.xdist_group("kills")
async def test_a_job_that_grows_is_killed_and_what_it_was_told_is_done(
    demo: DemoServer, kobo: KoboClient, tmp_path: Path, quick: None
) -> None:
    """Killed at different writes, each time a job of its own: what is in the journal is done, and nothing else."""
    asset = household(demo)
    found = (await kobo.submissions(asset.uid).page(limit=60)).items
    plain = [record for record in found if record.validation is None]
    names = {"project": asset.uid, "project_name": asset.name}
    worker = await Worker.start()
    async with tapped(demo.url) as tap:
        for number, moment in enumerate(Moment):
            journal = Journal(tmp_path / str(number) / "journal.sqlite")
            wanted = VALIDATION_UIDS[number % 2]
            changes = [
                SetValidation(**names, record=record.id, root_uuid=record.root_uuid, after=wanted)
                for record in plain[number * 7 : number * 7 + 7]
            ]
            file = tmp_path / f"{number}.toml"
            planfile.write(Plan(title="Checking", account="demo", server=tap.url, changes=tuple(changes)), file)
            order = {"journal": str(journal.path), "server": tap.url, "token": token_on(demo), "plan": str(file)}
            tap.trap = Trap(await worker.order(**order, growing=True), 2, moment)
            assert await worker.end() == -9
            before = journal.entries(1)
            assert 1 < len(before) < 7, "more was to come"
            assert before[0].outcome.state is State.DONE
            await gone_on_with(tap, demo, journal)
            assert [entry.change for entry in journal.entries(1)] == changes[: len(before)]
            assert {entry.outcome.state for entry in journal.entries(1)} == {State.DONE}
            assert journal.job(1).ended
            journal.close()
            now = {record.id: record.validation for record in (await kobo.submissions(asset.uid).page(limit=60)).items}
            told = {change.record for change in changes[: len(before)]}
            assert {change.record for change in changes if now[change.record] == wanted} == told
    await worker.stop()


async def killed_at(tap: Tap, server: DemoServer, journal: Journal, moment: Moment, change: AnyChange) -> None:
    """Begin a job of one change in a process, and kill that at its write."""
    file = journal.path.with_name("plan.toml")
    planfile.write(Plan(title="One", account="demo", server=tap.url, changes=(change,)), file)
    worker = await Worker.start()
    tap.trap = Trap(
        await worker.order(journal=str(journal.path), server=tap.url, token=token_on(server), plan=str(file)), 1, moment
    )
    assert await worker.end() == -9
    await worker.stop()
    assert [entry.outcome.state for entry in journal.entries(1)] == [State.RUNNING]


async def gone_on_with(tap: Tap, server: DemoServer, journal: Journal) -> Outcome:
    """Go on with the job; what became of its change."""
    account = account_at(tap.url)
    application = Application.resume(1, account, journal, lambda _at, _outcomes: None)
    async with KoboClient(account, token_on(server)) as kobo:
        await application.run(kobo)
    return journal.entries(1)[0].outcome


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's time for what was cut off is over soon."""
    monkeypatch.setattr("kobotui.changes.step.GRACE", 0.1)
    monkeypatch.setattr("kobotui.changes.step.SERVER_LIMIT", 2.5)


@pytest.mark.xdist_group("kills")
async def test_a_copy_that_nobody_can_tell_from_another_is_in_doubt_and_never_made_again(
    demo: DemoServer, kobo: KoboClient, journal: Journal, quick: None
) -> None:
    asset = household(demo)
    assert asset.records is not None
    (record,) = (await kobo.submissions(asset.uid).page(limit=1)).items
    before = len(asset.records)
    names = {"project": asset.uid, "project_name": asset.name}
    change = DuplicateSubmission(**names, record=record.id, root_uuid=record.root_uuid)
    async with tapped(demo.url) as tap:
        await killed_at(tap, demo, journal, Moment.ANSWERED, change)
        rival = await kobo.submissions(asset.uid).duplicate(record.id)
        for _again in range(2):
            outcome = await gone_on_with(tap, demo, journal)
            assert outcome.state is State.DOUBT
            assert outcome.reason.startswith("2 records could be the copy")
            assert len(asset.records) == before + 2
        await kobo.submissions(asset.uid).delete([rival.id])  # somebody looked at them
        outcome = await gone_on_with(tap, demo, journal)
    assert outcome.state is State.DONE
    (newest,) = (await kobo.submissions(asset.uid).page(limit=1, sort={"_id": -1})).items
    assert outcome.made == str(newest.id)
    assert len(asset.records) == before + 1


@pytest.mark.xdist_group("kills")
async def test_a_server_that_is_still_at_work_when_asked_is_asked_again(
    demo: DemoServer, kobo: KoboClient, journal: Journal, quick: None
) -> None:
    asset = household(demo)
    demo.faults.once(method="POST", path="/assets/$", delay=1.0)
    change = CloneProject(project=asset.uid, project_name=asset.name, name="Slowly made")
    async with tapped(demo.url) as tap:
        await killed_at(tap, demo, journal, Moment.UNDER_WAY, change)
        assert not [a for a in demo.state.assets.values() if a.name == "Slowly made"]
        outcome = await gone_on_with(tap, demo, journal)
    (made,) = [a for a in demo.state.assets.values() if a.name == "Slowly made"]
    assert (outcome.state, outcome.made) == (State.DONE, made.uid)
    assert made.settings["kobotui"] is None
