"""A server and its client in the same process: no socket, quick enough for hundreds of states."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from kobotui.api.client import KoboClient
from kobotui.changes.apply import Application
from kobotui.changes.plan import Plan
from kobotui.demo.app import create_app
from kobotui.demo.server import DemoOptions, build
from kobotui.demo.state import Asset, Row
from kobotui.model.access import ASSIGNABLE, PARTIAL, Rights, rules_of
from kobotui.model.account import Account
from tests.demo.project import PLAIN, make_asset, make_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from starlette.types import ASGIApp

    from kobotui.changes.journal import Journal
    from kobotui.changes.kinds import AnyChange
    from kobotui.changes.outcome import Outcome
    from kobotui.demo.state import State

    Hook = Callable[[str], Awaitable[None]]

SERVER = "http://127.0.0.1:9"


def seeded(projects: int = 3, submissions: int = 20) -> State:
    """A demo's state with its people and a few projects, the same in every run."""
    return build(DemoOptions(seed=7, projects=projects, submissions=submissions))[0]


def account_of(username: str, **more: Any) -> Account:
    """An account on the server without a socket."""
    return Account(name="near", server=SERVER, openrosa=SERVER, username=username, store="memory", **more)


@asynccontextmanager
async def client_on(
    state: State,
    username: str = "ann",
    app: ASGIApp | None = None,
    before: Hook | None = None,
    after: Hook | None = None,
    **more: Any,
) -> AsyncIterator[KoboClient]:
    """A user's client, with a key that occurs in nothing else: the client hides it in whatever it reads.

    ``app`` is the server over the state, where many clients ask one after another. ``before`` and ``after`` each
    request somebody is told of it, by method and last part of the path, as ``POST bulk``.
    """
    key = state.users[username].token = f"key{len(username)}-0123456789abcdef"

    async def ask(request: httpx.Request) -> None:
        if before:
            await before(_said(request))

    async def answer(response: httpx.Response) -> None:
        if after:
            await after(_said(response.request))

    async with KoboClient(account_of(username, **more), key) as kobo:
        await kobo._transport._client.aclose()
        kobo._transport._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app or create_app(state)),
            event_hooks={"request": [ask], "response": [answer]},
        )
        yield kobo


def _said(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path.rstrip('/').rpartition('/')[2]}"


def project(state: State, name: str) -> Asset:
    """A project of a seeded state's owner, by the beginning of its name."""
    return next(asset for asset in state.assets.values() if asset.name.startswith(name) and asset.owner == "admin")


def names(asset: Asset) -> dict[str, Any]:
    """How a change names its project."""
    return {"project": asset.uid, "project_name": asset.name}


async def applied_nearby(
    kobo: KoboClient, journal: Journal, *changes: AnyChange, undoes: int | None = None
) -> list[Outcome]:
    """Apply changes; their outcomes, by the journal."""
    plan = Plan(title="Test", account=kobo.account.name, server=kobo.account.server, changes=changes)
    application = Application.begin(plan, kobo.account, journal, lambda _at, _outcomes: None, undoes=undoes)
    await application.run(kobo)
    return [entry.outcome for entry in journal.entries(application.job)]


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
