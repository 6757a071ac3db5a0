"""The list of projects, and what the side panel says of the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import ago, mine_label, number, public_label, status_label, team_line
from kobotui.locale import _
from kobotui.model.access import Team
from kobotui.model.lists import mine
from kobotui.model.text import shown

if TYPE_CHECKING:
    from datetime import datetime

    from kobotui.model.project import Project


def project_columns() -> tuple[Column, ...]:
    """The columns; their keys are those of ``model.lists.project_sort_key``."""
    return (
        Column("name", _("Name"), 27, priority=100, flexible=True),
        Column("status", _("Status"), 9, priority=90),
        Column("records", _("Records"), 9, right=True, priority=80),
        Column("last", _("Last record"), 11, priority=70),
        Column("owner", _("Owner"), 10, priority=50),
        Column("mine", _("Mine"), 9, priority=60),
        Column("modified", _("Modified"), 11, priority=40),
        Column("country", _("Country"), 16, priority=30),
        Column("sector", _("Sector"), 20, priority=20),
    )


def project_name(name: str) -> Cell:
    """The project's name; something to point at when it has none."""
    text = shown(name).strip()
    return Cell(text) if text else Cell(_("(no name)"), "dim")


def status_cell(project: Project, differs: bool | None = None) -> Cell:
    """The status, with ``*`` for undeployed changes and ``?`` where there may be some.

    ``differs``: whether the contents are known to differ; None when only the version ids were compared.
    """
    changed = project.undeployed if differs is None else differs
    sign = ("?" if differs is None else "*") if changed else ""
    style = "warn" if sign == "*" else "dim" if project.deployment_status == "archived" else ""
    return Cell(status_label(project.deployment_status) + sign, style)


def records_cell(project: Project) -> Cell:
    """How many records the server says there are."""
    return Cell(number(project.submission_count if project.has_deployment else None))


def project_cells(project: Project, username: str, now: datetime, differs: bool | None = None) -> tuple[Cell, ...]:
    """One row; ``username`` is whose rights "Mine" tells, ``now`` what "2 h ago" counts from."""
    level = mine(project, username)
    return (
        project_name(project.name),
        status_cell(project, differs),
        records_cell(project),
        Cell(ago(project.last_submission_time, now)),
        Cell(shown(project.owner)),
        Cell(mine_label(level), "bright" if level == "owner" else ""),
        Cell(ago(project.date_modified, now), "dim"),
        Cell(shown(", ".join(country.label for country in project.countries)) or "-"),
        Cell(shown(project.sector.label) if project.sector else "-", "dim"),
    )


def panel_lines(
    project: Project, username: str, now: datetime, differs: bool | None = None, *, sees_all: bool = False
) -> list[tuple[str, str]]:
    """The side panel below the name: label and text; ``sees_all`` for a superuser."""
    lines = [
        (_("UID"), shown(project.uid)),
        (_("Status"), _status_line(project, now)),
        (_("Changes"), _changes_line(project, differs)),
        (_("Submissions"), records_cell(project).text),
        (_("Last submission"), ago(project.last_submission_time, now)),
        (_("Modified"), _modified_line(project, now)),
        (_("Owned by"), shown(project.owner_label or project.owner)),
        (_("Country"), shown(", ".join(country.label for country in project.countries))),
        (_("Sector"), shown(project.sector.label) if project.sector else ""),
        (_("Languages"), shown(", ".join(language or _("unnamed") for language in project.languages))),
        (_("Questions"), number(project.question_count) if project.question_count is not None else ""),
        (_("Team"), _team(project, username, sees_all=sees_all)),
        (_("Public"), _public(project)),
        (_("Tags"), shown(", ".join(project.tags))),
        (_("Description"), shown(project.description)),
    ]
    return [(label, text) for label, text in lines if text]


def _status_line(project: Project, now: datetime) -> str:
    status = status_label(project.deployment_status)
    if project.date_deployed is None:
        return status
    return _("{status}, last deployed {when}").format(status=status, when=ago(project.date_deployed, now))


def _modified_line(project: Project, now: datetime) -> str:
    when = ago(project.date_modified, now)
    who = project.last_modified_by
    return _("{when} by {user}").format(when=when, user=shown(who)) if who else when


def _changes_line(project: Project, differs: bool | None) -> str:
    if differs:
        return _("the draft differs from what is deployed")
    return _("perhaps: the draft is a newer version") if differs is None and project.undeployed else ""


def _team(project: Project, username: str, *, sees_all: bool) -> str:
    team = Team.of(project.permissions, project.owner, username, sees_all=sees_all)
    if not team.complete:
        return _("hidden: only managers see it")
    managers = sum("manage_asset" in team.get(user).full for user in team.members)
    return team_line(len(team.members), managers)


def _public(project: Project) -> str:
    public = Team.of(project.permissions, project.owner, "").public.full
    return "; ".join(public_label(c) for c in ("view_asset", "view_submissions", "add_submissions") if c in public)
