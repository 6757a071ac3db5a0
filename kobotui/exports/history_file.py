"""Entries of project histories and access logs as rows for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kobotui.api.access_log import AccessEntry
    from kobotui.api.history import HistoryEntry

HEADING = (
    "moment", "project", "project_name", "user", "action", "subtype", "ip_address", "source", "details",
)  # fmt: skip
ACCESS_HEADING = ("moment", "user", "action", "count", "auth_type", "ip_address", "source")
_OF_COLUMNS = frozenset({"ip_address", "source", "log_subtype", "asset_uid", "project_owner"})
"""What an entry tells besides its details."""


def history_values(uid: str, project: str, entry: HistoryEntry) -> tuple[Any, ...]:
    """One row in the order of :data:`HEADING`; the moment is ISO 8601, details are what else the entry tells."""
    details = {key: value for key, value in entry.metadata.items() if key not in _OF_COLUMNS}
    return (
        entry.date_created.isoformat(),
        uid,
        project,
        entry.username or "",
        entry.action,
        entry.subtype,
        entry.ip_address,
        entry.source,
        details or None,
    )


def access_values(entry: AccessEntry) -> tuple[Any, ...]:
    """One row in the order of :data:`ACCESS_HEADING`; the moment is ISO 8601."""
    return (
        entry.date_created.isoformat(),
        entry.username or "",
        entry.action,
        entry.count,
        entry.means,
        entry.ip_address,
        entry.source,
    )
