"""Exports as transfers: made by the server and fetched, or made here; files of records; many projects; a link tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kobotui.columns.words import number
from kobotui.exports.progress import Progress
from kobotui.locale import _, ngettext
from kobotui.model.export_options import ENDINGS, ExportOptions
from kobotui.model.project import Project, ProjectDetail
from kobotui.transfers import Received

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.api.client import KoboClient
    from kobotui.api.exports import ExportTask
    from kobotui.exports.direct import Format
    from kobotui.exports.many import Made
    from kobotui.exports.progress import Report
    from kobotui.model.export_options import ExportType
    from kobotui.model.links import Kind
    from kobotui.transfers import Transfer

_HERE: dict[ExportType, Format] = {"csv": "csv", "xls": "xlsx", "geojson": "geojson"}
"""What is made here in place of the server's own types."""


def _title(project: Project, what: str) -> str:
    return _("Export {name}, {what}").format(name=project.name or project.uid, what=what)


def made_here(project: ProjectDetail, options: ExportOptions, target: Path) -> DirectExport | None:
    """The same export made here; None for a type that only the server makes."""
    kind = _HERE.get(options.type)
    return DirectExport(project, kind, options, target) if kind else None


@dataclass(frozen=True)
class ServerExport:
    """The server makes the file, or has made it (``task``); then it is fetched."""

    project: ProjectDetail
    options: ExportOptions
    target: Path
    task: ExportTask | None = None

    @property
    def title(self) -> str:
        return _title(self.project, self.target.suffix.lstrip(".").upper())

    async def run(self, kobo: KoboClient, report: Report) -> Received:
        from kobotui.api.errors import ServerTrouble

        exports = kobo.exports(self.project.uid)
        task = self.task or await exports.create(self.options)

        def received(done: int, total: int | None) -> None:
            report(Progress(what=self.target.name, done=done, total=total, unit="bytes"))

        try:
            task = await exports.watch(task, lambda _task: received(0, None))
        except ServerTrouble as error:
            return self._not_made(error.sentence)
        if task.timed_out:
            return self._not_made(_("The server gave up after its half hour."))
        await exports.save(task, self.target, received)
        return Received(sentence=_("Saved {path}").format(path=self.target), files=(self.target,))

    def _not_made(self, why: str) -> Received:
        instead: Transfer | None = made_here(self.project, self.options, self.target)
        offer = _("An export that is made here has no such limit: enter in Jobs begins it.") if instead else ""
        return Received(sentence=f"{why} {offer}".strip(), whole=False, instead=instead)


@dataclass(frozen=True)
class DirectExport:
    """The file is made here, of the records themselves."""

    project: ProjectDetail
    format: Format
    options: ExportOptions
    target: Path

    @property
    def title(self) -> str:
        return _title(self.project, self.format.upper())

    async def run(self, kobo: KoboClient, report: Report) -> Received:
        from kobotui.exports.direct import Direct, export_direct

        wanted = Direct(format=self.format, options=self.options)
        made = await export_direct(kobo, self.project, self.target, wanted, resume="where it fits", report=report)
        text = ngettext("{n} record in {path}", "{n} records in {path}", made.records)
        parts = [text.format(n=number(made.records), path=self.target), *made.notes]
        return Received(sentence=". ".join(parts), files=made.files, whole=made.statement.complete)


@dataclass(frozen=True)
class Attachments:
    """The files of records into a folder, each once."""

    project: ProjectDetail
    options: ExportOptions
    folder: Path

    @property
    def title(self) -> str:
        return _("Files of {name}").format(name=self.project.name or self.project.uid)

    async def run(self, kobo: KoboClient, report: Report) -> Received:
        from kobotui.exports.attachments import download_attachments
        from kobotui.exports.direct import query_of

        done = await download_attachments(
            kobo,
            self.project.uid,
            self.folder,
            name=self.project.name,
            query=query_of(self.options) or None,
            ids=self.options.submission_ids or (),
            questions=self.options.fields,
            report=report,
        )
        parts = [done.sentence, *done.failed[:3]]
        return Received(sentence=" ".join(parts), files=(self.folder,), whole=done.complete)


@dataclass(frozen=True)
class ManyExports:
    """Several projects into one folder, with a manifest; ``files``: what belongs to the records as well."""

    uids: Sequence[str]
    kind: str
    """A format made here, ``server-csv`` and its like, ``files`` alone, or ``backup``."""
    options: ExportOptions
    folder: Path
    files: bool = False

    @property
    def title(self) -> str:
        n = len(self.uids)
        text = ngettext("Export {n} project, {what}", "Export {n} projects, {what}", n)
        return text.format(n=number(n), what=kind_label(self.kind))

    async def run(self, kobo: KoboClient, report: Report) -> Received:
        from kobotui.exports.many import MANIFEST, make_many

        ended = 0

        async def make(project: ProjectDetail, target: Path) -> Made:
            nonlocal ended
            try:
                return await self._make(kobo, project, target)
            finally:
                ended += 1
                report(Progress(what=self.folder.name, done=ended, total=len(self.uids), unit="projects"))

        report(Progress(what=self.folder.name, done=0, total=len(self.uids), unit="projects"))
        entries = await make_many(kobo, self.uids, self.folder, make, suffix=self._suffix)
        whole = sum(entry.complete for entry in entries)
        text = ngettext(
            "{n} of {total} project is whole in {path}", "{n} of {total} projects are whole in {path}", len(entries)
        )
        parts = [text.format(n=number(whole), total=number(len(entries)), path=self.folder)]
        parts += [f"{e.name or e.project}: {e.error or ' '.join(e.notes)}" for e in entries if not e.complete][:3]
        return Received(sentence=". ".join(parts), files=(self.folder / MANIFEST,), whole=whole == len(entries))

    @property
    def _suffix(self) -> str:
        if self.kind in ("files", "backup"):
            return ""
        server = self.kind.removeprefix("server-")
        return f".{ENDINGS[cast('ExportType', server)] if server != self.kind else self.kind}"

    async def _make(self, kobo: KoboClient, project: ProjectDetail, target: Path) -> Made:
        """The files of one project."""
        from kobotui.exports.attachments import download_attachments
        from kobotui.exports.backup import back_up
        from kobotui.exports.direct import FORMATS, Direct, export_direct, query_of
        from kobotui.exports.forms import in_first_language
        from kobotui.exports.many import Made
        from kobotui.exports.server_side import export_on_server

        if self.kind == "backup":
            return await back_up(kobo, project, target)
        made = Made()
        options = await in_first_language(kobo, project, self.options)
        if self.kind in FORMATS:
            wanted = Direct(format=self.kind, options=options)
            done = await export_direct(kobo, project, target, wanted, resume="where it fits")
            made = Made(files=done.files, records=done.records, complete=done.statement.complete, notes=done.notes)
        elif self.kind != "files":
            await export_on_server(kobo, project, target, options)
            made = Made(files=(target,))
        if not self.files and self.kind != "files":
            return made
        folder = target if self.kind == "files" else target.with_name(f"{target.stem}-files")
        query = query_of(options) or None
        loaded = await download_attachments(kobo, project.uid, folder, name=project.name, query=query)
        return Made(
            files=(*made.files, folder),
            records=made.records,
            complete=made.complete and loaded.complete,
            notes=(*made.notes, *loaded.failed),
        )


@dataclass(frozen=True)
class LinkTrial:
    """A link read as its consumer would."""

    project: Project
    named: str
    """The UID of the named export; empty for the JSON endpoint."""
    name: str
    kind: Kind

    @property
    def title(self) -> str:
        return _("Link {name}, {kind}").format(name=self.name, kind=self.kind.upper())

    async def run(self, kobo: KoboClient, report: Report) -> Received:
        from kobotui.exports.link_test import try_endpoint, try_link

        if self.kind == "json":
            return Received(sentence=await try_endpoint(kobo, self.project.uid))
        tried = await try_link(kobo, self.project.uid, self.named, self.kind, report=report)
        sentence = f"{tried.sentence} {tried.warning}".strip()
        return Received(sentence=sentence, whole=not tried.warning)


def kind_label(kind: str) -> str:
    """What a format is called, whoever makes it."""
    special = {"files": _("Media Attachments"), "backup": _("backup"), "server-spss_labels": _("SPSS Labels")}
    return special.get(kind) or {"geojson": "GeoJSON", "xls": "XLS"}.get(
        plain := kind.removeprefix("server-"), plain.upper()
    )
