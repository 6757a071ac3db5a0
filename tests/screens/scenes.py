"""Where the actions of the console are done: each scene leads to a screen and puts the cursor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from kobotui.changes.deployments import SetActive
from kobotui.changes.journal import opened
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import EditProject
from kobotui.model.access import NOTHING
from kobotui.paths import LocalError
from kobotui.screens.login import LoginScreen
from kobotui.widgets.picker import Picker
from tests.changes.test_projects import household
from tests.screens.stage import Stage

Step = Callable[[Stage], Awaitable[None]]
QUESTION = "loc/region"


def listed(place: str, marked: int = 1) -> Step:
    """On a list of projects; with several ``marked`` from the top."""

    async def there(stage: Stage) -> None:
        await stage.open_list(place)
        if marked > 1:
            stage.table.set_marked({stage.asset.uid, household(stage.server).uid})

    return there


def at(place: str) -> Step:
    """In a place of the project."""
    return lambda stage: stage.open_project(place)


async def counted(stage: Stage) -> None:
    """How far the records are checked."""
    await stage.open_project("summary")
    await stage.pilot.press("v")
    await stage.on("counts")
    await stage.until(lambda: stage.table.cursor_key is not None, "the counts")


async def data(stage: Stage) -> None:
    await stage.open_project("data")
    stage.table.move_to(0, [column.key for column in stage.table.columns].index(QUESTION))
    stage.noted = stage.table.cursor_key


async def record(stage: Stage) -> None:
    await stage.open_record(QUESTION)
    stage.noted = stage.screen.record.id


async def second_record(stage: Stage) -> None:
    await record(stage)
    await stage.pilot.press("n")
    stage.noted = stage.screen.record.id


async def sharing(stage: Stage) -> None:
    """On the right to add submissions of somebody who is not the owner."""
    await stage.open_project("sharing")
    await stage.until(lambda: stage.screen.team.complete, "the team")
    stage.noted = stage.screen.team.members[0]
    stage.table.move_to_key(stage.noted)
    stage.table.move_to(stage.table.cursor_index, [c.key for c in stage.table.columns].index("add_submissions"))


async def pending(stage: Stage) -> None:
    """With one change that was not sent."""
    await sharing(stage)
    await stage.pilot.press("D")
    assert stage.screen.wanted == {stage.noted: NOTHING}


async def accounts(stage: Stage) -> None:
    await stage.settled()
    stage.app.open_place("accounts")
    await stage.on("accounts")
    assert stage.table.move_to_key("carol")


async def no_accounts(stage: Stage) -> None:
    stage.app.open_place("accounts")
    await stage.on("accounts")


async def login(stage: Stage) -> None:
    """At the questions, none of them open."""
    await stage.app.push_screen(LoginScreen())
    await stage.window(Picker)
    await stage.pilot.press("escape")
    await stage.on("login")


async def about(stage: Stage) -> None:
    await stage.on("start")
    assert stage.table.move_to_key("about")


async def review(stage: Stage) -> None:
    """A plan that archives two projects, on the review screen."""
    await listed("projects", marked=2)(stage)
    await stage.pilot.press("a")
    await stage.until(lambda: stage.reviewing, "the review")
    stage.noted = stage.texts()
    change = next(i for i, text in enumerate(stage.noted) if "rchive" in text)
    stage.table.move_to(change)


async def job(stage: Stage) -> None:
    """A job that waits for the server, on the screen of jobs."""
    stage.server.faults.once(path="/deployment/", delay=1.0)
    changes = [
        SetActive(project=stage.asset.uid, project_name=stage.asset.name, before=bool(n % 2), after=not n % 2)
        for n in (1, 2)
    ]
    start(stage, "Twice", changes)
    stage.app.open_place("jobs")
    await stage.on("jobs")
    await stage.until(lambda: stage.table.cursor_key, "the job")


def start(stage: Stage, title: str, changes: Sequence[AnyChange]) -> None:
    """Begin a job without a review."""
    account = stage.app.session.account
    assert account
    stage.app.jobs.start(
        Plan(title=title, account=account.name, server=account.server, changes=tuple(changes)), account
    )


async def archived_by_job(stage: Stage) -> None:
    """A job that archived the project, on the screen of jobs."""
    change = SetActive(project=stage.asset.uid, project_name=stage.asset.name, before=True, after=False)
    await ended(stage, "Archive", [change])


async def ended(stage: Stage, title: str, changes: Sequence[AnyChange]) -> None:
    """A job that has come to its end, on the screen of jobs."""
    await stage.settled()
    start(stage, title, changes)
    await stage.until(lambda: not stage.app.job_states[0].running, "the end of the job")
    stage.app.open_place("jobs")
    await stage.on("jobs")
    await stage.until(lambda: stage.table.cursor_key, "the job")


async def archived_before(stage: Stage) -> None:
    """On a list, after a job that archived the project."""
    await archived_by_job(stage)
    stage.app.open_place("projects")
    await stage.on("projects")


async def failed_job(stage: Stage) -> None:
    """A job whose only change the server refused, which it would not do again."""
    stage.server.faults.once(path="/deployment/", status=403)
    await archived_by_job(stage)
    assert stage.app.job_states[0].count(State.FAILED) == 1


async def conflict(stage: Stage) -> None:
    """A job whose change met another name than was expected."""
    change = EditProject(
        project=stage.asset.uid, project_name=stage.asset.name, before={"name": "Not so"}, after={"name": "Wanted"}
    )
    await ended(stage, "Rename", [change])
    assert stage.app.job_states[0].count(State.CONFLICT) == 1


async def cut_off(stage: Stage) -> None:
    """A job that an earlier run began and did not come to do, in the journal; its row under the cursor."""
    await stage.settled()
    account = stage.app.session.account
    assert account
    change = SetActive(project=stage.asset.uid, project_name=stage.asset.name, before=True, after=False)
    plan = Plan(title="Cut off", account=account.name, server=account.server, changes=(change,))
    with opened(stage.app.session.journal) as journal:
        journal.begin(plan, [[0]])
    stage.app.open_place("jobs")
    await stage.on("jobs")
    await stage.until(lambda: stage.table.cursor_key, "the job")


def inside(there: Step) -> Step:
    """In the job that the cursor is on."""

    async def then(stage: Stage) -> None:
        await there(stage)
        await stage.pilot.press("enter")
        await stage.on("outcomes")
        await stage.until(lambda: stage.table.cursor_key, "the change")

    return then


async def renamed_behind(stage: Stage) -> None:
    """With news on the server."""
    await at("summary")(stage)
    stage.asset.name = "Renamed by somebody else"


async def scribbled(stage: Stage) -> None:
    """With a driver that remembers the screen."""
    await at("summary")(stage)
    stage.noted = []
    stage.app._driver.forget = lambda: stage.noted.append("forgotten")  # type: ignore[union-attr]


async def failed(stage: Stage) -> None:
    """After an error."""
    await at("summary")(stage)
    stage.screen.failed(LocalError("No space is left."))
