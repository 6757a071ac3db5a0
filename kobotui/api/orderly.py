"""Being cancelled in the middle of a request, and leaving the connections in order.

httpx's connections survive being cancelled through a scope of anyio. A task that is cancelled as asyncio does it, while
a connection is being given back, leaves it taken for good. So the library's work is done in tasks of their own, which
end by a scope only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from anyio import CancelScope

T = TypeVar("T")

_ending: set[asyncio.Task[Any]] = set()
"""The loop itself does not keep them."""


async def orderly(work: Awaitable[T], late: Callable[[T], Awaitable[None]] | None = None) -> T:
    """Do this piece of the library's work; cancelled, it ends in its own way first.

    ``late`` closes what came of it at the moment of being cancelled.
    """
    scope = CancelScope()
    found: list[T] = []

    async def within() -> None:
        with scope:
            found.append(await work)

    async def end() -> None:
        scope.cancel()
        await asyncio.wait([task])
        if late and found:
            await late(found[0])

    task = asyncio.create_task(within())
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        ending = asyncio.create_task(end())
        _ending.add(ending)
        ending.add_done_callback(_ending.discard)
        await asyncio.shield(ending)
        raise
    return found[0]
