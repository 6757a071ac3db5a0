"""Records per day as bars, in characters every terminal has and few bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.widgets.painted import Painted, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_BAR, _LITTLE = "#", "."
"""A full cell; a day whose records are too few for one."""
_DATE = 5
_WIDEST_BAR = 6


class DayPlot(Painted):
    """One bar a day, the newest days that fit at the right."""

    DEFAULT_CSS = "DayPlot { height: 10; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._days: tuple[tuple[date, int], ...] = ()
        self._texts: list[str] = []

    def show(self, days: Sequence[tuple[date, int]]) -> None:
        """Records by day, in the order of the days and with none left out."""
        self._days = tuple(days)
        self._arrange()
        self._paint()

    def _arrange(self) -> None:
        self._texts = plot_lines(self._days, self.size.width, self.size.height)

    def _line(self, y: int) -> list[Piece]:
        last = y == len(self._texts) - 1
        text = self._texts[y] if y < len(self._texts) else ""
        return self._joined([(0, text, self._style("dim" if last else "accent"))])


def plot_lines(days: Sequence[tuple[date, int]], width: int, height: int) -> list[str]:
    """The plot: the highest number at the top of the axis, the days below it."""
    if not any(records for _day, records in days):
        return [_("No records in these days.")[:width]]
    axis = max(len(f"{records:,}") for _day, records in days) + 1
    room, rows = width - axis, height - 1
    if room < _DATE or rows < 1:
        return []
    newest = days[-room:]
    most = max(1, *(records for _day, records in newest))
    bar = min(_WIDEST_BAR, max(1, room // len(newest)))
    gap = 1 if bar > 2 else 0
    lines = []
    for level in range(rows, 0, -1):
        signs = [_sign(records * rows / most, level) * (bar - gap) + " " * gap for _day, records in newest]
        number = f"{most:,} " if level == rows else ""
        lines.append((number.rjust(axis) + "".join(signs)).rstrip())
    return [*lines, " " * axis + _dates(newest, bar)]


def _sign(height: float, level: int) -> str:
    if round(height) >= level:
        return _BAR
    return _LITTLE if level == 1 and height > 0 else " "


def _dates(days: Sequence[tuple[date, int]], bar: int) -> str:
    """A date below its bar wherever there is room for one."""
    text = ""
    for place, (day, _records) in enumerate(days):
        x = place * bar
        if (not text or x >= len(text) + 2) and x + _DATE <= max(_DATE, len(days) * bar):
            text = text.ljust(x) + f"{day:%m-%d}"
    return text
