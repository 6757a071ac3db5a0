"""What somebody else changed meanwhile is never overwritten: it is shown, and can be rebased, forced or left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.access import SetAccess
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import SetActive, prepare_deploy
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.forms import FormSource, GoBack, ReplaceForm
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import DeleteProject, EditProject, editable
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.changes.undo import again_plan, rebased_plan
from kobotui.demo.state import Asset
from kobotui.demo.state import State as DemoState
from kobotui.model.access import NOTHING, Rights, Team, settled
from kobotui.model.submission import Submission
from tests.changes.nearby import SERVER, applied_nearby, client_on, names, project
from tests.changes.server_state import read_project
from tests.changes.test_projects import xlsform

VIEW = settled(Rights(frozenset({"view_submissions"})))
VALIDATE = settled(Rights(frozenset({"validate_submissions"})))
ADD = settled(Rights(frozenset({"view_asset", "add_submissions"})))
HOLD, APPROVED = "validation_status_on_hold", "validation_status_approved"
FORM = FormSource(filename="f.xlsx", content=xlsform(("text", "who", "Who?")))
EXTRA = {"type": "text", "name": "theirs", "label": ["Theirs"]}


async def first(kobo: KoboClient, asset: Asset) -> Submission:
    """The first record."""
    return (await kobo.submissions(asset.uid).page(limit=1)).items[0]


def of(asset: Asset, record: Submission) -> dict[str, Any]:
    """How a change names its record."""
    return {**names(asset), "record": record.id, "root_uuid": record.root_uuid}


async def save_another(kobo: KoboClient, asset: Asset) -> None:
    """Somebody saves another form."""
    content = asset.content
    await kobo.projects.patch(asset.uid, content={**content, "survey": [*content["survey"], EXTRA]})


Built = tuple[AnyChange, Callable[[], Awaitable[Any]]]
"""A change, and what somebody else does before it is applied."""
Build = Callable[[KoboClient, DemoState], Awaitable[Built]]
Seen = Callable[[KoboClient, DemoState], Awaitable[Any]]
"""What is to be seen on the server afterwards."""


async def rights(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    access = kobo.access(asset.uid)
    await access.remove_user("dana")
    await access.grant("dana", "view_submissions")
    change = SetAccess(**names(asset), username="dana", owner="admin", before=VIEW, after=VALIDATE)
    return change, lambda: access.grant("dana", "add_submissions")


async def rights_of_dana(kobo: KoboClient, state: DemoState) -> Rights:
    rows = await kobo.access(project(state, "Household").uid).read()
    return Team.of(rows, "admin", "admin").get("dana")


async def tags(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    await kobo.projects.patch(asset.uid, tag_string="a,b")
    change = EditProject(**names(asset), before={"tag_string": "a,b"}, after={"tag_string": "b,c"})
    return change, lambda: kobo.projects.patch(asset.uid, tag_string="a,b,x")


async def the_tags(kobo: KoboClient, state: DemoState) -> str:
    return str(editable(await kobo.projects.get(project(state, "Household").uid))["tag_string"])


async def countries(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    k, t, s = ({"value": code, "label": code} for code in ("KEN", "TZA", "SOM"))
    await kobo.projects.patch(asset.uid, settings={"country": [k]})
    change = EditProject(**names(asset), before={"country": [k]}, after={"country": [t]})
    return change, lambda: kobo.projects.patch(asset.uid, settings={"country": [k, s]})


async def the_countries(kobo: KoboClient, state: DemoState) -> list[str]:
    return [country.value for country in (await kobo.projects.get(project(state, "Household").uid)).countries]


async def name(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Clinic")
    change = EditProject(**names(asset), before={"name": asset.name}, after={"name": "Ours"})
    return change, lambda: kobo.projects.patch(asset.uid, name="Clinic by them")


async def the_name(kobo: KoboClient, state: DemoState) -> list[str]:
    return [asset.name for asset in state.assets.values() if asset.name in ("Ours", "Clinic by them")]


async def redeployment(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Distribution")
    (change,) = await prepare_deploy(kobo, [asset.uid])
    return change, lambda: save_another(kobo, asset)


async def live_is_newest(kobo: KoboClient, state: DemoState) -> tuple[bool, bool]:
    asset = project(state, "Distribution")
    assert asset.deployed_version
    return asset.deployed_version == asset.version, "theirs" in [
        row.get("name") for row in asset.version.content["survey"]
    ]


async def form(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    change = ReplaceForm(**names(asset), source=FORM, version=asset.version.uid)
    return change, lambda: save_another(kobo, asset)


async def questions(kobo: KoboClient, state: DemoState) -> list[str | None]:
    return [row.get("name") for row in project(state, "Household").content["survey"]][-1:]


async def back(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    old = asset.version.uid
    await kobo.projects.patch(asset.uid, content={"survey": [EXTRA | {"name": "newer"}]})
    change = GoBack(**names(asset), before=asset.version.uid, version=old)
    return change, lambda: save_another(kobo, asset)


async def deletion(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    assert asset.records is not None
    change = DeleteProject(**names(asset), submissions=len(asset.records))
    record = await first(kobo, asset)
    return change, lambda: kobo.submissions(asset.uid).duplicate(record.id)


async def household_is_there(kobo: KoboClient, state: DemoState) -> bool:
    return not next(a for a in state.assets.values() if a.name.startswith("Household")).trashed


async def answers(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    record = await first(kobo, asset)
    change = EditAnswers(**of(asset, record), uuid=record.uuid, before={"remarks": None}, after={"remarks": "ours"})
    data = {"remarks": "theirs", "other_remarks": "theirs"}
    return change, lambda: kobo.submissions(asset.uid).edit([record.id], data)


async def the_remarks(kobo: KoboClient, state: DemoState) -> tuple[Any, Any]:
    record = await first(kobo, project(state, "Household"))
    return record.answer("remarks"), record.answer("other_remarks")


async def validation(kobo: KoboClient, state: DemoState) -> Built:
    """The same status, given again by somebody else."""
    asset = project(state, "Household")
    record = await first(kobo, asset)
    await kobo.submissions(asset.uid).set_validation([record.id], HOLD)
    change = SetValidation(**of(asset, record), before=HOLD, stamp=1, after=APPROVED)
    return change, lambda: kobo.submissions(asset.uid).set_validation([record.id], HOLD)


async def the_status(kobo: KoboClient, state: DemoState) -> str | None:
    return (await first(kobo, project(state, "Household"))).validation


async def record_deletion(kobo: KoboClient, state: DemoState) -> Built:
    asset = project(state, "Household")
    record = await first(kobo, asset)
    change = DeleteSubmission(**of(asset, record), uuid=record.uuid)
    return change, lambda: kobo.submissions(asset.uid).edit([record.id], {"remarks": "theirs"})


async def how_many(kobo: KoboClient, state: DemoState) -> int:
    return len(project(state, "Household").records or [])


MERGED = settled(Rights(frozenset({"validate_submissions", "add_submissions"})))
CASES: dict[str, tuple[Build, Seen, Any, Any, Any, str]] = {
    # what somebody else has made of it; rebased; forced; what is said
    "rights": (rights, rights_of_dana, VIEW.full | {"add_submissions"}, MERGED, VALIDATE, "Add submissions"),
    "tags": (tags, the_tags, "a,b,x", "b,c,x", "b,c", "a,b,x"),
    "countries": (countries, the_countries, ["KEN", "SOM"], ["SOM", "TZA"], ["TZA"], "KEN, SOM"),
    "name": (name, the_name, ["Clinic by them"], ["Ours"], ["Ours"], "Clinic by them"),
    "redeployment": (redeployment, live_is_newest, (False, True), (True, True), (True, True), "another version"),
    "form": (form, questions, ["theirs"], ["who"], ["who"], "another version"),
    "deletion": (deletion, household_is_there, True, False, False, "21 submissions"),
    "answers": (answers, the_remarks, ("theirs", "theirs"), ("ours", "theirs"), ("ours", "theirs"), "theirs"),
    "validation": (validation, the_status, HOLD, APPROVED, APPROVED, "On hold"),
    "record deletion": (record_deletion, how_many, 20, 19, 19, "corrected since"),
}


@pytest.mark.parametrize("force", [False, True], ids=["rebased", "forced"])
@pytest.mark.parametrize("case", CASES)
async def test_it_is_set_aside_and_can_be_made_all_the_same(
    state: DemoState, inside: KoboClient, journal: Journal, case: str, force: bool
) -> None:
    build, seen, theirs, rebased, forced, said = CASES[case]
    change, meanwhile = await build(inside, state)
    await meanwhile()
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.state is State.CONFLICT
    assert outcome.reason.startswith("Changed by somebody else meanwhile; it is now: ")
    assert said in outcome.reason
    found = await seen(inside, state)
    assert (found.full if isinstance(found, Rights) else found) == theirs
    plan = await rebased_plan(inside, again_plan(journal, 1, State.CONFLICT), force=force)
    (outcome,) = await applied_nearby(inside, journal, *plan.changes)
    assert outcome.state is State.DONE, outcome
    assert await seen(inside, state) == (forced if force else rebased)


async def test_going_back_from_another_form_is_a_conflict_and_can_be_made_all_the_same(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    change, meanwhile = await back(inside, state)
    await meanwhile()
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.state is State.CONFLICT
    plan = await rebased_plan(inside, again_plan(journal, 1, State.CONFLICT), force=False)
    (outcome,) = await applied_nearby(inside, journal, *plan.changes)
    assert outcome.state is State.DONE
    asset = project(state, "Household")
    assert asset.version.content_hash == asset.versions[0].content_hash
    assert (await rebased_plan(inside, plan, force=False)).changes == ()


async def test_what_somebody_else_archived_meanwhile_is_a_conflict_and_then_done(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    asset = project(state, "Household")
    change = SetActive(**names(asset), before=True, after=False)
    await inside.deployment(asset.uid).set_active(False)
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.reason == "Changed by somebody else meanwhile; it is now: archived"
    assert (await rebased_plan(inside, again_plan(journal, 1, State.CONFLICT), force=True)).changes == ()


async def test_what_is_as_wanted_already_is_left_out_and_said(state: DemoState, inside: KoboClient) -> None:
    plan = Plan(title="", account="", server=SERVER, changes=tuple(await as_wanted(inside, state)))
    for force in (False, True):
        anew = await rebased_plan(inside, plan, force=force)
        assert anew.changes == ()
        n = len(plan.changes)
        assert anew.warnings == (f"{n} changes are done already, or what they touched is gone.",)


async def as_wanted(kobo: KoboClient, state: DemoState) -> Sequence[AnyChange]:
    """Changes that somebody else has made just so."""
    asset = project(state, "Household")
    record = await first(kobo, asset)
    (deploy,) = await prepare_deploy(kobo, [asset.uid])
    return [
        SetAccess(**names(asset), username="dana", owner="admin", before=VIEW, after=NOTHING),
        EditProject(**names(asset), before={"name": "Old"}, after={"name": asset.name}),
        deploy,
        SetActive(**names(asset), before=False, after=True),
        GoBack(**names(asset), before="vOld", version=asset.version.uid),
        EditAnswers(**of(asset, record), uuid="old", before={"q": "1"}, after={"q": None}),
        SetValidation(**of(asset, record), before=HOLD, after=record.validation),
        SubmitRecord(**names(asset), root_uuid=record.root_uuid, xml="<x/>"),
    ]


async def test_what_is_gone_is_left_out_and_said(state: DemoState, inside: KoboClient) -> None:
    gone: dict[str, Any] = {"project": "aXXXXXXXXXXXXXXXXXXXXXX", "project_name": "Gone"}
    asset = project(state, "Household")
    there = await first(inside, asset)
    lost: dict[str, Any] = {**names(asset), "record": there.id + 10**6, "root_uuid": ""}
    changes: list[AnyChange] = [
        SetAccess(**gone, username="ben", owner="admin", before=VIEW, after=NOTHING),
        EditProject(**gone, before={"name": "A"}, after={"name": "B"}),
        SetActive(**gone, before=True, after=False),
        ReplaceForm(**gone, source=FORM, version="v"),
        GoBack(**gone, before="v", version="w"),
        DeleteProject(**gone),
        EditAnswers(**lost, uuid="u", before={"q": None}, after={"q": "1"}),
        SetValidation(**lost, before=None, after=HOLD),
        DeleteSubmission(**lost, uuid="u"),
        DeleteSubmission(**gone, record=1, root_uuid="", uuid="u"),
    ]
    plan = Plan(title="", account="", server=SERVER, changes=(*changes, CloneProject(**names(asset), name="Kept")))
    anew = await rebased_plan(inside, plan, force=False)
    assert anew.changes == plan.changes[-1:]
    assert anew.warnings == ("10 changes are done already, or what they touched is gone.",)


async def test_what_makes_something_new_is_planned_as_before(state: DemoState, inside: KoboClient) -> None:
    asset = project(state, "Household")
    record = await first(inside, asset)
    changes: tuple[AnyChange, ...] = (
        CloneProject(**names(asset), name="Copy"),
        CreateProject(project="", project_name="New", source=FORM),
        DuplicateSubmission(**of(asset, record)),
        SubmitRecord(**names(asset), root_uuid="new", xml="<x/>"),
    )
    plan = Plan(title="", account="", server=SERVER, changes=changes)
    assert await rebased_plan(inside, plan, force=False) == plan


async def test_records_that_vanish_between_reading_and_writing_do_not_stop_the_others(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    """The server refuses a whole batch for one id that it does not know."""
    asset = project(state, "Household")
    found = (await inside.submissions(asset.uid).page(limit=4)).items
    for build, request in (
        (lambda r: SetValidation(**of(asset, r), before=r.validation, after=HOLD), "PATCH validation_statuses"),
        (lambda r: DeleteSubmission(**of(asset, r), uuid=r.uuid), "DELETE bulk"),
    ):
        gone = found[0]
        found = found[1:]

        async def vanish(said: str, request: str = request, gone: Submission = gone) -> None:
            if said == request and asset.records is not None and asset.records.get(gone.id):
                asset.records.remove([gone.id])

        async with client_on(state, "admin", before=vanish) as kobo:
            outcomes = await applied_nearby(kobo, journal, *map(build, (gone, *found)))
        assert [outcome.state for outcome in outcomes] == [State.CONFLICT, *[State.DONE] * len(found)]
        assert outcomes[0].reason == f"Record {gone.id} is gone."
    assert not [record for record in found if asset.records and asset.records.get(record.id)]


async def test_a_project_that_is_read_again_shows_nothing_of_a_conflict(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    change, meanwhile = await rights(inside, state)
    await meanwhile()
    uid = project(state, "Household").uid
    before = await read_project(inside, uid)
    await applied_nearby(inside, journal, change)
    assert await read_project(inside, uid) == before
