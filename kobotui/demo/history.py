"""The activity log of a project (``A/history/``)."""

from __future__ import annotations

from typing import Any

from kobotui.demo.state import Asset, State, User, now, stamp


def record(
    state: State,
    asset: Asset,
    user: User | None,
    action: str,
    metadata: dict[str, Any] | None = None,
    subtype: str = "project",
) -> None:
    """Write one entry. ``subtype`` is ``project``, ``permission`` or ``project-data``-like, as KPI groups them."""
    if asset.asset_type != "survey":
        return
    asset.history.append(
        {
            "user": user.username if user else None,
            "user_uid": user.uid if user else None,
            "username": user.username if user else "AnonymousUser",
            "action": action,
            "metadata": {
                "source": "kobotui demo",
                "asset_uid": asset.uid,
                "ip_address": "127.0.0.1",
                "log_subtype": subtype,
                "project_owner": asset.owner,
            }
            | (metadata or {}),
            "date_created": stamp(now()),
        }
    )
