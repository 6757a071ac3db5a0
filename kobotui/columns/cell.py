"""What a table shows: columns, and cells of clean text with the name of a style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from msgspec import Struct


class Column(Struct, frozen=True):
    """One column of a table."""

    key: str
    heading: str
    width: int
    """Cells, without the space between columns."""
    right: bool = False
    priority: int = 0
    """When the screen is narrow, columns of the lowest priority go first."""
    flexible: bool = False
    """Takes the width that is left over."""


class Cell(Struct, frozen=True):
    """One cell; ``style`` is "", dim, bright, warn, bad, good, accent, pending or heading."""

    text: str
    style: str = ""


class MadeCells(Sequence[Cell]):
    """The cells of one row, each made when it is looked at: a row may be a thousand cells long, the screen is not."""

    def __init__(self, count: int, make: Callable[[int], Cell]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Cell: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Cell]: ...
    def __getitem__(self, place: int | slice) -> Cell | Sequence[Cell]:
        made = [self._make(index) for index in _places(place, self._count)]
        return made if isinstance(place, slice) else made[0]


def _places(place: int | slice, count: int) -> range:
    if isinstance(place, slice):
        return range(*place.indices(count))
    index = range(count)[place]
    return range(index, index + 1)
