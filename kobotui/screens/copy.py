"""``y``: hand a text to the terminal's clipboard (OSC 52), and show it always, to be taken by hand."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from kobotui.locale import _
from kobotui.model.text import shown


class CopyScreen(ModalScreen[None]):
    """A text on its way to the clipboard."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,backspace,enter,q", "dismiss", show=False)]

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self.name_of_text = name
        self.text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(shown(self.name_of_text), markup=False, classes="dialog--title")
            yield Static("\n".join(map(shown, self.text.splitlines())), markup=False, id="text")
            yield Static(
                _("Sent to the terminal's clipboard. Any terminal can also take it from here. escape goes back"),
                markup=False,
                classes="dialog--hint",
            )

    def on_mount(self) -> None:
        from kobotui.terminal import clipboard_sequence

        if (sequence := clipboard_sequence(self.text)) and self.app._driver:
            self.app._driver.write(sequence)
