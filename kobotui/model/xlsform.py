"""Rows of an XLSForm's survey as the groups and questions that devices get.

Types are told from their lists (``select_one yn or_other``), and KoboToolbox's own kinds are spelt out as the server
does before a deployment: a matrix is a group for each of its rows with a question for each column, a rating and a
ranking are groups of single choices, ``or_other`` is a question of its own.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Row = dict[str, Any]

_ALIASES = {
    "select one": "select_one",
    "select one from": "select_one",
    "select multiple": "select_multiple",
    "select all that apply": "select_multiple",
    "select all that apply from": "select_multiple",
    "select_one_external": "select_one",
    "int": "integer",
    "string": "text",
    "photo": "image",
    "location": "geopoint",
    "dateTime": "datetime",
    "trigger": "acknowledge",
    "hidden": "calculate",
}
_WITH_LIST = ("select_multiple_from_file", "select_one_from_file", "select_multiple", "select_one", "rank")
_LISTED = (*_WITH_LIST, *sorted(_ALIASES, key=len, reverse=True))
_LIST_OF = {"score": "kobo--score-choices", "rank": "kobo--rank-items"}
_MATRIX = "kobomatrix"
_MATRIX_LIST = "kobo--matrix_list"
_YES = {"true", "yes", "true()", "1"}
_LINES = {"score__row", "rank__level"}


def text_of(value: object) -> str:
    """A cell as text, empty for what is none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and abs(value) < 1e300 else ""


def yes(value: object) -> bool:
    """Whether a cell says yes, as ``required`` and ``disabled`` do."""
    return value is True or text_of(value).strip().lower() in _YES


def split_type(raw: str) -> tuple[str, str, bool]:
    """Type, list name and ``or_other`` of a type cell such as ``select_one yn or_other``."""
    words = " ".join(raw.split())
    for known in _LISTED:
        if words == known or words.startswith(known + " "):
            rest = words[len(known) :].split()
            return _ALIASES.get(known, known), rest[0] if rest else "", "or_other" in rest[1:]
    return words, "", False


def group_type(kind: str) -> tuple[str, str]:
    """``begin`` or ``end`` and what of, as ``("begin", "repeat")``; two empty texts for a question."""
    verb, _, what = kind.replace(" ", "_").partition("_")
    return (verb, what) if verb in ("begin", "end") and what else ("", "")


def plain_rows(survey: object, choices: object) -> Iterator[tuple[str, Row]]:
    """Every row in use with its path, which is empty for the end of a group; ``type`` is plain in all of them."""
    lists = _lists(choices)
    listed_rows = survey if isinstance(survey, list) else []
    rows = iter([row for row in listed_rows if isinstance(row, dict) and not yes(row.get("disabled"))])
    around: list[tuple[str, str]] = []  # path of each open group, and the list its lines choose from
    for row in rows:
        kind, list_name, or_other = split_type(text_of(row.get("type")))
        verb, what = group_type(kind)
        path = text_of(row.get("$xpath")) or _below(around[-1][0] if around else "", _name(row))
        if verb == "end":
            if around:
                around.pop()
            yield "", row | {"type": "end_group"}
        elif (verb, what) == ("begin", _MATRIX):
            columns = list(takewhile(lambda row: group_type(text_of(row.get("type"))) != ("end", _MATRIX), rows))
            yield from _matrix(row, path, columns, lists.get(text_of(row.get(_MATRIX_LIST)), ()))
        elif verb:
            around.append((path, text_of(row.get(_LIST_OF.get(what, "")))))
            yield path, row | {"type": "begin_repeat" if what == "repeat" else "begin_group"}
        elif kind in _LINES:
            listed = around[-1][1] if around else ""
            yield path, row | {"type": "select_one", "select_from_list_name": listed}
        else:
            yield from _question(row, path, kind, list_name, or_other=or_other or row.get("_or_other") is True)


def _question(row: Row, path: str, kind: str, list_name: str, *, or_other: bool) -> Iterator[tuple[str, Row]]:
    listed = text_of(row.get("select_from_list_name")) or text_of(row.get("file")) or list_name
    yield path, row | {"type": kind, "select_from_list_name": listed, "_or_other": or_other}
    if or_other:
        name = f"{_name(row)}_other"
        yield f"{path}_other", {"type": "text", "name": name, "relevant": f"selected(${{{_name(row)}}}, 'other')"}


def _matrix(row: Row, path: str, columns: Sequence[Row], lines: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """A heading, and below it a group for each line; the answers stand beside the heading, not below it."""
    outside = path.rpartition("/")[0]
    yield path, row | {"type": "begin_group"}
    for line in lines:
        name = f"{_name(row)}_{_choice(line)}"
        place = _below(outside, name)
        yield place, {"type": "begin_group", "name": name, "label": line.get("label")}
        names = {f"${{{_name(column)}}}": f"${{{name}_{_name(column)}}}" for column in columns}
        for column in columns:
            kind, list_name, _other = split_type(text_of(column.get("type")))
            own = column | {key: _renamed(column.get(key), names) for key in ("relevant", "constraint")}
            own |= {"name": f"{name}_{_name(column)}"}
            yield from _question(own, _below(place, own["name"]), kind, list_name, or_other=False)
        yield "", {"type": "end_group"}
    yield "", {"type": "end_group"}


def _renamed(value: object, names: Mapping[str, str]) -> str:
    text = text_of(value)
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _lists(choices: object) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in choices if isinstance(choices, list) else []:
        if isinstance(row, dict) and _choice(row):
            found.setdefault(text_of(row.get("list_name")), []).append(row)
    return found


def _choice(row: Row) -> str:
    return text_of(row.get("name")) or text_of(row.get("$autovalue"))


def _name(row: Row) -> str:
    return text_of(row.get("name")) or text_of(row.get("$autoname")) or text_of(row.get("$kuid"))


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
