"""Submissions as GeoJSON: a feature per answered place question outside repeats."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kobotui.demo.records.form import Question, outline
from kobotui.demo.records.xml import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kobotui.demo.state import Asset

GEOMETRIES = {"geopoint": "Point", "geotrace": "LineString", "geoshape": "Polygon"}
PARTS = ("latitude", "longitude", "altitude", "precision")


def geo_questions(asset: Asset) -> list[Question]:
    """The place questions of all versions, outside repeats, each path once."""
    found: dict[str, Question] = {}
    for version in reversed(asset.versions):
        for question in outline(version.content):
            if question.type in GEOMETRIES and question.repeat is None:
                found.setdefault(question.path, question)
    return list(found.values())


def collection(asset: Asset, rows: Iterable[Mapping[str, Any]], only: str | None = None) -> dict[str, Any]:
    """The FeatureCollection of some records, of one question (by name or path) or all."""
    questions = geo_questions(asset)
    places = {q.path: q for q in questions}
    wanted = [q for q in questions if only in (None, "", q.name, q.path)]
    features = []
    for row in rows:
        for question in wanted:
            geometry = geometry_of(question.type, str(row.get(question.path) or ""))
            if geometry is not None:
                properties = properties_of(row, places)
                features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "name": asset.name, "features": features}


def geometry_of(kind: str, text: str) -> dict[str, Any] | None:
    """An answer as a geometry (longitude, latitude, altitude), None when it is none."""
    try:
        points = [coordinates(point) for point in text.split(";") if point.strip()]
    except (ValueError, IndexError):
        return None
    if len(points) < {"geopoint": 1, "geotrace": 2, "geoshape": 4}[kind]:
        return None
    if kind == "geoshape":
        if points[0] != points[-1]:
            return None
        turns = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(points))
        points = points[::-1] if turns > 0 else points  # GeoJSON wants them counter-clockwise
    shape: Any = {"geopoint": points[0], "geotrace": points, "geoshape": [points]}[kind]
    return {"type": GEOMETRIES[kind], "coordinates": shape}


def coordinates(point: str) -> list[float]:
    """One point of an answer: ``latitude longitude altitude accuracy``."""
    parts = [float(part) for part in point.split()]
    return [parts[1], parts[0], *parts[2:3]]


def properties_of(row: Mapping[str, Any], places: Mapping[str, Question]) -> dict[str, Any]:
    """A record's answers; of points their numbers, nothing of repeats and of the system's own keys."""
    found: dict[str, Any] = {}
    for path, value in row.items():
        if path in SYSTEM or isinstance(value, list) or path.startswith(("meta/", "formhub/", "__version__")):
            continue
        question = places.get(path)
        if question is None:
            found[path] = value
        elif question.type == "geopoint":
            group = path[: len(path) - len(question.name)]
            for part, number in zip(PARTS, str(value).split(), strict=False):
                found[f"{group}_{question.name}_{part}"] = number
    return found
