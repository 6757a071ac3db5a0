"""A project's activity: who did what, newest first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.errors import NotAllowed
from kobotui.api.paging import Envelope, Page, Walk, by_growth
from kobotui.api.transport import Transport
from kobotui.model.promised import Moment


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One thing somebody did."""

    action: str
    """``deploy``, ``modify-user-permissions``, ``view-data``, ..."""
    date_created: Moment
    username: str | None = None
    metadata: dict[str, Any] = {}

    @property
    def subtype(self) -> str:
        """``permission`` for what concerns rights, else ``project``."""
        return str(self.metadata.get("log_subtype") or "")

    @property
    def ip_address(self) -> str:
        """Where the request came from."""
        return str(self.metadata.get("ip_address") or "")

    @property
    def source(self) -> str:
        """What sent it: a browser, a device, a program."""
        return str(self.metadata.get("source") or "")


def history_query(
    actions: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    user: str | None = None,
    subtype: str | None = None,
) -> str | None:
    """The server's search for entries of these actions, from one day to the end of another (UTC), by one user.

    Raises ValueError for a word the server would read as something else.
    """
    terms = [f"({' OR '.join(f'action:{_word(action)}' for action in actions)})"] if actions else []
    if since:
        terms.append(f'date_created__gte:"{since} 00:00"')
    if until:
        terms.append(f'date_created__lt:"{until + timedelta(days=1)} 00:00"')
    if user:
        terms.append(f"user__username:{_word(user)}")
    if subtype:
        terms.append(f"metadata__log_subtype:{_word(subtype)}")
    return " AND ".join(terms) or None


def _word(text: str) -> str:
    if not re.fullmatch(r"[\w.@+-]+", text):
        raise ValueError(f"{text} cannot be searched for")
    return text


class OneHistory(NamedTuple):
    """What one project's history was asked for, and told."""

    uid: str
    entries: list[HistoryEntry] | None
    """Newest first; None where it is hidden: the caller does not manage the project."""
    remark: str
    """A sentence when some may be missing, else empty."""


class HistoryService:
    """``/api/v2/assets/{uid}/history/``: for who manages the project, ``NotAllowed`` for others."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._path = urls.asset(uid, "history")

    async def page(self, q: str | None = None, start: int = 0, limit: int = 100) -> Page[HistoryEntry]:
        """``GET history/``: ``q`` in the server's search language, as ``action:deploy``."""
        reply = await self._transport.get(self._path, {"q": q, "start": start, "limit": limit})
        found = reply.decode(Envelope[HistoryEntry])
        return Page(tuple(found.results), found.count, start)

    def walk(self, q: str | None = None, page_size: int = 1000) -> Walk[HistoryEntry]:
        """All entries that match, newest first; what comes in meanwhile is left out."""

        async def fetch(start: int) -> Page[HistoryEntry]:
            return await self.page(q, start, page_size)

        return by_growth(fetch)

    async def actions(self) -> list[str]:
        """``GET history/actions/``: the kinds of action there are."""
        return (await self._transport.get(f"{self._path}actions/")).decode(_Actions).actions


async def histories(services: Mapping[str, HistoryService], q: str | None = None) -> AsyncGenerator[OneHistory]:
    """All that matches in the histories of many projects, by uid; one project after the other, as answers come.

    Raises ``KoboError``.
    """
    tasks = [asyncio.create_task(_one_history(uid, service, q)) for uid, service in services.items()]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _one_history(uid: str, service: HistoryService, q: str | None) -> OneHistory:
    walk = service.walk(q)
    try:
        entries = [entry async for page in walk for entry in page]
    except NotAllowed:
        return OneHistory(uid, None, "")
    complete = walk.statement is None or walk.statement.complete
    return OneHistory(uid, entries, "" if complete or walk.statement is None else walk.statement.sentence)


class _Actions(Struct):
    actions: list[str]
