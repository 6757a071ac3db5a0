"""A screen that draws what has changed, and not all that stands around it; once it is going, it does nothing more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from textual.reactive import Reactive
from textual.screen import Screen

from kobotui.widgets.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Region
    from textual.timer import Timer
    from textual.widget import Widget

Result = TypeVar("Result")


class SparingScreen(Steady, Screen[Result]):
    """Looks like any screen. Textual 8 draws the whole terminal anew when the focus moves or a line comes up at the
    foot; this one does not."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # widgets that show their focus repaint themselves

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """A new layout repaints what it moves, which is enough, except where the screen below shines through."""
        return super().refresh(
            *regions, repaint=repaint and (self.is_modal or not layout), layout=layout, recompose=recompose
        )

    @property
    def is_there(self) -> bool:
        """Whether it has its widgets still: a screen that is left loses them before it hears nothing more."""
        return self.display and self.is_attached

    def once_painted(self, callback: Callable[[], Any]) -> None:
        """Call this after the next refresh, if the screen is there then."""
        self.call_after_refresh(self._if_there, callback)

    def after(self, seconds: float, callback: Callable[[], Any]) -> Timer:
        """Call this in a while, if the screen is there then."""
        return self.set_timer(seconds, partial(self._if_there, callback))

    def _if_there(self, callback: Callable[[], Any]) -> Any:
        return callback() if self.is_there else None
