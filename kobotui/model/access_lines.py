"""A table of rights held against the server's state: which lines ask for something, and which cannot be understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kobotui.locale import _, ngettext
from kobotui.model.access import NOTHING, PUBLIC, Rights
from kobotui.model.access_table import KEPT, Line, Problem, Table, rules_text, signs_of, wanted_of, written_rights
from kobotui.model.lists import folded
from kobotui.model.names import expanded, not_found
from kobotui.model.roles import role_of
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.model.matrix import Matrix, MatrixProject


@dataclass(frozen=True, slots=True)
class Wish:
    """What a line asks for."""

    line: int
    uid: str
    user: str
    rights: Rights


@dataclass
class Reading:
    """What a table asks of the server, line by line."""

    wishes: list[Wish] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is good to know, though nothing is wrong."""

    def names(self, matrix: Matrix) -> list[str]:
        """The users who are given something and are on no team: the server has to be asked whether they exist."""
        known = set(matrix.users) | {PUBLIC}
        return list(dict.fromkeys(wish.user for wish in self.wishes if wish.user not in known))

    def without(self, unknown: Iterable[str], matrix: Matrix) -> Reading:
        """With a problem for each line that names somebody who does not exist."""
        gone = set(unknown)
        found = [Problem(wish.line, not_found(wish.user, matrix.users)) for wish in self.wishes if wish.user in gone]
        left = [wish for wish in self.wishes if wish.user not in gone]
        return Reading(left, sorted([*self.problems, *found], key=lambda problem: problem.line), self.notes)


def read_against(
    table: Table,
    matrix: Matrix,
    roles: Mapping[str, Rights],
    groups: Mapping[str, Iterable[str]] | None = None,
    *,
    force: bool = False,
    remove_missing: bool = False,
) -> Reading:
    """What the lines ask for that is not so already.

    A line that nobody has edited asks for nothing. One that was edited while somebody else changed the same is a
    problem, unless ``force``. A line that is gone means nothing, unless ``remove_missing``: then whoever is not named
    leaves the projects that are, but for owners and the public.
    """
    return _Against(table, matrix, roles, groups or {}, force).reading(remove_missing)


class _Against:
    def __init__(
        self,
        table: Table,
        matrix: Matrix,
        roles: Mapping[str, Rights],
        groups: Mapping[str, Iterable[str]],
        force: bool,
    ) -> None:
        self.table, self.matrix, self.groups, self.force = table, matrix, groups, force
        self.roles = roles
        self.roles_by_name = {folded(name): held for name, held in roles.items()}
        self.users = {shown(user): user for user in matrix.users} | {PUBLIC: PUBLIC}
        self.names: dict[str, list[str]] = {}
        for uid, project in matrix.projects.items():
            self.names.setdefault(shown(project.name).strip(), []).append(uid)
        self.copies = Counter(line.check for line in table.lines if line.check)
        self.found = Reading(problems=list(table.problems))
        self.seen: dict[tuple[str, str], int] = {}
        """On which line each cell stands."""
        self.changed_since = 0

    def reading(self, remove_missing: bool) -> Reading:
        for line in self.table.lines:
            if (project := self._project(line)) is not None:
                for user in expanded([line.user], self.groups, self.users):
                    self._cell(line, project, self.users.get(user, user))
        if remove_missing:
            self._remove_missing()
        if self.changed_since:
            text = ngettext(
                "{n} line is not edited here and has changed on the server since: that is left as it is.",
                "{n} lines are not edited here and have changed on the server since: that is left as it is.",
                self.changed_since,
            )
            self.found.notes.append(text.format(n=self.changed_since))
        self.found.problems.sort(key=lambda problem: problem.line)
        return self.found

    def _problem(self, line: Line, reason: str, *, conflict: bool = False) -> None:
        self.found.problems.append(Problem(line.number, reason, conflict))

    def _project(self, line: Line) -> MatrixProject | None:
        """The project of a line: by its uid, else by its name when only one has it."""
        if line.uid in self.matrix.projects:
            return self.matrix.projects[line.uid]
        named = self.names.get(line.project, []) if not line.uid else []
        if len(named) == 1:
            return self.matrix.projects[named[0]]
        if named:
            self._problem(line, _("several projects are called {name}: give the uid").format(name=shown(line.project)))
        else:
            text = _("this account sees no project {name}").format(name=shown(line.uid or line.project))
            self._problem(line, text)
        return None

    def _cell(self, line: Line, project: MatrixProject, user: str) -> None:
        first = self.seen.setdefault((project.uid, user), line.number)
        if first != line.number:
            text = _("{user} on this project is on line {n} already")
            self._problem(line, text.format(user=shown(user), n=first))
            return
        held = project.team.get(user)
        kept = rules_text(held) if line.row_rules == KEPT else ""
        current = written_rights(project.uid, shown(user), held, line.check)
        if line.check and not line.touched(kept) and not line.role_touched:
            self.changed_since += not current and project.knows(user)
            return
        wanted = self._wanted(line, held, kept, project.asset_type)
        if isinstance(wanted, str):
            self._problem(line, wanted)
        elif wanted != held or not project.knows(user):
            if line.check and not current and not self.force and not self._copied(line, project, user):
                text = _("somebody else has changed this since the file was written; look at it again")
                self._problem(line, text, conflict=True)
            else:
                self.found.wishes.append(Wish(line.number, project.uid, user, wanted))

    def _copied(self, line: Line, project: MatrixProject, user: str) -> bool:
        """Whether the line was copied from another one, or made of somebody else's: its check is not its own."""
        if self.copies[line.check] > 1:
            return True
        others = ((other, held) for other, held in project.team.rights.items() if other != user)
        return any(written_rights(project.uid, shown(other), held, line.check) for other, held in others)

    def _wanted(self, line: Line, held: Rights, kept: str, asset_type: str) -> Rights | str:
        """The rights that an edited line asks for, or why that is not clear."""
        given = wanted_of(line, held, asset_type)
        if not line.role:
            return given
        role = self.roles_by_name.get(folded(line.role))
        if line.check:
            by_role = line.role_touched and (line.empty or not line.touched(kept))
        else:  # written by hand, or with the column taken away
            same = dict(line.signs) == signs_of(held) and line.row_rules == rules_text(held)
            by_role = line.empty or (same and role_of(held, self.roles) != line.role)
        if by_role:
            return role if role is not None else self._no_role(line)
        unedited = not line.role_touched if line.check else role_of(held, self.roles) == line.role
        if unedited or given == role or isinstance(given, str):
            return given
        return self._no_role(line) if role is None else _("the role and the rights beside it do not agree")

    def _no_role(self, line: Line) -> str:
        known = ", ".join(self.roles)
        return _("there is no role {name}; there are {known}").format(name=shown(line.role), known=shown(known))

    def _remove_missing(self) -> None:
        lines: dict[str, list[Line]] = {}
        for line in self.table.lines:
            if line.uid in self.matrix.projects:
                lines.setdefault(line.uid, []).append(line)
        for uid, named in lines.items():
            project = self.matrix.projects[uid]
            missing = [user for user in project.team.members if (uid, user) not in self.seen]
            if missing and not all(line.seen in ("all", "") for line in named):
                self._problem(named[0], _("the file does not hold this whole team: nobody can be missing from it"))
                continue
            self.found.wishes += [Wish(named[0].number, uid, user, NOTHING) for user in missing]


@dataclass(frozen=True, slots=True)
class Difference:
    """One user on one project in two tables; None where the table has no such line."""

    uid: str
    project: str
    user: str
    before: Line | None
    after: Line | None


def differences(old: Table, new: Table) -> list[Difference]:
    """What has changed between two tables, in the order of the newer one; what is gone comes last."""
    before = {(line.uid, line.user): line for line in old.lines if not line.empty}
    after = {(line.uid, line.user): line for line in new.lines if not line.empty}
    found = []
    for cell in dict.fromkeys([*after, *before]):
        one, other = before.get(cell), after.get(cell)
        if one is None or other is None or (one.signs, one.row_rules) != (other.signs, other.row_rules):
            line = other or one
            found.append(Difference(cell[0], line.project if line else "", cell[1], one, other))
    return found
