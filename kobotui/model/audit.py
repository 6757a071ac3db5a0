"""What an auditor asks of the access matrix: who is let in, who can destroy, who is gone, who is alone, what is odd."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kobotui.model.access import PUBLIC, Rights, ordered
from kobotui.model.roles import role_of
from kobotui.model.rule_users import users_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kobotui.model.matrix import Matrix, MatrixProject


class Report(StrEnum):
    """The reports, in their order."""

    PUBLIC = "public"
    """What everybody may do."""
    DELETE = "delete"
    """Who can delete records, all or some; owners among them."""
    MANAGE = "manage"
    """Who can manage a project; owners among them."""
    GONE = "gone"
    """Names of row rules, groups and files that no active user of the server has."""
    ALONE = "alone"
    """Projects that one person alone can manage."""
    IDLE = "idle"
    """Users of groups and files that are on no project."""
    ODD = "odd"
    """Rights that are no role's, and how they differ from the nearest one."""


HEADING = ("report", "project", "project_name", "user", "rights", "more", "where", "owner", "some")
"""What a finding is made of, for other programs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report."""

    report: Report
    uid: str = ""
    project: str = ""
    user: str = ""
    rights: tuple[str, ...] = ()
    """What it is about: rights of the public, the right to delete, those missing from the role."""
    more: tuple[str, ...] = ()
    """Of odd rights: what is held besides the role."""
    where: str = ""
    """Name of the group or file; of odd rights, of the role."""
    owner: bool = False
    some: bool = False
    """Only for some records, by a row rule; of odd rights, that there is one."""

    def values(self) -> dict[str, Any]:
        """The line for other programs, under the names of :data:`HEADING`."""
        return {
            "report": self.report.value,
            "project": self.uid,
            "project_name": self.project,
            "user": self.user,
            "rights": list(self.rights),
            "more": list(self.more),
            "where": self.where,
            "owner": self.owner,
            "some": self.some,
        }


def names_to_check(matrix: Matrix, named: Mapping[str, Iterable[str]]) -> list[str]:
    """Users named in row rules or in these lists who are on no team: the server must tell whether they exist."""
    found = {name for _project, _user, held in matrix.cells() for name in users_of(held.rules)}
    found.update(name for names in named.values() for name in names)
    return sorted(found - set(matrix.users) - {PUBLIC})


def audit(
    matrix: Matrix, roles: Mapping[str, Rights], named: Mapping[str, Iterable[str]], gone: Collection[str]
) -> list[Finding]:
    """All reports; ``named``: users by the group or file that names them; ``gone``: names that nobody has."""
    findings = [finding for project in matrix.projects.values() for finding in _of_project(project, roles, gone)]
    for where, names in named.items():
        for name in dict.fromkeys(names):
            if name in gone:
                findings.append(Finding(Report.GONE, user=name, where=where))
            elif name not in matrix.reach:
                findings.append(Finding(Report.IDLE, user=name, where=where))
    order = list(Report)
    return sorted(findings, key=lambda finding: order.index(finding.report))


def _of_project(project: MatrixProject, roles: Mapping[str, Rights], gone: Collection[str]) -> Iterator[Finding]:
    team = project.team
    here = project.uid, project.name
    if public := team.public.full:
        yield Finding(Report.PUBLIC, *here, PUBLIC, rights=tuple(ordered(public)))
    managers = [project.owner]
    for user in dict.fromkeys([project.owner, *team.rights]):
        held, owns = team.get(user), user == project.owner
        if user == PUBLIC:
            continue
        rule = held.rule("delete_submissions")
        if owns or "delete_submissions" in held.full or rule:
            some = not owns and "delete_submissions" not in held.full
            yield Finding(Report.DELETE, *here, user, rights=("delete_submissions",), owner=owns, some=some)
        if owns or "manage_asset" in held.full:
            managers += [] if owns else [user]
            yield Finding(Report.MANAGE, *here, user, rights=("manage_asset",), owner=owns)
        for name in users_of(held.rules):
            if name in gone:
                yield Finding(Report.GONE, *here, name, where=user, some=True)
        if held and not owns and not role_of(held, roles):
            yield _odd(project, user, held, roles)
    if len(managers) == 1 and team.complete and not project.organization:
        yield Finding(Report.ALONE, *here, project.owner, owner=True)


def _odd(project: MatrixProject, user: str, held: Rights, roles: Mapping[str, Rights]) -> Finding:
    """How rights differ from the role they are nearest to."""
    name, role = min(roles.items(), key=lambda item: len(item[1].held ^ held.held), default=("", Rights()))
    return Finding(
        Report.ODD,
        uid=project.uid,
        project=project.name,
        user=user,
        rights=tuple(ordered(role.full - held.full)),
        more=tuple(ordered(held.full - role.full)),
        where=name,
        some=bool(held.rules),
    )
