"""Who may do what on an asset: effective rights, and the refusals KPI answers with.

Owners hold real rows (a manager can wipe them, as on the real server); only ``delete_asset`` follows
from ownership itself. Whoever lacks a right still has it when ``AnonymousUser`` holds it.
"""

from __future__ import annotations

from typing import Any

from kobotui.demo.http import Call, forbidden, not_found, unauthenticated
from kobotui.demo.state import ANONYMOUS, Asset, State

DATA_RIGHTS = (
    "add_submissions",
    "view_submissions",
    "partial_submissions",
    "change_submissions",
    "delete_submissions",
    "validate_submissions",
)
ASSIGNABLE = {
    "survey": ("view_asset", "change_asset", "manage_asset", *DATA_RIGHTS),
    "collection": ("view_asset", "change_asset", "discover_asset", "manage_asset"),
    "text": (),
}
LIBRARY_ASSIGNABLE = ("view_asset", "change_asset", "manage_asset")


def assignable(asset_type: str) -> tuple[str, ...]:
    """The codenames that can be granted on assets of this type."""
    return ASSIGNABLE.get(asset_type, LIBRARY_ASSIGNABLE)


def own_rights(asset: Asset, username: str) -> frozenset[str]:
    """What a user's own rows give, without superuser or public rights."""
    held = {row.codename for row in asset.rows if row.username == username}
    if username == asset.owner and "view_asset" in held:
        held.add("delete_asset")
    return frozenset(held)


def rights_of(state: State, asset: Asset, username: str | None) -> frozenset[str]:
    """Effective codenames of a user (None: anonymous), ``partial_submissions`` included."""
    name = username or ANONYMOUS
    user = state.users.get(name)
    if user and user.is_superuser:
        everything = set(assignable(asset.asset_type)) - {"partial_submissions"}
        return frozenset(everything | {"delete_asset"})
    return own_rights(asset, name) | own_rights(asset, ANONYMOUS)


def may(call: Call, asset: Asset, codename: str) -> bool:
    """Whether the caller holds the right on the asset."""
    return codename in rights_of(call.state, asset, call.username)


def visible_asset(call: Call, uid: str) -> Asset:
    """The asset of a uid.

    Raises: Refusal 404 when there is none, it is in the trash, or the caller may not view it.
    """
    asset = call.state.assets.get(uid)
    if asset is None or asset.trashed or not may(call, asset, "view_asset"):
        raise not_found()
    return asset


def require(call: Call, asset: Asset, codename: str) -> None:
    """Let the caller through when it holds the right.

    Raises: Refusal 404 when it may not even view the asset, 401 for anonymous, 403 otherwise.
    """
    rights = rights_of(call.state, asset, call.username)
    if codename in rights:
        return
    if "view_asset" not in rights:
        raise not_found()
    raise unauthenticated() if call.user is None else forbidden()


def partial_filters(state: State, asset: Asset, username: str, codename: str) -> list[dict[str, Any]] | None:
    """How far a data right reaches: None for every record, else Mongo filters joined by OR.

    Raises: Refusal 404 for somebody who may read no record at all, 403 for a reader without this right.
    """
    rights = rights_of(state, asset, username)
    if codename in rights:
        return None
    row = next((r for r in asset.rows if r.username == username and r.codename == "partial_submissions"), None)
    if row and row.partial and codename in row.partial:
        return row.partial[codename]
    raise forbidden() if row or "view_submissions" in rights else not_found()
