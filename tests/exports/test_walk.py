"""Walks over all records: complete whatever comes and goes, loud when not, gone on with after a cut."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotAllowed, Rejected, Unreadable
from kobotui.api.paging import Statement
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.exports.progress import Progress
from kobotui.exports.spool import Spool, lines
from kobotui.exports.walk import RecordWalk
from kobotui.paths import LocalError
from tests.exports.staging import ids, on_read, plain, plain_project, put, take

pytestmark = pytest.mark.usefixtures("small_pages")


async def walked(kobo: KoboClient, asset: Asset, target: Path, **options: Any) -> tuple[list[int], Statement]:
    """The numbers in the order of the files, and how the walk ended."""
    with Spool(target) as spool:
        walk = RecordWalk(kobo, asset.uid, spool, **options)
        async with aclosing(walk.paths()) as paths:
            found = [json.loads(line) async for path in paths for line in lines(path)]
        assert walk.statement is not None
        assert walk.received == len(found)
    return [record["_id"] for record in found], walk.statement


async def test_all_records_come_in_order_as_they_are(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1000, 1120, 2))
    told: list[Progress] = []
    found, statement = await walked(kobo, asset, tmp_path / "x", report=told.append)
    assert (found, statement) == (ids(asset), Statement(60))
    assert (told[-1].done, told[-1].total) == (60, 60)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 11, 79, 80, 81, 163])
async def test_any_number_of_records(kobo: KoboClient, demo: DemoServer, tmp_path: Path, count: int) -> None:
    asset = plain_project(demo, (7 * n for n in range(1, count + 1)))
    found, statement = await walked(kobo, asset, tmp_path / "x")
    assert (found, statement) == (ids(asset), Statement(count))


async def test_a_query_and_chosen_fields(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    query = {"q": {"$regex": "answer [1-3]"}}
    with Spool(tmp_path / "x") as spool:
        walk = RecordWalk(kobo, asset.uid, spool, query=query, fields=["q"])
        async with aclosing(walk.paths()) as paths:
            found = [json.loads(line) async for path in paths for line in lines(path)]
    assert [record["_id"] for record in found] == [n for n in range(1, 61) if str(n)[0] in "123"]
    assert "_submission_time" not in found[0]


async def test_few_requests(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    """A page proves itself, a range of several pages is counted again."""
    asset = plain_project(demo, range(1, 61))  # 12 pages: a range for each
    served = demo.faults.served
    await walked(kobo, asset, tmp_path / "x")
    assert demo.faults.served - served == 1 + 11 + 12
    asset = plain_project(demo, range(1, 201))  # 40 pages in 20 ranges
    served = demo.faults.served
    await walked(kobo, asset, tmp_path / "y")
    assert demo.faults.served - served == 1 + 19 + 40 + 20


@pytest.mark.parametrize("seed", range(12))
async def test_records_come_and_go_meanwhile(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The result is the set that was there throughout, plus or minus only those that came or went."""
    asset = plain_project(demo, range(1000, 2000, 10))
    before, chance = set(ids(asset)), random.Random(seed)
    touched: set[int] = set()

    def meddle(_read: int) -> None:
        if chance.random() < 0.3:
            gone = chance.choice(ids(asset))
            take(asset, gone)
            touched.add(gone)
        if chance.random() < 0.3:
            late = chance.randrange(1000, 2100)
            if late not in ids(asset):
                put(asset, [plain(late)])
                touched.add(late)

    on_read(monkeypatch, asset, meddle)
    found, statement = await walked(kobo, asset, tmp_path / "x")
    assert len(found) == len(set(found))
    assert before - touched <= set(found) <= before | touched
    assert found == sorted(found)
    assert statement.received == len(found)


async def test_a_record_that_comes_late_is_fetched(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is below what was read already: the count of the range tells."""
    asset = plain_project(demo, range(1000, 3000, 10))

    def meddle(read: int) -> None:
        if read == 23:  # the highest, 19 borders, two pages of the first range, and now its count
            put(asset, [plain(1001)])

    on_read(monkeypatch, asset, meddle)
    monkeypatch.setattr("kobotui.exports.walk.SIDE_BY_SIDE", 1)
    found, statement = await walked(kobo, asset, tmp_path / "x")
    assert (found, statement) == (ids(asset), Statement(201, changed=True))


async def test_a_record_the_server_counts_and_does_not_send_is_said(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = plain_project(demo, range(1, 201))
    assert asset.records is not None
    search = asset.records.search

    async def hiding(*args: Any, **options: Any) -> Any:
        count, rows = await search(*args, **options)
        return count, [row for row in rows if row["_id"] != 77]

    monkeypatch.setattr(asset.records, "search", hiding)
    found, statement = await walked(kobo, asset, tmp_path / "x")
    assert set(ids(asset)) - set(found) == {77}
    assert (statement.missing, statement.complete) == (1, False)
    assert "missing" in statement.sentence


@pytest.mark.parametrize("faults", ["502=0.1", "429=0.1", "drop=0.1", "truncate=0.1", "503=0.05,504=0.05,drop=0.05"])
async def test_a_bad_line_changes_nothing_or_is_an_error(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, faults: str
) -> None:
    asset = plain_project(demo, range(1, 151))
    for part in faults.split(","):
        key, _equals, value = part.partition("=")
        demo.faults.put(key, value)
    for attempt in range(20):
        try:
            found, statement = await walked(kobo, asset, tmp_path / "x", resume=attempt > 0)
        except KoboError:
            continue
        assert (found, statement.complete) == (ids(asset), True)
        return
    raise AssertionError("never came through")


@pytest.mark.parametrize("seed", range(8))
async def test_cut_at_any_point_and_gone_on_with(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    asset, chance = plain_project(demo, range(1, 201)), random.Random(seed)
    runs = 0
    while True:
        runs += 1
        task = asyncio.create_task(walked(kobo, asset, tmp_path / "x", resume=runs > 1))
        served, cut = demo.faults.served, chance.randrange(1, 60)
        while not task.done() and demo.faults.served - served < cut:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.001)
        task.cancel()
        try:
            found, statement = await task
            break
        except asyncio.CancelledError:
            continue
    assert (found, statement) == (ids(asset), Statement(200))


async def test_what_is_there_is_not_asked_for_again(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    await walked(kobo, asset, tmp_path / "x")
    served = demo.faults.served
    await walked(kobo, asset, tmp_path / "x", resume=True)
    assert demo.faults.served == served + 1, "whether there are newer ones"


@pytest.mark.parametrize("newer", [1, 5, 45])
async def test_what_came_since_the_cut_is_read_too(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, newer: int
) -> None:
    asset = plain_project(demo, range(1, 61))
    await walked(kobo, asset, tmp_path / "x")
    put(asset, [plain(60 + number) for number in range(1, newer + 1)])
    found, statement = await walked(kobo, asset, tmp_path / "x", resume=True)
    assert (found, statement) == (ids(asset), Statement(60 + newer))


async def test_a_line_that_was_cut_is_read_again(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    await walked(kobo, asset, tmp_path / "x")
    first, second, third = sorted((tmp_path / ".x.part").glob("*.jsonl"))[:3]
    for path, content in ((first, first.read_bytes()[:-20]), (second, b"this is no JSON\n"), (third, b"")):
        path.unlink()
        path.with_suffix(".begun").write_bytes(content)
    assert (await walked(kobo, asset, tmp_path / "x", resume=True))[0] == ids(asset)


async def test_what_was_deleted_since_the_cut_is_noticed(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    """In a range that was not whole yet."""
    asset = plain_project(demo, range(1, 201))
    await walked(kobo, asset, tmp_path / "x")
    whole = tmp_path / ".x.part" / "000000.jsonl"
    whole.rename(whole.with_suffix(".begun"))
    take(asset, 3)
    found, statement = await walked(kobo, asset, tmp_path / "x", resume=True)
    assert (found, statement) == (ids(asset), Statement(199, changed=True))


async def test_another_export_is_not_gone_on_with(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    await walked(kobo, asset, tmp_path / "x")
    with pytest.raises(LocalError, match="another export"):
        await walked(kobo, asset, tmp_path / "x", resume=True, query={"q": "answer 1"})
    assert (await walked(kobo, asset, tmp_path / "x", query={"q": "answer 1"}))[0] == [1]


async def test_two_at_once_are_refused(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    with Spool(tmp_path / "x"), pytest.raises(LocalError, match="Another kobotui"), Spool(tmp_path / "x"):
        raise AssertionError
    with Spool(tmp_path / "x"):
        pass


async def test_records_too_large_for_a_page_come_in_smaller_ones(
    demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.changes.conftest import account_on, token_on

    asset = plain_project(demo, range(1, 11))
    put(asset, [plain(number, q="x" * 3000) for number in range(11, 21)])
    async with KoboClient(account_on(demo), token_on(demo)) as kobo:
        monkeypatch.setattr(kobo._transport, "_limit", 4500)  # bytes in memory: one of the large ones, not two
        found, statement = await walked(kobo, asset, tmp_path / "x")
        assert (found, statement.complete) == (list(range(1, 21)), True)
        monkeypatch.setattr(kobo._transport, "_limit", 2000)
        with pytest.raises(Unreadable, match="larger"):
            await walked(kobo, asset, tmp_path / "y")


async def test_what_the_server_refuses_is_raised_and_leaves_nothing_running(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path
) -> None:
    asset = plain_project(demo, range(1, 61))
    with pytest.raises(Rejected):
        await walked(kobo, asset, tmp_path / "x", query={"q": {"$regex": "("}})
    demo.faults.once(403, f"{asset.uid}/data/", skip=15)
    with pytest.raises(NotAllowed):
        await walked(kobo, asset, tmp_path / "x")
    assert len(asyncio.all_tasks()) == 1


async def test_a_place_that_cannot_be_written(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="Cannot"), Spool(tmp_path / "file" / "x"):
        raise AssertionError
