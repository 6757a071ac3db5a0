"""When and from where an account was used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.paging import Envelope, Page, Walk, by_growth
from kobotui.api.transport import Transport

_PATH = f"{urls.API}/access-logs/me/"


class AccessEntry(Struct, frozen=True, kw_only=True):
    """One use of the account, or several of one kind in an hour."""

    date_created: datetime
    action: str = ""
    username: str | None = None
    metadata: dict[str, Any] = {}
    count: int = 1

    @property
    def ip_address(self) -> str:
        """Where from."""
        return str(self.metadata.get("ip_address") or "")

    @property
    def source(self) -> str:
        """The browser or program."""
        return str(self.metadata.get("source") or "")

    @property
    def means(self) -> str:
        """``token``, ``basic``, ``digest``, ..."""
        return str(self.metadata.get("auth_type") or "")


class AccessLogService:
    """``/api/v2/access-logs/me/``: the caller's own; every request, these too, adds an entry."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def page(self, start: int = 0, limit: int = 100) -> Page[AccessEntry]:
        """``GET access-logs/me/``: newest first. The server heeds no search here."""
        found = (await self._transport.get(_PATH, {"start": start, "limit": limit})).decode(Envelope[AccessEntry])
        return Page(tuple(found.results), found.count, start)

    def walk(self, since: datetime | None = None, page_size: int = 1000) -> Walk[AccessEntry]:
        """The entries there were at the first request, newest first, back to ``since``."""

        async def fetch(start: int) -> Page[AccessEntry]:
            return await self.page(start, page_size)

        return by_growth(fetch, lambda entry: since is None or entry.date_created >= since)
