"""Patience: one pause for all calls to a server, and how long to wait before trying again."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

LONGEST = 120.0
"""Seconds. A server that asks for more is reported at once."""

_FIRST, _CAP = 0.4, 20.0


class Pause:
    """A moment before which no call is made; shared by the loops and threads that talk to one server."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._until = 0.0
        self._lock = threading.Lock()
        self.sleep = sleep

    def hold(self, seconds: float) -> None:
        """Let nobody call for so long; a longer pause that is already under way stays."""
        with self._lock:
            self._until = max(self._until, self._clock() + seconds)

    @property
    def left(self) -> float:
        """Seconds until calls are made again, 0 when they are."""
        with self._lock:
            return max(0.0, self._until - self._clock())

    async def wait(self) -> None:
        """Return when calls may be made, the waiting ones not all in the same instant."""
        while (left := self.left) > 0:
            await self.sleep(left + self._chance() * min(left, 2.0) / 4)

    def backoff(self, attempt: int) -> float:
        """Seconds before the next try after ``attempt`` (0, 1, ...) failed: twice as long each time, and scattered."""
        return float(min(_FIRST * 2**attempt, _CAP)) * (0.5 + self._chance())


@cache
def shared(server: str) -> Pause:
    """The one pause of a server, for every loop of this process."""
    del server
    return Pause()


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds of a ``Retry-After`` header, which is a number or an HTTP date; None when there is none to read."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
