"""XLSForm imports: the server reads the file in its own time and says later how it went."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kobotui.api import urls
from kobotui.api.transport import Transport, UploadFile
from kobotui.locale import _
from kobotui.model.promised import Moment

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportTask(Struct, frozen=True, kw_only=True):
    """An import: ``status`` is ``created``, ``processing``, ``complete`` or ``error``."""

    uid: str
    status: str
    messages: dict[str, Any] = {}
    date_created: Moment | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in ("complete", "error")

    @property
    def project(self) -> str:
        """Uid of the project that was made or replaced, empty before the end."""
        for key in ("created", "updated"):
            match self.messages.get(key):
                case [{"uid": str(uid)}, *_rest]:
                    return uid
        return ""

    @property
    def error(self) -> str:
        """The server's words about what is wrong with the form, whole; empty when nothing is."""
        if self.status != "error":
            return ""
        words = self.messages.get("error")
        if isinstance(words, str) and words:
            return words
        kind = self.messages.get("error_type")
        return kind if isinstance(kind, str) and kind else _("The import failed; the server does not say why.")


class ImportService:
    """``/api/v2/imports/``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def start(
        self, *, file: tuple[str, bytes] | None, url: str | None, name: str | None, destination: str | None
    ) -> ImportTask:
        """``POST imports/``: give ``file`` (name and content) or ``url``, which the server fetches itself.

        ``destination`` is the uid of a project whose form is replaced; without it a new project is made. A form
        that cannot be read is not refused here: it ends the task with ``error``.
        """
        if (file is None) == (url is None):
            raise ValueError("an import needs a file or an address, not both")
        form = {"library": "false"}  # without it the server makes a library block
        if name:
            form["name"] = name
        if destination:
            form["destination"] = urls.asset(destination)
        if url:
            form["url"] = url
        parts: list[UploadFile] | None = [("file", (file[0], file[1], _XLSX))] if file else None
        reply = await self._transport.request("POST", f"{urls.API}/imports/", form=form, files=parts)
        return reply.decode(ImportTask)

    async def get(self, uid: str) -> ImportTask:
        """``GET imports/{uid}/``."""
        return (await self._transport.get(f"{urls.API}/imports/{urls.segment(uid)}/")).decode(ImportTask)
