"""The review: what will change, before and after, with side effects and warnings. Nothing is sent here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from kobotui.changes.kinds import steps_for
from kobotui.changes.plan import Plan
from kobotui.changes.review import Line, review_lines
from kobotui.columns.cell import Cell, Column
from kobotui.locale import _, ngettext
from kobotui.model.account import Account
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen, bindings
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual import events

SECONDS_PER_REQUEST = 0.2
"""What a request takes on a usual line, for the estimate."""


class ReviewScreen(KoboScreen):
    """A plan line by line; dismissed with the plan to apply, or with None."""

    place: ClassVar[str] = "review"
    BINDINGS = bindings("review")

    def __init__(self, plan: Plan, account: Account) -> None:
        super().__init__()
        self.plan = plan
        self._account = account
        self._only_warnings = False
        self._painted = False

    def body(self) -> ComposeResult:
        columns = (Column("line", _("Nothing is sent yet."), 78, flexible=True),)
        yield Table(columns, headings=True)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Table).focus()
        self._show()
        self.call_after_refresh(self._now_painted)

    def _now_painted(self) -> None:
        self._painted = True

    def on_key(self, event: events.Key) -> None:
        """Keys typed before the plan was on the screen say nothing about the plan."""
        if not self._painted:
            event.stop()
            event.prevent_default()

    def _show(self) -> None:
        requests = sum(step.requests for step in steps_for(self.plan.changes))
        facts = [
            ngettext("{n} change", "{n} changes", len(self.plan.changes)).format(n=len(self.plan.changes)),
            ngettext("{n} request", "{n} requests", requests).format(n=requests),
            _("about {n} s").format(n=max(1, round(requests * SECONDS_PER_REQUEST))),
        ]
        self.show_where(f"{_('Review')}  {shown(self.plan.title)}", ", ".join(facts))
        lines = review_lines(self.plan, only_warnings=self._only_warnings)
        self.query_one(Table).replace(ListSource(lines, _row, lambda line: line.key))
        self.show_keys()

    def _line(self) -> Line | None:
        table = self.query_one(Table)
        source = table.source
        assert isinstance(source, ListSource)
        return source.items[table.cursor_index] if len(source) else None

    def do_apply(self) -> None:
        """Apply the plan, after a number was typed where one must be."""
        self.run_worker(self._apply(), group="ask", exclusive=True)

    async def _apply(self) -> None:
        number = self.plan.must_type(production=self._account.production)
        if number is not None:
            label = (
                _("This destroys {n}. Type {n} to go on").format(n=number)
                if self.plan.destroys
                else _("Type {n}, the number of changes on {server}, to go on").format(
                    n=number, server=self._account.host
                )
            )
            typed = await self.ask(
                label, check=lambda text: None if text.strip() == number else _("Type {n}").format(n=number)
            )
            if typed is None:
                return
        self.dismiss(self.plan)

    def do_drop(self) -> None:
        """Take the change under the cursor out of the plan."""
        line = self._line()
        if line is None or line.position is None:
            self.flash(_("Move to the line of a change to drop it."), "warning")
            return
        if len(self.plan.changes) == 1:
            self.flash(_("This is the only change; escape leaves everything as it is."), "warning")
            return
        self.plan = self.plan.without([line.position])
        self._show()

    def do_warnings(self) -> None:
        """Warnings alone, or everything."""
        self._only_warnings = not self._only_warnings
        self._show()

    def do_back(self) -> None:
        self.dismiss(None)


def _row(line: Line) -> Row:
    return Row(line.key, (Cell(shown(line.text), line.style),))
