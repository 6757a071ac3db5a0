"""The access matrix as a table that spreadsheets edit: a line for each user on each project, a column for each right.

``x`` is a right of its own, ``i`` one that others bring along and that goes with them, ``r`` one that the row rule
limits to some records. ``check`` tells whether a line has been edited, and whether the server's state has changed
since the table was written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.access import CODENAMES, PARTIAL, PUBLIC, Rights, settled
from kobotui.model.roles import role_of
from kobotui.model.rowrule import RuleError, parse_rules, say_rules
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kobotui.model.access import Rule
    from kobotui.model.matrix import Matrix, MatrixProject

RIGHTS = tuple(name for name in CODENAMES if name not in (PARTIAL, "discover_asset"))
"""The rights with a column of their own, by codename."""
HEADING = ("uid", "project", "user", "owner", "role", *RIGHTS, "row_rules", "seen", "check")
"""The same in every language: programs read it."""
NEEDED = ("uid", "user", *RIGHTS, "row_rules")
"""Columns without which a table cannot be read: what is not there could mean that nobody has the right."""
KEPT = "(unchanged)"
"""In place of a row rule that no spreadsheet cell can hold: it stays as the server has it."""
LONGEST = 32_000
"""Characters of a cell."""

_SIGNS = dict.fromkeys(("x", "1", "1.0", "true", "vrai", "wahr", "yes", "y", "oui", "o", "ja", "j", "✓", "✔"), "x")
_SIGNS |= {"i": "i", "r": "r"}
_SIGNS |= dict.fromkeys(("", "0", "0.0", "false", "faux", "falsch", "no", "n", "non", "nein", ".", "-"), "")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a line from being understood, or from being carried out."""

    line: int
    """Number of the line, 0 for the whole file."""
    reason: str
    conflict: bool = False
    """Somebody else has changed the same since the table was written."""

    def __str__(self) -> str:
        return _("line {n}: {reason}").format(n=self.line, reason=self.reason) if self.line else self.reason


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was read; texts as they stand there."""

    number: int
    uid: str
    project: str
    user: str
    signs: Mapping[str, str]
    """``x``, ``i``, ``r`` or nothing, by codename."""
    row_rules: str = ""
    role: str = ""
    seen: str = ""
    """``all`` where every line of the project was written, else ``part`` (seen) or ``some`` (chosen)."""
    check: str = ""

    @property
    def empty(self) -> bool:
        """Whether it gives no right at all."""
        return not any(self.signs.values()) and not self.row_rules

    @property
    def exported(self) -> bool:
        """Whether it was written with what comes along, and not by hand: nothing in it is left out by chance."""
        return bool(self.check) or "i" in self.signs.values()

    @property
    def own(self) -> frozenset[str]:
        """The rights with an ``x``."""
        return frozenset(codename for codename, sign in self.signs.items() if sign == "x")

    def rules(self, kept: tuple[Rule, ...] = ()) -> tuple[Rule, ...]:
        """The row rules; ``kept`` where the table could not hold them. Raises ``RuleError``."""
        return kept if self.row_rules == KEPT else parse_rules(self.row_rules)

    def touched(self, kept: str = "") -> bool:
        """Whether its rights have been edited; ``kept`` is the text of a row rule that was too long for a cell."""
        text = kept if self.row_rules == KEPT else self.row_rules
        return not self.check.startswith(_digest(self.uid, self.user, self.signs, text))

    @property
    def role_touched(self) -> bool:
        """Whether the name of the role has been edited."""
        return not self.check.endswith(_short(self.role))


@dataclass
class Table:
    """The lines of a table, and what could not be read."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def signs_of(rights: Rights) -> dict[str, str]:
    """The sign of each right that has a column."""
    return dict(_signs(rights))


@lru_cache(4096)
def _signs(rights: Rights) -> Mapping[str, str]:
    """Few rights are held by many."""
    ruled = {rule.codename for rule in rights.rules} - {"add_submissions"}
    return {
        name: ("i" if rights.implied(name) else "x") if name in rights.full else "r" if name in ruled else ""
        for name in RIGHTS
    }


@lru_cache(4096)
def rules_text(rights: Rights) -> str:
    """The text of the column ``row_rules``, however long."""
    return say_rules(rights.rules)


def check_of(uid: str, user: str, rights: Rights, role: str) -> str:
    """The text of the column ``check``."""
    return _digest(uid, user, _signs(rights), rules_text(rights)) + _short(role)


def written_rights(uid: str, user: str, rights: Rights, check: str) -> bool:
    """Whether a line with this ``check`` was written when the user held exactly these rights there."""
    return check.startswith(_digest(uid, user, _signs(rights), rules_text(rights)))


def _digest(uid: str, user: str, signs: Mapping[str, str], rules: str) -> str:
    """A letter first: a spreadsheet would take digits with an ``e`` among them for a number."""
    return f"c{_short(uid, user, [signs.get(name, '') for name in RIGHTS], rules, size=8)}"


def _short(*parts: object, size: int = 4) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:size]


def rows_of(
    matrix: Matrix, roles: Mapping[str, Rights], chosen: Callable[[MatrixProject, str], bool] | None = None
) -> Iterator[tuple[str, ...]]:
    """The lines below ``HEADING``: on each project the owner first and the public last; only the ``chosen`` cells."""
    for uid, project in matrix.projects.items():
        team = project.team
        everybody = sorted(
            {project.owner, *team.rights}, key=lambda name: (name != project.owner, name == PUBLIC, name)
        )
        users = [user for user in everybody if chosen is None or chosen(project, user)]
        seen = "part" if not team.complete else "all" if len(users) == len(everybody) else "some"
        for user in users:
            held = team.get(user)
            owns = user == project.owner
            role = "" if owns else role_of(held, roles)
            rules = rules_text(held)
            yield (
                uid,
                shown(project.name),
                shown(user),
                "yes" if owns else "",
                shown(role),
                *_signs(held).values(),
                KEPT if len(rules) > LONGEST else rules,
                seen,
                check_of(uid, shown(user), held, shown(role)),
            )


def parse(rows: Iterable[tuple[int, Sequence[str]]]) -> Table:
    """The lines below a heading, each with the number of its line; rows without anything in them are left out.

    A row with nothing but a text that begins with ``#`` is a remark. A table whose heading lacks a column has no lines.
    """
    table = Table()
    heading: dict[str, int] = {}
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        said = [cell for cell in cells if cell]
        if not said or (len(said) == 1 and said[0].startswith("#")):
            continue
        if heading:
            _read(table, number, cells, heading)
            continue
        heading = {name: place for place, name in reversed(list(enumerate(map(_column, cells))))}
        if lacking := [name for name in NEEDED if name not in heading]:
            text = _("these columns are missing: {names}").format(names=", ".join(lacking))
            table.problems.append(Problem(number, text))
            return table
    if not heading:
        table.problems.append(Problem(0, _("The file is empty.")))
    return table


def _column(name: str) -> str:
    return name.strip().lower().replace(" ", "_").lstrip("\ufeff")


def _read(table: Table, number: int, cells: Sequence[str], heading: Mapping[str, int]) -> None:
    def cell(name: str) -> str:
        place = heading.get(name)
        return cells[place] if place is not None and place < len(cells) else ""

    signs: dict[str, str] = {}
    for name in RIGHTS:
        sign = _SIGNS.get(cell(name).lower())
        if sign is None:
            text = _("{value} in the column {name} is neither x nor empty").format(value=shown(cell(name)), name=name)
            table.problems.append(Problem(number, text))
        signs[name] = sign or ""
    if not cell("user"):
        table.problems.append(Problem(number, _("there is no user name; merged cells have to be divided")))
        return
    if not cell("uid") and not cell("project"):
        table.problems.append(Problem(number, _("there is no uid; merged cells have to be divided")))
        return
    line = Line(
        number=number,
        uid=cell("uid"),
        project=cell("project"),
        user=cell("user"),
        signs=signs,
        row_rules=cell("row_rules"),
        role=cell("role"),
        seen=cell("seen"),
        check=cell("check"),
    )
    try:
        line.rules()
    except RuleError as error:
        if line.touched():  # what the server holds may be stranger than what we read
            table.problems.append(Problem(number, _("the row rule cannot be read. {why}").format(why=error)))
            return
    table.lines.append(line)


def wanted_of(line: Line, held: Rights, asset_type: str = "survey") -> Rights | str:
    """The rights that an edited line asks for, or why it contradicts itself; ``held`` is what the user holds now."""
    rules = line.rules(held.rules)
    ruled = {rule.codename for rule in rules} - {"add_submissions"}
    if whole := sorted(line.own & {*ruled, "manage_asset", "view_submissions"}) if rules else []:
        return _("{right} is for all records, and the row rule for some of them").format(right=whole[0])
    rights = settled(Rights(line.own, rules), asset_type)
    if "change_submissions" in ruled and line.signs.get("add_submissions"):
        rights = Rights(rights.full | {"add_submissions"}, rights.rules)
    for name, sign in line.signs.items():
        if sign == "r" and name not in ruled:
            return _("{right} says r, and the row rule does not give it").format(right=name)
        stays = name in rights.full and (name in held.full or held.rule(name) is not None)
        stays |= name in ruled and name not in held.full and held.rule(name) is not None
        if stays and not sign and line.exported:
            return _("{right} cannot go while something that needs it stays").format(right=name)
    return rights
