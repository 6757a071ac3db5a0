"""A project as it is, into a folder of its own: form, settings, team, media, records and their files.

A second run brings only what is new or changed over the line, and takes nothing away but what ``records-deleted.jsonl``
keeps. Passwords of REST services are not in it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, to_builtins

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotAllowed, NotConnected, NotFound, NotLoggedIn
from kobotui.api.files import ProjectFile
from kobotui.exports.attachments import download_attachments
from kobotui.exports.many import Made
from kobotui.exports.progress import Progress, Report, silent
from kobotui.exports.refresh import refresh
from kobotui.locale import _
from kobotui.model.project import ProjectDetail
from kobotui.model.text import safe_filename
from kobotui.paths import private_dir, write_private

SUMMARY = "backup.json"
RECORDS = "records.jsonl"
_ASIDE = (NotAllowed, NotFound)
"""What this account may not see is left out, and said."""


class Summary(Struct, frozen=True, kw_only=True):
    """What is in the folder, and how it came there."""

    server: str
    project: str
    name: str
    begun: str
    """UTC."""
    ended: str
    records: int
    records_added: int
    records_changed: int
    records_deleted: int
    attachments: int
    media: int
    complete: bool
    notes: tuple[str, ...] = ()


class _Media(Struct, frozen=True, kw_only=True):
    """A line of ``media.json``."""

    uid: str
    name: str
    path: str
    """Below the folder; empty for what is kept elsewhere."""
    hash: str = ""
    redirect_url: str = ""
    description: str = ""
    file_type: str = ""


async def back_up(kobo: KoboClient, project: ProjectDetail, folder: Path, *, report: Report = silent) -> Made:
    """Bring the backup of a project in ``folder`` up to date, or make it.

    Raises ``KoboError`` when form or records cannot be read, and ``LocalError``.
    """
    begun = _now()
    await asyncio.to_thread(private_dir, folder)
    run = _Run(kobo, project, folder, report)
    await run.form()
    await run.aside(_("team"), run.team)
    await run.aside(_("named exports"), run.named_exports)
    await run.aside(_("REST services"), run.services)
    await run.aside(_("media"), run.media)
    notes, complete = run.notes, not run.failed
    records = added = changed = deleted = files = 0
    if project.has_deployment:
        fresh = await refresh(kobo, project, folder / RECORDS, report=report)
        records, added, changed, deleted = fresh.records, fresh.added, fresh.changed, fresh.deleted
        if not fresh.statement.complete or fresh.statement.changed:
            notes.append(fresh.statement.sentence)
        loaded = await download_attachments(kobo, project.uid, folder / "attachments", name=project.name, report=report)
        files = loaded.saved + loaded.already
        notes += loaded.failed
        complete = complete and fresh.statement.complete and loaded.complete
    summary = Summary(
        server=kobo.account.server,
        project=project.uid,
        name=project.name,
        begun=begun,
        ended=_now(),
        records=records,
        records_added=added,
        records_changed=changed,
        records_deleted=deleted,
        attachments=files,
        media=run.media_count,
        complete=complete,
        notes=tuple(notes),
    )
    write_private(folder / SUMMARY, _pretty(summary))
    return Made(files=(folder / SUMMARY,), records=records, complete=complete, notes=tuple(notes))


class _Run:
    def __init__(self, kobo: KoboClient, project: ProjectDetail, folder: Path, report: Report) -> None:
        self._kobo, self._project, self._uid = kobo, project, project.uid
        self._folder, self._report = folder, report
        self.notes: list[str] = []
        self.failed = False
        """Whether a part is lacking that this account may see."""
        self.media_count = 0

    async def aside(self, what: str, part: Callable[[], Awaitable[None]]) -> None:
        """A part without which the rest still is a backup."""
        try:
            await part()
        except (NotLoggedIn, NotConnected):
            raise
        except KoboError as error:
            self.failed = self.failed or not isinstance(error, _ASIDE)
            self.notes.append(_("Without {what}: {why}").format(what=what, why=error.sentence))

    async def form(self) -> None:
        """The project as the server details it, its form as files, and every deployed version."""
        write_private(self._folder / "project.json", _pretty(await self._kobo.projects.document(self._uid)))
        for kind, name in (("xls", "form.xlsx"), ("xml", "form.xml")):
            await self.aside(name, partial(self._form_file, kind, name))
        versions = await self._kobo.versions(self._uid).list()
        for version in versions:
            path = self._folder / "versions" / f"{safe_filename(version.uid)}.json"
            if version.deployed and not path.exists():  # a version never changes
                whole = await self._kobo.versions(self._uid).get(version.uid)
                write_private(path, _pretty(to_builtins(whole)))

    async def _form_file(self, kind: Any, name: str) -> None:
        write_private(self._folder / name, await self._kobo.projects.form_file(self._uid, kind))

    async def team(self) -> None:
        """Everybody's rights, as far as this account may see them."""
        write_private(self._folder / "team.json", _pretty(to_builtins(await self._kobo.access(self._uid).read())))

    async def named_exports(self) -> None:
        """The named exports."""
        found = await self._kobo.named_exports(self._uid).list()
        write_private(self._folder / "named-exports.json", _pretty(to_builtins(found)))

    async def services(self) -> None:
        """The REST services, without passwords."""
        found = await self._kobo.hooks(self._uid).list()
        write_private(self._folder / "rest-services.json", _pretty(to_builtins(found)))

    async def media(self) -> None:
        """The form's media; what has the same hash as last time is not fetched again."""
        service = self._kobo.files(self._uid)
        found = await service.list()
        before = {entry.uid: entry for entry in _read_media(self._folder)}
        listed: list[_Media] = []
        taken: set[str] = set()
        for number, file in enumerate(found):
            entry = _media_entry(file, taken)
            listed.append(entry)
            if entry.path and not _same(self._folder / entry.path, entry, before.get(file.uid)):
                private_dir(self._folder / "media")
                await service.save(file, self._folder / entry.path)
            self._report(Progress(what=self._project.name, done=number + 1, total=len(found), unit="files"))
        self.media_count = len(found)
        write_private(self._folder / "media.json", _pretty(to_builtins(listed)))


def _media_entry(file: ProjectFile, taken: set[str]) -> _Media:
    """Where a file lies; the server lets no two have one name, but for what spreadsheets and disks tell apart."""
    name = safe_filename(file.name, file.uid)
    if name.casefold() in taken:
        name = safe_filename(f"{file.uid}-{file.name}", file.uid)
    taken.add(name.casefold())
    return _Media(
        uid=file.uid,
        name=file.name,
        path="" if file.redirect_url else f"media/{name}",
        hash=file.hash,
        redirect_url=file.redirect_url,
        description=file.description,
        file_type=file.file_type,
    )


def _same(path: Path, entry: _Media, before: _Media | None) -> bool:
    """Whether the file is there with the content the server has."""
    if before is None or before.path != entry.path or before.hash != entry.hash or not path.is_file():
        return False
    kind, _colon, wanted = entry.hash.partition(":")
    if kind != "md5":
        return False
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == wanted


def _read_media(folder: Path) -> list[_Media]:
    try:
        return msgspec.json.decode((folder / "media.json").read_bytes(), type=list[_Media])
    except (OSError, msgspec.DecodeError):
        return []


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
