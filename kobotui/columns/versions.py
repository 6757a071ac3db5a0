"""The versions of a form, newest first."""

from __future__ import annotations

from datetime import datetime

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import ago
from kobotui.locale import _
from kobotui.model.project import Version
from kobotui.model.text import shown


def version_columns() -> tuple[Column, ...]:
    """Number, when it was saved and deployed, and its content's hash."""
    return (
        Column("number", _("Version"), 9, priority=100),
        Column("state", _("State"), 12, priority=90),
        Column("modified", _("Saved"), 14, priority=70),
        Column("deployed", _("Deployed"), 14, priority=80),
        Column("hash", _("Content"), 12, priority=50),
        Column("uid", _("UID"), 24, priority=40, flexible=True),
    )


def version_cells(version: Version, now: datetime, *, live: bool) -> tuple[Cell, ...]:
    """One version; ``live``: data collectors see this one."""
    deployed = version.date_deployed if isinstance(version.date_deployed, datetime) else None
    state = Cell(_("live"), "good") if live else Cell(_("deployed") if deployed else _("draft"), "dim")
    return (
        Cell(shown(version.version_number)),
        state,
        Cell(ago(version.date_modified, now)),
        Cell(ago(deployed, now)),
        Cell(shown(version.content_hash[:10]), "dim"),
        Cell(shown(version.uid), "dim"),
    )
