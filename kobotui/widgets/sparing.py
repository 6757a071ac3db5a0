"""A screen that draws what has changed, and not all that stands around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from textual.reactive import Reactive
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.widget import Widget

Result = TypeVar("Result")


class SparingScreen(Screen[Result]):
    """Looks like any screen. Textual 8 draws the whole terminal anew when the focus moves or a line comes up at the
    foot; this one does not."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # widgets that show their focus repaint themselves

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """A new layout repaints what it moves, which is enough, except where the screen below shines through."""
        return super().refresh(
            *regions, repaint=repaint and (self.is_modal or not layout), layout=layout, recompose=recompose
        )
