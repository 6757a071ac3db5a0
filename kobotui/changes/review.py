"""How a plan says itself, line by line: warnings first, then the changes of each project."""

from __future__ import annotations

from dataclasses import dataclass

from kobotui.changes.access import SetAccess
from kobotui.changes.plan import Plan
from kobotui.columns.words import user_label
from kobotui.locale import _


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the review; ``text`` may hold text from the server."""

    key: str
    text: str
    style: str = ""
    position: int | None = None
    """The change this line belongs to, by its place in the plan."""


def review_lines(plan: Plan, *, only_warnings: bool = False, by_user: bool = False) -> list[Line]:
    """The whole plan, or its warnings alone; grouped by project, or by the user whose access changes."""
    lines = [Line(f"warning {i}", f"! {text}", "warn") for i, text in enumerate(plan.all_warnings)]
    if only_warnings:
        return lines or [Line("none", _("There are no warnings."), "dim")]
    positions = range(len(plan.changes))
    before = ""
    for position in sorted(positions, key=lambda at: _group(plan, at, by_user)) if by_user else positions:
        change = plan.changes[position]
        if (group := _group(plan, position, by_user)) != before:
            before = group
            lines.append(Line(f"group {position}", group, "heading"))
        name = change.project_name if by_user and isinstance(change, SetAccess) else change.line()
        lines.append(Line(f"change {position}", f"  {change.sign} {name}{_arrow(plan, position)}", "", position))
        lines += [
            Line(f"effect {position} {i}", f"      {text}", "dim", position)
            for i, text in enumerate(change.side_effects())
        ]
    return lines


def _group(plan: Plan, position: int, by_user: bool) -> str:
    """What the lines of a change stand under."""
    change = plan.changes[position]
    if by_user and isinstance(change, SetAccess):
        return user_label(change.username)
    return change.project_name or change.project or _("(new)")


def _arrow(plan: Plan, position: int) -> str:
    change = plan.changes[position]
    before, after = change.before_text(), change.after_text()
    if after:
        return f"   {before or '-'} -> {after}"
    return f"   {before}" if before else ""
