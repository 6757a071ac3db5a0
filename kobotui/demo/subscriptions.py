"""``/api/v2/asset_subscriptions/``: following other people's public collections."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kobotui.demo.access import linked
from kobotui.demo.http import JSON, Call, Empty, bad, not_found, paginate, route
from kobotui.demo.rights import own_rights
from kobotui.demo.state import ANONYMOUS


def mine(call: Call) -> dict[str, str]:
    """The caller's subscriptions: uid -> collection."""
    name = call.signed_in().username
    return {users[name]: asset for asset, users in call.state.subscribers.items() if name in users}


def show(call: Call, uid: str, asset_uid: str) -> dict[str, Any]:
    """One subscription."""
    asset = call.state.assets[asset_uid]
    return {
        "url": f"{call.base}/api/v2/asset_subscriptions/{uid}/",
        "asset": f"{call.base}/api/v2/assets/{asset_uid}/",
        "uid": uid,
        "asset__name": asset.name,
    }


async def list_subscriptions(call: Call) -> Response:
    """``GET``; ``?asset__uid=``."""
    wanted = call.query.get("asset__uid")
    found = [(uid, asset) for uid, asset in mine(call).items() if wanted in (None, asset)]
    return JSON(paginate(call, found, lambda pair: show(call, *pair)))


async def subscribe(call: Call) -> Response:
    """``POST {"asset": <collection url>}``."""
    user = call.signed_in()
    body = await call.payload()
    if "asset" not in body:
        raise bad({"asset": ["This field is required."]})
    asset = call.state.assets.get(linked(body["asset"], "assets") or "")
    if asset is None or asset.trashed:
        raise bad({"asset": ["Invalid hyperlink - Object does not exist."]})
    if asset.asset_type != "collection" or "discover_asset" not in own_rights(asset, ANONYMOUS):
        raise bad({"asset": ["This asset is not discoverable"]})
    users = call.state.subscribers.setdefault(asset.uid, {})
    uid = users.setdefault(user.username, call.state.uid("b"))
    shown = show(call, uid, asset.uid)
    return JSON(shown, 201, {"Location": shown["url"]})


def found_subscription(call: Call) -> tuple[str, str]:
    """``(subscription, collection)`` of the path.

    Raises: Refusal 401, 404.
    """
    uid = call.arg("subscription")
    asset = mine(call).get(uid)
    if asset is None:
        raise not_found("No UserAssetSubscription matches the given query.")
    return uid, asset


async def read_subscription(call: Call) -> Response:
    """``GET`` of one."""
    return JSON(show(call, *found_subscription(call)))


async def unsubscribe(call: Call) -> Response:
    """``DELETE``."""
    _uid, asset = found_subscription(call)
    del call.state.subscribers[asset][call.username]
    return Empty()


ROUTES = [
    route("/api/v2/asset_subscriptions/", GET=list_subscriptions, POST=subscribe),
    route("/api/v2/asset_subscriptions/{subscription}/", GET=read_subscription, DELETE=unsubscribe),
]
