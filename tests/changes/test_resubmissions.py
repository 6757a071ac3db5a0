"""Records sent once more: instances that come and go, files that stay, others who were quicker, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange, step_of
from kobotui.changes.outcome import State
from kobotui.changes.resubmissions import ResubmitRecord, correction, lost_files
from kobotui.changes.undo import again_plan, rebased_plan, undo_plan
from kobotui.demo.app import create_app
from kobotui.demo.state import Asset, Row
from kobotui.demo.state import State as DemoState
from kobotui.model.form import Form
from kobotui.model.record_edit import read_edit
from kobotui.model.record_xml import RecordXml
from kobotui.model.submission import Submission, answer_at
from tests.changes.nearby import applied_nearby, client_on, names, project
from tests.changes.record_models import EVERY_TYPE, Model, record_of
from tests.changes.test_submissions import edit
from tests.demo.project import make_asset, make_state

NEW = '[patient.new]\npname = "New"\n[patient.new.visit.a]\nvdate = "2026-11-20"'


async def patients(kobo: KoboClient, asset: Asset, least: int = 2) -> Submission:
    """A record with some patients, and a photo."""
    found = (await kobo.submissions(asset.uid).page(limit=20)).items
    return next(r for r in found if len(r.raw.get("patient", [])) >= least and r.attachments)


async def meant(kobo: KoboClient, asset: Asset, record: Submission, text: str) -> ResubmitRecord:
    """The change that a text of the record wants; whoever stands in it by number stays."""
    form = Form.from_content(asset.content)
    stored = RecordXml.parse(await kobo.submissions(asset.uid).xml(record.id), form)
    change = correction(read_edit("toml", text, form, stored), record, stored, form, **names(asset))
    assert isinstance(change, ResubmitRecord)
    return change


def keeping(record: Submission, *numbers: int) -> str:
    """Patients that stay, with all their visits."""
    lines = []
    for n in numbers:
        lines.append(f"[patient.{n}]")
        visits = answer_at(record.raw, f"patient[{n}]/visit") or []
        lines += [f"[patient.{n}.visit.{v}]" for v in range(1, len(visits) + 1)]
    return "\n".join(lines) + "\n"


async def test_instances_come_and_go_and_the_files_stay(state: DemoState, inside: KoboClient, journal: Journal) -> None:
    asset = project(state, "Clinic")
    record = await patients(inside, asset)
    change = await meant(inside, asset, record, keeping(record, 2) + NEW)
    lines = change.differences()
    assert any(line.startswith("patient[1] taken away: ") for line in lines) or any("patient[1]" in x for x in lines)
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.state is State.DONE, outcome.reason
    after = await inside.submissions(asset.uid).get(record.id)
    was = record.raw["patient"]
    assert after.raw["patient"][0] == was[1]
    assert after.raw["patient"][1] == {
        "patient/pname": "New",
        "patient/visit": [{"patient/visit/vdate": "2026-11-20"}],
    }
    assert (after.root_uuid, after.replaced) == (record.root_uuid, record.uuid)
    assert [f.is_deleted for f in after.attachments] == [f.is_deleted for f in record.attachments]
    (outcome,) = await applied_nearby(inside, journal, *undo_plan(journal, 1).changes, undoes=1)
    assert outcome.state is State.DONE, outcome.reason
    again = await inside.submissions(asset.uid).get(record.id)
    assert again.raw["patient"] == was
    assert again.root_uuid == record.root_uuid
    assert again.uuid not in (record.uuid, after.uuid)


async def test_corrections_and_instances_of_one_record_in_one_plan(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    asset = project(state, "Clinic")
    record = await patients(inside, asset)
    change = await meant(inside, asset, record, keeping(record, *range(1, len(record.raw["patient"]) + 1)) + NEW)
    changes: list[AnyChange] = [change, edit(asset, record, "patient[1]/pname", "Z")]
    outcomes = await applied_nearby(inside, journal, *changes)
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DONE], outcomes
    outcomes = await applied_nearby(inside, journal, *undo_plan(journal, 1).changes, undoes=1)
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DONE], outcomes
    again = await inside.submissions(asset.uid).get(record.id)
    assert again.raw["patient"] == record.raw["patient"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("theirs", ["facility", "patient[1]/pname"])
async def test_what_others_did_meanwhile_is_a_conflict_and_kept_where_it_can_be(
    state: DemoState, inside: KoboClient, journal: Journal, theirs: str, force: bool
) -> None:
    asset = project(state, "Clinic")
    record = await patients(inside, asset)
    change = await meant(inside, asset, record, keeping(record, 1))
    await inside.submissions(asset.uid).edit([record.id], {theirs: "theirs"})
    (ahead,) = await step_of([change]).refusals(inside)
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.state is State.CONFLICT
    assert ahead == outcome
    assert f"{theirs}: " in outcome.reason
    assert "-> theirs" in outcome.reason
    plan = await rebased_plan(inside, again_plan(journal, 1, State.CONFLICT), force=force)
    (outcome,) = await applied_nearby(inside, journal, *plan.changes)
    both = theirs != "facility" and not force
    assert outcome.state is (State.CONFLICT if both else State.DONE), "both changed the patients"
    after = await inside.submissions(asset.uid).get(record.id)
    assert len(after.raw["patient"]) == (len(record.raw["patient"]) if both else 1)
    assert (answer_at(after.raw, theirs) == "theirs") is not force
    if not both:
        assert (await rebased_plan(inside, plan, force=False)).changes == ()


async def test_a_newer_revision_that_comes_while_it_is_sent_is_not_overwritten(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    """The server says 410: it is a true compare-and-swap."""
    asset = project(state, "Clinic")
    record = await patients(inside, asset)
    change = await meant(inside, asset, record, keeping(record, 1))

    async def quicker(said: str) -> None:
        if said == "POST submission" and not first:
            first.append(said)
            await inside.submissions(asset.uid).edit([record.id], {"facility": "quicker"})

    first: list[str] = []
    async with client_on(state, "admin", before=quicker) as kobo:
        (outcome,) = await applied_nearby(kobo, journal, change)
    assert outcome.state is State.CONFLICT
    assert "quicker" in outcome.reason


async def test_what_is_gone_archived_or_not_allowed_is_said(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    asset = project(state, "Clinic")
    record = await patients(inside, asset)
    change = await meant(inside, asset, record, keeping(record, 1))
    some = {"view_submissions": [{}], "change_submissions": [{}]}
    asset.rows = [row for row in asset.rows if row.username != "dana"]
    asset.rows += [Row("pView", "dana", "view_asset"), Row("pSome", "dana", "partial_submissions", some)]
    async with client_on(state, "dana") as dana:
        (outcome,) = await applied_nearby(dana, journal, change)
    assert outcome.state is State.FAILED
    assert "who may edit all submissions" in outcome.reason
    await inside.deployment(asset.uid).set_active(False)
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.state is State.FAILED
    assert "is archived" in outcome.reason
    await inside.deployment(asset.uid).set_active(True)
    await inside.submissions(asset.uid).delete([record.id])
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome.state is State.CONFLICT
    assert outcome.reason == f"Record {record.id} is gone."
    assert (await rebased_plan(inside, again_plan(journal, 3, State.CONFLICT), force=True)).changes == ()


def test_files_that_go_with_an_instance_are_named() -> None:
    survey: list[dict[str, Any]] = [
        {"type": "begin_repeat", "name": "kid"},
        {"type": "image", "name": "photo"},
        {"type": "end_repeat"},
    ]
    form = Form.from_content({"survey": survey})
    record = RecordXml.parse("<a><kid><photo>1.jpg</photo></kid><kid><photo>2.jpg</photo></kid></a>", form)
    files = [{"media_file_basename": name, "is_deleted": False} for name in ("1.jpg", "2.jpg")]
    wanted = read_edit("toml", "[kid.2]", form, record)
    assert lost_files(Submission(1, {"_attachments": files}), record, wanted.record) == ["1.jpg"]


async def test_files_of_instances_that_go_are_kept_and_come_back(journal: Journal, home: Path) -> None:
    state = make_state()
    asset = make_asset(state, EVERY_TYPE)
    form = Form.from_content(EVERY_TYPE)
    async with client_on(state) as kobo:
        record = record_of(Model(), form, asset.uid, "u1")
        for number, name in enumerate(("one 1.jpg", "two.jpg"), start=1):
            record.add("g/kid")
            record.set(f"g/kid[{number}]/photo", name)
        files = [(name, name.encode(), "image/jpeg") for name in ("one 1.jpg", "two.jpg")]
        await kobo.openrosa.submit(record.text().encode(), files)
        (submission,) = (await kobo.submissions(asset.uid).page()).items
        wanted = read_edit("toml", '["g/kid".2]', form, record)
        assert lost_files(submission, record, wanted.record) == ["one 1.jpg"]
        change = correction(wanted, submission, record, form, **names(asset))
        (outcome,) = await applied_nearby(kobo, journal, change)
        assert outcome.state is State.DONE, outcome.reason
        gone = (await kobo.submissions(asset.uid).get(submission.id)).attachments
        assert [(file.filename, file.is_deleted) for file in gone] == [("one 1.jpg", True), ("two.jpg", False)]
        (outcome,) = await applied_nearby(kobo, journal, *undo_plan(journal, 1).changes, undoes=1)
        assert outcome.state is State.DONE, outcome.reason
        back = await kobo.submissions(asset.uid).get(submission.id)
        there = next(file for file in back.attachments if file.filename == "one 1.jpg" and not file.is_deleted)
        assert await kobo.attachments.save(there.download_url, home.parent / "back.jpg") == len("one 1.jpg")
        assert back.raw["g/kid"] == submission.raw["g/kid"]


async def test_a_server_that_says_yes_and_does_nothing_is_told(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    asset = project(state, "Clinic")
    record = await patients(inside, asset)
    change = await meant(inside, asset, record, keeping(record, 1))
    app = create_app(state)

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/submission":
            head = [(b"content-type", b"text/xml"), (b"x-kobonaut", b"admin")]
            await send({"type": "http.response.start", "status": 201, "headers": head})
            await send({"type": "http.response.body", "body": b"<OpenRosaResponse/>"})
        else:
            await app(scope, receive, send)

    async with client_on(state, "admin", deaf) as kobo:
        (outcome,) = await applied_nearby(kobo, journal, change)
    assert outcome.state is State.FAILED
    assert "without effect" in outcome.reason
