"""``kobotui access``: who may do what, out to a file, back as a plan, one month against another."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kobotui.accounts import connect
from kobotui.changes.plan import Plan
from kobotui.changes.team_file import read_wishes
from kobotui.cli.output import (
    CONFLICTS,
    FAILED,
    INCOMPLETE,
    OK,
    REFUSED,
    JsonList,
    Refused,
    complain,
    write_csv,
    write_json,
)
from kobotui.cli.plan import plan_lines, plan_values
from kobotui.columns.matrix import blind_lines
from kobotui.columns.words import right_label, user_label
from kobotui.exports import access_file
from kobotui.locale import _, ngettext
from kobotui.model.access_lines import differences
from kobotui.model.access_table import HEADING, Line, Table, parse, rows_of
from kobotui.model.matrix_filter import MatrixFilterError
from kobotui.model.matrix_filter import parse as parse_filter
from kobotui.model.roles import roles
from kobotui.model.text import shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from kobotui.changes.team_file import FileWishes
    from kobotui.model.matrix import Matrix, MatrixProject
    from kobotui.settings import Settings

    Chosen = Callable[[MatrixProject, str], bool] | None


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """The command below ``kobotui access``; the exit code."""
    match arguments.action:
        case "export":
            return asyncio.run(export(arguments, settings))
        case "plan":
            return plan(arguments, settings)
        case "apply":
            return apply(arguments, settings)
        case "diff":
            return asyncio.run(diff(arguments))
        case _:
            from kobotui.cli.audit import audit

            return asyncio.run(audit(arguments, settings))


async def export(arguments: argparse.Namespace, settings: Settings) -> int:
    """One line for each user and project, to a file or to standard output."""
    known = roles(settings.roles)
    chosen = chosen_cells(arguments.filter, settings)
    async with connect(arguments.account) as kobo:
        matrix = await kobo.matrix(arguments.query)
        server = kobo.account.server
    if arguments.format == "json":
        with JsonList() as out:
            for item in _cells(matrix, chosen):
                out.write(item)
    elif arguments.file:
        path = Path(arguments.file)
        remarks = access_file.remarks(matrix, server, datetime.now(UTC))
        access_file.write(path, HEADING, rows_of(matrix, known, chosen), remarks)
        complain(_("Written: {path}").format(path=path))
    else:
        write_csv(HEADING, rows_of(matrix, known, chosen))
    return completeness(matrix)


def chosen_cells(text: str | None, settings: Settings) -> Chosen:
    """The cells that a filter lets pass, None for all. Raises ``Refused`` for what is no filter."""
    if not text:
        return None
    try:
        return parse_filter(text, roles(settings.roles), settings.groups).matches
    except MatrixFilterError as error:
        raise Refused(str(error)) from None


def _cells(matrix: Matrix, chosen: Chosen) -> Iterator[dict[str, Any]]:
    for project in matrix.projects.values():
        for user in sorted({project.owner, *project.team.rights}):
            if chosen is None or chosen(project, user):
                held = project.team.get(user)
                yield {
                    "project": project.uid,
                    "project_name": project.name,
                    "username": user,
                    "owner": user == project.owner,
                    "rights": sorted(held.full),
                    "row_rules": {rule.codename: rule.values() for rule in held.rules},
                    "whole_team": project.team.complete,
                }


def completeness(matrix: Matrix) -> int:
    """The exit code of what was made of a matrix, with a sentence for each thing that is missing."""
    if matrix.complete:
        return OK
    for sentence in blind_lines(matrix)[:-1]:  # the last one is true for everybody
        complain(sentence)
    return INCOMPLETE


# A file as a plan


def plan(arguments: argparse.Namespace, settings: Settings) -> int:
    """What a file asks for that is not so already; with ``-o`` as a plan file."""
    if arguments.output and Path(arguments.output).exists():
        raise Refused(_("{path} is there already.").format(path=arguments.output))
    proposed = asyncio.run(propose(arguments, settings))
    proposed.tell(arguments.format)
    if arguments.output and proposed.plan.changes and not proposed.problems:
        from kobotui.changes import planfile

        planfile.write(proposed.plan, Path(arguments.output))
        text = _("Written: {path}. Nothing is sent; kobotui apply does it.")
        complain(text.format(path=arguments.output))
    return proposed.code


def apply(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what a file asks for; nothing at all while there is a line that cannot be understood."""
    from kobotui.cli.apply import account_for, carry_out_plan

    proposed = asyncio.run(propose(arguments, settings))
    if proposed.problems or not proposed.plan.changes:
        proposed.tell(arguments.format)
        return proposed.code
    for sentence in proposed.sentences():
        complain(sentence)
    account = account_for(proposed.plan, arguments)
    return carry_out_plan(proposed.plan, account, arguments, settings) or proposed.code


class Proposal:
    """A plan made from a file, and what the file asks for that is not in it."""

    def __init__(self, plan: Plan, wishes: FileWishes) -> None:
        self.plan = plan
        self.problems = wishes.reading.problems
        self._wishes = wishes

    @property
    def code(self) -> int:
        """The exit code as far as it is known before anything is sent."""
        if self.problems:
            return CONFLICTS if all(problem.conflict for problem in self.problems) else REFUSED
        return FAILED if self._wishes.refused else OK if self._wishes.edits.matrix.whole else INCOMPLETE

    def sentences(self) -> list[str]:
        """What is not in the plan and why, and what is good to know."""
        refused = [
            _("{user} on {project}: {reason}").format(
                user=user_label(one.username), project=one.project_name or one.project, reason=one.reason
            )
            for one in self._wishes.refused
        ]
        return [*map(str, self.problems), *refused, *self._wishes.reading.notes]

    def tell(self, wanted: str | None) -> None:
        """Show the plan on standard output, as JSON or as it is reviewed; the rest on standard error."""
        if wanted == "json":
            problems = [{"line": one.line, "reason": one.reason, "conflict": one.conflict} for one in self.problems]
            refused, notes = msgspec.to_builtins(self._wishes.refused), self._wishes.reading.notes
            write_json(plan_values(self.plan) | {"refused": refused, "problems": problems, "notes": notes})
            return
        if self.plan.changes:
            sys.stdout.writelines(f"{line}\n" for line in plan_lines(self.plan))
        elif not self.problems and not self._wishes.refused:
            complain(_("Nothing to change: the server has it so already."))
        for sentence in self.sentences():
            complain(sentence)


async def propose(arguments: argparse.Namespace, settings: Settings) -> Proposal:
    """Read the file and the server, and plan the difference."""
    path = Path(arguments.file)
    table = parse(access_file.read(path))
    async with connect(arguments.account) as kobo:
        wishes = await read_wishes(
            table,
            await kobo.matrix(),
            kobo.users,
            roles(settings.roles),
            settings.groups,
            force=arguments.force,
            remove_missing=arguments.remove_missing,
        )
        account = kobo.account
    made = Plan(
        title=_("Access: {file}").format(file=path.name),
        account=account.name,
        server=account.server,
        changes=tuple(wishes.edits.changes()),
        warnings=wishes.edits.warnings(),
    )
    return Proposal(made, wishes)


# One month against another


async def diff(arguments: argparse.Namespace) -> int:
    """What has changed between two files, or between a file and the server."""
    old = parse(access_file.read(Path(arguments.old)))
    code = OK
    if arguments.new:
        new = parse(access_file.read(Path(arguments.new)))
    else:
        async with connect(arguments.account) as kobo:
            matrix = await kobo.matrix()
        code = completeness(matrix)
        new = parse(enumerate([HEADING, *rows_of(matrix, {})], 1))
    problems = [
        f"{name}: {one}" for name, table in ((arguments.old, old), (arguments.new, new)) for one in table.problems
    ]
    for sentence in problems:
        complain(sentence)
    for name, table in ((arguments.old, old), (arguments.new, new)):
        if n := sum(bool(line.check) and line.role_touched for line in table.lines):
            text = ngettext(
                "{file}: {n} role was edited, which is not compared; kobotui access plan says what it asks for.",
                "{file}: {n} roles were edited, which is not compared; kobotui access plan says what they ask for.",
                n,
            )
            complain(text.format(file=name, n=n))
    _tell_differences(old, new, arguments.format)
    return REFUSED if problems else code


def _tell_differences(old: Table, new: Table, wanted: str | None) -> None:
    found = differences(old, new)
    if wanted == "json":
        with JsonList() as out:
            for one in found:
                sides = {"before": _side(one.before), "after": _side(one.after)}
                out.write({"project": one.uid, "project_name": one.project, "username": one.user, **sides})
        return
    project = ""
    for one in sorted(found, key=lambda one: (one.project, one.uid)):
        if one.uid != project:
            project = one.uid
            sys.stdout.write(shown(f"{one.project or one.uid}") + "\n")
        sign = "+" if one.before is None else "-" if one.after is None else "~"
        text = f"  {sign} {user_label(one.user)}   {_line_text(one.before)} -> {_line_text(one.after)}"
        sys.stdout.write(shown(text) + "\n")
    n = len(found)
    complain(ngettext("{n} difference", "{n} differences", n).format(n=n))


def _side(line: Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {"rights": [name for name, sign in line.signs.items() if sign in ("x", "i")], "row_rules": line.row_rules}


def _line_text(line: Line | None) -> str:
    """The rights of a line in words, what comes along left out."""
    if line is None:
        return "-"
    names = ", ".join(right_label(name) for name, sign in line.signs.items() if sign == "x")
    return "; ".join(part for part in (names, line.row_rules) if part) or "-"
