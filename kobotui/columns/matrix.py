"""The access matrix: what a cell says in few signs, and in words.

``OWN`` owns the project, the short name of a role where the rights are exactly one, else a letter for each right
without those it brings along (``model.matrix.LETTERS``); ``r`` before letters that hold for some records only; ``~``
before what everybody may; ``.`` nothing, ``?`` hidden from this account. ``+`` and ``-`` before a cell: rights come, or
go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.projects import project_name
from kobotui.columns.words import public_label, right_label, rights_line, user_label
from kobotui.locale import N_, _, ngettext
from kobotui.model.access import PUBLIC, Rights, ordered
from kobotui.model.matrix import LETTERS, Beyond
from kobotui.model.roles import role_of
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.model.matrix import Matrix, MatrixProject, View

WIDTH = 7
"""Cells of a column of the matrix."""
_SHORT = {
    N_("Viewer"): N_("view"),
    N_("Data entry"): N_("add"),
    N_("Validator"): N_("valid"),
    N_("Editor"): N_("edit"),
    N_("Manager"): N_("manage"),
}
"""Built-in roles in a cell; roles of the settings file are cut."""


def letters(rights: Rights) -> str:
    """The rights as letters, what is implied left out: ``VA`` or ``ArVC``; ``#`` is a right that is new to us."""
    full = "".join(LETTERS.get(name, "#") for name in ordered(rights.full) if not rights.implied(name))
    named = ordered(rule.codename for rule in rights.rules if rule.codename != "add_submissions")  # which it heeds not
    ruled = "".join(LETTERS.get(name, "#") for name in named)
    return full + f"r{ruled}" * bool(ruled)


def letter_lines() -> list[tuple[str, str]]:
    """What each letter means."""
    rights = [(letter, right_label(codename)) for codename, letter in LETTERS.items()]
    return [*rights, ("r", _("before letters: on some records only, by a row rule"))]


def matrix_columns(view: View) -> tuple[Column, ...]:
    """The name of the line, a column for each user or project, and the public's where a line is a project."""
    if view.by == "user":
        across = (Column(project.uid, shown(project.name) or project.uid, WIDTH) for project in view.projects)
        return (
            Column("user", _("User"), 16, priority=100, flexible=True),
            Column("projects", _("Projects"), 8, right=True),
            *across,
        )
    users = (Column(user, shown(user), WIDTH) for user in view.users)
    return (
        Column("project", _("Project"), 26, priority=100, flexible=True),
        *users,
        Column(PUBLIC, user_label(PUBLIC), WIDTH),
    )


def matrix_head(view: View, row: int) -> tuple[Cell, ...]:
    """The first cells of a line: its name, and on how many projects a user is."""
    if view.by == "project":
        return (project_name(view.projects[row].name),)
    user = view.users[row]
    return Cell(user_label(user)), Cell(str(view.matrix.reach.get(user, 0)), "dim")


def matrix_cell(project: MatrixProject, user: str, roles: Mapping[str, Rights], after: Rights | None = None) -> Cell:
    """One user on one project; ``after``: the rights that are wanted there, where they shall change."""
    if user == project.owner:
        return Cell(_("OWN"), "bright")
    before = project.team.get(user)
    if after is not None and after != before:
        return Cell(_sign(before, after) + _says(user, after, roles), "pending")
    if not before:
        return Cell("." if project.knows(user) else "?", "dim")
    return Cell(_says(user, before, roles), "warn" if user == PUBLIC else "accent" if before.rules else "")


def _says(user: str, held: Rights, roles: Mapping[str, Rights]) -> str:
    if user == PUBLIC:
        return f"~{letters(held)}" if held else "."
    return _short(role_of(held, roles)) or letters(held) or "."


def _short(role: str) -> str:
    """The name of a role as a cell says it."""
    return next((_(text) for name, text in _SHORT.items() if _(name) == role), shown(role))


def _sign(before: Rights, after: Rights) -> str:
    """``+`` where something is gained, ``-`` where something is lost, both for both."""
    gained = bool(after.full - before.full) or (after.rules != before.rules and bool(after.rules))
    lost = bool(before.full - after.full) or (after.rules != before.rules and bool(before.rules))
    return "+" * gained + "-" * lost


def cell_lines(
    project: MatrixProject, user: str, roles: Mapping[str, Rights], after: Rights | None = None
) -> list[str]:
    """One cell in words, a line for each thing there is to know."""
    names = {"user": user_label(user), "project": shown(project.name) or project.uid}
    held = project.team.get(user)
    if user == project.owner:
        lines = [_("{user} owns {project}.").format(**names)]
    elif not project.knows(user):
        lines = [_("Whether {user} has rights on {project} is hidden: only managers see it.").format(**names)]
    else:
        role = role_of(held, roles)
        text = f"{shown(role)} ({rights_line(held)})" if role else rights_line(held)
        lines = [_("{user} on {project}: {rights}").format(rights=text, **names)]
    if after is not None and after != held:
        lines.append(_("will be: {rights}").format(rights=rights_line(after)))
    if user != PUBLIC and (public := project.team.public.full):
        lines.append(_("everybody: {what}").format(what="; ".join(public_label(name) for name in ordered(public))))
    return lines + beyond_lines(project)


def beyond_lines(project: MatrixProject) -> list[str]:
    """Rights on a project of which its rows do not tell."""
    texts = {
        Beyond.ORGANIZATION: _("administrators of {organization} may do everything, without a row"),
        Beyond.CALLER: _("you see it without a row of your own"),
    }
    return [texts[reason].format(organization=shown(project.organization)) for reason in project.beyond]


def blind_lines(matrix: Matrix) -> list[str]:
    """What this account cannot see of who may do what, a sentence each; the last one is true for everybody."""
    lines = [] if matrix.whole else [_("The list of projects is not complete.")]
    if n := len(matrix.partly):
        text = ngettext(
            "{n} project shows you only a part of its team, since you do not manage it.",
            "{n} projects show you only a part of their team, since you do not manage them.",
            n,
        )
        lines.append(text.format(n=n))
    if n := len({project.organization for project in matrix.projects.values() if project.organization}):
        text = ngettext(
            "Administrators of {n} organization may do everything on its projects, without a row.",
            "Administrators of {n} organizations may do everything on their projects, without a row.",
            n,
        )
        lines.append(text.format(n=n))
    return [*lines, _("Superusers of the server, and whoever has a project view, have rights no list tells of.")]


def matrix_line(view: View) -> str:
    """``312 projects x 87 users, complete``."""
    projects = ngettext("{n} project", "{n} projects", len(view.projects)).format(n=len(view.projects))
    users = ngettext("{n} user", "{n} users", len(view.users)).format(n=len(view.users))
    how = _("complete") if view.matrix.complete else _("seen in part")
    return _("{projects} x {users}, {how}").format(projects=projects, users=users, how=how)
