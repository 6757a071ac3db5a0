"""The saved versions of a project's form, newest first."""

from __future__ import annotations

from kobotui.api import urls
from kobotui.api.paging import Envelope, Page, Walk, by_start
from kobotui.api.transport import Transport
from kobotui.model.project import Version


class VersionService:
    """``/api/v2/assets/{uid}/versions/``."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._uid = uid

    async def get(self, version_uid: str) -> Version:
        """``GET versions/{version_uid}/``: one version with its ``content``."""
        return (await self._transport.get(urls.asset(self._uid, "versions", version_uid))).decode(Version)

    async def page(self, start: int = 0, limit: int = 100) -> Page[Version]:
        """``GET versions/``: some of them, without content."""
        reply = await self._transport.get(urls.asset(self._uid, "versions"), {"start": start, "limit": limit})
        found = reply.decode(Envelope[Version])
        return Page(tuple(found.results), found.count, start)

    def walk(self, page_size: int = 100) -> Walk[Version]:
        """All of them, page by page."""

        async def fetch(start: int) -> Page[Version]:
            return await self.page(start, page_size)

        return by_start(fetch, lambda version: version.uid)

    async def list(self) -> tuple[Version, ...]:
        """All of them. Raises ``Incomplete``."""
        return await self.walk().all()
