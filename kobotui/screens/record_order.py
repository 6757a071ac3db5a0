"""Filter and order of the table of records: both are the server's, and both are said on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.widgets import Static

from kobotui.columns.submissions import NUMBERS
from kobotui.locale import _
from kobotui.model.form import Group, Question
from kobotui.model.record_filter import STATUS, FilterError
from kobotui.model.text import shown
from kobotui.screens.record_flows import RecordFlows, language_name
from kobotui.screens.records import Order
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.columns.cell import Column

_FALLING = frozenset({"_id", "_submission_time"})
"""Columns that are wanted with the newest on top first."""


class RecordOrder(RecordFlows):
    """The part of DATA that asks for a filter and an order; the line ``#order`` below the table is its own."""

    def use_order(self, order: Order) -> None:
        """Read the records in another order, through another filter; they stay as they are when that fails."""
        raise NotImplementedError

    # What is shown

    def show_order(self, advice: str = "") -> None:
        """The sign in the headings; below the table the whole filter, or advice on what is typed, and the language."""
        records = self.records
        table = self.query_one(Table)
        columns = records.columns
        table.use_columns(map(self._headed, columns.columns), frozen=columns.frozen, groups=columns.groups)
        parts = [advice] if advice else []
        if records.order.typed and not advice:
            parts.append(_("filter: {filter}").format(filter=records.order.typed))
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
        self.run_worker(self._ask_filter(), group="ask", exclusive=True)

    async def _ask_filter(self) -> None:
        records, order = self.records, self.records.order
        completions = records.filter.completions(order.typed, records.shown_language)

        def typed(text: str) -> None:
            if text not in completions:  # a completion keeps its list, for the next one
                completions[:] = records.filter.completions(text, records.shown_language)
            self.show_order(records.filter.problem(text) if text.strip() else filter_help())

        def check(text: str) -> str | None:
            return records.filter.problem(text) or None

        self.show_order("" if order.typed else filter_help())
        text = await self.ask("/", order.typed, complete=completions, check=check, changed=typed)
        self.show_order()
        if text is not None and text.strip() != order.typed:
            try:
                query = records.filter.query(text)
            except FilterError as error:  # another form came meanwhile
                self.flash(str(error), "warning")
                return
            self.use_order(replace(records.order, typed=text.strip(), query=query))

    def do_sort(self) -> None:
        """Sort by a column; by the same one again: the other way round."""
        self.run_worker(self._ask_sort(), group="ask", exclusive=True)

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
        "question = answer, != < > in (a, b), is empty, contains text; id, by, sent, status, validated; and, or.  "
        "tab completes"
    )


def _sort_key(column: str) -> str:
    """What the server sorts a column by."""
    return STATUS if column == "_validation_status" else column


def _is_number(item: Question | Group | None) -> bool:
    return isinstance(item, Question) and item.type in NUMBERS
