"""A project's activity: who did what, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.paging import Envelope, Page
from kobotui.api.transport import Transport


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One thing somebody did."""

    action: str
    """``deploy``, ``modify-user-permissions``, ``view-data``, ..."""
    date_created: datetime
    username: str | None = None
    metadata: dict[str, Any] = {}


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
