"""The client of a demo's owner, for whom waiting takes no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.pause import Pause
from kobotui.demo.server import DemoServer
from tests.api.conftest import Clock
from tests.changes.conftest import account_on, token_on


@pytest.fixture
def demo(shared_demo: DemoServer) -> Iterator[DemoServer]:
    """One server for the tests of a module, which make projects of their own on it."""
    yield shared_demo
    shared_demo.faults.clear()


@pytest.fixture
async def kobo(demo: DemoServer) -> AsyncIterator[KoboClient]:
    """The owner's client, which does not wait before it tries again."""
    clock = Clock()
    async with KoboClient(account_on(demo), token_on(demo), pause=Pause(clock=clock, sleep=clock.sleep)) as client:
        yield client


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 5 records and ranges of 10: 60 records are a long walk."""
    monkeypatch.setattr("kobotui.exports.walk.PAGE", 5)
    monkeypatch.setattr("kobotui.exports.walk.RANGE", 10)
    monkeypatch.setattr("kobotui.exports.walk.LEAST", 1)
