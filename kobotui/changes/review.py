"""How a plan says itself, line by line: warnings first, then the changes of each project."""

from __future__ import annotations

from dataclasses import dataclass

from kobotui.changes.plan import Plan
from kobotui.locale import _


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the review; ``text`` may hold text from the server."""

    key: str
    text: str
    style: str = ""
    position: int | None = None
    """The change this line belongs to, by its place in the plan."""


def review_lines(plan: Plan, *, only_warnings: bool = False) -> list[Line]:
    """The whole plan, or its warnings alone."""
    lines = [Line(f"warning {i}", f"! {text}", "warn") for i, text in enumerate(plan.all_warnings)]
    if only_warnings:
        return lines or [Line("none", _("There are no warnings."), "dim")]
    before = object()
    for position, change in enumerate(plan.changes):
        if change.project_name != before:
            before = change.project_name
            lines.append(Line(f"project {position}", change.project_name or change.project, "heading", position))
        lines.append(
            Line(f"change {position}", f"  {change.sign} {change.line()}{_arrow(plan, position)}", "", position)
        )
        lines += [
            Line(f"effect {position} {i}", f"      {text}", "dim", position)
            for i, text in enumerate(change.side_effects())
        ]
    return lines


def _arrow(plan: Plan, position: int) -> str:
    change = plan.changes[position]
    before, after = change.before_text(), change.after_text()
    if after:
        return f"   {before or '-'} -> {after}"
    return f"   {before}" if before else ""
