"""What happened to a project, and from where an account was used: a line each, in KoboToolbox's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import day_and_time, right_label, user_label
from kobotui.locale import N_, _
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ACTIONS = {
    "modify-user-permissions": N_("update permissions"),
    "clone-permissions": N_("clone permissions"),
    "share-form-publicly": N_("make project public"),
    "unshare-form-publicly": N_("make project private"),
    "share-data-publicly": N_("share data publicly"),
    "unshare-data-publicly": N_("no longer share data publicly"),
    "allow-anonymous-submissions": N_("enable anonymous submissions"),
    "disallow-anonymous-submissions": N_("disable anonymous submissions"),
    "transfer": N_("transfer project ownership"),
    "deploy": N_("deploy project"),
    "redeploy": N_("redeploy project"),
    "archive": N_("archive project"),
    "unarchive": N_("unarchive project"),
    "replace-form": N_("upload new form"),
    "update-content": N_("edit form"),
    "update-name": N_("change name"),
    "update-settings": N_("update settings"),
    "modify-submission": N_("edit submission"),
    "delete-submission": N_("delete a submission"),
    "add-submission": N_("add submission"),
    "view-data": N_("view data"),
    "export": N_("export data"),
    "add-media": N_("add media attachment"),
    "delete-media": N_("remove media attachment"),
    "register-service": N_("register a new REST service"),
    "modify-service": N_("modify a REST service"),
    "delete-service": N_("delete a REST service"),
    "connect-project": N_("connect project data"),
    "disconnect-project": N_("disconnect project"),
}
"""What the server's histories know, and what the Activity tab calls it."""


def action_label(action: str) -> str:
    """An action as the Activity tab calls it; one that is new to us stays as it is."""
    return _(ACTIONS[action]) if action in ACTIONS else shown(action)


def history_columns() -> tuple[Column, ...]:
    """When, who, what, on which project, what about it, from where."""
    return (
        Column("when", _("When"), 12, priority=90),
        Column("user", _("User"), 14, priority=80),
        Column("action", _("Action"), 28, priority=100),
        Column("project", _("Project"), 26, priority=70, flexible=True),
        Column("details", _("Details"), 18, priority=60, flexible=True),
        Column("from", _("From"), 16, priority=40),
    )


def history_cells(
    moment: datetime, username: str, action: str, project: str, metadata: Mapping[str, Any], now: datetime
) -> tuple[Cell, ...]:
    """One entry of a project's history; ``now`` gives the time zone."""
    return (
        Cell(day_and_time(moment, now)),
        Cell(user_label(username)),
        Cell(action_label(action)),
        Cell(shown(project)),
        Cell(details_line(metadata)),
        Cell(shown(str(metadata.get("ip_address") or "")), "dim"),
    )


def details_line(metadata: Mapping[str, Any]) -> str:
    """What an entry is about: whose rights, old and new, which record; in clean text."""
    match metadata:
        case {"permissions": {"username": str(user)} as permissions}:
            gained = [f"+ {_right(item)}" for item in _list(permissions.get("added"))]
            lost = [f"- {_right(item)}" for item in _list(permissions.get("removed"))]
            return f"{user_label(user)}: {', '.join([*gained, *lost])}"
        case {"name": {"old": old, "new": new}}:
            return shown(f"{old} -> {new}")
        case {"settings": dict(settings)}:
            return shown(", ".join(settings))
        case {"submission": {"root_uuid": uuid, **rest}}:
            return shown(f"{uuid} {rest.get('submitted_by') or ''}".strip())
        case {"username": str(user)}:
            return user_label(user)
        case {"cloned_from": source}:
            return shown(source)
    return ""


def _right(item: Any) -> str:
    """A right, or one that a row rule limits."""
    code = item.get("code") if isinstance(item, dict) else item
    name = right_label(code) if isinstance(code, str) else shown(code)
    return _("{right} (some records)").format(right=name) if isinstance(item, dict) else name


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def access_log_columns() -> tuple[Column, ...]:
    """When, how often, with what, from where."""
    return (
        Column("when", _("When"), 12, priority=100),
        Column("count", _("Times"), 6, right=True, priority=60),
        Column("means", _("By"), 10, priority=70),
        Column("from", _("From"), 16, priority=90),
        Column("source", _("Program"), 30, priority=80, flexible=True),
    )


def access_log_cells(
    moment: datetime, count: int, means: str, address: str, source: str, now: datetime
) -> tuple[Cell, ...]:
    """One entry of an account's access log; ``now`` gives the time zone."""
    return (
        Cell(day_and_time(moment, now)),
        Cell(str(count)),
        Cell(shown(means)),
        Cell(shown(address)),
        Cell(shown(source)),
    )
