"""The same in stock Textual widgets, for comparison: ``empty``, ``list DATA`` or ``data DATA``; no more than it takes.

DATA is a file that ``texts.py`` wrote: what the console shows, as plain texts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, Footer, Header, Input, OptionList, Static, TabbedContent, TabPane


class Empty(App[None]):
    """As little as there can be: one line, and one key that changes it."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("x", "answer", show=False)]

    def compose(self) -> ComposeResult:
        yield Static("nothing here", id="line")

    def action_answer(self) -> None:
        self.query_one("#line", Static).update("a key was pressed")


def table(texts: dict[str, Any], name: str) -> DataTable[Text]:
    """A table with these rows; as texts, since markup in them would be obeyed."""
    made: DataTable[Text] = DataTable(id=name, cursor_type="cell" if name == "data" else "row")
    made.add_columns(*texts[name]["columns"])
    made.add_rows([[Text(cell) for cell in row] for row in texts[name]["rows"]])
    return made


class Projects(App[None]):
    """The list of projects, a project, a dialog, and Textual's palette."""

    TITLE = "Projects"
    BINDINGS: ClassVar = [
        Binding("d", "nothing", "deploy"),
        Binding("a", "nothing", "archive"),
        Binding("e", "nothing", "edit"),
        Binding("slash", "nothing", "filter"),
        Binding("S", "sort", "sort"),
    ]

    def __init__(self, texts: dict[str, Any]) -> None:
        super().__init__()
        self.texts = texts

    def compose(self) -> ComposeResult:
        yield Header()
        yield table(self.texts, "list")
        yield Footer()

    def on_command_palette_opened(self) -> None:
        """Its cursor would blink for ever, and be counted."""
        self.screen.query_one(Input).cursor_blink = False

    def action_sort(self) -> None:
        self.push_screen(Dialog(self.texts["list"]["columns"]))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        if event.data_table.id == "list":
            self.push_screen(Project(self.texts))


class Project(Screen[None]):
    """One project, its places as tabs."""

    BINDINGS: ClassVar = [
        Binding("escape", "app.pop_screen", "back"),
        Binding("1", "tab('facts')", "summary"),
        Binding("2", "tab('form')", "form"),
        Binding("3", "tab('data')", "data"),
    ]

    def __init__(self, texts: dict[str, Any]) -> None:
        super().__init__()
        self._texts = texts

    def compose(self) -> ComposeResult:
        yield Header()
        with TabbedContent(initial="pane-facts"):
            for place in ("facts", "form", "data"):
                with TabPane(place.upper(), id=f"pane-{place}"):
                    yield table(self._texts, place)
        yield Footer()

    def action_tab(self, place: str) -> None:
        self.query_one(TabbedContent).active = f"pane-{place}"
        self.query_one(f"#{place}").focus()


class Dialog(ModalScreen[None]):
    """A choice of columns."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss", "leave")]
    CSS = "Dialog { align: center middle; } Dialog Vertical { width: 72; height: auto; border: round $accent; }"

    def __init__(self, choices: list[str]) -> None:
        super().__init__()
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Sort by")
            yield OptionList("As the server sorts", *self._choices)


if __name__ == "__main__":
    which, *files = sys.argv[1:]
    app: App[None] = Empty() if which == "empty" else Projects(json.loads(Path(files[0]).read_text()))
    app.run(mouse=False)
