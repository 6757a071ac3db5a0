"""Records counted question by question as they come from the server; none is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from kobotui.api.client import KoboClient
from kobotui.api.paging import Page, Statement, by_key
from kobotui.api.submissions import Line
from kobotui.exports.progress import Progress, silent
from kobotui.exports.progress import Report as Told
from kobotui.model.form import Form
from kobotui.model.record_filter import Filter
from kobotui.model.report import Report

PAGE = 1000
"""Records of a request, which is the server's most."""


async def count_answers(
    kobo: KoboClient, project: str, form: Form, wanted: Filter | None = None, *, report: Told = silent
) -> tuple[Report, Statement]:
    """What all records say, or those that match, and whether they were all. Raises ``KoboError``."""
    service, wanted = kobo.submissions(project), wanted or Filter()
    query = wanted.query

    async def fetch(last: int) -> Page[Line]:
        after: dict[str, Any] = {"_id": {"$gt": last}}
        return await service.lines(0, PAGE, {"_id": 1}, {"$and": [query, after]} if query else after)

    counted = Report(form)
    walk = by_key(fetch, lambda line: line.id)
    async for page in walk:
        await asyncio.to_thread(_add, counted, page.items, wanted)
        report(Progress(what=project, done=page.start + len(page), total=page.count))
    return counted, walk.statement or Statement(counted.records)


def _add(report: Report, lines: Sequence[Line], wanted: Filter) -> None:
    for line in lines:
        record = msgspec.json.decode(line.json)
        if wanted.matches(record):
            report.add(record)
