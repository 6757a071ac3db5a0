"""Asking for a row rule, for one user on one project or for many cells at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kobotui.locale import _, ngettext
from kobotui.model.access import RULE_CODENAMES, Rights
from kobotui.model.rule_users import users_of
from kobotui.screens.rule_editor import RuleEditor
from kobotui.screens.rule_forms import RuleForms, RuleProject

if TYPE_CHECKING:
    from kobotui.model.access import Rule
    from kobotui.screens.base import KoboScreen


class RuleCell(NamedTuple):
    """Who gets the rule where, and what is held there now."""

    project: RuleProject
    username: str
    held: Rights


async def ask_rules(
    screen: KoboScreen, title: str, cells: Sequence[RuleCell], users: Iterable[str]
) -> tuple[Rule, ...] | None:
    """The rules for all of the cells, none of them to take the rights on records away; None when that was left.

    ``users``: whom to offer as who sent a record.
    """
    projects = {cell.project.uid: cell.project for cell in cells}
    held = {cell.held.rules for cell in cells}
    start = held.pop() if len(held) == 1 else ()
    note = _("They have different rules now; this one takes the place of all of them.") if held else ""
    named = dict.fromkeys([*users, *(name for cell in cells for name in users_of(cell.held.rules))])
    forms = RuleForms(list(projects.values()), screen.kobo)
    rules = await screen.app.push_screen_wait(RuleEditor(title, start, forms, list(named), note))
    if rules == ():
        losing = sum(_sees(cell.held) for cell in cells)
        if not losing:
            screen.flash(_("There is no condition: nothing changes."), "warning")
            return None
        text = ngettext(
            "No condition is left: {n} user loses the rights on records. Go on?",
            "No condition is left: {n} users lose the rights on records. Go on?",
            losing,
        )
        return () if await screen.confirm(text.format(n=losing)) else None
    return rules


def _sees(held: Rights) -> bool:
    """Whether somebody has a right on records."""
    return bool(held.rules or held.full & frozenset(RULE_CODENAMES))
