"""``kobotui links``: the links of a project's named exports, texts for other programs, and links that are dead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

from kobotui.cli.naming import uid_of
from kobotui.cli.output import FAILED, OK, Refused, reader_may_leave, write_json, write_table
from kobotui.cli.reading import Reading, read
from kobotui.columns.cell import Cell, Column
from kobotui.exports.dead_links import search_links
from kobotui.exports.link_test import try_link
from kobotui.locale import _
from kobotui.model.links import Link, consumers, is_public, json_link, named_link, ready_text, warnings

if TYPE_CHECKING:
    import argparse

    from kobotui.api.client import KoboClient
    from kobotui.api.named_exports import NamedExport
    from kobotui.model.old_links import OldLink
    from kobotui.model.project import ProjectDetail


def links(arguments: argparse.Namespace) -> int:
    """List the links, print a text for a program, try a link, or look for dead ones."""

    async def work(kobo: KoboClient, reading: Reading) -> int:
        if arguments.check:
            return await _check(kobo, reading, arguments)
        if len(arguments.project) > 1:
            raise Refused(_("Several projects go with --check."))
        project = await kobo.projects.get(uid_of(kobo, arguments.project[0]))
        if arguments.program and arguments.kind == "json":
            return _text(reading, json_link(kobo.account.server, project.uid), project, arguments)
        named = await kobo.named_exports(project.uid).list()
        if arguments.program or arguments.test:
            one = _chosen(named, arguments.export)
            if arguments.test:
                return await _try(kobo, reading, project, one, arguments)
            link = named_link(kobo.account.server, project.uid, one.uid, arguments.kind)
            return _text(reading, link, project, arguments)
        return _list(kobo, reading, project, named, arguments)

    return read(arguments, work)


def _chosen(named: tuple[NamedExport, ...], name: str | None) -> NamedExport:
    """The named export that is meant. Raises ``Refused``."""
    found = [one for one in named if name in (None, one.name, one.uid)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in named) or "-"
    raise Refused(_("Say which named export with --export: {names}").format(names=names))


def _list(
    kobo: KoboClient,
    reading: Reading,
    project: ProjectDetail,
    named: tuple[NamedExport, ...],
    arguments: argparse.Namespace,
) -> int:
    server = kobo.account.server
    rows: list[dict[str, Any]] = [
        {
            "name": one.name,
            "uid": one.uid,
            "csv": named_link(server, project.uid, one.uid, "csv").url,
            "xlsx": named_link(server, project.uid, one.uid, "xlsx").url,
        }
        for one in named
    ]
    endpoint = json_link(server, project.uid).url
    with reader_may_leave():
        if arguments.format == "json":
            write_json({"public": is_public(project), "json": endpoint, "named_exports": rows})
        else:
            lines = [(Cell(row["name"]), Cell(row[kind])) for row in rows for kind in ("csv", "xlsx")]
            write_table(
                (Column("name", _("Name"), 30), Column("link", _("Link"), 60)), [*lines, (Cell("JSON"), Cell(endpoint))]
            )
    if not is_public(project):
        reading.mention(_("The project is private: whoever reads a link must send an API key."))
    return OK


def _text(reading: Reading, link: Link, project: ProjectDetail, arguments: argparse.Namespace) -> int:
    """The text for a program on standard output, what to know on standard error."""
    if arguments.program not in consumers(link.kind):
        raise Refused(_("Google Sheets reads CSV."))
    public = is_public(project)
    for warning in warnings(arguments.program, link, public=public):
        reading.say(warning)
    with reader_may_leave():
        sys.stdout.write(ready_text(arguments.program, link, public=public))
    return OK


async def _try(
    kobo: KoboClient, reading: Reading, project: ProjectDetail, named: NamedExport, arguments: argparse.Namespace
) -> int:
    kind: Literal["csv", "xlsx"] = "xlsx" if arguments.kind == "xlsx" else "csv"
    tried = await try_link(kobo, project.uid, named.uid, kind, report=reading.report)
    with reader_may_leave():
        if arguments.format == "json":
            write_json(
                {"seconds": round(tried.seconds, 2), "bytes": tried.bytes, "rows": tried.rows, "columns": tried.columns}
            )
        else:
            sys.stdout.write(f"{tried.sentence}\n")
    if tried.warning:
        reading.say(tried.warning)
    return OK


async def _check(kobo: KoboClient, reading: Reading, arguments: argparse.Namespace) -> int:
    """Dead links in these projects; the exit code tells whether there are any."""
    found: list[tuple[ProjectDetail, OldLink]] = []
    for text in arguments.project:
        searched = await search_links(kobo, uid_of(kobo, text))
        if searched.unseen:
            reading.say(searched.unseen)
        found += [(searched.project, link) for link in searched.links]
    with reader_may_leave():
        if arguments.format == "json":
            write_json([{"project": project.uid, **link._asdict()} for project, link in found])
        elif found:
            columns = (
                Column("project", _("Project"), 30), Column("where", _("Where"), 30), Column("link", _("Link"), 60),
                Column("instead", _("Instead"), 40),
            )  # fmt: skip
            write_table(columns, [tuple(map(Cell, (p.name, *link))) for p, link in found])
    if not found:
        reading.mention(_("No link leads to the removed version 1 of the API."))
    return FAILED if found else OK
