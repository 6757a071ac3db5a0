"""How a change ends when the server, the line or kobotui itself fails, and what becomes of the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotConnected, NotLoggedIn, TooBusy
from kobotui.api.pause import Pause
from kobotui.changes.access import SetAccess
from kobotui.changes.apply import DEAD_LINE, Application
from kobotui.changes.creations import CloneProject
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import SetActive, prepare_deploy
from kobotui.changes.forms import FormSource, ReplaceForm
from kobotui.changes.journal import Journal, JournalError
from kobotui.changes.kinds import AnyChange
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import DeleteProject, EditProject, EditProjectStep
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.demo.app import create_app
from kobotui.demo.server import DemoServer
from kobotui.demo.state import State as DemoState
from kobotui.model.access import NOTHING, PUBLIC, Rights, settled
from kobotui.model.new_record import DeployedForm
from tests.changes.conftest import account_on, token_on
from tests.changes.nearby import applied_nearby, client_on, names, project
from tests.changes.test_projects import household

VIEW = settled(Rights(frozenset({"view_submissions"})))
ADD = settled(Rights(frozenset({"view_asset", "add_submissions"})))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's time for what was cut off is over soon."""
    monkeypatch.setattr("kobotui.changes.step.GRACE", 0.05)
    monkeypatch.setattr("kobotui.changes.step.SERVER_LIMIT", 0.2)


def hurried() -> Pause:
    """Patience that takes no time."""
    now = 1000.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        await asyncio.sleep(0)

    return Pause(clock=lambda: now, sleep=sleep, chance=lambda: 0.5)


def rename(demo: DemoServer, n: int = 0) -> EditProject:
    """A change of a project's name."""
    asset = [a for a in demo.state.assets.values() if a.owner == "admin" and a.asset_type == "survey"][n]
    return EditProject(**names(asset), before={"name": asset.name}, after={"name": f"Renamed {n}"})


async def begun(demo: DemoServer, journal: Journal, *changes: AnyChange) -> tuple[list[Outcome], KoboError | None]:
    """Apply changes over the demo's line; their outcomes, and what was raised."""
    plan = Plan(title="T", account="demo", server=demo.url, changes=changes)
    application = Application.begin(plan, account_on(demo), journal, lambda _at, _outcomes: None)
    raised: KoboError | None = None
    async with KoboClient(account_on(demo), token_on(demo), pause=hurried()) as kobo:
        try:
            await application.run(kobo)
        except KoboError as error:
            raised = error
    assert bool(journal.job(application.job).ended) is not bool(raised)  # unfinished: the next start asks about it
    return [entry.outcome for entry in journal.entries(application.job)], raised


ON_WRITE: list[tuple[dict[str, Any], State, str]] = [
    ({"status": 400}, State.FAILED, "The server refuses: Error"),
    ({"status": 403}, State.FAILED, "Your account may not do this: Error"),
    ({"status": 409}, State.FAILED, "The server refuses: Error"),
    ({"status": 413}, State.FAILED, "too large"),
    ({"status": 500}, State.DONE, ""),
    ({"status": 500, "after": True}, State.DONE, ""),
    ({"status": 502}, State.DONE, ""),
    ({"status": 504, "after": True}, State.DONE, ""),
    ({"status": 503, "retry_after": 1}, State.DONE, ""),
    ({"status": 429}, State.DONE, ""),
    ({"drop": True}, State.DONE, ""),
    ({"drop": True, "after": True}, State.DONE, ""),
    ({"truncate": True}, State.DONE, ""),
    ({"status": 200, "html": True}, State.DONE, ""),
]


@pytest.mark.parametrize(("fault", "state", "reason"), ON_WRITE, ids=str)
async def test_one_fault_of_a_write(
    demo: DemoServer, journal: Journal, fault: dict[str, Any], state: State, reason: str
) -> None:
    demo.faults.once(method="PATCH", path="/assets/", **fault)
    change = rename(demo)
    (outcome,), raised = await begun(demo, journal, change)
    assert raised is None
    assert outcome.state is state
    assert reason in outcome.reason
    name = demo.state.assets[change.project].name
    assert name == ("Renamed 0" if state is State.DONE else change.project_name)
    if state is State.FAILED:
        assert outcome.details.startswith(f"PATCH /api/v2/assets/{change.project}/ -> {fault['status']}")


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {"drop": True}, {"drop": True, "after": True}])
async def test_one_fault_of_a_creation_makes_one_thing(
    demo: DemoServer, journal: Journal, fault: dict[str, Any]
) -> None:
    demo.faults.once(method="POST", path="/assets/$", **fault)
    (outcome,), raised = await begun(demo, journal, CloneProject(**names(household(demo)), name="Once"))
    assert raised is None
    assert outcome.state is State.DONE
    assert [a.uid for a in demo.state.assets.values() if a.name == "Once"] == [outcome.made]


async def test_what_stays_in_doubt_says_so_and_is_settled_later(demo: DemoServer, journal: Journal) -> None:
    demo.faults.once(method="PATCH", path="/assets/", count=99, status=500, after=True)
    demo.faults.once(method="GET", path="/assets/a", skip=1, count=99, status=500)
    change = rename(demo)
    (outcome,), raised = await begun(demo, journal, change)
    assert raised is None
    assert outcome.state is State.DOUBT
    assert outcome.reason == "The server failed (500)."
    demo.faults.clear()
    async with KoboClient(account_on(demo), token_on(demo)) as kobo:
        await Application.resume(1, kobo.account, journal, lambda _at, _outcomes: None).run(kobo)
    assert journal.entries(1)[0].outcome.state is State.DONE


async def test_a_key_that_is_not_accepted_stops_the_job_and_the_rest_waits(demo: DemoServer, journal: Journal) -> None:
    demo.faults.once(method="PATCH", status=401)
    outcomes, raised = await begun(demo, journal, *(rename(demo, n) for n in range(6)))
    assert isinstance(raised, NotLoggedIn)
    states = [outcome.state for outcome in outcomes]
    assert set(states) <= {State.DONE, State.WAITING}
    assert State.WAITING in states


async def test_a_server_that_is_away_leaves_everything_waiting(demo: DemoServer, journal: Journal) -> None:
    changes = [rename(demo, n) for n in range(8)]
    served = demo.faults.served
    demo.faults.once(count=10**6, drop=True)
    outcomes, raised = await begun(demo, journal, *changes)
    assert isinstance(raised, NotConnected)
    assert {outcome.state for outcome in outcomes} == {State.WAITING}
    assert demo.faults.served - served <= (DEAD_LINE + 4) * 4  # it did not try all of them to the end
    demo.faults.clear()
    async with KoboClient(account_on(demo), token_on(demo)) as kobo:
        await Application.resume(1, kobo.account, journal, lambda _at, _outcomes: None).run(kobo)
    assert journal.job(1).done == 8


async def test_a_server_that_asks_for_too_much_patience_is_left_alone(demo: DemoServer, journal: Journal) -> None:
    demo.faults.once(count=10**6, status=429, retry_after=3600)
    outcomes, raised = await begun(demo, journal, rename(demo), rename(demo, 1))
    assert isinstance(raised, TooBusy)
    assert "3600 seconds" in raised.sentence
    assert {outcome.state for outcome in outcomes} == {State.WAITING}


async def test_a_defect_of_ours_is_one_doubt_and_stops_nothing_else(
    demo: DemoServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EditProjectStep.send
    changes = [rename(demo, n) for n in range(3)]

    async def broken(self: EditProjectStep, kobo: KoboClient) -> Any:
        if self.changes[0].project == changes[1].project:
            raise ZeroDivisionError("a defect")
        return await real(self, kobo)

    monkeypatch.setattr(EditProjectStep, "send", broken)
    outcomes, raised = await begun(demo, journal, *changes)
    assert raised is None
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DOUBT, State.DONE]
    assert outcomes[1].reason == "kobotui itself failed here: ZeroDivisionError"


async def test_a_disk_that_is_full_ends_the_job_and_later_it_goes_on(demo: DemoServer, journal: Journal) -> None:
    changes = [rename(demo, n) for n in range(6)]
    plan = Plan(title="T", account="demo", server=demo.url, changes=tuple(changes))
    application = Application.begin(plan, account_on(demo), journal, lambda _at, _outcomes: None)
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count={pages}")
    long = {f"k{n}": "x" * 4000 for n in range(3)}
    async with KoboClient(account_on(demo), token_on(demo)) as kobo:
        real = journal.settled
        journal.settled = lambda job, at, outcomes: real(  # type: ignore[method-assign]
            job, at, [structs.replace(outcome, image=long) for outcome in outcomes]
        )
        with pytest.raises(JournalError, match="database or disk is full"):
            await application.run(kobo)
        journal._db.execute("PRAGMA max_page_count=1000000")
        journal.settled = real  # type: ignore[method-assign]
        assert {entry.outcome.state for entry in journal.entries(1)} <= {State.RUNNING, State.WAITING, State.DONE}
        await Application.resume(1, kobo.account, journal, lambda _at, _outcomes: None).run(kobo)
    assert journal.job(1).done == 6
    assert {change.after["name"] for change in changes} <= {asset.name for asset in demo.state.assets.values()}


async def test_a_paused_job_stops_when_it_is_told_to(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    for stop in ("here", "elsewhere"):
        plan = Plan(title="T", account="demo", server=demo.url, changes=(rename(demo, 2),))
        application = Application.begin(plan, kobo.account, journal, lambda _at, _outcomes: None)
        application.pause(True)
        running = asyncio.create_task(application.run(kobo))
        await asyncio.sleep(0.05)
        if stop == "here":
            application.stop()
            application.pause(True)
        else:
            application._lock.ask_to_stop()
        await asyncio.wait_for(running, 10)
        assert [entry.outcome.state for entry in journal.entries(application.job)] == [State.WAITING]


# Writes that the server says it has done


def deaf(method: str, end: str, body: bytes = b"{}", status: int = 200) -> Any:
    """A server that says yes to one kind of write and does nothing; to ``PATCH`` it tells what is there."""

    def around(app: Any) -> Any:
        async def call(scope: Any, receive: Any, send: Any) -> None:
            if scope["method"] == method and scope["path"].endswith(end):
                if body != b"{}":
                    head = [(b"content-type", b"application/json"), (b"x-kobonaut", b"admin")]
                    await send({"type": "http.response.start", "status": status, "headers": head})
                    await send({"type": "http.response.body", "body": body})
                    return
                scope = {**scope, "method": "GET"}
            await app(scope, receive, send)

        return call

    return around


WITHOUT: dict[str, tuple[Any, str]] = {
    "name": (deaf("PATCH", "/"), "The server accepted this but did not change: Name"),
    "archive": (deaf("PATCH", "/deployment/"), "without effect"),
    "redeploy": (deaf("PATCH", "/deployment/"), "another version is live"),
    "team": (deaf("POST", "/bulk/", b"[]"), "without effect"),
    "one user": (deaf("POST", "/permission-assignments/", b'{"url":"","user":"","permission":""}'), "without effect"),
    "answers": (deaf("PATCH", "/bulk/", b'{"count":1,"results":[]}'), "did not store the new answer"),
    "validation": (deaf("PATCH", "/validation_statuses/", b"{}\n"), "without effect"),
    "new record": (deaf("POST", "/submission", b"<OpenRosaResponse/>", status=201), "without effect"),
    "record": (deaf("DELETE", "/bulk/", b"{}\n"), "without effect"),
    "project": (deaf("DELETE", "/", b"{}\n"), "without effect"),
    "form": (deaf("POST", "/imports/", b'{"uid":"iX","status":"processing"}'), "the form is as it was"),
}


async def a_write(kobo: KoboClient, state: DemoState, case: str) -> list[AnyChange]:
    """The changes of a case."""
    asset = project(state, "Distribution" if case == "redeploy" else "Household")
    (record,) = (await kobo.submissions(asset.uid).page(limit=1)).items
    row: dict[str, Any] = {**names(asset), "record": record.id, "root_uuid": record.root_uuid}
    join: dict[str, Any] = {**names(asset), "owner": "admin", "before": NOTHING, "after": VIEW}
    match case:
        case "name":
            return [EditProject(**names(asset), before={"name": asset.name}, after={"name": "Other"})]
        case "archive":
            return [SetActive(**names(asset), before=True, after=False)]
        case "redeploy":
            return list(await prepare_deploy(kobo, [asset.uid]))
        case "team":
            return [SetAccess(**join, username=user) for user in ("dana", "fatou")]
        case "one user":
            return [SetAccess(**join, username="dana")]
        case "answers":
            return [EditAnswers(**row, uuid=record.uuid, before={"remarks": None}, after={"remarks": "new"})]
        case "validation":
            return [SetValidation(**row, before=record.validation, after="validation_status_on_hold")]
        case "new record":
            xml = DeployedForm.parse(await kobo.openrosa.form_xml(asset.uid)).record({}, "0" * 32)
            return [SubmitRecord.of(xml, **names(asset))]
        case "record":
            return [DeleteSubmission(**row, uuid=record.uuid)]
        case "project":
            return [DeleteProject(**names(asset), submissions=20)]
    state.imports["iX"] = {
        "uid": "iX",
        "status": "complete",
        "messages": {},
        "date_created": asset.date_created,
        "user": "admin",
    }
    return [ReplaceForm(**names(asset), source=FormSource(filename="f", content=b"x"), version=asset.version.uid)]


@pytest.mark.parametrize("case", WITHOUT)
async def test_a_write_that_is_accepted_without_effect_has_failed(
    state: DemoState, journal: Journal, case: str
) -> None:
    around, reason = WITHOUT[case]
    async with client_on(state, "admin", around(create_app(state))) as kobo, client_on(state, "admin") as well:
        outcomes = await applied_nearby(kobo, journal, *(await a_write(well, state, case)))
    assert {outcome.state for outcome in outcomes} == {State.FAILED}
    assert reason in outcomes[0].reason


# Rights of whoever does it


async def test_somebody_who_manages_with_others_leaves_last(state: DemoState, journal: Journal) -> None:
    """A manager who takes their own rights away cannot see the team any more afterwards."""
    asset = project(state, "Household")
    async with client_on(state, "admin") as owner:
        await owner.access(asset.uid).grant("ben", "manage_asset")
        team = {row.username for row in await owner.access(asset.uid).read()}
        manager = settled(Rights(frozenset({"manage_asset"})))
        changes = [
            SetAccess(**names(asset), username="ben", owner="admin", before=manager, after=NOTHING),
            SetAccess(**names(asset), username="dana", owner="admin", before=NOTHING, after=VIEW),
            SetAccess(**names(asset), username="fatou", owner="admin", before=NOTHING, after=ADD),
        ]
        async with client_on(state, "ben") as ben:
            outcomes = await applied_nearby(ben, journal, *changes)
        assert {outcome.state for outcome in outcomes} == {State.DONE}
        assert {row.username for row in await owner.access(asset.uid).read()} == team - {"ben"} | {"dana", "fatou"}


async def test_who_may_only_look_can_leave(state: DemoState, journal: Journal) -> None:
    """The history is for managers: without it nobody can tell what others did, and the change is made."""
    asset = project(state, "Household")
    async with client_on(state, "admin") as owner:
        await owner.access(asset.uid).remove_user("dana")
        await owner.access(asset.uid).grant("dana", "view_submissions")
        change = SetAccess(**names(asset), username="dana", owner="admin", before=VIEW, after=NOTHING)
        async with client_on(state, "dana") as dana:
            (outcome,) = await applied_nearby(dana, journal, change)
        assert outcome.state is State.DONE
        assert "dana" not in {row.username for row in await owner.access(asset.uid).read()}


async def test_an_owner_is_never_removed_also_when_it_became_one_meanwhile(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")
    manager = settled(Rights(frozenset({"manage_asset"})))
    async with client_on(state, "admin") as owner:
        await owner.access(asset.uid).grant("ben", "manage_asset")
    asset.owner = "ben"  # a transfer; who was the owner keeps managing
    change = SetAccess(**names(asset), username="ben", owner="admin", before=manager, after=NOTHING)
    async with client_on(state, "admin") as kobo:
        (outcome,) = await applied_nearby(kobo, journal, change)
    assert outcome.state is State.FAILED
    assert outcome.reason == "ben owns this project; an owner's rights stay."
    assert "manage_asset" in {row.codename for row in asset.rows if row.username == "ben"}


async def test_the_public_is_never_removed_in_one_call(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")
    said: list[str] = []

    async def listen(request: str) -> None:
        said.append(request)

    async with client_on(state, "admin", before=listen) as kobo:
        opened = SetAccess(**names(asset), username=PUBLIC, owner="admin", before=NOTHING, after=ADD)
        (outcome,) = await applied_nearby(kobo, journal, opened)
        assert outcome.state is State.DONE
        assert asset.deployment
        assert not asset.deployment.require_auth
        inverse = opened.inverse(outcome)
        (outcome,) = await applied_nearby(kobo, journal, inverse)  # type: ignore[arg-type]
    assert outcome.state is State.DONE
    assert asset.deployment.require_auth
    assert "DELETE bulk" not in said
