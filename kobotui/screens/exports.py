"""Exports of one project: those the server keeps, new ones from it or made here, and the files of records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from msgspec import structs
from textual import work
from textual.app import ComposeResult

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import day_and_time, number
from kobotui.locale import _, ngettext
from kobotui.model.export_options import DEFAULT_LANGUAGE, ENDINGS, NAMES, ExportOptions
from kobotui.model.form import Form
from kobotui.model.text import shown
from kobotui.paths import typed_path
from kobotui.screens.base import bindings
from kobotui.screens.export_options import ExportOptionsWindow, offered_languages
from kobotui.screens.export_transfers import Attachments, DirectExport, ServerExport
from kobotui.screens.files import (
    Paths,
    ask_target,
    directory_problem,
    download_directory,
    free_path,
)
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.api.exports import ExportTask
    from kobotui.model.project import ProjectDetail
    from kobotui.transfers import TransferState


class ExportsScreen(ProjectPlace):
    """The list is the server's; what is under way here stands in Jobs."""

    place: ClassVar[str] = "exports"
    BINDINGS = bindings("exports")

    def body(self) -> ComposeResult:
        columns = (
            Column("when", _("When"), 12, priority=8),
            Column("type", _("Type"), 12, priority=9),
            Column("options", _("Options"), 24, flexible=True, priority=6),
            Column("state", _("State"), 24, priority=7),
        )
        yield Table(columns, empty=_("Reading the exports ..."))

    @property
    def table(self) -> Table:
        """The exports that the server keeps."""
        return self.query_one(Table)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def detail_changed(self, detail: ProjectDetail) -> None:
        if detail.has_deployment:
            self.look()
        else:
            self.table.empty = _("A draft has no data: deploy it first.")

    @work(exclusive=True, group="exports")
    async def look(self) -> None:
        """Read the list of exports."""
        from kobotui.api.errors import KoboError

        try:
            tasks = await (await self.kobo()).exports(self.project.uid).list()
        except KoboError as error:
            self.failed(error)
            self.table.empty = _("The exports could not be read. r tries again, ! tells why.")
            return
        self.table.empty = _("No export yet: n makes one.")
        now = self.app.session.now()
        self.table.replace(ListSource(tasks, lambda task: _row(task, now), lambda task: task.uid))
        text = ngettext("{n} export on the server", "{n} exports on the server", len(tasks))
        self.show_heading(text.format(n=len(tasks)))
        self.show_keys()

    def transfer_changed(self, transfer: TransferState) -> None:
        super().transfer_changed(transfer)
        if not transfer.running:
            self.look()

    def _export(self) -> ExportTask | None:
        source = self.table.source
        assert isinstance(source, ListSource)
        return source.items[self.table.cursor_index] if len(source) else None

    # What can be done

    def do_open(self) -> None:
        """Fetch the export under the cursor."""
        task, detail = self._export(), self.detail
        if task is None or detail is None:
            self.flash(_("There is no export here: n makes one."), "warning")
        elif task.error:
            self.flash(task.error, "error")
        else:
            self.run_flow(self._fetch(detail, task))

    async def _fetch(self, detail: ProjectDetail, task: ExportTask) -> None:
        name = detail.name or detail.uid
        path = await ask_target(self, free_path(download_directory(), name, f".{ENDINGS[task.options.type]}"))
        if path is not None:
            self.app.fetch(ServerExport(detail, task.options, path, task))

    def do_new(self) -> None:
        """A new export: made here, or by the server."""
        self.run_flow(self._new())

    async def _new(self) -> None:
        detail = self.detail
        if detail is None or not detail.has_deployment:
            self.flash(_("A draft has no data: deploy it first."), "warning")
            return
        kind = await self.app.push_screen_wait(Picker(_("Select export type"), _kinds()))
        if kind is None:
            return
        options = await self.ask_options(detail, kind)
        if options is None:
            return
        if kind == "files":
            await self._files(detail, options)
        elif kind.startswith("server-"):
            await self._by_server(detail, options)
        else:
            name = detail.name or detail.uid
            path = await ask_target(self, free_path(download_directory(), name, f".{kind}"))
            if path is not None:
                self.app.fetch(DirectExport(detail, kind, options, path))  # type: ignore[arg-type]  # one of _kinds

    async def ask_options(self, detail: ProjectDetail, kind: str) -> ExportOptions | None:
        """The options of an export of this kind, the last ones proposed; None when left."""
        from kobotui.export_defaults import Defaults

        form = Form.from_content(detail.content)
        account = self.app.session.account
        kept = Defaults(self.app.session.state, f"{account.server if account else ''} {detail.uid}")
        options, typed = await asyncio.to_thread(kept.load)
        if options.lang not in (offered := offered_languages(form)):
            options = structs.replace(options, lang=next(iter(offered)))
        title = _("Options of the export")
        window = ExportOptionsWindow(title, kind, options, form, typed=typed)
        chosen = await self.app.push_screen_wait(window)
        if chosen is not None:
            await asyncio.to_thread(kept.save, chosen, window.typed)
            if kind.startswith("server-"):
                chosen = structs.replace(chosen, type=kind.removeprefix("server-"))
        return chosen

    async def _by_server(self, detail: ProjectDetail, options: ExportOptions) -> None:
        exports = (await self.kobo()).exports(detail.uid)
        if oldest := await exports.falls_off():
            when = day_and_time(oldest.date_created, self.app.session.now())
            text = _("The server keeps ten exports: the one of {when} goes when this one is finished.")
            if not await self.confirm(text.format(when=when)):
                return
        name = detail.name or detail.uid
        path = await ask_target(self, free_path(download_directory(), name, f".{ENDINGS[options.type]}"))
        if path is not None:
            self.app.fetch(ServerExport(detail, options, path))

    async def _files(self, detail: ProjectDetail, options: ExportOptions) -> None:
        paths = Paths(("/",))
        proposed = free_path(download_directory(), detail.name or detail.uid, "")
        typed = await self.ask(_("Save the files in"), f"{proposed}/", complete=paths, changed=paths.follow)
        if typed is not None:
            folder = typed_path(typed)
            if problem := directory_problem(str(folder.parent)):
                self.flash(problem, "warning")
            else:
                self.app.fetch(Attachments(detail, options, folder))

    def do_remove(self) -> None:
        """Delete the export under the cursor on the server; files that were fetched stay."""
        if task := self._export():
            self.run_flow(self._delete(task))
        else:
            self.flash(_("There is no export here: n makes one."), "warning")

    async def _delete(self, task: ExportTask) -> None:
        when = day_and_time(task.date_created, self.app.session.now())
        if await self.confirm(_("Delete the export of {when} on the server?").format(when=when)):
            await (await self.kobo()).exports(self.project.uid).delete(task.uid)
            self.look()

    def raw(self) -> object | None:
        import msgspec

        task = self._export()
        return msgspec.to_builtins(task) if task else None

    def copies(self) -> dict[str, str]:
        task = self._export()
        return {_("UID"): task.uid, **({_("Link"): task.result} if task.result else {})} if task else {}


def _kinds() -> list[Choice]:
    here, server = _("made here, of any size"), _("made by the server, within half an hour")
    return [
        Choice("csv", "CSV", here),
        Choice("xlsx", "XLSX", here),
        Choice("jsonl", "JSONL", here),
        Choice("json", "JSON", here),
        Choice("geojson", "GeoJSON", here),
        Choice("files", _("Media Attachments"), _("photos and other files into a folder, each once")),
        Choice("server-csv", "CSV", server),
        Choice("server-xls", "XLS", server),
        Choice("server-geojson", "GeoJSON", server),
        Choice("server-spss_labels", _("SPSS Labels"), server),
        Choice("server-kml", "KML", server),
    ]


def _row(task: ExportTask, now: datetime) -> Row:
    states = {"created": _("waits"), "processing": _("Processing..."), "complete": _("complete")}
    state = shown(task.error) or states.get(task.status, shown(task.status))
    style = "bad" if task.error else "good" if task.status == "complete" else "accent"
    return Row(
        task.uid,
        (
            Cell(day_and_time(task.date_created, now), "dim"),
            Cell(shown(str(task.data.get("type", "-"))).upper()),
            Cell(", ".join(_in_words(task.options))),
            Cell(state, style),
        ),
    )


def _in_words(options: ExportOptions) -> Sequence[str]:
    languages = {NAMES: _("XML values and headers"), DEFAULT_LANGUAGE: _("Labels")}
    said = [languages.get(options.lang, shown(options.lang))]
    if options.fields:
        said.append(
            ngettext("{n} question", "{n} questions", len(options.fields)).format(n=number(len(options.fields)))
        )
    if isinstance(options.submission_ids, tuple):
        n = len(options.submission_ids)
        said.append(ngettext("{n} record", "{n} records", n).format(n=number(n)))
    elif isinstance(options.query, dict):
        said.append(_("some records"))
    return said
