"""``?``: all keys of the screen below, from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.actions import Context, actions_of, why_not
from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine


class HelpScreen(ModalScreen[None]):
    """Keys, what they do, and why some cannot be used now."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,backspace,q,question_mark", "dismiss", show=False)]

    def __init__(self, place: str, context: Context, signs: Sequence[tuple[str, str]] = ()) -> None:
        """``signs``: what the screen's signs mean, below the keys."""
        super().__init__()
        self._lines = [
            (action.shown_key, _(action.help), why_not(action, context) or "")
            for action in actions_of(place)
            if action.keys
        ]
        self._lines += [
            (_("arrows hjkl"), _("Move the cursor"), ""),
            (_("g G pgup pgdn"), _("First, last, a page up or down"), ""),
        ]
        self._lines += [(sign, meaning, "") for sign, meaning in signs]

    def compose(self) -> ComposeResult:
        yield TopLine()
        columns = (
            Column("key", _("Keys"), 12, priority=9),
            Column("help", _("What it does"), 40, flexible=True, priority=9),
            Column("why", _("Not now, because"), 34, priority=1),
        )
        yield Table(columns, ListSource(self._lines, _row))

    def on_mount(self) -> None:
        self.query_one(TopLine).show_where(_("Keys"), _("escape goes back"))
        self.query_one(Table).focus()


def _row(line: tuple[str, str, str]) -> Row:
    key, text, why = line
    return Row(f"{key} {text}", (Cell(key, "accent"), Cell(text), Cell(why, "dim")), dim=bool(why))
