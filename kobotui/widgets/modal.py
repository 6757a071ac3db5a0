"""A small window over a screen that stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.model.text import fit, shown
from kobotui.widgets.sparing import Result, SparingScreen
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual import events

_LOWEST = 3


def brief(text: str, cells: int = 280) -> str:
    """What a window shows of a title, a hint or a complaint, which may be a book: some four lines."""
    return fit(shown(text[: cells * 4]), cells)


class Window(SparingScreen[Result], ModalScreen[Result]):
    """Nothing behind it is dimmed: that would repaint the whole terminal. Escape leaves with None."""

    DEFAULT_CSS = """
    Window { align: center middle; }
    Window > .window {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        border: ascii $accent; background: $background; padding: 0 1;
    }
    Window Table { height: auto; }
    Window .window--title { height: auto; text-style: bold; }
    Window .window--hint { height: auto; text-style: dim; }
    Window .window--problem { height: auto; color: $error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self.styles.background = "transparent"  # whatever the app's style sheet says of screens

    def on_resize(self, event: events.Resize) -> None:
        """A list has half of the height at most. Said here: ``50vh`` is not heeded while the window is measured."""
        for table in self.query(Table):
            table.styles.max_height = max(_LOWEST, event.size.height // 2)

    def action_leave(self) -> None:
        self.dismiss(None)
