"""Links into the web form (Enketo): the demo has none, its links only look like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kobotui.demo.data import asset_of, record_of, scope
from kobotui.demo.http import JSON, not_found, route
from kobotui.demo.records.mix import mix

if TYPE_CHECKING:
    from kobotui.demo.http import Call

RIGHTS = {"edit": "change_submissions", "view": "view_submissions"}


def link(call: Call, action: str) -> tuple[str, str | None]:
    """A one-time URL for a record, and the version it uses.

    Raises: Refusal as for any reading or writing of that record.
    """
    if action not in RIGHTS:
        raise not_found()
    asset = asset_of(call)
    row = record_of(call, asset, scope(call, asset, RIGHTS[action]))
    key = f"{mix(row['_id']) & 0xFFFFFFFF:08x}"
    version = asset.deployment.version_uid if asset.deployment else None
    return call.url(f"/enketo/{action}/{key}?instance_id={row['_uuid']}"), version


async def read_link(call: Call) -> Response:
    """``GET A/data/{id}/enketo/{edit|view}/``."""
    url, version = link(call, str(call.request.path_params.get("action", "edit")))
    return JSON({"url": url, "version_uid": version})


async def follow_link(call: Call) -> Response:
    """``GET A/data/{id}/enketo/redirect/{edit|view}/``."""
    return Response(None, 302, {"Location": link(call, call.arg("action"))[0]})


ROUTES = [
    route("/api/v2/assets/{uid}/data/{record}/edit/", GET=read_link),
    route("/api/v2/assets/{uid}/data/{record}/enketo/{action}/", GET=read_link),
    route("/api/v2/assets/{uid}/data/{record}/enketo/redirect/{action}/", formats=None, GET=follow_link),
]
