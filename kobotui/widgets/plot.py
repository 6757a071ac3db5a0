"""Records per day as bars, in characters every terminal has and few bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.widgets.painted import Painted, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_BAR = "#"
_DATE = 8
"""Cells for a date and the room around it."""
_NARROWEST, _LOWEST = 20, 4


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
    """The plot: records upwards, days to the right. The first call imports plotext, which takes a moment."""
    if not days:
        return []
    top = max(records for _day, records in days)
    if not top:
        return [_("No records in these days.")[:width]]
    if width < _NARROWEST or height < _LOWEST:
        return []
    from textual_plotext.plot import Plot

    newest = days[-width:]
    places = range(len(newest))
    plot = Plot()
    plot.theme("clear")
    plot.plotsize(width, height)
    plot.frame(False)
    ticks = sorted({0, top // 2, top})
    plot.yticks([float(tick) for tick in ticks], [str(tick) for tick in ticks])
    plot.bar(list(places), [records for _day, records in newest], marker=_BAR)
    dated = places[:: len(newest) * _DATE // width + 1]
    plot.xticks([float(place) for place in dated], [f"{newest[place][0]:%m-%d}" for place in dated])
    return [line.rstrip() for line in plot.uncolorize(plot.build()).splitlines()]
