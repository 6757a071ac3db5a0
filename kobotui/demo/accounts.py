"""Who one is: ``/token/``, ``/me/``, ``users/``, and the public ``environment/``."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from starlette.responses import Response

from kobotui.demo.http import JSON, Call, Empty, bad, forbidden, not_allowed, not_found, page_bounds, page_links, route
from kobotui.demo.rights import own_rights
from kobotui.demo.state import ANONYMOUS, User, now, seconds

ENVIRONMENT = Path(__file__).with_name("environment.json")


# ------------------------------------------------------------------ the API key
def token_owner(call: Call) -> User:
    """Whose key the call is about: the caller's, or for a superuser ``?username=``'s.

    Raises: Refusal 401, 403, 404.
    """
    user = call.signed_in()
    name = call.query.get("username")
    if name is None:
        return user
    if not user.is_superuser:
        raise forbidden()
    if name not in call.state.users:
        raise not_found("No User matches the given query.")
    return call.state.users[name]


async def read_token(call: Call) -> Response:
    """``GET`` and ``POST /token/``: the key, made when there is none."""
    user = token_owner(call)
    made = user.token is None
    if user.token is None:
        user.token = f"{call.state.rng.getrandbits(160):040x}"
    return JSON({"token": user.token}, 201 if made and call.request.method == "POST" else 200)


async def delete_token(call: Call) -> Response:
    """``DELETE /token/``: the key is gone, none is made."""
    user = token_owner(call)
    if user.token is None:
        raise not_found()
    user.token = None
    return Empty()


# ------------------------------------------------------------------ me
def show_me(call: Call, user: User) -> dict[str, Any]:
    """The caller's own profile."""
    gravatar = hashlib.md5(user.email.lower().encode(), usedforsecurity=False).hexdigest()
    organization: dict[str, str] = {}
    if user.organization_uid:
        url = f"{call.base}/api/v2/organizations/{user.organization_uid}/"
        organization = {"url": url, "name": user.organization_name, "uid": user.organization_uid}
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_superuser": user.is_superuser,
        "server_time": seconds(now()),
        "date_joined": seconds(user.date_joined),
        "projects_url": f"{call.base}/{user.username}",
        "gravatar": f"https://www.gravatar.com/avatar/{gravatar}?s=40",
        "last_login": None,
        "extra_details": user.extra_details | {"require_auth": True},
        "git_rev": False,
        "social_accounts": [],
        "validated_password": True,
        "accepted_tos": False,
        "organization": organization,
        "extra_details__uid": user.uid,
    }


async def read_me(call: Call) -> Response:
    """``GET /me/``."""
    return JSON(show_me(call, call.signed_in()))


async def change_me(call: Call) -> Response:
    """``PATCH /me/``: ``extra_details`` is merged, the e-mail address is read-only and ignored."""
    user = call.signed_in()
    body = await call.payload()
    details = body.get("extra_details", {})
    if isinstance(details, str):
        try:
            details = json.loads(details)
        except ValueError:
            details = None
    if not isinstance(details, dict):
        raise bad({"extra_details": ["Unable to parse JSON"]})
    blank = [key for key in ("name", "sector", "country") if key in details and details[key] == ""]
    if blank:
        raise bad({"extra_details": dict.fromkeys(blank, "This field may not be blank.")})
    old, new = body.get("current_password"), body.get("new_password")
    if (old is None) != (new is None):
        missing = "current_password" if old is None else "new_password"
        raise bad({missing: ["`current_password` and `new_password` must both be sent together"]})
    if old is not None and old != user.password:
        raise bad({"current_password": ["Incorrect current password."]})
    if new is not None:
        user.password = str(new)
    user.extra_details = user.extra_details | {k: v for k, v in details.items() if k != "require_auth"}
    user.first_name = str(body.get("first_name", user.first_name))
    user.last_name = str(body.get("last_name", user.last_name))
    return JSON(show_me(call, user))


async def delete_me(call: Call) -> Response:
    """``DELETE /me/``: switched off here, as by default."""
    call.signed_in()
    raise not_allowed("DELETE", "GET, PATCH, HEAD, OPTIONS")


async def list_emails(call: Call) -> Response:
    """``GET /me/emails/``."""
    user = call.signed_in()
    results = [{"primary": True, "email": user.email, "verified": True}]
    return JSON({"count": 1, "next": None, "previous": None, "results": results})


# ------------------------------------------------------------------ others
async def list_users(call: Call) -> Response:
    """``GET users/``: superusers only."""
    if not call.signed_in().is_superuser:
        raise forbidden()
    users = [u for u in call.state.users.values() if u.username != ANONYMOUS]
    wanted = call.query.get("q", "").lower()
    users = [u for u in users if wanted in u.username.lower() or wanted in u.email.lower()]
    start, limit = page_bounds(call)
    page = users[start : start + limit]
    if not page:
        return JSON([show_user_row(call, u) for u in users])
    return JSON(page_links(call, len(users), start, limit) | {"results": [show_user_row(call, u) for u in page]})


def show_user_row(call: Call, user: User) -> dict[str, Any]:
    """An account as superusers see it."""
    return {
        "id": list(call.state.users).index(user.username) + 1,
        "username": user.username,
        "is_superuser": user.is_superuser,
        "date_joined": seconds(user.date_joined),
        "last_login": None,
        "is_active": user.is_active,
        "email": user.email,
        "asset_count": sum(a.owner == user.username and not a.trashed for a in call.state.assets.values()),
        "metadata": user.extra_details,
    }


async def read_user(call: Call) -> Response:
    """``GET users/{username}/``: whether a name exists, exact and case-sensitive."""
    call.signed_in()
    user = call.state.users.get(call.arg("username"))
    if user is None or not user.is_active:
        raise not_found("No User matches the given query.")
    collections = [
        a
        for a in call.state.assets.values()
        if a.owner == user.username and a.asset_type == "collection" and "discover_asset" in own_rights(a, ANONYMOUS)
    ]
    return JSON(
        {
            "url": f"{call.base}/api/v2/users/{user.username}/",
            "username": user.username,
            "date_joined": seconds(user.date_joined),
            "public_collection_subscribers_count": sum(len(call.state.subscribers.get(a.uid, {})) for a in collections),
            "public_collections_count": len(collections),
        }
    )


@cache
def environment() -> dict[str, Any]:
    """The server's public settings, without its own address."""
    settings: dict[str, Any] = json.loads(ENVIRONMENT.read_text("utf-8"))
    return settings


async def read_environment(call: Call) -> Response:
    """``GET environment/``: no credentials needed."""
    return JSON(environment() | {"open_rosa_server": call.base})


ROUTES = [
    route("/token/", formats=None, GET=read_token, POST=read_token, DELETE=delete_token),
    route("/me/", GET=read_me, PATCH=change_me, DELETE=delete_me),
    route("/me/emails/", GET=list_emails),
    route("/api/v2/users/", GET=list_users),
    route("/api/v2/users/{username}/", GET=read_user),
    route("/api/v2/environment/", GET=read_environment),
]
