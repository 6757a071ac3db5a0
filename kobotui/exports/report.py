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
from kobotui.model.report import Report

PAGE = 1000
"""Records of a request, which is the server's most."""


async def count_answers(
    kobo: KoboClient, project: str, form: Form, query: dict[str, Any] | None = None, *, report: Told = silent
) -> tuple[Report, Statement]:
    """What all records say, or those that match, and whether they were all. Raises ``KoboError``."""
    service = kobo.submissions(project)

    async def fetch(last: int) -> Page[Line]:
        after: dict[str, Any] = {"_id": {"$gt": last}}
        return await service.lines(0, PAGE, {"_id": 1}, {"$and": [query, after]} if query else after)

    counted = Report(form)
    walk = by_key(fetch, lambda line: line.id)
    async for page in walk:
        await asyncio.to_thread(_add, counted, page.items)
        report(Progress(what=project, done=counted.records, total=max(page.count, counted.records)))
    return counted, walk.statement or Statement(counted.records)


def _add(report: Report, lines: Sequence[Line]) -> None:
    for line in lines:
        report.add(msgspec.json.decode(line.json))
