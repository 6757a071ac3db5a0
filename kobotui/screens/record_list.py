"""The list of records as it is read: it stays as it was when it was opened, whatever comes and goes on the server."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.screens.submission_window import PAGE, SubmissionWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kobotui.api.paging import Page
    from kobotui.api.submissions import SubmissionService
    from kobotui.model.record_filter import Query
    from kobotui.model.submission import Submission
    from kobotui.screens.records import Order
    from kobotui.widgets.rows import Row

FARTHEST = 400
"""Rows that a record is looked for on either side of where it was: more than that would not go into one request."""
UNLIKE = 5
"""Answers in a row that may not fit what is kept, before they are no longer followed: a server that contradicts itself
would be asked for ever."""


class RecordList:
    """A window over one order of the server's records. Reads; raises ``KoboError`` when the server refuses.

    Records that come later are left out, by the highest ``_id``. Those that go, or change what the filter or the order
    look at, are noticed by the next answer that does not fit: then what is near is read again, and who looks at a row
    is told by how much it moved. Nothing is shown twice and nothing skipped.
    """

    def __init__(self, order: Order, make_row: Callable[[Submission], Row]) -> None:
        self.order = order
        self.make_row = make_row
        self.window: SubmissionWindow | None = None
        """None before the first page."""
        self.newest: int | None = None
        """The highest ``_id`` when the list was last renewed; None while there is no record."""
        self.report: Callable[[int, int], None] | None = None
        """Told how many records were compared here, of how many."""
        self._found: list[tuple[Order, array[int]]] = []
        self._unlike = 0
        """Answers in a row that did not fit."""

    async def service(self) -> SubmissionService:
        """The server's records of this project."""
        raise NotImplementedError

    async def read(self, ids: Sequence[int]) -> list[Submission]:
        """These records as they are now; those that are gone are missing."""
        raise NotImplementedError

    def stays(self, record: Submission) -> bool:
        """Whether a record stays in the list that does not match any more."""
        return False

    def query(self, order: Order | None = None) -> Query:
        """What the server is asked for: the records of an order, without those that came later."""
        query = (order or self.order).query
        if self.newest is None:
            return query
        upto: Query = {"_id": {"$lte": self.newest}}
        return {"$and": [query, upto]} if query else upto

    async def _page(self, start: int, limit: int, order: Order) -> Page[Submission]:
        if self.found(order) is not None:
            return await self._page_found(start, limit, order)
        return await (await self.service()).page(start, limit, order.sort, self.query(order))

    # What the server cannot tell

    def found(self, order: Order) -> array[int] | None:
        """The ``_id`` of the records, row by row, where the filter was compared here; None: the server has the list."""
        return next((numbers for known, numbers in self._found if known is order), None)

    async def _find(self, order: Order) -> None:
        """Compare all records that may match, where the server cannot tell; nothing otherwise."""
        if order.filter.exact:
            return
        from kobotui.api.found import find

        asked = structs.replace(order.filter, query=self.query(order))
        numbers = await find(await self.service(), asked, order.key, falling=order.falling, report=self.report)
        self._keep(order, numbers)

    def _keep(self, order: Order, numbers: array[int]) -> None:
        others = [(known, kept) for known, kept in self._found if known is not order and known is self.order]
        self._found = [*others, (order, numbers)]

    async def _page_found(self, start: int, limit: int, order: Order) -> Page[Submission]:
        """Some rows of those that were found; what is gone or does not match any more is taken from the list."""
        from kobotui.api.paging import Page

        rows: list[Submission] = []
        numbers = self.found(order)
        while numbers is not None and (wanted := numbers[start + len(rows) : start + limit]):
            now = [
                record for record in await self.read(wanted) if self.stays(record) or order.filter.matches(record.raw)
            ]
            if self.found(order) is not numbers:  # another answer has told of some meanwhile
                numbers, rows = self.found(order), []
                continue
            rows += now
            if gone := set(wanted) - {record.id for record in now}:
                numbers = array("q", (number for number in numbers if number not in gone))
                self._keep(order, numbers)
        return Page(tuple(rows), len(numbers or ()), start)

    # Orders

    async def read_order(self, order: Order) -> SubmissionWindow:
        """The top of another order, in one request; what is shown stays until it is replaced."""
        if self.newest is None:
            return await self.read_newest(order)
        await self._find(order)
        window = SubmissionWindow(self.make_row)
        window.put(await self._page(0, PAGE, order))
        return window

    async def read_newest(self, order: Order) -> SubmissionWindow:
        """The top of an order, with the records that have come meanwhile; one request for the usual order."""
        service = await self.service()
        window = SubmissionWindow(self.make_row)
        if order.plain:
            page = await service.page(0, PAGE, order.sort)
            self._unlike = 0
            self.newest = page.items[0].id if page.items else None
        else:
            await self._renew_newest()
            await self._find(order)
            page = await self._page(0, PAGE, order)
        window.put(page)
        return window

    async def _renew_newest(self) -> None:
        self._unlike = 0
        page = await (await self.service()).page(0, 1, {"_id": -1}, fields=["_id"])
        self.newest = page.items[0].id if page.items else None

    async def renew(self, first: int, last: int, at: Callable[[], int]) -> int:
        """Read these rows anew, with the records that have come meanwhile; by how many rows the one ``at`` moved."""
        window = self.window
        assert window is not None
        order, count = self.order, window.counted
        await self._renew_newest()
        await self._find(order)
        start, limit = _pages(first, last)
        page = await self._page(start, limit, order)
        fresh = SubmissionWindow(self.make_row)
        fresh.put(page)
        moved = window.shift(fresh, at())
        if page.count != count and moved is None:
            return await self._follow(order, first, last, at, page.count - count)
        window.adopt(fresh)
        return moved or 0

    async def read_rows(self, first: int, last: int, at: Callable[[], int], record_id: int | None = None) -> int | None:
        """Bring what is missing of these rows into the window; None when that is all.

        Else the list has changed on the server and was read anew: by how many rows the one ``at`` moved. ``record_id``
        is that row's record, for when it is not loaded any more. Raises ``Incomplete`` when no answer fits any more.
        """
        from kobotui.api.errors import Incomplete
        from kobotui.api.paging import Statement

        window, order = self.window, self.order
        span = window.span(first, last) if window else None
        if window is None or span is None:
            return None
        page = await self._page(*span, order)
        if self.order is not order or self.window is not window:
            return None  # another list came meanwhile
        if window.fits(page):
            self._unlike = 0
            window.put(page)
            return None
        self._unlike += 1
        if self._unlike > UNLIKE:
            raise Incomplete(Statement(len(page), moved=True))
        return await self._follow(order, first, last, at, page.count - window.counted, record_id)

    async def place_of(self, record_id: int) -> int | None:
        """The row of a record, in one request; None when it is not in the list, or its order does not tell."""
        order = self.order
        if (found := self.found(order)) is not None:
            return found.index(record_id) if record_id in found else None
        if order.key != "_id":
            return None
        before: Query = {"_id": {"$gte" if order.falling else "$lte": record_id}}
        query, sort = self.query(order), {"_id": 1 if order.falling else -1}
        page = await (await self.service()).page(0, 1, sort, {"$and": [query, before]} if query else before, ["_id"])
        return page.count - 1 if page.items and page.items[0].id == record_id else None

    async def _follow(
        self, order: Order, first: int, last: int, at: Callable[[], int], grown: int, record_id: int | None = None
    ) -> int:
        """Read rows again of a list that has become longer by ``grown``, as far around as they may have moved."""
        window, here = self.window, at()
        assert window is not None
        far = min(abs(grown), FARTHEST)
        near = [place for place in (here - PAGE, here, here + PAGE) if window.record(place)]
        first, last = min(first, *near, here), max(last, *near, here)
        if last - first > 2 * FARTHEST:  # rows that are not in view any more
            first, last = here - PAGE, here + PAGE
        start, limit = _pages(first - far * (grown < 0), last + far * (grown > 0))
        fresh = SubmissionWindow(self.make_row)
        fresh.put(await self._page(start, limit, order))
        moved = window.shift(fresh, here, record_id)
        if self.order is order and self.window is window:
            window.adopt(fresh)
        return moved or 0


def _pages(first: int, last: int) -> tuple[int, int]:
    """``start`` and ``limit`` of the pages that hold these rows."""
    start = max(first, 0) // PAGE * PAGE
    return start, (max(last, 0) // PAGE + 1) * PAGE - start
