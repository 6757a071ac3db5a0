"""Activity of one project: who did what, newest first, as the server's history has it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.columns.history import action_label, history_cells, history_columns
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.lists import Filter
from kobotui.paths import write_private
from kobotui.screens.base import bindings
from kobotui.screens.files import ask_target, download_directory, free_path
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.api.history import HistoryEntry
    from kobotui.model.project import Project, ProjectDetail

NEWEST = 1000
"""Entries that are shown; the file has all of them."""


class ActivityScreen(ProjectPlace):
    """The newest entries; action, person and day are the server's filters, ``/`` searches what is shown."""

    place: ClassVar[str] = "activity"
    BINDINGS = bindings("activity")

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._entries: Sequence[HistoryEntry] = ()
        self._count = 0
        self._typed = ""
        self._action = ""
        self._user = ""
        self._since: date | None = None

    def body(self) -> ComposeResult:
        columns = [column for column in history_columns() if column.key != "project"]
        yield Table(columns, empty=_("Reading the activity ..."))

    @property
    def table(self) -> Table:
        """The entries."""
        return self.query_one(Table)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def detail_changed(self, detail: ProjectDetail) -> None:
        self.look()

    def _query(self) -> str | None:
        from kobotui.api.history import history_query

        return history_query([self._action] if self._action else [], self._since, None, self._user or None, None)

    @work(exclusive=True, group="history")
    async def look(self) -> None:
        """Read the newest entries."""
        from kobotui.api.errors import KoboError, NotAllowed

        try:
            page = await (await self.kobo()).history(self.project.uid).page(self._query(), limit=NEWEST)
        except NotAllowed:
            self.table.empty = _("Only who manages a project sees its activity.")
            return
        except KoboError as error:
            self.failed(error)
            self.table.empty = _("The activity could not be read. r tries again, ! tells why.")
            return
        self._entries, self._count = page.items, page.count
        self.table.empty = _("Nothing happened that matches.")
        self._show()

    def _show(self) -> None:
        now = self.app.session.now()
        wanted = Filter.of(self._typed)
        rows = []
        for place, entry in enumerate(self._entries):
            cells = history_cells(entry.date_created, entry.username or "", entry.action, "", entry.metadata, now)
            if not wanted or wanted.matches(" ".join(cell.text for cell in cells).casefold()):
                rows.append(Row(str(place), (*cells[:3], *cells[4:])))
        self.table.replace(ListSource(rows, lambda row: row, lambda row: row.key))
        shown_, count = len(self._entries), self._count
        text = ngettext("{n} entry", "{n} entries", count).format(n=number(count))
        facts = text if shown_ == count else _("newest {n} of {count}").format(n=number(shown_), count=number(count))
        chips = [f"/{self._typed}"] * bool(self._typed) + [action_label(self._action)] * bool(self._action)
        chips += [self._user] * bool(self._user) + [f">= {self._since}"] * bool(self._since)
        self.show_heading("   ".join([facts, *chips]))
        self.show_keys()

    # Filters

    def do_filter(self) -> None:
        """Search what is shown, as it is typed."""
        self.run_flow(self._ask_filter())

    async def _ask_filter(self) -> None:
        before = self._typed
        typed = await self.ask("/", before, changed=self._filter_by)
        self._filter_by(before if typed is None else typed.strip())

    def _filter_by(self, typed: str) -> None:
        if typed != self._typed:
            self._typed = typed
            self._show()

    def do_narrow(self) -> None:
        """The server's filters: what was done, by whom, since when."""
        self.run_flow(self._narrow())

    async def _narrow(self) -> None:
        actions = await (await self.kobo()).history(self.project.uid).actions()
        choices = [Choice("", _("everything")), *(Choice(name, action_label(name), name) for name in sorted(actions))]
        action = await self.app.push_screen_wait(Picker(_("What was done"), choices, selected=self._action))
        if action is None:
            return
        people = sorted({entry.username for entry in self._entries if entry.username})
        user = await self.ask(_("by (empty: anybody)"), self._user, complete=people)
        if user is None:
            return
        present = self._since.isoformat() if self._since else ""
        since = await self.ask(_("since (a day, empty: ever)"), present, check=_no_day)
        if since is not None:
            self._action, self._user = action, user.strip()
            self._since = date.fromisoformat(since.strip()) if since.strip() else None
            self.look()

    # Out

    def do_save(self) -> None:
        """All entries that the server's filters let through, as CSV."""
        self.run_flow(self._save())

    async def _save(self) -> None:
        from kobotui.exports.history_file import HEADING, history_values
        from kobotui.exports.plain_csv import csv_bytes

        name = _("activity of {name}").format(name=self.project.name or self.project.uid)
        path = await ask_target(self, free_path(download_directory(), name, ".csv"))
        if path is None:
            return
        walk = (await self.kobo()).history(self.project.uid).walk(self._query())
        rows = []
        async for page in walk:
            rows += [history_values(self.project.uid, self.project.name, entry) for entry in page]
            self.flash(_("{n} of {count} ...").format(n=number(len(rows)), count=number(page.count)))
        await asyncio.to_thread(write_private, path, csv_bytes(HEADING, rows))
        whole = walk.statement is None or walk.statement.complete
        said = _("Saved {path}").format(path=path)
        if whole or walk.statement is None:
            self.flash(said)
        else:
            self.flash(f"{said}. {walk.statement.sentence}", "warning")

    def raw(self) -> object | None:
        import msgspec

        key = self.table.cursor_key
        return msgspec.to_builtins(self._entries[int(key)]) if key is not None else None


def _no_day(text: str) -> str | None:
    try:
        date.fromisoformat(text.strip() or "2026-01-01")
    except ValueError:
        return _("A day, like 2026-11-01")
    return None
