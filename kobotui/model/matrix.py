"""The access matrix: everybody's rights on every project, from the list of projects, whose items carry their teams.

What the list cannot tell is said where it is: teams of which the caller sees a part, and rights that come without
a row. Equal rights are one object, so that thousands of projects cost the memory of their differences.
"""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from kobotui.model.access import NOTHING, PARTIAL, PUBLIC, Rights, Team, named
from kobotui.model.lists import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kobotui.model.access import Assignment
    from kobotui.model.project import Project

Axis = Literal["project", "user"]
LETTERS = {
    "view_asset": "v",
    "change_asset": "e",
    "discover_asset": "d",
    "add_submissions": "A",
    "view_submissions": "V",
    "change_submissions": "E",
    "validate_submissions": "C",
    "delete_submissions": "D",
    "manage_asset": "M",
}
"""One letter for each right, the same in every language: small for the form, capital for submissions and the project.

View, Edit, Discover; Add, View, Edit, Check (validate), Delete submissions; Manage.
"""


class Beyond(StrEnum):
    """Why somebody may have rights on a project of which no row tells."""

    ORGANIZATION = "organization"
    """It belongs to an organization, whose administrators may do everything on it."""
    CALLER = "caller"
    """The caller sees it without a row: as administrator of an organization, by a project view, as superuser."""


class MatrixProject:
    """One project and its team, as far as the caller sees it; the team is worked out when it is first asked for."""

    __slots__ = (
        "_folded", "_manages", "_rows", "_team",
        "asset_type", "caller", "name", "organization", "owner", "status", "uid",
    )  # fmt: skip

    def __init__(self, project: Project, caller: str, *, sees_all: bool = False) -> None:
        """``sees_all``: the caller is a superuser."""
        self.uid = project.uid
        self.name = project.name
        self.asset_type = project.asset_type
        self.status = project.deployment_status
        """``deployed``, ``archived``, ``draft`` or ``-``."""
        self.owner = project.owner
        """Who owns it; in an organization, the organization's owner."""
        self.organization = project.owner_label if project.owner_label != project.owner else ""
        """Name of the organization that owns it, empty where a person does."""
        self.caller = caller
        self._manages = sees_all or caller == project.owner
        self._folded = ""
        self._rows: list[Assignment] | None = project.permissions
        self._team: Team | None = None

    @property
    def folded(self) -> str:
        """Name and uid for comparing with what people type; a newline between them."""
        if not self._folded:
            self._folded = folded(f"{self.name}\n{self.uid}")
        return self._folded

    @property
    def team(self) -> Team:
        """Everybody's rights; without the rows they were read from."""
        if self._team is None:
            rights = _read(self._rows or [])
            complete = self._manages or "manage_asset" in rights.get(self.caller, NOTHING).full
            self._team, self._rows = Team(self.owner, rights, complete), None
        return self._team

    def with_team(self, team: Team) -> MatrixProject:
        """The same project with the team that was read since."""
        other = copy(self)
        other._team, other._rows = team, None
        return other

    @property
    def usernames(self) -> set[str]:
        """Everybody with a row, and the owner."""
        found = set(self._team.rights) if self._team else set(map(named, set(map(_user, self._rows or []))))
        found.add(self.owner)
        return found

    @property
    def beyond(self) -> tuple[Beyond, ...]:
        """Which rights there may be besides those of the rows; project views are never told of."""
        unlisted = self.caller != self.owner and not self.team.get(self.caller) and not self.team.public
        return (Beyond.ORGANIZATION,) * bool(self.organization) + (Beyond.CALLER,) * unlisted

    def knows(self, user: str) -> bool:
        """Whether it is certain what rows the user has: of a team seen in part, others may be hidden."""
        return self.team.complete or user in self.team.rights or user in (self.caller, self.owner, PUBLIC)


@dataclass(frozen=True)
class Matrix:
    """Projects × users, as one account sees them."""

    projects: Mapping[str, MatrixProject]
    """By uid, in the server's order."""
    caller: str
    whole: bool = True
    """Whether the list of projects has been read completely."""

    @classmethod
    def of(cls, projects: Iterable[Project], caller: str, *, sees_all: bool = False, whole: bool = True) -> Matrix:
        """The matrix of list items; nothing of an item is kept but the team and what names it.

        ``sees_all``: the caller is a superuser.
        """
        read = {project.uid: MatrixProject(project, caller, sees_all=sees_all) for project in projects}
        return cls(read, caller, whole)

    def work_out(self) -> None:
        """Work out every team now, so that the rows they are read from can go."""
        for project in self.projects.values():
            project.team  # noqa: B018 - a property that remembers

    def plus(self, more: Matrix) -> Matrix:
        """With the projects of another part of the list, whole as far as that part says."""
        return Matrix({**self.projects, **more.projects}, self.caller, more.whole)

    def with_team(self, uid: str, team: Team) -> Matrix:
        """With the team of one project as it was read since."""
        return replace(self, projects={**self.projects, uid: self.projects[uid].with_team(team)})

    def get(self, uid: str, user: str) -> Rights:
        """What the user holds on the project by rows, nothing where neither is known."""
        project = self.projects.get(uid)
        return project.team.get(user) if project else NOTHING

    @cached_property
    def reach(self) -> Mapping[str, int]:
        """On how many projects everybody has a right, owners included; the public too."""
        return Counter(chain.from_iterable(project.usernames for project in self.projects.values()))

    @cached_property
    def users(self) -> tuple[str, ...]:
        """Everybody who is known by a right on a project, without the public, by name."""
        return tuple(sorted(self.reach.keys() - {PUBLIC}, key=lambda name: (folded(name), name)))

    @cached_property
    def partly(self) -> tuple[MatrixProject, ...]:
        """Projects of which only a part of the team is seen: the caller does not manage them."""
        return tuple(project for project in self.projects.values() if not project.team.complete)

    @property
    def managed(self) -> dict[str, str]:
        """Names by uid of the projects whose whole team is seen: the caller manages them."""
        return {uid: project.name for uid, project in self.projects.items() if project.team.complete}

    @property
    def complete(self) -> bool:
        """Whether all projects are there, with their whole teams."""
        return self.whole and not self.partly

    def cells(self) -> Iterator[tuple[MatrixProject, str, Rights]]:
        """Every right held, project by project; owners whose rows are missing hold nothing."""
        for project in self.projects.values():
            for user, held in project.team.rights.items():
                yield project, user, held

    def of_user(self, user: str) -> Iterator[tuple[MatrixProject, Rights]]:
        """The projects on which the user has a right or which the user owns."""
        for project in self.projects.values():
            if user in project.team.rights or user == project.owner:
                yield project, project.team.get(user)

    def view(self, by: Axis = "project") -> View:
        """All of it, one line for each project or for each user."""
        return View(self, tuple(self.projects.values()), self.users, by)


@dataclass(frozen=True)
class View:
    """What is shown of a matrix: some projects and some users, one of them down and the other across."""

    matrix: Matrix
    projects: Sequence[MatrixProject]
    users: Sequence[str]
    by: Axis = "project"
    """What a line is."""

    @property
    def rows(self) -> Sequence[MatrixProject] | Sequence[str]:
        """The lines."""
        return self.projects if self.by == "project" else self.users

    @property
    def columns(self) -> Sequence[MatrixProject] | Sequence[str]:
        """What stands across."""
        return self.users if self.by == "project" else self.projects

    def at(self, row: int, column: int) -> tuple[MatrixProject, str]:
        """The project and the user of one cell."""
        project, user = (row, column) if self.by == "project" else (column, row)
        return self.projects[project], self.users[user]

    def pivoted(self) -> View:
        """The same with lines and columns exchanged; it costs nothing."""
        return replace(self, by="user" if self.by == "project" else "project")


_user = attrgetter("user")
_permission = attrgetter("permission")


class _Held(dict[tuple[str, ...], Rights | None]):
    """The rights that links to permissions stand for; None where row rules go with them."""

    def __missing__(self, urls: tuple[str, ...]) -> Rights | None:
        codenames = frozenset(map(named, urls))
        held = self[urls] = None if PARTIAL in codenames else _one(Rights(codenames))
        return held


_HELD = _Held()
"""A few dozen sets of rights, for as long as the program runs."""


def _read(rows: list[Assignment]) -> dict[str, Rights]:
    """Rights by user, in the order of the rows."""
    rights: dict[str, Rights] = {}
    for url, group in groupby(sorted(rows, key=_user), _user):
        own = tuple(group)
        held = _HELD[tuple(map(_permission, own))]
        rights[named(url)] = held if held is not None else _one(Rights.of(own))
    return rights


@lru_cache(4096)
def _one(rights: Rights) -> Rights:
    """The same object for equal rights."""
    return rights
