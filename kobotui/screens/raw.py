"""``o``: what the server sent, as JSON."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.text import json_text, shown
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine


class RawScreen(ModalScreen[None]):
    """A JSON value, indented, line by line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,backspace,q,o", "dismiss", show=False)]

    def __init__(self, value: object) -> None:
        super().__init__()
        text = value if isinstance(value, str) else json_text(value, indent=2)
        self._lines = list(enumerate(text.split("\n")))

    def compose(self) -> ComposeResult:
        yield TopLine()
        columns = (Column("line", "", 78, flexible=True),)
        rows = ListSource(self._lines, lambda line: Row(str(line[0]), (Cell(shown(line[1])),)))
        yield Table(columns, rows, headings=False, lit=False)
        yield KeyBar((KeyHint("esc", _("back")),), help_key=False)

    def on_mount(self) -> None:
        self.query_one(TopLine).show_where(_("Raw"), _("What the server sent"))
        self.query_one(Table).focus()
