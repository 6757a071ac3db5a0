"""The table of every list and grid: a cursor that follows its row, marks by key, rows fetched as they are seen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding
from textual.message import Message

from kobotui.widgets.table_view import TableView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.binding import BindingType

    from kobotui.columns.cell import Column
    from kobotui.widgets.rows import RowSource

REST = 0.15
"""Seconds without a move after which the cursor rests, and side panels follow."""
_WHEEL = 3


class Table(TableView, can_focus=True):
    """A list with a row cursor, or a grid with a cell cursor, over a :class:`RowSource`.

    Keys: arrows and hjkl, g G home end, page up and down, enter. Marks are kept here, by key; the keys that set them
    are the screen's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("left,h", "sideways(-1)", show=False),
        Binding("right,l", "sideways(1)", show=False),
        Binding("home,g", "first", show=False),
        Binding("end,G", "last", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Said(Message):
        """Anything a table says."""

        def __init__(self, table: Table) -> None:
            super().__init__()
            self.table = table
            self.set_sender(table)

        @property
        def control(self) -> Table:
            return self.table

    class CursorSaid(Said):
        """Where the cursor is; ``key`` is None when its row is not loaded or there are no rows."""

        def __init__(self, table: Table) -> None:
            super().__init__(table)
            self.key, self.index, self.column = table.cursor_key, table.cursor_index, table.cursor_column_key

        def can_replace(self, message: Message) -> bool:
            return type(message) is type(self) and message.control is self.table

    class CursorMoved(CursorSaid):
        """The cursor is on another row or in another column."""

    class CursorRested(CursorSaid):
        """The cursor has stayed where it is for :data:`REST` seconds."""

    class Chosen(Said):
        """Enter on a loaded row; ``column`` is the key of the column under the cursor."""

        def __init__(self, table: Table, key: str, index: int, column: str) -> None:
            super().__init__(table)
            self.key, self.index, self.column = key, index, column

    class MarksChanged(Said):
        """Rows were marked or unmarked."""

        def __init__(self, table: Table) -> None:
            super().__init__(table)
            self.marked = frozenset(table.marked)

    def __init__(
        self,
        columns: Sequence[Column],
        source: RowSource | None = None,
        *,
        cursor: Literal["row", "cell"] = "row",
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
        """As :class:`TableView`'s."""
        super().__init__(
            columns,
            source,
            cell_cursor=cursor == "cell",
            wide=wide,
            frozen=frozen,
            gap=gap,
            groups=groups,
            headings=headings,
            empty=empty,
            lit=lit,
            id=id,
            classes=classes,
        )
        self.cursor_key: str | None = None
        """Key of the row under the cursor; None when it is not loaded or there are no rows."""
        self.range_start: int | None = None
        """Where a range of marks was begun."""
        self._told: tuple[str | None, int, int] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._adopt_key()

    @property
    def cursor_column_key(self) -> str:
        return self._columns[self.cursor_column].key if self._columns else ""

    # Other rows

    def replace(
        self, source: RowSource, *, keep: bool = True, columns: Sequence[Column] | None = None, empty: str | None = None
    ) -> None:
        """Show other rows. With ``keep`` the cursor stays on its row, and the row on its line; when the row is gone,
        the cursor stays where it was. Marks stay, also of rows that are not among the new ones. ``columns`` and
        ``empty`` go with them in one painting."""
        self.source = source
        if columns is not None:
            self._take_columns(columns)
        if empty is not None:
            self._empty = empty
        if not keep:
            self.top = self.cursor_index = 0
            self.cursor_key = None
        self.source_changed()

    def source_changed(self) -> None:
        """The source has other rows, or another number of them, than it had; rows that are missing are asked for."""
        self.range_start = None
        self._asked, self._scrolled_at = None, 0.0
        self._follow_key()
        self._settle()

    def rows_moved(self, by: int) -> None:
        """The source has changed, and what was under the cursor stands ``by`` rows further down; it stays on its line
        of the screen."""
        place = None if self.cursor_key is None else self.source.index_of(self.cursor_key)
        by = by if place is None else place - self.cursor_index
        self.top += by
        self.cursor_index += by
        self._adopt_key()
        self.source_changed()

    def refresh_rows(self, first: int, last: int) -> None:
        """Rows at ``first`` to ``last`` were loaded or have changed; out of view this costs nothing."""
        if first <= self.cursor_index <= last:
            self._follow_key()
            self._settle()
        else:
            view = self.rows_in_view
            self._paint_rows(range(max(first, view.start), min(last + 1, view.stop)))

    def _follow_key(self) -> None:
        if self.cursor_key is None:
            return
        rows = len(self.source)
        if self.cursor_index < rows and self.source.key(self.cursor_index) == self.cursor_key:
            return
        place = self.source.index_of(self.cursor_key)
        if place is not None:
            self.top += place - self.cursor_index
            self.cursor_index = place

    def _adopt_key(self) -> None:
        rows = len(self.source)
        self.cursor_index = max(0, min(self.cursor_index, rows - 1))
        self.cursor_key = self.source.key(self.cursor_index) if rows else None

    # The cursor

    def move_to(self, index: int, column: int | None = None) -> None:
        """Put the cursor on a row (and, in a grid, in a column) and bring it into view."""
        before = self.cursor_index, self.top, self._left
        self.cursor_index = index
        if column is not None and self._cell_cursor:
            self.cursor_column = max(0, min(column, len(self._columns) - 1))
        self._adopt_key()
        self._arrange()
        if (self.top, self._left) == before[1:]:
            self._paint_rows({before[0], self.cursor_index} & set(self.rows_in_view))
        else:
            self._paint()
        self._tell()

    def move_to_key(self, key: str) -> bool:
        """Put the cursor on the row of this key; False when it is not among the loaded ones."""
        index = self.source.index_of(key)
        if index is not None:
            self.move_to(index)
        return index is not None

    def action_move(self, rows: int) -> None:
        self.move_to(self.cursor_index + rows)

    def action_page(self, pages: int) -> None:
        step = pages * max(1, self.body_height)
        view = self.top
        self.top = max(0, min(view + step, len(self.source) - self.body_height))
        self.cursor_index += step
        self._settle()

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(len(self.source) - 1)

    def action_sideways(self, columns: int) -> None:
        if self._cell_cursor:
            self.move_to(self.cursor_index, self.cursor_column + columns)
        elif self._wide:
            last = self._places[-1] if self._places else None
            whole = last is None or (last.column, last.width) >= (len(self._columns) - 1, self._columns[-1].width)
            if columns < 0 or not whole:
                self._left = max(self._frozen, min(self._left + columns, len(self._columns) - 1))
                self._settle()
        else:
            raise SkipAction

    def action_choose(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self, self.cursor_key, self.cursor_index, self.cursor_column_key))

    def _settle(self) -> None:
        """After any change: a valid cursor in view, everything that differs repainted, news told."""
        self._adopt_key()
        self._arrange()
        self._paint()
        self._tell()

    def _tell(self) -> None:
        now = (self.cursor_key, self.cursor_index, self.cursor_column)
        if now == self._told or not self.is_mounted:
            return
        self._told = now
        self.post_message(self.CursorMoved(self))
        self._forget_rest()
        self._rest = asyncio.get_running_loop().call_later(REST, self._tell_rest)

    def _tell_rest(self) -> None:
        self._rest = None
        self.post_message(self.CursorRested(self))

    def _forget_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    # Marks

    def toggle_mark(self, *, advance: bool = True) -> None:
        """Mark or unmark the row under the cursor and go on to the next."""
        if self.cursor_key is not None:
            self.set_marked(self.marked ^ {self.cursor_key})
            if advance:
                self.action_move(1)

    def mark_range(self) -> bool:
        """Begin a range at the cursor; the second time, mark all from there to the cursor.

        False, and nothing marked, when a row of them is not loaded.
        """
        if self.range_start is None:
            if self.cursor_key is None:
                return False
            self.range_start = self.cursor_index
            self.set_marked(self.marked | {self.cursor_key})
            return True
        first, last = sorted((self.range_start, self.cursor_index))
        self.range_start = None
        return self._mark(range(first, last + 1))

    def mark_all(self) -> bool:
        """Mark every row of the source; False, and nothing marked, when one is not loaded."""
        return self._mark(range(len(self.source)))

    def unmark_all(self) -> None:
        self.range_start = None
        self.set_marked(())

    def set_marked(self, keys: Iterable[str]) -> None:
        """Mark these rows and no others."""
        marked = set(keys)
        if marked != self.marked:
            self.marked = marked
            self._paint_rows(self.rows_in_view)
            self.post_message(self.MarksChanged(self))

    def _mark(self, rows: range) -> bool:
        keys = set()
        for index in rows:
            if (key := self.source.key(index)) is None:
                return False
            keys.add(key)
        self.set_marked(self.marked | keys)
        return True

    # Events

    def on_mount(self) -> None:
        self._tell()

    def on_unmount(self) -> None:
        self._forget_rest()

    def focus(self, scroll_visible: bool = True) -> Self:
        """As Textual's, without painting the whole table: the cursor is painted when the focus is here."""
        if self.is_attached:
            self.app.call_later(self.screen.set_focus, self, scroll_visible)
        return self

    def on_focus(self, event: events.Focus) -> None:
        self._focus_changed(event, focused=True)

    def on_blur(self, event: events.Blur) -> None:
        self._focus_changed(event, focused=False)

    def _focus_changed(self, event: events.Event, *, focused: bool) -> None:
        """What Textual does on a change of focus, but repainting the cursor only: opening a prompt costs no table."""
        event.prevent_default()
        self.has_focus = focused
        self._paint_rows({self.cursor_index} & set(self.rows_in_view))
        if self.parent is not None:
            self.parent.post_message((events.DescendantFocus if focused else events.DescendantBlur)(self))

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y - self._head
        if self.top <= index < len(self.source):
            column = next((place.column for place in self._places if place.x <= event.x < place.end + self._gap), None)
            self.move_to(index, column)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-_WHEEL)
