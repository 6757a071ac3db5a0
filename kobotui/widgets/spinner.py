"""One cell that turns while something is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.widgets.painted import Painted, Piece

if TYPE_CHECKING:
    from textual.timer import Timer

SIGNS = "|/-\\"
PERIOD = 0.25
"""Seconds a sign stays: four frames a second, of one cell each, are some 300 bytes."""


class Spinner(Painted):
    """Blank, and without a timer that runs, unless ``active``."""

    DEFAULT_CSS = "Spinner { width: 1; height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._active = False
        self._step = 0
        self._timer: Timer | None = None

    @property
    def active(self) -> bool:
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        self._active = active
        self._turn_or_rest()

    def on_mount(self) -> None:
        self._timer = self.set_interval(PERIOD, self._turn, pause=True)
        self._turn_or_rest()

    def on_show(self) -> None:
        self._turn_or_rest()

    def on_hide(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    def _turn_or_rest(self) -> None:
        if self._timer is not None:
            if self._active:
                self._timer.resume()
            else:
                self._timer.pause()
        self._paint()

    def _turn(self) -> None:
        self._step += 1
        self._paint()

    def _line(self, y: int) -> list[Piece]:
        return self._joined([(0, SIGNS[self._step % len(SIGNS)] if self._active else " ", self._style("accent"))])
