"""Files of records."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from kobotui.api import urls
from kobotui.api.saving import Received, save
from kobotui.api.transport import Download, Transport


class AttachmentService:
    """``/api/v2/assets/{uid}/data/{id}/attachments/{uid}/``, by the ``download_url`` the record names.

    Raises ``Unreadable`` for a link that does not lead to a file on the account's server.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def open(self, link: str) -> AbstractAsyncContextManager[Download]:
        """A file on its way: ``async with ... as file: async for chunk in file``."""
        return self._transport.download(urls.local_path(link, self._transport.prefix))

    async def save(self, link: str, target: Path, *, limit: int | None = None, received: Received | None = None) -> int:
        """A file into ``target``; its bytes. See :func:`kobotui.api.saving.save`."""
        path = urls.local_path(link, self._transport.prefix)
        return await save(self._transport, path, target, limit=limit, page=True, received=received)
