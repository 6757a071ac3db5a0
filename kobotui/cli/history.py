"""``kobotui history`` and ``kobotui access-log``: who did what on projects, and from where the account was used."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.accounts import connect
from kobotui.api.history import HistoryEntry, histories, history_query
from kobotui.api.links import project_uid
from kobotui.cli.output import INCOMPLETE, OK, JsonList, Refused, complain, write_csv, write_table
from kobotui.columns.history import access_log_cells, access_log_columns, history_cells, history_columns
from kobotui.exports.history_file import ACCESS_HEADING, access_values, history_values
from kobotui.exports.history_file import HEADING as HISTORY_HEADING
from kobotui.locale import _, ngettext

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kobotui.api.client import KoboClient


class _Row(NamedTuple):
    uid: str
    project: str
    entry: HistoryEntry


async def history(arguments: argparse.Namespace) -> int:
    """What happened on the projects that are named, or on all that the account manages; newest first."""
    try:
        q = history_query(
            arguments.action,
            _date(arguments.since),
            _date(arguments.until),
            arguments.user,
            "permission" if arguments.rights else None,
        )
    except ValueError as error:
        raise Refused(_("The server cannot search for this: {why}.").format(why=error)) from None
    rows: list[_Row] = []
    remarks: dict[str, None] = {}
    async with connect(arguments.account) as kobo:
        projects, hidden, code = await _projects(kobo, arguments.project)
        async for found in histories({uid: kobo.history(uid) for uid in projects}, q):
            rows += [_Row(found.uid, projects[found.uid], entry) for entry in found.entries or ()]
            hidden += found.entries is None
            remarks |= dict.fromkeys([found.remark] * bool(found.remark))
    rows.sort(key=lambda row: row.entry.date_created, reverse=True)
    _write_history(rows, arguments.format)
    if hidden:
        text = ngettext(
            "Incomplete: {n} project hides its history, since you do not manage it.",
            "Incomplete: {n} projects hide their history, since you do not manage them.",
            hidden,
        )
        complain(text.format(n=hidden))
    for sentence in remarks:
        complain(sentence)
        code = INCOMPLETE
    return INCOMPLETE if hidden else code


async def _projects(kobo: KoboClient, wanted: Sequence[str]) -> tuple[dict[str, str], int, int]:
    """Names by uid of the projects to ask; how many are known not to answer; the exit code of the list."""
    if wanted:
        uids = dict.fromkeys(project_uid(text, kobo.account.server) or text for text in wanted)
        found = await asyncio.gather(*map(kobo.projects.get, uids))
        return {project.uid: project.name for project in found}, 0, OK
    matrix = await kobo.matrix()
    if not matrix.whole:
        complain(_("The list of projects is not complete."))
    return matrix.managed, len(matrix.partly), OK if matrix.whole else INCOMPLETE


def _write_history(rows: Sequence[_Row], wanted: str | None) -> None:
    if wanted == "json":
        with JsonList() as out:
            for row in rows:
                out.write(dict(zip(HISTORY_HEADING, _values(row), strict=True)))
    elif wanted == "csv":
        write_csv(HISTORY_HEADING, map(_values, rows))
    else:
        now = datetime.now(UTC).astimezone()
        write_table(
            history_columns(),
            (
                history_cells(
                    row.entry.date_created,
                    row.entry.username or "",
                    row.entry.action,
                    row.project,
                    row.entry.metadata,
                    now,
                )
                for row in rows
            ),
        )


def _values(row: _Row) -> tuple[Any, ...]:
    return history_values(row.uid, row.project, row.entry)


async def access_log(arguments: argparse.Namespace) -> int:
    """From where the account was used, newest first."""
    since = _date(arguments.since)
    begin = datetime.combine(since, time(), UTC) if since else None
    async with connect(arguments.account) as kobo:
        walk = kobo.access_log.walk(begin)
        entries = [entry async for page in walk for entry in page]
    if arguments.format == "json":
        with JsonList() as out:
            for entry in entries:
                out.write(dict(zip(ACCESS_HEADING, access_values(entry), strict=True)))
    elif arguments.format == "csv":
        write_csv(ACCESS_HEADING, map(access_values, entries))
    else:
        now = datetime.now(UTC).astimezone()
        cells = (
            access_log_cells(one.date_created, one.count, one.means, one.ip_address, one.source, now) for one in entries
        )
        write_table(access_log_columns(), cells)
    if walk.statement and not walk.statement.complete:
        complain(walk.statement.sentence)
        return INCOMPLETE
    return OK


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
