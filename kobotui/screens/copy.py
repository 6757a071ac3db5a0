"""``y``: hand a text to the terminal's clipboard (OSC 52), and show it always, to be taken by hand."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from kobotui.locale import _
from kobotui.widgets.message_box import MessageBox

Text = str | Callable[[], Coroutine[Any, Any, str]]
"""A text, or how to get it, when it has to be asked for."""


async def told(text: Text) -> str:
    """The text, asked for where it has to be. Raises ``KoboError``."""
    return text if isinstance(text, str) else await text()


class CopyScreen(MessageBox):
    """A text on its way to the clipboard."""

    widest = 160  # an address that is not broken can be taken from the screen

    def __init__(self, name: str, text: str, notes: Sequence[str] = ()) -> None:
        """``notes``: what somebody should know who uses the text, in sentences."""
        sent = _("Sent to the terminal's clipboard. Any terminal can also take it from here.")
        super().__init__(name, "\n".join([*notes, sent]), text)
        self.text = text

    def on_mount(self) -> None:
        self.action_copy()

    def action_copy(self) -> None:
        """Through the terminal; once more when it did not take it."""
        self.to_clipboard(self.text)
