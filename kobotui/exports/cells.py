"""How the cells of a question are made of a record, as KoboToolbox's own exports make them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kobotui.exports.layout import Choices, Field
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import MEDIA

Entry = Mapping[str, Any]
"""A record, or one round of a repeat."""
Files = Sequence[Mapping[str, Any]]
"""The record's attachments as the server lists them."""
Fill = Callable[[Entry, Files, list[Any]], None]
"""Adds the cells of a question to a row."""

Lost = list[tuple[str, str]]
"""Key and answer for which there is no column: a choice that no version has, where only choices have columns."""

POINTS = frozenset({"geopoint", "start-geopoint", "background-geopoint"})
PARTS = ("latitude", "longitude", "altitude", "precision")
NUMBERS = frozenset({"integer", "decimal", "range"})
DATES = frozenset({"date", "today"})
MOMENTS = frozenset({"datetime", "start", "end"})
_SELECT_ONE = frozenset({"select_one", "select_one_from_file"})
_WITH_URL = MEDIA | {"audit"}

_INTEGER = re.compile(r"[+-]?\d+")
_EXACT = 15
"""Digits a spreadsheet keeps of a number: longer ones stay text."""
_STORED = re.compile(r"[^-\w.]")


def headings(field: Field, options: ExportOptions) -> list[str]:
    """The headings of a question's columns, as many as ``filler`` adds cells."""
    between = options.group_sep
    label = between.join((*field.above, field.label)) if options.hierarchy_in_labels else field.label
    kind = field.question.type
    if kind in POINTS:
        prefix = between.join((*field.above, "")) if options.hierarchy_in_labels else ""
        return [field.label, *(f"{prefix}_{field.label}_{part}" for part in PARTS)]
    if kind == "select_multiple":
        found = [label] if options.multiple_select != "details" else []
        if options.multiple_select != "summary":
            found += [f"{label}{between}{name}" for name in (field.choices or {}).values()]
            found += [f"{label}/other"] if field.question.or_other else []
        return found
    if kind in _WITH_URL and options.include_media_url:
        return [label, f"{label}_URL"]
    return [label]


def filler(
    field: Field, own: Field | None, sources: Sequence[str], options: ExportOptions, lost: Lost, *, typed: bool
) -> Fill:
    """What adds the cells of a question's columns.

    ``own`` is the question in the version of the record, None where that does not have it; ``sources`` are the
    keys an answer may stand under. ``lost`` takes what has no column. ``typed``: numbers and dates as such.
    """
    read, kind = _reader(sources), (own or field).question.type
    if field.question.type == "select_multiple":
        return _multiple(field, own or field, read, options, lost, typed=typed)
    if field.question.type in POINTS:
        return _point(read, typed=typed)
    if field.question.type in _WITH_URL and options.include_media_url:
        return _media(read)
    if kind == "select_multiple":
        return _one(read, _summary(_labels(field, own), typed=typed))
    if kind in _SELECT_ONE:
        return _one(read, _labelled(_labels(field, own), typed=typed))
    if typed and kind in NUMBERS:
        return _one(read, number)
    if typed and kind in DATES:
        return _one(read, day)
    if typed and kind in MOMENTS:
        return _one(read, moment)
    return _one(read, None)


def is_plain(field: Field, own: Field | None, options: ExportOptions, *, typed: bool) -> bool:
    """Whether the only cell is the answer as it is, so that many can be taken at once."""
    kinds = {field.question.type, (own or field).question.type}
    special = POINTS | _SELECT_ONE | {"select_multiple"}
    if typed:
        special |= NUMBERS | DATES | MOMENTS
    if options.include_media_url:
        special |= _WITH_URL
    return not kinds & special


def text(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list | dict) else str(value)
    )


def number(value: Any) -> Any:
    """A number written as text as a number, anything else as it is."""
    if not isinstance(value, str) or sum(map(str.isdigit, value)) > _EXACT or "_" in value:
        return value
    if _INTEGER.fullmatch(value):
        return int(value)
    try:
        found = float(value)
    except ValueError:
        return value
    return found if math.isfinite(found) else value


def day(value: Any) -> Any:
    """A date written as text as a date, anything else as it is."""
    found = moment(value)
    return found.date() if isinstance(found, datetime) else found


def moment(value: Any) -> Any:
    """A moment written as text as one, in its own zone's time; anything else as it is."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return value


def _reader(sources: Sequence[str]) -> Callable[[Entry], Any]:
    """The first answer under one of the keys."""
    if len(sources) == 1:
        (only,) = sources
        return lambda entry: entry.get(only)

    def read(entry: Entry) -> Any:
        for source in sources:
            if (value := entry.get(source)) is not None:
                return value
        return None

    return read


def _one(read: Callable[[Entry], Any], convert: Callable[[Any], Any] | None) -> Fill:
    if convert is None:
        return lambda entry, _files, row: row.append(read(entry))
    return lambda entry, _files, row: row.append("" if (value := read(entry)) is None else convert(value))


def _labels(field: Field, own: Field | None) -> Choices:
    """The labels of the record's own version first."""
    return {**(field.choices or {}), **((own.choices or {}) if own else {})}


def _labelled(labels: Choices, *, typed: bool) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        label = labels.get(value, value) if isinstance(value, str) else value
        return number(label) if typed else label

    return convert


def _summary(labels: Choices, *, typed: bool) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = [labels.get(name, name) for name in value.split()]
        return number(found[0]) if typed and len(found) == 1 else " ".join(found)

    return convert


def _multiple(
    field: Field, own: Field, read: Callable[[Entry], Any], options: ExportOptions, lost: Lost, *, typed: bool
) -> Fill:
    """The summary, and a column for each choice: empty where the record's version does not have the choice."""
    zero: Any = 0 if typed else "0"
    one: Any = 1 if typed else "1"
    labels = _labels(field, own)
    summary = _summary(labels, typed=typed) if own.question.type == "select_multiple" else _plain
    with_summary, with_details = options.multiple_select != "details", options.multiple_select != "summary"
    names = list(field.choices or {}) + (["other"] if field.question.or_other else [])
    offered = set(own.choices or {}) | ({"other"} if own.question.or_other else set())
    blank = [zero if name in offered else "" for name in names]
    places = {name: place for place, name in enumerate(names)}
    nothing = [""] * (len(names) * with_details + with_summary)

    def fill(entry: Entry, _files: Files, row: list[Any]) -> None:
        value = read(entry)
        if value is None:
            row += nothing
            return
        if with_summary:
            row.append(summary(value))
        if with_details:
            cells = blank.copy()
            for name in text(value).split():
                if (place := places.get(name)) is not None:
                    cells[place] = one
                elif not with_summary:
                    lost.append((field.source, name))
            row += cells

    return fill


def _plain(value: Any) -> Any:
    return value


def _point(read: Callable[[Entry], Any], *, typed: bool) -> Fill:
    def fill(entry: Entry, _files: Files, row: list[Any]) -> None:
        value = read(entry)
        if value is None:
            row += ("", "", "", "", "")
            return
        parts: list[Any] = text(value).split()[: len(PARTS)]
        if typed:
            parts = [number(part) for part in parts]
        row.append(value)
        row += parts
        row += [""] * (len(PARTS) - len(parts))

    return fill


def _media(read: Callable[[Entry], Any]) -> Fill:
    def fill(entry: Entry, files: Files, row: list[Any]) -> None:
        value = read(entry)
        row.append(value)
        row.append(_url(value, files))

    return fill


def _url(value: Any, files: Files) -> str:
    """The link of an answer's file, which the server keeps under a name of its own making."""
    if not isinstance(value, str) or not value:
        return ""
    stored = "/" + _STORED.sub("", value.strip().replace(" ", "_"))
    for file in files:
        if isinstance(file.get("filename"), str) and file["filename"].endswith(stored):
            return "Deleted" if file.get("is_deleted") else text(file.get("download_url"))
    return ""
