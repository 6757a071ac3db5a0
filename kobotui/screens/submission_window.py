"""The server's records as rows of a table: pages fetched as they come into view, a bounded number of them kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kobotui.api.paging import Page
    from kobotui.model.submission import Submission
    from kobotui.widgets.rows import Row

PAGE = 50
"""Records in a page of the cache; a request brings as many pages as are missing."""
KEPT = 16
"""Pages kept: those looked at last."""


class SubmissionWindow:
    """A row source over one order of one project's records; all positions run from 0 to ``count``.

    What is kept belongs together: an answer that tells of another number of records, has another record where one is
    known, or one that is known elsewhere, does not fit, because everything may stand in another place. Answers overlap
    what is kept by one row on either side for that.
    """

    def __init__(self, make_row: Callable[[Submission], Row], kept: int = KEPT) -> None:
        self.make_row = make_row
        self.count = 0
        self.counted = 0
        """What the server counts: fewer than ``count`` when it sent more than that."""
        self._kept = kept
        self._pages: OrderedDict[int, list[Submission]] = OrderedDict()
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Submission]:
        """The records that are loaded."""
        return (record for page in self._pages.values() for record in page)

    @property
    def beyond(self) -> bool:
        """Whether the server sent more records than it counts: there may be others beyond."""
        return self.count > self.counted

    def row(self, index: int) -> Row | None:
        record = self.record(index)
        return self.make_row(record) if record else None

    def key(self, index: int) -> str | None:
        record = self.record(index)
        return str(record.id) if record else None

    def index_of(self, key: str) -> int | None:
        return self._places.get(int(key)) if key.isdigit() else None

    def record(self, index: int) -> Submission | None:
        """The record at a position, None when it is not loaded."""
        if index // PAGE in self._pages:
            self._pages.move_to_end(index // PAGE)
        return self._peek(index)

    def _peek(self, index: int) -> Submission | None:
        number, place = divmod(index, PAGE)
        page = self._pages.get(number, ())
        return page[place] if 0 <= place < len(page) else None

    def find(self, record_id: int) -> Submission | None:
        """The record of this ``_id``, None when it is not loaded."""
        index = self._places.get(record_id)
        return None if index is None else self.record(index)

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """``start`` and ``limit`` of the one request that brings what is missing of these rows; None: nothing is."""
        pages = range(max(first, 0) // PAGE, min(last, self.count - 1) // PAGE + 1)
        missing = [number for number in pages if number not in self._pages]
        if not missing:
            return None
        before, after = missing[0] - 1 in self._pages, missing[-1] + 1 in self._pages
        start = missing[0] * PAGE - before
        return start, (missing[-1] + 1) * PAGE + after - start

    def fits(self, page: Page[Submission]) -> bool:
        """Whether an answer is of the list that is kept."""
        if page.count != self.counted:
            return False
        for place, record in enumerate(page, start=page.start):
            here = self._peek(place)
            if (here is not None and here.id != record.id) or self._places.get(record.id, place) != place:
                return False
        return True

    def put(self, page: Page[Submission]) -> None:
        """Keep what a request brought, as far as it is whole pages of :data:`PAGE` or their end."""
        self.counted = page.count
        self.count = max(self.count if page.beyond else 0, page.count, page.start + len(page))
        first = -(-page.start // PAGE)
        for number in range(first, -(-(page.start + len(page)) // PAGE)):
            offset = number * PAGE - page.start
            records = list(page.items[offset : offset + PAGE])
            if len(records) < len(self._pages.get(number, ())):
                continue  # the row that the answer overlaps with
            self._pages[number] = records
            self._pages.move_to_end(number)
            for place, record in enumerate(records, start=number * PAGE):
                self._places[record.id] = place
        while len(self._pages) > self._kept:
            number, gone = self._pages.popitem(last=False)
            for record in gone:
                if self._places.get(record.id, -1) // PAGE == number:
                    del self._places[record.id]

    def adopt(self, other: SubmissionWindow) -> None:
        """Become another window: what is kept here is of a list that is no longer so."""
        self.count, self.counted, self._pages, self._places = other.count, other.counted, other._pages, other._places

    def shift(self, other: SubmissionWindow, at: int, record_id: int | None = None) -> int | None:
        """By how many rows what stands here at ``at`` stands elsewhere in ``other``, told by the nearest record that
        both know; of a record that is gone, the one after it. None: there is none near.

        ``record_id``: the record at ``at`` when it is not loaded any more.
        """
        here = self._peek(at)
        own = here.id if here else record_id
        if own is not None and own in other._places:
            return other._places[own] - at
        before, after = 0, int(own is None)  # rows between that are not known: they are taken to be there still
        for distance in range(1, PAGE + 1):
            for place in (at - distance, at + distance):
                record = self._peek(place)
                if record is not None and (found := other._places.get(record.id)) is not None:
                    return (found + 1 + before if place < at else found - after) - at
            before += self._peek(at - distance) is None
            after += self._peek(at + distance) is None
        return None

    def renew(self, record: Submission) -> bool:
        """Another state of a record, in its place; False when it is not loaded."""
        index = self._places.get(record.id)
        if index is None:
            return False
        self._pages[index // PAGE][index % PAGE] = record
        return True
