"""Named exports: options kept on the server under a name, each with a link that always gives the data of now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.paging import Envelope, Page, Walk, by_start
from kobotui.api.transport import Download, Transport
from kobotui.model.export_options import ExportOptions, read_options


class NamedExport(Struct, frozen=True, kw_only=True):
    """One named export."""

    uid: str
    name: str
    export_settings: dict[str, Any] = {}
    """The options as the server keeps them."""
    data_url_csv: str = ""
    """The link for consumers: made anew at most every five minutes, within two minutes."""
    data_url_xlsx: str = ""
    date_modified: datetime | None = None

    @property
    def options(self) -> ExportOptions:
        """Its options."""
        return read_options(self.export_settings)


class NamedExportService:
    """``/api/v2/assets/{uid}/export-settings/``: read with ``view_submissions``, written with ``manage_asset``."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._uid = uid
        self._path = urls.asset(uid, "export-settings")

    async def page(self, start: int = 0, limit: int = 100) -> Page[NamedExport]:
        """``GET export-settings/``."""
        reply = await self._transport.get(self._path, {"start": start, "limit": limit})
        found = reply.decode(Envelope[NamedExport])
        return Page(tuple(found.results), found.count, start)

    def walk(self) -> Walk[NamedExport]:
        """All of them, page by page."""
        return by_start(self.page, lambda named: named.uid)

    async def list(self) -> tuple[NamedExport, ...]:
        """All of them. Raises ``Incomplete``."""
        return await self.walk().all()

    async def get(self, uid: str) -> NamedExport:
        """``GET export-settings/{uid}/``."""
        return (await self._transport.get(urls.asset(self._uid, "export-settings", uid))).decode(NamedExport)

    async def create(self, name: str, export_settings: Mapping[str, Any]) -> NamedExport:
        """``POST export-settings/``. The server fails on a name it has already: look first. Raises ``Rejected``."""
        body = {"name": name, "export_settings": export_settings}
        return (await self._transport.request("POST", self._path, json=body)).decode(NamedExport)

    async def edit(self, uid: str, name: str, export_settings: Mapping[str, Any]) -> NamedExport:
        """``PATCH export-settings/{uid}/``. The server fails on a name another one has: look first."""
        body = {"name": name, "export_settings": export_settings}
        path = urls.asset(self._uid, "export-settings", uid)
        return (await self._transport.request("PATCH", path, json=body, repeatable=True)).decode(NamedExport)

    async def delete(self, uid: str) -> None:
        """``DELETE export-settings/{uid}/``: its links are dead from then on."""
        await self._transport.request("DELETE", urls.asset(self._uid, "export-settings", uid), repeatable=True)

    @asynccontextmanager
    async def data(self, uid: str, kind: Literal["csv", "xlsx"] = "csv") -> AsyncIterator[Download]:
        """``GET export-settings/{uid}/data.csv`` or ``.xlsx``: the file as a consumer of the link gets it."""
        path = f"{urls.asset(self._uid, 'export-settings', uid)}data.{kind}"
        async with self._transport.download(path, slow=True) as download:
            yield download
