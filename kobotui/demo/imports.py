"""``/api/v2/imports/``: a workbook becomes a project, or replaces one's form. Failures show in the task only."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from starlette.responses import Response

from kobotui.demo.access import linked
from kobotui.demo.content import KNOWN_TYPES, split_type
from kobotui.demo.editing import new_asset, save
from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, crash, not_found, route
from kobotui.demo.rights import rights_of
from kobotui.demo.state import Asset, User, now, stamp

LOOPBACK = ("127.0.0.1", "localhost", "::1")
FETCH_TIMEOUT = 10.0  # seconds
SHEETS = ("survey", "choices", "settings", "library")


class ImportFailure(Exception):
    """Why a task failed: the class of the server's exception and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


@dataclass
class Order:
    """What one import was asked to do."""

    user: User
    file: bytes | None
    url: str
    name: str
    destination: str
    asset_type: str


# ------------------------------------------------------------------ workbooks
def read_workbook(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """The sheets of an .xlsx file as rows of text.

    Raises: ImportFailure.
    """
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {sheet.title.strip().lower(): list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
        raise ImportFailure("XlsFormatException", "Unsupported format, or corrupt file") from error
    return {name: rows_of(sheets[name]) for name in SHEETS if name in sheets}


def rows_of(cells: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The rows below the headings; empty cells and empty rows left out."""
    if not cells:
        return []
    heads = [str(head).strip() if head is not None else "" for head in cells[0]]
    rows = [
        {head: text_of(value) for head, value in zip(heads, line, strict=False) if head and value not in (None, "")}
        for line in cells[1:]
    ]
    return [row for row in rows if row]


def text_of(value: Any) -> Any:
    """A cell as text; whole numbers without ``.0``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if not isinstance(value, str) else value.strip()


def check_survey(survey: list[dict[str, Any]]) -> None:
    """Refuse unknown types and names that occur twice.

    Raises: ImportFailure.
    """
    names: set[str] = set()
    for row in survey:
        plain = {"type": row.get("type")}
        split_type(plain)
        kind = str(plain["type"])
        if kind and kind not in KNOWN_TYPES:
            raise ImportFailure("ValueError", f"unknown type ['{kind}']")
        name = row.get("name")
        if name and not kind.startswith("end_"):
            if name in names:
                raise ImportFailure("DuplicateNameException", f"Duplicate node name: {name}")
            names.add(name)


def fetch(url: str, name: str) -> bytes:
    """The file behind a URL. The demo leaves this machine alone: loopback addresses only.

    A file that was given no name must come with one. Raises: ImportFailure.
    """
    if urlsplit(url).hostname not in LOOPBACK or urlsplit(url).scheme not in ("http", "https"):
        raise ImportFailure("ConnectionError", f"The demo server fetches from this machine only, not {url}")
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=FETCH_TIMEOUT) as reply:
            if not name and not reply.headers.get("Content-Disposition"):
                raise ImportFailure("KeyError", "'content-disposition'")
            body: bytes = reply.read()
    except (URLError, OSError) as error:
        raise ImportFailure("HTTPError", str(error)) from error
    return body


# ------------------------------------------------------------------ the task
async def run(call: Call, task: dict[str, Any], order: Order) -> None:
    """Carry an import out, and write into the task how it ended."""
    try:
        task["messages"] = await carry_out(call, order)
        task["status"] = "complete"
    except ImportFailure as failure:
        task["messages"] = {"error": failure.text, "error_type": failure.kind}
        task["status"] = "error"


async def carry_out(call: Call, order: Order) -> dict[str, Any]:
    """The messages of a successful import.

    Raises: ImportFailure.
    """
    destination = find_destination(call, order)
    data = order.file
    if data is None and order.url:
        data = await asyncio.to_thread(fetch, order.url, order.name)
    if data is None:
        raise ImportFailure("Exception", "ImportTask data must contain `base64Encoded`, `url` or `single_xls_url`")
    sheets = await asyncio.to_thread(read_workbook, data)
    survey = sheets.get("survey", [])
    check_survey(survey)
    content = {
        "survey": survey,
        "choices": sheets.get("choices", []),
        "settings": (sheets.get("settings") or [{}])[0],
    }
    if destination is None:
        asset = new_asset(call.state, order.user.username, order.name, order.asset_type, content)
    else:
        asset = destination
        name = order.name if not asset.name else None
        save(call.state, asset, order.user.username, name=name, content=content)
        record(asset, order.user, "replace-form", {"latest_version_uid": asset.version.uid})
    shown = {
        "uid": asset.uid,
        "kind": "asset",
        "summary": asset.summary or {"languages": []},
        "owner__username": asset.owner,
    }
    return {"created" if destination is None else "updated": [shown]}


def find_destination(call: Call, order: Order) -> Asset | None:
    """The asset to replace.

    Raises: ImportFailure when there is none, or the user may not change it.
    """
    if not order.destination:
        return None
    asset = call.state.assets.get(linked(order.destination, "assets") or "")
    if asset is None or asset.trashed:
        raise ImportFailure("DoesNotExist", "Asset matching query does not exist.")
    if "change_asset" not in rights_of(call.state, asset, order.user.username):
        raise ImportFailure("PermissionDenied", "user cannot update asset")
    return asset


# ------------------------------------------------------------------ views
async def create_import(call: Call) -> Response:
    """``POST``: always 201."""
    user = call.signed_in()
    order = await read_order(call, user)
    uid = call.state.uid("i")
    task = {"uid": uid, "status": "processing", "messages": {}, "date_created": now(), "user": user.username}
    call.state.imports[uid] = task
    url = f"{call.base}/api/v2/imports/{uid}/"
    reply = JSON({"uid": uid, "url": url, "status": "processing"}, 201, {"Location": url})
    call.state.run(run(call, task, order))
    return reply


async def read_order(call: Call, user: User) -> Order:
    """What the request asks for."""
    kind = call.request.headers.get("content-type", "")
    file: bytes | None = None
    fields: dict[str, Any]
    if kind.startswith(("multipart/", "application/x-www-form-urlencoded")):
        form = await call.form()
        fields = {k: v for k, v in form.items() if isinstance(v, str)}
        upload = form.get("file")
        if upload is not None and not isinstance(upload, str):
            file = await upload.read()
    else:
        fields = await call.payload()
    if file is None and fields.get("base64Encoded"):
        try:
            file = base64.b64decode(str(fields["base64Encoded"]).partition("base64,")[2] or "", validate=True)
        except binascii.Error:
            file = b""
    # Anything but the text "false" means a library item, also when it is missing.
    library = str(fields.get("library", "true")).lower() != "false"
    asset_type = fields.get("desired_type") or ("block" if library else "survey")
    return Order(
        user,
        file,
        str(fields.get("url") or ""),
        str(fields.get("name") or ""),
        str(fields.get("destination") or ""),
        asset_type,
    )


async def read_import(call: Call) -> Response:
    """``GET`` of one's own task."""
    user = call.signed_in()
    task = call.state.imports.get(call.arg("task"))
    if task is None or task["user"] != user.username:
        raise not_found("No ImportTask matches the given query.")
    shown = {key: task[key] for key in ("status", "uid", "messages")}
    return JSON(shown | {"date_created": stamp(task["date_created"])})


async def list_imports(call: Call) -> Response:
    """``GET`` of the list: crashes on the real server as soon as there is a task."""
    user = call.signed_in()
    if any(task["user"] == user.username for task in call.state.imports.values()):
        raise crash()
    return JSON({"count": 0, "next": None, "previous": None, "results": []})


ROUTES = [
    route("/api/v2/imports/", GET=list_imports, POST=create_import),
    route("/api/v2/imports/{task}/", GET=read_import),
]
