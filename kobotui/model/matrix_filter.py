"""The filter of the access matrix, as it is typed.

    water goma                  words of the project's name, or its uid
    user:ana,ben  user:an*      cells of these users; @goma, or goma alone, is a group of the settings file
    outside:goma                cells of everybody else
    role:viewer                 cells that are exactly a role; role:owner, role:other
    right:validate  right:M     cells with a right, by codename, its beginning or its letter; right:rule for row rules
    can:delete                  who can, owners and managers too: view, add, edit, validate, delete, form, manage
    owner:ana  status:draft     projects
    public  public:add          projects open to everybody: to see the form, see the data, add to it

A ``-`` or ``not`` before a condition turns it round, a comma means either, and all conditions have to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.access import CODENAMES, NOTHING, PARTIAL, PUBLIC, Rights
from kobotui.model.lists import folded
from kobotui.model.matrix import LETTERS, Axis, Matrix, MatrixProject, View
from kobotui.model.names import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ProjectTest = Callable[[MatrixProject], bool]
UserTest = Callable[[str], bool]
HeldTest = Callable[[Rights, bool], bool]
"""Whether rights pass; the second argument says that they are the owner's."""

CAN = {
    "view": "view_submissions",
    "add": "add_submissions",
    "edit": "change_submissions",
    "validate": "validate_submissions",
    "delete": "delete_submissions",
    "form": "change_asset",
    "manage": "manage_asset",
}
STATUSES = ("deployed", "draft", "archived")
PUBLICLY = {"form": "view_asset", "data": "view_submissions", "add": "add_submissions"}
KEYS = ("user", "outside", "role", "right", "can", "owner", "status", "public")

_BEGIN = re.compile(r"\s*(?P<not>not\s+(?=\S)|-(?=\S))?(?:(?P<key>[^\W\d_]+):)?", re.IGNORECASE)
_WORD = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<plain>\S+)')
_ITEM = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<plain>[^\s,"]+)')


class MatrixFilterError(ValueError):
    """The text is no filter; the message is a sentence that says where and why."""


@dataclass(frozen=True)
class MatrixFilter:
    """What a project, a user and the rights between them have to be."""

    projects: tuple[ProjectTest, ...] = ()
    users: tuple[UserTest, ...] = ()
    held: tuple[HeldTest, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.projects or self.users or self.held)

    def shows(self, project: MatrixProject) -> bool:
        """Whether the project itself passes, whoever is on it."""
        return all(test(project) for test in self.projects)

    def matches(self, project: MatrixProject, user: str) -> bool:
        """Whether a cell passes: the user has rights on the project, and all of it is as wanted."""
        held, owns = project.team.get(user), user == project.owner
        return (
            bool(held or owns)
            and all(test(user) for test in self.users)
            and self._passes(held, owns=owns)
            and self.shows(project)
        )

    def view(self, matrix: Matrix, by: Axis = "project") -> View:
        """The projects and users with a cell that passes; without conditions on cells, all projects that pass.

        Users are those of the cells: with any filter, nobody is shown who has nothing to do with what is.
        """
        if not self:
            return matrix.view(by)
        shown: set[str] = set()
        projects = []
        for project, found in self.found(matrix):
            shown |= found
            if found or not (self.users or self.held):
                projects.append(project)
        return View(matrix, projects, [user for user in matrix.users if user in shown], by)

    def found(self, matrix: Matrix) -> Iterator[tuple[MatrixProject, set[str]]]:
        """The projects that pass, and the users on each whose cells do, the public not among them."""
        people = {user for user in matrix.users if all(test(user) for test in self.users)}
        verdicts: dict[int, bool] = {}  # by identity: equal rights of a matrix are one object
        for project in matrix.projects.values():
            if self.projects and not self.shows(project):
                continue
            rights, owner = project.team.rights, project.owner
            found = {*rights, owner}
            if self.held:
                for user, held in rights.items():
                    verdict = verdicts.get(id(held))
                    if verdict is None:
                        verdict = verdicts[id(held)] = self._passes(held, owns=False)
                    if not verdict:
                        found.discard(user)
                if self._passes(rights.get(owner, NOTHING), owns=True):
                    found.add(owner)
                else:
                    found.discard(owner)
            yield project, found & people

    def _passes(self, held: Rights, *, owns: bool) -> bool:
        return all(test(held, owns) for test in self.held)


def parse(
    text: str, roles: Mapping[str, Rights] | None = None, groups: Mapping[str, Iterable[str]] | None = None
) -> MatrixFilter:
    """The filter of a text; an empty text lets everything pass. Raises ``MatrixFilterError``.

    ``roles`` and ``groups`` are those that may be named.
    """
    return _Reader(text, roles or {}, groups or {}).whole()


class _Reader:
    def __init__(self, text: str, roles: Mapping[str, Rights], groups: Mapping[str, Iterable[str]]) -> None:
        self.text, self.roles, self.groups = text, roles, groups
        self.at = 0
        self.projects: list[ProjectTest] = []
        self.users: list[UserTest] = []
        self.held: list[HeldTest] = []

    def whole(self) -> MatrixFilter:
        while self.text[self.at :].strip():
            self._condition()
        return MatrixFilter(tuple(self.projects), tuple(self.users), tuple(self.held))

    def _condition(self) -> None:
        begin = _BEGIN.match(self.text, self.at)
        assert begin  # nothing in it has to be there
        turned, key = bool(begin["not"]), (begin["key"] or "").lower()
        start = self.at = begin.start("key") if key else begin.end()
        if key:
            self.at = begin.end()
            if key not in KEYS:
                known = ", ".join(f"{name}:" for name in KEYS)
                raise self._error(
                    start, _("there is no filter {name}; there are {known}").format(name=f"{key}:", known=known)
                )
            values = self._values()
            if not values:
                raise self._error(self.at, _("a value is missing"))
            getattr(self, f"_{key}")(values, turned, start)
            return
        word = _WORD.match(self.text, self.at)
        self.at = word.end() if word else len(self.text)
        if word and word["plain"] == "public":
            self._public([], turned, start)
        elif word and (wanted := folded(word["plain"] or word["quoted"])):
            self._add(self.projects, lambda project: wanted in project.folded, turned)

    def _values(self) -> list[str]:
        """The values from here on, with commas between them."""
        values = []
        while item := _ITEM.match(self.text, self.at):
            self.at = item.end()
            value = item["quoted"] if item["plain"] is None else item["plain"]
            values.append(value)
            if self.text[self.at : self.at + 1] != ",":
                break
            self.at += 1
        return [value for value in values if value]

    @staticmethod
    def _add(tests: list[Callable[..., bool]], test: Callable[..., bool], turned: bool) -> None:
        tests.append((lambda *cell: not test(*cell)) if turned else test)

    def _error(self, at: int, reason: str) -> MatrixFilterError:
        return MatrixFilterError(_("At character {position}: {reason}.").format(position=at + 1, reason=reason))

    def _chosen(self, value: str, offered: Mapping[str, str], at: int) -> str:
        """What a value names, in full or by its beginning."""
        wanted = folded(value)
        if wanted in offered:
            return offered[wanted]
        meant = {offered[name] for name in offered if name.startswith(wanted)}
        if len(meant) == 1:
            return meant.pop()
        names = ", ".join(name for name in offered if name.startswith(wanted) or not meant)
        raise self._error(at, _("{value} is not one of {names}").format(value=value, names=names))

    # Users

    def _named(self, values: Sequence[str]) -> UserTest:
        patterns = [folded(name) for name in expanded(values, self.groups)]
        exact = {pattern for pattern in patterns if "*" not in pattern}
        loose = [pattern for pattern in patterns if "*" in pattern]
        return lambda user: folded(user) in exact or any(fnmatchcase(folded(user), pattern) for pattern in loose)

    def _user(self, values: Sequence[str], turned: bool, _at: int) -> None:
        self._add(self.users, self._named(values), turned)

    def _outside(self, values: Sequence[str], turned: bool, _at: int) -> None:
        self._add(self.users, self._named(values), not turned)

    # Rights

    def _role(self, values: Sequence[str], turned: bool, at: int) -> None:
        known = list(self.roles.values())
        offered = {folded(name): name for name in ("owner", "other", *self.roles)}
        wanted = {self._chosen(value, offered, at) for value in values}

        def test(held: Rights, owns: bool) -> bool:
            if owns:
                return "owner" in wanted
            exactly = any(name in wanted and rights == held for name, rights in self.roles.items())
            return exactly or ("other" in wanted and held not in known)

        self._add(self.held, test, turned)

    def _right(self, values: Sequence[str], turned: bool, at: int) -> None:
        offered = {codename: codename for codename in CODENAMES} | {"rule": PARTIAL}
        letters = {letter: codename for codename, letter in LETTERS.items()}
        wanted = {letters.get(value) or self._chosen(value, offered, at) for value in values}

        def test(held: Rights, _owns: bool) -> bool:
            return not wanted.isdisjoint(held.held) or any(rule.codename in wanted for rule in held.rules)

        self._add(self.held, test, turned)

    def _can(self, values: Sequence[str], turned: bool, at: int) -> None:
        wanted = {CAN[self._chosen(value, {name: name for name in CAN}, at)] for value in values}

        def test(held: Rights, owns: bool) -> bool:
            ruled = {rule.codename for rule in held.rules if rule.codename != "add_submissions"}
            return owns or not wanted.isdisjoint(held.full | ruled)

        self._add(self.held, test, turned)

    # Projects

    def _owner(self, values: Sequence[str], turned: bool, _at: int) -> None:
        named = self._named(values)
        self._add(self.projects, lambda project: named(project.owner), turned)

    def _status(self, values: Sequence[str], turned: bool, at: int) -> None:
        wanted = {self._chosen(value, {name: name for name in STATUSES}, at) for value in values}
        self._add(self.projects, lambda project: project.status in wanted, turned)

    def _public(self, values: Sequence[str], turned: bool, at: int) -> None:
        wanted = {PUBLICLY[self._chosen(value, {name: name for name in PUBLICLY}, at)] for value in values}

        def test(project: MatrixProject) -> bool:
            held = project.team.get(PUBLIC).full
            return not wanted.isdisjoint(held) if wanted else bool(held)

        self._add(self.projects, test, turned)
