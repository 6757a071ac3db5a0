"""REST services: ``A/hooks/``, their deliveries and retries."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from starlette.responses import Response

from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, Empty, bad, not_found, paginate, route
from kobotui.demo.imports import LOOPBACK
from kobotui.demo.represent import asset_url
from kobotui.demo.rights import rights_of, visible_asset
from kobotui.demo.state import Asset, State, now, stamp

FAILED, PENDING, SUCCESS, PROCESSING = range(4)
STATUS_NAMES = ("failed", "pending", "success", "processing")
RETRIED_LATER = (502, 503, 504)
STUCK_AFTER = 120.0  # seconds
TIMEOUT = 10.0  # seconds
DEFAULTS: dict[str, Any] = {
    "active": True,
    "export_type": "json",
    "auth_level": "no_auth",
    "subset_fields": [],
    "email_notification": True,
    "settings": {},
    "payload_template": "",
}
CHOICES = {"export_type": ("json", "xml"), "auth_level": ("no_auth", "basic_auth")}
PLACEHOLDER = "%SUBMISSION%"


# ------------------------------------------------------------------ services
def editable(call: Call) -> Asset:
    """The project of the path, for who edits it and sees its records; 404 for all others.

    Raises: Refusal 404.
    """
    asset = visible_asset(call, call.arg("uid"))
    if not {"change_asset", "view_submissions"} <= rights_of(call.state, asset, call.username):
        raise not_found()
    return asset


def hook_of(call: Call, asset: Asset) -> dict[str, Any]:
    """The service of the path.

    Raises: Refusal 404.
    """
    hook = next((h for h in asset.hooks if h["uid"] == call.arg("hook")), None)
    if hook is None:
        raise not_found("No Hook matches the given query.")
    return hook


def show_hook(call: Call, asset: Asset, hook: dict[str, Any]) -> dict[str, Any]:
    """One service with its counters; the password in clear, as on the real server."""
    url = asset_url(call, asset, f"hooks/{hook['uid']}/")
    statuses = [log["status"] for log in hook["logs"]]
    shown = {k: hook[k] for k in ("uid", "name", "endpoint", *DEFAULTS)}
    return shown | {
        "asset": list(call.state.assets).index(asset.uid) + 1,
        "date_modified": stamp(hook["date_modified"]),
        "success_count": statuses.count(SUCCESS),
        "failed_count": statuses.count(FAILED),
        "pending_count": statuses.count(PENDING) + statuses.count(PROCESSING),
        "url": url,
        "logs_url": f"{url}logs/",
    }


def check(body: dict[str, Any], *, partial: bool) -> dict[str, Any]:
    """The fields a client sent.

    Raises: Refusal 400.
    """
    problems: dict[str, list[str]] = {}
    for key in ("name", "endpoint"):
        if key not in body and not partial:
            problems[key] = ["This field is required."]
        elif body.get(key) == "":
            problems[key] = ["This field may not be blank."]
    if body.get("endpoint") and urlsplit(str(body["endpoint"])).scheme not in ("http", "https"):
        problems["endpoint"] = ["Invalid scheme"]
    for key, choices in CHOICES.items():
        if key in body and body[key] not in choices:
            problems[key] = [f'"{body[key]}" is not a valid choice.']
    template = body.get("payload_template")
    if template:
        if body.get("export_type", "json") != "json":
            problems["payload_template"] = ["Can be used only with JSON submission format"]
        else:
            try:
                json.loads(str(template).replace(PLACEHOLDER, "{}"))
            except ValueError:
                problems["payload_template"] = ["Invalid JSON"]
    if "settings" in body and not isinstance(body["settings"], dict):
        problems["settings"] = ["Value must be valid JSON."]
    if problems:
        raise bad(problems)
    return {key: body[key] for key in ("name", "endpoint", *DEFAULTS) if key in body}


async def list_hooks(call: Call) -> Response:
    """``GET``."""
    asset = editable(call)
    return JSON(paginate(call, asset.hooks, lambda hook: show_hook(call, asset, hook)))


async def create_hook(call: Call) -> Response:
    """``POST``."""
    asset = editable(call)
    fields = check(await call.payload(), partial=False)
    hook = DEFAULTS | {"uid": call.state.uid("h"), "date_modified": now(), "logs": []} | fields
    asset.hooks.append(hook)
    note(call, asset, hook, "register-service")
    shown = show_hook(call, asset, hook)
    return JSON(shown, 201, {"Location": shown["url"]})


def note(call: Call, asset: Asset, hook: dict[str, Any], action: str) -> None:
    """Log what became of a service."""
    details = {key: hook[key] for key in ("uid", "endpoint", "active")} | {"hook": hook["name"]}
    record(asset, call.user, action, {"hook": details})


async def read_hook(call: Call) -> Response:
    """``GET`` of one."""
    asset = editable(call)
    return JSON(show_hook(call, asset, hook_of(call, asset)))


async def change_hook(call: Call) -> Response:
    """``PATCH``."""
    asset = editable(call)
    hook = hook_of(call, asset)
    hook.update(check(await call.payload(), partial=True), date_modified=now())
    note(call, asset, hook, "modify-service")
    return JSON(show_hook(call, asset, hook))


async def delete_hook(call: Call) -> Response:
    """``DELETE``."""
    asset = editable(call)
    hook = hook_of(call, asset)
    asset.hooks.remove(hook)
    note(call, asset, hook, "delete-service")
    return Empty()


# ------------------------------------------------------------------ deliveries
def submitted(state: State, asset: Asset, row: dict[str, Any], xml: str) -> None:
    """Call the project's active services about a record that has just arrived."""
    for hook in asset.hooks:
        if hook["active"]:
            log = {
                "uid": state.uid("hl"),
                "submission_id": row["_id"],
                "tries": 0,
                "status": PENDING,
                "status_code": None,
                "message": "",
                "date_modified": now(),
                "body": body_of(hook, row, xml),
            }
            hook["logs"].insert(0, log)
            state.run(deliver(hook, log))


def body_of(hook: dict[str, Any], row: dict[str, Any], xml: str) -> bytes:
    """What is sent: the record, some of its fields, or the template around it."""
    if hook["export_type"] == "xml":
        return xml.encode()
    wanted = hook["subset_fields"]
    if wanted:
        row = {k: v for k, v in row.items() if any(k == w or k.startswith(f"{w}/") for w in wanted)}
    text = json.dumps(row, ensure_ascii=False)
    template = hook["payload_template"]
    return (template.replace(PLACEHOLDER, text) if template else text).encode()


async def deliver(hook: dict[str, Any], log: dict[str, Any]) -> None:
    """One attempt."""
    log.update(status=PROCESSING, tries=log["tries"] + 1, date_modified=now())
    code, message = await asyncio.to_thread(post, hook, log["body"])
    done = code is not None and 200 <= code < 300
    status = SUCCESS if done else PENDING if code in RETRIED_LATER else FAILED
    log.update(status=status, status_code=code, message=message, date_modified=now())


def post(hook: dict[str, Any], body: bytes) -> tuple[int | None, str]:
    """``(status code, body)`` of the service's answer. The demo calls this machine only."""
    host = urlsplit(hook["endpoint"]).hostname
    if host not in LOOPBACK:
        return None, f"{host} is not allowed"
    headers = {"Content-Type": "application/json" if hook["export_type"] == "json" else "application/xml"}
    headers |= {str(k): str(v) for k, v in (hook["settings"].get("custom_headers") or {}).items()}
    if hook["auth_level"] == "basic_auth":
        pair = f"{hook['settings'].get('username', '')}:{hook['settings'].get('password', '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    request = Request(hook["endpoint"], body, headers)  # noqa: S310 - checked on entry
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT) as reply:
            return reply.status, reply.read(4000).decode("utf-8", "replace")
    except HTTPError as error:
        return error.code, error.read(4000).decode("utf-8", "replace")
    except (URLError, OSError) as error:
        return None, str(error)


def show_log(call: Call, asset: Asset, hook: dict[str, Any], log: dict[str, Any]) -> dict[str, Any]:
    """One delivery."""
    shown = {key: log[key] for key in ("uid", "submission_id", "tries", "status")}
    return {
        "url": asset_url(call, asset, f"hooks/{hook['uid']}/logs/{log['uid']}/"),
        **shown,
        "status_str": STATUS_NAMES[log["status"]],
        "status_code": log["status_code"],
        "message": log["message"],
        "date_modified": stamp(log["date_modified"]),
    }


async def list_logs(call: Call) -> Response:
    """``GET …/logs/``; ``?status=``, ``?start_date=``, ``?end_date=``."""
    asset = editable(call)
    hook = hook_of(call, asset)
    wanted = call.query.get("status")
    if wanted is not None and wanted not in ("0", "1", "2", "3"):
        raise bad({"status": ["Value must be among: 0, 1, 2, 3"]})
    start, end = call.query.get("start_date", ""), call.query.get("end_date", "~")
    logs = [
        log
        for log in hook["logs"]
        if wanted in (None, str(log["status"])) and start <= (stamp(log["date_modified"]) or "") <= end
    ]
    return JSON(paginate(call, logs, lambda log: show_log(call, asset, hook, log)))


def log_of(call: Call, hook: dict[str, Any]) -> dict[str, Any]:
    """The delivery of the path.

    Raises: Refusal 404.
    """
    log: dict[str, Any] | None = next((entry for entry in hook["logs"] if entry["uid"] == call.arg("log")), None)
    if log is None:
        raise not_found("No HookLog matches the given query.")
    return log


async def read_log(call: Call) -> Response:
    """``GET`` of one delivery."""
    asset = editable(call)
    hook = hook_of(call, asset)
    return JSON(show_log(call, asset, hook, log_of(call, hook)))


def is_old(log: dict[str, Any]) -> bool:
    """Whether nothing has happened to a delivery for a while."""
    age: float = (now() - log["date_modified"]).total_seconds()
    return age > STUCK_AFTER


async def retry_all(call: Call) -> Response:
    """``PATCH …/retry/``: all failed and stuck deliveries; 304 when there are none."""
    asset = editable(call)
    hook = hook_of(call, asset)
    if not hook["active"]:
        raise bad("Can not retry on disabled hooks")
    logs = [
        entry for entry in hook["logs"] if entry["status"] == FAILED or (entry["status"] == PENDING and is_old(entry))
    ]
    if not logs:
        return Empty(304)
    for log in logs:
        log["status"] = PENDING
        call.state.run(deliver(hook, log))
    uids = [log["uid"] for log in logs]
    return JSON({"detail": "Tasks successfully scheduled", "pending_uids": uids})


async def retry_one(call: Call) -> Response:
    """``PATCH …/logs/{hl}/retry/``: only what has rested for a while."""
    asset = editable(call)
    hook = hook_of(call, asset)
    log = log_of(call, hook)
    if not hook["active"] or log["status"] == SUCCESS or not is_old(log):
        raise bad({"detail": "Data is being or has already been processed", "status_code": log["status_code"]})
    await deliver(hook, log)
    return JSON({"detail": log["message"], "status_code": log["status_code"]}, 200 if log["status"] == SUCCESS else 400)


HOOKS = "/api/v2/assets/{uid}/hooks/"
ROUTES = [
    route(HOOKS, GET=list_hooks, POST=create_hook),
    route(HOOKS + "{hook}/", GET=read_hook, PATCH=change_hook, PUT=change_hook, DELETE=delete_hook),
    route(HOOKS + "{hook}/retry/", PATCH=retry_all),
    route(HOOKS + "{hook}/logs/", GET=list_logs),
    route(HOOKS + "{hook}/logs/{log}/", GET=read_log),
    route(HOOKS + "{hook}/logs/{log}/retry/", PATCH=retry_one),
]
