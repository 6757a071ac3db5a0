"""Counting and paging: by arithmetic where order and query allow it, else by a streaming scan.

A search is a generator that pauses every few thousand records, so that the server can answer others; its
result is the number of records and the page. However many records there are, it holds on to no more than
a page, a table of at most `DISTINCT` sort values, and the records sharing the page's values; the numbers of what
a long scan found are kept, eight bytes each, for the next page of the same search.
"""

from __future__ import annotations

import asyncio
import json
from array import array
from typing import TYPE_CHECKING, Any, TypeVar

from kobotui.demo.records import mongo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence

    from kobotui.demo.records.kept import Stored
    from kobotui.demo.records.store import RecordStore

T = TypeVar("T")
PAUSE = 2_000
LONG = 20_000
"""Records whose order is kept from this many on; fewer are found again as quickly."""
DISTINCT = 20_000
NEAR = 5_000
ALWAYS = ("_uuid", "meta/rootUuid", "_id", "_validation_status")


def run(steps_: Generator[None, None, T]) -> T:
    """The result of a search, at once."""
    while True:
        try:
            next(steps_)
        except StopIteration as end:
            result: T = end.value
            return result


async def run_kindly(steps_: Generator[None, None, T]) -> T:
    """The result of a search, pausing for others."""
    while True:
        try:
            next(steps_)
        except StopIteration as end:
            result: T = end.value
            return result
        await asyncio.sleep(0)


def project(rows: list[dict[str, Any]], fields: Sequence[str]) -> list[dict[str, Any]]:
    """Rows with only the fields asked for, and those KPI always adds; all of them without ``fields``."""
    if not fields:
        return rows
    keys = [*fields, *(k for k in ALWAYS if k not in fields)]
    return [{k: row[k] for k in keys if k in row} for row in rows]


def steps(
    store: RecordStore, query: Mapping[str, Any], sort: tuple[str, int] | None, start: int, limit: int | None
) -> Generator[None, None, tuple[int, list[dict[str, Any]]]]:
    """The number of records of a query and one page of them; ``limit`` None is all that follow.

    Raises: mongo.UnsupportedQueryError.
    """
    predicate = mongo.compile_query(query)
    bounds = mongo.bounds_of(query)
    key, direction = sort or ("_id", 1)
    by_place = key in ("_id", "_submission_time")
    if bounds.uuids is not None:
        ids = {i for u in bounds.uuids if (i := store.id_of_uuid(u)) is not None}
        rows = [row for i in sorted(ids) if (row := store.get(i)) is not None and predicate(row)]
        rows.sort(key=lambda row: mongo.sort_key(mongo.value_at(row, key)), reverse=direction < 0)
        return len(rows), rows[start:][:limit]
    segments = store.segments(bounds, key == "_submission_time", by_place and direction < 0)
    if bounds.exact and by_place:
        total = sum(store.live(ascending(s)) if isinstance(s, range) else 1 for s in segments)
        return total, list(by_arithmetic(store, segments, start, total if limit is None else limit))
    search = json.dumps([query, key, direction], sort_keys=True)
    if (kept := store.orders.get(search)) is not None:
        return len(kept), [row for i in kept[start:][:limit] if (row := store.get(i)) is not None]
    wanted = mongo.fields_of(query)
    counted = json.dumps(query, sort_keys=True)
    near = by_place and counted in store.counted and start < LONG
    if sum(len(s) if isinstance(s, range) else 1 for s in segments) >= LONG and not near:
        wanted |= mongo.fields_of({key: None})
        order = yield from whole_order(scan(store, segments, wanted, predicate), key, direction < 0, by_place)
        if order is not None:
            store.orders = {search: order}
            store.counted[counted] = len(order)
            return len(order), [row for i in order[start:][:limit] if (row := store.get(i)) is not None]
    if by_place:
        found = yield from in_order(store, scan(store, segments, wanted, predicate), query, start, limit)
    else:
        wanted |= mongo.fields_of({key: None})

        def again() -> Iterator[dict[str, Any] | None]:
            return scan(store, segments, wanted, predicate)

        found = yield from by_value(again, key, direction < 0, start, limit)
    store.counted[counted] = found[0]
    return found[0], [row for i in found[1] if (row := store.get(i)) is not None]


def ascending(segment: range) -> range:
    """A run of numbers in ascending order."""
    return segment if segment.step > 0 else segment[::-1]


def by_arithmetic(
    store: RecordStore, segments: Sequence[range | Stored], start: int, limit: int
) -> Iterator[dict[str, Any]]:
    """The page of everything within segments: no record outside it is looked at."""
    for segment in segments:
        if limit <= 0:
            return
        if not isinstance(segment, range):
            if start > 0:
                start -= 1
                continue
            limit -= 1
            yield store.dressed(dict(segment.row))
            continue
        run_ = ascending(segment)
        size = store.live(run_)
        taken = min(size - start, limit)
        for place in range(start, start + taken):
            k = store.nth_live(run_, place if segment.step > 0 else size - 1 - place)
            row = store.get(store.base.id_of(k)) if store.base else None
            if row is not None:
                yield row
        start, limit = max(0, start - size), limit - max(0, taken)


async def stream(
    store: RecordStore, query: Mapping[str, Any], wanted: set[str] | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The records of a query by ascending ``_id``, one after the other, pausing for others.

    ``wanted``: the keys that will be looked at, which saves making the others; None for all.

    Raises: mongo.UnsupportedQueryError.
    """
    predicate = mongo.compile_query(query)
    bounds = mongo.bounds_of(query)
    keys = None if wanted is None else wanted | mongo.fields_of(query)
    for number, row in enumerate(scan(store, store.segments(bounds, by_time=False), keys, predicate)):
        if row is not None:
            yield row
        if row is None or number % (PAUSE // 10) == 0:
            await asyncio.sleep(0)


def scan(
    store: RecordStore, segments: Sequence[range | Stored], wanted: set[str] | None, predicate: mongo.Predicate
) -> Iterator[dict[str, Any] | None]:
    """The records of segments a query lets through, reduced to the wanted keys; None is a pause."""
    seen = 0
    for segment in segments:
        if not isinstance(segment, range):
            row = store.dressed(dict(segment.row))
            if predicate(row):
                yield row
            continue
        for row in store.rows(segment, wanted):
            seen += 1
            if predicate(row):
                yield row
            if seen % PAUSE == 0:
                yield None


def whole_order(
    rows: Iterator[dict[str, Any] | None], key: str, descending: bool, by_place: bool
) -> Generator[None, None, array[int] | None]:
    """The ids of all rows in the order of a key, equal ones as they come; None when it has too many values.

    ``by_place``: the rows come in their order.
    """
    groups: dict[tuple[int, Any], array[int]] = {}
    for row in rows:
        if row is None:
            yield
            continue
        value = (0, 0) if by_place else mongo.sort_key(mongo.value_at(row, key))
        if value not in groups:
            if len(groups) == DISTINCT:
                return None
            groups[value] = array("q")
        groups[value].append(row["_id"])
    order = array("q")
    for value in sorted(groups, reverse=descending):
        order.extend(groups.pop(value))
    return order


def in_order(
    store: RecordStore, rows: Iterator[dict[str, Any] | None], query: Mapping[str, Any], start: int, limit: int | None
) -> Generator[None, None, tuple[int, list[int]]]:
    """How many rows, and the ids of the page; stops early when the number is known already."""
    known = store.counted.get(json.dumps(query, sort_keys=True))
    total = 0
    ids: list[int] = []
    for row in rows:
        if row is None:
            yield
            continue
        if total >= start and (limit is None or len(ids) < limit):
            ids.append(row["_id"])
        total += 1
        if known is not None and limit is not None and len(ids) == limit:
            break
    return known if known is not None else total, ids


def by_value(
    again: Callable[[], Iterator[dict[str, Any] | None]], key: str, descending: bool, start: int, limit: int | None
) -> Generator[None, None, tuple[int, list[int]]]:
    """How many rows, and the ids of the page in the order of one key; equal ones by ``_id``."""
    if limit is None or start + limit <= NEAR:
        return (yield from nearest(again(), key, descending, start, limit))
    # Far inside: first the number of records of each value (or of each beginning of it, when there are too
    # many values), then only the records whose values the page reaches into.
    width: int | None = None
    numbers: dict[tuple[int, Any], int] = {}
    total = 0
    for row in again():
        if row is None:
            yield
            continue
        total += 1
        value = coarse(mongo.sort_key(mongo.value_at(row, key)), width)
        numbers[value] = numbers.get(value, 0) + 1
        if len(numbers) > DISTINCT:
            width = 12 if width is None else width - 2
            folded: dict[tuple[int, Any], int] = {}
            for old, number in numbers.items():
                folded[coarse(old, width)] = folded.get(coarse(old, width), 0) + number
            numbers = folded
    places: dict[tuple[int, Any], int] = {}  # where the records of a value begin in the whole order
    before = 0
    for value in sorted(numbers, reverse=descending):
        if before < start + limit and before + numbers[value] > start:
            places[value] = before
        before += numbers[value]
    if width is None:
        ids = yield from equal_ones(again(), key, places, start, limit)
        return total, ids

    def within() -> Iterator[dict[str, Any] | None]:
        for row in again():
            if row is None or coarse(mongo.sort_key(mongo.value_at(row, key)), width) in places:
                yield row

    skipped = min(places.values(), default=0)
    _, ids = yield from nearest(within(), key, descending, max(0, start - skipped), limit)
    return total, ids


def equal_ones(
    rows: Iterator[dict[str, Any] | None], key: str, places: dict[tuple[int, Any], int], start: int, limit: int
) -> Generator[None, None, list[int]]:
    """The page's ids when each value's place is known: equal ones stand as they come."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if row is None:
            yield
            continue
        value = mongo.sort_key(mongo.value_at(row, key))
        place = places.get(value)
        if place is None:
            continue
        places[value] = place + 1
        if start <= place < start + limit:
            found.append((place, row["_id"]))
    return [record_id for _, record_id in sorted(found)]


def coarse(value: tuple[int, Any], width: int | None) -> tuple[int, Any]:
    """A sort value, texts cut to a width, numbers rounded: order among different ones is kept."""
    if width is None:
        return value
    kind, detail = value
    if isinstance(detail, str):
        return kind, detail[: max(width, 1)]
    return kind, detail // 10 ** max(0, 12 - width) if isinstance(detail, int) else detail


def nearest(
    rows: Iterator[dict[str, Any] | None], key: str, descending: bool, start: int, limit: int | None
) -> Generator[None, None, tuple[int, list[int]]]:
    """How many rows, and the page's ids, keeping only as many as lie before the page's end."""
    total = 0
    kept: list[tuple[tuple[int, Any], int]] = []
    most = None if limit is None else start + limit

    def cut() -> list[tuple[tuple[int, Any], int]]:
        kept.sort(key=lambda pair: pair[0], reverse=descending)
        return kept[:most]

    for row in rows:
        if row is None:
            yield
            continue
        total += 1
        kept.append((mongo.sort_key(mongo.value_at(row, key)), row["_id"]))
        if most is not None and len(kept) > 2 * most + 1_000:
            kept = cut()
    return total, [record_id for _, record_id in cut()[start:]]
