"""Files of records."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from kobotui.api import urls
from kobotui.api.errors import TooLarge
from kobotui.api.saving import Received, save
from kobotui.api.transport import Download, Transport
from kobotui.locale import _

_FIRST_BYTE = {"Range": "bytes=0-0", "Accept-Encoding": "identity"}


class AttachmentService:
    """``/api/v2/assets/{uid}/data/{id}/attachments/{uid}/``, by the ``download_url`` the record names.

    Raises ``Unreadable`` for a link that does not lead to a file on the account's server.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def open(self, link: str) -> AbstractAsyncContextManager[Download]:
        """A file on its way: ``async with ... as file: async for chunk in file``."""
        return self._transport.download(urls.local_path(link, self._transport.prefix))

    async def size(self, link: str) -> int | None:
        """How many bytes a file has, for which one of them is asked for; None when the server does not say."""
        async with self._transport.download(urls.local_path(link, self._transport.prefix), _FIRST_BYTE) as file:
            whole = file.headers.get("content-range", "").rpartition("/")[2]
            return (int(whole) if whole.isdigit() else None) if file.partial else file.size

    async def read(self, link: str, *, limit: int) -> bytes:
        """A file of ``limit`` bytes at most, kept in memory. Raises ``TooLarge``."""
        data = bytearray()
        async with self.open(link) as file:
            async for chunk in file:
                data += chunk
                if len(data) > limit:
                    sentence = _("The file is larger than {n} MB; it was not downloaded.").format(n=limit // 2**20)
                    raise TooLarge(sentence, method="GET", path=link)
        return bytes(data)

    async def save(self, link: str, target: Path, *, limit: int | None = None, received: Received | None = None) -> int:
        """A file into ``target``; its bytes. See :func:`kobotui.api.saving.save`."""
        path = urls.local_path(link, self._transport.prefix)
        return await save(self._transport, path, target, limit=limit, page=True, received=received)
