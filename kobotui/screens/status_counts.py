"""How far the records of a project are checked, by who sent them: counted when it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.columns.status_counts import HEADING, count_cells, count_columns, count_row
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.project import Project
from kobotui.model.status_counts import Checked, StatusCounts
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.files import ask_target, download_directory, free_path
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

AT_ONCE = 1000


class StatusCountsScreen(KoboScreen):
    """Every record's sender and status is read, and proved to be all; nothing is shown before that."""

    place: ClassVar[str] = "counts"
    BINDINGS = bindings("counts")

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project
        self._lines: Sequence[Checked] = ()

    def body(self) -> ComposeResult:
        yield Table(count_columns(other=False), empty=_("Counting ..."))

    def on_mount(self) -> None:
        self.table.focus()
        self._say("")
        self.count()

    def _say(self, facts: str) -> None:
        name = shown(self._project.name) or self._project.uid
        self.show_where(_("{project} > checked").format(project=name), facts)

    def targets(self) -> Sequence[Target]:
        return (Target(shown(self._project.name) or self._project.uid),) if self._lines else ()

    def do_refresh(self) -> None:
        """Count again."""
        self.count()

    @work(exclusive=True, group="count")
    async def count(self) -> None:
        """Read the sender and the status of every record."""
        from kobotui.api.errors import Incomplete, KoboError
        from kobotui.api.paging import Statement

        counts, table = StatusCounts(), self.table
        read = 0
        self.query_one(TopLine).show_busy(True)
        try:
            walk = (await self.kobo()).submissions(self._project.uid).walk(None, ["_submitted_by"], AT_ONCE)
            async for page in walk:
                for record in page:
                    counts.add(record)
                read += len(page)
                whole = max(page.count, read)
                self._say(_("counting, {n} of {count} ...").format(n=number(read), count=number(whole)))
            if walk.statement is None or not walk.statement.complete:
                raise Incomplete(walk.statement or Statement(read, moved=True))
        except (KoboError, LocalError) as error:
            table.empty = _("{sentence}\nr tries again, ! tells more.").format(sentence=shown(str(error)))
            self._say(_("not renewed") if self._lines else "")
            self.failed(error)
            return
        finally:
            if self.is_attached:
                self.query_one(TopLine).show_busy(False)
        self._show(counts)

    def _show(self, counts: StatusCounts) -> None:
        table, whole = self.table, counts.total()
        self._lines = counts.by_sender()
        other = whole.counts[-1] > 0
        table.columns = count_columns(other=other)
        rows = [Row(_key(one), count_cells(one, other=other)) for one in self._lines]
        if len(rows) > 1:
            rows.insert(0, Row("all", count_cells(whole, other=other, whole=True)))
        table.empty = _("There are no records yet.")
        table.replace(rows_source(rows))
        text = _("{n} of {count} checked")
        self._say(text.format(n=number(whole.records - whole.left), count=number(whole.records)))
        self.show_keys()

    def do_open(self) -> None:
        """The records of a sender, or of all, that have no status."""
        from kobotui.screens.data import DataScreen

        key = self.table.cursor_key or ""
        sender = next((one for one in self._lines if _key(one) == key), None)
        conditions = [] if sender is None else [_sent_by(sender.username)]
        text = " and ".join([*conditions, "not validated"])
        self.app.push_screen(DataScreen(self._project, text))

    def do_save(self) -> None:
        """The lines as CSV."""
        self.run_flow(self._save)

    async def _save(self) -> None:
        from kobotui.exports.plain_csv import csv_bytes
        from kobotui.paths import write_private

        name = _("checked {project}").format(project=self._project.name or self._project.uid)
        path = await ask_target(self, free_path(download_directory(), name, ".csv"))
        if path is not None:
            await asyncio.to_thread(write_private, path, csv_bytes(HEADING, map(count_row, self._lines)))
            self.flash(_("Saved {path}").format(path=path))


def _key(one: Checked) -> str:
    return f"by {one.username}" if one.username else "nobody"


def _sent_by(username: str | None) -> str:
    """The condition of a filter for the records of a sender."""
    if not username:
        return "by is empty"
    quoted = username.replace("\\", "\\\\").replace('"', '\\"')
    return f'by = "{quoted}"'
