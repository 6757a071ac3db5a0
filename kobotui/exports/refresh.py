"""A file of all records brought up to date: only those that are new or were corrected since come over the line.

Their numbers, ``_uuid`` and validation status are read of all: an answer that was corrected has another ``_uuid``.
What was deleted on the server leaves the file for another one beside it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Self

import msgspec
from msgspec import Struct, field

from kobotui.api.client import KoboClient
from kobotui.api.paging import Statement
from kobotui.exports.direct import Direct, export_direct
from kobotui.exports.parallel import in_parallel
from kobotui.exports.progress import Report, silent
from kobotui.exports.spool import Span, Spool, lines
from kobotui.exports.walk import PAGE, RecordWalk
from kobotui.model.project import ProjectDetail
from kobotui.paths import put_in_place, writing

BATCH = 200
"""Records asked for by number in one request."""
_MANY = 0.25
"""From this share of a range on the whole range is read instead."""
_AT_ONCE = 4
_LIGHT = ("_uuid",)
"""What is sent of each record, with its number and status."""


class Refreshed(Struct, frozen=True, kw_only=True):
    """What became of the file."""

    records: int
    """In it now."""
    added: int = 0
    changed: int = 0
    deleted: int = 0
    statement: Statement


class _Status(Struct):
    uid: str = ""
    timestamp: int | float = 0


class _Head(Struct):
    """What tells whether a record is still the same."""

    id: int = field(name="_id")
    uuid: str = field(name="_uuid", default="")
    status: _Status | None = field(name="_validation_status", default=None)

    def same(self, other: _Head) -> bool:
        """Whether nothing was corrected, and no status set."""
        mine, theirs = self.status or _Status(), other.status or _Status()
        return (self.uuid, mine.uid, mine.timestamp) == (other.uuid, theirs.uid, theirs.timestamp)


async def refresh(kobo: KoboClient, project: ProjectDetail, target: Path, *, report: Report = silent) -> Refreshed:
    """Make ``target`` hold all records of now as JSON lines. Raises ``KoboError`` and ``LocalError``.

    Those deleted since the last run are added to ``name-deleted.jsonl``. When the server does not send all it counts,
    the file stays as it was.
    """
    if not await asyncio.to_thread(target.exists):
        resume = _begun(Spool(target), ())
        made = await export_direct(kobo, project, target, Direct(format="jsonl"), resume=resume, report=report)
        return Refreshed(records=made.records, added=made.records, statement=made.statement)
    with Spool(target) as spool:
        walk = RecordWalk(
            kobo, project.uid, spool, name=project.name, fields=_LIGHT, resume=_begun(spool, _LIGHT), report=report
        )
        with _Merge(kobo, project.uid, target, spool) as merge:
            async with aclosing(walk.paths()) as paths:
                number = 0
                async for path in paths:
                    await merge.range(walk.state.spans[number], [*map(_head, lines(path))])
                    number += 1
            assert walk.statement is not None
            if walk.statement.complete:
                await asyncio.to_thread(merge.finish)
        spool.remove()
    return merge.result(walk.statement)


def _begun(spool: Spool, fields: tuple[str, ...]) -> bool:
    """Whether a walk of these fields was begun and cut."""
    state = spool.state()
    return state is not None and state.fields == fields


def _head(line: bytes) -> _Head:
    return msgspec.json.decode(line, type=_Head)


class _Merge:
    """The old file and the server's list, both in the order of numbers, into the new file."""

    def __init__(self, kobo: KoboClient, project: str, target: Path, spool: Spool) -> None:
        self._records = kobo.submissions(project)
        self._target = target
        self._beside = target.with_name(f"{target.stem}-deleted{target.suffix}")
        self._new, self._gone = spool.folder / "records.new", spool.folder / "deleted.new"
        self.written = self.added = self.changed = self.deleted = 0
        self._vanished = False

    def __enter__(self) -> Self:
        with writing(self._target):
            self._old = lines(self._target)
            self._next = next(self._old, None)
            self._files = [_created(path) for path in (self._new, self._gone)]
        return self

    def __exit__(self, *_error: object) -> None:
        self._old.close()
        for file in self._files:
            with suppress(OSError):  # a full disk
                file.close()

    async def range(self, span: Span, heads: Sequence[_Head]) -> None:
        """One range of the server's list."""
        old = {_head(line).id: line for line in self._old_upto(span.upto)}
        wanted = [head.id for head in heads if head.id not in old or not _head(old[head.id]).same(head)]
        fresh = await self._fetch(span, wanted, len(heads))
        with writing(self._target):
            new, gone = self._files
            for head in heads:
                line = old.get(head.id)
                if head.id in fresh:
                    self.added += line is None
                    self.changed += line is not None
                    line = fresh[head.id]
                elif line is None or head.id in wanted:  # deleted between the list and now
                    self._vanished = True
                    continue
                new.write(line + b"\n")
                self.written += 1
            there = {head.id for head in heads}
            for number, line in old.items():
                if number not in there:
                    gone.write(line + b"\n")
                    self.deleted += 1

    def _old_upto(self, number: int) -> Iterator[bytes]:
        while self._next is not None and _head(self._next).id <= number:
            yield self._next
            self._next = next(self._old, None)

    async def _fetch(self, span: Span, wanted: Sequence[int], listed: int) -> dict[int, bytes]:
        """The records that are new or were corrected, by number: one by one, or the whole range where they are many."""
        found: dict[int, bytes] = {}
        if len(wanted) > listed * _MANY:
            last = span.after
            while page := await self._records.lines(0, PAGE, {"_id": 1}, span.query(None, last)):
                found |= {line.id: line.json for line in page}
                last = max(found)
            return {number: found[number] for number in wanted if number in found}

        async def batch(numbers: Sequence[int]) -> None:
            page = await self._records.lines(0, PAGE, query={"_id": {"$in": list(numbers)}})
            found.update({line.id: line.json for line in page})

        async def batches() -> AsyncGenerator[Sequence[int]]:
            for start in range(0, len(wanted), BATCH):
                yield wanted[start : start + BATCH]

        async with aclosing(batches()) as each:
            await in_parallel(each, batch, _AT_ONCE)
        return found

    def finish(self) -> None:
        """The rest of the old file is gone from the server; the new one takes its place."""
        with writing(self._target):
            new, gone = self._files
            for line in self._old_upto(sys.maxsize):
                gone.write(line + b"\n")
                self.deleted += 1
            for file in (new, gone):
                file.flush()
                os.fsync(file.fileno())
            if self.deleted:
                self._keep_deleted()
            put_in_place(self._new, self._target)

    def _keep_deleted(self) -> None:
        """What is gone after what was gone before."""
        with self._gone.open("rb") as source, _opened(self._beside, os.O_APPEND) as file:
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())

    def result(self, statement: Statement) -> Refreshed:
        """What became of the file."""
        return Refreshed(
            records=self.written,
            added=self.added,
            changed=self.changed,
            deleted=self.deleted,
            statement=replace(statement, changed=statement.changed or self._vanished),
        )


def _created(path: Path) -> IO[bytes]:
    return _opened(path, os.O_TRUNC)


def _opened(path: Path, how: int) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb", buffering=2**20)
