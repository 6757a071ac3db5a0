"""Being cancelled at any moment of a request leaves no connection taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from kobotui.api.orderly import Orderly
from tests.api.test_live_demo import client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from kobotui.api.client import KoboClient
    from kobotui.demo.server import DemoServer


@pytest.fixture
async def kobo(shared_demo: DemoServer) -> AsyncIterator[KoboClient]:
    async with client(shared_demo) as kobo:
        yield kobo


async def read(kobo: KoboClient) -> None:
    await kobo.me()


async def download(kobo: KoboClient) -> None:
    async with kobo._transport.download("/api/v2/assets/") as file:
        async for _chunk in file:
            pass


def taken(kobo: KoboClient) -> list[Any]:
    pool: Any = kobo._transport._client._transport
    return [one for one in pool._pool.connections if not (one.is_idle() or one.is_closed())]


@pytest.mark.parametrize("ask", [read, download])
async def test_no_connection_stays_taken(
    kobo: KoboClient, ask: Callable[[KoboClient], Coroutine[Any, Any, None]]
) -> None:
    for turns in range(120):
        task = asyncio.create_task(ask(kobo))
        for _turn in range(turns):
            await asyncio.sleep(0)
        if turns % 3 == 0:  # in the time of an answer
            await asyncio.sleep(0.001 * turns / 30)
        task.cancel()
        await asyncio.wait([task])
        assert taken(kobo) == []


async def asleep(ended: list[str]) -> None:
    try:
        await asyncio.sleep(60)
    finally:
        ended.append("work")


async def test_what_is_cancelled_has_ended_before_that_is_told() -> None:
    ended: list[str] = []
    task = asyncio.create_task(Orderly().do(asleep(ended)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["work"]


async def test_what_comes_too_late_is_closed() -> None:
    closed = []

    async def work() -> str:
        return "response"

    async def close(found: str) -> None:
        closed.append(found)

    task = asyncio.create_task(Orderly().do(work(), late=close))
    for _turn in range(2):  # its work has ended, and nobody has taken what came of it
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["response"]


async def test_an_error_is_the_works_own() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Orderly().do(work())


async def test_closing_ends_what_is_under_way() -> None:
    ended: list[str] = []
    orderly = Orderly()
    tasks = [asyncio.create_task(orderly.do(asleep(ended))) for _number in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await orderly.end()
    assert ended == ["work"] * 3
    assert [type(error) for error in await asyncio.gather(*tasks, return_exceptions=True)] == [
        asyncio.CancelledError
    ] * 3
