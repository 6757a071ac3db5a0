"""The activity log of a project (``A/history/``)."""

from __future__ import annotations

from typing import Any

from kobotui.demo.state import Asset, Event, User, now


def record(
    asset: Asset,
    user: User | None,
    action: str,
    metadata: dict[str, Any] | None = None,
    subtype: str = "project",
) -> None:
    """Write one entry: ``subtype`` is ``project`` or ``permission``. Library items have no log."""
    if asset.asset_type == "survey":
        asset.history.append(Event(now(), user.username if user else None, action, subtype, metadata or {}))
