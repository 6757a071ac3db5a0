"""A download into a file: under another name until it is whole, gone on with after a cut where the server can."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from kobotui.api.errors import KoboError, NotConnected, Rejected, ServerTrouble, TooLarge, Unreadable
from kobotui.api.transport import ATTEMPTS, Download, Transport
from kobotui.locale import _
from kobotui.paths import put_in_place, writing

Received = Callable[[int, int | None], None]
"""Told how many bytes are there, and how many there will be where the server says."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_UNSATISFIABLE = 416


class _Note(msgspec.Struct, frozen=True):
    """Beside an unfinished file: where it came from, and what tells whether it is still the same there."""

    path: str
    validator: str


async def save(
    transport: Transport,
    path: str,
    target: Path,
    *,
    limit: int | None = None,
    page: bool = False,
    received: Received | None = None,
) -> int:
    """Download ``path`` of the account's server into ``target``, which is replaced whole or not at all; its bytes.

    What a cut leaves behind (``.name.part`` beside the target) is gone on with by the next call, provided that the
    server knows ranges and still has the same file; else it begins again. ``limit`` bytes are the most that is
    written, None for any size; ``page``: a web page is a file too, not the sign of an error. Raises ``KoboError``
    and ``LocalError``.
    """
    with writing(target):
        part = _Part(path, target)
        try:
            await _receive(transport, path, part, limit, page, received)
            await asyncio.to_thread(part.finish)
        except BaseException:
            part.leave()
            raise
    return part.size


async def _receive(
    transport: Transport, path: str, part: _Part, limit: int | None, page: bool, received: Received | None
) -> None:
    """Try until all is there: without end while each try brings more, else as often as any read."""
    failures = 0
    while True:
        before = part.size
        try:
            async with transport.download(path, part.range()) as download:
                _refuse(download, path, limit, page=page)
                await part.receive(download, limit, received)
            return
        except KoboError as error:
            advanced = part.size > before
            failures = 0 if advanced else failures + 1
            if isinstance(error, Rejected) and error.status == _UNSATISFIABLE and before:
                part.drop()
                continue
            delay = transport.delay(error, failures, repeatable=True)
            if delay is None and advanced and isinstance(error, NotConnected):
                delay = transport.pause.backoff(0)  # a line that stands still, after it brought something
            if delay is None or failures >= ATTEMPTS:
                raise
            await transport.pause.sleep(delay)


def _refuse(download: Download, path: str, limit: int | None, *, page: bool) -> None:
    if not page and download.content_type.startswith("text/html"):
        raise ServerTrouble(_("The server sent a web page instead of the file."), method="GET", path=path)
    if limit is not None and (download.size or 0) > limit:
        raise _too_large(path, limit)


def _too_large(path: str, limit: int) -> TooLarge:
    sentence = _("The file is larger than {n} MB; it was not downloaded.").format(n=limit // 2**20)
    return TooLarge(sentence, method="GET", path=path)


class _Part:
    """What is there of a file."""

    def __init__(self, path: str, target: Path) -> None:
        self._path, self._target = path, target
        self._file = target.with_name(f".{target.name}.part")
        self._note = target.with_name(f".{target.name}.part.json")
        self._validator = self._read_note()
        self.size = self._file.stat().st_size if self._validator and self._file.exists() else 0

    def _read_note(self) -> str:
        try:
            note = msgspec.json.decode(self._note.read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):
            return ""
        return note.validator if note.path == self._path else ""

    def range(self) -> dict[str, str]:
        """Headers that ask for the rest, none when all is wanted."""
        if not self.size or not self._validator:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator, "Accept-Encoding": "identity"}

    def drop(self) -> None:
        """Begin again."""
        self._file.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.size, self._validator = 0, ""

    def leave(self) -> None:
        """Keep what can be gone on with."""
        if not self._validator:
            self.drop()

    async def receive(self, download: Download, limit: int | None, received: Received | None) -> None:
        """Write what comes: after what is there, or from the beginning when the server sends all of it."""
        if not self._continues(download):
            self.drop()
            self._validator = _validator(download)
            if self._validator:
                self._note.write_bytes(msgspec.json.encode(_Note(self._path, self._validator)))
        whole = None if download.size is None else self.size + download.size
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            async for chunk in download:
                file.write(chunk)
                self.size += len(chunk)
                if limit is not None and self.size > limit:
                    raise _too_large(self._path, limit)
                if received:
                    received(self.size, whole)
        if not self.size:  # what a server without its web server's help sends in place of a file
            raise Unreadable(_("The server sent an empty file."), method="GET", path=self._path)
        if whole is not None and self.size != whole:
            sentence = _("{host} broke off before its answer was complete.").format(host=download.host)
            raise NotConnected(sentence, method="GET", path=self._path)

    def _continues(self, download: Download) -> bool:
        if not download.partial:
            return False
        found = _RANGE.fullmatch(download.headers.get("content-range", ""))
        if found is None or int(found[1]) != self.size:
            self.drop()
            sentence = _("The server sent another part of the file than was asked for.")
            raise NotConnected(sentence, method="GET", path=self._path)
        return True

    def finish(self) -> None:
        """The file under its own name, on the disk."""
        with self._file.open("rb") as file:
            os.fsync(file.fileno())
        put_in_place(self._file, self._target)
        self._note.unlink(missing_ok=True)


def _validator(download: Download) -> str:
    """What ``If-Range`` takes: a strong tag, else the time of the last change; empty where ranges make no sense."""
    if "content-encoding" in download.headers:
        return ""
    tag = download.headers.get("etag", "")
    return tag if tag and not tag.startswith("W/") else download.headers.get("last-modified", "")
