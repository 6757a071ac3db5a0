"""Records that match where the server cannot tell: all that may match are read, by number, and compared here."""

from __future__ import annotations

import asyncio
from array import array
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from kobotui.api.errors import Incomplete
from kobotui.api.paging import Statement
from kobotui.model.filter_match import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.api.submissions import SubmissionService
    from kobotui.model.record_filter import Filter, Query

AT_ONCE = 1000
SIDE_BY_SIDE = 4


async def find(
    records: SubmissionService,
    wanted: Filter,
    key: str = "_id",
    *,
    falling: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> array[int]:
    """The numbers (``_id``) of the records that match, in the order the server would give them by ``key``.

    ``report`` is told how many were compared, of how many. Raises ``KoboError``, and ``Incomplete`` when they could
    not be read whole.
    """
    fields = list(dict.fromkeys([*wanted.fields, key.partition(".")[0], "_id"]))
    seen = 0

    async def one(query: Query) -> tuple[array[int], list[tuple[bool, str]]]:
        """The numbers of a range, and where each stands in another order than theirs."""
        nonlocal seen
        numbers, places = array("q"), list[tuple[bool, str]]()
        walk = records.walk(query or None, fields, AT_ONCE)
        async for page in walk:
            for record in page:
                if wanted.matches(record.raw):
                    numbers.append(record.id)
                    if key != "_id":
                        places.append(_place(value_of(record.raw, key)))
            seen += len(page)
            if report:
                report(seen, max(seen, count))
        if walk.statement is None or not walk.statement.complete:
            raise Incomplete(walk.statement or Statement(seen, moved=True))
        return numbers, places

    ranges, count = await _ranges(records, wanted.query)
    tasks = [asyncio.create_task(one(query)) for query in ranges]
    try:
        parts = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    numbers = array("q", chain.from_iterable(part for part, _places in parts))
    if key != "_id":
        places = [place for _numbers, part in parts for place in part]
        numbers = array("q", (numbers[at] for at in sorted(range(len(numbers)), key=places.__getitem__)))
    if falling:
        numbers.reverse()
    return numbers


async def _ranges(records: SubmissionService, query: Query) -> tuple[list[Query], int]:
    """Queries for ranges of numbers that hold about as many records each, and how many records there are."""
    count = await records.count(query or None)
    size = max(-(-count // SIDE_BY_SIDE), 2 * AT_ONCE)

    async def border(row: int) -> int | None:
        page = await records.page(row, 1, {"_id": 1}, query or None, ["_id"])
        return page.items[0].id if page.items else None

    firsts = await asyncio.gather(*map(border, range(size, count, size)))
    borders: list[int | None] = [None, *sorted({first for first in firsts if first is not None}), None]
    ranges: list[Query] = []
    for first, end in pairwise(borders):
        bounds = {sign: bound for sign, bound in (("$gte", first), ("$lt", end)) if bound is not None}
        parts = [part for part in (query, {"_id": bounds} if bounds else {}) if part]
        ranges.append({"$and": parts} if len(parts) > 1 else parts[0] if parts else {})
    return ranges, count


def _place(value: Any) -> tuple[bool, str]:
    """Where the server sorts an answer: those without one first, the others as text."""
    return (value is not None, str(value))
