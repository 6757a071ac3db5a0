"""A screen that draws what has changed, and not all that stands around it; once it is going, it does nothing more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from textual.reactive import Reactive
from textual.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Region
    from textual.timer import Timer
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

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """As Textual's, but not for a screen that has lost its widgets by then."""
        return super().call_after_refresh(partial(self._if_there, callback), *args, **kwargs)

    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """As Textual's, but not for a screen that has lost its widgets by then."""
        return super().call_later(partial(self._if_there, callback), *args, **kwargs)

    def set_timer(
        self, delay: float, callback: Callable[[], Any] | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """As Textual's, but not for a screen that has lost its widgets by then."""
        there = callback and partial(self._if_there, callback)
        return super().set_timer(delay, there, name=name, pause=pause)

    def _if_there(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return callback(*args, **kwargs) if self.display and self.is_attached else None
