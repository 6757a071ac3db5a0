"""``A/files/``: form media and map layers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import mimetypes
from typing import Any

from starlette.responses import Response

from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, Empty, bad, crash, not_found, paginate, route
from kobotui.demo.represent import asset_url, user_url
from kobotui.demo.rights import require, visible_asset
from kobotui.demo.state import Asset, now, stamp

ALLOWED = {
    "form_media": ("image", "audio", "video", "text/csv", "application/xml", "application/zip", "application/geo+json"),
    "map_layer": (
        "text/csv",
        "application/vnd.google-earth.kml+xml",
        "application/vnd.google-earth.kmz",
        "application/wkt",
        "application/geo+json",
        "application/json",
    ),
}
BY_EXTENSION = {
    ".csv": "text/csv",
    ".xml": "application/xml",
    ".zip": "application/zip",
    ".geojson": "application/geo+json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".wkt": "application/wkt",
    ".json": "application/json",
}


def show_file(call: Call, asset: Asset, file: dict[str, Any]) -> dict[str, Any]:
    """One file's record."""
    url = asset_url(call, asset, f"files/{file['uid']}/")
    return {
        "uid": file["uid"],
        "url": url,
        "asset": asset_url(call, asset),
        "user": user_url(call, file["user"]),
        "user__username": file["user"],
        "file_type": file["file_type"],
        "description": file["description"],
        "date_created": stamp(file["date_created"]),
        "content": f"{url}content/",
        "metadata": file["metadata"],
    }


def mimetype_of(filename: str) -> str:
    """The type of a file, judged by its extension alone."""
    extension = "." + filename.rsplit(".", 1)[-1].lower()
    return BY_EXTENSION.get(extension) or mimetypes.guess_type(filename)[0] or "application/octet-stream"


async def read_upload(call: Call) -> tuple[dict[str, Any], str, bytes | None, str]:
    """``(fields, the field that carries the content, content or None for a link, filename)``.

    Raises: Refusal 400.
    """
    content: bytes | None = None
    filename = ""
    kind = call.request.headers.get("content-type", "")
    fields: dict[str, Any]
    if kind.startswith(("multipart/", "application/x-www-form-urlencoded")):
        form = await call.form()
        fields = {k: v for k, v in form.items() if isinstance(v, str)}
        upload = form.get("content")
        if upload is not None and not isinstance(upload, str):
            content, filename = await upload.read(), upload.filename or ""
    else:
        fields = await call.payload()
    metadata = fields.get("metadata") or {}
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except ValueError:
            raise bad({"metadata": ["JSON is invalid"]}) from None
    if not isinstance(metadata, dict):
        raise bad({"metadata": ["JSON is invalid"]})
    fields["metadata"] = metadata
    encoded, link = fields.get("base64Encoded"), metadata.get("redirect_url")
    if sum(map(bool, (content is not None, encoded, link))) > 1:
        raise bad("You can upload a file, send its base64-encoded content or a URL, but only one of them")
    if content is not None:
        return fields, "content", content, str(metadata.get("filename") or filename)
    if encoded:
        if not metadata.get("filename"):
            raise bad({"metadata": ["`filename` is required"]})
        try:
            decoded = base64.b64decode(str(encoded).partition("base64,")[2], validate=True)
        except binascii.Error:
            raise bad({"base64Encoded": ["Invalid content"]}) from None
        return fields, "base64Encoded", decoded, str(metadata["filename"])
    if link:
        if not str(link).startswith(("http://", "https://")):
            raise bad({"metadata": ["`redirect_url` is invalid"]})
        return fields, "metadata", None, str(metadata.get("filename") or str(link).rsplit("/", 1)[-1])
    raise bad("No files have been submitted")


async def list_files(call: Call) -> Response:
    """``GET``; ``?file_type=``."""
    asset = visible_asset(call, call.arg("uid"))
    wanted = call.query.get("file_type")
    found = [f for f in asset.files if wanted in (None, f["file_type"])]
    return JSON(paginate(call, found, lambda file: show_file(call, asset, file)))


async def add_file(call: Call) -> Response:
    """``POST``: multipart, base64 in JSON, or a link."""
    asset = visible_asset(call, call.arg("uid"))
    require(call, asset, "change_asset")
    fields, source, content, filename = await read_upload(call)
    problems: dict[str, list[str]] = {}
    for key in ("description", "file_type"):
        if key not in fields:
            problems[key] = ["This field is required."]
    if fields.get("description") == "":
        problems["description"] = ["This field may not be blank."]
    file_type = fields.get("file_type", "")
    if "file_type" in fields and file_type not in ALLOWED:
        problems["file_type"] = [f'"{file_type}" is not a valid choice.']
    if problems:
        raise bad(problems)
    mimetype = mimetype_of(filename)
    allowed = ALLOWED[file_type]
    if mimetype not in allowed and mimetype.split("/")[0] not in allowed:
        listed = ", ".join(f"`{a}`" for a in allowed)
        raise bad({source: [f"Only {listed} MIME types are allowed"]})
    if file_type == "form_media" and any(f["metadata"]["filename"] == filename for f in asset.files):
        raise bad({source: ["File already exists"]})
    data = content if content is not None else str(fields["metadata"]["redirect_url"]).encode()
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    metadata = {"filename": filename, "hash": f"md5:{digest}"}
    metadata |= {"mimetype": mimetype} if content is not None else {"redirect_url": fields["metadata"]["redirect_url"]}
    file = {
        "uid": call.state.uid("af"),
        "user": call.username,
        "file_type": file_type,
        "description": fields["description"],
        "date_created": now(),
        "metadata": metadata,
        "content": content,
    }
    asset.files.append(file)
    if file_type == "form_media":
        note_media(call, asset, file, "add-media")
    shown = show_file(call, asset, file)
    return JSON(shown, 201, {"Location": shown["url"]})


def note_media(call: Call, asset: Asset, file: dict[str, Any], action: str) -> None:
    """Log that form media came or went."""
    details = {"uid": file["uid"], "filename": file["metadata"]["filename"], "md5_hash": file["metadata"]["hash"]}
    record(asset, call.user, action, {"asset-file": details})


def file_of(call: Call, asset: Asset) -> dict[str, Any]:
    """The file of the path.

    Raises: Refusal 404.
    """
    file = next((f for f in asset.files if f["uid"] == call.arg("file")), None)
    if file is None:
        raise not_found("No AssetFile matches the given query.")
    return file


async def read_file(call: Call) -> Response:
    """``GET`` of one record."""
    asset = visible_asset(call, call.arg("uid"))
    return JSON(show_file(call, asset, file_of(call, asset)))


async def delete_file(call: Call) -> Response:
    """``DELETE``."""
    asset = visible_asset(call, call.arg("uid"))
    file = file_of(call, asset)
    require(call, asset, "change_asset")
    asset.files.remove(file)
    if file["file_type"] == "form_media":
        note_media(call, asset, file, "delete-media")
    return Empty()


async def read_bytes(call: Call) -> Response:
    """``GET …/content/``: the file, or a redirect to where it is."""
    asset = visible_asset(call, call.arg("uid"))
    file = file_of(call, asset)
    metadata = file["metadata"]
    if "redirect_url" in metadata:
        return Empty(302, {"Location": metadata["redirect_url"]})
    if file["content"] is None:
        raise crash()
    return Response(file["content"], media_type=metadata["mimetype"])


ROUTES = [
    route("/api/v2/assets/{uid}/files/", GET=list_files, POST=add_file),
    route("/api/v2/assets/{uid}/files/{file}/", GET=read_file, DELETE=delete_file),
    route("/api/v2/assets/{uid}/files/{file}/content/", formats=None, GET=read_bytes),
]
