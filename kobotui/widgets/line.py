"""The line one types in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.binding import Binding
from textual.widgets import Input

from kobotui.model.text import cell_width, typed

if TYPE_CHECKING:
    from textual import events

_ACTIONS = {
    key: binding.action for binding in Input.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")
}


class Line(Input):
    """Keys act in the order in which they were typed; what would command the terminal is shown as signs.

    Textual inserts a letter at once, but does what is bound to a key (backspace, ``ctrl+u``, enter) only when the key
    has gone all the way up to the app: over a slow line, where keys come several at a time, letters typed behind it
    would overtake it, and be deleted in place of those before.
    """

    async def _on_key(self, event: events.Key) -> None:
        if action := _ACTIONS.get(event.key):
            event.stop()
            event.prevent_default()
            await self.run_action(action)

    @property
    def _value(self) -> Text:
        return super()._value if self.password else Text(typed(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_width(typed(self.value[:position]))
