"""Signals that end a command, taken in its loop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def taken(take: Callable[[int], None]) -> Iterator[None]:
    """Give the number of each signal that would end the process to ``take``, but for those ignored, as by nohup."""
    loop = asyncio.get_running_loop()
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, take, number)
    try:
        yield
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)
