"""The server's records as rows of a table: pages fetched as they come into view, a bounded number of them kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array
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

    What is kept belongs together: when a page tells of another number of records than the pages before it, those
    are dropped, because everything may stand in another place.
    """

    def __init__(
        self, make_row: Callable[[Submission], Row], kept: int = KEPT, *, ids: array[int] | None = None
    ) -> None:
        """``ids``: the numbers of the records, row by row; None when the server has the list."""
        self.make_row = make_row
        self.ids = ids
        self.count = 0
        self.beyond = False
        """Whether the server sent more records than it counts: there may be others beyond."""
        self._kept = kept
        self._pages: OrderedDict[int, list[Submission]] = OrderedDict()
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Submission]:
        """The records that are loaded."""
        return (record for page in self._pages.values() for record in page)

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
        number, place = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            return None
        self._pages.move_to_end(number)
        return page[place] if 0 <= place < len(page) else None

    def find(self, record_id: int) -> Submission | None:
        """The record of this ``_id``, None when it is not loaded."""
        index = self._places.get(record_id)
        return None if index is None else self.record(index)

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """``start`` and ``limit`` of the one request that brings what is missing of these rows; None: nothing is."""
        pages = range(max(first, 0) // PAGE, min(last, self.count - 1) // PAGE + 1)
        missing = [number for number in pages if number not in self._pages]
        return (missing[0] * PAGE, (missing[-1] - missing[0] + 1) * PAGE) if missing else None

    def put(self, page: Page[Submission]) -> bool:
        """Keep what a request brought; ``page.start`` is a multiple of :data:`PAGE`. True when the list has changed:
        it has another length, and other pages than this one are gone."""
        self.beyond = page.beyond
        count = max(page.count, page.start + len(page))
        changed = count != self.count
        if changed:
            self._pages.clear()
            self._places.clear()
            self.count = count
        for offset in range(0, len(page), PAGE):
            number = (page.start + offset) // PAGE
            self._pages[number] = list(page.items[offset : offset + PAGE])
            self._pages.move_to_end(number)
            for place, record in enumerate(self._pages[number], start=number * PAGE):
                self._places[record.id] = place
        while len(self._pages) > self._kept:
            number, gone = self._pages.popitem(last=False)
            for record in gone:
                if self._places.get(record.id, -1) // PAGE == number:
                    del self._places[record.id]
        return changed

    def renew(self, record: Submission) -> bool:
        """Another state of a record, in its place; False when it is not loaded."""
        index = self._places.get(record.id)
        if index is None:
            return False
        self._pages[index // PAGE][index % PAGE] = record
        return True
