"""Bars in characters that every terminal has, and few bytes: upright over days or ranges, lying beside answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.words import date_label, number
from kobotui.locale import _
from kobotui.model.report import Bin
from kobotui.model.text import cell_width, fit, pad, shown
from kobotui.widgets.painted import Painted, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    Lines = Sequence[tuple[str, str]]
    """Each with the name of its style."""

_BAR = "#"
_WIDEST_BAR = 6
"""Cells for an upright bar, the gap behind it among them."""
_NARROWEST, _LOWEST = 20, 4


class Plot(Painted):
    """Lines that are made for the size there is."""

    DEFAULT_CSS = "Plot { height: 1fr; max-height: 12; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Callable[[int, int], Lines] = lambda _width, _height: ()
        self._texts: Lines = ()

    def show(self, make: Callable[[int, int], Lines]) -> None:
        """``make`` is asked for the lines of so many cells and lines. The first upright plot imports plotext, which
        takes a moment."""
        self._make = make
        self._arrange()
        self._paint()

    def _arrange(self) -> None:
        self._texts = self._make(self.size.width, self.size.height)

    def _line(self, y: int) -> list[Piece]:
        text, style = self._texts[y] if y < len(self._texts) else ("", "")
        return self._joined([(0, text, self._style(style))])


def day_lines(days: Sequence[tuple[date, int]], width: int, height: int) -> Lines:
    """Records by day, in the order of the days and with none left out; where they are too many, several to a bar."""
    per = 1
    while True:
        bars = [(days[at][0], sum(n for _day, n in days[at : at + per])) for at in range(0, len(days), per)]
        room = width - _axis(n for _day, n in bars)
        if len(bars) <= max(1, room):
            break
        per = max(per + 1, -(-len(days) // max(1, room)))
    if days and not any(n for _day, n in bars):
        return [(_("No records in these days.")[:width], "")]
    lines = _upright([n for _day, n in bars], [date_label(day) for day, _n in bars], width, height - (per > 1))
    return [*([(_("{n} days to a bar").format(n=per), "dim")] if per > 1 and lines else ()), *lines]


def range_lines(bins: Sequence[Bin], width: int, height: int) -> Lines:
    """Numbers by ranges; each bar has the least number of its range below it."""
    while len(bins) > max(1, width - _axis(one.numbers for one in bins)):
        pairs = [bins[at : at + 2] for at in range(0, len(bins), 2)]
        bins = [Bin(pair[0].low, pair[-1].high, sum(one.numbers for one in pair)) for pair in pairs]
    return _upright([one.numbers for one in bins], [f"{one.low:g}" for one in bins], width, height)


def answer_lines(answers: Sequence[tuple[str, int]], whole: int, width: int, height: int = 0) -> Lines:
    """Answers in an order, each with its number, its share of ``whole`` and a bar; as many as fit into ``height``
    lines, 0 for all, and then how many more there are."""
    if not answers or width < _NARROWEST:
        return []
    shown_ = answers if not height or len(answers) <= height else answers[: max(1, height - 1)]
    numbers = max(cell_width(number(n)) for _answer, n in answers)
    longest = max(cell_width(shown(answer[:200])) for answer, _n in answers)
    name = max(6, min(longest, (width - numbers - 8) // 2))
    room = max(1, width - name - numbers - 10)
    most = max(1, *(n for _answer, n in answers))
    lines = []
    for answer, n in shown_:
        share = f"{100 * n / whole:.0f}%" if whole else ""
        bar = _BAR * max(round(room * n / most), 1 if n else 0)
        lines.append((f"{pad(shown(answer[:400]), name)}  {pad(number(n), numbers, True)} {share:>5}  {bar}", ""))
    if left := len(answers) - len(shown_):
        lines.append((fit(_("and {n} more: enter shows all").format(n=number(left)), width), "dim"))
    return lines


def _axis(heights: Iterable[int]) -> int:
    """Cells for the numbers beside upright bars."""
    return cell_width(number(max(heights, default=0))) + 1


def _upright(heights: Sequence[int], labels: Sequence[str], width: int, height: int) -> Lines:
    """Bars side by side, with their labels below where there is room."""
    if not heights or not any(heights) or width < _NARROWEST or height < _LOWEST:
        return []
    from textual_plotext.plot import Plot as Plotext

    most, axis = max(heights), _axis(heights) - 1
    bar = min(_WIDEST_BAR, (width - axis - 1) // len(heights))
    columns = [
        (float(place * bar + cell), tall)
        for place, tall in enumerate(heights)
        for cell in range(max(1, bar - 1))
        if tall
    ]
    plot = Plotext()
    plot.theme("clear")
    plot._limit_size(False, False)  # type: ignore[attr-defined]  # the limit is the terminal's, as plotext finds it
    plot.plotsize(axis + 1 + len(heights) * bar, height)
    plot.frame(False)
    plot.xlim(-1, len(heights) * bar - 1)  # a cell is one step, so that bars are cut at whole cells
    plot.ylim(0, most)
    plot.xticks([0.0], [" "])  # a line for the labels; where it puts them itself differs from run to run
    ticks = sorted({0, most // 2, most})
    plot.yticks([float(tick) for tick in ticks], [number(tick) for tick in ticks])
    plot.bar([x for x, _tall in columns], [tall for _x, tall in columns], marker=_BAR, width=0.01)
    bars = [line.rstrip() for line in plot.uncolorize(plot.build()).splitlines()[:-1]]
    below = " " * (axis + 1) + _below(labels, bar, width - axis - 1)
    return [*((line, "accent") for line in bars), (below, "dim")]


def _below(labels: Sequence[str], bar: int, width: int) -> str:
    """Labels that begin below their bars, the last ones that have room among them."""
    longest = max(map(cell_width, labels))
    last = min(len(labels) - 1, max(0, (width - longest) // bar))
    text = ""
    for place in range(last % (step := -(-(longest + 2) // bar)), last + 1, step):
        text = pad(text, place * bar) + labels[place]
    return text
