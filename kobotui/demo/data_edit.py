"""Writing submissions: bulk edit, bulk delete, validation statuses, duplicates."""

from __future__ import annotations

import asyncio
import json
import time
import uuid as uuids
from typing import TYPE_CHECKING, Any

from kobotui.demo.data import asset_of, in_scope, record_of, records_of, scope, scoped, shown
from kobotui.demo.history import record
from kobotui.demo.http import JSON, Empty, bad, crash, forbidden, not_found, route
from kobotui.demo.records import xml
from kobotui.demo.records.answers import moment_text
from kobotui.demo.records.kept import Upload
from kobotui.demo.records.mongo import UnsupportedQueryError
from kobotui.demo.records.search import stream
from kobotui.demo.state import now

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from starlette.responses import Response

    from kobotui.demo.http import Call
    from kobotui.demo.state import Asset

STATUSES = {
    "validation_status_approved": "Approved",
    "validation_status_not_approved": "Not Approved",
    "validation_status_on_hold": "On Hold",
}
UID = "validation_status.uid"
EDITING = 0.002  # seconds between reading records and storing them: others may come in between
KEPT_BY_SERVER = ("__version__", "formhub", "meta")


def note(call: Call, asset: Asset, action: str, row: dict[str, Any], **more: str) -> None:
    """Write a submission's entry of the project history."""
    root = str(row.get("meta/rootUuid", "")).removeprefix("uuid:")
    details = {"root_uuid": root, "submitted_by": row.get("_submitted_by"), **more}
    record(asset, call.user, action, {"submission": details})


def note_deleted(call: Call, asset: Asset, row: dict[str, Any]) -> None:
    """Write that a submission was deleted."""
    note(call, asset, "delete-submission", row)


# -- payloads --------------------------------------------------------------------------------------


async def payload_of(call: Call) -> dict[str, Any]:
    """The ``payload`` every bulk call is wrapped in.

    Raises: Refusal 400.
    """
    body = await call.payload()
    if "payload" not in body:
        raise bad({"payload": ["This field is required."]})
    payload = body["payload"]
    if payload is None:
        raise bad({"payload": ["This field may not be null."]})
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except ValueError as error:
            raise bad({"payload": ["Unable to parse JSON"]}) from error
    if not isinstance(payload, dict):
        raise bad({"payload": ["Unable to parse JSON"]})
    return payload


def checked_ids(payload: dict[str, Any]) -> list[int] | None:
    """The ids a payload names, None when it goes by query or means all.

    Raises: Refusal 400; 500 for a confirmation that is not ``true``.
    """
    if "submission_ids" in payload:
        ids = payload["submission_ids"]
        if not isinstance(ids, list) or not ids:
            raise bad({"payload": ["`submission_ids` must contain at least one value"]})
        try:
            if any(isinstance(i, bool | float) for i in ids):
                raise ValueError("no integer")
            return [int(i) for i in ids]
        except (TypeError, ValueError) as error:
            raise bad({"payload": ["`submission_ids` must only contain integer values"]}) from error
    if "query" not in payload and not payload.get("confirm"):
        raise bad({"payload": ["Confirmation is required"]})
    if "query" not in payload and payload["confirm"] is not True:
        raise crash()
    return None


async def matching(
    asset: Asset, payload: dict[str, Any], ids: list[int] | None, filters: list[dict[str, Any]] | None
) -> list[dict[str, Any]]:
    """The records a payload means, within the caller's scope, by ascending ``_id``; by query only their names.

    Raises: Refusal 403 when an id lies outside the scope, 400 for a query MongoDB refuses.
    """
    store = records_of(asset)
    if ids is not None:
        found = [row for i in sorted(set(ids)) if (row := store.get(i)) is not None]
        if filters is not None and (len(found) < len(set(ids)) or not all(in_scope(row, filters) for row in found)):
            raise forbidden()
        return found
    query = payload.get("query") or {}
    wanted = scoped(query if isinstance(query, dict) else {}, filters)
    keys = ("_id", "_uuid", "meta/rootUuid", "meta/instanceID", "_submitted_by")
    try:
        return [{k: row[k] for k in keys if k in row} async for row in stream(store, wanted, set(keys))]
    except UnsupportedQueryError as error:
        raise bad(["Unsupported query"]) from error


async def all_or_nothing(call: Call, codename: str) -> tuple[Asset, dict[str, Any], list[dict[str, Any]]]:
    """Asset, payload and records of a bulk delete or validation.

    Raises: Refusal 400 for any unknown id; 500 for the combinations KPI crashes on.
    """
    asset = asset_of(call)
    filters = scope(call, asset, codename)
    records_of(asset)
    payload = await payload_of(call)
    ids = checked_ids(payload)
    if codename == "validate_submissions" and UID not in payload:
        raise bad({"payload": ["`validation_status.uid` is required"]})
    if ids is not None and payload.get("query"):
        raise crash()
    if ids is None and payload.get("query") == {} and payload.get("confirm") is not True:
        raise crash()
    rows = await matching(asset, payload, ids, filters)
    if ids is not None and len(rows) < len(set(ids)):
        raise bad("One or more submission ids are invalid")
    return asset, payload, rows


# -- bulk edit and delete --------------------------------------------------------------------------


async def bulk_edit(call: Call) -> Response:
    """``PATCH A/data/bulk/``: the same values into many records."""
    asset = asset_of(call)
    filters = scope(call, asset, "change_submissions")
    records_of(asset)
    payload = await payload_of(call)
    ids = checked_ids(payload)
    if "data" not in payload:
        if ids is None and "query" in payload:
            raise crash()
        raise bad({"payload": ["`data` is required"]})
    rows = await matching(asset, payload, ids, filters)
    if not rows:
        raise bad(["No submissions match the given `submission_ids`"])
    data = payload["data"]
    if not isinstance(data, dict) or not all(v is None or isinstance(v, str) for v in data.values()):
        raise crash()
    values = {path: value for path, value in data.items() if path.split("/")[0] not in KEPT_BY_SERVER}
    refusal = refused_edit(call, asset)
    edits: list[tuple[dict[str, Any], Element | None, int, str]] = []
    for row in rows:
        root = xml.read(records_of(asset).xml_of(row["_id"]) or "")
        if refusal:
            edits.append((row, None, *refusal))
            continue
        try:
            for path, value in values.items():
                xml.set_answer(root, path, value)
        except xml.PositionError as error:
            raise bad([f"`{error}` does not exist"]) from error
        except xml.XMLError as error:
            edits.append((row, None, 400, str(error)))
            continue
        edits.append((row, root, 201, "Successful submission"))
        await asyncio.sleep(0)
    await asyncio.sleep(EDITING)
    return bulk_reply([apply_edit(call, asset, *edit) for edit in edits])


def refused_edit(call: Call, asset: Asset) -> tuple[int, str] | None:
    """Why the submission path refuses everybody or this caller: status and message."""
    if call.is_superuser:
        return 403, "Access denied"
    if asset.deployment is None or not asset.deployment.active:
        return 405, "Form is not active"
    return None


def apply_edit(
    call: Call, asset: Asset, row: dict[str, Any], root: Element | None, status: int, message: str
) -> dict[str, Any]:
    """Store one edited record; the line of the reply about it.

    A record somebody else edited meanwhile is left alone, which the real server reports as a success, too.
    """
    fresh = str(uuids.uuid4())
    current = records_of(asset).get(row["_id"])
    if root is None or current is None or current["_uuid"] != row["_uuid"]:
        return {"uuid": fresh, "root_uuid": None, "status_code": status, "message": message}
    first = row["meta/rootUuid"]
    xml.set_meta(root, "instanceID", "uuid:" + fresh)
    xml.set_meta(root, "deprecatedID", row.get("meta/instanceID") or "uuid:" + row["_uuid"])
    xml.set_meta(root, "rootUuid", first)
    records_of(asset).revise(row["_id"], root, xml.write(root))
    note(call, asset, "modify-submission", row)
    return {"uuid": fresh, "root_uuid": first.removeprefix("uuid:"), "status_code": status, "message": message}


def bulk_reply(results: list[dict[str, Any]]) -> Response:
    """200 when at least one record was changed, else 400."""
    successes = sum(r["status_code"] == 201 for r in results)
    body = {"count": len(results), "successes": successes, "failures": len(results) - successes, "results": results}
    return JSON(body, 200 if successes else 400)


async def bulk_delete(call: Call) -> Response:
    """``DELETE A/data/bulk/``: all or nothing where ids are given."""
    asset, _, rows = await all_or_nothing(call, "delete_submissions")
    records_of(asset).remove(row["_id"] for row in rows)
    for row in rows:
        note_deleted(call, asset, row)
    return JSON({"detail": f"{len(rows)} submissions have been deleted"})


# -- validation ------------------------------------------------------------------------------------


def status_now(call: Call, uid: str) -> dict[str, Any]:
    """A validation status given by the caller now."""
    return {"timestamp": int(time.time()), "uid": uid, "by_whom": call.username, "label": STATUSES[uid]}


async def bulk_validate(call: Call) -> Response:
    """``PATCH`` and ``DELETE A/data/validation_statuses/``: an unknown or empty uid clears, by either verb."""
    asset, payload, rows = await all_or_nothing(call, "validate_submissions")
    uid = payload[UID]
    known = isinstance(uid, str) and uid in STATUSES
    records_of(asset).validate((row["_id"] for row in rows), status_now(call, uid) if known else {})
    for row in rows:
        note(call, asset, "modify-submission", row, status=STATUSES[uid] if known else "None")
    return JSON({"detail": f"{len(rows)} submissions have been updated"})


async def read_status(call: Call) -> Response:
    """``GET A/data/{id}/validation_status/``."""
    asset = asset_of(call)
    return JSON(record_of(call, asset, scope(call, asset, "view_submissions"))["_validation_status"])


def record_to_validate(call: Call) -> tuple[Asset, dict[str, Any]]:
    """The record whose status is to change.

    Raises: Refusal 404, 403 outside the caller's scope, 500 on an archived project.
    """
    asset = asset_of(call)
    filters = scope(call, asset, "validate_submissions")
    row = records_of(asset).find(call.arg("record"))
    if row is None and filters is None:
        raise not_found()
    if row is None or not in_scope(row, filters):
        raise forbidden()
    return asset, row


async def set_status(call: Call) -> Response:
    """``PATCH A/data/{id}/validation_status/``, the body not wrapped."""
    asset, row = record_to_validate(call)
    uid = (await call.payload()).get(UID)
    if not isinstance(uid, str) or uid not in STATUSES:
        raise bad(f"Invalid validation status: `{uid}`")
    refuse_archived(asset)
    status = status_now(call, uid)
    records_of(asset).validate([row["_id"]], status)
    note(call, asset, "modify-submission", row, status=STATUSES[uid])
    return JSON(status)


async def clear_status(call: Call) -> Response:
    """``DELETE A/data/{id}/validation_status/``."""
    asset, row = record_to_validate(call)
    refuse_archived(asset)
    records_of(asset).validate([row["_id"]], {})
    note(call, asset, "modify-submission", row, status="None")
    return Empty()


def refuse_archived(asset: Asset) -> None:
    """The single route saves through the check for an active form, and crashes on it."""
    if asset.deployment is None or not asset.deployment.active:
        raise crash()


# -- duplicates ------------------------------------------------------------------------------------


async def duplicate(call: Call) -> Response:
    """``POST A/data/{id}/duplicate/``: no body; a new record, sent by the caller now."""
    asset = asset_of(call)
    filters = scope(call, asset, "change_submissions")
    row = records_of(asset).find(call.arg("record"))
    if row is None and filters is None:
        raise not_found()
    if row is None or not in_scope(row, filters):
        raise forbidden()
    if filters is not None:
        raise crash()
    refusal = refused_edit(call, asset)
    if refusal:
        return JSON(refusal[1], refusal[0])
    store = records_of(asset)
    root = xml.read(store.xml_of(row["_id"]) or "")
    root.attrib.pop("submissionDate", None)
    xml.set_meta(root, "instanceID", f"uuid:{uuids.uuid4()}")
    for name in ("deprecatedID", "rootUuid"):
        xml.set_meta(root, name, None)
    moment = now()
    for name in ("start", "end"):
        if row.get(name):
            xml.set_answer(root, name, moment_text(moment.replace(tzinfo=None)))
    files = [
        Upload(a["media_file_basename"], a["mimetype"], store.content(a))
        for a in row["_attachments"]
        if not a["is_deleted"]
    ]
    kept = store.add(root, xml.write(root), call.username, moment, files)
    note(call, asset, "add-submission", kept.row)
    return JSON(shown(call, store.get(kept.id) or {}), 201)


ROUTES = [
    route("/api/v2/assets/{uid}/data/bulk/", PATCH=bulk_edit, DELETE=bulk_delete),
    route("/api/v2/assets/{uid}/data/validation_statuses/", PATCH=bulk_validate, DELETE=bulk_validate),
    route(
        "/api/v2/assets/{uid}/data/{record}/validation_status/", GET=read_status, PATCH=set_status, DELETE=clear_status
    ),
    route("/api/v2/assets/{uid}/data/{record}/duplicate/", POST=duplicate),
]
