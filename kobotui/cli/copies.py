"""``kobotui backup`` and ``kobotui attachments``: whole projects and the files of records, into folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kobotui.cli.exports import end_many
from kobotui.cli.naming import uid_of
from kobotui.cli.reading import Reading, read
from kobotui.cli.wanted import check_query, wanted
from kobotui.exports.attachments import download_attachments
from kobotui.exports.backup import back_up
from kobotui.exports.many import Made, make_many
from kobotui.locale import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from kobotui.api.client import KoboClient
    from kobotui.model.project import ProjectDetail

    One = Callable[[KoboClient, Reading, ProjectDetail, Path], Awaitable[Made]]


def backup(arguments: argparse.Namespace) -> int:
    """Bring the backups of projects up to date, or make them."""

    async def one(kobo: KoboClient, reading: Reading, project: ProjectDetail, folder: Path) -> Made:
        return await back_up(kobo, project, folder, report=reading.report)

    return _into_folders(arguments, one)


def attachments(arguments: argparse.Namespace) -> int:
    """Download the files of records."""
    check_query(arguments.query)

    async def one(kobo: KoboClient, reading: Reading, project: ProjectDetail, folder: Path) -> Made:
        found = await wanted(kobo, project, arguments.query, report=reading.report)
        made = await download_attachments(
            kobo,
            project.uid,
            folder,
            name=project.name,
            query=found.query,
            ids=found.ids,
            questions=arguments.question or (),
            report=reading.report,
        )
        reading.mention(f"{project.name}: {made.sentence}")
        missing = () if made.statement.complete else (made.statement.sentence,)
        return Made(
            files=(folder,), records=made.statement.received, complete=made.complete, notes=missing + made.failed
        )

    return _into_folders(arguments, one)


def _into_folders(arguments: argparse.Namespace, one: One) -> int:
    """A folder for each project below the one that was named."""
    folder = Path(arguments.output or ".")

    async def work(kobo: KoboClient, reading: Reading) -> int:
        async def make(project: ProjectDetail, place: Path) -> Made:
            return await one(kobo, reading, project, place)

        uids = [uid_of(kobo, project) for project in arguments.project]
        entries = await make_many(kobo, uids, folder, make)
        return end_many(reading, entries, folder, arguments)

    return read(arguments, work, left=_("The same command goes on with it."))
