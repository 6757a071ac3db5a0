"""Which records a command is for: ``--query`` in the words of DATA's filter, or in the server's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from kobotui import paths
from kobotui.api.errors import KoboError
from kobotui.api.found import find
from kobotui.cli.output import Refused
from kobotui.exports.forms import deployed_forms
from kobotui.exports.progress import Progress
from kobotui.locale import _
from kobotui.model.filter_names import FilterError, Names
from kobotui.model.form import Form
from kobotui.model.json_query import read_json
from kobotui.model.record_filter import Filter, FilterReader
from kobotui.saved_filters import SavedFilters

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.exports.progress import Report
    from kobotui.model.project import ProjectDetail


class Wanted(Struct, frozen=True):
    """What the server is asked for; with ``ids``, those records of it."""

    query: dict[str, Any] = {}
    ids: tuple[int, ...] = ()


def check_query(text: str | None) -> None:
    """Raises ``Refused`` for a query that is wrong whatever the form."""
    text = (text or "").strip()
    if text.startswith("{") or (text.startswith("[") and _is_json(text)):
        try:
            read_json(text, Names(Form()))
        except FilterError as error:
            raise Refused(str(error)) from None


def _is_json(text: str) -> bool:
    """``[name]`` is a saved filter, ``["name"]`` is a list."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


async def filter_of(kobo: KoboClient, project: ProjectDetail, text: str | None) -> Filter:
    """The filter that a text means for a project. Raises ``KoboError`` when it means none."""
    text = (text or "").strip()
    if not text:
        return Filter()
    forms = await deployed_forms(kobo, project)
    account = kobo.account
    saved = SavedFilters(paths.state_dir(), f"{account.server} {project.uid}")
    try:
        return FilterReader(forms[0].form, me=account.username, saved=saved.texts).read(text)
    except FilterError as error:
        raise KoboError(_("{name}: --query: {why}").format(name=project.name, why=error)) from None


async def wanted(
    kobo: KoboClient, project: ProjectDetail, text: str | None, *, beside: dict[str, Any] | None = None, report: Report
) -> Wanted:
    """The records that a text means, and a query ``beside`` it; what the server cannot tell is compared here first.

    Raises ``KoboError``.
    """
    found = await filter_of(kobo, project, text)
    if beside:
        query = {"$and": [found.query, beside]} if found.query else beside
        found = structs.replace(found, query=query)
    if found.exact:
        return Wanted(found.query)

    def told(done: int, total: int) -> None:
        report(Progress(what=project.name, done=done, total=total))

    numbers = await find(kobo.submissions(project.uid), found, report=told)
    return Wanted(ids=tuple(numbers)) if numbers else Wanted({"_id": {"$in": []}})
