"""A small window over a screen that stays as it is."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kobotui.widgets.sparing import Result, SparingScreen


class Window(SparingScreen[Result], ModalScreen[Result]):
    """Nothing behind it is dimmed: that would repaint the whole terminal. Escape leaves with None."""

    DEFAULT_CSS = """
    Window { align: center middle; }
    Window > .window {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        border: ascii $accent; background: $background; padding: 0 1;
    }
    Window .window--title { height: auto; text-style: bold; }
    Window .window--hint { height: auto; text-style: dim; }
    Window .window--problem { height: auto; color: $error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self.styles.background = "transparent"  # whatever the app's style sheet says of screens

    def action_leave(self) -> None:
        self.dismiss(None)
