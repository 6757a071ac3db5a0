"""Keys that arrive in one burst: those behind ``/`` belong to the line that is about to open."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual.events import Event, Key

PATIENCE = 2.0
"""Seconds after which a line that did not open gets nothing, and the keys act as usual."""


class TypeAhead:
    """Holds keys from the moment a question is asked for until its line has the focus."""

    def __init__(self, deliver: Callable[[Event], Awaitable[None]]) -> None:
        self._deliver = deliver
        self._kept: deque[Key] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.holding = False

    def hold(self) -> None:
        """Keep the keys that come from now on."""
        self.holding = True
        self._forget_timer()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(PATIENCE, lambda: loop.create_task(self.release()))

    def keep(self, key: Key) -> None:
        """One key more to wait."""
        self._kept.append(key)

    async def release(self) -> None:
        """Deliver what was kept, in order, keys that come meanwhile behind it."""
        self._forget_timer()
        while self._kept:
            await self._deliver(self._kept.popleft())
        self.holding = False

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
