"""Complete, or so many missing, or changed meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from kobotui.api.client import KoboClient
from kobotui.api.errors import Incomplete, ServerTrouble
from kobotui.api.paging import AHEAD, Page, Statement, Walk, by_key, by_start
from tests.api.conftest import KNOWN, SERVER, UID


class List:
    """A list on a server, which changes after so many requests."""

    def __init__(self, items: list[int], size: int, *, cap: int = 1000) -> None:
        self.items = items
        self.size = min(size, cap)
        self.requests: list[int] = []
        self.running = self.most = 0

    async def at(self, start: int) -> Page[int]:
        self.requests.append(start)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        return Page(tuple(self.items[start : start + self.size]), len(self.items), start)

    async def after(self, last: int) -> Page[int]:
        self.requests.append(last)
        rest = sorted(item for item in self.items if item > last)
        return Page(tuple(rest[: self.size]), len(rest), 0)


def started(source: Any) -> Walk[int]:
    return by_start(source, lambda item: item)


def keyed(source: Any) -> Walk[int]:
    return by_key(source, lambda item: item)


async def items_of(walk: Walk[int]) -> list[int]:
    return [item async for page in walk for item in page]


@given(st.integers(0, 60), st.integers(1, 13))
async def test_every_item_once_and_in_order(length: int, size: int) -> None:
    for make, name in ((started, "at"), (keyed, "after")):
        walk = make(getattr(List(list(range(length)), size), name))
        assert await items_of(walk) == list(range(length))
        assert walk.statement == Statement(length)
        assert walk.statement.complete


async def test_later_pages_come_side_by_side() -> None:
    source = List(list(range(100)), 10)
    assert await items_of(started(source.at)) == list(range(100))
    assert source.most == AHEAD
    assert source.requests == list(range(0, 100, 10))


async def test_the_count_is_followed_when_the_server_gives_less_than_asked() -> None:
    source = List(list(range(50)), 1000, cap=7)
    assert await started(source.at).all() == tuple(range(50))


async def test_pages_are_numbered_by_key() -> None:
    pages = [page async for page in keyed(List(list(range(25)), 10).after)]
    assert [(page.start, page.count, len(page)) for page in pages] == [(0, 25, 10), (10, 25, 10), (20, 25, 5)]


async def test_items_the_server_counts_but_does_not_send_are_missing() -> None:
    async def fetch(start: int) -> Page[int]:
        items = [item for item in range(start, min(start + 10, 35)) if item not in (12, 13)]
        return Page(tuple(items), 35, start)

    walk = started(fetch)
    assert len(await items_of(walk)) == 33
    assert walk.statement == Statement(33, missing=2)
    assert "2 items are missing" in walk.statement.sentence
    with pytest.raises(Incomplete, match="2 items") as caught:
        await walk.all()
    assert caught.value.statement.missing == 2


async def test_an_empty_page_ends_the_walk() -> None:
    async def fetch(start: int) -> Page[int]:
        return Page(tuple(range(10)) if not start else (), 10**12, start)

    walk = started(fetch)
    assert len(await items_of(walk)) == 10
    assert walk.statement is not None
    assert walk.statement.missing == 10**12 - 10


async def test_a_list_that_moves_is_said_to_have_moved() -> None:
    source = List(list(range(40)), 10)

    async def fetch(start: int) -> Page[int]:
        if start == 20:
            source.items.insert(0, 99)
        return await source.at(start)

    walk = started(fetch)
    items = await items_of(walk)
    assert len(items) == len(set(items))
    assert walk.statement is not None
    assert walk.statement.moved
    assert not walk.statement.complete


async def test_a_swap_is_seen_though_the_count_stays() -> None:
    source = List(list(range(40)), 10)

    async def fetch(start: int) -> Page[int]:
        if start == 20:
            source.items = [99, *source.items[:-1]]
        return await source.at(start)

    walk = started(fetch)
    await items_of(walk)
    assert walk.statement is not None
    assert not walk.statement.complete


async def test_all_reads_again_when_the_list_moved() -> None:
    source = List(list(range(40)), 10)
    moved = False

    async def fetch(start: int) -> Page[int]:
        nonlocal moved
        if start == 20 and not moved:
            moved = True
            source.items.insert(0, 99)
        return await source.at(start)

    assert set(await started(fetch).all()) == {99, *range(40)}


async def test_by_key_nothing_slips_past_what_comes_and_goes() -> None:
    source = List(list(range(40)), 10)

    async def fetch(last: int) -> Page[int]:
        if last == 19:
            source.items = [item for item in source.items if item not in (3, 25)] + [50, 51]
        return await source.after(last)

    walk = keyed(fetch)
    items = await items_of(walk)
    assert set(range(40)) - {25} <= set(items)
    assert {50, 51} <= set(items)
    assert walk.statement is not None
    assert walk.statement.complete
    assert walk.statement.changed


async def test_by_key_a_server_that_stops_sending_is_noticed() -> None:
    async def fetch(last: int) -> Page[int]:
        return Page((1, 2) if last < 2 else (), 5 if last < 2 else 3)

    walk = keyed(fetch)
    assert await items_of(walk) == [1, 2]
    assert walk.statement == Statement(2, missing=3)


async def test_by_key_a_server_that_ignores_the_query_ends() -> None:
    async def fetch(last: int) -> Page[int]:
        return Page((1, 2), 5)

    walk = keyed(fetch)
    assert await items_of(walk) == [1, 2]
    assert walk.statement is not None
    assert not walk.statement.complete


async def test_by_key_a_count_that_is_too_low_is_no_proof_and_an_empty_page_is() -> None:
    source = List(list(range(40)), 10)

    async def fetch(last: int) -> Page[int]:
        return Page((await source.after(last)).items, 0 if last == 39 else 1)

    walk = keyed(fetch)
    assert await items_of(walk) == list(range(40))
    assert walk.statement
    assert walk.statement.complete


async def test_a_count_that_is_too_low_proves_nothing() -> None:
    source = List(list(range(40)), 10)

    async def fetch(start: int) -> Page[int]:
        return Page((await source.at(start)).items, 3, start)

    walk = started(fetch)
    await items_of(walk)
    assert walk.statement
    assert not walk.statement.complete
    with pytest.raises(Incomplete):
        await started(fetch).all()


async def test_rows_that_come_twice_are_one() -> None:
    async def fetch(last: int) -> Page[int]:
        return Page((1, 1, 2) if last < 2 else (), 3 if last < 2 else 0)

    walk = keyed(fetch)
    assert await items_of(walk) == [1, 2]
    assert walk.statement == Statement(2, changed=True)


async def test_leaving_early_cancels_what_is_under_way() -> None:
    cancelled = 0

    async def fetch(start: int) -> Page[int]:
        nonlocal cancelled
        if start > 10:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1
                raise
        return Page(tuple(range(start, start + 10)), 100, start)

    walk = started(fetch)
    pages = aiter(walk)
    await anext(pages)
    await anext(pages)
    await pages.aclose()  # type: ignore[attr-defined]
    assert cancelled == AHEAD - 1
    assert walk.statement is None
    assert len(asyncio.all_tasks()) == 1


async def test_an_error_in_a_later_page_is_raised_and_the_rest_cancelled() -> None:
    async def fetch(start: int) -> Page[int]:
        if start == 20:
            raise ServerTrouble("broken")
        await asyncio.sleep(0)
        return Page(tuple(range(start, start + 10)), 100, start)

    with pytest.raises(ServerTrouble):
        await items_of(started(fetch))
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (Statement(5), "Complete."),
        (Statement(5, changed=True), "Complete; the list changed while it was read."),
        (Statement(5, changed=True, moved=True), "The list changed while it was read: something may be missing."),
        (Statement(5, missing=1), "1 item is missing: the server counted it and did not send it."),
    ],
)
def test_statements(statement: Statement, words: str) -> None:
    assert statement.sentence == words


async def test_records_are_walked_by_id(server: respx.MockRouter, kobo: KoboClient) -> None:
    rows = [{"_id": number, "q": "x"} for number in (3, 5, 8, 13, 21)]
    queries = []

    def answer(request: httpx.Request) -> httpx.Response:
        import json

        params = dict(request.url.params)
        assert params["sort"] == '{"_id":1}'
        query = json.loads(params.get("query", "{}"))
        queries.append(query)
        conditions = query.get("$and", [query])
        last = next((part["_id"]["$gt"] for part in conditions if "_id" in part), -1)
        rest = [row for row in rows if row["_id"] > last]
        return httpx.Response(200, json={"count": len(rest), "results": rest[:2]}, headers=KNOWN)

    server.get(f"{SERVER}/api/v2/assets/{UID}/data/").mock(side_effect=answer)
    records = await kobo.submissions(UID).walk(query={"q": "x"}, page_size=2).all()
    assert [record.id for record in records] == [3, 5, 8, 13, 21]
    assert queries == [
        {"q": "x"},
        {"$and": [{"q": "x"}, {"_id": {"$gt": 5}}]},
        {"$and": [{"q": "x"}, {"_id": {"$gt": 13}}]},
    ]


async def test_records_named_by_id_are_asked_for_in_addresses_of_bearable_length(
    server: respx.MockRouter, kobo: KoboClient
) -> None:
    wanted = list(range(700_000_000, 700_000_250))
    lengths = []

    def answer(request: httpx.Request) -> httpx.Response:
        import json

        lengths.append(len(str(request.url)))
        ids = json.loads(request.url.params["query"])["_id"]["$in"]
        assert request.url.params["limit"] == str(len(ids))
        rows = [{"_id": number} for number in ids if number % 2 == 0]
        return httpx.Response(200, json={"count": len(rows), "results": rows}, headers=KNOWN)

    server.get(f"{SERVER}/api/v2/assets/{UID}/data/").mock(side_effect=answer)
    found = [record.id async for page in kobo.submissions(UID).named(wanted) for record in page]
    assert found == wanted[::2]
    assert len(lengths) == 3
    assert max(lengths) < 2_000
