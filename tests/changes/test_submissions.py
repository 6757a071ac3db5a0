"""Corrections, validation, duplicates and deletions of records."""

from __future__ import annotations

from collections.abc import Sequence

from kobotui.api.client import KoboClient
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import steps_for
from kobotui.changes.outcome import State
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.submission import Submission, answer_at
from tests.changes.conftest import applied
from tests.changes.test_projects import household

APPROVED = "validation_status_approved"


def edit(asset: Asset, record: Submission, path: str, value: str | None) -> EditAnswers:
    """A correction of one answer."""
    return EditAnswers(
        project=asset.uid,
        project_name=asset.name,
        record=record.id,
        root_uuid=record.root_uuid,
        uuid=record.uuid,
        before={path: answer_at(record.raw, path)},
        after={path: value},
    )


async def records(kobo: KoboClient, asset: Asset, n: int = 3) -> Sequence[Submission]:
    """The first records of a project."""
    return (await kobo.submissions(asset.uid).page(limit=n)).items


async def test_equal_corrections_are_one_request(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    found = await records(kobo, asset)
    changes = [edit(asset, record, "remarks", "checked by phone") for record in found]
    assert len(steps_for(changes)) == 1
    outcomes = await applied(demo, kobo, journal, *changes)
    assert {outcome.state for outcome in outcomes} == {State.DONE}
    for record in await records(kobo, asset):
        assert record.answer("remarks") == "checked by phone"


async def test_different_corrections_are_a_request_each(demo: DemoServer, kobo: KoboClient) -> None:
    asset = household(demo)
    found = await records(kobo, asset)
    assert len(steps_for([edit(asset, record, "remarks", str(record.id)) for record in found])) == len(found)


async def test_an_answer_is_emptied(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    record = next(r for r in await records(kobo, asset, 50) if r.answer("remarks"))
    (outcome,) = await applied(demo, kobo, journal, edit(asset, record, "remarks", None))
    assert outcome.state is State.DONE
    assert (await kobo.submissions(asset.uid).get(record.id)).answer("remarks") is None


async def test_an_answer_inside_nested_repeats(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = next(a for a in demo.state.assets.values() if a.name.startswith("Clinic") and a.owner == "admin")
    path = "patient[1]/visit[2]/temp"
    record = next(r for r in await records(kobo, asset, 100) if answer_at(r.raw, path))
    first = answer_at(record.raw, "patient[1]/visit[1]/temp")
    (outcome,) = await applied(demo, kobo, journal, edit(asset, record, path, "36.6"))
    assert outcome.state is State.DONE, outcome
    after = await kobo.submissions(asset.uid).get(record.id)
    assert answer_at(after.raw, path) == "36.6"
    assert answer_at(after.raw, "patient[1]/visit[1]/temp") == first


async def test_a_record_edited_meanwhile_is_a_conflict_with_what_it_says_now(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    (record,) = await records(kobo, asset, 1)
    await kobo.submissions(asset.uid).edit([record.id], {"remarks": "by somebody else"})
    (outcome,) = await applied(demo, kobo, journal, edit(asset, record, "remarks", "mine"))
    assert outcome.state is State.CONFLICT
    assert "by somebody else" in outcome.reason


async def test_a_vanished_record_is_named_and_the_others_are_corrected(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    found = await records(kobo, asset)
    await kobo.submissions(asset.uid).delete([found[1].id])
    outcomes = await applied(demo, kobo, journal, *(edit(asset, record, "remarks", "x") for record in found))
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.CONFLICT, State.DONE]
    assert str(found[1].id) in outcomes[1].reason


async def test_hostile_text_arrives_to_the_byte(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    (record,) = await records(kobo, asset, 1)
    value = "[/]x \u202e[red]=1+1\u200d محمد 灾 'q\"<&>"
    (outcome,) = await applied(demo, kobo, journal, edit(asset, record, "remarks", value))
    assert outcome.state is State.DONE, outcome
    assert (await kobo.submissions(asset.uid).get(record.id)).answer("remarks") == value


async def test_the_status_of_many_is_one_request_and_vanished_ones_do_not_stop_it(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    found = await records(kobo, asset)
    await kobo.submissions(asset.uid).delete([found[0].id])
    changes = [
        SetValidation(
            project=asset.uid,
            project_name=asset.name,
            record=record.id,
            root_uuid=record.root_uuid,
            before=record.validation,
            stamp=record.validation_stamp[1],
            after=APPROVED,
        )
        for record in found
    ]
    assert len(steps_for(changes)) == 1
    outcomes = await applied(demo, kobo, journal, *changes)
    assert [outcome.state for outcome in outcomes] == [State.CONFLICT, State.DONE, State.DONE]
    assert {r.validation for r in await records(kobo, asset, 2)} == {APPROVED}


async def test_a_status_set_meanwhile_is_a_conflict(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    (record,) = await records(kobo, asset, 1)
    await kobo.submissions(asset.uid).set_validation([record.id], "validation_status_on_hold")
    change = SetValidation(
        project=asset.uid,
        project_name=asset.name,
        record=record.id,
        root_uuid=record.root_uuid,
        before=APPROVED,
        stamp=None,
        after=None,
    )
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.CONFLICT
    assert "hold" in outcome.reason.lower()


async def test_a_duplicate_is_a_new_record(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    assert asset.records is not None
    before = len(asset.records)
    (record,) = await records(kobo, asset, 1)
    change = DuplicateSubmission(
        project=asset.uid, project_name=asset.name, record=record.id, root_uuid=record.root_uuid
    )
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE
    assert int(outcome.made) != record.id
    assert len(asset.records) == before + 1


async def test_only_the_named_records_are_deleted(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    assert asset.records is not None
    before = len(asset.records)
    found = await records(kobo, asset)
    await kobo.submissions(asset.uid).edit([found[2].id], {"remarks": "corrected meanwhile"})
    changes = [
        DeleteSubmission(
            project=asset.uid,
            project_name=asset.name,
            record=record.id,
            root_uuid=record.root_uuid,
            uuid=record.uuid,
        )
        for record in found
    ]
    outcomes = await applied(demo, kobo, journal, *changes)
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DONE, State.CONFLICT]
    assert len(asset.records) == before - 2
    assert (await kobo.submissions(asset.uid).get(found[2].id)).id == found[2].id
