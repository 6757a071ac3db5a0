"""Records that are deleted: a copy is kept first, and sent again it is the record as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.change import Impossible, Undo
from kobotui.changes.copies import FOLDER, measure
from kobotui.changes.deletions import DeleteSubmission, deletion_warnings, keeping, lost_rules
from kobotui.changes.journal import Journal
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import DONE, State
from kobotui.changes.undo import undo_plan, undo_summary, with_what_came_since
from kobotui.demo.app import create_app
from kobotui.demo.state import Asset
from kobotui.demo.state import State as DemoState
from kobotui.model.record_xml import RecordXml
from kobotui.model.submission import Submission
from tests.changes.nearby import applied_nearby, client_on, names, project
from tests.changes.test_every_cut import Line, lived_through

APPROVED = "validation_status_approved"


def deletion(asset: Asset, record: Submission, **more: Any) -> DeleteSubmission:
    """A record deleted."""
    ids: dict[str, Any] = {"record": record.id, "root_uuid": record.root_uuid, "uuid": record.uuid}
    return DeleteSubmission(**names(asset), **ids, sent=record.submitted, by=record.submitted_by or "", **more)


async def with_files(kobo: KoboClient, asset: Asset, n: int = 3) -> list[Submission]:
    """Records that have files."""
    return list((await kobo.submissions(asset.uid).page(0, n, query={"_attachments": {"$ne": []}})).items)


async def everything(kobo: KoboClient, asset: Asset, record_id: int) -> tuple[Any, ...]:
    """What somebody would miss of a record."""
    service = kobo.submissions(asset.uid)
    record = await service.get(record_id)
    xml = RecordXml.parse(await service.xml(record_id))
    files = []
    for file in record.attachments:
        async with kobo.attachments.open(file.download_url) as download:
            files.append((file.filename, file.question_xpath, file.mimetype, await download.read()))
    ids = (xml.instance_id, record.uuid, record.root_uuid)
    return ids, xml.answers(), record.submitted, record.validation, files


async def test_what_was_deleted_comes_back_and_can_be_deleted_again(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    first, second, third = await with_files(inside, clinic)
    service = inside.submissions(clinic.uid)
    await service.edit([second.id], {"facility": "corrected", "patient[1]/visit[1]/temp": "40"})
    await service.set_validation([first.id, second.id], APPROVED)
    records = [record async for page in service.named([first.id, second.id, third.id]) for record in page]
    before = [await everything(inside, clinic, record.id) for record in records]
    assert records[1].replaced
    outcomes = await applied_nearby(inside, journal, *(deletion(clinic, record) for record in records))
    assert [outcome.state for outcome in outcomes] == [State.DONE] * 3
    kept = list((tmp_path / FOLDER).rglob("*"))
    assert [str(path) for path in kept if path.stat().st_mode & 0o077] == []
    assert len([path for path in kept if path.name == "record.xml"]) == 3

    plan = await with_what_came_since(inside, undo_plan(journal, 1))
    assert undo_summary(plan.changes) == "Undo gives back: 3 equivalently"
    assert "Restored records get new numbers and count as sent by your account" in plan.all_warnings[-1]
    back = await applied_nearby(inside, journal, *plan.changes)
    assert [(outcome.state, outcome.reason) for outcome in back] == [(State.DONE, "")] * 3
    restored = [int(outcome.made) for outcome in reversed(back)]
    assert not set(restored) & {record.id for record in records}
    assert [await everything(inside, clinic, number) for number in restored] == before
    assert (await service.get(restored[1])).replaced == ""

    (again, *_rest) = (await with_what_came_since(inside, undo_plan(journal, 2))).changes
    assert isinstance(again, DeleteSubmission)
    (deleted,) = await applied_nearby(inside, journal, again)
    assert deleted.state is State.DONE
    (once_more,) = undo_plan(journal, 3).changes
    assert isinstance(once_more, SubmitRecord)
    (there,) = await applied_nearby(inside, journal, once_more)
    assert await everything(inside, clinic, int(there.made)) == before[0]


def broken(app: Any, record: int) -> Any:
    """A server that has lost the files of one record, and gives those of the next one empty."""

    async def around(scope: Any, receive: Any, send: Any) -> None:
        parts = scope["path"].split("/")
        if "attachments" in parts and str(record) in parts:
            scope = {**scope, "path": scope["path"].replace("attachments", "lost")}
        if "attachments" in parts and str(record + 1) in parts:
            head = [(b"content-type", b"image/jpeg"), (b"x-kobonaut", b"admin")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return around


async def test_without_a_whole_copy_nothing_is_deleted_and_the_others_are(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    records = await with_files(inside, clinic, 20)
    lost = next(r for r, s in zip(records, records[1:], strict=False) if s.id == r.id + 1)
    chosen = [record for record in records if record.id in (lost.id, lost.id + 1)]
    other = next(record for record in records if record not in chosen)
    async with client_on(state, "admin", broken(create_app(state), lost.id)) as kobo:
        outcomes = await applied_nearby(kobo, journal, *(deletion(clinic, record) for record in (*chosen, other)))
    assert [outcome.state for outcome in outcomes] == [State.FAILED, State.FAILED, State.DONE]
    name = lost.attachments[0].filename
    assert outcomes[0].reason.startswith(f"No copy could be made of {name}: ")
    assert outcomes[0].reason.endswith(" It is not deleted.")
    assert "empty" in outcomes[1].reason
    assert clinic.records is not None
    assert clinic.records.get(lost.id)
    assert not clinic.records.get(other.id)
    (tmp_path / "other").write_text("in the way")
    log = Journal(tmp_path / "more" / "journal.sqlite")
    (tmp_path / "more" / FOLDER).write_text("no folder")
    (outcome,) = await applied_nearby(inside, log, deletion(clinic, lost))
    log.close()
    assert outcome.state is State.FAILED
    assert clinic.records.get(lost.id)


async def test_what_is_corrected_while_others_are_copied_is_not_deleted(state: DemoState, journal: Journal) -> None:
    clinic = project(state, "Clinic")
    async with client_on(state, "admin") as somebody:
        first, last = await with_files(somebody, clinic, 2)

        async def correct(request: str) -> None:
            record = await somebody.submissions(clinic.uid).get(first.id)
            if request == f"GET {last.id}.xml" and record.uuid == first.uuid:
                await somebody.submissions(clinic.uid).edit([first.id], {"facility": "corrected"})

        async with client_on(state, "admin", after=correct) as kobo:
            outcomes = await applied_nearby(kobo, journal, deletion(clinic, first), deletion(clinic, last))
    assert [outcome.state for outcome in outcomes] == [State.CONFLICT, State.DONE]
    assert clinic.records
    assert clinic.records.get(first.id)


async def test_without_a_copy_there_is_no_way_back(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    (record,) = await with_files(inside, clinic, 1)
    (change,) = keeping([deletion(clinic, record)], False)
    assert change.gives_back is Undo.IMPOSSIBLE
    (outcome,) = await applied_nearby(inside, journal, change)
    assert outcome == DONE
    assert not (tmp_path / FOLDER).exists()
    assert undo_plan(journal, 1).warnings[0].endswith("at once, and no copy was kept.")
    assert isinstance(deletion(clinic, record).inverse(DONE), Impossible)


async def test_a_copy_that_was_altered_or_lost_is_not_sent(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    records = await with_files(inside, clinic, 2)
    await applied_nearby(inside, journal, *(deletion(clinic, record) for record in records))
    (xml,) = (tmp_path / FOLDER).glob(f"*/{records[0].id}/record.xml")
    xml.write_text(xml.read_text().replace("<facility>", "<facility>X"))
    (file,) = (tmp_path / FOLDER).glob(f"*/{records[1].id}/00-*")
    file.unlink()
    outcomes = await applied_nearby(inside, journal, *undo_plan(journal, 1).changes)
    assert [outcome.reason for outcome in outcomes] == [
        f"{file} is not there any more.", f"{xml} was changed since this was planned.",
    ]  # fmt: skip


async def test_copies_are_forgotten_with_their_job(
    state: DemoState, inside: KoboClient, journal: Journal, tmp_path: Path
) -> None:
    clinic = project(state, "Clinic")
    old, new = await with_files(inside, clinic, 2)
    await applied_nearby(inside, journal, deletion(clinic, old))
    await applied_nearby(inside, journal, deletion(clinic, new))
    journal._db.execute("UPDATE job SET ended = '2000-01-01T00:00:00.000+00:00' WHERE id = 1")
    journal.prune(0)
    assert len(list((tmp_path / FOLDER).iterdir())) == 2
    journal.prune(30)
    (left,) = (tmp_path / FOLDER).iterdir()
    assert (left / str(new.id) / "record.xml").is_file()


async def test_the_review_says_what_goes_what_is_kept_and_which_rules_no_longer_match(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    clinic = project(state, "Clinic")
    await inside.access(clinic.uid).remove_user("dana")
    rule = [{"url": "/api/v2/permissions/view_submissions/", "filters": [{"_submitted_by": {"$in": ["ben", "carol"]}}]}]
    await inside.access(clinic.uid).grant("dana", "partial_submissions", rule)
    said = [
        "Restored, they may no longer match the row rule of dana: view_submissions where _submitted_by in (ben, carol)"
    ]
    assert await lost_rules(inside, clinic.uid, {"admin", "ben", ""}) == said
    assert await lost_rules(inside, clinic.uid, {"admin", "", "fatou"}) == []
    async with client_on(state, "dana") as dana:
        assert (await lost_rules(dana, clinic.uid, {"ben"}))[-1].endswith("which your account does not see.")
    (record,) = await with_files(inside, clinic, 1)
    size = await measure(inside, [record])
    assert size.bytes
    assert deletion_warnings([record], size)[0].startswith("1 record is deleted, with 1 file. A copy is kept")
    assert "for good" in deletion_warnings([record], None)[0]
    assert clinic.records
    clinic.records.delete_files([record.attachments[0].uid])
    record = await inside.submissions(clinic.uid).get(record.id)
    lost = await measure(inside, [record])
    assert (lost.files, lost.lost) == (0, 1)
    assert deletion_warnings([record], lost)[-1] == "1 file was deleted on the server before and cannot be kept."


@pytest.mark.parametrize("cut", [Line(cut_before=1), Line(cut_after=1)], ids=["before", "after"])
async def test_a_deletion_that_was_cut_off_keeps_its_copy(cut: Line, tmp_path: Path) -> None:
    async def build(kobo: KoboClient, state: DemoState) -> list[Any]:
        clinic = project(state, "Clinic")
        return [deletion(clinic, record) for record in await with_files(kobo, clinic, 2)]

    await lived_through(build, tmp_path / "journal.sqlite", cut, Line())
    log = Journal(tmp_path / "journal.sqlite")
    assert [type(change) for change in undo_plan(log, 1).changes] == [SubmitRecord] * 2
    log.close()
