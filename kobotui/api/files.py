"""Form media and map layers of a project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from kobotui.api import urls
from kobotui.api.paging import Envelope, Page, Walk, by_start
from kobotui.api.saving import Received, save
from kobotui.api.transport import Transport


class ProjectFile(Struct, frozen=True, kw_only=True):
    """One file; ``file_type`` is ``form_media`` or ``map_layer``."""

    uid: str
    file_type: str
    description: str = ""
    date_created: datetime | None = None
    username: str | None = field(name="user__username", default=None)
    content: str = ""
    """Link to the bytes."""
    metadata: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The file's name, as the server has it."""
        name = self.metadata.get("filename")
        return name if isinstance(name, str) else ""

    @property
    def hash(self) -> str:
        """``md5:...`` of the content, or of the address of what is kept elsewhere; empty when not known."""
        value = self.metadata.get("hash")
        return value if isinstance(value, str) else ""

    @property
    def redirect_url(self) -> str:
        """Where the content is when it is not on the server; else empty."""
        value = self.metadata.get("redirect_url")
        return value if isinstance(value, str) else ""


class FileService:
    """``/api/v2/assets/{uid}/files/``."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._uid = uid

    async def page(self, start: int = 0, limit: int = 100) -> Page[ProjectFile]:
        """``GET files/``. A superuser gets an empty list for projects not shared with them."""
        reply = await self._transport.get(urls.asset(self._uid, "files"), {"start": start, "limit": limit})
        found = reply.decode(Envelope[ProjectFile])
        return Page(tuple(found.results), found.count, start)

    def walk(self) -> Walk[ProjectFile]:
        """All of them, page by page."""
        return by_start(self.page, lambda file: file.uid)

    async def list(self) -> tuple[ProjectFile, ...]:
        """All of them. Raises ``Incomplete``."""
        return await self.walk().all()

    async def save(self, file: ProjectFile, target: Path, received: Received | None = None) -> int:
        """``GET files/{uid}/content/`` into ``target``; its bytes.

        What is kept elsewhere (``redirect_url``) is fetched there, without the key.
        """
        path = urls.asset(self._uid, "files", file.uid, "content")
        return await save(self._transport, path, target, page=True, received=received)
