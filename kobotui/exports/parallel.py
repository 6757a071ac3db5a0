"""Several things at once, not all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def in_parallel(items: AsyncIterator[T], work: Callable[[T], Awaitable[None]], most: int) -> None:
    """Do work on each item as it comes, on ``most`` at once. The first exception ends all, and is raised."""
    pending: set[asyncio.Future[None]] = set()
    try:
        async for item in items:
            while len(pending) >= most:
                pending = await _some(pending)
            pending.add(asyncio.ensure_future(work(item)))
        while pending:
            pending = await _some(pending)
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def _some(pending: set[asyncio.Future[None]]) -> set[asyncio.Future[None]]:
    """Wait until something has ended; what has not."""
    done, rest = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return rest
