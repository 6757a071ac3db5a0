"""Forms as files: the draft as XLSForm and XForm, checks without deploying, and what devices download."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from kobotui.demo.access import linked
from kobotui.demo.content import flat_sheets, standardise
from kobotui.demo.http import JSON, MEDIA_TYPES, Call, Empty, Refusal, bad, crash, not_found, paginate, route
from kobotui.demo.represent import detail, user_url
from kobotui.demo.rights import may, rights_of, visible_asset
from kobotui.demo.state import ANONYMOUS, Asset, now, stamp
from kobotui.demo.xform import FormError, compile_form

XML = "application/xml"
OPEN_ROSA = {"X-OpenRosa-Version": "1.0", "X-OpenRosa-Accept-Content-Length": "10000000"}


# ------------------------------------------------------------------ the draft
def workbook(content: dict[str, Any]) -> bytes:
    """The content as an .xlsx file."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in flat_sheets(content, shorthand=True).items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(key for row in rows for key in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([cell(row.get(column)) for column in columns])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell(value: Any) -> Any:
    """A value as a workbook takes it: control characters are not allowed in one."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, bool) or value is None:
        return "true" if value else None if value is None else "false"
    return value if isinstance(value, (int, float)) else ILLEGAL_CHARACTERS_RE.sub("", str(value))


async def read_xls(call: Call) -> Response:
    """``GET A.xls``: the draft as an XLSForm (really .xlsx)."""
    asset = visible_asset(call, call.arg("uid"))
    body = await asyncio.to_thread(workbook, asset.content)
    headers = {"Content-Disposition": f"attachment; filename={asset.uid}.xlsx"}
    return Response(body, headers=headers, media_type=MEDIA_TYPES["xls"])


async def read_xml(call: Call) -> Response:
    """``GET A.xml``: the draft as an XForm."""
    asset = visible_asset(call, call.arg("uid"))
    try:
        xml = await asyncio.to_thread(compile_form, asset.content, asset.uid, "", "", asset.name)
    except FormError as error:
        raise crash() from error
    return Response(xml, media_type=XML)


async def read_ssjson(call: Call) -> Response:
    """``GET A.ssjson``: the sheets as JSON."""
    return JSON(flat_sheets(visible_asset(call, call.arg("uid")).content, shorthand=True))


async def read_html(call: Call) -> Response:
    """``GET A/xls/``, ``A/xform/``, ``A/table_view/``: pages for people, not files."""
    asset = visible_asset(call, call.arg("uid"))
    rows = "".join(
        f"<tr><td>{escape(row['type'])}</td><td>{escape(str(row.get('name', '')))}</td></tr>"
        for row in asset.content.get("survey", [])
    )
    return Response(f"<html><body><table>{rows}</table></body></html>", media_type="text/html; charset=utf-8")


# ------------------------------------------------------------------ snapshots
def show_snapshot(call: Call, snapshot: dict[str, Any]) -> dict[str, Any]:
    """One snapshot."""
    url = f"{call.base}/api/v2/asset_snapshots/{snapshot['uid']}"
    asset = snapshot["asset"]
    return {
        "url": f"{url}/",
        "uid": snapshot["uid"],
        "owner": user_url(call, snapshot["owner"]),
        "date_created": stamp(snapshot["date_created"]),
        "xml": f"{url}.xml",
        "enketopreviewlink": f"{url}/preview/",
        "asset": f"{call.base}/api/v2/assets/{asset}/" if asset else None,
        "asset_version_id": snapshot["version"],  # a number of the server's own
        "details": {"status": "success", "warnings": []},
        "source": snapshot["source"],
    }


async def create_snapshot(call: Call) -> Response:
    """``POST asset_snapshots/``: compile a ``source`` or an ``asset``; a form that fails is a 400."""
    user = call.signed_in()
    body = await call.payload()
    asset: Asset | None = None
    if body.get("asset"):
        uid = linked(body["asset"], "assets")
        if uid is None:
            raise bad({"asset": ["Invalid hyperlink - No URL match."]})
        asset = call.state.assets.get(uid)
        if asset is None or not may(call, asset, "view_asset"):
            raise bad({"asset": ["Invalid hyperlink - Object does not exist."]})
    source = body.get("source")
    if isinstance(source, str):
        try:
            source = json.loads(source)
        except ValueError:
            raise bad({"source": ["Unable to parse JSON"]}) from None
    if source is None:
        if asset is None:
            raise bad({"asset": ["Specify an asset and/or a source"]})
        source = asset.content
    content = standardise(source, call.state.rng)
    uid = call.state.uid("s")
    try:
        xml = await asyncio.to_thread(compile_form, content, uid, "", "", asset.name if asset else "")
    except FormError as error:
        problem = {"status": "failure", "error_type": "PyXFormError", "error": str(error), "warnings": []}
        raise Refusal(400, problem) from error
    snapshot: dict[str, Any] = {
        "uid": uid,
        "owner": user.username,
        "date_created": now(),
        "asset": asset.uid if asset else None,
        "version": len(asset.versions) if asset else None,
        "source": content,
        "xml": xml,
    }
    call.state.snapshots[uid] = snapshot
    shown = show_snapshot(call, snapshot)
    return JSON(shown, 201, {"Location": shown["url"]})


async def list_snapshots(call: Call) -> Response:
    """``GET asset_snapshots/``: one's own."""
    found = [s for s in call.state.snapshots.values() if s["owner"] == call.username]
    return JSON(paginate(call, found[::-1], lambda snapshot: show_snapshot(call, snapshot)))


def snapshot_of(call: Call) -> dict[str, Any]:
    """The snapshot of the path.

    Raises: Refusal 404.
    """
    snapshot = call.state.snapshots.get(call.arg("snapshot"))
    if snapshot is None:
        raise not_found("No AssetSnapshot matches the given query.")
    return snapshot


async def read_snapshot(call: Call) -> Response:
    """``GET`` of one."""
    return JSON(show_snapshot(call, snapshot_of(call)))


async def delete_snapshot(call: Call) -> Response:
    """``DELETE``: its owner."""
    snapshot = snapshot_of(call)
    if call.signed_in().username != snapshot["owner"]:
        raise not_found()
    del call.state.snapshots[snapshot["uid"]]
    return Empty()


async def read_snapshot_xml(call: Call) -> Response:
    """``GET …/{s}.xml``: readable by everybody."""
    return Response(snapshot_of(call)["xml"], media_type=XML)


# ------------------------------------------------------------------ what devices download
def deployed_form(call: Call) -> Asset:
    """The project of a form's number, when the caller may collect with it.

    Raises: Refusal 401, 404.
    """
    number = call.arg("pk")
    for asset in call.state.assets.values():
        if asset.deployment and not asset.trashed and str(asset.deployment.form_pk) == number:
            if rights_of(call.state, asset, call.username) & {"view_asset", "add_submissions"}:
                return asset
            call.signed_in()
    raise not_found()


async def read_form(call: Call) -> Response:
    """``GET {kc}/forms/{pk}/form.xml``: the live version."""
    asset = deployed_form(call)
    version, deployment = asset.deployed_version, asset.deployment
    assert version is not None
    assert deployment is not None
    xml = await asyncio.to_thread(
        compile_form, version.content, asset.uid, version.uid, deployment.form_uuid, version.name
    )
    return Response(xml, headers=OPEN_ROSA, media_type="text/xml; charset=utf-8")


async def list_forms(call: Call) -> Response:
    """``GET {kc}/formList`` and ``/{user}/formList``: the active forms one may send to."""
    owner = call.request.path_params.get("owner")
    if owner is None:
        call.signed_in()
    forms = []
    for asset in call.state.assets.values():
        deployment = asset.deployment
        if deployment is None or not deployment.active or asset.trashed:
            continue
        if owner is not None and (asset.owner != owner or (call.user is None and deployment.require_auth)):
            continue
        name = ANONYMOUS if call.user is None else call.username
        if call.user is not None and "add_submissions" not in rights_of(call.state, asset, name):
            continue
        digest = hashlib.md5(deployment.version_uid.encode(), usedforsecurity=False).hexdigest()
        version = asset.deployed_version
        title = version.name if version else asset.name
        forms.append(
            f"<xform><formID>{asset.uid}</formID><name>{escape(title)}</name><version>{deployment.version_uid}</version>"
            f"<hash>md5:{digest}</hash><descriptionText/>"
            f"<downloadUrl>{call.base}/forms/{deployment.form_pk}/form.xml</downloadUrl>"
            f"<manifestUrl>{call.base}/xformsManifest/{deployment.form_pk}</manifestUrl></xform>"
        )
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(forms)}</xforms>'
    return Response(body, headers=OPEN_ROSA, media_type="text/xml; charset=utf-8")


async def read_manifest(call: Call) -> Response:
    """``GET {kc}/xformsManifest/{pk}``: the form media."""
    asset = deployed_form(call)
    files = "".join(
        f"<mediaFile><filename>{escape(f['metadata']['filename'])}</filename><hash>{f['metadata']['hash']}</hash>"
        f"<downloadUrl>{call.base}/api/v2/assets/{asset.uid}/files/{f['uid']}/content/</downloadUrl></mediaFile>"
        for f in asset.files
        if f["file_type"] == "form_media"
    )
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{files}</manifest>'
    return Response(body, headers=OPEN_ROSA, media_type="text/xml; charset=utf-8")


async def read_json(call: Call) -> Response:
    """``GET A.json``: the detail."""
    return JSON(detail(call, visible_asset(call, call.arg("uid"))))


ROUTES = [
    *(
        route(f"/api/v2/assets/{{uid}}.{suffix}{slash}", formats=None, GET=view)
        for suffix, view in (("xls", read_xls), ("xml", read_xml), ("ssjson", read_ssjson), ("json", read_json))
        for slash in ("", "/")
    ),
    *(route(f"/api/v2/assets/{{uid}}/{page}/", formats=None, GET=read_html) for page in ("xls", "xform", "table_view")),
    route("/api/v2/asset_snapshots/", GET=list_snapshots, POST=create_snapshot),
    route("/api/v2/asset_snapshots/{snapshot}.xml", formats=None, GET=read_snapshot_xml),
    route("/api/v2/asset_snapshots/{snapshot}/", GET=read_snapshot, DELETE=delete_snapshot),
    route("/forms/{pk}/form.xml", formats=None, GET=read_form),
    route("/formList", formats=None, GET=list_forms),
    route("/{owner}/formList", formats=None, GET=list_forms),
    route("/xformsManifest/{pk}", formats=None, GET=read_manifest),
    route("/{owner}/xformsManifest/{pk}", formats=None, GET=read_manifest),
]
