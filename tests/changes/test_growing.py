"""A job that grows: what comes while it is at work, what is cut off, and all of it taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotConnected
from kobotui.changes.apply import Application, Busy
from kobotui.changes.growing import GrowingJob
from kobotui.changes.journal import Journal
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import SetValidation
from kobotui.changes.undo import undo_plan
from kobotui.demo.state import Asset, Row
from kobotui.demo.state import State as DemoState
from kobotui.model.submission import VALIDATION_UIDS, Submission
from tests.changes.nearby import SERVER, applied_nearby, client_on, names, project, seeded

APPROVED, REFUSED, HELD = VALIDATION_UIDS
WRITE = "PATCH validation_statuses"


@pytest.fixture(autouse=True)
def quick(still: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's time for what was cut off is over at once, and a server that is away is tried again at once."""
    monkeypatch.setattr("kobotui.changes.step.GRACE", 0.0)
    monkeypatch.setattr("kobotui.changes.growing.GLANCE", 0.01)
    monkeypatch.setattr("kobotui.api.pause._FIRST", 0.0)


async def records(kobo: KoboClient, asset: Asset, n: int = 12) -> Sequence[Submission]:
    return (await kobo.submissions(asset.uid).page(limit=n)).items


def status(asset: Asset, record: Submission, after: str | None, before: str | None = None) -> SetValidation:
    """A status set on a record that has ``before``, or what it was read with."""
    return SetValidation(
        **names(asset),
        record=record.id,
        root_uuid=record.root_uuid,
        before=before or record.validation,
        stamp=None if before else record.validation_stamp[1],
        after=after,
    )


def statuses(asset: Asset) -> dict[int, str | None]:
    """What the server holds."""
    assert asset.records is not None
    return {row["_id"]: row["_validation_status"].get("uid") for row in asset.records.page(limit=100)}


def silent(_at: Sequence[int], _outcomes: Sequence[Outcome]) -> None:
    """Nobody listens."""


def opened(kobo: KoboClient, journal: Journal, *changes: SetValidation) -> GrowingJob:
    """A job that grows, begun with these."""
    plan = Plan(title="Checking", account=kobo.account.name, server=SERVER, changes=changes)
    return GrowingJob.begin(plan, kobo.account, journal, silent)


async def test_what_comes_while_a_request_is_under_way_goes_out_together(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")
    writes = 0

    async def while_under_way(request: str) -> None:
        nonlocal writes
        if request == WRITE:
            writes += 1
            if writes == 1:
                first, *others = planned[1:]
                assert job.append([first])
                assert job.append(others)
                assert [entry.outcome.state for entry in journal.entries(1)] == [State.RUNNING] + [State.WAITING] * 6
                job.finish()
                assert not job.append(others), "nothing comes to a job that is finished"

    async with client_on(state, "admin", before=while_under_way) as kobo:
        found = await records(kobo, asset)
        plain = [record for record in found if record.validation is None][:5]
        planned = [status(asset, record, APPROVED) for record in plain]
        planned += [status(asset, plain[1], HELD, APPROVED), status(asset, plain[2], HELD, APPROVED)]
        job = opened(kobo, journal, planned[0])
        await job.run(kobo)
    assert writes == 3, "the first one, four that wait, and two of these once more"
    entries = journal.entries(1)
    assert {entry.outcome.state for entry in entries} == {State.DONE}
    assert [entry.step for entry in entries] == [0, 1, 1, 1, 1, 5, 5]
    now = statuses(asset)
    assert [now[record.id] for record in plain] == [APPROVED, HELD, HELD, APPROVED, APPROVED]
    assert journal.job(1).ended
    assert not JobLock(journal.path, journal.job(1).mark).held_elsewhere()


async def test_it_waits_for_more_and_is_seen_by_others(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")
    async with client_on(state, "admin") as kobo:
        found = await records(kobo, asset)
        job = opened(kobo, journal, status(asset, found[0], HELD))
        work = asyncio.create_task(job.run(kobo))
        await until(lambda: job.outcomes[0].state is State.DONE)
        entry = journal.job(1)
        assert entry.ended is None
        assert not entry.unfinished, "nothing of it is open: after a cut there would be nothing to go on with"
        with pytest.raises(Busy):
            Application.resume(1, kobo.account, journal, silent)
        assert job.append([status(asset, found[1], HELD)])
        await until(lambda: len(job.outcomes) == 2 and job.outcomes[1].state is State.DONE)
        JobLock(journal.path, entry.mark).ask_to_stop()
        await work
        assert not job.append([status(asset, found[2], HELD)]), "another kobotui has asked it to end"
    assert journal.job(1).ended
    assert statuses(asset)[found[2].id] == found[2].validation


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the job tells by what it has done
            await asyncio.sleep(0)


async def test_a_server_that_is_away_is_tried_again_until_it_is_back(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")
    tries = 0

    async def away(request: str) -> None:
        nonlocal tries
        if request == "GET data" and planned:
            tries += 1
            if tries == 3:
                job.append(planned[1:])
            if tries == 8:
                job.finish()
            if tries < 8:
                raise NotConnected("away")

    planned: list[SetValidation] = []
    async with client_on(state, "admin") as reader:
        planned = [status(asset, record, HELD) for record in (await records(reader, asset))[:4]]
    async with client_on(state, "admin", before=away) as kobo:
        job = opened(kobo, journal, planned[0])
        await job.run(kobo)
    assert tries > 8
    assert {entry.outcome.state for entry in journal.entries(1)} == {State.DONE}
    assert len({entry.step for entry in journal.entries(1)}) == 1, "what waited went out together"


async def test_what_still_waits_when_it_is_finished_is_left_for_later(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")

    async def away(_request: str) -> None:
        raise NotConnected("away")

    async with client_on(state, "admin") as reader, client_on(state, "admin", before=away) as kobo:
        found = await records(reader, asset)
        job = opened(kobo, journal, status(asset, found[0], HELD), status(asset, found[1], HELD))
        job.finish()
        with pytest.raises(NotConnected):
            await job.run(kobo)
        assert journal.job(1).unfinished
        await Application.resume(1, reader.account, journal, silent).run(reader)
    assert {entry.outcome.state for entry in journal.entries(1)} == {State.DONE}
    assert journal.job(1).ended


class Cut(BaseException):
    """The process is gone."""


async def lived_through(path: Path, cut: Callable[[int], bool], *, after: bool) -> tuple[list[State], list[str | None]]:
    """A job to which changes come at each of its writes, cut off where ``cut`` says, and gone on with to its end."""
    state = seeded()
    asset = project(state, "Household")
    journal = Journal(path)
    writes = 0
    jobs: list[GrowingJob] = []

    async def before(request: str) -> None:
        nonlocal writes
        if request == WRITE:
            writes += 1
            if not after and cut(writes):
                raise Cut
            grow()

    async def answered(request: str) -> None:
        if request == WRITE and after and cut(writes):
            raise Cut

    def grow() -> None:
        if coming:
            jobs[0].append(coming.pop(0))
        else:
            jobs[0].finish()

    async with client_on(state, "admin") as reader:
        found = await records(reader, asset)
    first, second, third, fourth = [record for record in found if record.validation is None][:4]
    coming = [
        [status(asset, second, APPROVED), status(asset, third, HELD)],
        [status(asset, first, None, APPROVED), status(asset, fourth, APPROVED)],
    ]
    async with client_on(state, "admin", before=before, after=answered) as kobo:
        jobs.append(opened(kobo, journal, status(asset, first, APPROVED)))
        with suppress(BaseExceptionGroup):
            await jobs[0].run(kobo)
    for changes in coming:  # typed, and not yet in the journal when the process went: nobody knows of them
        journal.grow(1, changes)
    async with client_on(state, "admin") as kobo:
        if journal.job(1).open:
            await Application.resume(1, kobo.account, journal, silent).run(kobo)
    ends = [entry.outcome.state for entry in journal.entries(1)]
    journal.close()
    now = statuses(asset)
    return ends, [now[record.id] for record in (first, second, third, fourth)]


@pytest.mark.parametrize("after", [False, True], ids=["unsent", "unheard"])
async def test_cut_off_at_any_write_it_ends_as_if_nothing_had_happened(tmp_path: Path, after: bool) -> None:
    wanted = [State.DONE] * 5, [None, APPROVED, HELD, APPROVED]
    assert await lived_through(tmp_path / "whole.sqlite", lambda _write: False, after=after) == wanted
    for write in range(1, 5):
        found = await lived_through(tmp_path / f"{write}.sqlite", write.__eq__, after=after)
        assert found == wanted, write


async def test_the_whole_is_taken_back_by_one_request_for_each_status(state: DemoState, journal: Journal) -> None:
    asset = project(state, "Household")
    before = statuses(asset)
    async with client_on(state, "admin") as kobo:
        found = [record for record in await records(kobo, asset) if record.validation is None][:4]
        job = opened(kobo, journal, *(status(asset, record, APPROVED) for record in found))
        work = asyncio.create_task(job.run(kobo))
        await until(lambda: all(outcome.state is State.DONE for outcome in job.outcomes))
        job.append([status(asset, found[0], None, APPROVED), status(asset, found[1], HELD, APPROVED)])
        job.finish()
        await work
        assert statuses(asset) != before
        plan = undo_plan(journal, 1)
        assert [change.record for change in plan.changes if isinstance(change, SetValidation)] == [
            found[1].id,
            found[3].id,
            found[2].id,
        ], "the first record is as it was"
        outcomes = await applied_nearby(kobo, journal, *plan.changes, undoes=1)
    assert {outcome.state for outcome in outcomes} == {State.DONE}
    assert statuses(asset) == before
    assert len({entry.step for entry in journal.entries(2)}) == 1


async def test_records_that_vanish_before_the_write_do_not_stop_the_others(state: DemoState, journal: Journal) -> None:
    """The server refuses the whole batch for one unknown id."""
    asset = project(state, "Household")
    gone: list[int] = []

    async def delete_one(request: str) -> None:
        if request == WRITE and len(gone) < 2:
            assert asset.records is not None
            gone.append(found[len(gone) * 2].id)
            asset.records.remove(gone[-1:])

    async with client_on(state, "admin", before=delete_one) as kobo:
        found = await records(kobo, asset, 6)
        changes = [status(asset, record, HELD) for record in found if record.validation != HELD]
        outcomes = await applied_nearby(kobo, journal, *changes)
    ends = {change.record: outcome for change, outcome in zip(changes, outcomes, strict=True)}
    assert [record for record, outcome in ends.items() if outcome.state is State.CONFLICT] == gone
    assert all(f"{record} is gone" in ends[record].reason for record in gone)
    assert {outcome.state for record, outcome in ends.items() if record not in gone} == {State.DONE}
    now = statuses(asset)
    assert {now[record] for record in ends if record not in gone} == {HELD}


async def test_records_outside_a_row_rule_are_refused_alone(state: DemoState, journal: Journal) -> None:
    """The server refuses the whole batch for one record that the caller may only see."""
    asset = project(state, "Household")
    async with client_on(state, "admin") as kobo:
        found = [record for record in await records(kobo, asset, 20) if record.validation is None][:8]
    allowed = {record.id for record in found if record.submitted_by == found[0].submitted_by}
    assert 0 < len(allowed) < len(found)
    asset.rows = [row for row in asset.rows if row.username not in ("dana", "AnonymousUser")]
    rules = {"view_submissions": [{}], "validate_submissions": [{"_submitted_by": found[0].submitted_by}]}
    asset.rows += [Row("pView", "dana", "view_asset"), Row("pSome", "dana", "partial_submissions", rules)]
    async with client_on(state, "dana") as kobo:
        outcomes = await applied_nearby(kobo, journal, *(status(asset, record, HELD) for record in found))
    ends = {record.id: outcome for record, outcome in zip(found, outcomes, strict=True)}
    assert {record for record, outcome in ends.items() if outcome.state is State.DONE} == allowed
    assert {outcome.state for record, outcome in ends.items() if record not in allowed} == {State.FAILED}
    assert all(outcome.details for record, outcome in ends.items() if record not in allowed)
    assert {record.id for record in found if statuses(asset)[record.id] == HELD} == allowed
