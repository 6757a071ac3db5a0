"""Exports of one project as transfers: made by the server and fetched, or made here; and the files of its records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kobotui.columns.words import number
from kobotui.exports.progress import Progress
from kobotui.locale import _, ngettext
from kobotui.model.export_options import ExportOptions
from kobotui.model.project import ProjectDetail
from kobotui.transfers import Received

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.exports import ExportTask
    from kobotui.exports.direct import Format
    from kobotui.exports.progress import Report


def _title(project: ProjectDetail, what: str) -> str:
    return _("Export {name}, {what}").format(name=project.name or project.uid, what=what)


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
        exports = kobo.exports(self.project.uid)
        task = self.task or await exports.create(self.options)
        task = await exports.watch(task)
        if task.timed_out:
            text = _("The server gave up after its half hour. An export that is made here has no such limit.")
            return Received(sentence=text, whole=False)

        def received(done: int, total: int | None) -> None:
            report(Progress(what=self.target.name, done=done, total=total, unit="bytes"))

        await exports.save(task, self.target, received)
        return Received(sentence=_("Saved {path}").format(path=self.target), files=(self.target,))


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
        made = await export_direct(kobo, self.project, self.target, wanted, resume=True, report=report)
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
            questions=self.options.fields,
            report=report,
        )
        parts = [done.sentence, *done.failed[:3]]
        return Received(sentence=" ".join(parts), files=(self.folder,), whole=done.complete)
