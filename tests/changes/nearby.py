"""A server and its client in the same process: no socket, no seed, quick enough for hundreds of states."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from kobotui.api.client import KoboClient
from kobotui.demo.app import create_app
from kobotui.demo.state import Asset, Row
from kobotui.model.access import ASSIGNABLE, PARTIAL, Rights, rules_of
from kobotui.model.account import Account
from tests.demo.project import PLAIN, make_asset, make_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import ASGIApp

    from kobotui.demo.state import State

SERVER = "http://127.0.0.1:9"


@asynccontextmanager
async def client_on(
    state: State, username: str = "ann", app: ASGIApp | None = None, **more: Any
) -> AsyncIterator[KoboClient]:
    """A user's client, with a key that occurs in nothing else: the client hides it in whatever it reads.

    ``app`` is the server over the state, where many clients ask one after another.
    """
    key = state.users[username].token = f"key{len(username)}-0123456789abcdef"
    account = Account(name="near", server=SERVER, openrosa=SERVER, username=username, store="memory", **more)
    async with KoboClient(account, key) as kobo:
        await kobo._transport._client.aclose()
        kobo._transport._client = httpx.AsyncClient(transport=httpx.ASGITransport(app or create_app(state)))
        yield kobo


def project_with(
    team: Mapping[str, Rights], asset_type: str = "survey", state: State | None = None
) -> tuple[State, Asset]:
    """A project of ann's with these rights, however odd, and the state it is in."""
    state = state or make_state()
    asset = make_asset(state, PLAIN)
    asset.asset_type = asset_type
    asset.rows = [row for row in asset.rows if row.codename in ASSIGNABLE[asset_type]]
    for user, held in team.items():
        partial = {rule.codename: rule.values() for rule in held.rules}
        asset.rows += [
            Row(state.uid("p"), user, name, partial if name == PARTIAL else None) for name in sorted(held.held)
        ]
    return state, asset


def team_of(asset: Asset) -> dict[str, Rights]:
    """What the server's rows add up to, by user, without the owner; as the server keeps them, not as it tells."""
    found: dict[str, Rights] = {}
    for row in asset.rows:
        if row.username != asset.owner:
            before = found.get(row.username, Rights())
            full = before.full | ({row.codename} - {PARTIAL})
            found[row.username] = Rights(full, rules_of(row.partial) if row.partial else before.rules)
    return found
