"""Being cancelled in the middle of a request, and leaving the connections in order.

httpx's connections survive being cancelled through a scope of anyio. A task that is cancelled as asyncio does it, while
a connection is being given back, leaves it taken for good. So the library's work is done in tasks of their own, which
end by a scope only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from anyio import CancelScope

T = TypeVar("T")


class Orderly:
    """The pieces of work under way on one pool of connections."""

    def __init__(self) -> None:
        self._scopes: dict[asyncio.Task[None], CancelScope] = {}
        """By task; those that end, too, which nobody else may know of."""

    async def do(self, work: Awaitable[T], late: Callable[[T], Awaitable[None]] | None = None) -> T:
        """Do a piece of work; cancelled, it ends in its own way first.

        ``late`` closes what came of it at the moment of being cancelled.
        """
        found: list[T] = []
        scope = CancelScope()

        async def within() -> None:
            with scope:
                found.append(await work)

        async def end() -> None:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # nobody asks for it any more
            if late and found:
                await late(found[0])

        task = self._begin(within(), scope)
        try:
            await asyncio.shield(task)
            if found:
                return found[0]
            raise asyncio.CancelledError  # by ``end``
        except asyncio.CancelledError:
            scope.cancel()
            await asyncio.shield(self._begin(end(), scope))
            raise

    async def end(self) -> None:
        """End whatever is under way."""
        for scope in self._scopes.values():
            scope.cancel()
        while self._scopes:
            await asyncio.wait(self._scopes)

    def _begin(self, work: Coroutine[Any, Any, None], scope: CancelScope) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._scopes[task] = scope
        task.add_done_callback(self._scopes.pop)
        return task
