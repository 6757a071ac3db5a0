"""Exports of one project: those the server keeps, new ones from it or made here, and the files of records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import day_and_time, number
from kobotui.locale import _, ngettext
from kobotui.model.export_options import DEFAULT_LANGUAGE, NAMES, ExportOptions
from kobotui.model.text import shown
from kobotui.screens.base import bindings
from kobotui.screens.export_flows import fetch_or_make, new_export
from kobotui.screens.project_place import ProjectPlace
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

    def on_mount(self) -> None:
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
        else:
            self.run_flow(fetch_or_make, self, detail, task)

    def do_new(self) -> None:
        """A new export: made here, or by the server."""
        self.run_flow(new_export, self, self.detail)

    def do_links(self) -> None:
        """Named exports, and the links by which other programs read the data."""
        from kobotui.screens.links import LinksScreen

        if self.detail is None or not self.detail.has_deployment:
            self.flash(_("A draft has no data: deploy it first."), "warning")
        else:
            self.app.push_screen(LinksScreen(self.detail))

    def do_remove(self) -> None:
        """Delete the export under the cursor on the server; files that were fetched stay."""
        if task := self._export():
            self.run_flow(self._delete, task)
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


def _row(task: ExportTask, now: datetime) -> Row:
    states = {"created": _("waits"), "processing": _("Processing..."), "complete": _("complete")}
    state = shown(task.error) or states.get(task.status, shown(task.status))
    style = "bad" if task.error else "good" if task.status == "complete" else "accent"
    return Row(
        task.uid,
        (
            Cell(day_and_time(task.date_created, now), "dim"),
            Cell(shown(str(task.data.get("type", "-"))).upper()),
            Cell(", ".join(in_words(task.options))),
            Cell(state, style),
        ),
    )


def in_words(options: ExportOptions) -> Sequence[str]:
    """What is particular about an export."""
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
