"""The columns of the table of records: which, in which order, which stay at the left; remembered for each project."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.column_choice import ColumnChoice
from kobotui.model.form import Group
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen, bindings
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.remembered import Remembered
    from kobotui.screens.records import Records


def remembered_columns(screen: KoboScreen, project: str) -> Remembered[ColumnChoice]:
    """What this machine keeps of a project's columns."""
    from kobotui.remembered import Remembered

    account = screen.app.session.account
    path = screen.app.session.state / "columns.json"
    return Remembered(path, f"{account.server if account else ''} {project}", ColumnChoice)


class ColumnsScreen(KoboScreen):
    """Every change is used and kept at once. Marked columns are those that are shown."""

    place: ClassVar[str] = "columns"
    BINDINGS = bindings("columns")

    def __init__(self, records: Records, here: str = "") -> None:
        """``here``: the column where the cursor starts."""
        super().__init__()
        self.records = records
        self._here = here
        self._filter = ""
        self._kept = ColumnChoice()
        self._saving = asyncio.Lock()

    def body(self) -> ComposeResult:
        columns = (
            Column("label", _("Column"), 32, priority=9, flexible=True),
            Column("name", _("Name"), 24, priority=7, flexible=True),
            Column("type", _("Type"), 16, priority=6),
            Column("note", "", 8, priority=8),
        )
        yield Table(columns, empty=_("None has this."))

    @property
    def choice(self) -> ColumnChoice:
        """What is chosen now."""
        return self.records.choice

    def on_mount(self) -> None:
        self._kept = self.choice
        self.show_columns()
        self.table.focus()
        self.table.move_to_key(self._here)

    # What is shown

    def show_columns(self) -> None:
        """The columns as they are chosen now; the cursor stays on its own."""
        keys = self._arranged()
        table = self.table
        table.set_marked(self.choice.shown(self._keys))
        table.replace(ListSource(keys, self._row, lambda key: key))
        facts = [_("{n} of {count} shown").format(n=number(len(table.marked)), count=number(len(self._keys)))]
        facts += [f"/{self._filter}"] if self._filter else []
        facts += [_("groups above the headings")] if self.choice.groups else []
        self.show_where(_("Columns"), ", ".join(facts))

    @property
    def _keys(self) -> Sequence[str]:
        return [column.key for column in self.records.columns.all_columns]

    def _arranged(self) -> list[str]:
        words = self._filter.casefold().split()
        texts = {column.key: f"{column.heading} {column.key}".casefold() for column in self.records.columns.all_columns}
        return [key for key in self.choice.arranged(self._keys) if all(word in texts[key] for word in words)]

    def _row(self, key: str) -> Row:
        columns = self.records.columns
        heading = next((column.heading for column in columns.all_columns if column.key == key), key)
        item = columns.item(key)
        kind = "" if item is None else _("repeat") if isinstance(item, Group) else shown(item.type)
        arranged = self.choice.arranged(self._keys)
        frozen = self.choice.frozen in arranged and arranged.index(key) <= arranged.index(self.choice.frozen)
        return Row(
            key,
            (Cell(heading), Cell(shown(key), "dim"), Cell(kind, "dim"), Cell(_("frozen") if frozen else "", "accent")),
            dim=key not in self.table.marked,
        )

    # What is done

    def targets(self) -> Sequence[Target]:
        return (Target(self.records.project.name),) if self.table.cursor_key else ()

    def use(self, choice: ColumnChoice) -> None:
        """Show it, and keep it."""
        if choice != self.choice:
            self.records.use_choice(choice)
            self.show_columns()
            self.run_worker(self._keep, group="keep")

    async def _keep(self) -> None:
        async with self._saving:
            choice = self.choice
            if choice != self._kept:
                await asyncio.to_thread(remembered_columns(self, self.records.project.uid).save, choice)
                self._kept = choice

    @on(Table.MarksChanged)
    def _marked(self) -> None:
        """Other columns are to be shown; one always is."""
        marked = self.table.marked
        if marked:
            self.use(self.choice.showing(self._keys, marked))
        else:
            self.flash(_("One column at least is shown."), "warning")
            self.table.set_marked(self.choice.shown(self._keys))

    def do_open(self) -> None:
        """Back to the table, into this column; one that was hidden is shown for it."""
        if key := self.table.cursor_key:
            self.use(self.choice.showing(self._keys, self.table.marked | {key}))
            self.dismiss(key)

    def do_mark(self) -> None:
        """Show or hide the column under the cursor."""
        self.table.toggle_mark()

    def do_mark_range(self) -> None:
        """Show all from where it was begun to the cursor."""
        self.table.mark_range()

    def do_mark_all(self) -> None:
        """Show all that the filter shows."""
        self.table.mark_all()

    def do_unmark_all(self) -> None:
        """Hide all that the filter shows; were that all, the first one stays."""
        self.table.set_marked(self.table.marked - set(self._arranged()) or self.choice.arranged(self._keys)[:1])

    def do_earlier(self) -> None:
        """One place to the left."""
        self._move(-1)

    def do_later(self) -> None:
        """One place to the right."""
        self._move(1)

    def _move(self, by: int) -> None:
        if key := self.table.cursor_key:
            self.use(self.choice.moved(self._keys, key, by))
            self.table.move_to_key(key)

    def do_freeze(self) -> None:
        """All up to this one stay at the left, or none."""
        if key := self.table.cursor_key:
            self.use(replace(self.choice, frozen="" if key == self.choice.frozen else key))

    def do_groups(self) -> None:
        """The groups above the headings, or not."""
        self.use(replace(self.choice, groups=not self.choice.groups))

    def do_reset(self) -> None:
        """All columns, as the form has them."""
        self.use(ColumnChoice())

    def do_filter(self) -> None:
        """Ask for a part of a name."""
        self.run_flow(self._ask_filter)

    async def _ask_filter(self) -> None:
        def narrow(text: str) -> None:
            self._filter = text.strip()
            self.show_columns()

        before = self._filter
        narrow(before if (typed := await self.ask("/", before, changed=narrow)) is None else typed)
