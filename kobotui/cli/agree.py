"""Somebody must agree to a plan: on a terminal by an answer, without one by options."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kobotui.changes.review import question
from kobotui.cli.output import Refused, agrees, complain, tell
from kobotui.cli.plan import plan_lines
from kobotui.columns.words import number
from kobotui.locale import _, ngettext

if TYPE_CHECKING:
    import argparse

    from kobotui.changes.plan import Plan
    from kobotui.model.account import Account


def agree(plan: Plan, account: Account, arguments: argparse.Namespace) -> None:
    """Return when the plan may be applied; raises ``Refused`` when it may not.

    ``--yes`` stands for an answer, but not for the number that must be typed before something is destroyed: that is
    ``--expect``, and a number that is not that of the plan refuses it.
    """
    expected = arguments.expect
    if expected is not None and expected != plan.destroys:
        raise Refused(
            ngettext(
                "This destroys {n} thing, and --expect says {expected}. Nothing was done.",
                "This destroys {n} things, and --expect says {expected}. Nothing was done.",
                plan.destroys,
            ).format(n=number(plan.destroys), expected=number(expected))
        )
    if sys.stderr.isatty():
        tell("".join(f"{line}\n" for line in plan_lines(plan)))
    must_type = bool(plan.destroys) and expected is None
    if arguments.yes and not must_type:
        if not sys.stderr.isatty():
            for warning in plan.warnings:
                complain(warning)
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(_nobody(plan.destroys))
    wanted = plan.must_type(production=account.production)
    if wanted is not None and (must_type or not plan.destroys):
        agreed = _ask(question(plan, wanted, account.host) + ": ").strip() == wanted
    else:
        agreed = agrees(_ask(_("{question} [y/N] ").format(question=_("Apply this?"))))
    if not agreed:
        raise Refused(_("Nothing was done."))


def _ask(text: str) -> str:
    """An answer typed on the terminal; the question goes where it is no data."""
    tell(text)
    try:
        return input()
    except EOFError:
        return ""


def _nobody(destroys: int) -> str:
    if destroys:
        text = _("There is nobody to ask here. This destroys {n}: give --yes and --expect {n}.")
        return text.format(n=destroys)
    return _("There is nobody to ask here: give --yes.")
