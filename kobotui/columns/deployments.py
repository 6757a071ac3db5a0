"""Deployments of all projects: what is live against what is drafted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.projects import project_name, records_cell, status_cell
from kobotui.columns.words import ago
from kobotui.locale import _
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kobotui.model.project import Project


def deployment_columns() -> tuple[Column, ...]:
    """All projects, draft against deployed; the keys are those of ``model.lists.project_sort_key``."""
    return (
        Column("name", _("Name"), 26, priority=100, flexible=True),
        Column("status", _("Status"), 9, priority=90),
        Column("changes", _("Changes"), 9, priority=85),
        Column("live", _("Live"), 6, priority=75),
        Column("draft", _("Draft"), 6, priority=70),
        Column("deployed", _("Deployed"), 11, priority=80),
        Column("modified", _("Modified"), 11, priority=60),
        Column("records", _("Records"), 9, right=True, priority=40),
        Column("owner", _("Owner"), 10, priority=30),
    )


def deployment_cells(
    project: Project, now: datetime, differs: bool | None = None, numbers: Mapping[str, str] | None = None
) -> tuple[Cell, ...]:
    """One row; ``numbers``: version numbers by uid, as far as they were fetched."""
    numbers = numbers or {}
    changed = project.undeployed and differs is not False
    return (
        project_name(project.name),
        status_cell(project, differs),
        changes_cell(project, differs),
        Cell(version_label(project.deployed_version_id if project.has_deployment else None, numbers)),
        Cell(version_label(project.version_id, numbers), "warn" if changed else "dim"),
        Cell(ago(project.date_deployed, now)),
        Cell(ago(project.date_modified, now)),
        records_cell(project),
        Cell(shown(project.owner)),
    )


def changes_cell(project: Project, differs: bool | None) -> Cell:
    """What a redeploy would bring: ``changed``, ``perhaps`` while only the versions tell, or ``name`` alone."""
    if not project.undeployed:
        return Cell("-", "dim")
    if differs is None:
        return Cell(_("perhaps"), "warn")
    return Cell(_("changed"), "warn") if differs else Cell(_("only name"), "dim")


def version_label(uid: str | None, numbers: Mapping[str, str]) -> str:
    """``v12``, or the beginning of the uid while the number is not known; ``-`` for none."""
    if not uid:
        return "-"
    return f"v{shown(numbers[uid])}" if numbers.get(uid) else shown(uid[:6])
