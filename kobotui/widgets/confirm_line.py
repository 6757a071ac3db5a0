"""The review of one small change, at the foot: enter does it, escape leaves it."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.widgets.painted import Painted, Piece, wrapped

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size


class ConfirmLine(Painted, can_focus=True):
    """Keys typed before the line was on the screen are dropped: nobody has read what they would agree to."""

    DEFAULT_CSS = "ConfirmLine { height: auto; dock: bottom; }"

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = shown(text)
        self._painted_at: float | None = None
        self._answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def answer(self) -> bool:
        """True once it is agreed to, False once it is left."""
        return await self._answer

    def on_mount(self) -> None:
        self.call_after_refresh(self._seen)

    def on_unmount(self) -> None:
        self._end(False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self._end(False)
        elif event.key == "enter" and self._painted_at is not None and event.time > self._painted_at:
            self._end(True)

    def _seen(self) -> None:
        self._painted_at = monotonic()

    def _end(self, agreed: bool) -> None:
        if not self._answer.done():
            self._answer.set_result(agreed)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._text_lines(width))

    def _text_lines(self, width: int) -> list[str]:
        """Never cut: what is agreed to must be seen whole."""
        return wrapped(f"{self._text}   {_('enter does it, escape leaves it')}", width)

    def _line(self, y: int) -> list[Piece]:
        lines = self._text_lines(self.size.width)
        return self._joined([(0, lines[y] if y < len(lines) else "", self._style("pending"))])
