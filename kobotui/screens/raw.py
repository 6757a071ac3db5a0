"""``o``: what the server sent, as JSON; of a record also as XML."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.text import json_text, shown
from kobotui.model.xml_tree import indented
from kobotui.paths import LocalError
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.steady import Steady
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine


class RawScreen(Steady, ModalScreen[None]):
    """A JSON value, indented, line by line; the same as XML in its place, and back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace,q,o", "dismiss", show=False),
        Binding("x", "other", show=False),
    ]

    def __init__(self, value: object, xml: Callable[[], Coroutine[Any, Any, bytes]] | None = None) -> None:
        """``xml``: asks for the same as XML."""
        super().__init__()
        self._json = value if isinstance(value, str) else json_text(value, indent=2)
        self._ask_xml = xml
        self._xml = ""
        self._is_xml = False

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Table((Column("line", "", 78, flexible=True),), headings=False, lit=False)
        yield KeyBar(help_key=False)

    def on_mount(self) -> None:
        self._show()
        self.query_one(Table).focus()

    def _show(self) -> None:
        text = self._xml if self._is_xml else self._json
        lines = list(enumerate(text.split("\n")))
        rows = ListSource(lines, lambda line: Row(str(line[0]), (Cell(shown(line[1])),)), lambda line: str(line[0]))
        self.query_one(Table).replace(rows, keep=False)
        self.query_one(TopLine).show_where(_("Raw"), _("What the server sent"))
        other = [KeyHint("x", "JSON" if self._is_xml else "XML")] if self._ask_xml else []
        self.query_one(KeyBar).set_keys([KeyHint("esc", _("back")), *other])

    def action_other(self) -> None:
        """XML in place of JSON, or JSON again."""
        if self._xml or self._is_xml:
            self._is_xml = not self._is_xml
            self._show()
        elif self._ask_xml:
            self.read_xml(self._ask_xml)

    @work(exclusive=True)
    async def read_xml(self, ask: Callable[[], Coroutine[Any, Any, bytes]]) -> None:
        """Ask for the XML, and show it."""
        from kobotui.api.errors import KoboError

        try:
            self._xml = indented(await ask())
        except (KoboError, LocalError) as error:
            self.query_one(KeyBar).flash(str(error), "error")
            return
        self._is_xml = True
        self._show()
