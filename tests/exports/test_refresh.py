"""A file of records brought up to date: as if all had been read anew, with a fraction of it over the line."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.exports.refresh import Refreshed, refresh
from tests.exports.staging import ids, on_read, plain, plain_project, put, take

pytestmark = pytest.mark.usefixtures("small_pages")


async def run(kobo: KoboClient, asset: Asset, target: Path) -> Refreshed:
    """One run."""
    return await refresh(kobo, await kobo.projects.get(asset.uid), target)


def held(path: Path) -> list[dict[str, Any]]:
    """The records of a file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def there(asset: Asset) -> list[dict[str, Any]]:
    """The records of the server, as it sends them."""
    assert asset.records is not None
    return asset.records.page(limit=None, sort=("_id", 1))


def numbers(made: Refreshed) -> tuple[int, int, int, int]:
    return made.records, made.added, made.changed, made.deleted


async def test_what_is_new_corrected_validated_and_deleted(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset, target = plain_project(demo, range(10, 610, 10)), tmp_path / "records.jsonl"
    assert numbers(await run(kobo, asset, target)) == (60, 60, 0, 0)
    put(asset, [plain(5), plain(605), plain(100, q="corrected", _uuid="new"), plain(1000)])
    put(asset, [plain(200, _validation_status={"uid": "validation_status_approved", "timestamp": 7})])
    take(asset, 300, 600)
    made = await run(kobo, asset, target)
    assert numbers(made) == (61, 3, 2, 2)
    assert held(target) == there(asset)
    assert [row["_id"] for row in held(tmp_path / "records-deleted.jsonl")] == [300, 600]
    assert numbers(await run(kobo, asset, target)) == (61, 0, 0, 0)
    take(asset, *ids(asset))
    assert numbers(await run(kobo, asset, target)) == (0, 0, 0, 61)
    assert held(target) == []
    assert len(held(tmp_path / "records-deleted.jsonl")) == 63
    assert not list(tmp_path.glob(".*"))  # noqa: ASYNC240


async def test_little_comes_over_the_line(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, target = plain_project(demo, range(1, 201)), tmp_path / "records.jsonl"
    await run(kobo, asset, target)
    put(asset, [plain(77, q="corrected", _uuid="new")])
    assert asset.records is not None
    search, whole = asset.records.search, []

    async def watched(query: Any, *args: Any) -> Any:
        count, rows = await search(query, *args)
        whole.extend(row["_id"] for row in rows if "$in" in json.dumps(query))
        return count, rows

    monkeypatch.setattr(asset.records, "search", watched)
    await run(kobo, asset, target)
    assert whole == [77]


async def test_many_corrections_are_read_as_ranges(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset, target = plain_project(demo, range(1, 101)), tmp_path / "records.jsonl"
    await run(kobo, asset, target)
    put(asset, [plain(n, q="corrected", _uuid=f"n{n}") for n in range(20, 60)])
    assert numbers(await run(kobo, asset, target)) == (100, 0, 40, 0)
    assert held(target) == there(asset)


@pytest.mark.parametrize("seed", range(6))
async def test_any_history_ends_with_the_servers_records(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, seed: int
) -> None:
    chance, target = random.Random(seed), tmp_path / "records.jsonl"
    asset = plain_project(demo, chance.sample(range(1, 500), 80))
    for round_ in range(4):
        await run(kobo, asset, target)
        assert held(target) == there(asset)
        take(asset, *chance.sample(ids(asset), 10))
        put(asset, [plain(n) for n in chance.sample(range(1, 600), 15)])
        some = chance.sample(ids(asset), 12)
        put(asset, [plain(n, q=f"round {round_}", _uuid=f"r{round_}-{n}") for n in some])


async def test_a_cut_leaves_the_old_file(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, target = plain_project(demo, range(1, 101)), tmp_path / "records.jsonl"
    await run(kobo, asset, target)
    before = target.read_bytes()
    put(asset, [plain(n) for n in range(200, 260)])
    task, loop = asyncio.create_task(run(kobo, asset, target)), asyncio.get_running_loop()
    on_read(monkeypatch, asset, lambda read: loop.call_soon_threadsafe(task.cancel) if read == 25 else None)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert target.read_bytes() == before
    assert numbers(await run(kobo, asset, target)) == (160, 60, 0, 0)
    assert held(target) == there(asset)


async def test_records_the_server_hides_are_not_taken_for_deleted(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, target = plain_project(demo, range(1, 101)), tmp_path / "records.jsonl"
    await run(kobo, asset, target)
    before = target.read_bytes()
    assert asset.records is not None
    search = asset.records.search

    async def hiding(*args: Any) -> Any:
        count, rows = await search(*args)
        return count, [row for row in rows if row["_id"] != 50]

    monkeypatch.setattr(asset.records, "search", hiding)
    made = await run(kobo, asset, target)
    assert made.statement.missing == 1
    assert target.read_bytes() == before
