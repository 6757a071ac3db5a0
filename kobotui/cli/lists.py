"""``kobotui projects`` and ``submissions``: what the console lists, whole or with a word about the rest."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from kobotui.accounts import connect
from kobotui.api.paging import sifted
from kobotui.cli.naming import uid_of
from kobotui.cli.output import INCOMPLETE, OK, JsonList, complain, write_csv, write_table
from kobotui.cli.wanted import check_query, filter_of
from kobotui.columns.cell import Cell, Column
from kobotui.columns.projects import project_cells, project_columns
from kobotui.columns.words import validation_label
from kobotui.locale import _
from kobotui.model.record_filter import Filter

if TYPE_CHECKING:
    import argparse

    from kobotui.api.client import KoboClient
    from kobotui.api.paging import Walk
    from kobotui.model.project import Project
    from kobotui.model.submission import Submission

PROJECT_HEADING = (
    "uid", "name", "deployment_status", "undeployed_changes", "submissions", "last_submission", "modified", "owner",
    "sector", "countries", "tags",
)  # fmt: skip
"""Names of CSV columns are for programs and the same in every language."""


async def projects(arguments: argparse.Namespace) -> int:
    """All projects of the account, or those a query finds."""
    async with connect(arguments.account) as kobo:
        found, code = await all_projects(kobo, arguments.query)
        if not found and arguments.query:
            complain(_("The server finds no project, which it also answers to a query it cannot read."))
        if arguments.format == "json":
            with JsonList() as out:
                for project in found:
                    out.write(msgspec.to_builtins(project))
        elif arguments.format == "csv":
            write_csv(PROJECT_HEADING, map(_project_row, found))
        else:
            now = datetime.now(UTC)
            username = kobo.account.username or (await kobo.me()).username
            rows = ((*project_cells(project, username, now), Cell(project.uid)) for project in found)
            write_table((*project_columns(), Column("uid", "UID", 22)), rows)
        return code


async def all_projects(kobo: KoboClient, query: str | None) -> tuple[list[Project], int]:
    """What the server sent, read a second time when the list moved under the first; the exit code."""
    found: list[Project] = []
    for _attempt in range(2):
        walk = kobo.projects.walk(q=query, page_size=500)
        found = [project async for page in walk for project in page]
        if walk.statement and walk.statement.complete:
            return found, OK
    return found, _ending(walk)


def _ending(walk: Walk[Any]) -> int:
    """The exit code of a list, with a sentence when it is not whole."""
    if walk.statement and walk.statement.complete:
        return OK
    complain(walk.statement.sentence if walk.statement else _("The list broke off."))
    return INCOMPLETE


def _project_row(project: Project) -> tuple[object, ...]:
    return (
        project.uid,
        project.name,
        project.deployment_status,
        "perhaps" if project.undeployed else "no",  # a rename makes a version, too
        project.submission_count,
        _moment(project.last_submission_time),
        _moment(project.date_modified),
        project.owner,
        project.sector.value if project.sector else None,
        " ".join(country.value for country in project.countries),
        ", ".join(project.tags),
    )


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


async def submissions(arguments: argparse.Namespace) -> int:
    """All submissions of a project, or those that match, in the order of their ids."""
    check_query(arguments.query)
    async with connect(arguments.account) as kobo:
        uid = uid_of(kobo, arguments.project)
        found = await filter_of(kobo, await kobo.projects.get(uid), arguments.query) if arguments.query else Filter()
        walk = sifted(kobo.submissions(uid).walk(query=found.query), lambda record: found.matches(record.raw))
        write = {"json": _write_json, "csv": _write_csv}.get(arguments.format, _write_lines)
        await write(walk)
        return _ending(walk)


async def _write_json(walk: Walk[Submission]) -> None:
    with JsonList() as out:
        async for page in walk:
            for submission in page:
                out.write(submission.raw)


async def _write_csv(walk: Walk[Submission]) -> None:
    """Two passes through a temporary file: which columns there are is known when the last record has come."""
    heading: dict[str, None] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass") as file:
        async for page in walk:
            for submission in page:
                heading |= dict.fromkeys(submission.raw)
                file.write(json.dumps(submission.raw) + "\n")
        file.seek(0)
        names = list(heading)
        write_csv(names, ([record.get(name) for name in names] for record in map(json.loads, file)))


async def _write_lines(walk: Walk[Submission]) -> None:
    columns = (
        Column("id", "_id", 10, right=True),
        Column("sent", _("Sent"), 19),
        Column("by", _("By"), 16),
        Column("validation", _("Validation"), 14),
    )
    rows = [
        (
            Cell(str(submission.id)),
            Cell(submission.submitted),
            Cell(submission.submitted_by or ""),
            Cell(validation_label(submission.validation)),
        )
        async for page in walk
        for submission in page
    ]
    write_table(columns, rows)
