"""Submissions: read pages and walks, correct, set the validation status, duplicate, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct, field

from kobotui.api import urls
from kobotui.api.errors import Unreadable
from kobotui.api.paging import Envelope, Page, Walk, by_key
from kobotui.api.reply import Reply
from kobotui.api.transport import ANYTHING, Transport
from kobotui.locale import _
from kobotui.model.promised import Count
from kobotui.model.submission import NAMED_AT_ONCE, VALIDATION_UIDS, Submission

Query = Mapping[str, Any]
"""A filter in MongoDB's language, as far as the server knows it; all answers are texts there."""

_STATUS = "validation_status.uid"


class Line(NamedTuple):
    """A record as the server sent it: its number, and its JSON on one line."""

    id: int
    json: bytes


class _WebLink(Struct):
    url: str


class _Number(Struct):
    id: int = field(name="_id")


class EditRow(Struct, frozen=True, kw_only=True):
    """What became of one record of a bulk edit."""

    uuid: str
    """The new ``_uuid``; meaningless when not ``ok``."""
    root: str | None = field(name="root_uuid", default=None)
    status_code: int = 0
    message: str | None = None

    @property
    def root_uuid(self) -> str:
        """The durable key without ``uuid:``, empty for a record that was not edited."""
        return (self.root or "").removeprefix("uuid:")

    @property
    def ok(self) -> bool:
        """Whether the new answers are stored: the server says 201 even where it gave way to another edit."""
        return 200 <= self.status_code < 300 and bool(self.root)


class EditResult(Struct, frozen=True, kw_only=True):
    """What became of a bulk edit; records the server did not find are not among ``results``."""

    count: int = 0
    successes: int = 0
    failures: int = 0
    results: list[EditRow] = []


class DailyCounts(Struct, frozen=True, kw_only=True):
    """Submissions by day, UTC; only days that have any."""

    by_day: dict[str, Count] = field(name="daily_submission_counts")
    total: Count | None = field(name="total_submission_count", default=None)
    """Of all time; None for who sees only some records."""

    def since(self, before: DailyCounts) -> int:
        """How many have come since another reading of as many days, as far as deletions do not hide them."""
        by_day = sum(max(0, n - before.by_day.get(day, 0)) for day, n in self.by_day.items())
        return max(by_day, (self.total or 0) - (before.total or 0))


class SubmissionService:
    """``/api/v2/assets/{uid}/data/``: ``Rejected`` before the first deployment, ``NotFound`` without a right to see."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._uid = uid
        self._path = urls.asset(uid, "data")

    async def page(
        self,
        start: int = 0,
        limit: int = 100,
        sort: Mapping[str, int] | None = None,
        query: Query | None = None,
        fields: Sequence[str] | None = None,
    ) -> Page[Submission]:
        """``GET data/``: at most 1000 records, by ``_id`` unless ``sort`` says ``{question: 1 or -1}``.

        ``fields`` limits the answers sent; ids and validation status always are. Reading leaves an entry in the
        project's history.
        """
        params = {"start": start, "limit": limit, "sort": sort or None, "query": query or None, "fields": fields}
        reply = await self._transport.get(self._path, params, slow=True)
        found = reply.decode(Envelope[dict[str, Any]])
        return Page(tuple(_submission(row, reply) for row in found.results), found.count, start)

    async def lines(
        self,
        start: int = 0,
        limit: int = 100,
        sort: Mapping[str, int] | None = None,
        query: Query | None = None,
        fields: Sequence[str] | None = None,
    ) -> Page[Line]:
        """``GET data/`` as :meth:`page`, of which only the numbers are read: for what is written down as it comes."""
        params = {"start": start, "limit": limit, "sort": sort or None, "query": query or None, "fields": fields}
        reply = await self._transport.get(self._path, params, slow=True)
        found = reply.decode(Envelope[msgspec.Raw])
        return Page(tuple(_line(row, reply) for row in found.results), found.count, start)

    def walk(
        self, query: Query | None = None, fields: Sequence[str] | None = None, page_size: int = 1000
    ) -> Walk[Submission]:
        """All records in the order of ``_id``: none can slip past while others come and go."""

        async def fetch(last: int) -> Page[Submission]:
            after = {"_id": {"$gt": last}}
            narrowed: Query = after if not query else {"$and": [query, after]}
            return await self.page(0, page_size, {"_id": 1}, query if last < 0 else narrowed, fields)

        return by_key(fetch, lambda submission: submission.id)

    async def named(self, ids: Sequence[int], fields: Sequence[str] | None = None) -> AsyncIterator[Page[Submission]]:
        """These records as they are now, some at a time, all their answers or those of ``fields``; those that are
        gone are missing."""
        for start in range(0, len(ids), NAMED_AT_ONCE):
            batch = list(ids[start : start + NAMED_AT_ONCE])
            yield await self.page(0, len(batch), query={"_id": {"$in": batch}}, fields=fields)

    async def get(self, submission_id: int | str) -> Submission:
        """``GET data/{id}/``: by ``_id``, ``_uuid`` or root uuid. Raises ``NotFound``, also outside a row rule."""
        reply = await self._transport.get(urls.asset(self._uid, "data", submission_id))
        return _submission(reply.decode(dict[str, Any]), reply)

    async def count(self, query: Query | None = None) -> int:
        """How many records there are, or match."""
        return (await self.page(0, 1, query=query, fields=["_id"])).count

    async def count_lost(self, before: Query, after: Query) -> int:
        """How many records match ``before`` and not ``after``; the server itself knows no "not"."""
        both = {"$and": [before, after]} if before and after else before or after
        whole, kept = await asyncio.gather(self.count(before), self.count(both))
        return whole - kept

    async def web_link(self, submission_id: int, use: Literal["edit", "view"]) -> str:
        """``GET data/{id}/enketo/{use}/``: the record in the web form, for a browser that is logged in to the server.

        Raises ``Unreadable`` for what is no web address, besides what any reading or editing of the record raises.
        """
        path = urls.asset(self._uid, "data", submission_id, "enketo", use)
        reply = await self._transport.get(path, slow=True)
        link = reply.decode(_WebLink).url
        if not link.startswith(("https://", "http://")):
            raise Unreadable(
                _("The server's answer is not what kobotui expects: {why}").format(why="`url`"), **reply.facts
            )
        return link

    async def xml(self, submission_id: int) -> bytes:
        """``GET data/{id}.xml``: the record as it is stored."""
        return (await self._transport.get(f"{self._path}{int(submission_id)}.xml", accept=ANYTHING)).body

    async def edit(self, ids: Sequence[int], data: Mapping[str, str | None]) -> EditResult:
        """``PATCH data/bulk/``: the same new answers for these records; None or "" clears one.

        The server checks nothing: unknown questions are stored, too. Every edited record gets a new ``_uuid``. About
        0.1 s for each record, which it has two minutes for: at most 100 at once. Raises ``Rejected`` when no record
        is found, and ValueError for answers that are not text.
        """
        if not data or not all(value is None or isinstance(value, str) for value in data.values()):
            raise ValueError("answers are texts, at least one")
        body = {"payload": {"submission_ids": _explicit(ids), "data": data}}
        reply = await self._transport.request("PATCH", f"{self._path}bulk/", json=body, also={400})
        if reply.status == 400 and not reply.body.lstrip().startswith(b'{"count"') and (error := reply.error()):
            raise error
        return reply.decode(EditResult)

    async def delete(self, ids: Sequence[int]) -> None:
        """``DELETE data/bulk/``: these records for good. All or nothing: one that is gone refuses all."""
        body = {"payload": {"submission_ids": _explicit(ids)}}
        await self._transport.request("DELETE", f"{self._path}bulk/", json=body)

    async def set_validation(self, ids: Sequence[int], uid: str | None) -> None:
        """``PATCH data/validation_statuses/``: one status for these records, None for none. All or nothing."""
        if uid is not None and uid not in VALIDATION_UIDS:
            raise ValueError(f"{uid} is no validation status")  # the server would clear it
        body = {"payload": {"submission_ids": _explicit(ids), _STATUS: uid or ""}}
        path = f"{self._path}validation_statuses/"
        await self._transport.request("PATCH", path, json=body, repeatable=True)

    async def duplicate(self, submission_id: int) -> Submission:
        """``POST data/{id}/duplicate/``: a new record with the same answers and files."""
        reply = await self._transport.request("POST", urls.asset(self._uid, "data", submission_id, "duplicate"))
        return _submission(reply.decode(dict[str, Any]), reply)

    async def daily_counts(self, days: int = 31) -> DailyCounts:
        """``GET counts/``: the last ``days`` days. Raises ``NotFound`` for a project that was never deployed."""
        return (await self._transport.get(urls.asset(self._uid, "counts"), {"days": days})).decode(DailyCounts)


def _explicit(ids: Sequence[int]) -> list[int]:
    """Ids for the server, which takes a missing or empty list for "all records"."""
    if not ids or any(isinstance(number, bool) or not isinstance(number, int) for number in ids):
        raise ValueError("records are named one by one, by number")
    return list(dict.fromkeys(ids))


def _line(row: msgspec.Raw, reply: Reply) -> Line:
    text = bytes(row)
    try:
        number = msgspec.json.decode(text, type=_Number).id
    except msgspec.DecodeError as error:
        sentence = _("The server's answer is not what kobotui expects: {why}").format(why=error)
        raise Unreadable(sentence, **reply.facts) from None
    return Line(number, msgspec.json.format(text, indent=-1) if b"\n" in text or b"\r" in text else text)


def _submission(row: dict[str, Any], reply: Reply) -> Submission:
    number = row.get("_id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**63:
        raise Unreadable(
            _("The server's answer is not what kobotui expects: {why}").format(why="`_id`"),
            **reply.facts,
        )
    return Submission(number, row)
