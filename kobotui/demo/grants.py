"""Granting and revoking rights, with everything KPI does on the side."""

from __future__ import annotations

from typing import Any

from kobotui.demo.rights import assignable
from kobotui.demo.state import ANONYMOUS, Asset, Row, State

Filters = dict[str, list[dict[str, Any]]]
DATA_WORK = ("change_submissions", "delete_submissions", "validate_submissions")
IMPLIED: dict[str, tuple[str, ...]] = {
    "view_asset": (),
    "change_asset": ("view_asset",),
    "discover_asset": ("view_asset",),
    "manage_asset": ("view_asset", "change_asset", "discover_asset", "add_submissions", "view_submissions", *DATA_WORK),
    "add_submissions": (),
    "view_submissions": ("view_asset",),
    "partial_submissions": ("view_asset",),
    "change_submissions": ("view_submissions", "add_submissions", "view_asset"),
    "delete_submissions": ("view_submissions", "view_asset"),
    "validate_submissions": ("view_submissions", "view_asset"),
}
REVOKED_WITH: dict[str, tuple[str, ...]] = {
    "view_asset": (
        "change_asset",
        "discover_asset",
        "manage_asset",
        "view_submissions",
        "partial_submissions",
        *DATA_WORK,
    ),
    "change_asset": ("manage_asset",),
    "discover_asset": ("manage_asset",),
    "manage_asset": (),
    "add_submissions": ("change_submissions", "manage_asset"),
    "view_submissions": (*DATA_WORK, "manage_asset"),
    "partial_submissions": (),
    "change_submissions": ("manage_asset",),
    "delete_submissions": ("manage_asset",),
    "validate_submissions": ("manage_asset",),
}
CONTRADICTORY: dict[str, tuple[str, ...]] = {
    "partial_submissions": ("view_submissions", *DATA_WORK, "manage_asset"),
    "view_submissions": ("partial_submissions",),
    **dict.fromkeys(DATA_WORK, ("partial_submissions",)),
    "manage_asset": ("partial_submissions",),
}
ANONYMOUS_MAY_HOLD = ("view_asset", "discover_asset", "view_submissions", "add_submissions")
INHERITED = ("view_asset", "change_asset")


def implied_by(codename: str, asset_type: str) -> list[str]:
    """What granting a right also grants, on this type of asset."""
    return [c for c in IMPLIED[codename] if c in assignable(asset_type)]


def row_of(asset: Asset, username: str, codename: str) -> Row | None:
    """The row that gives a user a right."""
    return next((r for r in asset.rows if (r.username, r.codename) == (username, codename)), None)


def held(asset: Asset, username: str) -> set[str]:
    """The codenames of a user's rows."""
    return {r.codename for r in asset.rows if r.username == username}


def add_row(state: State, asset: Asset, username: str, codename: str) -> Row:
    """The user's row for a right, made when it is missing."""
    row = row_of(asset, username, codename)
    if row is None:
        row = Row(state.uid("p"), username, codename)
        asset.rows.append(row)
    return row


def drop(asset: Asset, username: str, codenames: set[str]) -> None:
    """Remove rows of a user."""
    asset.rows = [r for r in asset.rows if r.username != username or r.codename not in codenames]


def expand(partial: Filters) -> Filters:
    """Row rules with those they imply: who edits, deletes or validates some records also sees them."""
    result: Filters = {codename: list(filters) for codename, filters in partial.items()}
    for codename, filters in partial.items():
        implied = {"change_submissions": ("view_submissions", "add_submissions")}.get(codename)
        for target in implied or (("view_submissions",) if codename in DATA_WORK else ()):
            known = result.setdefault(target, [])
            known += [f for f in filters if f not in known]
    return result


def grant(state: State, asset: Asset, username: str, codename: str, partial: Filters | None = None) -> Row:
    """Give a right and what it implies; take away what contradicts it."""
    gone = set(CONTRADICTORY.get(codename, ()))
    drop(asset, username, gone)
    for other in implied_by(codename, asset.asset_type):
        add_row(state, asset, username, other)
    row = add_row(state, asset, username, codename)
    if codename == "partial_submissions":
        row.partial = expand(partial or {})
        if "change_submissions" in row.partial:
            add_row(state, asset, username, "add_submissions")
    for child in children(state, asset):
        for inherited in set(INHERITED) & held(asset, username):
            add_row(state, child, username, inherited)
    return row


def revoke(state: State, asset: Asset, username: str, codename: str) -> None:
    """Take a right away and everything that needs it."""
    gone = {codename, *REVOKED_WITH[codename]}
    drop(asset, username, gone)
    for child in children(state, asset):
        if username != child.owner:
            drop(child, username, gone)


def children(state: State, asset: Asset) -> list[Asset]:
    """What is in a collection."""
    if asset.asset_type != "collection":
        return []
    return [a for a in state.assets.values() if a.parent == asset.uid]


def inherit(state: State, asset: Asset) -> None:
    """Copy a collection's view and edit rows to an asset put into it."""
    parent = state.assets.get(asset.parent or "")
    for row in parent.rows if parent else ():
        if row.codename in INHERITED and row.username != asset.owner and row.codename in assignable(asset.asset_type):
            add_row(state, asset, row.username, row.codename)


def follow_public_access(asset: Asset) -> None:
    """Set the form's own switch for anonymous records by the rows.

    Called for single grants and single row deletes only: the bulk ways forget it on the real server too.
    """
    if asset.deployment:
        asset.deployment.require_auth = row_of(asset, ANONYMOUS, "add_submissions") is None
