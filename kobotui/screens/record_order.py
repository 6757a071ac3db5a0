"""Filter and order of the table of records: both are the server's, and both are said on the screen."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.widgets import Static

from kobotui.columns.submissions import NUMBERS
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.form import Group, Question
from kobotui.model.record_filter import STATUS, FilterError
from kobotui.model.text import json_text, shown
from kobotui.saved_filters import SavedFilters
from kobotui.screens.copy import Text
from kobotui.screens.record_flows import language_name
from kobotui.screens.record_marks import RecordMarks
from kobotui.screens.records import Order, Records
from kobotui.screens.saved_filters import SavedFiltersWindow
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kobotui.columns.cell import Column
    from kobotui.model.record_filter import Completion

_FALLING = frozenset({"_id", "_submission_time"})
"""Columns that are wanted with the newest on top first."""
_OFFERED = 8
"""Ways to go on that are shown while a filter is typed."""


class RecordOrder(RecordMarks):
    """The part of DATA that asks for a filter and an order; the line ``#order`` below the table is its own."""

    _comparing = False

    def use_order(self, order: Order) -> None:
        """Read the records in another order, through another filter; they stay as they are when that fails."""
        raise NotImplementedError

    def read_window(self, wanted: Order | None, *, top: bool) -> object:
        """Begin to read what :meth:`read_anew` says."""
        raise NotImplementedError

    def account_name(self) -> str:
        """Who asks."""
        account = self.app.session.account
        return account.username if account else ""

    @cached_property
    def filters(self) -> SavedFilters:
        """The filters of this project that have a name."""
        session = self.app.session
        server = session.account.server if session.account else ""
        return SavedFilters(session.state, f"{server} {self.records.project.uid}")

    # What is compared here

    def read_anew(self, wanted: Order | None = None, *, top: bool = False) -> None:
        """Read what is in view again, or the top of another order, or with ``top`` of this one.

        What is being compared here already will be fresh when it comes.
        """
        if wanted is not None or not self._comparing:
            self.read_window(wanted, top=top)

    @contextmanager
    def comparing(self) -> Iterator[None]:
        """While something is read of which a part may have to be compared here."""

        def report(n: int, count: int) -> None:
            self._comparing = True
            self.say_progress(_("comparing {n} of {count} ... (u stops)").format(n=number(n), count=number(count)))

        self.records.report = report
        try:
            with self.busy():
                yield
        finally:
            if self._comparing:
                self._comparing = False
                self.say_progress("")

    def do_unmark_all(self) -> None:
        """Mark nothing; what is being compared is not wanted any more, either."""
        if self._comparing:
            self.workers.cancel_group(self, "window")
        super().do_unmark_all()

    # What is shown

    def show_order(self, advice: str = "") -> None:
        """The sign in the headings; below the table the whole filter, or advice on what is typed, and the language."""
        records = self.records
        table = self.table
        columns = records.columns
        table.use_columns(map(self._headed, columns.columns), frozen=columns.frozen, groups=columns.groups)
        parts = [advice] if advice else []
        if records.order.typed and not advice:
            compared = _("filter, compared here, again by r: {filter}")
            text = _("filter: {filter}") if records.order.filter.exact else compared
            parts.append(text.format(filter=records.order.typed))
        if not advice:
            parts += self._language_text()
        line = self.query_one("#order", Static)
        line.display = bool(parts)
        line.update(shown("   ".join(parts)))

    def _language_text(self) -> list[str]:
        records = self.records
        if records.names:
            return [_("names in place of labels")]
        if len(records.form.languages) > 1 and records.language is not None:
            name = language_name(records.form.languages[records.language])
            return [_("labels: {language}").format(language=name)]
        return []

    def order_text(self) -> str:
        """``sorted by _id down``; numbers are texts on the server, which is said."""
        order = self.records.order
        item = self.records.columns.item(order.key)
        name = {"_submission_time": _("Sent"), "_submitted_by": _("By"), STATUS: _("Valid.")}.get(order.key, order.key)
        if item is not None:
            name = self.records.form.label(item, self.records.shown_language)
        text = (_("sorted by {column} down") if order.falling else _("sorted by {column} up")).format(column=name)
        return _("{order}, as text").format(order=text) if _is_number(item) else text

    def _headed(self, column: Column) -> Column:
        order = self.records.order
        if _sort_key(column.key) != order.key or order.key == "_id":  # the usual order needs no sign
            return column
        return replace(column, heading=f"{'v' if order.falling else '^'} {column.heading}")

    # What is asked

    def do_filter(self) -> None:
        """Ask for a filter; what cannot be read is said while it is typed."""
        self.run_worker(self._ask_filter, group="ask", exclusive=True)

    async def _ask_filter(self) -> None:
        records, order = self.records, self.records.order

        def goes_on(text: str) -> list[str]:
            return [completion.text for completion in records.filter.completions(text, records.shown_language)]

        def typed(text: str) -> None:
            self.show_order(filter_advice(records, text))

        def check(text: str) -> str | None:
            return records.filter.problem(text) or None

        self.show_order("" if order.typed else filter_help())
        text = await self.ask("/", order.typed, complete=goes_on, check=check, changed=typed)
        self.show_order()
        if text is not None and text.strip() != order.typed:
            self.use_filter(text)

    def use_filter(self, text: str) -> None:
        """Show what a filter lets through; what cannot be read is said."""
        try:
            found = self.records.filter.read(text)
        except FilterError as error:
            self.flash(str(error), "warning")
        else:
            self.use_order(replace(self.records.order, filter=found))

    def do_filters(self) -> None:
        """Use a filter that has a name, or give one to the filter that is shown."""
        self.run_worker(self._choose_filter, group="ask", exclusive=True)

    async def _choose_filter(self) -> None:
        window = SavedFiltersWindow(self.filters, self.records.order.typed)
        text = await self.app.push_screen_wait(window)
        if text is not None and text != self.records.order.typed:
            self.use_filter(text)

    def copies(self) -> dict[str, Text]:
        found, texts = self.records.order.filter, super().copies()
        if not found.text:
            return texts
        name = _("Filter as JSON") if found.exact else _("Filter as JSON, without what is compared here")
        own: dict[str, Text] = {_("Filter"): found.text, name: json_text(found.query)}
        return texts | own

    def do_sort(self) -> None:
        """Sort by a column; by the same one again: the other way round."""
        self.run_worker(self._ask_sort, group="ask", exclusive=True)

    async def _ask_sort(self) -> None:
        now = self.records.order
        choices = []
        for column in self.records.columns.all_columns:
            item = self.records.columns.item(column.key)
            if isinstance(item, Group) or column.key == "_attachments":
                continue
            note = _("numbers as text: 10 before 9") if _is_number(item) else ""
            if _sort_key(column.key) == now.key:
                note = _("now, falling; again: rising") if now.falling else _("now, rising; again: falling")
            choices.append(Choice(_sort_key(column.key), column.heading, note))
        key = await self.app.push_screen_wait(Picker(_("Sort by"), choices, selected=now.key))
        if key is not None:
            falling = not now.falling if key == now.key else key in _FALLING
            self.use_order(replace(self.records.order, key=key, falling=falling))


def filter_help() -> str:
    """What a filter looks like, in a line or two."""
    return _(
        "question = answer, != < > in (a, b), is unanswered, contains text, has attachment; id, by, sent, status, "
        "validated; and, or, not, ( ).  tab completes"
    )


def filter_advice(records: Records, text: str) -> str:
    """About a filter that is being typed: how it may go on, else what is wrong, else what it costs."""
    if not text.strip():
        return filter_help()
    following = records.filter.completions(text, records.shown_language)
    try:
        costs = records.filter.read(text).here
    except FilterError as error:
        return _following(following) or str(error)
    return costs or _following(following)


def _following(completions: Sequence[Completion]) -> str:
    parts = [shown(completion.part) for completion in completions[:_OFFERED]]
    more = "  ..." if len(completions) > _OFFERED else ""
    return _("tab: {parts}").format(parts="  ".join(parts) + more) if parts else ""


def _sort_key(column: str) -> str:
    """What the server sorts a column by."""
    return STATUS if column == "_validation_status" else column


def _is_number(item: Question | Group | None) -> bool:
    return isinstance(item, Question) and item.type in NUMBERS
