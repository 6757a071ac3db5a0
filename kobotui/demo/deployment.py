"""``A/deployment/`` and ``A/versions/``."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from kobotui.demo.editing import deploy, find_version
from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, Refusal, bad, crash, not_found, page_bounds, page_links, route
from kobotui.demo.represent import detail, show_version, version_numbers
from kobotui.demo.rights import require, visible_asset
from kobotui.demo.state import Asset
from kobotui.demo.xform import FormError, compile_form

TRUTHS = {"True": True, "1": True, "t": True, "False": False, "0": False, "f": False}


def show_deployment(call: Call, asset: Asset) -> dict[str, Any]:
    """The deployment with the whole asset in it."""
    assert asset.deployment is not None
    return {
        "backend": "openrosa",
        "active": asset.deployment.active,
        "version_id": asset.deployment.version_uid,
        "asset": detail(call, asset),
    }


def active_of(body: dict[str, Any], default: bool) -> bool:
    """The switch a request carries.

    Raises: Refusal 400 for what is no boolean.
    """
    value = body.get("active", default)
    if value in (True, "true", "True", "1"):
        return True
    if value in (False, "false", "False", "0"):
        return False
    raise bad({"active": ["Must be a valid boolean."]})


async def compile_or_refuse(asset: Asset) -> None:
    """Compile the newest version as a deployment would.

    Raises: Refusal 400 with the compiler's text; 500 for what is no survey.
    """
    if asset.asset_type != "survey":
        raise crash()
    try:
        await asyncio.to_thread(compile_form, asset.content, asset.uid, asset.version.uid, "", asset.name)
    except FormError as error:
        raise Refusal(400, {"error": str(error)}) from error


async def read_deployment(call: Call) -> Response:
    """``GET``: 404 for a draft."""
    asset = visible_asset(call, call.arg("uid"))
    if asset.deployment is None:
        raise not_found()
    return JSON(show_deployment(call, asset))


async def first_deployment(call: Call) -> Response:
    """``POST``: ``active`` is false unless said."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "change_asset")
    body = await call.payload()
    if asset.deployment:
        raise Refusal(405, {"detail": "Use PATCH to update an existing deployment"})
    active = active_of(body, default=False)
    await compile_or_refuse(asset)
    deploy(call.state, asset, call.username, active=active)
    version = {"latest_version_uid": asset.version.uid, "latest_deployed_version_uid": asset.version.uid}
    record(asset, call.user, "deploy", version)
    return JSON(show_deployment(call, asset))


async def change_deployment(call: Call) -> Response:
    """``PATCH``: with ``version_id`` (or nothing) redeploys, with ``active`` alone archives or reopens."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "change_asset")
    body = await call.payload()
    if asset.deployment is None:
        raise Refusal(405, {"detail": "Use POST to create a new deployment"})
    if body.get("backend", "openrosa") != "openrosa":
        raise bad({"backend": ["This field cannot be modified after the initial deployment."]})
    active = active_of(body, default=asset.deployment.active)
    latest = {"latest_version_uid": asset.version.uid}
    if "version_id" in body or "active" not in body:
        if body.get("version_id", asset.version.uid) != asset.version.uid:
            raise crash()
        await compile_or_refuse(asset)
        deploy(call.state, asset, call.username, active=active)
        record(asset, call.user, "redeploy", latest | {"latest_deployed_version_uid": asset.version.uid})
        return JSON(show_deployment(call, asset))
    if asset.deployment.active != active:
        record(asset, call.user, "unarchive" if active else "archive", latest)
    asset.deployment.active = active
    asset.deployment_status_override = None
    return JSON(show_deployment(call, asset))


async def list_versions(call: Call) -> Response:
    """``GET A/versions/``, newest first; ``?deployed=True|False``."""
    asset = visible_asset(call, call.arg("uid"))
    versions = list(reversed(asset.versions))
    wanted = call.query.get("deployed")
    if wanted is not None:
        if wanted not in TRUTHS:
            raise crash()
        versions = [v for v in versions if bool(v.date_deployed) is TRUTHS[wanted]]
    numbers = version_numbers(asset)
    start, limit = page_bounds(call)
    shown = [show_version(call, asset, v, numbers[v.uid]) for v in versions[start : start + limit]]
    return JSON(page_links(call, len(versions), start, limit) | {"results": shown})


async def read_version(call: Call) -> Response:
    """``GET A/versions/{v}/``, with the content."""
    asset = visible_asset(call, call.arg("uid"))
    version = find_version(asset, call.arg("version"))
    if version is None:
        raise not_found("No AssetVersion matches the given query.")
    shown = show_version(call, asset, version, version_numbers(asset)[version.uid])
    return JSON(shown | {"content": version.content})


ROUTES = [
    route("/api/v2/assets/{uid}/deployment/", GET=read_deployment, POST=first_deployment, PATCH=change_deployment),
    route("/api/v2/assets/{uid}/versions/", GET=list_versions),
    route("/api/v2/assets/{uid}/versions/{version}/", GET=read_version),
]
