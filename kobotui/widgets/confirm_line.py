"""The review of one small change, at the foot: enter does it, escape leaves it."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.text import fit, shown
from kobotui.widgets.painted import Painted, Piece, wrapped

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size

_SCROLLS = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -5, "pagedown": 5}
_LOWEST = 3


class ConfirmLine(Painted, can_focus=True):
    """Keys typed before the line was on the screen are dropped: nobody has read what they would agree to.

    Never cut, since what is agreed to must be seen whole; what is longer than half of the screen is scrolled.
    """

    DEFAULT_CSS = "ConfirmLine { height: auto; dock: bottom; }"

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = shown(text)
        self._lines_at: tuple[int, list[str]] = (0, [])
        self._top = 0
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
        if event.key in _SCROLLS:
            self._top += _SCROLLS[event.key]
            self._arrange()
            self._paint()
        elif event.key == "escape":
            self._end(False)
        elif event.key == "enter" and self._painted_at is not None and event.time > self._painted_at:
            self._end(True)

    def _seen(self) -> None:
        self._painted_at = monotonic()

    def _end(self, agreed: bool) -> None:
        if not self._answer.done():
            self._answer.set_result(agreed)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(len(self._text_lines(width)), max(_LOWEST, viewport.height // 2))

    def _text_lines(self, width: int) -> list[str]:
        if self._lines_at[0] != width:
            self._lines_at = width, wrapped(f"{self._text}   {_('enter does it, escape leaves it')}", width)
        return self._lines_at[1]

    def _arrange(self) -> None:
        below = len(self._text_lines(self.size.width)) - self.size.height
        self._top = max(0, min(self._top, below + 1))  # one line is taken by what is said about it

    def _line(self, y: int) -> list[Piece]:
        width, height = self.size
        lines = self._text_lines(width)
        if len(lines) <= height:
            text = lines[y] if y < len(lines) else ""
        elif y < height - 1:
            text = lines[self._top + y]
        else:
            seen = _("lines {first}-{last} of {count}; arrows scroll, enter does it, escape leaves it").format(
                first=self._top + 1, last=self._top + height - 1, count=len(lines)
            )
            text = fit(seen, width)
        return self._joined([(0, text, self._style("pending"))])
