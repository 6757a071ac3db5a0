"""REST services: addresses to which the server sends each new record."""

from __future__ import annotations

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.paging import Envelope, Page, Walk, by_start
from kobotui.api.transport import Transport


class Hook(Struct, frozen=True, kw_only=True):
    """One REST service, without its password, which the server shows to every editor."""

    uid: str
    name: str
    endpoint: str = ""
    active: bool = True
    export_type: str = "json"
    auth_level: str = "no_auth"
    subset_fields: list[str] = []
    payload_template: str = ""
    email_notification: bool = False
    success_count: int = 0
    failed_count: int = 0
    pending_count: int = 0


class HookService:
    """``/api/v2/assets/{uid}/hooks/``: for editors; ``NotFound`` for others, although they see the project."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._path = urls.asset(uid, "hooks")

    async def page(self, start: int = 0, limit: int = 100) -> Page[Hook]:
        """``GET hooks/``."""
        reply = await self._transport.get(self._path, {"start": start, "limit": limit})
        found = reply.decode(Envelope[Hook])
        return Page(tuple(found.results), found.count, start)

    def walk(self) -> Walk[Hook]:
        """All of them, page by page."""
        return by_start(self.page, lambda hook: hook.uid)

    async def list(self) -> tuple[Hook, ...]:
        """All of them. Raises ``Incomplete``."""
        return await self.walk().all()
