"""A project's activity: who did what, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from kobotui.api import urls
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


class _Actions(Struct):
    actions: list[str]
