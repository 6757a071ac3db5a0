"""A client on a server that only exists in the test, and a clock that passes when somebody sleeps."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.pause import Pause
from kobotui.model.account import Account

SERVER = "https://kobo.example.org"
COLLECT = "https://collect.example.org"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
KNOWN = {"X-KoBoNaUt": "ana"}
"""Header of every answer to somebody the server knows."""
UID = "aXXXXXXXXXXXXXXXXXXXXXX"


def account_of(*, server: str = SERVER, username: str = "ana", read_only: bool = False, ca_file: str = "") -> Account:
    """An account on the server of the test."""
    openrosa = COLLECT if server == SERVER else server
    return Account(
        name="mine", server=server, openrosa=openrosa, username=username, read_only=read_only, ca_file=ca_file
    )


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no certificates of the developer's environment."""
    for name in os.environ:
        if name.lower().endswith("_proxy") or name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(name)


class Clock:
    """Seconds pass when somebody sleeps, and at no other time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def pause(clock: Clock) -> Pause:
    """A pause on that clock, without chance."""
    return Pause(clock=clock, sleep=clock.sleep, chance=lambda: 0.5)


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    """What the server answers; a request without an answer fails the test."""
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def kobo(server: respx.MockRouter, pause: Pause) -> AsyncIterator[KoboClient]:
    """Ana's client."""
    async with KoboClient(account_of(), TOKEN, pause=pause) as client:
        yield client
