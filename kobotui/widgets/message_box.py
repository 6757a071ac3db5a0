"""A sentence and what is behind it, to be read, scrolled and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.text import cell_width, shown
from kobotui.widgets.modal import Window, brief
from kobotui.widgets.painted import wrapped
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

_USUAL = 100
"""Columns."""
_AROUND = 8
"""Columns of them for the frame and the scroll bar."""
_LONGEST = 500
"""Characters of a sentence that is shown whole above the details."""


class MessageBox(Window[None]):
    """An error and its details, or any text that is longer than a line."""

    DEFAULT_CSS = "MessageBox Table { margin: 1 0; }"
    widest: ClassVar[int] = _USUAL
    """Columns at most, with what stands around the text."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,backspace,enter", "leave", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, title: str, sentence: str, details: str = "") -> None:
        super().__init__()
        self._title, self._sentence, self._details = title, sentence, details
        self._book = len(sentence) > _LONGEST
        """Whether the sentence is as long as that, and scrolls with the details."""
        lines = shown(details[: self.widest**2], one_line=False).splitlines()
        wanted = max(map(cell_width, lines), default=0) + _AROUND
        self._width = min(self.widest, max(_USUAL, wanted))

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.styles.width = self._width
            yield Static(brief(self._title), markup=False, classes="window--title")
            if not self._book:
                yield Static(shown(self._sentence, one_line=False), markup=False)
            if self._details or self._book:
                yield Table((Column("line", "", 20, flexible=True),), headings=False, lit=False)
            yield Static(self.hint, markup=False, classes="window--hint")

    @property
    def hint(self) -> str:
        """The keys."""
        return _("arrows scroll  y copy  escape goes back")

    def on_mount(self) -> None:
        for table in self.query(Table):
            table.focus()

    def on_resize(self, event: events.Resize) -> None:
        width = max(10, min(self._width, event.size.width) - _AROUND)
        text = f"{self._sentence}\n\n{self._details}" if self._book else self._details
        rows = [Row(str(place), (Cell(line),)) for place, line in enumerate(wrapped(text, width))]
        for table in self.query(Table):
            table.replace(rows_source(rows))
            table.refresh(layout=True)

    def action_copy(self) -> None:
        """Everything that is shown, through the terminal."""
        self.to_clipboard(f"{self._sentence}\n\n{self._details}".strip())
        self.query_one(".window--hint", Static).update(_("Copied to the terminal's clipboard."))

    def to_clipboard(self, text: str) -> None:
        """Hand a text to the terminal's clipboard; whether it was taken nobody tells."""
        from kobotui.terminal import clipboard_sequence

        if (sequence := clipboard_sequence(text)) and self.app._driver:
            self.app._driver.write(sequence)
