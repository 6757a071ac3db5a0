"""``kobotui new`` and ``replace``: a project from an XLSForm, or another form for one; watched to the end."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from kobotui.accounts import choose, connect
from kobotui.changes.creations import CreateProject
from kobotui.changes.form_files import form_name, form_problem, read_form, read_stream
from kobotui.changes.forms import FormSource, ReplaceForm
from kobotui.changes.plan import Plan
from kobotui.cli.apply import account_for, carry_out_plan
from kobotui.cli.naming import uid_of
from kobotui.cli.output import Refused
from kobotui.locale import _

if TYPE_CHECKING:
    import argparse

    from kobotui.changes.kinds import AnyChange
    from kobotui.model.project import ProjectDetail
    from kobotui.settings import Settings

STDIN = "-"


def new(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make a draft of a form: a path, an address, or ``-`` for standard input."""
    source = _source(arguments.form)
    name = (arguments.name or ("" if arguments.form == STDIN else form_name(source))).strip()
    if not name:
        raise Refused(_("Say what to call the project: --name NAME"))
    change = CreateProject(project="", project_name=name, source=source)
    return _apply(_("New project {name}").format(name=name), change, arguments, settings)


def replace(arguments: argparse.Namespace, settings: Settings) -> int:
    """Give a project another form; what is live stays until a redeploy."""
    source = _source(arguments.form)
    now = asyncio.run(_project(arguments))
    change = ReplaceForm(project=now.uid, project_name=now.name, source=source, version=now.version_id or "")
    return _apply(_("Replace the form of {name}").format(name=now.name or now.uid), change, arguments, settings)


def _source(form: str) -> FormSource:
    if form == STDIN:
        if sys.stdin.isatty():
            raise Refused(_("Give the form on standard input: kobotui new - < form.xlsx"))
        return read_stream(sys.stdin.buffer)
    if problem := form_problem(form):
        raise Refused(problem)
    return read_form(form)


async def _project(arguments: argparse.Namespace) -> ProjectDetail:
    async with connect(arguments.account) as kobo:
        return await kobo.projects.get(uid_of(kobo, arguments.project))


def _apply(title: str, change: AnyChange, arguments: argparse.Namespace, settings: Settings) -> int:
    account = choose(arguments.account)
    plan = Plan(title=title, account=account.name, server=account.server, changes=(change,))
    return carry_out_plan(plan, account_for(plan, arguments), arguments, settings)
