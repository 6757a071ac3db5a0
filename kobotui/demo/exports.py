"""Exports: tasks started by ``POST A/exports/``, watched, and fetched from ``/private-media/``.

An export takes a moment, as on the real server: ``created``, ``processing``, then ``complete`` or ``error``.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import tempfile
import time
import weakref
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from kobotui.demo.data import asset_of, scope, scoped
from kobotui.demo.exports_columns import Options, languages, truthy
from kobotui.demo.exports_files import TYPES, write
from kobotui.demo.http import JSON, Call, Empty, Refusal, bad, not_found, paginate, route
from kobotui.demo.records.mongo import UnsupportedQueryError
from kobotui.demo.rights import own_rights, rights_of
from kobotui.demo.state import now, stamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from kobotui.demo.state import Asset

REQUIRED = ("fields_from_all_versions", "group_sep", "hierarchy_in_labels", "lang", "multiple_select", "type")
OPTIONAL = (
    "fields", "flatten", "include_media_url", "name", "query", "submission_ids", "xls_types_as_text",
)  # fmt: skip
MULTIPLE = ("both", "details", "summary")
BOOLEANS = ("fields_from_all_versions", "hierarchy_in_labels", "flatten", "include_media_url", "xls_types_as_text")
KEPT = 10  # per person and project
IN_MEMORY = 4 * 1024 * 1024  # bytes; larger files go to the disk, without a name
PIECE = 256 * 1024
STEP = 0.05  # seconds a task spends in each state at least
GONE = "No SubmissionExportTask matches the given query."
FORBIDDEN = (
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>403 Forbidden</title>\n</head>\n<body>\n'
    "  <h1>403 Forbidden</h1><p></p>\n</body>\n</html>\n"
)


@dataclass(eq=False)
class Task:
    """One export."""

    uid: str
    username: str
    data: dict[str, Any]
    key: str  # equal for equal requests
    status: str = "created"
    messages: dict[str, str] = field(default_factory=dict)
    date_created: datetime = field(default_factory=now)
    last_submission_time: str | None = None
    file_name: str = ""
    media_type: str = ""
    content: IO[bytes] | None = None
    made: float = 0.0  # monotonic seconds when the file was finished
    synchronous: bool = False  # made for a saved setting's address: not listed


RUNNING: set[asyncio.Task[None]] = set()


# -- checking options ------------------------------------------------------------------------------


def listed(names: Iterable[str], word: str) -> str:
    """``'a', 'b' and 'c'``."""
    *first, last = [f"'{n}'" for n in names]
    return f"{', '.join(first)} {word} {last}" if first else last


def check(asset: Asset, data: Mapping[str, Any]) -> None:
    """Let the options of an export through.

    Raises: Refusal 400 naming the option.
    """
    missing = [key for key in REQUIRED if key not in data]
    if missing:
        keys = listed(REQUIRED, "and")
        raise bad({"data": [f"Must contain all the following required keys: {keys}"]})
    valid = sorted((*REQUIRED, *OPTIONAL))
    if not set(data) <= set(valid):
        raise bad({"data": [f"Can contain only the following valid keys: {listed(valid, 'and')}"]})
    if data["multiple_select"] not in MULTIPLE:
        raise bad({"multiple_select": [f"Must be either {listed(MULTIPLE, 'or')}"]})
    if data["type"] not in TYPES:
        raise bad({"type": [f"Must be either {listed(sorted(TYPES), 'or')}"]})
    for key in BOOLEANS:
        if key in data and str(data[key]).lower() not in ("true", "false"):
            raise bad({key: ["Must be either 'true' or 'false'"]})
    if truthy(data["hierarchy_in_labels"]) and not data["group_sep"]:
        raise bad({"group_sep": ["Must be a non-empty value"]})
    if data["type"] == "kml" and truthy(data.get("flatten", False)):
        raise bad({"flatten": ["Not supported for this type of export"]})
    if data["lang"] not in languages(asset):
        raise bad({"lang": [f"For this asset must be either {listed(languages(asset), 'or')}"]})
    fields = data.get("fields", [])
    if not isinstance(fields, list) or not all(isinstance(f, str) for f in fields):
        raise bad({"fields": ["Must be an array of strings"]})
    ids = data.get("submission_ids", [])
    if not isinstance(ids, list) or not all(type(i) is int for i in ids):
        raise bad({"submission_ids": ["Must be an array of integers"]})
    if not isinstance(data.get("query", {}), dict):
        raise bad({"query": ["Must be a JSON object"]})


def query_of(data: Mapping[str, Any], filters: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The records an export means, within filters."""
    query = {k: v for k, v in (data.get("query") or {}).items() if k != "_userform_id"}
    if data.get("submission_ids"):
        ids = {"_id": {"$in": data["submission_ids"]}}
        query = {"$and": [query, ids]} if query else ids
    return scoped(query, filters)


def file_name(asset: Asset, options: Options, taken: Iterable[str]) -> str:
    """The file's name: project, versions, language, time; a suffix when taken."""
    versions = "all versions" if options.fields_from_all_versions else "latest version"
    language = {"_xml": "False", "_default": "labels"}.get(options.lang, options.lang)
    title = f"{asset.name} - {versions} - {language} - {now():%Y-%m-%d-%H-%M-%S}"
    plain = re.sub(r"[^-\w.]", "", title.strip().replace(" ", "_"))
    ending = TYPES[options.type][0]
    return f"{plain}.{ending}" if f"{plain}.{ending}" not in taken else f"{plain}_{secrets.token_hex(4)[:7]}.{ending}"


# -- running ---------------------------------------------------------------------------------------


async def build(asset: Asset, task: Task, filters: list[dict[str, Any]] | None, base: str) -> None:
    """Make a task's file, at once; its status says how it went."""
    started = time.monotonic()
    options = Options.of(task.data)
    content = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it lives as long as the task
    weakref.finalize(task, content.close)
    try:
        newest = await write(asset, options, query_of(task.data, filters), content, base)
    except UnsupportedQueryError as error:
        task.status, task.messages = "error", {"error_type": "OperationFailure", "error": str(error)}
        content.close()
        return
    task.file_name = file_name(asset, options, [t.file_name for t in asset.exports])
    task.media_type = TYPES[options.type][1]
    task.content = content
    if newest and not options.fields:
        task.last_submission_time = newest + "Z"
    if options.fields:
        task.data["fields"] = [*options.fields, "_attachments", "_supplementalDetails"]
    if task.data.get("query"):
        task.data["query"] |= {"_userform_id": f"{asset.owner}_{asset.uid}"}
    task.data["processing_time_seconds"] = round(time.monotonic() - started, 6)
    task.made = time.monotonic()
    task.status = "complete"


async def run(asset: Asset, task: Task, filters: list[dict[str, Any]] | None, base: str, allowed: bool) -> None:
    """A task from ``created`` to its end; an eleventh finished one drops the oldest."""
    await asyncio.sleep(STEP)
    task.status = "processing"
    await asyncio.sleep(STEP)
    if not allowed:
        task.status, task.messages = "error", {"error_type": "Exception", "error": "Cannot access data"}
    else:
        await build(asset, task, filters, base)
    own = [t for t in asset.exports if t.username == task.username and not t.synchronous]
    for old in own[: max(0, len(own) - KEPT)]:
        drop(asset, old)


def drop(asset: Asset, task: Task) -> None:
    """Forget a task and its file."""
    if task in asset.exports:
        asset.exports.remove(task)
    if task.content is not None:
        task.content.close()


# -- views -----------------------------------------------------------------------------------------


def shown(call: Call, asset: Asset, task: Task) -> dict[str, Any]:
    """A task as KPI sends it."""
    result = None
    if task.status == "complete":
        result = call.url(quote(f"/private-media/{task.username}/exports/{asset.uid}/{task.file_name}"))
    return {
        "url": call.url(f"/api/v2/assets/{asset.uid}/exports/{task.uid}/"),
        "status": task.status,
        "messages": task.messages,
        "uid": task.uid,
        "date_created": stamp(task.date_created),
        "last_submission_time": task.last_submission_time,
        "result": result,
        "data": task.data,
    }


def tasks_of(call: Call, asset: Asset) -> list[Task]:
    """The caller's exports of a project, newest first."""
    return [t for t in reversed(asset.exports) if t.username == call.username and not t.synchronous]


async def list_exports(call: Call) -> Response:
    """``GET A/exports/``: one's own."""
    asset = asset_of(call)
    scope(call, asset, "view_submissions")
    tasks = tasks_of(call, asset)
    if call.query.get("ordering") == "date_created":
        tasks.reverse()
    query = call.query.get("q")
    if query:
        from kobotui.demo.search import compile_mapping_query

        test = compile_mapping_query(query, None)
        tasks = [t for t in tasks if test({"uid": t.uid, "status": t.status, "data": t.data})]
    return JSON(paginate(call, tasks, lambda task: shown(call, asset, task)))


async def start_export(call: Call) -> Response:
    """``POST A/exports/``: 201, or 200 with the same export when it is still running."""
    asset = asset_of(call)
    filters = scope(call, asset, "view_submissions")
    data = await call.payload()
    check(asset, data)
    if asset.records is None:
        raise bad({"source": ["The asset must be deployed."]})
    key = repr(sorted(data.items(), key=lambda item: item[0]))
    unfinished = [t for t in asset.exports if t.username == call.username and t.status in ("created", "processing")]
    same = next((t for t in unfinished if t.key == key), None)
    if same:
        return JSON(shown(call, asset, same))
    if unfinished and call.user is None:
        raise Refusal(503, {"error": "An export is already running."}, {"Retry-After": "60"})
    given = {k: data[k] for k in REQUIRED if k != "type"}
    given |= {"source": call.url(f"/api/v2/assets/{asset.uid}/"), "name": data.get("name"), "type": data["type"]}
    given |= {k: v for k, v in data.items() if k not in given}
    task = Task(call.state.uid("e"), call.username, given, key)
    asset.exports.append(task)
    reply = JSON(shown(call, asset, task), 201, {"Location": shown(call, asset, task)["url"]})
    allowed = not call.is_superuser or bool(own_rights(asset, call.username) & {"view_submissions"})
    running = asyncio.create_task(run(asset, task, filters, call.base, allowed))
    RUNNING.add(running)
    running.add_done_callback(RUNNING.discard)
    return reply


def task_of(call: Call) -> tuple[Asset, Task]:
    """The export in the path, if it is the caller's own.

    Raises: Refusal 404.
    """
    asset = asset_of(call)
    scope(call, asset, "view_submissions")
    task = next((t for t in tasks_of(call, asset) if t.uid == call.arg("export")), None)
    if task is None:
        raise not_found(GONE)
    return asset, task


async def read_export(call: Call) -> Response:
    """``GET A/exports/{uid}/``."""
    return JSON(shown(call, *task_of(call)))


async def delete_export(call: Call) -> Response:
    """``DELETE A/exports/{uid}/``: the record and the file; a running task is not stopped."""
    drop(*task_of(call))
    return Empty()


async def private_media(call: Call) -> Response:
    """``GET /private-media/{username}/exports/{uid}/{file}``: for who made it, while they may see the data."""
    owner = call.arg("username")
    asset = call.state.assets.get(call.arg("uid"))
    if call.username != owner and not call.is_superuser:
        raise Refusal(403, FORBIDDEN)
    if asset is None or asset.trashed:
        raise not_found()
    if rights_of(call.state, asset, call.username).isdisjoint({"view_submissions", "partial_submissions"}):
        raise Refusal(403, FORBIDDEN)
    name = call.arg("file")
    task = next((t for t in asset.exports if t.username == owner and t.file_name == name and t.content), None)
    if task is None or task.content is None:
        raise not_found()
    quoted = f'filename="{name}"' if name.isascii() else f"filename*=utf-8''{quote(name)}"
    size = task.content.seek(0, 2)
    headers = {"Content-Disposition": f"inline; {quoted}", "Content-Length": str(size)}
    return StreamingResponse(pieces(task.content), headers=headers, media_type=task.media_type)


async def pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    """A file's bytes; several readers may be under way."""
    at = 0
    while True:
        content.seek(at)
        piece = content.read(PIECE)
        if not piece:
            return
        at += len(piece)
        yield piece


ROUTES = [
    route("/api/v2/assets/{uid}/exports/", GET=list_exports, POST=start_export),
    route("/api/v2/assets/{uid}/exports/{export}/", GET=read_export, DELETE=delete_export),
    route("/private-media/{username}/exports/{uid}/{file}", formats=None, GET=private_media),
]
