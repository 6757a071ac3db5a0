"""Lists that are complete or say what is missing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Hashable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Generic, TypeVar

from msgspec import Struct

from kobotui.api.errors import Incomplete
from kobotui.locale import _, ngettext
from kobotui.model.promised import Count

T = TypeVar("T")

AHEAD = 4
"""Pages on their way at once."""


class Envelope(Struct, Generic[T], frozen=True):
    """The server's page."""

    count: Count
    results: list[T]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items of a list, beginning with number ``start`` (from 0) of ``count``."""

    items: tuple[T, ...]
    count: int
    start: int = 0

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def beyond(self) -> bool:
        """Whether there are more items than the server counts: then its count proves nothing."""
        return self.start + len(self.items) > self.count


@dataclass(frozen=True)
class Statement:
    """How a walk ended."""

    received: int
    missing: int = 0
    """Items the server counted and did not send."""
    changed: bool = False
    """Items came or went during the walk."""
    moved: bool = False
    """They may have slipped past the walk: only lists that are counted through, not walked by key."""

    @property
    def complete(self) -> bool:
        """Whether everything that was there throughout has been received."""
        return not self.missing and not self.moved

    @property
    def sentence(self) -> str:
        """The statement in words."""
        if self.missing:
            text = ngettext(
                "{n} item is missing: the server counted it and did not send it.",
                "{n} items are missing: the server counted them and did not send them.",
                self.missing,
            )
            return text.format(n=self.missing)
        if self.moved:
            return _("The list changed while it was read: something may be missing.")
        if self.changed:
            return _("Complete; the list changed while it was read.")
        return _("Complete.")


Fetch = Callable[[int], Coroutine[Any, Any, Page[T]]]


class Walk(Generic[T]):
    """A list, page by page as they come: ``async for page in walk``; afterwards ``walk.statement``."""

    def __init__(self, pages: Callable[[Walk[T]], AsyncGenerator[Page[T]]]) -> None:
        self._pages = pages
        self.statement: Statement | None = None
        """How it ended; None before its end."""

    async def __aiter__(self) -> AsyncIterator[Page[T]]:
        self.statement = None
        pages = self._pages(self)
        try:
            async for page in pages:
                yield page
        finally:
            await pages.aclose()

    async def all(self) -> tuple[T, ...]:
        """Every item, read again once when the list moved under the walk.

        Raises ``Incomplete`` when it still cannot be told to be whole, and ``KoboError``.
        """
        for _attempt in range(2):
            items = [item async for page in self for item in page]
            if self.statement is not None and self.statement.complete:
                return tuple(items)
        raise Incomplete(self.statement or Statement(0, moved=True))


def by_start(fetch: Fetch[T], key: Callable[[T], Hashable]) -> Walk[T]:
    """Walk a list that is paged by position: ``fetch(start)`` gives the page that begins there.

    The count is followed, not the length of pages; pages after the first are fetched side by side and yielded in
    order, each item once. An item that comes twice tells that others slipped past.
    """

    async def pages(walk: Walk[T]) -> AsyncGenerator[Page[T]]:
        first = await fetch(0)
        seen: set[Hashable] = set()
        yield _new(first, seen, key)
        step, count, changed, repeated = max(len(first), 1), first.count, first.beyond, len(seen) < len(first)
        under_way: deque[asyncio.Task[Page[T]]] = deque()
        following = step
        try:
            while first.items and (under_way or following < count):
                while len(under_way) < AHEAD and following < count:
                    under_way.append(asyncio.create_task(fetch(following)))
                    following += step
                page = await under_way.popleft()
                changed |= page.count != count or page.beyond
                count = page.count
                before = len(seen)
                new = _new(page, seen, key)
                repeated |= len(seen) - before < len(page)
                if not new.items:
                    break
                yield new
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        missing = max(0, count - len(seen))
        walk.statement = Statement(len(seen), missing, changed or repeated, moved=changed or repeated)

    return Walk(pages)


def by_growth(fetch: Fetch[T], wanted: Callable[[T], bool] = lambda _item: True) -> Walk[T]:
    """Walk a list, newest first, that grows at its head while it is read: what was there at the first page, once.

    ``fetch(start)`` gives the page that begins there; by its count it is known what has slid over from the page before.
    The walk ends before the first item that is not ``wanted``.
    """

    async def pages(walk: Walk[T]) -> AsyncGenerator[Page[T]]:
        first = await fetch(0)
        there, received, grown, page = first.count, 0, 0, first
        while True:
            slid = max(page.count - there - grown, 0)
            grown += slid
            items = page.items[slid : slid + there - received]
            chosen = tuple(takewhile(wanted, items))
            if chosen:
                yield Page(chosen, there, received)
            received += len(chosen)
            if len(chosen) < len(items):
                there = received
            if received >= there or not items:
                walk.statement = Statement(received, there - received, changed=bool(grown))
                return
            page = await fetch(received + grown)

    return Walk(pages)


def by_key(fetch: Fetch[T], key: Callable[[T], int]) -> Walk[T]:
    """Walk a list in the order of a rising key: ``fetch(last)`` gives the items after it, and how many there are.

    Nothing that was there throughout can slip past, whatever comes and goes meanwhile.
    """

    async def pages(walk: Walk[T]) -> AsyncGenerator[Page[T]]:
        last, received, changed = -1, 0, False
        expected: int | None = None
        while True:
            page = await fetch(last)
            changed |= expected is not None and page.count != expected
            items = tuple({key(item): item for item in page if key(item) > last}.values())
            if not items:
                walk.statement = Statement(received, page.count, changed)
                return
            expected = page.count - len(items)
            last = max(map(key, items))
            yield Page(items, received + page.count, received)
            received += len(items)
            if not expected:  # below nothing the count is no proof, and only an empty page is
                walk.statement = Statement(received, 0, changed)
                return

    return Walk(pages)


def sifted(walk: Walk[T], wanted: Callable[[T], bool]) -> Walk[T]:
    """A walk over those of another that are ``wanted``; it ends as that one does."""

    async def pages(own: Walk[T]) -> AsyncGenerator[Page[T]]:
        async for page in walk:
            yield Page(tuple(filter(wanted, page)), page.count, page.start)
        own.statement = walk.statement

    return Walk(pages)


def _new(page: Page[T], seen: set[Hashable], key: Callable[[T], Hashable]) -> Page[T]:
    """The page without items that were seen before."""
    items = []
    for item in page:
        if key(item) not in seen:
            seen.add(key(item))
            items.append(item)
    return Page(tuple(items), page.count, page.start)
