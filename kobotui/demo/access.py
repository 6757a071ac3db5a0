"""``A/permission-assignments/`` and the catalogue of rights."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from kobotui.demo import grants
from kobotui.demo.history import record
from kobotui.demo.http import (
    JSON,
    Call,
    Empty,
    Refusal,
    bad,
    crash,
    forbidden,
    not_found,
    page_bounds,
    page_links,
    route,
)
from kobotui.demo.represent import show_row, shown_rows
from kobotui.demo.rights import assignable, may, require, rights_of, visible_asset
from kobotui.demo.state import ANONYMOUS, Asset, Row

NAMES = {
    "add_submissions": "Can submit data to asset",
    "change_asset": "Can change asset",
    "change_submissions": "Can modify submitted data for asset",
    "delete_submissions": "Can delete submitted data for asset",
    "discover_asset": "Can discover asset in public lists",
    "manage_asset": "Can manage all aspects of asset",
    "partial_submissions": "Can make partial actions on submitted data for asset for specific users",
    "validate_submissions": "Can validate submitted data asset",
    "view_asset": "Can view asset",
    "view_submissions": "Can view submitted data for asset",
}
NO_MATCH = "Invalid hyperlink - No URL match."
NO_OBJECT = "Invalid hyperlink - Object does not exist."
OWNER_STAYS = {"detail": "Owner's permissions cannot be deleted"}
PUBLIC_ACTIONS = {
    "view_asset": ("share-form-publicly", "unshare-form-publicly"),
    "view_submissions": ("share-data-publicly", "unshare-data-publicly"),
    "add_submissions": ("allow-anonymous-submissions", "disallow-anonymous-submissions"),
}


# ------------------------------------------------------------------ reading what clients send
def linked(value: Any, kind: str) -> str | None:
    """The name at the end of a hyperlink to a user or permission, whatever its host; None for no such link."""
    if not isinstance(value, str):
        return None
    parts = urlsplit(value).path.split("/")
    return parts[4] if parts[:4] == ["", "api", "v2", kind] and len(parts) == 6 and not parts[5] and parts[4] else None


def read_row(call: Call, asset: Asset, body: Any) -> tuple[str, str]:
    """``(username, codename)`` of a row a client sent.

    Raises: Refusal 400 in KPI's various shapes.
    """
    if not isinstance(body, dict):
        raise bad({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(body).__name__}."]})
    problems: dict[str, Any] = {}
    names: dict[str, str] = {}
    for key, kind, known in (("user", "users", call.state.users), ("permission", "permissions", NAMES)):
        if key not in body:
            problems[key] = ["This field is required."]
            continue
        name = linked(body[key], kind)
        if name is None:
            problems[key] = [NO_MATCH]
        elif name not in known or (key == "user" and not call.state.users[name].is_active):
            problems[key] = [NO_OBJECT]
        else:
            names[key] = name
    if "permission" in names and names["permission"] not in assignable(asset.asset_type):
        text = f"{names['permission']} cannot be assigned explicitly to Asset objects of this type."
        problems["permission"] = [text]
    if problems:
        raise bad(problems)
    username, codename = names["user"], names["permission"]
    if username == asset.owner:
        raise bad({"user": "Owner's permissions cannot be assigned explicitly"})
    if username == ANONYMOUS and codename not in grants.ANONYMOUS_MAY_HOLD:
        raise bad({"permission": f"Anonymous users cannot be granted the permission {codename}."})
    return username, codename


def read_partial(asset: Asset, given: Any) -> grants.Filters:
    """The row rules a client sent.

    Raises: Refusal 400; 500 where KPI trips over the structure.
    """
    if not isinstance(given, list) or not all(isinstance(p, dict) for p in given):
        raise crash()
    partial: grants.Filters = {}
    for entry in given:
        if "url" not in entry or "filters" not in entry:
            raise bad({"partial_permissions": ["Missing keys `url` or `filters`"]})
        codename = linked(entry["url"], "permissions")
        if codename is None or codename not in NAMES:
            raise bad({"partial_permissions": ["Invalid permission URL"]})
        if not codename.endswith("_submissions") or codename not in assignable(asset.asset_type):
            raise bad({"partial_permissions": ["Invalid `url`"]})
        filters = entry["filters"]
        if isinstance(filters, dict):
            filters = [filters]
        if not isinstance(filters, list) or not all(isinstance(f, dict) for f in filters):
            raise bad({"partial_permissions": ["Invalid `filters`"]})
        partial[codename] = filters
    return partial


# ------------------------------------------------------------------ the log
def snapshot(asset: Asset) -> dict[str, dict[str, grants.Filters | None]]:
    """Who holds what, for `note_difference`."""
    found: dict[str, dict[str, grants.Filters | None]] = {}
    for row in asset.rows:
        found.setdefault(row.username, {})[row.codename] = row.partial
    return found


def note_difference(call: Call, asset: Asset, before: dict[str, dict[str, grants.Filters | None]]) -> None:
    """Log, per user, the rights that came and went."""
    after = snapshot(asset)
    for username in sorted({*before, *after}):
        old, new = before.get(username, {}), after.get(username, {})
        added: list[Any] = [c for c in sorted(new) if c not in old and c != "partial_submissions"]
        if new.get("partial_submissions") and new["partial_submissions"] != old.get("partial_submissions"):
            partial = new["partial_submissions"] or {}
            added += [{"code": code, "filters": filters} for code, filters in partial.items()]
        removed = [c for c in sorted(old) if c not in new]
        if not added and not removed:
            continue
        if username == ANONYMOUS:
            for codename, (opened, closed) in PUBLIC_ACTIONS.items():
                if codename in added or codename in removed:
                    record(asset, call.user, opened if codename in added else closed, None, "permission")
            continue
        change = {"permissions": {"username": username, "added": added, "removed": removed}}
        record(asset, call.user, "modify-user-permissions", change, "permission")


# ------------------------------------------------------------------ views
async def list_rows(call: Call) -> Response:
    """``GET``: a bare list."""
    return JSON(shown_rows(call, visible_asset(call, call.arg("uid"))))


async def add_row(call: Call) -> Response:
    """``POST``: one row; the implied ones come along unnamed."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "manage_asset")
    body = await call.json()
    username, codename = read_row(call, asset, body)
    partial: grants.Filters | None = None
    if codename == "partial_submissions":
        if not body.get("partial_permissions"):
            text = "This field is required for the 'partial_submissions' permission"
            raise bad({"partial_permissions": [text]})
        partial = read_partial(asset, body["partial_permissions"])
    before = snapshot(asset)
    row = grants.grant(call.state, asset, username, codename, partial)
    if username == ANONYMOUS:
        grants.follow_public_access(asset)
    note_difference(call, asset, before)
    shown = show_row(call, asset, row)
    return JSON(shown, 201, {"Location": shown["url"]})


def visible_row(call: Call, asset: Asset) -> Row:
    """The row of the path.

    Raises: Refusal 404.
    """
    row = next((r for r in asset.rows if r.uid == call.arg("row")), None)
    everything = may(call, asset, "manage_asset")
    if row is None or not (everything or row.username in (call.username, asset.owner, ANONYMOUS)):
        raise not_found("No ObjectPermission matches the given query.")
    return row


async def read_one(call: Call) -> Response:
    """``GET`` of one row."""
    asset = visible_asset(call, call.arg("uid"))
    return JSON(show_row(call, asset, visible_row(call, asset)))


async def delete_one(call: Call) -> Response:
    """``DELETE`` of one row, with the rows that need it."""
    asset = visible_asset(call, call.arg("uid"))
    row = visible_row(call, asset)
    if row.username == asset.owner:
        raise Refusal(409, OWNER_STAYS)
    if row.username != call.username:
        require(call, asset, "manage_asset")
    before = snapshot(asset)
    grants.revoke(call.state, asset, row.username, row.codename)
    if row.username == ANONYMOUS:
        grants.follow_public_access(asset)
    note_difference(call, asset, before)
    return Empty()


async def replace_all(call: Call) -> Response:
    """``POST bulk/``: the whole new team, or nothing at all."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "manage_asset")
    body = await call.json()
    if not isinstance(body, list):
        kind = type(body).__name__
        raise bad({"assignments": [f'Expected a list of items but got type "{kind}".']})
    wanted: dict[tuple[str, str], grants.Filters | None] = {}
    spelling: dict[str, str] = {}
    for item in body:
        username, codename = read_row(call, asset, item)
        for name, url in ((f"user {username}", item["user"]), (f"permission {codename}", item["permission"])):
            if spelling.setdefault(name, url) != url:
                raise crash()
        partial = None
        if codename == "partial_submissions":
            if "partial_permissions" not in item:
                raise crash()
            partial = grants.expand(read_partial(asset, item["partial_permissions"]))
        wanted[username, codename] = partial
    for username, codename in list(wanted):
        for implied in grants.implied_by(codename, asset.asset_type):
            wanted.setdefault((username, implied), None)
    before = snapshot(asset)
    replace_rows(call, asset, wanted)
    note_difference(call, asset, before)
    return JSON(shown_rows(call, asset))


def replace_rows(call: Call, asset: Asset, wanted: dict[tuple[str, str], grants.Filters | None]) -> None:
    """Make the non-owner rows exactly these. Inactive users' rows stay untouched."""
    users = call.state.users
    asset.rows = [
        row
        for row in asset.rows
        if row.username == asset.owner or not users[row.username].is_active or ((row.username, row.codename) in wanted)
    ]
    for (username, codename), partial in wanted.items():
        row = grants.add_row(call.state, asset, username, codename)
        if codename == "partial_submissions" and row.partial != partial:
            row.partial = partial
            if partial and "change_submissions" in partial:
                grants.add_row(call.state, asset, username, "add_submissions")


async def remove_user(call: Call) -> Response:
    """``DELETE bulk/ {"username"}``: every row of one person, without a line in the log."""
    asset = visible_asset(call, call.arg("uid"))
    body = await call.json()
    if not isinstance(body, dict):
        raise crash()
    username = body.get("username")
    if username != call.username:
        require(call, asset, "manage_asset")
    if not username:
        raise bad({"username": "This field is required"})
    if username == asset.owner and call.username == asset.owner:
        raise Refusal(409, OWNER_STAYS)
    asset.rows = [r for r in asset.rows if r.username != username]
    return Empty()


async def clone_team(call: Call) -> Response:
    """``PATCH clone/``: the team of another asset replaces this one's, its owner included."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "manage_asset")
    body = await call.json()
    if not isinstance(body, dict) or "clone_from" not in body:
        raise crash()
    source = call.state.assets.get(str(body["clone_from"]))
    if source is None or source.trashed:
        raise not_found("No Asset matches the given query.")
    if "view_asset" not in rights_of(call.state, source, call.username):
        raise forbidden()
    rows = [r for r in source.rows if r.username != asset.owner]
    alien = next((r.codename for r in rows if r.codename not in assignable(asset.asset_type)), None)
    if alien:
        raise bad({"permission": [f"{alien} cannot be assigned explicitly to Asset objects of this type."]})
    asset.rows = [r for r in asset.rows if r.username == asset.owner]
    asset.rows += [Row(call.state.uid("p"), r.username, r.codename, r.partial and dict(r.partial)) for r in rows]
    record(asset, call.user, "clone-permissions", {"cloned_from": source.uid}, "permission")
    return JSON(shown_rows(call, asset))


def show_permission(call: Call, codename: str) -> dict[str, Any]:
    """One right of the catalogue."""

    def urls(codenames: tuple[str, ...]) -> list[str]:
        return [f"{call.base}/api/v2/permissions/{c}/" for c in sorted(codenames)]

    return {
        "url": f"{call.base}/api/v2/permissions/{codename}/",
        "codename": codename,
        "implied": urls(grants.IMPLIED[codename]),
        "contradictory": urls(grants.CONTRADICTORY.get(codename, ())),
        "name": NAMES[codename],
    }


async def list_permissions(call: Call) -> Response:
    """``GET permissions/``: public."""
    start, limit = page_bounds(call)
    shown = [show_permission(call, c) for c in sorted(NAMES)]
    return JSON(page_links(call, len(shown), start, limit) | {"results": shown[start : start + limit]})


async def read_permission(call: Call) -> Response:
    """``GET permissions/{codename}/``."""
    if call.arg("codename") not in NAMES:
        raise not_found("No Permission matches the given query.")
    return JSON(show_permission(call, call.arg("codename")))


ROUTES = [
    route("/api/v2/assets/{uid}/permission-assignments/", GET=list_rows, POST=add_row),
    route("/api/v2/assets/{uid}/permission-assignments/bulk/", POST=replace_all, DELETE=remove_user),
    route("/api/v2/assets/{uid}/permission-assignments/clone/", PATCH=clone_team),
    route("/api/v2/assets/{uid}/permission-assignments/{row}/", GET=read_one, DELETE=delete_one),
    route("/api/v2/permissions/", GET=list_permissions),
    route("/api/v2/permissions/{codename}/", GET=read_permission),
]
