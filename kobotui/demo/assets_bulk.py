"""``POST /api/v2/assets/bulk/``: one action on many assets, all or nothing."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kobotui.demo.assets import may_delete
from kobotui.demo.editing import trash
from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, bad, forbidden, route
from kobotui.demo.rights import own_rights
from kobotui.demo.state import Asset


async def bulk(call: Call) -> Response:
    """``POST assets/bulk/``: archive, unarchive, delete or undelete; all or nothing."""
    user = call.signed_in()
    body = await call.payload()
    payload = body.get("payload")
    if payload is None:
        raise bad({"payload": ["This field is required."]})
    if not isinstance(payload, dict):
        raise bad({"payload": ["Unable to parse JSON"]})
    action = payload.get("action")
    if action is None:
        raise bad({"payload": ["`action` parameter is required"]})
    if action not in ("archive", "unarchive", "delete", "undelete"):
        raise bad({"payload": ["Invalid `action`"]})
    uids = payload.get("asset_uids")
    if not uids and not payload.get("confirm"):
        raise bad({"payload": ["Confirmation is required"]})
    if action == "undelete" and not user.is_superuser:
        raise forbidden()
    if uids:
        assets = bulk_targets(call, uids, action)
    else:  # every asset of the caller's own, unchecked
        assets = [a for a in call.state.assets.values() if a.owner == user.username and not a.trashed]
    if uids and action == "archive" and any(a.deployment is None for a in assets):
        raise bad({"payload": ["Draft projects cannot be archived"]})
    for asset in assets:
        bulk_apply(call, asset, action)
    words = {"archive": "archived", "unarchive": "unarchived", "delete": "deleted", "undelete": "undeleted"}[action]
    noun = "project has" if len(assets) == 1 else "projects have"
    return JSON({"detail": f"{len(assets)} {noun} been {words}"})


def bulk_targets(call: Call, uids: Any, action: str) -> list[Asset]:
    """The assets of a bulk action.

    Raises: Refusal 403 when one is missing, doubled or not the caller's to act on.
    """
    found = [call.state.assets.get(str(uid)) for uid in uids]
    assets = [a for a in found if a is not None]
    if call.is_superuser:
        assets = list({a.uid: a for a in assets}.values())
    elif len(assets) != len(uids) or len({a.uid for a in assets}) != len(assets):
        raise forbidden()
    for asset in assets:
        if action == "undelete":
            continue
        if call.is_superuser:
            if asset.trashed and action == "delete":
                raise bad("One or many projects have been deleted already!")
            continue
        allowed = may_delete(call, asset) if action == "delete" else "manage_asset" in own_rights(asset, call.username)
        if asset.trashed or not allowed:
            raise forbidden()
    return assets


def bulk_apply(call: Call, asset: Asset, action: str) -> None:
    """One asset's part of a bulk action."""
    if action == "delete":
        trash(call.state, asset)
        return
    if action == "undelete":
        asset.trashed = False
    if asset.deployment:
        asset.deployment.active = action != "archive"
        asset.deployment_status_override = None
    elif asset.asset_type == "survey":
        asset.deployment_status_override = "deployed" if action != "archive" else "archived"
    if action != "undelete":
        record(asset, call.user, action, {"latest_version_uid": asset.version.uid} if asset.versions else {})


ROUTES = [route("/api/v2/assets/bulk/", POST=bulk)]
