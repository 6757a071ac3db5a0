"""Points, traces and shapes as GeoJSON: one feature for each answer, with the record's other answers.

As in the server's files, rounds of repeats are left out, a shape's outer ring runs counter-clockwise, and a
select-multiple answer is one property. Places that cannot be read are counted, not guessed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from kobotui.exports.cells import text
from kobotui.exports.output import TableOutput
from kobotui.exports.table import Row, Table

GEOMETRIES = {"geopoint": "Point", "geotrace": "LineString", "geoshape": "Polygon"}
_LEAST = {"geopoint": 1, "geotrace": 2, "geoshape": 4}

Position = list[float]


class GeoJsonOutput(TableOutput):
    """One collection of all features."""

    def __init__(self, folder: Path, target: Path, table: Table) -> None:
        """``table``: with one column for each select-multiple question, all cells as text."""
        super().__init__(folder, target, table)
        self.unreadable = 0
        """Answers that are no place."""
        self._file = self._create(target)
        self._places = table.places()
        geographic = {column for place in self._places for column in place.columns}
        self._shown = [
            (number, heading) for number, heading in enumerate(table.sheets[0].headings) if number not in geographic
        ]
        head = {"type": "FeatureCollection", "name": table.sheets[0].name}
        self._file.write(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "features": ['.encode("utf-8", "replace"))
        self._between = b"\n"

    def add(self, line: bytes) -> None:
        record: dict[str, Any] = msgspec.json.decode(line)
        row, *_rounds = self.table.rows(record)
        found = list(self._geometries(record))
        answers = (
            {heading: cell for number, heading in self._shown if (cell := _value(row.cells[number]))} if found else {}
        )
        for geometry in found:
            feature = {"type": "Feature", "geometry": geometry, "properties": answers}
            self._file.write(self._between + json.dumps(feature, ensure_ascii=False).encode("utf-8", "replace"))
            self._between = b",\n"

    def write(self, row: Row) -> None:
        """Rows are properties here, not lines."""

    def close(self) -> None:
        self._file.write(b"\n]}\n")
        self._file.close()

    def _geometries(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for place in self._places:
            for source in place.sources:
                if answer := record.get(source):
                    geometry = geometry_of(place.kind, answer)
                    if geometry is None:
                        self.unreadable += 1
                    else:
                        yield geometry
                    break


def _value(cell: Any) -> Any:
    return cell if isinstance(cell, int) else text(cell)


def geometry_of(kind: str, answer: object) -> dict[str, Any] | None:
    """An answer's geometry (longitude, latitude, altitude), None when it is none.

    A trace has at least two points; a shape four, the last one equal to the first.
    """
    if not isinstance(answer, str):
        return None
    try:
        points = [_position(part) for part in answer.split(";") if part.strip()]
    except ValueError:
        return None
    if len(points) < _LEAST[kind]:
        return None
    if kind == "geopoint":
        return {"type": "Point", "coordinates": points[0]}
    if kind == "geotrace":
        return {"type": "LineString", "coordinates": points}
    if points[0] != points[-1]:
        return None
    return {"type": "Polygon", "coordinates": [points if _area(points) >= 0 else points[::-1]]}


def _position(point: str) -> Position:
    numbers = [float(number) for number in point.split()]
    if not 2 <= len(numbers) <= 4 or not all(map(math.isfinite, numbers)):
        raise ValueError(point)
    return [numbers[1], numbers[0], *numbers[2:3]]


def _area(ring: list[Position]) -> float:
    """Twice the area a ring encloses: positive when it runs counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
