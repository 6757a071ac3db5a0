"""A job of the command line, in the main thread's loop: carried out, ended by signals, its end in words and a code."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotLoggedIn
from kobotui.changes.apply import OPEN
from kobotui.changes.outcome import State
from kobotui.changes.result import summary
from kobotui.cli.journal import write_entries
from kobotui.cli.output import CONFLICTS, FAILED, INCOMPLETE, NOT_LOGGED_IN, OK, complain, reader_may_leave
from kobotui.cli.progress import Progress
from kobotui.cli.signals import taken
from kobotui.locale import _
from kobotui.login import introduced
from kobotui.paths import LocalError
from kobotui.secrets import find_token

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence

    from kobotui.changes.apply import Application, Report
    from kobotui.changes.journal import Journal
    from kobotui.changes.outcome import Outcome
    from kobotui.changes.plan import Plan
    from kobotui.model.account import Account
    from kobotui.settings import Settings

ECHO = 1.0
"""Seconds in which a hang-up and another signal are one wish: shell, system and service manager each send theirs."""


class Signals:
    """The first signal ends a job after its current steps, the second one at once."""

    def __init__(self, progress: Progress) -> None:
        self.number = 0
        """The first one that came; 0 for none."""
        self._progress = progress
        self._application: Application | None = None
        self.task: asyncio.Task[object] | None = None
        """The one that a second signal ends."""
        self._came = 0.0

    def to(self, application: Application) -> None:
        """The job to end."""
        self._application = application
        if self.number:
            application.stop(for_now=True)

    def take(self, number: int) -> None:
        """A signal came."""
        if not self.number:
            self.number, self._came = number, time.monotonic()
            self._progress.stopping = True
            if self._application:
                self._application.stop(for_now=True)
            self._progress.leave_line()
            complain(_("Ending after the current steps; once more ends at once."))
        elif self.task and not (signal.SIGHUP in (number, self.number) and time.monotonic() - self._came < ECHO):
            self.task.cancel()


def carry_out(
    account: Account,
    plan: Plan,
    journal: Journal,
    begin: Callable[[Account, Journal, Report], Application],
    arguments: argparse.Namespace,
    settings: Settings,
) -> int:
    """Do a job of the journal, which ``begin`` takes up, and write its result; the exit code.

    Raises ``LocalError`` and ``KoboError`` while nothing has been begun.
    """
    token = find_token(account).token
    progress = Progress(plan)
    signals = Signals(progress)

    async def work() -> tuple[Application, KoboError | LocalError | None]:
        known = account
        if not account.username:  # of the environment
            async with KoboClient(account, token) as kobo:
                known = await introduced(account, kobo)
        signals.task = asyncio.current_task()
        with taken(signals.take):
            application = begin(known, journal, progress.report)
            progress.begin(application.outcomes)
            signals.to(application)
            try:
                async with KoboClient(known, token) as kobo:
                    await application.run(kobo, concurrency=arguments.concurrency or settings.concurrency)
            except (KoboError, LocalError) as error:
                return application, error
            except asyncio.CancelledError:
                if not signals.number:
                    raise
            finally:
                progress.end()
        return application, None

    application, error = asyncio.run(work())
    entries = journal.entries(application.job)
    with reader_may_leave():
        write_entries(application.job, entries, arguments.format)
    code = 128 + signals.number if signals.number else worth((entry.outcome for entry in entries), error)
    if error:
        complain(error.sentence)
    if code != OK or sys.stderr.isatty():
        _say(application.job, [entry.outcome for entry in entries])
    return code


def worth(outcomes: Iterable[Outcome], error: Exception | None = None) -> int:
    """The exit code of a job that ended so; what is not known is worse than what failed, a conflict is the least."""
    states = {outcome.state for outcome in outcomes}
    if isinstance(error, NotLoggedIn):
        return NOT_LOGGED_IN
    if states & OPEN:
        return INCOMPLETE
    if error or State.FAILED in states:
        return FAILED
    return CONFLICTS if State.CONFLICT in states else OK


def _say(job: int, outcomes: Sequence[Outcome]) -> None:
    """How it ended, and what can be done about it."""
    complain(_("Job {id}: {summary}.").format(id=job, summary=summary(outcomes)))
    states = {outcome.state for outcome in outcomes}
    if states & OPEN:
        complain(_("Go on with: {command}").format(command=f"kobotui resume {job}"))
    elif State.FAILED in states:
        complain(_("Try again what failed: {command}").format(command=f"kobotui retry {job}"))
    elif State.DONE in states:
        complain(_("Take it back: {command}").format(command=f"kobotui undo {job}"))
