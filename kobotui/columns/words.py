"""KoboToolbox's words for what the server says in codes; numbers, dates and sizes for the eye."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from kobotui.locale import N_, _, language, ngettext
from kobotui.model.access import PARTIAL, PUBLIC, Rule, ordered
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kobotui.model.access import Rights
    from kobotui.model.side_effects import SideEffects

_RIGHTS = {
    "view_asset": N_("View form"),
    "change_asset": N_("Edit form"),
    "discover_asset": N_("Discover collection"),
    "manage_asset": N_("Manage project"),
    "add_submissions": N_("Add submissions"),
    "view_submissions": N_("View submissions"),
    PARTIAL: N_("Act on some submissions"),
    "change_submissions": N_("Edit submissions"),
    "validate_submissions": N_("Validate submissions"),
    "delete_submissions": N_("Delete submissions"),
    "delete_asset": N_("Delete project"),
    "change_metadata_asset": N_("Edit project details"),
}
_BY_USERS = {
    "view_submissions": N_("View submissions only from specific users"),
    "change_submissions": N_("Edit submissions only from specific users"),
    "validate_submissions": N_("Validate submissions only from specific users"),
    "delete_submissions": N_("Delete submissions only from specific users"),
}
_BY_CONDITION = {
    "view_submissions": N_("View submissions based on a condition"),
    "change_submissions": N_("Edit submissions based on a condition"),
    "validate_submissions": N_("Validate submissions based on a condition"),
    "delete_submissions": N_("Delete submissions based on a condition"),
}
_STATUS = {"deployed": N_("deployed"), "archived": N_("archived"), "draft": N_("draft")}
_VALIDATION = {
    "validation_status_approved": N_("Approved"),
    "validation_status_not_approved": N_("Not approved"),
    "validation_status_on_hold": N_("On hold"),
}
_VALIDATION_SHORT = {
    "validation_status_approved": N_("ok"),
    "validation_status_not_approved": N_("no"),
    "validation_status_on_hold": N_("hold"),
}
_MINE = {
    "owner": N_("owner"),
    "manage": N_("manage"),
    "edit": N_("edit"),
    "correct": N_("correct"),
    "validate": N_("validate"),
    "delete": N_("delete"),
    "data": N_("see data"),
    "some data": N_("some data"),
    "add": N_("add"),
    "view": N_("view"),
}
_PUBLIC = {
    "view_asset": N_("Anyone can view this form"),
    "view_submissions": N_("Anyone can view submissions made to this form"),
    "add_submissions": N_("Allow submissions to this form without a username and password"),
}
_MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip


def right_label(codename: str) -> str:
    """The right as the sharing screen calls it; a codename that is new to us stays as it is."""
    return _(_RIGHTS[codename]) if codename in _RIGHTS else shown(codename)


def public_label(codename: str) -> str:
    """What it means that everybody holds the right, as the sharing screen says it."""
    return _(_PUBLIC[codename]) if codename in _PUBLIC else right_label(codename)


def user_label(username: str) -> str:
    """The user's name, "public" for everybody."""
    return _("public") if username == PUBLIC else shown(username)


def status_label(code: str) -> str:
    """``deployed``, ``archived`` or ``draft`` in the user's language."""
    return _(_STATUS[code]) if code in _STATUS else shown(code)


def validation_label(uid: str | None) -> str:
    """The validation status in words, ``-`` for none."""
    return _(_VALIDATION[uid]) if uid in _VALIDATION else shown(uid) or "-"


def validation_short(uid: str | None) -> str:
    """The validation status in four letters, ``-`` for none."""
    return _(_VALIDATION_SHORT[uid]) if uid in _VALIDATION_SHORT else shown(uid) or "-"


def mine_label(level: str) -> str:
    """What somebody may do at most, as ``model.lists.level`` tells it; ``-`` for nothing."""
    return _(_MINE[level]) if level in _MINE else "-"


def number(value: int | None) -> str:
    """A count with its thousands set apart, ``-`` when unknown."""
    if value is None:
        return "-"
    return f"{value:,}".replace(",", " ") if language() == "fr" else f"{value:,}"


def size(count: int) -> str:
    """Bytes as KB, MB or GB."""
    value = float(count)
    for unit in (_("B"), _("KB"), _("MB")):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == _("B") else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} {_('GB')}"


def duration(seconds: float) -> str:
    """``about 9 s``, ``about 4 min``, ``about 1.5 h``."""
    if seconds < 100:
        return _("about {n} s").format(n=max(1, round(seconds)))
    if seconds < 100 * 60:
        return _("about {n} min").format(n=round(seconds / 60))
    return _("about {n} h").format(n=f"{seconds / 3600:.1f}")


def date_label(day: date) -> str:
    """``11 Mar``."""
    return f"{day.day} {_(_MONTHS[day.month - 1])}"


def day(moment: datetime, now: datetime) -> str:
    """``11 Mar``, with the year when it is not this one; in the zone of ``now``."""
    local = _local(moment, now)
    text = date_label(local)
    return text if local.year == now.year else f"{text} {local.year}"


def _local(moment: datetime, now: datetime) -> datetime:
    try:
        return _aware(moment).astimezone(now.tzinfo)
    except OverflowError:  # the first or the last day that there is
        return moment


def day_and_time(moment: datetime, now: datetime) -> str:
    """``23 Nov 10:02`` in the zone of ``now``; another year in place of the hour: ``23 Nov 2024``."""
    local = _local(moment, now)
    return f"{day(moment, now)} {local:%H:%M}" if local.year == now.year else day(moment, now)


def ago(moment: datetime | None, now: datetime) -> str:
    """``2 h ago``, ``3 d ago``, after thirty days ``11 Mar``; ``-`` for never."""
    if moment is None:
        return "-"
    minutes = int((now - _aware(moment)).total_seconds() // 60)
    if minutes < 0:  # a clock that is ahead of ours; more than a day is no clock's fault
        return _("now") if minutes > -1440 else day(moment, now)
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return _("{n} min ago").format(n=minutes)
    if minutes < 48 * 60:
        return _("{n} h ago").format(n=minutes // 60)
    if minutes < 30 * 1440:
        return _("{n} d ago").format(n=minutes // 1440)
    return day(moment, now)


def parsed(text: object) -> datetime | None:
    """The moment of a submission's ``_submission_time`` (UTC without a mark), None when it is no moment."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return _aware(moment) if moment else None


def _aware(moment: datetime) -> datetime:
    """A moment without a zone is one of UTC: the server leaves it out in places."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def rule_lines(rules: Iterable[Rule]) -> list[str]:
    """Row rules in words: ``View, Edit submissions only where region = north``."""
    from kobotui.model.rowrule import say

    by_filters: dict[tuple[str, ...], list[str]] = {}
    for rule in rules:
        if rule.codename != "add_submissions":  # the server keeps it and does not heed it
            by_filters.setdefault(rule.filters, []).append(rule.codename)
    lines = []
    for filters, codenames in by_filters.items():
        text = say(Rule("", filters).values())
        names = ", ".join(map(right_label, ordered(codenames)))
        lines.append(shown(_("{rights} only where {rule}").format(rights=names, rule=text)))
    return lines


def rule_title(rule: Rule) -> str:
    """A row rule as the web interface calls it, with its users or condition."""
    from kobotui.model.rowrule import say
    from kobotui.model.rule_check import own_form

    filters, codename = rule.values(), rule.codename
    own = own_form(filters)
    if own and own.users and not own.question and codename in _BY_USERS:
        title, text = _(_BY_USERS[codename]), ", ".join(own.users)
    elif own and own.question and not own.users and codename in _BY_CONDITION:
        title = _(_BY_CONDITION[codename])
        text = _("{question} equals {value}").format(question=own.question, value=own.value)
    else:
        title = _("Act on submissions based on multiple conditions")
        text = f"{right_label(codename)}, {say(filters)}"
    return shown(f"{title}: {text}")


def rights_line(rights: Rights) -> str:
    """Everything somebody holds on one line, what is implied left out; ``-`` for nothing."""
    full = [right_label(c) for c in ordered(rights.full) if not rights.implied(c)]
    return "; ".join([", ".join(full)] * bool(full) + rule_lines(rights.rules)) or "-"


def effect_lines(effects: SideEffects) -> list[str]:
    """What a change of one user's rights means, a line each: gains, what comes along, losses, row rules."""
    lines = [f"+ {right_label(codename)}" for codename in effects.gained]
    lines += [_("+ {right} (comes along)").format(right=right_label(codename)) for codename in effects.implied]
    lines += [f"- {right_label(codename)}" for codename in effects.lost]
    if effects.rule_changed:
        lines += [f"- {line}" for line in rule_lines(effects.rules_before)]
        lines += [f"+ {line}" for line in rule_lines(effects.rules_after)]
    return lines


def effect_warnings(user: str, project: str, effects: SideEffects) -> list[str]:
    """What a reviewer must not overlook."""
    names = {"user": user_label(user), "project": shown(project)}
    if user == PUBLIC:
        opened = [*effects.gained, *effects.implied]
        return [_("{project} becomes public: {what}").format(what=public_label(c), **names) for c in opened]
    warnings = []
    if effects.leaves:
        warnings.append(_("{user} loses all access to {project}").format(**names))
    if "manage_asset" in effects.gained:
        warnings.append(_("{user} will manage {project} and can share or archive it").format(**names))
    if effects.rules_before and not effects.rules_after and not effects.leaves:
        whole = "view_submissions" in (*effects.gained, *effects.implied)
        text = _("{user} sees all records of {project} from now on, not only some")
        warnings.append((text if whole else _("{user} no longer sees any records of {project}")).format(**names))
    return warnings


def team_line(members: int, managers: int) -> str:
    """``31 users besides the owner, 2 of them manage``."""
    line = ngettext("{n} user besides the owner", "{n} users besides the owner", members).format(n=members)
    return line if not managers else _("{team}, {n} of them manage").format(team=line, n=managers)
