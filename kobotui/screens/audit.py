"""Audit: what stands out in who may do what, report by report, and what this account could not see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.columns.audit import finding_line, report_title
from kobotui.columns.cell import Cell, Column
from kobotui.columns.matrix import blind_lines
from kobotui.columns.words import number
from kobotui.exports.plain_csv import csv_bytes
from kobotui.locale import _, ngettext
from kobotui.model.audit import HEADING, Finding, audit, names_to_check
from kobotui.model.matrix import Matrix
from kobotui.model.names import expanded
from kobotui.model.roles import roles
from kobotui.model.text import shown
from kobotui.paths import write_private
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.files import ask_target, download_directory, free_path
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

Item = str | Finding
"""A title or what is not seen, or a finding below its title."""


class AuditScreen(KoboScreen):
    """A report over the matrix as it was read; names that no team has are asked of the server."""

    place: ClassVar[str] = "audit"
    BINDINGS = bindings("audit")

    def __init__(self, matrix: Matrix) -> None:
        super().__init__()
        self._matrix = matrix
        self.findings: list[Finding] = []

    def body(self) -> ComposeResult:
        yield Table((Column("line", "", 60, flexible=True),), headings=False, empty=_("Asking for names ..."))

    def on_mount(self) -> None:
        self.table.focus()
        self.show_where(_("Audit"))
        self.look()

    @work(exclusive=True, group="audit")
    async def look(self) -> None:
        """Ask for the names that no team has, and make the reports."""
        from kobotui.api.errors import KoboError

        settings = self.app.session.settings
        named = {f"@{name}": expanded(names, settings.groups) for name, names in settings.groups.items()}
        gone: Sequence[str] = ()
        try:
            names = await asyncio.to_thread(names_to_check, self._matrix, named)  # of long matrices, half a second
            gone = await (await self.kobo()).users.unknown(names)
        except KoboError as error:
            self.failed(error)
        self.findings = await asyncio.to_thread(audit, self._matrix, roles(settings.roles), named, gone)
        self._show()

    def _show(self) -> None:
        items: list[Item] = []
        for report, group in groupby(self.findings, lambda finding: finding.report):
            found = list(group)
            items += [f"{report_title(report)}: {number(len(found))}", *found]
        items += [_("Not seen:"), *(f"  {line}" for line in blind_lines(self._matrix))]
        self.table.replace(ListSource(list(enumerate(items)), _row))
        n = len(self.findings)
        self.show_where(_("Audit"), ngettext("{n} finding", "{n} findings", n).format(n=number(n)))
        self.show_keys()

    def _finding(self) -> Finding | None:
        source = self.table.source
        assert isinstance(source, ListSource)
        item = source.items[self.table.cursor_index][1] if len(source) else None
        return item if isinstance(item, Finding) else None

    def targets(self) -> Sequence[Target]:
        return (Target(_("Audit")),) if self.findings else ()

    def do_open(self) -> None:
        """Sharing of the project that the finding is about."""
        finding = self._finding()
        if finding is None or not finding.uid:
            self.flash(_("Move to a line that names a project."), "warning")
        else:
            self.run_flow(self._open, finding.uid)

    async def _open(self, uid: str) -> None:
        from kobotui.screens.places import project_screen

        project = await (await self.kobo()).projects.get(uid)
        self.app.push_screen(project_screen(project, "sharing"))

    def do_history(self) -> None:
        """Who did what on these projects."""
        from kobotui.screens.history import HistoryScreen

        self.app.push_screen(HistoryScreen.of(self._matrix, list(self._matrix.projects)))

    def do_save(self) -> None:
        """All findings as CSV."""
        self.run_flow(self._save)

    async def _save(self) -> None:
        path = await ask_target(self, free_path(download_directory(), _("audit"), ".csv"))
        if path is not None:
            rows = [tuple(finding.values().values()) for finding in self.findings]
            await asyncio.to_thread(write_private, path, csv_bytes(HEADING, rows))
            self.flash(_("Saved {path}").format(path=path))

    def do_refresh(self) -> None:
        self.look()


def _row(item: tuple[int, Item]) -> Row:
    place, what = item
    if isinstance(what, Finding):
        return Row(str(place), (Cell(f"  {shown(finding_line(what))}"),))
    return Row(str(place), (Cell(what, "dim" if what.startswith(" ") else "heading"),))
