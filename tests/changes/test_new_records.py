"""Records that are created: never twice, with their files, and what is there already is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import structs

from kobotui.api.client import KoboClient
from kobotui.changes.ahead import look_ahead
from kobotui.changes.journal import Journal
from kobotui.changes.local_files import LocalFile
from kobotui.changes.new_records import SUBMIT_BATCH, SubmitRecord
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.undo import undo_plan
from kobotui.demo.app import create_app
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.demo.state import State as DemoState
from kobotui.model.new_record import DeployedForm
from kobotui.model.record_xml import RecordXml
from tests.changes.conftest import account_on, token_on
from tests.changes.nearby import applied_nearby, client_on, names, project

APPROVED = "validation_status_approved"


async def form_of(kobo: KoboClient, asset: Asset) -> DeployedForm:
    """The deployed form."""
    return DeployedForm.parse(await kobo.openrosa.form_xml(asset.uid))


async def new(
    kobo: KoboClient, asset: Asset, n: int, answers: dict[str, str] | None = None, **more: Any
) -> SubmitRecord:
    """A new record of the clinic."""
    record = (await form_of(kobo, asset)).record(answers or {"facility": f"Post {n}"}, f"{n:032}")
    return SubmitRecord.of(record, **names(asset), **more)


async def test_a_record_with_everything_is_as_it_was_meant(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    photo = tmp_path / "IMG_1.JPG"
    photo.write_bytes(b"a picture")
    answers = {
        "facility": "Ünïcode & <tags> \u2028",
        "photo": "door.jpg",
        "patient[1]/pname": "Ann",
        "patient[2]/visit[2]/temp": "38.5",
    }
    change = await new(inside, clinic, 1, answers, files=[LocalFile.of(photo, "door.jpg")], validation=APPROVED)
    assert change.after_text() == "1 file, Approved"
    (outcome,) = await applied_nearby(inside, journal, change)
    assert (outcome.state, outcome.reason) == (State.DONE, "")
    record = await inside.submissions(clinic.uid).get(int(outcome.made))
    xml = RecordXml.parse(await inside.submissions(clinic.uid).xml(record.id))
    assert xml.answers() == answers
    assert record.raw["patient"][1] == {"patient/visit": [{}, {"patient/visit/temp": "38.5"}]}
    assert (record.uuid, record.root_uuid, record.validation) == (f"{1:032}", f"{1:032}", APPROVED)
    assert (record.version, record.submitted_by) == (clinic.deployed_version and clinic.deployed_version.uid, "admin")
    (file,) = record.attachments
    assert (file.filename, file.question_xpath, file.mimetype) == ("door.jpg", "photo", "image/jpeg")
    async with inside.attachments.open(file.download_url) as download:
        assert await download.read() == b"a picture"
    (inverse,) = undo_plan(journal, 1).changes
    (undone,) = await applied_nearby(inside, journal, inverse)
    assert undone.state is State.DONE


async def test_a_second_run_adds_nothing_and_leaves_what_was_corrected(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    clinic = project(state, "Clinic")
    assert clinic.records is not None
    changes = [await new(inside, clinic, n) for n in range(SUBMIT_BATCH + 2)]
    made = await applied_nearby(inside, journal, *changes)
    count = len(clinic.records)
    await inside.submissions(clinic.uid).edit([int(made[1].made)], {"facility": "corrected"})
    again = await applied_nearby(inside, journal, *changes)
    assert len(clinic.records) == count
    assert {outcome.state for outcome in again} == {State.DONE}
    assert again[0].reason == f"It was there already, as record {made[0].made}."
    assert "and was corrected since: it is left as it is." in again[1].reason
    assert undo_plan(journal, 2).changes == ()  # nothing of it was made by the second run
    assert len(undo_plan(journal, 1).changes) == len(changes)


async def test_what_is_not_as_it_was_planned_is_not_sent_and_the_others_are(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    gone, altered = tmp_path / "gone.jpg", tmp_path / "altered.jpg"
    for file in (gone, altered):
        file.write_bytes(b"one")
    there = await new(inside, clinic, 1)
    changes = [
        await new(inside, clinic, 2, files=[LocalFile.of(gone)]),
        await new(inside, clinic, 3, files=[LocalFile.of(altered)]),
        structs.replace(there, root_uuid="another"),
        structs.replace(await new(inside, clinic, 4), xml="<broken"),
        structs.replace(await new(inside, project(state, "Household"), 5, {"resp/age": "7"}), **names(clinic)),
        there,
    ]
    gone.unlink()
    altered.write_bytes(b"two")
    outcomes = await applied_nearby(inside, journal, *changes)
    assert [outcome.state for outcome in outcomes] == [*[State.FAILED] * 5, State.DONE]
    for outcome, said in zip(
        outcomes,
        [
            f"{gone} is not there any more.",
            f"{altered} was changed since this was planned.",
            "The record has another instance ID than the change says.",
            "This is not readable XML: ",
            "The record is made for another form.",
        ],
        strict=False,
    ):
        assert outcome.reason.startswith(said)


async def test_an_archived_project_other_answers_and_no_right_are_said(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    clinic = project(state, "Clinic")
    first = await new(inside, clinic, 1)
    other = structs.replace(await new(inside, clinic, 1, {"facility": "other"}), root_uuid=first.root_uuid)
    async with client_on(state, "dana") as dana:
        (outcome,) = await applied_nearby(dana, journal, first)
    assert (outcome.state, outcome.reason) == (State.FAILED, "Your account may not do this: Access denied")

    async def sneak(request: str) -> None:
        if request == "POST submission":
            async with client_on(state, "admin") as somebody:
                await somebody.openrosa.submit(other.xml.encode())

    async with client_on(state, "admin", before=sneak) as kobo:
        (outcome,) = await applied_nearby(kobo, journal, first)
    assert outcome.state is State.CONFLICT
    ninth = await new(inside, clinic, 9)
    await inside.deployment(clinic.uid).set_active(False)
    (outcome,) = await applied_nearby(inside, journal, ninth)
    assert (outcome.state, outcome.reason) == (State.FAILED, "The project is archived: it takes no records.")


async def test_who_may_only_add_records_is_believed_by_the_server(state: DemoState, journal: Journal) -> None:
    clinic = project(state, "Clinic")
    async with client_on(state, "admin") as owner:
        await owner.access(clinic.uid).grant("dana", "add_submissions")
        change = await new(owner, clinic, 1, validation=APPROVED)
    async with client_on(state, "dana") as dana:
        for _time in range(2):
            (outcome,) = await applied_nearby(dana, journal, change)
            assert outcome.state is State.DONE
            assert outcome.reason == "The server has it; your account does not see the records of this project."
    assert undo_plan(journal, 1).changes == ()


async def test_a_status_that_cannot_be_set_is_told_and_the_record_can_be_taken_back(
    state: DemoState, journal: Journal
) -> None:
    clinic = project(state, "Clinic")

    def refusing(app: Any) -> Any:
        async def around(scope: Any, receive: Any, send: Any) -> None:
            if scope["path"].endswith("validation_statuses/"):
                head = [(b"content-type", b"application/json"), (b"x-kobonaut", b"admin")]
                await send({"type": "http.response.start", "status": 403, "headers": head})
                await send({"type": "http.response.body", "body": b'{"detail": "No."}'})
            else:
                await app(scope, receive, send)

        return around

    async with client_on(state, "admin", refusing(create_app(state))) as kobo:
        change = await new(kobo, clinic, 1, validation=APPROVED)
        (outcome,) = await applied_nearby(kobo, journal, change)
    assert outcome.state is State.FAILED
    assert outcome.reason.startswith("The record is there; its validation status could not be set: Your account")
    assert len(undo_plan(journal, 1).changes) == 1


async def test_a_record_that_is_being_worked_on_is_waited_for(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    clinic = project(demo.state, "Clinic")
    demo.faults.once(method="POST", path="/submission", status=423)
    plan = await new(kobo, clinic, 1)
    (outcome,) = await applied_nearby(kobo, journal, plan)
    assert outcome.state is State.DONE
    assert outcome.made


async def test_looking_ahead_sends_nothing(
    demo: DemoServer, kobo: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(demo.state, "Clinic")
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"a")
    there = await new(kobo, clinic, 1)
    await applied_nearby(kobo, journal, there)
    lost = await new(kobo, clinic, 2, files=[LocalFile.of(photo)])
    photo.unlink()
    plan = Plan(title="", account="", server=demo.url, changes=(there, await new(kobo, clinic, 3), lost))
    count = len(clinic.records or ())
    token: Any = type("Key", (), {"reveal": lambda _self: token_on(demo)})()
    outcomes = await look_ahead(plan, account_on(demo), token)
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.WAITING, State.FAILED]
    assert len(clinic.records or ()) == count
