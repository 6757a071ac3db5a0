"""``kobotui import``: records from a table into a project, and the empty table for it."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kobotui import paths
from kobotui.accounts import connect
from kobotui.changes.bring_in import NotTaken, bring_in
from kobotui.changes.brought_in import BroughtIn, Fate, plan_of
from kobotui.changes.journal import opened
from kobotui.cli.naming import uid_of
from kobotui.cli.output import CONFLICTS, OK, REFUSED, Refused, complain, write_json
from kobotui.cli.status_line import StatusLine
from kobotui.columns.brought_in import facts, fate_label
from kobotui.columns.words import number
from kobotui.exports.forms import deployed_forms, language_of
from kobotui.exports.record_template import write_template
from kobotui.locale import _, ngettext
from kobotui.model.export_options import NAMES

if TYPE_CHECKING:
    import argparse

    from kobotui.changes.plan import Plan
    from kobotui.settings import Settings

_TOLD = 20
"""Rows that are told one by one."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring a file in, or write the table to fill in."""
    if bool(arguments.template) == bool(arguments.file):
        raise Refused(_("Give a file to bring in, or --template FILE for an empty one."))
    if arguments.template:
        if Path(arguments.template).exists():
            raise Refused(_("{path} is there already.").format(path=arguments.template))
        return asyncio.run(template(arguments))
    found, plan = asyncio.run(propose(arguments))
    if found.problem_count or not plan.changes:
        _tell(found, arguments.format)
        return REFUSED if found.problem_count else _code(found)
    _say(found)
    from kobotui.cli.apply import account_for, carry_out_plan

    return carry_out_plan(plan, account_for(plan, arguments), arguments, settings) or _code(found)


async def template(arguments: argparse.Namespace) -> int:
    """Write an empty table with the questions of the deployed form."""
    path = Path(arguments.template)
    async with connect(arguments.account) as kobo:
        project = await kobo.projects.get(uid_of(kobo, arguments.project))
        if not project.has_deployment:
            raise NotTaken(_("{name} is a draft: deploy it first.").format(name=project.name))
        forms = await deployed_forms(kobo, project)
    lang = NAMES
    if wanted := arguments.labels:
        lang = language_of(forms, wanted) or ""
        if not lang:
            languages = ", ".join(name for name in forms[0].form.languages if name)
            text = _("{name} has no labels in {wanted}; its languages: {languages}.")
            raise Refused(text.format(name=project.name, wanted=wanted, languages=languages or "-"))
    for made in await asyncio.to_thread(write_template, path, forms[0].form, project.name, lang):
        complain(_("Written: {path}").format(path=made))
    return OK


async def propose(arguments: argparse.Namespace) -> tuple[BroughtIn, Plan]:
    """What the file asks for, and the plan of it. Raises ``Refused``, ``KoboError``, ``LocalError``."""
    path = Path(arguments.file)
    line = StatusLine()
    try:
        async with connect(arguments.account) as kobo:
            project = await kobo.projects.get(uid_of(kobo, arguments.project))
            found = await bring_in(
                kobo,
                project,
                path,
                today=date.today(),
                attachments=Path(arguments.attachments) if arguments.attachments else None,
                skip_unknown=arguments.skip_unknown,
                seen=_seen(kobo.account.server, project.uid),
                say=line.paint,
            )
            account = kobo.account
    finally:
        line.clear()
    again = arguments.deleted == "again"
    if found.deleted and not arguments.deleted and not found.problem_count:
        n = len(found.deleted)
        text = ngettext(
            "{n} row was in the project and was deleted since: --deleted again brings it back, --deleted leave leaves "
            "it. Nothing was done.",
            "{n} rows were in the project and were deleted since: --deleted again brings them back, --deleted leave "
            "leaves them. Nothing was done.",
            n,
        )
        raise Refused(text.format(n=number(n)))
    return found, plan_of(found, path.name, account, again=again)


def _seen(server: str, project: str) -> dict[str, str]:
    book = paths.journal_file()
    if not book.exists():
        return {}
    with opened(book) as journal:
        return journal.records_seen(server, project)


def _code(found: BroughtIn) -> int:
    return CONFLICTS if found.count(Fate.CONFLICT) else OK


def _tell(found: BroughtIn, wanted: str | None) -> None:
    """What there is to say when nothing is done."""
    if wanted == "json":
        rows = [{"line": row.line, "fate": row.fate, "text": row.text} for row in found.rows]
        write_json(
            {
                "problems": found.problems,
                "problem_count": found.problem_count,
                "rows": rows,
                "notes": found.notes,
                "unknown_columns": found.unknown,
                "needs_folder": found.needs_folder,
            }
        )
        return
    for problem in found.problems:
        complain(problem)
    if found.problem_count:
        left = found.problem_count - len(found.problems)
        if left:
            complain(ngettext("and {n} more problem", "and {n} more problems", left).format(n=number(left)))
        if found.needs_folder:
            complain(_("--attachments FOLDER says where the files are."))
        if found.unknown:
            complain(_("Columns that are no questions are left out by --skip-unknown."))
        complain(_("Nothing of the file is brought in."))
        return
    _say(found)
    if all(row.fate in (Fate.SAME, Fate.THERE) for row in found.rows):
        complain(_("Nothing to do: the project has it so already."))
    else:
        complain(_("Nothing of it is left to do."))


def _say(found: BroughtIn) -> None:
    """What is not in the plan, and how much there is of everything."""
    told = [row for row in found.rows if row.fate in (Fate.CONFLICT, Fate.CORRECTED)]
    for row in told[:_TOLD]:
        complain(f"{_('line {n}').format(n=row.line)}: {row.text} ({fate_label(row.fate)})")
    _and_more(len(told) - _TOLD)
    for note in found.notes[:_TOLD]:
        complain(note)
    _and_more(len(found.notes) - _TOLD)
    complain(facts([row.fate for row in found.rows]))


def _and_more(n: int) -> None:
    if n > 0:
        complain(ngettext("and {n} more", "and {n} more", n).format(n=number(n)))
