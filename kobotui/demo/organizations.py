"""Organizations of one person each, and usage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from kobotui.demo.http import JSON, Call, Refusal, forbidden, not_found, paginate, route
from kobotui.demo.represent import user_url
from kobotui.demo.state import Asset, User, now, seconds, stamp

NLP = ("asr_seconds", "mt_characters", "llm_requests")


def own_organization(call: Call) -> User:
    """The owner of the organization of the path, who is its only member.

    Raises: Refusal 401, 404.
    """
    user = call.signed_in()
    owner = next((u for u in call.state.users.values() if u.organization_uid == call.arg("org")), None)
    if owner is None or (owner is not user and not user.is_superuser):
        raise not_found("No Organization matches the given query.")
    return owner


def show_organization(call: Call, owner: User) -> dict[str, Any]:
    """One organization."""
    url = f"{call.base}/api/v2/organizations/{owner.organization_uid}/"
    own = call.username == owner.username
    return {
        "id": owner.organization_uid,
        "url": url,
        "name": owner.organization_name,
        "website": "",
        "organization_type": "none",
        "created": stamp(owner.date_joined),
        "modified": stamp(owner.date_joined),
        "is_owner": own,
        "is_mmo": False,
        "request_user_role": "owner" if own else "external",
        **{part: f"{url}{part}/" for part in ("members", "assets", "service_usage", "asset_usage")},
    }


async def list_organizations(call: Call) -> Response:
    """``GET organizations/``."""
    return JSON(paginate(call, [call.signed_in()], lambda user: show_organization(call, user)))


async def read_organization(call: Call) -> Response:
    """``GET organizations/{org}/``."""
    return JSON(show_organization(call, own_organization(call)))


async def change_organization(call: Call) -> Response:
    """``PATCH``: the name."""
    owner = own_organization(call)
    body = await call.payload()
    if "name" in body:
        if not body["name"]:
            raise Refusal(400, {"name": ["This field may not be blank."]})
        owner.organization_name = str(body["name"])
    return JSON(show_organization(call, owner))


async def list_members(call: Call) -> Response:
    """``GET …/members/``."""
    owner = own_organization(call)
    url = f"{call.base}/api/v2/organizations/{owner.organization_uid}/members/"

    def show(user: User) -> dict[str, Any]:
        return {
            "url": f"{url}{user.username}/",
            "user": user_url(call, user.username),
            "user__username": user.username,
            "user__email": user.email,
            "user__extra_details__name": user.extra_details.get("name", ""),
            "role": "owner",
            "user__has_mfa_enabled": False,
            "user__has_sso_enabled": False,
            "date_joined": seconds(user.date_joined),
            "user__is_active": user.is_active,
            "invite": None,
        }

    return JSON(paginate(call, [owner], show))


async def list_invites(call: Call) -> Response:
    """``GET …/invites/``: nobody was invited."""
    own_organization(call)
    return JSON({"count": 0, "next": None, "previous": None, "results": []})


async def refuse_multi_member(call: Call) -> Response:
    """Inviting, and the list of all projects, are for organizations of several people."""
    own_organization(call)
    raise forbidden()


# ------------------------------------------------------------------ usage
def month() -> tuple[datetime, datetime]:
    """This month's first moment and the next month's."""
    today = now()
    start = datetime(today.year, today.month, 1, tzinfo=UTC)
    later = datetime(today.year + today.month // 12, today.month % 12 + 1, 1, tzinfo=UTC)
    return start, later


def submissions_of(assets: list[Asset]) -> tuple[int, int]:
    """Submissions of all time, and of the current month."""
    stores = [a.records for a in assets if a.records is not None]
    current = sum(sum(store.daily_counts(now().day).values()) for store in stores)
    return sum(len(store) for store in stores), current


def usage(call: Call, owner: str) -> dict[str, Any]:
    """Totals over somebody's projects."""
    start, end = month()
    all_time, current = submissions_of([a for a in call.state.assets.values() if a.owner == owner and not a.trashed])
    return {
        "total_nlp_usage": {f"{k}_{when}": 0 for when in ("current_period", "all_time") for k in NLP},
        "total_storage_bytes": 0,
        "total_submission_count": {"all_time": all_time, "current_period": current},
        "balances": dict.fromkeys(("submission", "storage_bytes", *NLP)),
        "current_period_start": start.isoformat(),
        "current_period_end": end.isoformat(),
        "last_updated": now().isoformat(),
    }


async def read_usage(call: Call) -> Response:
    """``GET …/service_usage/``."""
    return JSON(usage(call, own_organization(call).username))


async def my_usage(call: Call) -> Response:
    """``GET service_usage/``: the same for the caller."""
    return JSON(usage(call, call.signed_in().username))


def asset_usage(call: Call, owner: str) -> Response:
    """Usage per deployed project."""
    nothing = {f"total_nlp_{k}": 0 for k in NLP}

    def show(asset: Asset) -> dict[str, Any]:
        all_time, current = submissions_of([asset])
        return {
            "asset": f"{call.base}/api/v2/assets/{asset.uid}/",
            "asset__name": asset.name,
            "nlp_usage_current_period": nothing,
            "nlp_usage_all_time": nothing,
            "storage_bytes": 0,
            "submission_count_current_period": current,
            "submission_count_all_time": all_time,
            "deployment_status": asset.deployment_status,
        }

    projects = [a for a in call.state.assets.values() if a.owner == owner and not a.trashed and a.deployment]
    return JSON(paginate(call, projects, show))


async def read_asset_usage(call: Call) -> Response:
    """``GET …/asset_usage/``."""
    return asset_usage(call, own_organization(call).username)


async def my_asset_usage(call: Call) -> Response:
    """``GET asset_usage/``."""
    return asset_usage(call, call.signed_in().username)


ORG = "/api/v2/organizations/{org}/"
ROUTES = [
    route("/api/v2/organizations/", GET=list_organizations),
    route(ORG, GET=read_organization, PATCH=change_organization),
    route(ORG + "members/", GET=list_members),
    route(ORG + "invites/", GET=list_invites, POST=refuse_multi_member),
    route(ORG + "assets/", GET=refuse_multi_member),
    route(ORG + "service_usage/", GET=read_usage),
    route(ORG + "asset_usage/", GET=read_asset_usage),
    route("/api/v2/service_usage/", GET=my_usage),
    route("/api/v2/asset_usage/", GET=my_asset_usage),
]
