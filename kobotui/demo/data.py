"""Reading submissions: ``A/data/`` as a list and one by one, as JSON, XML and GeoJSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from kobotui.demo.history import record
from kobotui.demo.http import (
    DEFAULT_LIMIT,
    JSON,
    MAX_LIMIT,
    Refusal,
    bad,
    crash,
    not_found,
    page_links,
    route,
    unauthenticated,
)
from kobotui.demo.records.mongo import UnsupportedQueryError, compile_query
from kobotui.demo.records.search import project
from kobotui.demo.rights import partial_filters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.demo.http import Call
    from kobotui.demo.records.store import RecordStore
    from kobotui.demo.state import Asset

TYPES = {"json": "application/json", "xml": "application/xml", "geojson": "application/json"}
SIZES = ("large", "medium", "small")
NOT_DEPLOYED = "The specified asset has not been deployed"


# -- what all data views share ---------------------------------------------------------------------


def asset_of(call: Call) -> Asset:
    """The asset in the path.

    Raises: Refusal 404 when there is none.
    """
    asset = call.state.assets.get(call.arg("uid"))
    if asset is None or asset.trashed:
        raise not_found()
    return asset


def scope(call: Call, asset: Asset, codename: str) -> list[dict[str, Any]] | None:
    """How far the caller's right reaches: None for every record, else Mongo filters joined by OR.

    Raises: Refusal 404 for somebody who may read no record, 403 (anonymous: 401) without this right.
    """
    try:
        return partial_filters(call.state, asset, call.username, codename)
    except Refusal as refusal:
        if refusal.status == 403 and call.user is None:
            raise unauthenticated() from refusal
        raise


def records_of(asset: Asset) -> RecordStore:
    """The asset's submissions.

    Raises: Refusal 400 when it was never deployed.
    """
    if asset.records is None:
        raise bad(NOT_DEPLOYED)
    return asset.records


def scoped(query: Mapping[str, Any], filters: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A query within filters."""
    if filters is None:
        return dict(query)
    rule: dict[str, Any] = {"$or": filters} if filters else {"_id": {"$in": []}}
    return {"$and": [dict(query), rule]} if query else rule


def in_scope(row: Mapping[str, Any], filters: list[dict[str, Any]] | None) -> bool:
    """Whether a record lies within filters.

    Raises: Refusal 400 for filters MongoDB refuses.
    """
    try:
        return filters is None or any(compile_query(f)(row) for f in filters)
    except UnsupportedQueryError as error:
        raise bad(["Unsupported query"]) from error


def record_of(call: Call, asset: Asset, filters: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The record in the path: by ``_id``, root UUID or current UUID.

    Raises: Refusal 404 when there is none within the filters.
    """
    row = records_of(asset).find(call.arg("record"))
    if row is None or not in_scope(row, filters):
        raise not_found()
    return row


def shown(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """A record as KPI sends it: with the URLs of its attachments."""
    if not row.get("_attachments"):
        return row
    return row | {"_attachments": [with_urls(call, row["_id"], a) for a in row["_attachments"]]}


def with_urls(call: Call, record_id: int, entry: dict[str, Any]) -> dict[str, Any]:
    """An attachment's entry with its URLs, those of reduced sizes only for pictures."""
    url = call.url(f"/api/v2/assets/{call.arg('uid')}/data/{record_id}/attachments/{entry['uid']}/")
    sizes = {f"download_{s}_url": f"{url}{s}/" for s in SIZES} if entry["mimetype"].startswith("image/") else {}
    return {"download_url": url} | entry | sizes


def xml_of_body(body: object) -> str:
    """An error's body as the XML renderers write it."""

    def node(name: str, value: object) -> str:
        if isinstance(value, dict):
            return f"<{name}>" + "".join(node(k, v) for k, v in value.items()) + f"</{name}>"
        if isinstance(value, list):
            return f"<{name}>" + "".join(node("list-item", v) for v in value) + f"</{name}>"
        return f"<{name}>{escape('' if value is None else str(value))}</{name}>"

    return '<?xml version="1.0" encoding="utf-8"?>\n' + node("root", body)


def format_of(call: Call, suffix: str | None) -> str:
    """The format asked for by the path's suffix or ``?format=``, JSON otherwise.

    Raises: Refusal 404 for an unknown one, 406 when ``Accept`` excludes it.
    """
    asked = suffix or call.query.get("format") or "json"
    if asked not in TYPES:
        raise not_found()
    accept = call.request.headers.get("accept") or "*/*"
    accepted = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    explicit = suffix is not None or "format" in call.query
    if accepted.isdisjoint({TYPES[asked], "application/*", "*/*"}) and (explicit or "text/html" not in accepted):
        raise Refusal(406, {"detail": "Could not satisfy the request Accept header."})
    return asked


# -- the list --------------------------------------------------------------------------------------


def positive(call: Call, name: str, default: int, least: int) -> int:
    """A number of the query string.

    Raises: Refusal 400.
    """
    try:
        number = int(call.query.get(name, default))
    except ValueError:
        number = least - 1
    if number < least:
        raise bad({name: "A positive integer is required"})
    return number


def json_param(call: Call, name: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
    """A JSON object or array of the query string, empty when not given.

    Raises: Refusal 400.
    """
    text = call.query.get(name)
    if text is None or text == "":
        return kind()
    try:
        value = json.loads(text)
    except ValueError as error:
        raise bad({name: "Value must be valid JSON."}) from error
    if not isinstance(value, kind):
        expected = "Expected a list of items." if kind is list else "Expected a dictionary of items."
        raise bad({name: f'{expected[:-1]} but got type "{type(value).__name__}".'})
    return value


def sort_of(value: dict[str, Any]) -> tuple[str, int] | None:
    """The one sort key MongoDB is given, with 1 or -1; several keys are ignored.

    Raises: Refusal 500 for a direction that is no number.
    """
    if len(value) != 1:
        return None
    key, direction = next(iter(value.items()))
    try:
        return key, -1 if int(direction) < 0 else 1
    except (TypeError, ValueError) as error:
        raise crash() from error


async def list_records(call: Call, suffix: str | None = None) -> Response:
    """``GET A/data/``."""
    asset = asset_of(call)
    filters = scope(call, asset, "view_submissions")
    form = format_of(call, suffix)
    try:
        return await listing(call, asset, filters, form)
    except Refusal as refusal:
        if form == "xml":
            return Response(xml_of_body(refusal.body), refusal.status, media_type="application/xml; charset=utf-8")
        raise


async def listing(call: Call, asset: Asset, filters: list[dict[str, Any]] | None, form: str) -> Response:
    """The list in one of the formats."""
    store = records_of(asset)
    if "count" in call.query:
        raise bad({"count": "This parameter is not supported; read `count` of the reply."})
    if form == "xml":
        for name in ("sort", "fields"):
            if name in call.query:
                raise bad({name: "This parameter is not supported in `XML` format."})
    limit = min(positive(call, "limit", DEFAULT_LIMIT, 1), MAX_LIMIT)
    start = positive(call, "start", 0, 0)
    query = json_param(call, "query", dict)
    fields = json_param(call, "fields", list)
    sort = sort_of(json_param(call, "sort", dict))
    record(asset, call.user, "view-data")
    try:
        count, rows = await store.search(scoped(query, filters), sort, start, limit)
    except UnsupportedQueryError as error:
        raise bad(["Unsupported query"]) from error
    if form == "geojson":
        from kobotui.demo.geojson import collection

        return JSON(collection(asset, rows, call.query.get("geo_question_name")), headers=GEOJSON_TYPE)
    envelope = page_links(call, count, start, limit)
    if form == "xml":
        parts = [(store.xml_of(row["_id"]) or "").partition("?>")[2] for row in rows]
        head, tail = xml_of_body(envelope).split("</root>")[0], "</root>"
        return Response(f"{head}<results>{''.join(parts)}</results>{tail}", media_type="application/xml; charset=utf-8")
    return JSON(envelope | {"results": [shown(call, row) for row in project(rows, fields)]})


GEOJSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}


# -- one record ------------------------------------------------------------------------------------


async def read_record(call: Call, suffix: str | None = None) -> Response:
    """``GET A/data/{id}/``."""
    asset = asset_of(call)
    filters = scope(call, asset, "view_submissions")
    form = format_of(call, suffix)
    try:
        row = record_of(call, asset, filters)
    except Refusal as refusal:
        if form == "xml":
            return Response(xml_of_body(refusal.body), refusal.status, media_type="application/xml; charset=utf-8")
        raise
    if form == "xml":
        return Response(records_of(asset).xml_of(row["_id"]), media_type="application/xml; charset=utf-8")
    if form == "geojson":
        from kobotui.demo.geojson import collection

        return JSON(collection(asset, [row], call.query.get("geo_question_name")), headers=GEOJSON_TYPE)
    return JSON(shown(call, row))


async def delete_record(call: Call) -> Response:
    """``DELETE A/data/{id}/``."""
    from kobotui.demo.data_edit import note_deleted

    asset = asset_of(call)
    filters = scope(call, asset, "delete_submissions")
    row = records_of(asset).find(call.arg("record"))
    if row is None and filters is None:
        raise not_found()
    if row is None or not in_scope(row, filters):
        raise Refusal(403, {"detail": "You do not have permission to perform this action."})
    records_of(asset).remove([row["_id"]])
    note_deleted(call, asset, row)
    return Response(None, 204)


def suffixed(view: Any, suffix: str) -> Any:
    """A view for a path that ends with the format."""

    async def with_suffix(call: Call) -> Response:
        response: Response = await view(call, suffix)
        return response

    return with_suffix


ROUTES = [
    route("/api/v2/assets/{uid}/data/", formats=None, GET=list_records),
    route("/api/v2/assets/{uid}/data/{record}/", formats=None, GET=read_record, DELETE=delete_record),
    *(
        route(f"/api/v2/assets/{{uid}}/data{record}.{suffix}", formats=None, GET=suffixed(view, suffix))
        for suffix in TYPES
        for record, view in (("", list_records), ("/{record}", read_record))
    ),
]
