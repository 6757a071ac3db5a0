"""Handing projects over: ``/api/v2/project-ownership/invites/``."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kobotui.demo.access import linked
from kobotui.demo.grants import add_row, drop, grant
from kobotui.demo.history import record
from kobotui.demo.http import JSON, Call, Empty, bad, crash, forbidden, not_found, paginate, route
from kobotui.demo.represent import user_url
from kobotui.demo.rights import assignable
from kobotui.demo.state import Asset, State, now, seconds

ANSWERS = {"accepted": "recipient", "declined": "recipient", "cancelled": "sender"}
STEPS = ("submissions", "media_files", "attachments")


def last_invite(state: State, asset: Asset) -> dict[str, Any] | None:
    """The newest transfer of a project."""
    found = [i for i in state.transfers.values() if any(t["asset"] == asset.uid for t in i["transfers"])]
    return found[-1] if found else None


def invite_url(call: Call, invite: dict[str, Any]) -> str:
    """Where an invite is."""
    return f"{call.base}/api/v2/project-ownership/invites/{invite['uid']}/"


def show_parties(call: Call, invite: dict[str, Any]) -> dict[str, Any]:
    """What an asset says about its transfer."""
    return {"invite": invite_url(call, invite)} | {k: invite[k] for k in ("sender", "recipient", "status")}


def show_invite(call: Call, invite: dict[str, Any]) -> dict[str, Any]:
    """One invite with its projects."""
    url = invite_url(call, invite)
    return {
        "url": url,
        "sender": user_url(call, invite["sender"]),
        "recipient": user_url(call, invite["recipient"]),
        "status": invite["status"],
        "date_created": seconds(invite["date_created"]),
        "date_modified": seconds(invite["date_modified"]),
        "transfers": [
            {
                "url": f"{url}transfers/{transfer['uid']}/",
                "asset": f"{call.base}/api/v2/assets/{transfer['asset']}/",
                "asset__name": call.state.assets[transfer["asset"]].name,
                "status": transfer["status"],
                "error": None,
                "date_modified": seconds(invite["date_modified"]),
            }
            for transfer in invite["transfers"]
        ],
    }


def set_status(invite: dict[str, Any], status: str, of_transfers: str) -> None:
    """Move an invite and its transfers on."""
    invite["status"] = status
    invite["date_modified"] = now()
    for transfer in invite["transfers"]:
        transfer["status"] = of_transfers


def settle(invite: dict[str, Any]) -> None:
    """Finish what was accepted: told as ``in_progress`` once, as on the real server."""
    if invite["status"] == "in_progress":
        set_status(invite, "complete", "success")


def visible_invite(call: Call) -> dict[str, Any]:
    """The invite of the path, for its two parties.

    Raises: Refusal 401, 404.
    """
    user = call.signed_in()
    invite = call.state.transfers.get(call.arg("invite"))
    if invite is None or (user.username not in (invite["sender"], invite["recipient"]) and not user.is_superuser):
        raise not_found("No Invite matches the given query.")
    return invite


async def list_invites(call: Call) -> Response:
    """``GET``; ``?mode=sender|recipient``."""
    name = call.signed_in().username
    sides = [call.query["mode"]] if call.query.get("mode") in ("sender", "recipient") else ["sender", "recipient"]
    found = [i for i in call.state.transfers.values() if name in [i[side] for side in sides]]
    for invite in found:
        settle(invite)
    return JSON(paginate(call, found[::-1], lambda invite: show_invite(call, invite)))


async def create_invite(call: Call) -> Response:
    """``POST``: the owner of all named projects offers them to somebody."""
    user = call.signed_in()
    body = await call.payload()
    if "recipient" not in body:
        raise bad({"recipient": ["This field is required."]})
    recipient = linked(body["recipient"], "users")
    if recipient is None:
        raise bad({"recipient": ["Invalid hyperlink - No URL match."]})
    if recipient not in call.state.users or not call.state.users[recipient].is_active:
        raise bad({"recipient": ["Invalid hyperlink - Object does not exist."]})
    if recipient == user.username:
        raise bad({"recipient": ["Must not be in the same organization"]})
    if not isinstance(body.get("assets"), list):
        raise crash()
    found = [call.state.assets.get(str(uid)) for uid in body["assets"]]
    assets = [a for a in found if a is not None and not a.trashed and a.owner == user.username]
    if not assets or len(assets) != len(found):
        raise bad({"assets": ["You must be the owner of each project you want to transfer"]})
    for asset in assets:
        earlier = last_invite(call.state, asset)
        if earlier and earlier["status"] in ("pending", "in_progress"):
            text = f"`{asset.name}` cannot be transferred. Current status: {earlier['status']}"
            raise bad({"assets": [text]})
    moment = now()
    uid = call.state.uid("poi")
    invite: dict[str, Any] = {
        "uid": uid,
        "sender": user.username,
        "recipient": recipient,
        "status": "pending",
        "date_created": moment,
        "date_modified": moment,
        "transfers": [{"uid": call.state.uid("pot"), "asset": a.uid, "status": "pending"} for a in assets],
    }
    call.state.transfers[uid] = invite
    return JSON(show_invite(call, invite), 201, {"Location": invite_url(call, invite)})


async def read_invite(call: Call) -> Response:
    """``GET`` of one."""
    invite = visible_invite(call)
    settle(invite)
    return JSON(show_invite(call, invite))


async def answer_invite(call: Call) -> Response:
    """``PATCH {"status"}``: accept or decline (recipient), cancel (sender), while pending."""
    invite = visible_invite(call)
    body = await call.payload()
    status = body.get("status")
    if invite["status"] != "pending":
        raise bad({"status": ["This field cannot be modified"]})
    if status not in ANSWERS:
        raise bad({"status": [f'"{status}" is not a valid choice.']})
    if invite[ANSWERS[status]] != call.username:
        raise forbidden()
    if status == "accepted":
        for transfer in invite["transfers"]:
            hand_over(call, call.state.assets[transfer["asset"]], invite)
        set_status(invite, "in_progress", "in_progress")
    else:
        set_status(invite, status, "cancelled")
    return JSON(show_invite(call, invite))


def hand_over(call: Call, asset: Asset, invite: dict[str, Any]) -> None:
    """Change the owner; the former one stays a manager, all others keep their rows."""
    former, new = invite["sender"], invite["recipient"]
    drop(asset, new, set(assignable(asset.asset_type)))
    drop(asset, former, set(assignable(asset.asset_type)))
    asset.owner = new
    for codename in assignable(asset.asset_type):
        if codename != "partial_submissions":
            add_row(call.state, asset, new, codename)
    grant(call.state, asset, former, "manage_asset")
    record(asset, call.user, "transfer", {"username": new})


async def delete_invite(call: Call) -> Response:
    """``DELETE``: the record goes, whatever its state."""
    invite = visible_invite(call)
    del call.state.transfers[invite["uid"]]
    return Empty()


async def read_transfer(call: Call) -> Response:
    """``GET …/transfers/{pot}/``: progress of one project."""
    invite = visible_invite(call)
    settle(invite)
    transfer = next((t for t in invite["transfers"] if t["uid"] == call.arg("transfer")), None)
    if transfer is None:
        raise not_found("No Transfer matches the given query.")
    shown = next(t for t in show_invite(call, invite)["transfers"] if t["url"].endswith(f"{transfer['uid']}/"))
    statuses = [{"status": transfer["status"], "status_type": step, "error": None} for step in STEPS]
    return JSON({k: shown[k] for k in ("url", "asset", "status", "date_modified")} | {"statuses": statuses})


INVITES = "/api/v2/project-ownership/invites/"
ROUTES = [
    route(INVITES, GET=list_invites, POST=create_invite),
    route(INVITES + "{invite}/", GET=read_invite, PATCH=answer_invite, PUT=answer_invite, DELETE=delete_invite),
    route(INVITES + "{invite}/transfers/{transfer}/", GET=read_transfer),
]
