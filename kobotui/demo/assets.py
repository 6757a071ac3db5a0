"""``/api/v2/assets/``: create, clone, read, change and delete."""

from __future__ import annotations

import copy
import json
from typing import Any

from starlette.responses import Response

from kobotui.demo.asset_lists import list_assets
from kobotui.demo.content import flat_sheets, split_column, standardise
from kobotui.demo.editing import clean_settings, find_version, new_asset, save, trash
from kobotui.demo.grants import inherit
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
    route,
    unauthenticated,
)
from kobotui.demo.represent import asset_url, detail
from kobotui.demo.rights import require, rights_of, visible_asset
from kobotui.demo.state import Asset

TYPES = ("text", "empty", "question", "block", "survey", "collection", "template")
CLONES = {
    "block": ("block", "question", "survey", "template"),
    "question": ("question", "survey", "template"),
    "survey": ("block", "question", "survey", "template"),
    "template": ("survey", "template"),
    "text": ("text",),
    "empty": ("empty",),
}
BLOBS = ("report_styles", "report_custom", "map_styles", "map_custom", "advanced_features")
NAME_LENGTH = 255


# ------------------------------------------------------------------ what a client may send
def parsed(body: dict[str, Any], key: str) -> Any:
    """A field that is JSON or JSON text.

    Raises: Refusal 400 for text that is no JSON.
    """
    value = body[key]
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise bad({key: ["Unable to parse JSON"]}) from None
    return value


def check_fields(body: dict[str, Any]) -> None:
    """Refuse values of the wrong kind before anything is changed; trim the name, as every text field does.

    Raises: Refusal 400.
    """
    problems: dict[str, list[str]] = {}
    name = body.get("name", "")
    if name is None:
        problems["name"] = ["This field may not be null."]
    elif not isinstance(name, (str, int, float)) or isinstance(name, bool):
        problems["name"] = ["Not a valid string."]
    elif len(str(name).strip()) > NAME_LENGTH:
        problems["name"] = [f"Ensure this field has no more than {NAME_LENGTH} characters."]
    elif "\x00" in str(name):
        problems["name"] = ["Null characters are not allowed."]
    if problems:
        raise bad(problems)
    if "name" in body:
        body["name"] = str(name).strip()
    for key in ("content", "settings", "translations", *BLOBS):
        if key in body:
            body[key] = parsed(body, key)
    for key in ("content", "settings"):
        if body.get(key) is not None and not isinstance(body.get(key), dict):
            raise bad({key: ["Unable to parse JSON"]})


def tags_of(text: Any) -> list[str]:
    """``"a,b c"`` -> ``["a", "b-c"]``."""
    return [t.strip().replace(" ", "-") for t in str(text or "").split(",") if t.strip()]


def uid_in(url: Any) -> str:
    """The uid at the end of an asset's hyperlink, host ignored; empty when it is none."""
    _, found, rest = str(url).partition("/api/v2/assets/")
    return rest.strip("/") if found else ""


def set_parent(call: Call, asset: Asset, url: Any) -> None:
    """Move an asset into a collection, or out with None.

    Raises: Refusal 400 for what is no collection the caller may change.
    """
    if url in (None, ""):
        asset.parent = None
        return
    parent = call.state.assets.get(uid_in(url))
    if parent is None or parent.trashed or "view_asset" not in rights_of(call.state, parent, call.username):
        raise bad({"parent": ["Invalid hyperlink - Object does not exist."]})
    if parent.asset_type != "collection" or "change_asset" not in rights_of(call.state, parent, call.username):
        raise bad({"parent": ["User cannot update target parent collection"]})
    asset.parent = parent.uid
    inherit(call.state, asset)


def clone_source(call: Call, body: dict[str, Any]) -> tuple[Asset, str, dict[str, Any]]:
    """``(asset, name, content)`` that ``clone_from`` and ``clone_from_version_id`` name.

    Raises: Refusal 404.
    """
    source = call.state.assets.get(str(body["clone_from"]))
    if source is None or source.trashed:
        raise not_found("No Asset matches the given query.")
    source = visible_asset(call, source.uid)
    wanted = body.get("clone_from_version_id")
    version = find_version(source, str(wanted)) if wanted else source.versions[-1] if source.versions else None
    if version is None:
        raise not_found("No AssetVersion matches the given query.")
    return source, version.name, version.content


# ------------------------------------------------------------------ create, read, change, delete
async def create_asset(call: Call) -> Response:
    """``POST assets/``: new, or a copy with ``clone_from``."""
    user = call.signed_in()
    body = await call.payload()
    check_fields(body)
    settings = body.get("settings") or {}
    tags = tags_of(body.get("tag_string"))
    name, content = body.get("name", ""), body.get("content")
    if "clone_from" in body:
        source, old_name, old_content = clone_source(call, body)
        asset_type = body.get("asset_type") or source.asset_type
        if asset_type not in CLONES.get(source.asset_type, ()):
            raise crash()
        if "name" not in body:
            name = old_name
        content = content or copy.deepcopy(old_content)
        tags = tags or list(source.tags)
        if asset_type in ("survey", "template"):
            settings = {k: v for k, v in source.settings.items() if k != "share-metadata"} | settings
    else:
        asset_type = body.get("asset_type")
        if asset_type is None:
            raise bad({"asset_type": ["This field is required."]})
        if asset_type not in TYPES:
            raise bad({"asset_type": [f'"{asset_type}" is not a valid choice.']})
    asset = new_asset(call.state, user.username, name, asset_type, content, copy.deepcopy(settings))
    asset.tags = tags
    if body.get("parent"):
        try:
            set_parent(call, asset, body["parent"])
        except Refusal:
            del call.state.assets[asset.uid]
            raise
    return JSON(detail(call, asset), 201, {"Location": asset_url(call, asset)})


async def read_asset(call: Call) -> Response:
    """``GET A/``."""
    return JSON(detail(call, visible_asset(call, call.arg("uid"))))


async def change_asset(call: Call) -> Response:
    """``PATCH A/``, and PUT, which wants every required field."""
    if call.user is None:
        raise unauthenticated()
    body = await call.payload()
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "change_asset")
    if call.request.method == "PUT" and "asset_type" not in body:
        raise bad({"asset_type": ["This field is required."]})
    check_fields(body)
    before = (asset.name, copy.deepcopy(asset.settings), asset.versions[-1].content_hash if asset.versions else "")
    name, content = body.get("name"), body.get("content")
    if "clone_from" in body:
        _source, old_name, old_content = clone_source(call, body)
        name = old_name if name is None else name
        content = copy.deepcopy(old_content)
    if content is not None and not content.get("translations"):
        content = content | {"translations": stored_translations(asset, content)}
    if isinstance(body.get("translations"), list) and content is None:
        content = copy.deepcopy(asset.content) | {"translations": body["translations"]}
    if "parent" in body:
        set_parent(call, asset, body["parent"])
    if body.get("settings") is not None:
        asset.settings = clean_settings(asset.settings | body["settings"], asset.asset_type)
    if "tag_string" in body:
        asset.tags = tags_of(body["tag_string"])
    if isinstance(body.get("data_sharing"), dict):
        note_sharing(call, asset, body["data_sharing"])
    asset.extra |= {key: body[key] for key in BLOBS if key in body}
    save(call.state, asset, call.username, name=name, content=content)
    note_changes(call, asset, before)
    return JSON(detail(call, asset))


def stored_translations(asset: Asset, content: dict[str, Any]) -> list[str | None] | None:
    """The asset's languages for content that names none: neither in ``translations`` nor in its columns."""
    rows = [row for sheet in ("survey", "choices") for row in content.get(sheet) or [] if isinstance(row, dict)]
    named = any(split_column(key)[1] for row in rows for key in row)
    return None if named else asset.content.get("translations")


def note_sharing(call: Call, asset: Asset, sharing: dict[str, Any]) -> None:
    """Set data sharing, and log it under the name KPI gives to each way of changing it."""
    before = asset.data_sharing.get("enabled", False)
    asset.data_sharing = {"enabled": bool(sharing.get("enabled")), "fields": sharing.get("fields") or []}
    after = asset.data_sharing["enabled"]
    if before or after:
        action = "modify-sharing" if before and after else "enable-sharing" if after else "disable-sharing"
        fields = {"shared_fields": {"added": asset.data_sharing["fields"]}}
        record(asset, call.user, action, fields if after else None)


def note_changes(call: Call, asset: Asset, before: tuple[str, dict[str, Any], str]) -> None:
    """Log what a PATCH really changed."""
    name, settings, fingerprint = before
    latest = {"latest_version_uid": asset.version.uid} if asset.versions else {}
    if asset.name != name:
        record(asset, call.user, "update-name", {"name": {"old": name, "new": asset.name}} | latest)
    changed = {
        key: {"old": settings.get(key), "new": asset.settings.get(key)}
        for key in {**settings, **asset.settings}
        if settings.get(key) != asset.settings.get(key)
    }
    if changed:
        record(asset, call.user, "update-settings", {"settings": changed} | latest)
    if asset.versions and asset.version.content_hash != fingerprint:
        record(asset, call.user, "update-content", latest)


def may_delete(call: Call, asset: Asset) -> bool:
    """Owners and superusers may; who made it and manages it may while it has no records."""
    rights = rights_of(call.state, asset, call.username)
    if "delete_asset" in rights:
        return True
    empty = asset.records is None or len(asset.records) == 0
    return asset.created_by == call.username and asset.owner != call.username and "manage_asset" in rights and empty


async def delete_asset(call: Call) -> Response:
    """``DELETE A/``: into the trash."""
    if call.user is None:
        raise unauthenticated()
    asset = visible_asset(call, call.arg("uid"))
    if not may_delete(call, asset):
        raise forbidden()
    trash(call.state, asset)
    return Empty()


# ------------------------------------------------------------------ content
async def read_content(call: Call) -> Response:
    """``GET A/content/``: sheets with translations as columns."""
    asset = visible_asset(call, call.arg("uid"))
    data = flat_sheets(asset.content, shorthand=False)
    return JSON({"kind": "asset.content", "uid_asset": asset.uid, "data": data})


async def read_valid_content(call: Call) -> Response:
    """``GET A/valid_content/``: what pyxform takes."""
    asset = visible_asset(call, call.arg("uid"))
    content = standardise(asset.content, call.state.rng)
    data = flat_sheets(content, shorthand=True)
    return JSON({"kind": "asset.valid_content", "uid_asset": asset.uid, "data": data})


ROUTES = [
    *(route(f"/api/v2/assets{end}", GET=list_assets, POST=create_asset) for end in ("/", ".json")),
    route(
        "/api/v2/assets/{uid}/",
        formats=("json", "xml", "xls", "ssjson"),
        GET=read_asset,
        PATCH=change_asset,
        PUT=change_asset,
        DELETE=delete_asset,
    ),
    route("/api/v2/assets/{uid}/content/", GET=read_content),
    route("/api/v2/assets/{uid}/valid_content/", GET=read_valid_content),
]
