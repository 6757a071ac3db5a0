"""``v`` and one more key: statuses set behind the cursor, taken back one by one, in one job."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Static

from kobotui.changes.journal import Journal
from kobotui.changes.submissions import SetValidationStep
from kobotui.demo.server import DemoOptions, DemoServer
from kobotui.demo.state import Row
from kobotui.model.submission import VALIDATION_UIDS
from kobotui.screens.record import RecordScreen
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.message_box import MessageBox
from tests.screens.data_place import HOUSEHOLD, DataPlace, asset_at, data_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.api.client import KoboClient
    from kobotui.changes.journal import JobEntry
    from kobotui.changes.outcome import Outcome
    from tests.conftest import MakeApp, Until

APPROVED, REFUSED, HELD = VALIDATION_UIDS


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While it is cleared, what was set is under way."""
    gate = threading.Event()
    gate.set()
    send = SetValidationStep.send

    async def held(step: SetValidationStep, kobo: KoboClient) -> Sequence[Outcome]:
        await asyncio.to_thread(gate.wait, 20)
        return await send(step, kobo)

    monkeypatch.setattr(SetValidationStep, "send", held)
    return gate


def plain(place: DataPlace, n: int) -> list[int]:
    """The first records of the table, with no status."""
    ids = [int(place.table.source.key(index) or 0) for index in range(n)]
    body: dict[str, Any] = {"payload": {"submission_ids": ids, "validation_status.uid": ""}}
    place.ask("PATCH", "validation_statuses/", json=body)
    return ids


async def opened(place: DataPlace, n: int = 6) -> list[int]:
    ids = plain(place, n)
    await place.pilot.press("r")
    await place.settled()
    return ids


def status(place: DataPlace, record: int) -> str | None:
    found: str | None = place.record(record)["_validation_status"].get("uid")
    return found


def jobs(place: DataPlace) -> list[JobEntry]:
    journal = Journal(place.app.session.journal)
    found = journal.jobs()
    journal.close()
    return found


def keys_shown(place: DataPlace) -> list[str]:
    return [hint.label for hint in place.app.kobo_screen().query_one(KeyBar)._hints]


async def test_keys_are_never_waited_for_and_the_whole_is_one_job(
    make_app: MakeApp, until: Until, demo: DemoServer, gate: threading.Event
) -> None:
    async with data_place(make_app, until, demo) as place:
        ids = await opened(place)
        gate.clear()
        usual = keys_shown(place)
        await place.pilot.press("v")
        assert keys_shown(place) == ["Approved", "Not approved", "On hold", "no status", "leave it"]
        await place.pilot.press("escape")
        assert keys_shown(place) == usual
        await place.pilot.press("v", "a", "v", "n", "v", "h", "v", "a", "v", "a")
        assert place.table.cursor_index == 5, "the server has not answered"
        assert [place.table.source.row(index).sign for index in range(6)] == ["~"] * 5 + [""]  # type: ignore[union-attr]
        assert [place.shown("_validation_status", index) for index in range(6)] == ["ok", "no", "hold", "ok", "ok", "-"]
        assert "5 of 60 checked" in place.heading
        assert place.app.work.text() == "1 job 0/5"
        gate.set()
        await place.status_set(*ids)
        assert [status(place, record) for record in ids] == [APPROVED, REFUSED, HELD, APPROVED, APPROVED, None]
        assert place.shown("_validation_status", 2) == "hold"
        assert not place.app.work.text(), "nothing is at work"
        await place.pilot.press("z", "z")
        await place.status_set(*ids)
        assert [status(place, record) for record in ids] == [APPROVED, REFUSED, HELD, None, None, None]
        assert place.table.cursor_index == 3, "at what was taken back"
        assert "3 of 60 checked" in place.heading
        assert [(job.total, job.done, job.ended) for job in jobs(place)] == [(7, 7, None)]
        await place.pilot.press("1")
        await place.until(lambda: not place.app.job_states[0].running, "the end of the job")
        await place.pilot.press("z")
        await place.apply()
        await place.until(lambda: len(jobs(place)) == 2 and jobs(place)[0].ended, "all taken back")
        assert jobs(place)[0].undoes == jobs(place)[1].id
    found = {row["_id"]: row["_validation_status"] for row in place.asset.records.page(limit=100)}  # type: ignore[union-attr]
    assert [found[record] for record in ids] == [{}] * 6


async def test_what_is_not_done_is_marked_and_the_rest_goes_on(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo) as place:
        ids = await opened(place)
        place.ask("PATCH", f"{ids[1]}/validation_status/", json={"validation_status.uid": HELD})
        place.ask("DELETE", f"{ids[3]}/")
        await place.pilot.press("v", "a", "v", "a", "v", "a", "v", "a", "v", "a")
        await place.status_set(ids[0], ids[2], ids[4])
        await place.until(lambda: place.table.source.row(3).sign == "!", "the failure")  # type: ignore[union-attr]
        await place.settled()
        assert [status(place, record) for record in (ids[0], ids[1], ids[2], ids[4])] == [
            APPROVED,
            HELD,
            APPROVED,
            APPROVED,
        ]
        rows = [place.table.source.row(index) for index in range(6)]
        assert [row.sign if row else "" for row in rows] == ["", "!", "", "!", "", ""]
        assert place.shown("_validation_status", 1) == "failed"
        place.look_at("_id", 1)
        await place.pilot.press("exclamation_mark")
        await place.until(lambda: isinstance(place.app.screen, MessageBox), "the details")
        box = place.app.screen
        said = " ".join(str(line.render()) for line in box.query(Static))
        assert f"Record {ids[1]}: Approved was not set." in said
        assert "On hold" in said
        await place.pilot.press("escape")
        assert place.screen.loaded(ids[1]).validation == HELD  # type: ignore[union-attr]
        await place.pilot.press("z")
        await place.status_set(ids[4])
        assert status(place, ids[4]) is None, "what failed is no status to take back"


async def test_a_server_that_is_away_is_said_and_waited_for(
    make_app: MakeApp, until: Until, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kobotui.api.pause._FIRST", 0.0)
    async with data_place(make_app, until, demo) as place:
        ids = await opened(place)
        demo.faults.once(status=502, path="/data/", count=8)
        await place.pilot.press("v", "a", "v", "h")
        await place.until(lambda: "goes out when the server is back" in place.flashing, "why nothing happens")
        assert [place.table.source.row(index).sign for index in range(3)] == ["~", "~", ""]  # type: ignore[union-attr]
        await place.status_set(*ids)
        assert [status(place, record) for record in ids[:3]] == [APPROVED, HELD, None]


async def test_every_record_of_a_filter_is_come_by_once(
    make_app: MakeApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is about the status: each one set makes it shorter on the server."""
    monkeypatch.setattr("kobotui.screens.records.KEPT_IN_LIST", 7)
    with DemoServer(DemoOptions(seed=7, projects=1, submissions=120)) as server:
        async with data_place(make_app, until, server) as place:
            await place.pilot.press("slash")
            await place.type("not validated")
            await place.until(lambda: "filter: not validated" in place.below, "the filter")
            count = place.screen.count
            assert count > 60, "two pages"
            seen = []
            for turn in range(count):
                await place.until(lambda: place.table.cursor_key is not None, "the next record")
                seen.append(int(place.table.cursor_key or 0))
                assert place.screen.loaded(seen[-1]).validation is None  # type: ignore[union-attr]
                place.screen._set_status(APPROVED if turn % 3 else HELD)
                await asyncio.sleep(0)
            await place.status_set(*seen)
            assert len(set(seen)) == count
            assert f"{count} of {count} checked" in place.heading
            assert place.count({"_validation_status.uid": {"$exists": False}}) == 0
            assert "last record" in place.flashing
            await place.pilot.press("r")
            await place.until(lambda: "of 0" in place.heading, "nothing is left to check")


async def test_in_an_open_record(make_app: MakeApp, until: Until, demo: DemoServer, gate: threading.Event) -> None:
    async with data_place(make_app, until, demo) as place:
        ids = await opened(place)
        await place.pilot.press("enter")
        await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record")
        gate.clear()
        await place.pilot.press("v", "n", "v", "h")
        screen = place.app.screen
        assert isinstance(screen, RecordScreen)
        assert screen.record
        assert screen.record.id == ids[2]
        assert "2 of 60 checked" in place.heading
        await place.pilot.press("z")
        assert screen.record.id == ids[1]
        assert "on its way" in str(screen.query_one("#footer", Static).render())
        gate.set()
        await place.status_set(*ids)
        assert [status(place, record) for record in ids[:2]] == [REFUSED, None]
        await place.pilot.press("v", "x")
        assert "Nothing was set" in place.flashing
        assert screen.record.id == ids[1]


async def test_a_status_that_may_not_be_set_is_nothing_else_either(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    asset = asset_at(demo, HOUSEHOLD)
    asset.rows = [row for row in asset.rows if row.username != "dana"]
    asset.rows += [Row("pView", "dana", "view_asset"), Row("pSee", "dana", "view_submissions")]
    async with data_place(make_app, until, demo, username="dana") as place:
        await place.pilot.press("enter")
        await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record")
        await place.pilot.press("v", "n")
        assert "Validate submissions" in place.flashing
        assert "1 of 60" in place.heading, "n is no next record here"


async def test_a_production_account_is_asked_once(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, production=True) as place:
        ids = await opened(place)
        name = place.app.session.account.name  # type: ignore[union-attr]
        await place.pilot.press("v")
        await place.type("yes")
        assert f"Type {name}" in " ".join(str(line.render()) for line in place.screen.query(Static))
        await place.type(name)
        await place.until(lambda: "Approved" in keys_shown(place), "the statuses")
        await place.pilot.press("a", "v", "h")
        await place.status_set(*ids)
        assert [status(place, record) for record in ids[:3]] == [APPROVED, HELD, None]


async def test_what_was_done_last_is_taken_back_first(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        ids = await opened(place)
        await place.pilot.press("v", "a")
        await place.status_set(ids[0])
        place.table.set_marked(map(str, ids[1:3]))
        await place.pilot.press("v", "h")
        await place.apply()
        await place.until(lambda: len(jobs(place)) == 2 and all(job.ended for job in jobs(place)), "both jobs")
        await place.settled()
        await place.pilot.press("u", "z")
        await place.apply()
        await place.until(lambda: len(jobs(place)) == 3 and jobs(place)[0].ended, "the marked ones, after a review")
        assert [status(place, record) for record in ids[:3]] == [APPROVED, None, None]


async def test_a_list_that_is_sorted_by_status_has_a_review(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        await place.pilot.press("S")
        await place.choose("_validation_status.uid")
        await place.until(lambda: "sorted by Valid." in place.heading, "the order")
        record = place.look_at("_id")
        before = status(place, record)
        await place.pilot.press("v", "h" if before != HELD else "a")
        await place.confirm()
        await place.job_done()
        assert status(place, record) != before
