"""Clients that ask the demo in the same process, without sockets: quick enough for hundreds of examples."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from kobotui.api.client import KoboClient
from kobotui.changes.apply import Application
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import Outcome
from kobotui.changes.plan import Plan
from kobotui.demo.app import create_app
from kobotui.demo.server import DemoOptions, build
from kobotui.demo.state import Asset, State
from kobotui.model.account import Account

URL = "http://127.0.0.1"

Hook = Callable[[str], Awaitable[None]]
"""Told of a request by method and last part of the path, as ``POST bulk``."""


def small_state(projects: int = 2, submissions: int = 10) -> State:
    """A demo's state with its people and a few projects, the same in every run."""
    state, _faults = build(DemoOptions(seed=7, projects=projects, submissions=submissions))
    return state


def account_of(username: str) -> Account:
    """An account on the server without a socket."""
    return Account(name=username, server=URL, openrosa=URL, username=username, store="memory")


def client_of(
    state: State,
    username: str = "admin",
    before: Hook | None = None,
    after: Hook | None = None,
    *,
    around: Callable[[Any], Any] = lambda app: app,
) -> KoboClient:
    """A client of one of the demo's people; ``before`` and ``after`` each of its requests somebody is told.

    ``around`` may put something between the client and the server.
    """
    token = state.users[username].token
    assert token
    kobo = KoboClient(account_of(username), token)
    inside = kobo._transport._client
    inside._transport = httpx.ASGITransport(app=around(create_app(state)))

    async def ask(request: httpx.Request) -> None:
        if before:
            await before(_said(request))

    async def answer(response: httpx.Response) -> None:
        if after:
            await after(_said(response.request))

    inside.event_hooks = {"request": [ask], "response": [answer]}
    return kobo


def project(state: State, name: str) -> Asset:
    """A project of the owner's, by the beginning of its name."""
    return next(asset for asset in state.assets.values() if asset.name.startswith(name) and asset.owner == "admin")


def names(asset: Asset) -> dict[str, Any]:
    """How a change names its project."""
    return {"project": asset.uid, "project_name": asset.name}


async def applied(kobo: KoboClient, journal: Journal, *changes: AnyChange, undoes: int | None = None) -> list[Outcome]:
    """Apply changes; their outcomes, by the journal."""
    plan = Plan(title="Test", account=kobo.account.name, server=URL, changes=changes)
    application = Application.begin(plan, kobo.account, journal, lambda _at, _outcomes: None, undoes=undoes)
    await application.run(kobo)
    return [entry.outcome for entry in journal.entries(application.job)]


def _said(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path.rstrip('/').rpartition('/')[2]}"
