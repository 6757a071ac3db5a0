"""Jobs: unfinished ones offered at the start, those of another kobotui, conflicts, undo, and what is said of them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs
from textual.pilot import Pilot

from kobotui.app import KoboApp
from kobotui.changes.access import SetAccess
from kobotui.changes.creations import CloneProject
from kobotui.changes.deployments import SetActive
from kobotui.changes.journal import opened
from kobotui.changes.kinds import AnyChange
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import DONE, State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import EditProject
from kobotui.demo.server import DemoServer
from kobotui.model.access import Rights, settled
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.message_box import MessageBox
from tests.changes.test_projects import household
from tests.conftest import MakeApp, Until
from tests.demo.project import record_xml
from tests.screens import scenes
from tests.screens.stage import Stage


def rename(demo: DemoServer, before: str = "", after: str = "Wanted") -> EditProject:
    asset = household(demo)
    return EditProject(
        project=asset.uid, project_name=asset.name, before={"name": before or asset.name}, after={"name": after}
    )


def written(app: KoboApp, *changes: AnyChange, title: str = "Cut off", done: int = 0, account: str = "") -> int:
    """A job of an earlier run in the journal, of which some changes are done."""
    used = app.session.account
    assert used
    plan = Plan(title=title, account=account or used.name, server=used.server, changes=changes)
    with opened(app.session.journal) as journal:
        job = journal.begin(plan, [[place] for place in range(len(changes))])
        journal.settled(job, range(done), [DONE] * done)
        if done == len(changes):
            journal.ended(job)
    return job


@pytest.fixture
async def stage(demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path) -> AsyncIterator[Stage]:
    """The console on the demo, its list of projects read."""
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, household(demo))
        await stage.settled()
        yield stage


async def question(pilot: Pilot[int], until: Until) -> str:
    """What the line at the foot asks."""
    app: KoboApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: app.kobo_screen().query(ConfirmLine), "the question")
    await pilot.pause()
    return app.kobo_screen().query_one(ConfirmLine)._text


# At the start


async def test_an_unfinished_job_is_offered_and_gone_on_with(demo: DemoServer, app: KoboApp, until: Until) -> None:
    change = rename(demo)
    second = SetActive(project=change.project, project_name=change.project_name, before=True, after=False)
    written(app, change, second, done=1)
    async with app.run_test() as pilot:
        assert "“Cut off” was not finished: 1 of 2 changes are open." in await question(pilot, until)
        await pilot.press("enter")
        await until(pilot, lambda: app.job_states and not app.job_states[0].running, "the end of the job")
    assert household(demo).deployment_status == "archived"
    assert household(demo).name == change.project_name, "what was done before is not done again"
    with opened(app.session.journal) as journal:
        (job,) = journal.jobs()
    assert (job.done, job.ended is not None) == (2, True)


async def test_an_offer_that_is_left_waits_in_jobs(demo: DemoServer, app: KoboApp, until: Until) -> None:
    written(app, rename(demo))
    async with app.run_test() as pilot:
        await question(pilot, until)
        await pilot.press("escape")
        await until(pilot, lambda: not app.kobo_screen().query(ConfirmLine), "the end of the question")
        stage = Stage(pilot, until, Path(), demo, household(demo))
        assert stage.said == "It waits in Jobs (J)."
        await pilot.press("J")
        await stage.until(lambda: stage.texts() and "not finished" in stage.texts()[0], "the job")
    assert app.job_states == ()


async def test_of_several_unfinished_jobs_the_number_is_said(demo: DemoServer, app: KoboApp, until: Until) -> None:
    written(app, rename(demo))
    written(app, rename(demo))
    async with app.run_test() as pilot:
        stage = Stage(pilot, until, Path(), demo, household(demo))
        await stage.until(lambda: "2 jobs were not finished" in stage.said, "the sentence")


async def test_a_job_another_kobotui_works_on_is_not_offered(demo: DemoServer, app: KoboApp, until: Until) -> None:
    job = written(app, rename(demo))
    with opened(app.session.journal) as journal, JobLock(app.session.journal, journal.job(job).mark) as lock:
        assert lock.take()
        async with app.run_test() as pilot:
            stage = Stage(pilot, until, Path(), demo, household(demo))
            await stage.settled()
            assert not app.kobo_screen().query(ConfirmLine)
            await pilot.press("J")
            await stage.until(lambda: stage.texts() and "running elsewhere" in stage.texts()[0], "the job")
            await pilot.press("c")
            await stage.until(lambda: stage.said == "Another kobotui is working on it.", "the refusal")
            await pilot.press("S")
            await stage.until(lambda: lock.asked_to_stop, "the request")
    assert app.job_states == ()


# Conflicts


async def test_a_team_is_rebased_on_what_somebody_else_made_of_it(stage: Stage, demo: DemoServer) -> None:
    asset = stage.asset
    before = Rights(frozenset({"view_asset"}))
    change = SetAccess(
        project=asset.uid,
        project_name=asset.name,
        username="dana",
        owner=asset.owner,
        before=before,
        after=settled(Rights(frozenset({"view_asset", "add_submissions"}))),
    )
    kobo = await stage.app.kobo()
    await kobo.access(asset.uid).grant("dana", "validate_submissions")
    await scenes.ended(stage, "Share", [change])
    assert stage.app.job_states[0].count(State.CONFLICT) == 1
    await stage.pilot.press("b")
    await stage.accept()
    rows = await kobo.access(asset.uid).read()
    assert Rights.of([row for row in rows if row.username == "dana"]).full == {
        "view_asset", "view_submissions", "validate_submissions", "add_submissions",
    }  # fmt: skip


async def test_force_writes_over_what_others_did(stage: Stage, demo: DemoServer) -> None:
    await scenes.ended(stage, "Rename", [rename(demo, before="Not so", after="Mine")])
    await stage.pilot.press("F")
    await stage.accept()
    assert stage.asset.name == "Mine"


async def test_both_states_of_a_conflict_are_shown(stage: Stage, demo: DemoServer) -> None:
    await scenes.ended(stage, "Rename", [rename(demo, before="Expected", after="Mine")])
    await stage.pilot.press("enter")
    await stage.on("outcomes")
    await stage.until(lambda: stage.table.cursor_key, "the change")
    await stage.pilot.press("enter")
    box = await stage.window(MessageBox)
    assert stage.asset.name in box._sentence
    assert "before: Expected" in box._details
    assert "wanted: Mine" in box._details


# Undo


async def test_undo_goes_back_plan_by_plan(stage: Stage, demo: DemoServer) -> None:
    first = stage.asset.name
    one = rename(demo, after="One")
    await scenes.ended(stage, "One", [one])
    await scenes.ended(stage, "Two", [structs.replace(one, before={"name": "One"}, after={"name": "Two"})])
    stage.app.open_place("projects")
    await stage.on("projects")
    for wanted in ("One", first):
        await stage.pilot.press("z")
        await stage.accept()
        assert stage.asset.name == wanted
    await stage.pilot.press("z")
    await stage.until(lambda: stage.said == "There is nothing to take back.", "the end of the row")


async def test_undoing_a_clone_that_has_gained_data_asks_for_it(stage: Stage, demo: DemoServer) -> None:
    await scenes.ended(
        stage, "Clone", [CloneProject(project=stage.asset.uid, project_name=stage.asset.name, name="Copy")]
    )
    copy = next(asset for asset in demo.state.assets.values() if asset.name == "Copy")
    kobo = await stage.app.kobo()
    await kobo.deployment(copy.uid).deploy(active=True)
    await kobo.openrosa.submit(record_xml(copy, "<resp><age>40</age></resp>", str(uuid.uuid4())).encode())
    await stage.pilot.press("z")
    await stage.until(lambda: stage.reviewing, "the review")
    assert any("Copy has 1 submission, which is deleted with it." in text for text in stage.texts())
    await stage.pilot.press("escape")
    assert not copy.trashed


async def test_what_another_account_did_is_not_taken_back_as_this_one(stage: Stage, demo: DemoServer) -> None:
    written(stage.app, rename(demo), title="Hers", done=1, account="carol")
    await stage.pilot.press("z")
    await stage.until(lambda: stage.said == "There is nothing to take back.", "the refusal")
    stage.app.open_place("jobs")
    await stage.on("jobs")
    await stage.until(stage.texts, "the job")
    await stage.pilot.press("z")
    await stage.until(lambda: "was done as carol: switch to that account first." in stage.said, "the reason")


async def test_nothing_is_undone_while_it_is_being_done(stage: Stage) -> None:
    await scenes.job(stage)
    await stage.pilot.press("z")
    await stage.until(lambda: "still running" in stage.said, "the refusal")


async def test_a_read_only_account_takes_nothing_back(demo: DemoServer, make_app: MakeApp, until: Until) -> None:
    app = make_app(demo, read_only=True)
    written(app, rename(demo), done=1)
    async with app.run_test() as pilot:
        stage = Stage(pilot, until, Path(), demo, household(demo))
        await stage.settled()
        await pilot.press("z")
        await stage.until(lambda: "read only" in stage.said, "the reason")


# Review


async def test_x_on_a_heading_drops_what_is_below_it(stage: Stage, demo: DemoServer) -> None:
    def change(project: str, active: bool) -> SetActive:
        return SetActive(project=project, project_name=project, before=active, after=not active)

    changes = [change("one", True), change("two", True), change("one", False)]
    stage.app.run_worker(stage.app.propose(stage.screen, "Three", changes))
    await stage.until(lambda: stage.reviewing, "the review")
    screen = stage.screen
    stage.table.move_to(stage.texts().index("one"))
    await stage.pilot.press("x")
    assert [change.project for change in screen.plan.changes] == ["two"]
    stage.table.move_to(stage.texts().index("two"))
    await stage.pilot.press("x")
    assert len(screen.plan.changes) == 1
    assert "Nothing would be left" in stage.said


async def test_a_job_goes_on_while_the_user_walks_and_the_foot_counts(stage: Stage) -> None:
    await scenes.job(stage)
    stage.app.open_place("projects")
    await stage.on("projects")
    assert stage.app.work.text() == "1 job 0/2"
    await stage.until(lambda: not stage.app.job_states[0].running, "the end of the job")
    assert stage.app.work.text() == ""
    await stage.until(lambda: stage.said == "Twice: all 2 done.", "the sentence")
