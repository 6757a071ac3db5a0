"""The lists of assets: what is in them, searched, ordered, and the light variants."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from starlette.responses import Response

from kobotui.demo.http import JSON, Call, crash, page_bounds, page_links, route
from kobotui.demo.ordering import in_order
from kobotui.demo.represent import list_item
from kobotui.demo.rights import own_rights
from kobotui.demo.search import Unparsable, compile_query
from kobotui.demo.state import ANONYMOUS, Asset


def listed_assets(call: Call) -> list[Asset]:
    """The assets of the caller's list: own, shared by a row, in or of a subscribed collection."""
    if call.user is None:
        return []
    state, name = call.state, call.username
    subscribed = {uid for uid, users in state.subscribers.items() if name in users}
    query = call.query.get("q", "")
    opened = {
        uid
        for uid, asset in state.assets.items()
        if f"parent__uid:{uid}" in query and "discover_asset" in own_rights(asset, ANONYMOUS)
    }
    wanted = call.query.get("status")
    found = []
    for asset in state.assets.values():
        if asset.trashed:
            continue
        own = asset.owner == name
        shared = "view_asset" in own_rights(asset, name)
        public = bool({asset.uid, asset.parent} & subscribed) or asset.parent in opened
        discoverable = "discover_asset" in own_rights(asset, ANONYMOUS)
        if wanted == "private":
            keep = own and shared
        elif wanted == "shared":
            keep = shared and not own
        elif wanted == "public":
            keep = asset.uid in subscribed
        elif wanted == "public-discoverable":
            keep = discoverable
        else:
            keep = shared or public
        if keep and state.users[asset.owner].is_active:
            found.append(asset)
    return found


def searched(call: Call) -> list[Asset]:
    """The caller's list narrowed by ``q``.

    Raises: Refusal 400 for a short query or a forbidden field.
    """
    assets = listed_assets(call)
    if "q" not in call.query:
        return assets
    try:
        test = compile_query(call.query["q"], call.state, superuser=call.is_superuser)
    except Unparsable:
        return []
    return [asset for asset in assets if test(asset)]


def ordered(call: Call) -> list[Asset]:
    """`searched` in the order asked for."""
    first = call.query.get("collections_first") == "true"
    return in_order(searched(call), call.state, call.query.get("ordering", ""), collections_first=first)


def metadata_of(assets: list[Asset]) -> dict[str, Any]:
    """Distinct languages, countries, sectors and organizations."""
    languages = {t for a in assets for t in a.summary.get("languages", [])}
    countries = {(c["value"], c.get("label")) for a in assets for c in a.settings.get("country") or [] if "value" in c}
    sectors = {(s["value"], s.get("label")) for a in assets if (s := a.settings.get("sector")) and "value" in s}
    organizations = {o for a in assets if (o := a.settings.get("organization"))}
    return {
        "languages": sorted(languages),
        "countries": sorted([list(c) for c in countries]),
        "sectors": sorted([list(s) for s in sectors]),
        "organizations": sorted(organizations),
    }


async def list_assets(call: Call) -> Response:
    """``GET assets/``."""
    assets = ordered(call)
    start, limit = page_bounds(call)
    body = page_links(call, len(assets), start, limit)
    body["results"] = []
    for asset in assets[start : start + limit]:
        if len(body["results"]) % 100 == 99:
            await asyncio.sleep(0)  # a long page must not hold up the others
        body["results"].append(list_item(call, asset))
    if call.query.get("metadata") == "on":
        body["metadata"] = metadata_of(assets)
    return JSON(body)


async def minimal_list(call: Call) -> Response:
    """``GET assets/minimal-list/``: no count."""
    assets = ordered(call)
    start, limit = page_bounds(call)
    body = page_links(call, len(assets), start, limit)
    del body["count"]
    body["results"] = [
        {"uid": a.uid, "name": a.name, "deployment_status": a.deployment_status} for a in assets[start : start + limit]
    ]
    return JSON(body)


async def count_assets(call: Call) -> Response:
    """``GET assets/counts/``: projects by status."""
    statuses = [a.deployment_status for a in searched(call) if a.asset_type == "survey"]
    return JSON({f"{s}_count": statuses.count(s) for s in ("deployed", "archived", "draft")})


async def hash_assets(call: Call) -> Response:
    """``GET assets/hash/``: changes whenever a visible survey has a new version."""
    call.signed_in()
    uids = sorted(a.version.uid for a in listed_assets(call) if a.asset_type == "survey")
    return JSON({"hash": hashlib.md5("".join(uids).encode(), usedforsecurity=False).hexdigest()})


async def list_metadata(call: Call) -> Response:
    """``GET assets/metadata/``."""
    return JSON(metadata_of(searched(call)))


async def list_tags(call: Call) -> Response:
    """``GET tags/``; ``q`` crashes the real one."""
    if "q" in call.query:
        raise crash()
    names = sorted({tag for asset in listed_assets(call) for tag in asset.tags})
    start, limit = page_bounds(call)
    found = [{"name": n, "uid": "t" + hashlib.md5(n.encode(), usedforsecurity=False).hexdigest()[:22]} for n in names]
    return JSON(page_links(call, len(names), start, limit) | {"results": found[start : start + limit]})


ROUTES = [
    route("/api/v2/assets/counts/", GET=count_assets),
    route("/api/v2/assets/hash/", GET=hash_assets),
    route("/api/v2/assets/metadata/", GET=list_metadata),
    route("/api/v2/assets/minimal-list/", GET=minimal_list),
    route("/api/v2/tags/", GET=list_tags),
]
