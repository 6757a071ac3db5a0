"""``kobotui users``: who may do what, a line for each user on each project.

``kobotui access export`` has a column for each right, and takes the file back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.accounts import connect
from kobotui.cli.lists import all_projects
from kobotui.cli.naming import uid_of
from kobotui.cli.output import INCOMPLETE, OK, JsonList, complain, write_csv, write_table
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import rights_line, user_label
from kobotui.locale import _, ngettext
from kobotui.model.access import Team

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from kobotui.model.project import Project

HEADING = ("project", "project_name", "username", "owner", "rights", "row_rules")
"""Names of CSV columns are for programs and the same in every language."""


async def users(arguments: argparse.Namespace) -> int:
    """Everybody with a right on a project, or on all of them."""
    async with connect(arguments.account) as kobo:
        me = await kobo.me()
        code = OK
        if arguments.project:
            found: list[Project] = [await kobo.projects.get(uid_of(kobo, arguments.project))]
        else:
            found, code = await all_projects(kobo, None)
    teams = [(p, Team.of(p.permissions, p.owner, me.username, sees_all=me.is_superuser)) for p in found]
    partly = sum(not team.complete for _project, team in teams)
    if partly:
        text = ngettext(
            "Incomplete: {n} project shows you only a part of its team, since you do not manage it.",
            "Incomplete: {n} projects show you only a part of their team, since you do not manage them.",
            partly,
        )
        complain(text.format(n=partly))
    rows = [row for project, team in teams for row in _rows(project, team)]
    if arguments.format == "csv":
        write_csv(HEADING, rows)
    elif arguments.format == "json":
        with JsonList() as out:
            for row in rows:
                out.write(dict(zip(HEADING, row, strict=True)))
    else:
        columns = (
            Column("user", _("User"), 16),
            Column("project", _("Project"), 30),
            Column("rights", _("Rights"), 50),
        )
        write_table(columns, (row for project, team in teams for row in _cells(project, team)))
    return INCOMPLETE if partly else code


def _rows(project: Project, team: Team) -> Iterator[tuple[object, ...]]:
    for username, rights in team.rights.items():
        rules = {rule.codename: rule.values() for rule in rights.rules}
        yield project.uid, project.name, username, username == team.owner, sorted(rights.full), rules


def _cells(project: Project, team: Team) -> Iterator[tuple[Cell, ...]]:
    for username, rights in team.rights.items():
        text = _("owner") if username == team.owner else rights_line(rights)
        yield Cell(user_label(username)), Cell(project.name), Cell(text)
