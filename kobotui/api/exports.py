"""The server's exports: it makes a file in its own time, keeps the last ten of each person and project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.errors import KoboError, ServerTrouble, Unreadable
from kobotui.api.paging import Envelope, Page, Walk, by_start
from kobotui.api.people import read_environment
from kobotui.api.saving import Received, save
from kobotui.api.transport import Transport
from kobotui.locale import _
from kobotui.model.export_options import ExportOptions, read_options

KEPT = 10
"""Exports the server keeps of one person and project; finishing another one removes the oldest."""
LONGEST = 2400.0
"""Seconds: the server gives itself 35 minutes, and forgets to say so when a worker dies."""


class ExportTask(Struct, frozen=True, kw_only=True):
    """One export: ``status`` is ``created``, ``processing``, ``complete`` or ``error``."""

    uid: str
    status: str
    date_created: datetime
    messages: dict[str, Any] = {}
    last_submission_time: datetime | None = None
    result: str | None = None
    """Where the file is, once it is complete."""
    data: dict[str, Any] = {}
    """The options as the server keeps them."""

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in ("complete", "error")

    @property
    def options(self) -> ExportOptions:
        """Its options."""
        return read_options(self.data)

    @property
    def error(self) -> str:
        """The server's words about a failure; empty when there is none."""
        if self.status != "error":
            return ""
        words = [self.messages.get(key) for key in ("error", "error_type")]
        found = next((word for word in words if isinstance(word, str) and word), "")
        return found or _("The export failed; the server does not say why.")

    @property
    def timed_out(self) -> bool:
        """Whether the server gave up after its half hour, as far as it says so."""
        return "TimeLimit" in f"{self.messages.get('error_type')} {self.messages.get('error')}"


class ExportService:
    """``/api/v2/assets/{uid}/exports/``: the caller's own. ``NotFound`` without a right to see records."""

    def __init__(self, transport: Transport, uid: str) -> None:
        self._transport = transport
        self._uid = uid
        self._path = urls.asset(uid, "exports")

    async def page(self, start: int = 0, limit: int = 100) -> Page[ExportTask]:
        """``GET exports/``: newest first."""
        params = {"start": start, "limit": limit, "ordering": "-date_created"}
        found = (await self._transport.get(self._path, params)).decode(Envelope[ExportTask])
        return Page(tuple(found.results), found.count, start)

    def walk(self) -> Walk[ExportTask]:
        """All of them, page by page."""
        return by_start(self.page, lambda task: task.uid)

    async def list(self) -> tuple[ExportTask, ...]:
        """All of them, newest first. Raises ``Incomplete``."""
        return await self.walk().all()

    async def get(self, export_uid: str) -> ExportTask:
        """``GET exports/{export_uid}/``."""
        return (await self._transport.get(urls.asset(self._uid, "exports", export_uid))).decode(ExportTask)

    async def falls_off(self) -> ExportTask | None:
        """The export the server removes when one more is finished; None when there is room."""
        page = await self.page(limit=KEPT)
        return page.items[-1] if len(page.items) == KEPT else None

    async def create(self, options: ExportOptions) -> ExportTask:
        """``POST exports/``: begin one; the same that is still being made is returned instead. Raises ``Rejected``."""
        reply = await self._transport.request("POST", self._path, json=options.body())
        return reply.decode(ExportTask)

    async def delete(self, export_uid: str) -> None:
        """``DELETE exports/{export_uid}/``: with its file; one that is being made is not stopped."""
        await self._transport.request("DELETE", urls.asset(self._uid, "exports", export_uid), repeatable=True)

    async def watch(
        self, task: ExportTask, told: Callable[[ExportTask], None] | None = None, *, longest: float = LONGEST
    ) -> ExportTask:
        """Ask again, ever less often, until the export has ended; as it is then.

        Between two questions the seconds that ``environment/`` names pass. Raises ``KoboError``, also after
        ``longest`` seconds.
        """
        environment = await read_environment(self._transport)
        delay, waited = max(environment.frontend_min_retry_time, 0.1), 0.0
        while not task.done:
            if waited > longest:
                sentence = _("The server has not finished the export within {n} minutes.").format(n=round(waited / 60))
                raise ServerTrouble(sentence, method="GET", path=self._path)
            await self._transport.pause.sleep(delay)
            waited += delay
            delay = min(delay * 2, max(environment.frontend_max_retry_time, delay))
            task = await self.get(task.uid)
            if told:
                told(task)
        return task

    async def save(self, task: ExportTask, target: Path, received: Received | None = None) -> int:
        """The file of a complete export, into ``target``; its bytes. Raises ``KoboError`` and ``LocalError``."""
        if task.error:
            raise KoboError(_("The server could not make the export: {why}").format(why=task.error))
        if not task.result:
            raise Unreadable(_("The export has no file."), method="GET", path=self._path)
        path = urls.local_path(task.result, self._transport.prefix)
        return await save(self._transport, path, target, received=received)
