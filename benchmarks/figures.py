"""Figures: what was measured, against what, and the bound it has to keep."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Figure(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    unit: str
    """``x`` for a ratio."""
    bound: float | None = None
    """The greatest value allowed; None for a figure that only explains another."""
    details: str = ""

    @property
    def kept(self) -> bool:
        """Whether the bound is kept."""
        return self.bound is None or self.value <= self.bound

    def line(self) -> str:
        """As a row of a Markdown table."""
        bound = "" if self.bound is None else f"≤ {_number(self.bound)} {self.unit}"
        sign = "" if self.bound is None else "kept" if self.kept else "**missed**"
        return f"| {self.what} | {_number(self.value)} {self.unit} | {bound} | {sign} | {self.details} |"


HEADINGS = "| what | measured | bound | | |\n|---|--:|--:|---|---|"


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value < 100 else f"{value:,.0f}"


def interleaved(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Every measure once in each round, so that whatever else the machine does meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _round in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """The median of the rounds' ratios: a round that somebody else disturbed counts once."""
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(values: Sequence[float]) -> str:
    """The median, in words."""
    return f"{statistics.median(values) * 1000:.0f} ms"
