"""``A/paired-data/``: answers of one project used inside the form of another."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from kobotui.demo.access import linked
from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, Empty, bad, not_found, paginate, route
from kobotui.demo.represent import asset_url
from kobotui.demo.rights import require, rights_of, visible_asset
from kobotui.demo.state import Asset

FILENAME = re.compile(r"^[\w-]+(\.xml)?$")
READERS = {"view_submissions", "partial_submissions"}


def pairs_of(asset: Asset) -> list[dict[str, Any]]:
    """The links of a project."""
    pairs: list[dict[str, Any]] = asset.extra.setdefault("paired_data", [])
    return pairs


def show_pair(call: Call, asset: Asset, pair: dict[str, Any]) -> dict[str, Any]:
    """One link; the source is null once it is deleted."""
    source = call.state.assets.get(pair["source"])
    alive = source is not None and not source.trashed
    return {
        "source": asset_url(call, source) if source and alive else None,
        "source__name": source.name if source and alive else None,
        "fields": pair["fields"],
        "filename": pair["filename"],
        "url": asset_url(call, asset, f"paired-data/{pair['uid']}/"),
    }


def editable(call: Call) -> Asset:
    """The project of the path, for its editors.

    Raises: Refusal 401, 403, 404.
    """
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "change_asset")
    return asset


def pair_of(call: Call, asset: Asset) -> dict[str, Any]:
    """The link of the path.

    Raises: Refusal 404.
    """
    pair = next((p for p in pairs_of(asset) if p["uid"] == call.arg("pair")), None)
    if pair is None:
        raise not_found()
    return pair


def check_filename(asset: Asset, name: Any, own: str = "") -> str:
    """The name the form knows the data by.

    Raises: Refusal 400.
    """
    if not FILENAME.match(str(name)):
        raise bad({"filename": ["Only letters, numbers and `-` are allowed"]})
    filename = str(name) if str(name).endswith(".xml") else f"{name}.xml"
    taken = [p["filename"] for p in pairs_of(asset) if p["filename"] != own]
    taken += [f["metadata"]["filename"] for f in asset.files]
    if filename in taken:
        raise bad({"filename": [f"`{filename}` is already used"]})
    return filename


def check_fields(source: Asset, fields: Any) -> list[str]:
    """The questions to share; an empty list is all of them.

    Raises: Refusal 400 for one the source does not share.
    """
    if not isinstance(fields, list):
        raise bad({"fields": ['Expected a list of items but got type "str".']})
    shared = source.data_sharing.get("fields") or []
    unknown = [f for f in fields if shared and f not in shared]
    if unknown:
        raise bad({"fields": [f"Some fields are invalid, choices are: `{'`,`'.join(shared)}`"]})
    return [str(f) for f in fields]


async def list_pairs(call: Call) -> Response:
    """``GET``."""
    asset = editable(call)
    return JSON(paginate(call, pairs_of(asset), lambda pair: show_pair(call, asset, pair)))


async def create_pair(call: Call) -> Response:
    """``POST {"source", "fields", "filename"}``."""
    asset = editable(call)
    body = await call.payload()
    missing = {key: ["This field is required."] for key in ("source", "filename") if key not in body}
    if missing:
        raise bad(missing)
    source = call.state.assets.get(linked(body["source"], "assets") or "")
    if source is None or source.trashed:
        raise bad({"source": ["Invalid hyperlink - Object does not exist."]})
    if not source.data_sharing.get("enabled"):
        raise bad({"source": [f"Data sharing for `{source.uid}` is not enabled"]})
    if not READERS & rights_of(call.state, source, asset.owner):
        raise bad({"source": ["Pairing data with this project is not allowed"]})
    if any(p["source"] == source.uid for p in pairs_of(asset)):
        raise bad({"source": [f"Source `{source.uid}` is already paired"]})
    fields = check_fields(source, body.get("fields", []))
    filename = check_filename(asset, body["filename"])
    pair = {"uid": call.state.uid("pd"), "source": source.uid, "fields": fields, "filename": filename}
    pairs_of(asset).append(pair)
    note(call, asset, pair, "connect-project")
    shown = show_pair(call, asset, pair)
    return JSON(shown, 201, {"Location": shown["url"]})


def note(call: Call, asset: Asset, pair: dict[str, Any], action: str) -> None:
    """Log what became of a link."""
    details = {"source_uid": pair["source"], "fields": pair["fields"]}
    record(asset, call.user, action, {"paired-data": details})


async def read_pair(call: Call) -> Response:
    """``GET`` of one."""
    asset = editable(call)
    return JSON(show_pair(call, asset, pair_of(call, asset)))


async def change_pair(call: Call) -> Response:
    """``PATCH``: fields and file name."""
    asset = editable(call)
    pair = pair_of(call, asset)
    body = await call.payload()
    if "fields" in body:
        pair["fields"] = check_fields(call.state.assets[pair["source"]], body["fields"])
    if "filename" in body:
        pair["filename"] = check_filename(asset, body["filename"], pair["filename"])
    note(call, asset, pair, "modify-imported-fields")
    return JSON(show_pair(call, asset, pair))


async def delete_pair(call: Call) -> Response:
    """``DELETE``."""
    asset = editable(call)
    pair = pair_of(call, asset)
    pairs_of(asset).remove(pair)
    note(call, asset, pair, "disconnect-project")
    return Empty()


async def read_external(call: Call) -> Response:
    """``GET …/external.xml``: the shared answers."""
    asset = visible_asset(call, call.arg("uid"))
    pair = pair_of(call, asset)
    source = call.state.assets[pair["source"]]
    rows = source.records.page(limit=1000) if source.records is not None else []
    entries = "".join(f"<data>{xml_of(row, pair['fields'])}</data>" for row in rows)
    return Response(f"<?xml version='1.0' encoding='utf-8'?><root>{entries}</root>", media_type="application/xml")


def xml_of(row: dict[str, Any], fields: list[str]) -> str:
    """The plain answers of one record as elements."""
    parts = []
    for path, value in row.items():
        name = path.rsplit("/", 1)[-1]
        if (
            not path.startswith(("_", "meta/", "formhub/"))
            and isinstance(value, str)
            and (not fields or path in fields)
        ):
            parts.append(f"<{name}>{escape(value)}</{name}>")
    return "".join(parts)


PAIRS = "/api/v2/assets/{uid}/paired-data/"
ROUTES = [
    route(PAIRS, GET=list_pairs, POST=create_pair),
    route(PAIRS + "{pair}/", GET=read_pair, PATCH=change_pair, DELETE=delete_pair),
    route(PAIRS + "{pair}/external.xml", formats=None, GET=read_external),
]
