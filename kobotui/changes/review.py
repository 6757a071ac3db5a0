"""How a plan says itself, line by line: warnings first, then the changes of each project or of each user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kobotui.changes.access import SetAccess
from kobotui.changes.change import Undo
from kobotui.changes.kinds import AnyChange, steps_for
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import EditAnswers
from kobotui.changes.undo import undo_summary
from kobotui.columns.words import duration, number, user_label
from kobotui.locale import _, ngettext
from kobotui.model.side_effects import side_effects


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the review; ``text`` may hold text from the server."""

    key: str
    text: str
    style: str = ""
    positions: tuple[int, ...] = ()
    """The changes this line stands for, by their places in the plan: of a heading, all below it."""


def review_lines(plan: Plan, *, only_warnings: bool = False, by_user: bool = False) -> list[Line]:
    """The whole plan, or its warnings alone; grouped by project, or by the user whose access changes."""
    lines = [Line(f"warning {i}", f"! {text}", "warn") for i, text in enumerate(plan.all_warnings)]
    if only_warnings:
        return lines or [Line("none", _("There are no warnings."), "dim")]
    lines.append(Line("undo", undo_summary(plan.changes), "dim"))
    if said := corrections(plan):
        lines.append(Line("corrections", said, "dim"))
    groups: dict[str, list[int]] = {}
    for position, change in enumerate(plan.changes):
        groups.setdefault(_group(change, by_user), []).append(position)
    for group, positions in groups.items():
        lines.append(Line(f"group {positions[0]}", group, "heading", tuple(positions)))
        for position in positions:
            lines += _change_lines(plan.changes[position], position, by_user)
    return lines


def _change_lines(change: AnyChange, position: int, by_user: bool) -> Iterator[Line]:
    name = change.project_name if by_user and isinstance(change, SetAccess) else change.line()
    differences = change.differences()
    arrow = "" if differences else _arrow(change)
    yield Line(f"change {position}", f"  {change.sign} {name}{arrow}", "", (position,))
    for i, text in enumerate(differences):
        yield Line(f"difference {position} {i}", f"      {text}", "", (position,))
    for i, text in enumerate(change.side_effects()):
        yield Line(f"effect {position} {i}", f"      {text}", "dim", (position,))
    if change.gives_back is Undo.IMPOSSIBLE:
        yield Line(f"final {position}", f"      {_('cannot be taken back')}", "dim", (position,))


def _group(change: AnyChange, by_user: bool) -> str:
    """What the lines of a change stand under."""
    if by_user and isinstance(change, SetAccess):
        return user_label(change.username)
    return change.project_name or change.project or _("(new)")


def _arrow(change: AnyChange) -> str:
    before, after = change.before_text(), change.after_text()
    if after:
        return f"   {before or '-'} -> {after}"
    return f"   {before}" if before else ""


def facts(plan: Plan) -> str:
    """How much it is, and what it takes: ``3 changes on 2 projects, 9 requests, about 2 s``."""
    steps = steps_for(plan.changes)
    asked = sum(step.requests for step in steps)
    said = ngettext("{n} request", "{n} requests", asked).format(n=number(asked))
    return ", ".join((totals(plan), said, duration(sum(step.seconds for step in steps))))


def corrections(plan: Plan) -> str:
    """How the corrections of records are sent: equal ones together, different ones in a call each."""
    edits = [change for change in plan.changes if isinstance(change, EditAnswers)]
    if len(edits) < 2:
        return ""
    steps = steps_for(edits)
    alone = sum(len(step.changes) == 1 for step in steps)
    together, calls = len(edits) - alone, len(steps) - alone
    parts = []
    if together:
        text = ngettext("{n} equal correction in {calls}", "{n} equal corrections in {calls}", together)
        said = ngettext("{n} call", "{n} calls", calls).format(n=number(calls))
        parts.append(text.format(n=number(together), calls=said))
    if alone:
        text = ngettext("{n} different one in a call of its own", "{n} different ones in a call each", alone)
        parts.append(text.format(n=number(alone)))
    return _("Corrections: {parts}, {time}").format(
        parts=", ".join(parts), time=duration(sum(step.seconds for step in steps))
    )


def requests(plan: Plan) -> int:
    """How many requests it takes."""
    return sum(step.requests for step in steps_for(plan.changes))


def question(plan: Plan, wanted: str, host: str) -> str:
    """What is asked where the number ``wanted`` must be typed before the plan is applied on ``host``."""
    if plan.destroys:
        return _("This destroys {n}. Type {n} to go on").format(n=wanted)
    text = ngettext("Type {n} for {n} change on {server}", "Type {n} for {n} changes on {server}", int(wanted))
    return text.format(n=wanted, server=host)


def totals(plan: Plan) -> str:
    """How much it is: ``38 grants, 12 removals on 30 projects, 4 users``; other changes by their number."""
    access = [change for change in plan.changes if isinstance(change, SetAccess)]
    parts = []
    if others := len(plan.changes) - len(access):
        parts.append(ngettext("{n} change", "{n} changes", others).format(n=number(others)))
    effects = [side_effects(change.before, change.after) for change in access]
    if granted := sum(len(effect.gained) for effect in effects):
        parts.append(ngettext("{n} grant", "{n} grants", granted).format(n=number(granted)))
    if lost := sum(len(effect.lost) for effect in effects):
        parts.append(ngettext("{n} removal", "{n} removals", lost).format(n=number(lost)))
    if rules := sum(effect.rule_changed for effect in effects):
        parts.append(ngettext("{n} row rule", "{n} row rules", rules).format(n=number(rules)))
    projects = len({change.project for change in plan.changes})
    text = ngettext("{what} on {n} project", "{what} on {n} projects", projects)
    said = text.format(what=", ".join(parts), n=number(projects))
    if users := len({change.username for change in access}):
        said += ", " + ngettext("{n} user", "{n} users", users).format(n=number(users))
    return said
