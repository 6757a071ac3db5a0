"""Sessions and apps on a demo server, and ways to wait that do not sleep for luck."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual.pilot import Pilot

    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoServer
    from kobotui.session import Session

PATIENCE = 30.0
"""Seconds until a condition that does not come true fails the test."""


class MakeSession(Protocol):
    def __call__(self, server: DemoServer, username: str = "admin", **fields: Any) -> Session: ...


class MakeApp(Protocol):
    def __call__(
        self, server: DemoServer | None = None, username: str = "admin", *, goal: str = "", **fields: Any
    ) -> KoboApp: ...


class Until(Protocol):
    async def __call__(self, pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None: ...


@pytest.fixture
def make_session(request: pytest.FixtureRequest) -> MakeSession:
    """A session logged in to a demo server; ``fields`` are those of the account: ``read_only=True``."""

    def make(server: DemoServer, username: str = "admin", **fields: Any) -> Session:
        from kobotui.__main__ import session_on

        session = session_on(server)
        if "still" in request.fixturenames:
            moment: datetime = request.getfixturevalue("still")
            session = replace(session, now=lambda: moment)
        account = session.accounts.update(msgspec.structs.replace(session.accounts.get(username), **fields))
        session.use(account)
        return session

    return make


@pytest.fixture
def session(demo: DemoServer, make_session: MakeSession) -> Session:
    """A session as the demo's administrator, on a server of its own."""
    return make_session(demo)


@pytest.fixture
def make_app(make_session: MakeSession) -> MakeApp:
    """An app logged in to a demo server; without a server, one with no account saved."""

    def make(server: DemoServer | None = None, username: str = "admin", *, goal: str = "", **fields: Any) -> KoboApp:
        from kobotui.__main__ import load_session
        from kobotui.app import KoboApp

        return KoboApp(make_session(server, username, **fields) if server else load_session(), goal=goal)

    return make


@pytest.fixture
def app(session: Session) -> KoboApp:
    """The app on ``session``."""
    from kobotui.app import KoboApp

    return KoboApp(session)


@pytest.fixture
def until() -> Until:
    """``await until(pilot, lambda: table.row_count)``: waits for a condition, at most :data:`PATIENCE` seconds."""

    async def wait(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what or condition}"
            await asyncio.sleep(0.01)
            await pilot.pause(0)
        await pilot.pause(0)

    return wait


@pytest.fixture
def settled() -> Callable[[Pilot[Any]], Any]:
    """``await settled(pilot)``: no worker is at work (questions wait for an answer) and no job runs."""

    async def wait(pilot: Pilot[Any]) -> None:
        app: Any = pilot.app
        end = time.monotonic() + PATIENCE
        while True:
            await pilot.pause(0)
            if not any(w.is_running for w in app.workers if w.group != "ask") and not any(
                j.running for j in app.job_states
            ):
                break
            assert time.monotonic() < end, f"still at work: {list(app.workers)}"
            await asyncio.sleep(0.01)
        await pilot.pause(0)

    return wait
