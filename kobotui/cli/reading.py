"""Long reads of the command line: their progress on standard error, ended by signals, their end as a code."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from kobotui.accounts import connect
from kobotui.api.errors import NotConnected
from kobotui.cli.output import OK, complain
from kobotui.cli.signals import taken
from kobotui.cli.status_line import StatusLine
from kobotui.columns.words import number, size
from kobotui.exports.progress import Progress
from kobotui.locale import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from kobotui.api.client import KoboClient

REPORTS_PER_SECOND = 4


class Reading:
    """A long read: what it reports becomes a line, what it says goes above it."""

    def __init__(self) -> None:
        self._line = StatusLine()
        self._painted = 0.0

    def report(self, progress: Progress) -> None:
        """It got on."""
        now = time.monotonic()
        if now - self._painted >= 1 / REPORTS_PER_SECOND:
            self._painted = now
            self._line.paint(said(progress))

    def say(self, sentence: str) -> None:
        """Something to know, whoever reads it."""
        self._line.clear()
        complain(sentence)

    def mention(self, sentence: str) -> None:
        """Something to know at a terminal: a script has the exit code."""
        if sys.stderr.isatty():
            self.say(sentence)

    def end(self) -> None:
        """Nothing is left of the line."""
        self._line.clear()


def said(progress: Progress) -> str:
    """How far it is, in a line."""
    amount = size if progress.unit == "bytes" else number
    done = amount(progress.done)
    if progress.total is None:
        return f"{progress.what}: {done}"
    percent = 100 * progress.done // progress.total if progress.total else 100
    return f"{progress.what}: {done} / {amount(progress.total)} ({percent} %)"


def read(
    arguments: argparse.Namespace, work: Callable[[KoboClient, Reading], Awaitable[int]], *, left: str = ""
) -> int:
    """Do ``work`` with the account's client; its exit code, or 128 and the number of the signal that ended it.

    ``left`` says what can be gone on with after a signal. Raises ``KoboError`` and ``LocalError``.
    """
    reading = Reading()
    came = 0

    async def run() -> int:
        nonlocal came
        task = asyncio.current_task()
        assert task is not None

        def end(signal_number: int) -> None:
            nonlocal came
            came = came or signal_number
            task.cancel()

        with taken(end):
            try:
                async with connect(arguments.account, read_only=arguments.read_only) as kobo:
                    return await work(kobo, reading)
            except NotConnected as error:
                error.hint = error.hint or left
                raise
            except asyncio.CancelledError:
                if not came:
                    raise
                return OK
            finally:
                reading.end()

    code = asyncio.run(run())
    if came:
        complain(_("Stopped.") + (f" {left}" if left else ""))
        return 128 + came
    return code
