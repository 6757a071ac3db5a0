"""The list of records while others come, go and change: nothing is seen twice, nothing that stays is skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kobotui.api.errors import Incomplete
from kobotui.api.paging import Page
from kobotui.model.submission import Submission
from kobotui.screens.record_list import UNLIKE, RecordList
from kobotui.screens.records import Order
from kobotui.screens.submission_window import PAGE
from kobotui.widgets.rows import Row


class Server:
    """Records by ``_id``, each with a place in another order."""

    def __init__(self, count: int) -> None:
        self.places = {number: number for number in range(1, count + 1)}
        self.asked = 0

    async def page(
        self,
        start: int,
        limit: int,
        sort: Mapping[str, int],
        query: Mapping[str, Any] | None = None,
        fields: Sequence[str] | None = None,
    ) -> Page[Submission]:
        assert start >= 0
        assert 0 < limit <= 1000
        self.asked += 1
        upto = (query or {}).get("_id", {}).get("$lte", 10**9)
        there = [number for number in self.places if number <= upto]
        ((key, direction),) = sort.items()
        there.sort(key=lambda number: self.places[number] if key == "q" else number, reverse=direction < 0)
        items = tuple(Submission(number, {"_id": number}) for number in there[start : start + limit])
        return Page(items, len(there), start)


class Listed(RecordList):
    def __init__(self, server: Server, order: Order) -> None:
        super().__init__(order, lambda record: Row(str(record.id), ()))
        self.server = server

    async def service(self) -> Any:
        return self.server


@st.composite
def events(draw: st.DrawFn) -> list[tuple[int, str, int]]:
    """What happens on the server before which row is looked at."""
    kinds = st.sampled_from(["come", "go", "go", "go"])
    return draw(st.lists(st.tuples(st.integers(0, 4 * PAGE), kinds, st.integers(1, 4 * PAGE)), max_size=60))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events(), st.sampled_from([Order(), Order(falling=False), Order(key="q")]), st.integers(1, 30))
async def test_from_the_first_row_to_the_last(happens: list[tuple[int, str, int]], order: Order, view: int) -> None:
    server = Server(4 * PAGE)
    there = set(server.places)
    records = Listed(server, order)
    window = records.window = await records.read_newest(order)
    seen: list[int] = []
    here = 0
    while here < window.count:
        for _when, kind, number in [event for event in happens if event[0] == len(seen)]:
            if kind == "go":
                server.places.pop(number, None)
                there.discard(number)
            else:
                server.places[max(server.places, default=0) + 1000] = number
        happens = [event for event in happens if event[0] != len(seen)]
        while here < window.count and window.record(here) is None:
            moved = await records.read_rows(here, here + view, lambda row=here: row)  # type: ignore[misc]
            here += moved or 0
        if (record := window.record(here)) is not None:
            seen.append(record.id)
        here += 1
    assert len(set(seen)) == len(seen), "nothing twice"
    assert there <= set(seen), "nothing skipped"
    assert not [number for number in seen if number > 4 * PAGE], "what came later is not in the list"


async def test_records_that_change_places_are_noticed() -> None:
    """The same number of records, in another order: the answer that overlaps tells."""
    server = Server(3 * PAGE)
    order = Order(key="q", falling=False)
    records = Listed(server, order)
    window = records.window = await records.read_newest(order)
    server.places[3 * PAGE - 1] = -1  # to the top: all others move on by one
    assert await records.read_rows(PAGE, PAGE + 20, lambda: PAGE - 1) == 1
    assert window.key(PAGE) == str(PAGE)
    server.places[1], server.places[3 * PAGE] = 10**6, 1  # the first and the last one change places
    assert await records.read_rows(2 * PAGE, 3 * PAGE - 1, lambda: PAGE) == 0
    assert window.key(3 * PAGE - 1) == "1"
    assert window.index_of("1") == 3 * PAGE - 1


async def test_renewing_brings_what_came_and_keeps_the_row() -> None:
    server = Server(4 * PAGE)
    records = Listed(server, Order())
    window = records.window = await records.read_newest(Order())
    await records.read_rows(PAGE, 2 * PAGE, lambda: PAGE)
    at = PAGE + 3
    key = window.key(at)
    for number in range(120):
        server.places[1000 + number] = 1
    moved = await records.renew(PAGE, PAGE + 20, lambda: at)
    assert (moved, window.count) == (120, 4 * PAGE + 120)
    assert window.key(at + moved) == key


async def test_the_end_is_one_request_away() -> None:
    server = Server(1_000)
    records = Listed(server, Order())
    records.window = await records.read_newest(Order())
    asked = server.asked
    assert await records.read_rows(980, 999, lambda: 999) is None
    assert server.asked == asked + 1
    assert records.window.key(999) == "1"


async def test_a_server_that_contradicts_itself_is_not_asked_for_ever() -> None:
    server = Server(4 * PAGE)
    listed = Listed(server, Order())
    listed.window = await listed.read_newest(listed.order)
    told = server.page

    async def always_the_first(start: int, _limit: int, *rest: Any, **more: Any) -> Page[Submission]:
        page = await told(0, PAGE, *rest, **more)
        return Page(page.items, page.count, start)

    server.page = always_the_first  # type: ignore[method-assign]
    refusals = 0
    for _turn in range(20):
        before = server.asked
        try:
            assert await listed.read_rows(PAGE, 2 * PAGE, lambda: 0) == 0
        except Incomplete:
            refusals += 1
            assert server.asked == before + 1, "what does not fit is not followed any more"
    assert refusals == 20 - UNLIKE
    server.page = told  # type: ignore[method-assign]
    listed.window = await listed.read_newest(listed.order)
    assert await listed.read_rows(PAGE, 2 * PAGE - 1, lambda: 0) is None
    assert listed.window.record(2 * PAGE - 1)
