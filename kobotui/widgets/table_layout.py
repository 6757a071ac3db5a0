"""Where the columns of a table stand at a given width; pure."""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kobotui.model.text import pad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kobotui.columns.cell import Column

GUTTER = 2
"""The cursor's sign and the mark's sign."""
_SLIVER = 4
"""A column cut off at the right edge is shown when at least this much of it is."""


class Place(Struct, frozen=True):
    """A column on the line: its position among the columns, first cell and width."""

    column: int
    x: int
    width: int

    @property
    def end(self) -> int:
        return self.x + self.width


def place_columns(columns: Sequence[Column], width: int, gap: int) -> tuple[Place, ...]:
    """As many columns as fit, the lowest priorities dropped first; flexible ones share what is left over."""
    kept = list(range(len(columns)))
    while len(kept) > 1 and _needed(columns, kept, gap) > width:
        kept.remove(min(reversed(kept), key=lambda index: columns[index].priority))
    return _stand(columns, kept, width, gap)


def frozen_that_fit(columns: Sequence[Column], width: int, gap: int, frozen: int) -> int:
    """As many of the frozen columns as leave half of the width to the others; the first one in any case."""
    return next(
        (n for n in range(min(frozen, len(columns)), 1, -1) if _needed(columns, range(n), gap) <= width // 2),
        min(frozen, 1),
    )


def place_window(columns: Sequence[Column], width: int, gap: int, frozen: int, left: int) -> tuple[Place, ...]:
    """The frozen columns, then those from ``left`` on, the last of them cut by the edge."""
    everything = range(len(columns))
    if _needed(columns, everything, gap) <= width:
        return _stand(columns, everything, width, gap)
    places: list[Place] = []
    x = GUTTER
    for index in chain(everything[:frozen], everything[max(frozen, left) :]):
        room = width - x
        if places and room < min(_SLIVER, columns[index].width):
            break
        places.append(Place(index, x, max(0, min(columns[index].width, room))))
        x += columns[index].width + gap
    return tuple(places)


def window_with(columns: Sequence[Column], width: int, gap: int, frozen: int, left: int, wanted: int) -> int:
    """The ``left`` nearest to the given one that shows the whole of column ``wanted``."""
    if wanted < frozen:
        return left
    if _needed(columns, range(len(columns)), gap) <= width:
        return left
    left = min(max(frozen, left), wanted)
    room = width - GUTTER - sum(column.width + gap for column in columns[:frozen]) - columns[wanted].width
    first = wanted
    while first > left and room >= columns[first - 1].width + gap:
        first -= 1
        room -= columns[first].width + gap
    return first


def group_line(columns: Sequence[Column], places: Sequence[Place], groups: Mapping[str, str]) -> list[tuple[int, str]]:
    """Headings above the headings: ``-- form --`` over neighbours of one group, as (first cell, text)."""
    spans = []
    for text, members in groupby(places, key=lambda place: groups.get(columns[place.column].key, "")):
        span = list(members)
        if text:
            room = span[-1].end - span[0].x
            spans.append((span[0].x, pad(f" {text} ".center(room, "-"), room)))
    return spans


def _needed(columns: Sequence[Column], kept: Sequence[int], gap: int) -> int:
    return GUTTER + sum([columns[index].width for index in kept]) + gap * (len(kept) - 1)


def _stand(columns: Sequence[Column], kept: Sequence[int], width: int, gap: int) -> tuple[Place, ...]:
    places: list[Place] = []
    x = GUTTER
    spare = width - _needed(columns, kept, gap)
    flexible = sum(columns[index].flexible for index in kept)
    for index in kept:
        place = Place(index, x, columns[index].width)
        if columns[index].flexible and spare > 0:
            share = -(-spare // flexible)
            spare, flexible = spare - share, flexible - 1
            place = replace(place, width=place.width + share)
        place = replace(place, width=max(0, min(place.width, width - x)))
        places.append(place)
        x = place.end + gap
    return tuple(places)
