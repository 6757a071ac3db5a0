"""``kobotui plan show``: a plan file as the review shows it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kobotui.changes import planfile
from kobotui.changes.change import Undo
from kobotui.changes.result import kind
from kobotui.changes.review import facts, requests, review_lines
from kobotui.cli.output import OK, write_json
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.text import shown

if TYPE_CHECKING:
    import argparse

    from kobotui.changes.kinds import AnyChange
    from kobotui.changes.plan import Plan


def show(arguments: argparse.Namespace) -> int:
    """The plan in a file; nothing is asked of a server."""
    plan = planfile.read(Path(arguments.file))
    if arguments.format == "json":
        write_json(plan_values(plan))
    else:
        sys.stdout.writelines(f"{line}\n" for line in plan_lines(plan))
    return OK


def plan_lines(plan: Plan) -> list[str]:
    """What it is, for whom and how much; what it destroys; then every line of the review."""
    lines = [plan.title, _("As {account} on {server}").format(account=plan.account, server=plan.server), facts(plan)]
    if n := plan.destroys:
        lines.append(ngettext("It destroys {n} thing.", "It destroys {n} things.", n).format(n=number(n)))
    return [shown(line) for line in (*lines, *(line.text for line in review_lines(plan)))]


def plan_values(plan: Plan) -> dict[str, Any]:
    """A plan for programs: what it would do, in words."""
    return {
        "title": plan.title,
        "account": plan.account,
        "server": plan.server,
        "warnings": plan.all_warnings,
        "requests": requests(plan),
        "destroys": plan.destroys,
        "undo": {undo: sum(change.gives_back is undo for change in plan.changes) for undo in Undo},
        "changes": [_change(change) for change in plan.changes],
    }


def _change(change: AnyChange) -> dict[str, Any]:
    return {
        "project": change.project,
        "project_name": change.project_name,
        "kind": kind(change),
        "sign": change.sign,
        "change": change.line(),
        "before": change.before_text(),
        "after": change.after_text(),
        "side_effects": change.side_effects(),
        "undo": change.gives_back,
    }
