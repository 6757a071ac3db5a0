"""``?``: all keys of the screen below, from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.action import Context, why_not
from kobotui.actions import actions_of
from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine
from kobotui.widgets.words_line import WordsLine


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
            Column("key", "", 14, priority=9),
            Column("help", "", 60, flexible=True, priority=9),
            Column("why", "", 30, flexible=True, priority=1),
        )
        yield Table(columns, ListSource(self._lines, _row), headings=False)
        yield WordsLine()
        yield KeyBar((KeyHint("esc", _("back")),), help_key=False)

    def on_mount(self) -> None:
        self.query_one(TopLine).show_where(_("Keys"))
        self.query_one(Table).focus()

    @on(Table.CursorRested)
    def _say_why(self, event: Table.CursorRested) -> None:
        """What the key under the cursor does, or why it cannot be used now, whole."""
        _key, text, why = self._lines[event.index]
        self.query_one(WordsLine).say(why or text)


def _row(line: tuple[str, str, str]) -> Row:
    key, text, why = line
    return Row(f"{key} {text}", (Cell(key, "dim" if why else "accent"), Cell(text), Cell(why, "dim")), dim=bool(why))
