"""Numbers about submissions: ``A/counts/`` by day, ``A/reports/`` by question."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from kobotui.demo.data import asset_of, scope, scoped
from kobotui.demo.http import JSON, as_int, bad, forbidden, not_found, route, unauthenticated
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
    days = min(as_int(call.query.get("days"), DAYS, 1), MOST_DAYS)
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
    tables: list[Counter[str]] = [Counter() for _ in questions]
    total = 0
    try:
        async for row in stream(asset.records, scoped({}, filters)):
            total += 1
            for question, table in zip(questions, tables, strict=True):
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
            "data": summary(q, content, table, total),
            "kuid": q.row.get("$kuid") or "",
            "style": styles.get(q.row.get("$kuid") or "", {}),
        }
        for q, table in zip(questions, tables, strict=True)
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


def summary(question: Question, content: dict[str, Any], table: Counter[str], total: int) -> dict[str, Any]:
    """What a report says about one question, from how often each answer was given."""
    provided = table.total()
    data: dict[str, Any] = {
        "total_count": total,
        "not_provided": max(0, total - provided),
        "provided": provided,
        "show_graph": question.type in GRAPHS,
    }
    if question.type in PLACES:
        return data
    if question.type in NUMBERS:
        return data | numbers(table)
    if question.type.startswith("select_multiple"):
        chosen: Counter[str] = Counter()
        for value, number in table.items():
            for choice in value.split():
                chosen[choice] += number
        table = chosen
    labels: dict[str, str] = {}
    if question.list_name:
        listed = choices_of(content).get(question.list_name, [])
        labels = {choice_name(c): label_of(c) or choice_name(c) for c in listed}
    most = table.most_common(MOST_ANSWERS)
    return data | {
        "responses": [labels.get(answer, answer) for answer, _ in most],
        "frequencies": [number for _, number in most],
        "percentages": [round(100 * number / total, 2) if total else 0 for _, number in most],
    }


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
