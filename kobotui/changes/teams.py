"""From what somebody wants of many teams to the changes that make it so: rights over a matrix, pending until reviewed.

Whatever cannot be done is refused with its reason, project by project: owners, projects of others, rights that
a kind of asset does not have. Nothing here asks the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kobotui.changes.access import SetAccess
from kobotui.columns.words import right_label
from kobotui.locale import _, ngettext
from kobotui.model.access import (
    ASSIGNABLE,
    NOTHING,
    PUBLIC,
    PUBLIC_CODENAMES,
    Rights,
    Rule,
    grant,
    ordered,
    revoke,
    rules_of,
    settled,
)
from kobotui.model.rule_parts import with_rules

if TYPE_CHECKING:
    from kobotui.model.matrix import Matrix, MatrixProject

Cell = tuple[str, str]
"""Uid of a project, name of a user."""
DEMOTED = settled(Rights(frozenset({"view_submissions"})))
"""What is left to a manager who shall no longer manage, unless something else is wanted."""


class Refused(Struct, frozen=True):
    """A part of an intent that is not possible, and why, in a sentence."""

    project: str
    project_name: str
    username: str
    reason: str


class TeamEdits:
    """Wanted rights by project and user, over what the server says. Every verb answers with what it had to refuse."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.wanted: dict[Cell, Rights] = {}
        """Only cells that differ from the server's state."""

    def held(self, uid: str, user: str) -> Rights:
        """What the user shall hold, which is what is held where nothing else is wanted."""
        return self.wanted.get((uid, user), self.matrix.get(uid, user))

    def want(self, uid: str, user: str, rights: Rights) -> list[Refused]:
        """Wish for exactly these rights, with what the server adds to them."""
        project = self.matrix.projects.get(uid)
        if project is None:
            return [Refused(uid, "", user, _("This account does not see the project."))]
        rights = settled(rights, project.asset_type)
        if rights == self.held(uid, user) and project.knows(user):
            return []
        if reason := self._why_not(project, user, rights):
            return [Refused(uid, project.name, user, reason)]
        self.wanted.pop((uid, user), None)
        if rights != project.team.get(user):
            self.wanted[uid, user] = rights
        return []

    def _why_not(self, project: MatrixProject, user: str, rights: Rights) -> str:
        """Why a user cannot be given these rights, empty when they can."""
        if user == project.owner:
            return _("{name} owns this project; an owner's rights stay.").format(name=user)
        leaving = user == self.matrix.caller and not rights
        if not project.team.complete and not leaving:
            return _("You do not manage this project.")
        allowed = ASSIGNABLE.get(project.asset_type, ASSIGNABLE["survey"])
        strange = (rights.held | {rule.codename for rule in rights.rules}) - allowed
        if strange:
            names = ", ".join(map(right_label, ordered(strange)))
            return _("There is no such right here: {rights}.").format(rights=names)
        if user == PUBLIC and not rights.held <= PUBLIC_CODENAMES:
            names = ", ".join(map(right_label, ordered(rights.held - PUBLIC_CODENAMES)))
            return _("The public cannot hold “{right}”.").format(right=names)
        return ""

    def _each(self, cells: Iterable[Cell], become: Callable[[MatrixProject, Rights], Rights]) -> list[Refused]:
        refused: list[Refused] = []
        for uid, user in cells:
            project = self.matrix.projects.get(uid)
            rights = become(project, self.held(uid, user)) if project else NOTHING
            refused += self.want(uid, user, rights)
        return refused

    # What is done to cells

    def set_rights(self, cells: Iterable[Cell], rights: Rights) -> list[Refused]:
        """Exactly these rights, as a role has them: a manager who becomes a viewer is one."""
        return self._each(cells, lambda _project, _held: rights)

    def grant(self, cells: Iterable[Cell], codenames: Sequence[str]) -> list[Refused]:
        """More rights, with what they bring along; rights on all records take the place of a row rule."""

        def become(project: MatrixProject, held: Rights) -> Rights:
            for codename in codenames:
                held = grant(held, codename, asset_type=project.asset_type)
            return held

        return self._each(cells, become)

    def revoke(self, cells: Iterable[Cell], codenames: Sequence[str], instead: Rights = DEMOTED) -> list[Refused]:
        """Fewer rights, without what needs them.

        Who loses ``manage_asset`` holds exactly ``instead``: the server alone would leave them every other right.
        """

        def become(project: MatrixProject, held: Rights) -> Rights:
            if "manage_asset" in codenames and "manage_asset" in held.full:
                allowed = ASSIGNABLE.get(project.asset_type, ASSIGNABLE["survey"])
                held = Rights((instead.full & allowed) or frozenset({"view_asset"}) & allowed, instead.rules)
            for codename in codenames:
                held = _without_rule(revoke(held, codename), codename)
            return held

        return self._each(cells, become)

    def set_rules(self, cells: Iterable[Cell], rules: tuple[Rule, ...]) -> list[Refused]:
        """Rights on some records, in the place of rights on all of them; no rules: no right to see any."""
        return self._each(cells, lambda _project, held: with_rules(held, rules))

    def remove(self, cells: Iterable[Cell]) -> list[Refused]:
        """Nothing at all."""
        return self.set_rights(cells, NOTHING)

    # What comes of it

    def changes(self) -> list[SetAccess]:
        """The changes, project by project in the order of the matrix."""
        places = {uid: place for place, uid in enumerate(self.matrix.projects)}
        return [self._change(uid, user) for uid, user in sorted(self.wanted, key=lambda cell: places[cell[0]])]

    def _change(self, uid: str, user: str) -> SetAccess:
        project = self.matrix.projects[uid]
        return SetAccess(
            project=uid,
            project_name=project.name,
            username=user,
            owner=project.owner,
            asset_type=project.asset_type,
            before=project.team.get(user),
            after=self.wanted[uid, user],
        )

    def warnings(self) -> tuple[str, ...]:
        """What concerns all of it: the caller's own access."""
        caller = self.matrix.caller
        own = [self.wanted[uid, user] for uid, user in self.wanted if user == caller]
        given_up = sum("manage_asset" not in rights.full for rights in own)
        if not given_up:
            return ()
        text = ngettext(
            "You give up managing {n} project: you cannot take that back yourself.",
            "You give up managing {n} projects: you cannot take that back yourself.",
            given_up,
        )
        return (text.format(n=given_up),)

    def forget(self, cells: Iterable[Cell] | None = None) -> None:
        """Drop what is wanted of these cells, or of all."""
        for cell in list(self.wanted if cells is None else cells):
            self.wanted.pop(cell, None)

    def over(self, matrix: Matrix) -> TeamEdits:
        """The same wishes over the server's state of now, without those that it fulfils or that are gone."""
        edits = TeamEdits(matrix)
        for (uid, user), rights in self.wanted.items():
            if uid in matrix.projects:
                edits.want(uid, user, rights)
        return edits


def cells_of(uids: Iterable[str], users: Iterable[str]) -> Iterator[Cell]:
    """Every user on every project."""
    named = tuple(users)
    return ((uid, user) for uid in uids for user in named)


def merged(one: Rights, other: Rights, asset_type: str = "survey") -> Rights:
    """What both give together: all records where one of them gives all, else the records of both."""
    rules: dict[str, list[dict[str, object]]] = {}
    for rule in (*one.rules, *other.rules):
        rules.setdefault(rule.codename, []).extend(rule.values())
    return settled(Rights(one.full | other.full, rules_of(rules)), asset_type)


def _without_rule(held: Rights, codename: str) -> Rights:
    """Without the row rule for one right: without any, where it is the right to view."""
    left = () if codename == "view_submissions" else tuple(rule for rule in held.rules if rule.codename != codename)
    return Rights(held.full, left)
