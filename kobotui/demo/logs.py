"""What was done, and who signed in: project history, access and audit logs."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kobotui.demo.http import JSON, Call, forbidden, not_found, page_bounds, page_links, route
from kobotui.demo.represent import user_url
from kobotui.demo.rights import may
from kobotui.demo.search import Unparsable, compile_mapping_query
from kobotui.demo.state import Asset, Event, seconds

SOURCE = {"source": "Other (Other)", "ip_address": "127.0.0.1"}
SEARCHABLE = ("action", "date_created", "metadata", "user__username", "user__extra_details")


# ------------------------------------------------------------------ the history of a project
def show_event(call: Call, asset: Asset, event: Event) -> dict[str, Any]:
    """One line of the log."""
    user = call.state.users.get(event.username or "")
    metadata = SOURCE | {"asset_uid": asset.uid, "log_subtype": event.subtype, "project_owner": asset.owner}
    return {
        "user": user_url(call, user.username) if user else None,
        "user_uid": user.uid if user else None,
        "username": event.username or "AnonymousUser",
        "action": event.action,
        "metadata": event.metadata | metadata,
        "date_created": seconds(event.moment),
    }


def managed(call: Call) -> Asset:
    """The project of the path, for its managers; 403 for all others, whether they see it or not.

    Raises: Refusal 401, 403, 404.
    """
    call.signed_in()
    asset = call.state.assets.get(call.arg("uid"))
    if asset is None or asset.trashed:
        raise not_found()
    if not may(call, asset, "manage_asset"):
        raise forbidden()
    return asset


async def read_history(call: Call) -> Response:
    """``GET A/history/``, newest first; ``q`` on action, date and metadata."""
    asset = managed(call)
    shown = [show_event(call, asset, event) for event in reversed(asset.history)]
    if "q" in call.query:
        try:
            allowed = None if call.is_superuser else SEARCHABLE
            test = compile_mapping_query(call.query["q"], allowed)
        except Unparsable:
            shown = []
        else:
            shown = [event for event in shown if test(event)]
    start, limit = page_bounds(call)
    return JSON(page_links(call, len(shown), start, limit) | {"results": shown[start : start + limit]})


async def read_actions(call: Call) -> Response:
    """``GET A/history/actions/``: which kinds of action there are."""
    return JSON({"actions": sorted({event.action for event in managed(call).history})})


async def export_history(call: Call) -> Response:
    """``POST A/history/export/``: by e-mail, so nothing more comes of it here."""
    managed(call)
    return JSON({"status": "created"}, 202)


async def all_histories(call: Call) -> Response:
    """``GET project-history-logs/``: superusers, no count."""
    superuser(call)
    events = [(event, asset) for asset in call.state.assets.values() for event in asset.history]
    events.sort(key=lambda pair: pair[0].moment, reverse=True)
    return uncounted(call, len(events), lambda a, b: [show_event(call, asset, event) for event, asset in events[a:b]])


# ------------------------------------------------------------------ sign-ins
def superuser(call: Call) -> None:
    """Raises: Refusal 401, 403 for anybody who is not a superuser."""
    if not call.signed_in().is_superuser:
        raise forbidden()


def uncounted(call: Call, count: int, page: Any) -> Response:
    """A page of a list that does not tell its length."""
    start, limit = page_bounds(call)
    body = page_links(call, count, start, limit)
    del body["count"]
    return JSON(body | {"results": page(start, start + limit)})


def show_access(call: Call, entry: tuple[str, str, Any]) -> dict[str, Any]:
    """One authenticated request."""
    username, means, moment = entry
    return {
        "user": user_url(call, username),
        "date_created": seconds(moment),
        "username": username,
        "metadata": SOURCE | {"auth_type": means},
        "user_uid": call.state.users[username].uid,
        "count": 1,
        "action": "auth",
    }


async def my_accesses(call: Call) -> Response:
    """``GET access-logs/me/``."""
    name = call.signed_in().username
    entries = [entry for entry in reversed(call.state.access_log) if entry[0] == name]
    start, limit = page_bounds(call)
    shown = [show_access(call, entry) for entry in entries[start : start + limit]]
    return JSON(page_links(call, len(entries), start, limit) | {"results": shown})


async def all_accesses(call: Call) -> Response:
    """``GET access-logs/``: superusers, no count."""
    superuser(call)
    entries = list(reversed(call.state.access_log))
    return uncounted(call, len(entries), lambda a, b: [show_access(call, entry) for entry in entries[a:b]])


async def audit_logs(call: Call) -> Response:
    """``GET audit-logs/``: the same, as raw rows."""
    superuser(call)
    entries = list(reversed(call.state.access_log))

    def show(entry: tuple[str, str, Any]) -> dict[str, Any]:
        shown = {k: v for k, v in show_access(call, entry).items() if k != "count"}
        return {"app_label": "kobo_auth", "model_name": "user"} | shown | {"log_type": "access"}

    return uncounted(call, len(entries), lambda a, b: [show(entry) for entry in entries[a:b]])


async def start_export(call: Call) -> Response:
    """``POST access-logs/me/export/``: by e-mail."""
    call.signed_in()
    return JSON({"status": "created"}, 202)


async def list_exports(call: Call) -> Response:
    """``GET access-logs/me/export/``."""
    call.signed_in()
    return JSON({"count": 0, "next": None, "previous": None, "results": []})


async def start_full_export(call: Call) -> Response:
    """``POST access-logs/export/``: superusers."""
    superuser(call)
    return JSON({"status": "created"}, 202)


ROUTES = [
    route("/api/v2/assets/{uid}/history/", GET=read_history),
    route("/api/v2/assets/{uid}/history/actions/", GET=read_actions),
    route("/api/v2/assets/{uid}/history/export/", POST=export_history),
    route("/api/v2/access-logs/", GET=all_accesses),
    route("/api/v2/access-logs/me/", GET=my_accesses),
    route("/api/v2/access-logs/me/export/", GET=list_exports, POST=start_export),
    route("/api/v2/access-logs/export/", POST=start_full_export),
    route("/api/v2/audit-logs/", GET=audit_logs),
    route("/api/v2/project-history-logs/", GET=all_histories),
]
