"""A screen that writes to the terminal what has changed, and not all that stands around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.reactive import Reactive
from textual.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console
    from textual.geometry import Region
    from textual.widget import Widget

Result = TypeVar("Result")


class SparingScreen(Screen[Result]):
    """Looks like any screen. Textual 8 repaints the whole terminal (12 KB) when the focus moves or a line comes up at
    the foot, and writes every changed span from the left edge of its widget; this one does neither."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # widgets that show their focus repaint themselves

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = _SpanCompositor()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """A new layout repaints what it moves, which is enough, except where the screen below shines through."""
        return super().refresh(
            *regions, repaint=repaint and (self.is_modal or not layout), layout=layout, recompose=recompose
        )


class _SpanUpdate(ChopsUpdate):
    def render_segments(self, console: Console) -> str:
        written: list[str] = []
        for y, start, end in self.spans:
            for chop_end, (chop_start, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(chop_start, start), min(chop_end, end)
                if strip is not None and first < last:
                    written.append(Control.move_to(first, y).segment.text)
                    written.append(strip.crop(first - chop_start, last - chop_start).render(console))
        return "".join(written)


class _SpanCompositor(Compositor):
    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return update and _SpanUpdate(update.chops, update.spans, update.chop_ends)
