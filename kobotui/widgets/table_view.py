"""The drawing half of the table: columns to lines, and which cells of them have changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.message import Message

from kobotui.model.text import shown
from kobotui.widgets.painted import REVERSE, Painted, Piece, cell_text
from kobotui.widgets.rows import RowSource, rows_source
from kobotui.widgets.table_layout import (
    GUTTER,
    Place,
    frozen_that_fit,
    group_line,
    place_columns,
    place_window,
    window_with,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual import events
    from textual.geometry import Size

    from kobotui.columns.cell import Column

CURSOR_SIGN, MARK_SIGN, PLACEHOLDER = "|", ">", "..."
SETTLE = 0.1
"""Seconds without scrolling after which rows are asked for, when pages rush by."""


class TableView(Painted):
    """Rows of a source under headings, with the cursor's and the marks' signs."""

    DEFAULT_CSS = "TableView { height: 1fr; }"

    class Wanted(Message, namespace="table"):
        """Rows in view that are not loaded: positions ``first`` to ``last``, both included."""

        def __init__(self, table: TableView, first: int, last: int) -> None:
            super().__init__()
            self.table, self.first, self.last = table, first, last
            self.set_sender(table)  # it may be posted while the screen is being drawn, but is the table's

        @property
        def control(self) -> TableView:
            return self.table

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TableView.Wanted) and message.table is self.table

    def __init__(
        self,
        columns: Sequence[Column],
        source: RowSource | None = None,
        *,
        cell_cursor: bool = False,
        wide: bool = False,
        frozen: int = 1,
        gap: int = 2,
        groups: Mapping[str, str] | None = None,
        headings: bool = True,
        empty: str = "",
        lit: bool | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """``wide``: columns never drop, the view moves sideways past ``frozen`` ones. ``groups``: column key to the
        text above its heading. ``empty``: what is said while there are no rows. ``lit``: whether the cell under the
        cursor is lit besides the sign before its row; None: while the table has the focus."""
        super().__init__(id=id, classes=classes)
        self.source: RowSource = source if source is not None else rows_source(())
        self.marked: set[str] = set()
        """Keys; also of rows that are not in the source now."""
        self.cursor_index = 0
        self.cursor_column = 0
        """Position among ``columns``; always 0 with a row cursor."""
        self.top = 0
        """Position of the first row in view."""
        self._columns = tuple(columns)
        self._cell_cursor, self._wide, self._frozen, self._gap = cell_cursor, wide, frozen, gap
        self._groups, self._headings, self._empty = dict(groups or {}), headings, empty
        self._lit = lit
        self._left = frozen
        self._places: tuple[Place, ...] = ()
        self._asked: tuple[int, int, int] | None = None
        self._asking: asyncio.TimerHandle | None = None
        self._scrolled_at = 0.0

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    @columns.setter
    def columns(self, columns: Sequence[Column]) -> None:
        self.use_columns(columns, frozen=self._frozen, groups=self._groups)

    def use_columns(self, columns: Iterable[Column], *, frozen: int, groups: Mapping[str, str]) -> None:
        """Show other columns, of which the first ``frozen`` stay when the view moves sideways, under these groups."""
        self._frozen, self._groups = frozen, dict(groups)
        self._take_columns(tuple(columns))
        self._arrange()
        self._paint()

    def _take_columns(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        last = max(0, len(self._columns) - 1)
        self.cursor_column, self._left = min(self.cursor_column, last), max(self._frozen, min(self._left, last))

    @property
    def empty(self) -> str:
        """What is said while there are no rows: that it is loading, that nothing matches."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        self._empty = text
        self._paint()

    @property
    def body_height(self) -> int:
        """Lines for rows."""
        return max(0, self.size.height - self._head)

    @property
    def rows_in_view(self) -> range:
        """Positions of the rows that are on the screen now."""
        return range(self.top, min(len(self.source), self.top + self.body_height))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._head + max(1, len(self.source))

    def refresh_row(self, key: str) -> None:
        """The row has changed."""
        self._paint_rows(index for index in self.rows_in_view if self.source.key(index) == key)

    @property
    def _head(self) -> int:
        return self._headings + bool(self._groups)

    def _arrange(self) -> None:
        """Place the columns, so that the cursor's is in view, and the rows, so that the cursor's is."""
        width, body = self.size.width, self.body_height
        if self._wide:
            fixed = frozen_that_fit(self._columns, width, self._gap, self._frozen)
            self._left = max(fixed, self._left)
            if self._cell_cursor:
                self._left = window_with(self._columns, width, self._gap, fixed, self._left, self.cursor_column)
            self._places = place_window(self._columns, width, self._gap, fixed, self._left)
        else:
            self._places = place_columns(self._columns, width, self._gap)
        if not self.top <= self.cursor_index < self.top + body:
            self.top = self.cursor_index - body // 2  # half a page at once: fewer repaints than line by line
        self.top = max(0, min(self.top, len(self.source) - body))

    # Painting

    def _paint_rows(self, rows: Iterable[int]) -> None:
        self._paint([index - self.top + self._head for index in rows])

    def on_resize(self, event: events.Resize) -> None:
        self._asked = None
        if self._painted_size != self.size:
            self.refresh()

    def _painted(self) -> None:
        self._want()

    def _line(self, y: int) -> list[Piece]:
        index = self.top + y - self._head
        if index < self.top:
            return self._heading_line(groups=bool(self._groups) and y == 0)
        if index < len(self.source):
            return self._row_line(index)
        said = self._empty.split("\n") if not self.source else []
        place = index - self.top
        text = " " * GUTTER + said[place] if place < len(said) else ""
        return [(cell_text(text, self.size.width, False), self._style("dim" if text else ""))]

    def _heading_line(self, *, groups: bool) -> list[Piece]:
        if groups:
            texts = [(x, text, self._style("dim")) for x, text in group_line(self._columns, self._places, self._groups)]
        else:
            texts = [
                (place.x, cell_text(column.heading, place.width, column.right), self._style("heading"))
                for place in self._places
                for column in (self._columns[place.column],)
            ]
        return self._joined(texts)

    def _row_line(self, index: int) -> list[Piece]:
        row = self.source.row(index)
        here = index == self.cursor_index
        sign = "" if row is None else MARK_SIGN if row.key in self.marked else shown(row.sign)[:1]
        gutter = (CURSOR_SIGN if here else " ") + (sign or " ")
        lit = here and (self.has_focus if self._lit is None else self._lit)
        cursor = (self.cursor_column if self._cell_cursor else 0) if lit else None
        texts = [(0, gutter[: self.size.width], self._style(""))]
        for place in self._places:
            text, style = "", ""
            if row is None:
                text, style = PLACEHOLDER, "dim"
            elif place.column < len(row.cells):
                cell = row.cells[place.column]
                text, style = cell.text, cell.style or ("dim" if row.dim else "")
            rich_style = self._style("") + REVERSE if place.column == cursor else self._style(style)
            texts.append((place.x, cell_text(text, place.width, self._columns[place.column].right), rich_style))
        return self._joined(texts)

    # Rows on demand

    def _want(self) -> None:
        """Ask for the rows in view that are not loaded: at once, or when pages rush by, when they come to rest."""
        missing = [index for index in self.rows_in_view if self.source.key(index) is None]
        asked = (self.top, missing[0], missing[-1]) if missing else None
        if asked is None or asked == self._asked:
            if asked is None:
                self._forget_asking()
            return
        self._asked = asked
        self._forget_asking()
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._scrolled_at >= SETTLE:
            self._ask(*asked[1:])
        else:
            self._asking = loop.call_later(SETTLE, self._ask, *asked[1:])
        self._scrolled_at = now

    def _ask(self, first: int, last: int) -> None:
        self._asking = None
        self.post_message(self.Wanted(self, first, last))

    def _forget_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def on_unmount(self) -> None:
        self._forget_asking()
