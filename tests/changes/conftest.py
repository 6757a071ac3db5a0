"""Plans applied to the demo: a client of the owner, and a journal of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import Outcome
from kobotui.changes.plan import Plan
from kobotui.demo.server import DemoServer
from kobotui.demo.state import State
from kobotui.model.account import Account
from tests.changes.nearby import applied_nearby, client_on, seeded


def account_on(server: DemoServer, username: str = "admin", *, read_only: bool = False) -> Account:
    """An account of the demo."""
    return Account(
        name="demo", server=server.url, openrosa=server.url, username=username, store="memory", read_only=read_only
    )


def token_on(server: DemoServer, username: str = "admin") -> str:
    """The key of one of the demo's people."""
    return next(account.token for account in server.accounts if account.username == username)


def plan_of(server: DemoServer, *changes: AnyChange) -> Plan:
    """A plan for the demo."""
    return Plan(title="Test", account="demo", server=server.url, changes=changes)


@pytest.fixture
async def kobo(demo: DemoServer) -> AsyncIterator[KoboClient]:
    """The owner's client."""
    async with KoboClient(account_on(demo), token_on(demo)) as client:
        yield client


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal of the test's own."""
    opened = Journal(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def state() -> State:
    """A small demo without a socket."""
    return seeded()


@pytest.fixture
async def inside(state: State) -> AsyncIterator[KoboClient]:
    """The owner's client of it."""
    async with client_on(state, "admin") as client:
        yield client


async def applied(server: DemoServer, kobo: KoboClient, journal: Journal, *changes: AnyChange) -> list[Outcome]:
    """Apply changes; their outcomes, by the journal."""
    assert kobo.account.server == server.url
    return await applied_nearby(kobo, journal, *changes)
