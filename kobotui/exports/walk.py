"""All records of a project, in ranges of ``_id`` side by side, onto the disk; proved to be all.

The borders of the ranges are taken by row number, the upper bound is the highest number at the beginning. Nothing that
is there throughout can slip past, whatever comes and goes. Each range's count is asked again at its end; a difference
is walked again, and what is missing then is said.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import structs

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, ServerTrouble, TimedOut, TooLarge
from kobotui.api.paging import Page, Statement
from kobotui.api.submissions import Line
from kobotui.exports.progress import Progress, Report, silent
from kobotui.exports.spool import Span, Spool, WalkState
from kobotui.locale import _
from kobotui.model.submission import NAMED_AT_ONCE
from kobotui.paths import LocalError, writing

PAGE = 1000
"""Records of a request, which is the server's most."""
LEAST = 10
"""Records of a request when the server cannot send more in time."""
RANGE = 8 * PAGE
"""Records of a range at most."""
SIDE_BY_SIDE = 4
_SHARES = 4
"""Ranges for each of those side by side, at least: the last ones shall not be waited for long."""

Resume = bool | Literal["where it fits"]
"""Whether to go on with what a cut left: what is left of another walk is an error, or just begun anew."""


class RecordWalk:
    """A walk: ``async for path in walk.paths()`` gives the file of each range in order; afterwards ``statement``."""

    def __init__(
        self,
        kobo: KoboClient,
        project: str,
        spool: Spool,
        *,
        name: str = "",
        query: dict[str, Any] | None = None,
        ids: Sequence[int] = (),
        fields: Sequence[str] = (),
        resume: Resume = False,
        report: Report = silent,
    ) -> None:
        """``spool`` is held by the caller; ``resume``: go on with what a cut left in it.

        ``query`` and ``ids`` narrow the records, ``fields`` what is sent of each (all when empty), ``name`` is for
        reports.
        """
        self._records = kobo.submissions(project)
        self._spool = spool
        self._wanted = WalkState(
            server=kobo.account.server,
            project=project,
            query=query or {},
            ids=tuple(sorted(set(ids))),
            fields=tuple(fields),
        )
        self._name = name or project
        self._resume = resume
        self._report = report
        self._gate = asyncio.Semaphore(SIDE_BY_SIDE)
        self._page = PAGE
        self._missing = 0
        self._changed = False
        self._counts: dict[int, int] = {}
        self.state = self._wanted
        """With its ranges, once it has begun."""
        self.resumed = False
        """Whether an earlier run was gone on with."""
        self.statement: Statement | None = None
        """How it ended; None before its end."""

    @property
    def received(self) -> int:
        """Records that are on the disk."""
        return sum(self._counts.values())

    async def paths(self) -> AsyncGenerator[Path]:
        """The files, each once its range is there, in order. To be closed (``aclosing``), which ends all requests.

        Raises ``KoboError`` and ``LocalError``; what is on the disk then is gone on with by the next run.
        """
        self.state = await self._begin()
        tasks = [asyncio.create_task(self._range(*numbered)) for numbered in enumerate(self.state.spans)]
        try:
            for number, task in enumerate(tasks):
                await task
                yield self._spool.path(number)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.statement = Statement(self.received, self._missing, self._changed)

    # -- ranges --------------------------------------------------------------------------------------

    async def _begin(self) -> WalkState:
        before = self._spool.state() if self._resume else None
        if before is not None:
            if before.same_as(self._wanted):
                self.resumed = True
                return await self._extended(before)
            if self._resume is True:
                sentence = _("What is left beside {path} is of another export; without resuming it begins again.")
                raise LocalError(sentence.format(path=self._spool.target))
        state = await self._plan()
        self._spool.begin(state)
        return state

    async def _extended(self, before: WalkState) -> WalkState:
        """What a cut left, and behind it what has come since."""
        newest = None if before.ids else await self._newest()
        last = before.spans[-1].upto if before.spans else -1
        if newest is None or newest[0] <= last:
            return before
        since = Span(last, newest[0])
        count = (await self._records.lines(0, 1, query=since.query(before.query), fields=["_id"])).count
        spans = (*before.spans, *await self._spans(since, count))
        state = structs.replace(before, count=before.count + count, spans=spans)
        self._spool.keep(state)
        return state

    async def _newest(self) -> tuple[int, int] | None:
        """The highest number, and how many records there are; what is counted and not sent is missing."""
        page = await self._records.lines(0, 1, {"_id": -1}, self._wanted.query, ["_id"])
        if not page.items:
            self._missing = page.count
            return None
        return page.items[0].id, page.count

    async def _plan(self) -> WalkState:
        if ids := self._wanted.ids:
            parts = [ids[start : start + NAMED_AT_ONCE] for start in range(0, len(ids), NAMED_AT_ONCE)]
            spans = tuple(Span(part[0] - 1, part[-1]) for part in parts)
            return structs.replace(self._wanted, count=len(ids), spans=spans)
        if (newest := await self._newest()) is None:
            return self._wanted
        upto, count = newest
        return structs.replace(self._wanted, count=count, spans=await self._spans(Span(-1, upto), count))

    async def _spans(self, whole: Span, count: int) -> tuple[Span, ...]:
        """The ranges of a range with so many records."""
        pages = -(-count // (SIDE_BY_SIDE * _SHARES * PAGE))
        size = min(pages * PAGE, RANGE)

        async def border(row: int) -> int | None:
            page = await self._records.lines(row, 1, {"_id": 1}, whole.query(self._wanted.query), ["_id"])
            return page.items[0].id - 1 if page.items else None

        found = await asyncio.gather(*map(border, range(size, count, size) if size else ()))
        borders = sorted({place for place in found if place is not None})
        ends = zip([whole.after, *borders], [*borders, whole.upto], strict=True)
        return tuple(Span(*pair) for pair in ends)

    async def _range(self, number: int, span: Span) -> None:
        if (settled := self._spool.settled(number)) is not None:
            self._note(number, settled)
            return
        async with self._gate:
            missing = await self._prove(number, span)
        self._missing += missing  # not while waiting: others add to it
        self._spool.settle(number)

    async def _prove(self, number: int, span: Span) -> int:
        """Read a range, and again when its count is another one then; how many records are missing for good."""
        for again in (False, True):
            received, proved = await self._read(number, span, fresh=again)
            if proved:
                return 0
            there = await self._count(span)
            if there == received:
                return 0
            self._changed = True
        return max(0, there - received)

    async def _count(self, span: Span) -> int:
        return (await self._records.lines(0, 1, query=self._query(span), fields=["_id"])).count

    def _query(self, span: Span, after: int | None = None) -> dict[str, Any]:
        """The query for a range, or for what of it comes after a record; with the numbers wanted of it."""
        query, ids = self.state.query, self.state.ids
        if not ids:
            return span.query(query, after)
        named: dict[str, Any] = {"_id": {"$in": ids[bisect_right(ids, span.after) : bisect_right(ids, span.upto)]}}
        return span.query({"$and": [query, named]} if query else named, after)

    async def _read(self, number: int, span: Span, *, fresh: bool) -> tuple[int, bool]:
        """The rest of a range onto the disk: how many records it has, and whether one answer told count and all."""
        file, received, last = self._spool.open(number, fresh=fresh)
        began = received
        with file:
            self._note(number, received)
            while True:
                page = await self._fetch(span, span.after if last is None else last)
                items = [line for line in page if line.id > (span.after if last is None else last)]
                if not items:
                    return received, began == received == page.count == 0
                alone = not received and page.count == len(items)
                with writing(self._spool.target):
                    file.writelines(line.json + b"\n" for line in items)
                    file.flush()
                received += len(items)
                last = max(line.id for line in items)
                self._note(number, received)
                if page.count <= len(items):
                    return received, alone

    async def _fetch(self, span: Span, after: int) -> Page[Line]:
        """A page; a smaller one where the server cannot send so much, which is then asked of it from here on."""
        query, fields = self._query(span, after), self.state.fields or None
        while True:
            size = self._page
            try:
                return await self._records.lines(0, size, {"_id": 1}, query, fields)
            except (TooLarge, TimedOut, ServerTrouble) as error:
                if size <= LEAST or not _asks_for_less(error):
                    raise
                self._page = min(self._page, max(LEAST, size // 4))

    def _note(self, number: int, received: int) -> None:
        self._counts[number] = received
        total = max(self.state.count, self.received)
        self._report(Progress(what=self._name, done=self.received, total=total))


def _asks_for_less(error: KoboError) -> bool:
    return isinstance(error, TooLarge | TimedOut) or error.status in (500, 504)
