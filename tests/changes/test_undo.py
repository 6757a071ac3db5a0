"""Taking back: the inverse of every kind, what is left of it after failures, and what is asked before it destroys."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from kobotui.api.client import KoboClient
from kobotui.changes.access import SetAccess
from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import Deploy, SetActive, prepare_deploy
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.forms import FormSource, GoBack, ReplaceForm
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.local_files import LocalFile
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import DeleteProject, EditProject
from kobotui.changes.resubmissions import ResubmitRecord
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.changes.undo import undo_plan, undo_summary, with_what_came_since
from kobotui.demo.app import create_app
from kobotui.demo.state import State as DemoState
from kobotui.model.access import NOTHING, Rights, Team, settled
from kobotui.model.submission import Submission, answer_at
from tests.changes.nearby import SERVER, applied_nearby, client_on, names, project
from tests.changes.server_state import read_all
from tests.changes.test_projects import xlsform

P: dict[str, Any] = {"project": "aX", "project_name": "X"}
R: dict[str, Any] = {**P, "record": 7, "root_uuid": "root"}
VIEWER = settled(Rights(frozenset({"view_submissions"})))
ADDER = settled(Rights(frozenset({"view_asset", "add_submissions"})))
HOLD, APPROVED = "validation_status_on_hold", "validation_status_approved"
SOURCE = FormSource(filename="f.xlsx", content=b"x")
KEPT = {
    "uuid": "u0",
    "xml": {"name": "record.xml", "path": "/d/record.xml", "sha256": "ab"},
    "files": [{"name": "a.jpg", "path": "/d/00-a.jpg", "sha256": "cd", "mimetype": "image/jpeg"}],
    "validation": HOLD,
    "sent": "2026-01-01T00:00:00",
    "by": "ben",
}


def made(uid: str, **image: Any) -> Outcome:
    """Something was created."""
    return Outcome(State.DONE, made=uid, image=image)


CASES: list[tuple[Undo, Change, Outcome, Change]] = [
    (
        Undo.EXACT,
        SetAccess(**P, username="ben", owner="admin", before=NOTHING, after=VIEWER),
        DONE,
        SetAccess(**P, username="ben", owner="admin", before=VIEWER, after=NOTHING),
    ),
    (
        Undo.EXACT,
        EditProject(**P, before={"name": "A", "tag_string": "x"}, after={"name": "B", "tag_string": "y"}),
        DONE,
        EditProject(**P, before={"name": "B", "tag_string": "y"}, after={"name": "A", "tag_string": "x"}),
    ),
    (Undo.EXACT, SetActive(**P, before=True, after=False), DONE, SetActive(**P, before=False, after=True)),
    (
        Undo.EXACT,
        EditAnswers(**R, uuid="u0", before={"q": None}, after={"q": "1"}),
        Outcome(State.DONE, image={"uuid": "u1"}),
        EditAnswers(**R, uuid="u1", before={"q": "1"}, after={"q": None}),
    ),
    (
        Undo.EQUIVALENT,
        SetValidation(**R, before=HOLD, stamp=5, after=APPROVED),
        Outcome(State.DONE, image={"stamp": 9}),
        SetValidation(**R, before=APPROVED, stamp=9, after=HOLD),
    ),
    (
        Undo.EQUIVALENT,
        Deploy(**P, version="v2", live=None),
        DONE,
        SetActive(**P, before=True, after=False),
    ),
    (
        Undo.EQUIVALENT,
        Deploy(**P, version="v2", live="v1"),
        DONE,
        GoBack(**P, before="v2", version="v1", redeploy=True),
    ),
    (
        Undo.EQUIVALENT,
        ReplaceForm(**P, source=SOURCE, version="v1"),
        Outcome(State.DONE, image={"version": "v2"}),
        GoBack(**P, before="v2", version="v1"),
    ),
    (
        Undo.EQUIVALENT,
        GoBack(**P, before="v2", version="v1", redeploy=True),
        Outcome(State.DONE, image={"version": "v3"}),
        GoBack(**P, before="v3", version="v2", redeploy=True),
    ),
    (
        Undo.EQUIVALENT,
        CloneProject(**P, name="Copy"),
        made("aY"),
        DeleteProject(project="aY", project_name="Copy", submissions=0),
    ),
    (
        Undo.EQUIVALENT,
        CreateProject(project="", project_name="New", source=SOURCE),
        made("aY"),
        DeleteProject(project="aY", project_name="New", submissions=0),
    ),
    (
        Undo.EQUIVALENT,
        DuplicateSubmission(**R),
        made("9", uuid="u9", root_uuid="r9"),
        DeleteSubmission(**P, record=9, root_uuid="r9", uuid="u9"),
    ),
    (
        Undo.EQUIVALENT,
        SubmitRecord(**P, root_uuid="r9", xml="<x/>"),
        made("9", uuid="u9"),
        DeleteSubmission(**P, record=9, root_uuid="r9", uuid="u9"),
    ),
    (
        Undo.EQUIVALENT,
        ResubmitRecord(**R, uuid="u0", before="<a/>", after="<a><kid/></a>", repeats=("kid",)),
        Outcome(State.DONE, image={"uuid": "u1", "xml": "<a><kid/><sum/></a>"}),
        ResubmitRecord(**R, uuid="u1", before="<a><kid/><sum/></a>", after="<a/>", repeats=("kid",)),
    ),
    (
        Undo.EQUIVALENT,
        DeleteSubmission(**R, uuid="u0"),
        Outcome(State.DONE, image={"copy": KEPT}),
        SubmitRecord(
            **P,
            root_uuid="root",
            xml_file=LocalFile("record.xml", "/d/record.xml", "ab"),
            files=(LocalFile("a.jpg", "/d/00-a.jpg", "cd", "image/jpeg"),),
            validation=HOLD,
            restores=7,
            sent="2026-01-01T00:00:00",
            by="ben",
        ),
    ),
]


@pytest.mark.parametrize(("kind", "change", "outcome", "inverse"), CASES, ids=lambda value: type(value).__name__)
def test_the_inverse(kind: Undo, change: Change, outcome: Outcome, inverse: Change) -> None:
    assert change.undo is kind
    assert change.inverse(outcome) == inverse


@pytest.mark.parametrize("change", [DeleteProject(**P, submissions=3), DeleteSubmission(**R, uuid="u", keep=False)])
def test_what_is_deleted_is_gone(change: Change) -> None:
    assert change.gives_back is Undo.IMPOSSIBLE
    inverse = change.inverse(DONE)
    assert isinstance(inverse, Impossible)
    assert inverse.reason
    assert (
        undo_summary([change, CASES[0][1], CASES[5][1]]) == "Undo gives back: 1 exactly, 1 equivalently, 1 not at all"
    )


@pytest.mark.parametrize("change", [CASES[9][1], CASES[10][1], CASES[11][1], CASES[12][1]])
def test_what_is_not_known_to_be_made_is_not_deleted(change: Change) -> None:
    assert isinstance(change.inverse(DONE), Impossible)


def undo_of(journal: Journal) -> Plan:
    """The inverse of the newest job."""
    return undo_plan(journal, journal.jobs(1)[0].id)


async def undone(kobo: KoboClient, journal: Journal) -> list[Outcome]:
    """Take the newest job back; how that ended."""
    return await applied_nearby(kobo, journal, *undo_of(journal).changes, undoes=journal.jobs(1)[0].id)


def edit(asset: Any, record: Submission, path: str, value: str | None) -> EditAnswers:
    """A correction."""
    ids = {"record": record.id, "root_uuid": record.root_uuid, "uuid": record.uuid}
    return EditAnswers(**names(asset), **ids, before={path: answer_at(record.raw, path)}, after={path: value})


def status(asset: Any, record: Submission, before: str | None, after: str | None) -> SetValidation:
    """A status."""
    ids = {"record": record.id, "root_uuid": record.root_uuid}
    return SetValidation(**names(asset), **ids, before=before, after=after)


async def a_mixed_plan(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    """Changes of all kinds that can be taken back, some of them one upon another."""
    house, clinic, relief = (project(state, name) for name in ("Household", "Clinic", "Distribution"))
    team = Team.of(await kobo.access(house.uid).read(), "admin", "admin")
    records = (await kobo.submissions(clinic.uid).page(limit=3)).items
    temperature = "patient[1]/visit[1]/temp"
    rename = EditProject(**names(relief), before={"name": relief.name}, after={"name": "Renamed"})
    return [
        *(
            SetAccess(**names(house), username=user, owner="admin", before=team.get(user), after=after)
            for user, after in {"ben": ADDER, "dana": VIEWER, "u01": NOTHING}.items()
        ),
        rename,
        *(await prepare_deploy(kobo, [relief.uid])),
        EditProject(**names(relief), before={"name": "Renamed"}, after={"name": "Renamed again"}),
        SetActive(**names(relief), before=True, after=False),
        ReplaceForm(**names(house), source=structs.replace(SOURCE, content=FORM), version=house.version.uid),
        CloneProject(**names(house), name="A copy"),
        edit(clinic, records[0], temperature, "36.6"),
        edit(clinic, records[0], "note_of_admin", "seen"),
        edit(clinic, records[0], temperature, "37.7"),
        edit(clinic, records[1], "note_of_admin", "seen"),
        status(clinic, records[2], records[2].validation, HOLD),
        status(clinic, records[2], HOLD, APPROVED),
        DuplicateSubmission(**names(clinic), record=records[1].id, root_uuid=records[1].root_uuid),
    ]


FORM = xlsform(("text", "who", "Who?"))


async def there_is(kobo: KoboClient) -> dict[str, str]:
    """The whole server by uid, but for versions and revisions."""
    found = await read_all(kobo)
    for there in found.values():
        for record in there.records.values():
            record.uuid = record.replaced = ""
    return {uid: repr(there) for uid, there in found.items()}


async def test_everything_that_can_be_taken_back_is_and_can_be_done_again(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    relief = project(state, "Distribution").uid
    first = await there_is(inside)
    outcomes = await applied_nearby(inside, journal, *(await a_mixed_plan(inside, state)))
    assert [outcome for outcome in outcomes if outcome.state is not State.DONE] == []
    second = await there_is(inside)
    assert len(second) == len(first) + 1
    assert {uid for uid in first if first[uid] != second[uid]} == set(first) - unplanned(first, state)
    outcomes = await undone(inside, journal)
    assert [outcome for outcome in outcomes if outcome.state is not State.DONE] == []
    third = await there_is(inside)
    assert third.keys() == first.keys()
    assert {uid for uid in first if first[uid] != third[uid]} == {relief}  # whose draft is the live form now
    assert (state.assets[relief].name, state.assets[relief].deployment_status) == (RELIEF, "deployed")
    assert any("Not taken back" in warning for warning in undo_of(journal).warnings)  # the copies were deleted
    outcomes = await undone(inside, journal)
    assert [outcome for outcome in outcomes if outcome.state is not State.DONE] == []
    again = await there_is(inside)
    assert state.assets[relief].name == "Renamed again"
    assert again[relief] == second[relief]


RELIEF = "Distribution of relief items, Port Sud"


def unplanned(uids: dict[str, str], state: DemoState) -> set[str]:
    """The projects that the mixed plan has nothing to do with."""
    return {uid for uid in uids if not state.assets[uid].name.startswith(("Household", "Clinic", "Renamed"))}


async def test_only_what_was_done_is_taken_back(state: DemoState, inside: KoboClient, journal: Journal) -> None:
    house = project(state, "Household")
    rename = EditProject(**names(house), before={"name": house.name}, after={"name": "New"})
    gone = structs.replace(rename, project="aXXXXXXXXXXXXXXXXXXXXXX")
    conflict = EditProject(**names(house), before={"name": "Neither"}, after={"name": "Nor"})
    outcomes = await applied_nearby(inside, journal, gone, rename, conflict)
    assert [outcome.state for outcome in outcomes] == [State.FAILED, State.DONE, State.CONFLICT]
    assert undo_of(journal).changes == (structs.replace(rename, before=rename.after, after=rename.before),)


async def test_what_failed_half_way_is_taken_back_too(state: DemoState, journal: Journal) -> None:
    house = project(state, "Household")

    def refusing(app: Any) -> Any:
        """A server that grants one right, and then no other."""
        granted = 0

        async def around(scope: Any, receive: Any, send: Any) -> None:
            nonlocal granted
            granted += scope["method"] == "POST"
            if scope["method"] == "POST" and granted == 2:
                head = [(b"content-type", b"application/json"), (b"x-kobonaut", b"admin")]
                await send({"type": "http.response.start", "status": 400, "headers": head})
                await send({"type": "http.response.body", "body": b'{"permission": "not this one"}'})
            else:
                await app(scope, receive, send)

        return around

    async with client_on(state, "admin", refusing(create_app(state))) as kobo:
        before = Team.of(await kobo.access(house.uid).read(), "admin", "admin").get("dana")
        assert not before
        change = SetAccess(**names(house), username="dana", owner="admin", before=NOTHING, after=ADDER)
        (outcome,) = await applied_nearby(kobo, journal, change)
        assert outcome.state is State.FAILED
        assert "not this one" in outcome.reason
        (inverse,) = undo_of(journal).changes
        assert isinstance(inverse, SetAccess)
        assert len(inverse.before.full) == 1
        (outcome,) = await undone(kobo, journal)
        assert outcome.state is State.DONE
        assert not Team.of(await kobo.access(house.uid).read(), "admin", "admin").get("dana")


async def test_what_is_in_doubt_is_said_and_left(state: DemoState, inside: KoboClient, journal: Journal) -> None:
    house = project(state, "Household")
    plan = Plan(title="T", account="a", server=SERVER, changes=(CloneProject(**names(house), name="Perhaps"),))
    job = journal.begin(plan, [[0]])
    journal.started(job, [0])
    found = undo_plan(journal, job)
    assert found.changes == ()
    assert found.warnings[0].startswith("In doubt, and not taken back; go on with the job first: ")


async def test_taken_back_twice_it_is_said(state: DemoState, inside: KoboClient, journal: Journal) -> None:
    house = project(state, "Household")
    await applied_nearby(
        inside, journal, EditProject(**names(house), before={"name": house.name}, after={"name": "New"})
    )
    job = journal.jobs(1)[0].id
    await undone(inside, journal)
    assert undo_plan(journal, job).warnings == (f"Job {job + 1} has taken this back already, or part of it.",)
    (outcome,) = await applied_nearby(inside, journal, *undo_plan(journal, job).changes)
    assert outcome.state is State.CONFLICT


async def test_a_project_that_has_gained_data_is_not_deleted_unasked(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    (outcome,) = await applied_nearby(inside, journal, CloneProject(**names(project(state, "Clinic")), name="A copy"))
    copy = state.assets[outcome.made]
    await applied_nearby(inside, journal, *(await prepare_deploy(inside, [copy.uid])))
    plan = undo_plan(journal, 1)
    assert (await with_what_came_since(inside, plan)) == plan
    source = (await inside.submissions(project(state, "Clinic").uid).page(limit=1)).items[0]
    xml = (await inside.submissions(project(state, "Clinic").uid).xml(source.id)).decode()
    assert copy.deployment
    other = project(state, "Clinic")
    assert other.deployment
    xml = xml.replace(other.uid, copy.uid).replace(other.deployment.form_uuid, copy.deployment.form_uuid)
    await inside.openrosa.submit(xml.replace(source.uuid, source.uuid[::-1].replace("-", "a")).encode())
    assert copy.records is not None
    assert len(copy.records) == 1
    (outcome,) = await applied_nearby(inside, journal, *plan.changes)
    assert outcome.state is State.CONFLICT
    assert not copy.trashed
    looked = await with_what_came_since(inside, plan)
    assert looked.all_warnings == ("A copy has 1 submission, which is deleted with it.",)
    assert looked.must_type(production=False) == "1"
    (outcome,) = await applied_nearby(inside, journal, *looked.changes)
    assert outcome.state is State.DONE
    assert copy.trashed
    gone = await with_what_came_since(inside, plan)
    assert gone.changes == ()
    assert gone.warnings == ("Gone already: A copy: Delete project and data",)


async def test_a_copy_that_was_corrected_is_not_deleted_unasked(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    clinic = project(state, "Clinic")
    (record,) = (await inside.submissions(clinic.uid).page(limit=1)).items
    duplicate = DuplicateSubmission(**names(clinic), record=record.id, root_uuid=record.root_uuid)
    (outcome,) = await applied_nearby(inside, journal, duplicate)
    plan = undo_of(journal)
    await inside.submissions(clinic.uid).edit([int(outcome.made)], {"note": "work was put into this"})
    (refused,) = await applied_nearby(inside, journal, *plan.changes)
    assert refused.state is State.CONFLICT
    looked = await with_what_came_since(inside, plan)
    assert looked.warnings[0].startswith("Corrected since, and deleted all the same: ")
    (deleted,) = await applied_nearby(inside, journal, *looked.changes)
    assert deleted.state is State.DONE
