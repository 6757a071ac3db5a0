"""Jobs: plans being applied in a thread with an event loop of its own.

A terminal that stops reading blocks Textual's loop for seconds; it must not block the work. The job
thread alone writes the journal and opens its own clients; it reports through one callback.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from kobotui.changes.outcome import SETTLED, Outcome, State
from kobotui.changes.plan import Plan
from kobotui.locale import _
from kobotui.model.account import Account

if TYPE_CHECKING:
    from kobotui.changes.apply import Application, Report
    from kobotui.changes.journal import Journal
    from kobotui.changes.kinds import AnyChange
    from kobotui.model.token import Token

log = logging.getLogger("kobotui")

REPORTS_PER_SECOND = 4


class JobState(Struct, frozen=True, kw_only=True):
    """A job as a screen shows it; replaced, never altered."""

    number: int
    """In order of starting, in this process."""
    title: str
    account: str
    begun: datetime
    plan: Plan
    total: int
    outcomes: tuple[Outcome | None, ...]
    """Per change of the plan; None while it waits."""
    journal_id: int | None = None
    running: bool = True
    paused: bool = False
    stopping: bool = False
    growing: bool = False
    """Whether more changes may come."""
    started: float = 0.0
    """``time.monotonic`` at the start."""
    seconds: float = 0.0
    """How long it has run, without pauses."""
    known: int = 0
    """How many changes had come to their end before it was gone on with."""
    error: str = ""
    """Why it could not run at all, or not to its end, in a sentence."""
    note: str = ""
    """What does not work where the journal is kept, in a sentence."""

    def count(self, *states: State) -> int:
        """How many changes ended so."""
        return sum(1 for outcome in self.outcomes if outcome and outcome.state in states)

    @property
    def settled(self) -> int:
        """How many changes have come to their end."""
        return self.count(*SETTLED)

    @property
    def idle(self) -> bool:
        """Whether it only waits for more changes to come."""
        return self.running and self.growing and self.settled == self.total

    @property
    def rate(self) -> float | None:
        """Changes a second so far; None before anything is settled."""
        done = self.settled - self.known
        return done / self.seconds if done > 0 and self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """By the rate so far; None before anything is settled and when nothing is left."""
        if not self.running or self.growing or self.rate is None or self.settled == self.total:
            return None
        return (self.total - self.settled) / self.rate

    @property
    def made(self) -> tuple[str, ...]:
        """Uids or ids of what was created."""
        return tuple(outcome.made for outcome in self.outcomes if outcome and outcome.made)


Listener = Callable[[JobState], None]
Begin = Callable[["Journal", "Report"], "Application"]
TokenSource = Callable[[Account], "Token"]


class Jobs:
    """The job thread. ``listener`` is called in that thread, at most four times a second per job, and at the end."""

    def __init__(
        self,
        journal: Path,
        token_of: TokenSource,
        listener: Listener,
        *,
        concurrency: int = 4,
        keep_days: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``keep_days``: how long the journal keeps jobs that have ended; 0 for ever."""
        self._path = journal
        self._token_of = token_of
        self._listener = listener
        self._concurrency = concurrency
        self._keep_days = keep_days
        self._now = now
        self._states: dict[int, JobState] = {}
        self._applications: dict[int, Application] = {}
        self._reported: dict[int, float] = {}
        self._paused: dict[int, float] = {}
        """Since when a job pauses."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._journal: Journal | None = None
        self._running: set[Future[None]] = set()
        self._stopped_early: dict[int, bool] = {}
        """Jobs to be stopped as soon as their key is found, and whether for now."""
        self._came_early: dict[int, list[AnyChange]] = {}
        """What came to a growing job before it was begun."""
        self._due: dict[int, asyncio.TimerHandle] = {}
        """Reports that were held back, and when they come."""
        self._cut_at_end: set[Future[None]] = set()
        """What is cancelled at the end instead of waited for."""

    @property
    def states(self) -> tuple[JobState, ...]:
        """All jobs of this process, the newest first."""
        return tuple(sorted(self._states.values(), key=lambda job: -job.number))

    @property
    def running(self) -> int:
        """How many jobs are at work."""
        return sum(job.running for job in self._states.values())

    def start(self, plan: Plan, account: Account, *, undoes: int | None = None) -> int:
        """Begin to apply a plan; its number. What happens is reported, never raised.

        ``undoes``: the job of the journal that this one takes back.
        """

        def begin(journal: Journal, report: Report) -> Application:
            from kobotui.changes.apply import Application

            return Application.begin(plan, account, journal, report, undoes=undoes)

        return self._submit(plan, account, begin)

    def resume(self, job: int, plan: Plan, account: Account) -> int:
        """Go on with a job of the journal, whose plan this is; its number."""

        def begin(journal: Journal, report: Report) -> Application:
            from kobotui.changes.apply import Application

            return Application.resume(job, account, journal, report)

        return self._submit(plan, account, begin)

    def open(self, plan: Plan, account: Account) -> int:
        """Begin a job that grows, with its first changes; its number. It is at work until :meth:`finish`."""

        def begin(journal: Journal, report: Report) -> Application:
            from kobotui.changes.growing import GrowingJob

            return GrowingJob.begin(plan, account, journal, report)

        return self._submit(plan, account, begin, growing=True)

    def append(self, number: int, changes: Sequence[AnyChange]) -> None:
        """More changes for a job that grows: the next positions of its plan, whatever becomes of them."""
        self._start_thread().call_soon_threadsafe(self._append, number, tuple(changes))

    def finish(self, number: int) -> None:
        """Nothing more comes to a job that grows: it ends when all has come to its end."""
        if self._loop and self._states[number].running:
            self._loop.call_soon_threadsafe(self._finish, number)

    def _submit(self, plan: Plan, account: Account, begin: Begin, *, growing: bool = False) -> int:
        number = len(self._states) + 1
        self._states[number] = JobState(
            number=number,
            title=plan.title,
            account=account.name,
            begun=self._now(),
            plan=plan,
            total=len(plan.changes),
            outcomes=(None,) * len(plan.changes),
            growing=growing,
            started=time.monotonic(),
        )
        future = asyncio.run_coroutine_threadsafe(self._run(number, account, begin), self._start_thread())
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return number

    def pause(self, number: int, paused: bool) -> None:
        """Let a job begin no further step, or go on."""
        if self._loop and self._states[number].running:
            self._loop.call_soon_threadsafe(self._pause, number, paused)

    def stop(self, number: int) -> None:
        """Let a job end after the steps that are under way."""
        if self._loop and self._states[number].running:
            self._loop.call_soon_threadsafe(self._stop, number)

    def give_up(self, job: int) -> Future[None]:
        """Count a job of the journal as ended; what was not done stays undone. Raises ``JournalError``."""

        async def end() -> None:
            self._open_journal().ended(job)

        return asyncio.run_coroutine_threadsafe(end(), self._start_thread())

    def submit(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Run something that changes nothing in the job thread; it is cancelled at the end."""
        future = asyncio.run_coroutine_threadsafe(work, self._start_thread())
        self._cut_at_end.add(future)
        future.add_done_callback(self._cut_at_end.discard)
        return future

    def close(self, timeout: float = 30.0) -> None:
        """End all jobs after their current steps, settle the journal, end the thread.

        What is under way for longer than ``timeout`` seconds is cut off: it is in doubt then, and can be gone on with.
        """
        if not self._loop or not self._thread:
            return
        for number in list(self._states):
            self._loop.call_soon_threadsafe(partial(self._stop, number, for_now=True))
        for future in list(self._cut_at_end):
            future.cancel()
        for future in wait(set(self._running), timeout).not_done:
            future.cancel()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout)
        self._loop = self._thread = None

    def _start_thread(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._serve, args=(self._loop,), name="kobotui-jobs", daemon=True)
            self._thread.start()
        return self._loop

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()
        if left := asyncio.all_tasks(loop):  # what was cut off settles what it holds
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        if self._journal:
            self._journal.close()
            self._journal = None
        loop.close()

    def _open_journal(self) -> Journal:
        from kobotui.changes.journal import Journal

        if self._journal is None:
            self._journal = Journal(self._path)
            self._journal.prune(self._keep_days)
        return self._journal

    def _stop(self, number: int, *, for_now: bool = False) -> None:
        if application := self._applications.get(number):
            application.stop(for_now=for_now)
        elif self._states[number].running:
            self._stopped_early[number] = for_now
        if self._states[number].running:
            self._change(number, stopping=True)

    def _pause(self, number: int, paused: bool) -> None:
        application, state = self._applications.get(number), self._states[number]
        if application is None or state.paused is paused:
            return
        application.pause(paused)
        now = time.monotonic()
        if paused:
            self._paused[number] = now
            self._change(number, paused=True)
        else:  # a pause is no working time
            self._change(number, paused=False, started=state.started + now - self._paused.pop(number))

    def _append(self, number: int, changes: tuple[AnyChange, ...]) -> None:
        state = self._states[number]
        plan = structs.replace(state.plan, changes=(*state.plan.changes, *changes))
        application, said = self._applications.get(number), None
        if application is not None:
            said = self._grow(application, changes)
        elif state.running:
            self._came_early.setdefault(number, []).extend(changes)
        else:
            said = state.error or _("This job had ended: it was not sent.")
        outcome = Outcome(State.FAILED, said) if said else None
        outcomes = (*state.outcomes, *(outcome,) * len(changes))
        self._change(number, plan=plan, total=len(outcomes), outcomes=outcomes)

    def _grow(self, application: Application, changes: Sequence[AnyChange]) -> str | None:
        """Let a job take up more; the reason why it does not."""
        from kobotui.changes.growing import GrowingJob
        from kobotui.changes.journal import JournalError

        assert isinstance(application, GrowingJob)
        try:
            taken = application.append(changes)
        except JournalError as error:  # what cannot be written down is not sent, nor what would come after it
            application.stop(for_now=True)
            return str(error)
        return None if taken else _("This job had ended: it was not sent.")

    def _finish(self, number: int) -> None:
        from kobotui.changes.growing import GrowingJob

        self._change(number, growing=False)
        if isinstance(application := self._applications.get(number), GrowingJob):
            application.finish()

    async def _run(self, number: int, account: Account, begin: Begin) -> None:
        from kobotui.api.client import KoboClient
        from kobotui.api.errors import KoboError
        from kobotui.changes.growing import GrowingJob
        from kobotui.paths import LocalError

        def report(positions: Sequence[int], outcomes: Sequence[Outcome]) -> None:
            now = list(self._states[number].outcomes)
            for position, outcome in zip(positions, outcomes, strict=True):
                now[position] = outcome
            self._change(number, outcomes=tuple(now))

        error = ""
        try:
            token = await asyncio.to_thread(self._token_of, account)
            journal = self._open_journal()
            application = begin(journal, report)
            self._applications[number] = application
            if (for_now := self._stopped_early.pop(number, None)) is not None:
                application.stop(for_now=for_now)
            early = self._came_early.pop(number, [])
            said = self._grow(application, early) if early else None
            known = tuple(outcome if outcome.state in SETTLED else None for outcome in application.outcomes)
            known += (Outcome(State.FAILED, said),) * len(early) if said else ()
            done = sum(outcome is not None for outcome in known)
            self._change(number, journal_id=application.job, outcomes=known, known=done, note=journal.warning)
            if isinstance(application, GrowingJob) and not self._states[number].growing:
                application.finish()
            async with KoboClient(account, token) as kobo:
                await application.run(kobo, concurrency=self._concurrency)
        except KoboError as refused:
            error = refused.sentence
        except LocalError as refused:
            error = str(refused)
        except Exception as broken:  # a job that dies silently would be lost work
            error = _("kobotui itself failed here: {error}").format(error=repr(broken))
        finally:
            self._applications.pop(number, None)
            self._came_early.pop(number, None)
            self._change(number, running=False, paused=False, stopping=False, growing=False, error=error)

    def _change(self, number: int, **fields: object) -> None:
        now = self._paused.get(number) or time.monotonic()
        state = structs.replace(self._states[number], **fields)
        state = structs.replace(state, seconds=now - state.started)
        self._states[number] = state
        at_once = not state.running or fields.keys() & {"paused", "stopping"}
        wait = self._reported.get(number, 0.0) + 1 / REPORTS_PER_SECOND - time.monotonic()
        if at_once or wait <= 0:
            self._tell(number)
        elif number not in self._due:  # what has come to its end is told even when nothing more happens
            self._due[number] = asyncio.get_running_loop().call_later(wait, self._tell, number)

    def _tell(self, number: int) -> None:
        if due := self._due.pop(number, None):
            due.cancel()
        self._reported[number] = time.monotonic()
        try:
            self._listener(self._states[number])
        except Exception:  # whoever listens may be gone; the work goes on
            log.exception("A report of a job was not taken")
