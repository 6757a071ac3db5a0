"""The review: what will change, before and after, with side effects and warnings. Nothing is sent here."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from kobotui.changes.plan import Plan
from kobotui.changes.review import Line, facts, question, review_lines
from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.account import Account
from kobotui.model.text import cell_width, shown
from kobotui.paths import LocalError
from kobotui.screens.base import KoboScreen, bindings
from kobotui.widgets.painted import wrapped
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual import events

_GUTTER = 2
"""Cells before a row, for cursor and mark."""


class ReviewScreen(KoboScreen):
    """A plan line by line; dismissed with the plan to apply, or with None."""

    place: ClassVar[str] = "review"
    BINDINGS = bindings("review")

    def __init__(self, plan: Plan, account: Account) -> None:
        super().__init__()
        self.plan = plan
        self._account = account
        self._only_warnings = False
        self._by_user = False
        self._painted = False

    def body(self) -> ComposeResult:
        columns = (Column("line", _("Nothing is sent yet."), 78, flexible=True),)
        yield Table(columns, headings=True)

    def on_mount(self) -> None:
        self.table.focus()
        self._show()
        self.once_painted(self._now_painted)

    def _now_painted(self) -> None:
        self._painted = True

    def on_key(self, event: events.Key) -> None:
        """Keys typed before the plan was on the screen say nothing about the plan."""
        if not self._painted:
            event.stop()
            event.prevent_default()

    def _show(self) -> None:
        self.show_where(f"{_('Review')}  {shown(self.plan.title)}", facts(self.plan))
        lines = review_lines(self.plan, only_warnings=self._only_warnings, by_user=self._by_user)
        width = max(_GUTTER + 20, self.app.size.width) - _GUTTER
        parts = [part for line in lines for part in _wrapped(line, width)]
        self.table.replace(ListSource(parts, _row, lambda line: line.key))
        self.show_keys()

    def on_resize(self) -> None:
        """Lines are wrapped to the width there is."""
        self._show()

    def _line(self) -> Line | None:
        table = self.table
        source = table.source
        assert isinstance(source, ListSource)
        return source.items[table.cursor_index] if len(source) else None

    def do_apply(self) -> None:
        """Apply the plan, after a number was typed where one must be."""
        self.run_worker(self._apply, group="ask", exclusive=True)

    async def _apply(self) -> None:
        wanted = self.plan.must_type(production=self._account.production)
        if wanted is not None:
            typed = await self.ask(
                question(self.plan, wanted, self._account.host),
                check=lambda text: None if text.strip() == wanted else _("Type {n}").format(n=wanted),
            )
            if typed is None:
                return
        self.dismiss(self.plan)

    def do_drop(self) -> None:
        """Take the change under the cursor out of the plan; on a heading, all below it."""
        line = self._line()
        if line is None or not line.positions:
            self.flash(_("Move to the line of a change to drop it."), "warning")
            return
        if len(self.plan.changes) == len(line.positions):
            self.flash(_("Nothing would be left; escape leaves everything as it is."), "warning")
            return
        self.plan = self.plan.without(line.positions)
        self._show()

    def do_pivot(self) -> None:
        """Group by the user whose access changes, or by project again."""
        self._by_user = not self._by_user
        self._show()

    def do_write(self) -> None:
        """Write the plan into a file, to be looked at by others or applied from the command line."""
        self.run_worker(self._write, group="ask", exclusive=True)

    async def _write(self) -> None:
        from kobotui.changes import planfile
        from kobotui.screens.files import ask_target, download_directory, free_path

        path = await ask_target(self, free_path(download_directory(), self.plan.title, ".plan.toml"))
        if path is None:
            return
        try:
            await asyncio.to_thread(planfile.write, self.plan, path)
        except LocalError as error:
            self.failed(error)
        else:
            self.flash(_("Written: {path}. Nothing is sent; kobotui apply does it.").format(path=path))

    def do_warnings(self) -> None:
        """Warnings alone, or everything."""
        self._only_warnings = not self._only_warnings
        self._show()

    def do_back(self) -> None:
        self.dismiss(None)


def _row(line: Line) -> Row:
    return Row(line.key, (Cell(shown(line.text), line.style),))


def _wrapped(line: Line, width: int) -> Iterator[Line]:
    """The line as rows of the table: what is agreed to must be seen whole."""
    text = shown(line.text)
    if cell_width(text) <= width:
        yield line
        return
    indent = len(text) - len(text.lstrip())
    for n, part in enumerate(wrapped(text.lstrip(), max(8, width - indent - 2))):
        yield dataclasses.replace(line, key=f"{line.key} {n}", text=" " * (indent + 2 * bool(n)) + part)
