"""Records per day as bars, in characters every terminal has and few bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.words import date_label, number
from kobotui.locale import _
from kobotui.model.text import cell_width, pad
from kobotui.widgets.painted import Painted, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_BAR = "#"
_WIDEST_BAR = 6
"""Cells for a day, the gap behind its bar among them."""
_NARROWEST, _LOWEST = 20, 4


class DayPlot(Painted):
    """One bar a day, the newest days that fit at the right."""

    DEFAULT_CSS = "DayPlot { height: 1fr; max-height: 12; }"

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
    most = max(records for _day, records in days)
    axis = cell_width(number(most))
    newest = days[-max(1, width - axis - 1) :]
    if not any(records for _day, records in newest):
        return [_("No records in these days.")[:width]]
    if width < _NARROWEST or height < _LOWEST:
        return []
    from textual_plotext.plot import Plot

    bar = min(_WIDEST_BAR, (width - axis - 1) // len(newest))
    columns = [
        (float(place * bar + cell), records)
        for place, (_day, records) in enumerate(newest)
        for cell in range(max(1, bar - 1))
        if records
    ]
    plot = Plot()
    plot.theme("clear")
    plot._limit_size(False, False)  # type: ignore[attr-defined]  # the limit is the terminal's, as plotext finds it
    plot.plotsize(axis + 1 + len(newest) * bar, height)
    plot.frame(False)
    plot.xlim(-1, len(newest) * bar - 1)  # a cell is one step, so that bars are cut at whole cells
    plot.ylim(0, most)
    plot.xticks([0.0], [" "])  # a line for the dates; where it puts them itself differs from run to run
    ticks = sorted({0, most // 2, most})
    plot.yticks([float(tick) for tick in ticks], [number(tick) for tick in ticks])
    plot.bar([x for x, _height in columns], [height for _x, height in columns], marker=_BAR, width=0.01)
    bars = [line.rstrip() for line in plot.uncolorize(plot.build()).splitlines()[:-1]]
    return [*bars, " " * (axis + 1) + _dates(newest, bar, width - axis - 1)]


def _dates(days: Sequence[tuple[date, int]], bar: int, width: int) -> str:
    """Dates that begin below their bars, the newest ones that have room among them."""
    labels = [date_label(day) for day, _records in days]
    longest = max(map(cell_width, labels))
    last = min(len(labels) - 1, (width - longest) // bar)
    text = ""
    for place in range(last % (step := -(-(longest + 2) // bar)), last + 1, step):
        text = pad(text, place * bar) + labels[place]
    return text
