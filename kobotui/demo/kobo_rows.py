"""KoboToolbox's own kinds of questions spelt out for the compiler: matrix, rating, ranking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LIST_COLUMNS = {
    "begin_score": "kobo--score-choices",
    "begin_rank": "kobo--rank-items",
    "begin_kobomatrix": "kobo--matrix_list",
}
LINES = ("score__row", "rank__level")


def deployable(content: dict[str, Any]) -> dict[str, Any]:
    """The content as a deployment publishes it; what the designer sees stays as it is."""
    survey = content.get("survey") or []
    if not any(row.get("type") in LIST_COLUMNS for row in survey):
        return content
    return {**content, "survey": list(spelt_out(survey, content.get("choices") or []))}


def spelt_out(survey: list[dict[str, Any]], choices: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows with plain groups and single choices in place of KoboToolbox's kinds."""
    matrix: dict[str, Any] | None = None
    columns: list[dict[str, Any]] = []
    listed = ""
    for row in survey:
        kind = row.get("type")
        if kind == "end_kobomatrix" and matrix is not None:
            yield from matrix_rows(matrix, columns, choices)
            matrix = None
        elif matrix is not None:
            columns.append(row)
        elif kind == "begin_kobomatrix":
            matrix, columns = row, []
        elif kind in ("begin_score", "begin_rank"):
            listed = str(row.get(LIST_COLUMNS[kind]) or "")
            yield plain(row) | {"type": "begin_group"}
        elif kind in ("end_score", "end_rank"):
            yield plain(row) | {"type": "end_group"}
        elif kind in LINES:
            yield plain(row) | {"type": "select_one", "select_from_list_name": listed}
        else:
            yield row


def matrix_rows(
    matrix: dict[str, Any], columns: list[dict[str, Any]], choices: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """A group of headings, then a group for each choice of the matrix's list with every column in it."""
    name = matrix["name"]
    yield {"type": "begin_group", "name": f"{name}_header"}
    yield {"type": "note", "name": f"{name}_header_note", "label": matrix.get("label")}
    yield {"type": "end_group"}
    for choice in choices:
        if choice.get("list_name") != matrix.get(LIST_COLUMNS["begin_kobomatrix"]):
            continue
        line = f"{name}_{choice.get('name') or choice.get('$autovalue')}"
        yield {"type": "begin_group", "name": line}
        yield {"type": "note", "name": f"{line}_note", "label": choice.get("label")}
        for column in columns:
            yield plain(column) | {"name": f"{line}_{column['name']}"}
        yield {"type": "end_group"}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row without KoboToolbox's columns and without the place it had."""
    return {key: value for key, value in row.items() if not key.startswith("kobo--") and key not in ("$xpath", "$kuid")}
