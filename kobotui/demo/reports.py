"""Numbers about submissions: ``A/counts/`` by day, ``A/reports/`` by question."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from kobotui.demo.data import asset_of, scope, scoped
from kobotui.demo.http import JSON, bad, forbidden, not_found, route, unauthenticated
from kobotui.demo.records.form import NO_ANSWER, Question, choice_name, choices_of, label_of, outline
from kobotui.demo.records.mongo import UnsupportedQueryError
from kobotui.demo.records.search import stream
from kobotui.demo.rights import rights_of, visible_asset

if TYPE_CHECKING:
    from starlette.responses import Response

    from kobotui.demo.http import Call
    from kobotui.demo.state import Asset

DAYS, MOST_DAYS = 31, 3_660
MOST_ANSWERS, MOST_DISTINCT = 100, 20_000
OTHERS = "…"  # all answers beyond so many different ones
GRAPHS = {"select_one", "select_multiple", "rank", "date", "acknowledge"}
NUMBERS = {"integer", "decimal", "range"}
PLACES = {"geopoint", "geotrace", "geoshape"}


async def counts(call: Call) -> Response:
    """``GET A/counts/``: partial readers get the days of their records and no total."""
    asset = asset_of(call)
    filters = scope(call, asset, "view_submissions")
    if asset.records is None:
        raise not_found()
    try:
        days = min(max(int(call.query.get("days", DAYS)), 0), MOST_DAYS)
    except ValueError as error:
        raise bad(["`days` must be an integer"]) from error
    try:
        daily = asset.records.daily_counts(days, filters)
    except UnsupportedQueryError as error:
        raise bad(["Unsupported query"]) from error
    total = len(asset.records) if filters is None else None
    return JSON({"daily_submission_counts": daily, "total_submission_count": total})


async def reports(call: Call) -> Response:
    """``GET A/reports/``: frequencies per question."""
    asset = visible_asset(call, call.arg("uid"))
    if rights_of(call.state, asset, call.username).isdisjoint({"view_submissions", "partial_submissions"}):
        raise unauthenticated() if call.user is None else forbidden()
    if asset.records is None:
        raise not_found()
    filters = scope(call, asset, "view_submissions")
    names = {n.strip() for n in (call.query.get("names") or "").split(",") if n.strip()}
    questions = [q for q in reported(asset) if not names or q.name in names]
    split = split_of(asset, call.query.get("split_by"))
    tables: list[dict[str, Counter[str]]] = [{} for _ in questions]
    total = 0
    try:
        async for row in stream(asset.records, scoped({}, filters)):
            total += 1
            part = str(row.get(split.path, "")) if split else ""
            for question, parts in zip(questions, tables, strict=True):
                table = parts.setdefault(part, Counter())
                for value in values_at(row, question):
                    table[value if value in table or len(table) < MOST_DISTINCT else OTHERS] += 1
    except UnsupportedQueryError as error:
        raise bad(["Unsupported query"]) from error
    content = asset.deployed_version.content if asset.deployed_version else {}
    styles = (asset.extra.get("report_styles") or {}).get("specified") or {}
    lines = [
        {
            "name": q.name,
            "row": {"type": q.type},
            "data": summary(q, content, parts, total, split),
            "kuid": q.row.get("$kuid") or "",
            "style": styles.get(q.row.get("$kuid") or "", {}),
        }
        for q, parts in zip(questions, tables, strict=True)
    ]
    return JSON({"url": call.url(f"/api/v2/assets/{asset.uid}/reports/"), "count": len(lines), "list": lines})


def reported(asset: Asset) -> list[Question]:
    """The questions of the deployed form that have answers."""
    content = asset.deployed_version.content if asset.deployed_version else {}
    return [q for q in outline(content) if q.type not in NO_ANSWER | {"group", "repeat"}]


def values_at(row: dict[str, Any], question: Question) -> list[str]:
    """The answers of one record to a question, one per round inside repeats."""
    parts: list[dict[str, Any]] = [row]
    for group in question.groups:
        if group.type == "repeat":
            parts = [round_ for part in parts for round_ in part.get(group.path) or []]
    return [part[question.path] for part in parts if question.path in part]


def split_of(asset: Asset, name: str | None) -> Question | None:
    """The question whose choices a report is split by.

    Raises: Refusal 400 when there is no such question, or it is no select.
    """
    if not name:
        return None
    found = next((q for q in reported(asset) if q.name == name and q.type.startswith("select_one")), None)
    if found is None or found.repeat is not None:
        raise bad({"split_by": [f"`{name}` not found."]})
    return found


def summary(
    question: Question, content: dict[str, Any], parts: dict[str, Counter[str]], total: int, split: Question | None
) -> dict[str, Any]:
    """What a report says about one question, from how often each answer was given in each part."""
    whole = sum(parts.values(), Counter[str]())
    provided = whole.total()
    data: dict[str, Any] = {
        "total_count": total,
        "not_provided": max(0, total - provided),
        "provided": provided,
        "show_graph": question.type in GRAPHS,
    }
    if question.type in PLACES:
        return data
    labels = labels_of(question, content)
    if question.type in NUMBERS:
        if split is None:
            return data | numbers(whole)
        names = labels_of(split, content)
        return data | {"values": [[names.get(part, part), numbers(table)] for part, table in parts.items()]}
    if question.type.startswith("select_multiple"):
        parts = {part: choices_in(table) for part, table in parts.items()}
        whole = choices_in(whole)
    most = whole.most_common(MOST_ANSWERS)
    if split is None:
        return data | frequencies([(labels.get(answer, answer), number) for answer, number in most], total)
    names = labels_of(split, content)
    values = [
        [labels.get(answer, answer), frequencies([(names.get(p, p), t[answer]) for p, t in parts.items()], total)]
        for answer, _ in most
    ]
    return data | {"responses": [names.get(part, part) for part in parts], "values": values}


def frequencies(found: list[tuple[str, int]], total: int) -> dict[str, Any]:
    """Answers, how often each was given, and per cent of all records."""
    return {
        "responses": [answer for answer, _ in found],
        "frequencies": [number for _, number in found],
        "percentages": [round(100 * number / total, 2) if total else 0 for _, number in found],
    }


def choices_in(table: Counter[str]) -> Counter[str]:
    """How often each choice of a multiple select was made."""
    chosen: Counter[str] = Counter()
    for value, number in table.items():
        for choice in value.split():
            chosen[choice] += number
    return chosen


def labels_of(question: Question, content: dict[str, Any]) -> dict[str, str]:
    """The labels of a question's choices by name."""
    listed = choices_of(content).get(question.list_name, []) if question.list_name else []
    return {choice_name(c): label_of(c) or choice_name(c) for c in listed}


def numbers(table: Counter[str]) -> dict[str, Any]:
    """Mean, median, mode and standard deviation of numeric answers, ``*`` where there is none."""
    found: Counter[float] = Counter()
    for value, number in table.items():
        with contextlib.suppress(ValueError):
            found[float(value)] += number
    count = found.total()
    if not count:
        return dict.fromkeys(("mean", "median", "mode", "stdev"), "*")
    mean = sum(value * number for value, number in found.items()) / count
    squares = sum(number * (value - mean) ** 2 for value, number in found.items())
    return {
        "mean": round(mean, 2),
        "median": (nth(found, (count - 1) // 2) + nth(found, count // 2)) / 2,
        "mode": found.most_common(1)[0][0],
        "stdev": round((squares / (count - 1)) ** 0.5, 2) if count > 1 else "*",
    }


def nth(found: Counter[float], place: int) -> float:
    """The number at a place (from 0) of all of them in order."""
    for value in sorted(found):
        place -= found[value]
        if place < 0:
            return value
    raise IndexError(place)


ROUTES = [
    route("/api/v2/assets/{uid}/counts/", GET=counts),
    route("/api/v2/assets/{uid}/reports/", GET=reports),
]
