"""Saved export settings, and the synchronous downloads that go with them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from kobotui.demo.data import asset_of, scope
from kobotui.demo.exports import Task, build, check, drop, shown
from kobotui.demo.http import JSON, Empty, Refusal, bad, crash, not_found, paginate, route
from kobotui.demo.represent import show_export_settings
from kobotui.demo.rights import require, visible_asset
from kobotui.demo.state import now, stamp

if TYPE_CHECKING:
    from kobotui.demo.http import Call
    from kobotui.demo.state import Asset

CACHE = 300  # seconds a synchronous file is served again
FORMATS = {"csv": "csv", "xlsx": "xls"}


def found(call: Call, asset: Asset) -> dict[str, Any]:
    """The settings in the path.

    Raises: Refusal 404.
    """
    settings = next((s for s in asset.export_settings if s["uid"] == call.arg("settings")), None)
    if settings is None:
        raise not_found("No AssetExportSettings matches the given query.")
    return settings


def checked(asset: Asset, body: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with what a request changes.

    Raises: Refusal 400 for what is missing or wrong, 500 for a name used twice.
    """
    new = settings | {k: body[k] for k in ("name", "export_settings") if k in body}
    errors = {key: ["This field is required."] for key in ("name", "export_settings") if key not in new}
    if errors:
        raise bad(errors)
    if not isinstance(new["name"], str) or not new["name"].strip():
        raise bad({"name": ["This field may not be blank."]})
    if not isinstance(new["export_settings"], dict):
        raise bad({"export_settings": ["Unable to parse JSON"]})
    try:
        check(asset, new["export_settings"])
    except Refusal as refusal:
        raise bad({"export_settings": [said(refusal)]}) from refusal
    if any(s["name"] == new["name"] and s["uid"] != new.get("uid") for s in asset.export_settings):
        raise crash()
    return new | {"date_modified": stamp(now())}


def said(refusal: Refusal) -> str:
    """A refused option as the settings endpoint words it."""
    body = refusal.body
    key, (text, *_) = next(iter(body.items())) if isinstance(body, dict) else ("data", ["Invalid"])
    name = "export_settings" if key == "data" else key
    return f"`{name}` {text[0].lower()}{text[1:]}"


async def list_settings(call: Call) -> Response:
    """``GET A/export-settings/``."""
    asset = asset_of(call)
    scope(call, asset, "view_submissions")
    return JSON(paginate(call, asset.export_settings, lambda s: show_export_settings(call, asset, s)))


async def create_settings(call: Call) -> Response:
    """``POST A/export-settings/``."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "manage_asset")
    settings = checked(asset, await call.payload(), {})
    settings["uid"] = call.state.uid("es")
    asset.export_settings.append(settings)
    body = show_export_settings(call, asset, settings)
    return JSON(body, 201, {"Location": body["url"]})


async def read_settings(call: Call) -> Response:
    """``GET A/export-settings/{uid}/``."""
    asset = asset_of(call)
    scope(call, asset, "view_submissions")
    return JSON(show_export_settings(call, asset, found(call, asset)))


async def change_settings(call: Call) -> Response:
    """``PATCH`` and ``PUT A/export-settings/{uid}/``."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "manage_asset")
    settings = found(call, asset)
    base = {"uid": settings["uid"]} if call.request.method == "PUT" else settings
    settings.update(checked(asset, await call.payload(), base))
    return JSON(show_export_settings(call, asset, settings))


async def delete_settings(call: Call) -> Response:
    """``DELETE A/export-settings/{uid}/``."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "manage_asset")
    asset.export_settings.remove(found(call, asset))
    return Empty()


async def download(call: Call) -> Response:
    """``GET A/export-settings/{uid}/data.csv`` or ``.xlsx``: 302 to the file, made at most every five minutes."""
    asset = asset_of(call)
    filters = scope(call, asset, "view_submissions")
    settings = found(call, asset)
    suffix = call.arg("suffix")
    if suffix not in FORMATS:
        raise bad([f"Only {', '.join(FORMATS)} are supported."])
    if asset.records is None:
        raise bad({"source": ["The asset must be deployed."]})
    key = f"{settings['uid']}.{suffix}"
    own = [t for t in asset.exports if t.synchronous and t.key == key and t.username == call.username]
    task = next((t for t in own if time.monotonic() - t.made < CACHE), None)
    if task is None:
        for old in own:
            drop(asset, old)
        data = dict(settings["export_settings"]) | {"type": FORMATS[suffix]}
        task = Task(call.state.uid("e"), call.username, data, key, synchronous=True)
        await build(asset, task, filters, call.base)
        asset.exports.append(task)
    if task.status != "complete":
        return Response("Synchronous export failed.", 500, media_type="text/plain; charset=utf-8")
    location = shown(call, asset, task)["result"]
    return Response(None, 302, {"Location": location}, media_type="text/html; charset=utf-8")


ROUTES = [
    route("/api/v2/assets/{uid}/export-settings/", GET=list_settings, POST=create_settings),
    route(
        "/api/v2/assets/{uid}/export-settings/{settings}/",
        GET=read_settings,
        PATCH=change_settings,
        PUT=change_settings,
        DELETE=delete_settings,
    ),
    route("/api/v2/assets/{uid}/export-settings/{settings}/data.{suffix}", formats=None, GET=download),
]
