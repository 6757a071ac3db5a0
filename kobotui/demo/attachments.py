"""Files of submissions: download, reduced pictures, removal."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response

from kobotui.demo.data import asset_of, in_scope, record_of, records_of, scope
from kobotui.demo.http import JSON, Empty, bad, forbidden, not_found, route
from kobotui.demo.records import xml

if TYPE_CHECKING:
    from kobotui.demo.http import Call
    from kobotui.demo.state import Asset

SUFFIXES = ("original", "large", "medium", "small")
STAMP = formatdate(usegmt=True)


def download(call: Call, asset: Asset, entry: dict[str, Any]) -> Response:
    """An attachment's bytes: whole, whatever ``Range`` says, as without a web server in front.

    Raises: Refusal 404 for a deleted one, 400 for a conversion that is not possible.
    """
    if entry["is_deleted"] or call.query.get("format") == "json":
        raise not_found()
    if call.query.get("format") and not entry["mimetype"].startswith(("audio/", "video/")):
        raise bad("Conversion is not supported for this type of file")
    name = entry["media_file_basename"]
    plain = name.isascii() and name.isprintable() and not set(name) & set('"\\ ;,')
    disposition = f"inline; filename={name}" if plain else f"inline; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Last-Modified": STAMP}
    return Response(records_of(asset).content(entry), headers=headers, media_type=entry["mimetype"])


async def by_uid(call: Call) -> Response:
    """``GET A/data/{id}/attachments/{uid}/``."""
    asset = asset_of(call)
    row = record_of(call, asset, scope(call, asset, "view_submissions"))
    entry = next((a for a in row["_attachments"] if a["uid"] == call.arg("attachment")), None)
    if entry is None:
        raise not_found()
    return download(call, asset, entry)


async def by_size(call: Call) -> Response:
    """``GET …/{uid}/{size}/``: the demo's pictures are small enough to be their own thumbnails."""
    if call.arg("size") not in SUFFIXES:
        raise not_found()
    return await by_uid(call)


async def by_xpath(call: Call) -> Response:
    """``GET A/data/{id}/attachments/?xpath=``."""
    asset = asset_of(call)
    row = record_of(call, asset, scope(call, asset, "view_submissions"))
    path = call.query.get("xpath")
    if not path:
        raise bad("`xpath` query parameter is required")
    root = xml.read(records_of(asset).xml_of(row["_id"]) or "")
    if xml.locate(root, path.strip("/")) is None:
        raise bad(f"The path could not be found in the submission: {path}")
    entry = next((a for a in row["_attachments"] if a["question_xpath"] == path.strip("/")), None)
    if entry is None:
        raise not_found()
    return download(call, asset, entry)


async def delete_one(call: Call) -> Response:
    """``DELETE A/attachments/{uid}/``."""
    asset = asset_of(call)
    filters = scope(call, asset, "change_submissions")
    found = records_of(asset).attachment(call.arg("attachment"))
    if found is None or found[1]["is_deleted"]:
        raise not_found()
    row = records_of(asset).get(found[0])
    if row is None or not in_scope(row, filters):
        raise forbidden()
    records_of(asset).delete_files([found[1]["uid"]])
    return Empty()


async def delete_many(call: Call) -> Response:
    """``DELETE A/attachments/bulk/``: all files of the named submissions."""
    asset = asset_of(call)
    filters = scope(call, asset, "change_submissions")
    uuids = (await call.payload()).get("submission_root_uuids")
    if uuids is None:
        raise bad({"submission_root_uuids": ["This field is required."]})
    if not isinstance(uuids, list) or not uuids or not all(isinstance(u, str) for u in uuids):
        raise bad({"submission_root_uuids": ["This list may not be empty."]})
    rows = [row for uuid in uuids if (row := records_of(asset).by_uuid(uuid)) is not None]
    if filters is not None and (len(rows) < len(uuids) or not all(in_scope(row, filters) for row in rows)):
        raise forbidden()
    uids = [a["uid"] for row in rows for a in row["_attachments"] if not a["is_deleted"]]
    records_of(asset).delete_files(uids)
    return JSON({"message": f"{len(uids)} attachments deleted"}, 202)


async def audio_duration(call: Call) -> Response:
    """``POST A/attachments/audio-duration/``: the demo's sounds last one second."""
    asset = asset_of(call)
    scope(call, asset, "view_submissions")
    uids = (await call.payload()).get("attachment_uids")
    if not isinstance(uids, list) or not 0 < len(uids) <= 200:
        raise bad({"attachment_uids": ["Ensure this field has between 1 and 200 elements."]})
    found = [entry for uid in uids if (entry := records_of(asset).attachment(str(uid))) is not None]
    sounds = [{"uid": e["uid"], "seconds": 1} for _, e in found if e["mimetype"].startswith("audio/")]
    return JSON({"attachments": sounds, "total": len(sounds)})


ROUTES = [
    route("/api/v2/assets/{uid}/data/{record}/attachments/", formats=None, GET=by_xpath),
    route("/api/v2/assets/{uid}/data/{record}/attachments/{attachment}/", formats=None, GET=by_uid),
    route("/api/v2/assets/{uid}/data/{record}/attachments/{attachment}/{size}/", formats=None, GET=by_size),
    route("/api/v2/assets/{uid}/attachments/bulk/", DELETE=delete_many),
    route("/api/v2/assets/{uid}/attachments/audio-duration/", POST=audio_duration),
    route("/api/v2/assets/{uid}/attachments/{attachment}/", DELETE=delete_one),
]
