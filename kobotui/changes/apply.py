"""Carry a plan out: journalled before and after each step, a bounded number of steps at once."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from kobotui.api.errors import KoboError, NotConnected, NotLoggedIn, ReadOnlyAccount, ServerTrouble, TooBusy
from kobotui.changes import step as steps
from kobotui.changes.journal import Entry, Journal, JournalError
from kobotui.changes.kinds import AnyChange, grouped, step_of
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.revisions import Revisions
from kobotui.changes.step import Conflict, Step
from kobotui.locale import _
from kobotui.model.account import Account
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

Report = Callable[[Sequence[int], Sequence[Outcome]], None]
"""Called in the job's loop with positions of changes and what became of them."""
Ask = Callable[["KoboClient"], Awaitable[Sequence[Outcome | None]]]
UNCERTAIN = frozenset({State.RUNNING, State.DOUBT})
"""States of a change that was sent perhaps: the server is asked first."""
OPEN = UNCERTAIN | {State.WAITING}
"""States of a change that going on with a job takes up."""
DEAD_LINE = 5
"""Steps in a row that found no server: the others need not try."""
GLANCE = 0.5
"""Seconds between two looks for a wish to end, while waiting."""
LONGEST_GLANCE = 15.0
"""Seconds between two questions to a server that may still be at work on what was cut off."""


class Busy(LocalError):
    """Another kobotui works on the job."""


class Application:
    """One job at work: a plan being applied for the first time, or gone on with after a cut."""

    def __init__(self, journal: Journal, job: int, lock: JobLock, entries: Sequence[Entry], report: Report) -> None:
        """Use ``begin`` or ``resume``; the job's lock is held."""
        self.job = job
        self._journal = journal
        self._lock = lock
        self._report = report
        self._stop = asyncio.Event()
        self._for_now = False
        """Stopped by the end of the program, not by the user: the next start asks whether to go on."""
        self._going = asyncio.Event()
        self._going.set()
        self._away = 0
        """How many steps in a row found nobody there."""
        self._broken: KoboError | None = None
        """Why no further step begins."""
        self._unreached: KoboError | None = None
        """Why a step of the last round is still open."""
        self._mark = lock.job
        self.outcomes: list[Outcome] = []
        self._changes: list[AnyChange] = []
        self._notes: dict[int, Mapping[str, Any]] = {**journal.notes(job)}
        self._revisions = Revisions()
        self._steps: dict[int, list[int]] = {}
        self._since: dict[int, float] = {}
        self._take_up(entries)

    def _take_up(self, entries: Sequence[Entry]) -> None:
        """Changes of the job, in their order."""
        for change in entries:
            self.outcomes.append(change.outcome)
            self._changes.append(change.change)
            self._steps.setdefault(change.step, []).append(change.position)
            self._revisions.note(change.change, change.outcome)
            if change.started:
                self._since[change.step] = datetime.fromisoformat(change.started).timestamp()

    @classmethod
    def begin(
        cls, plan: Plan, account: Account, journal: Journal, report: Report, *, undoes: int | None = None
    ) -> Self:
        """Write the plan down.

        Raises ``ReadOnlyAccount``, ``JournalError`` for a plan for another server, and ``LockError``, before anything
        is written or sent.
        """
        _refuse(plan.title, plan.server, account)
        lock = JobLock(journal.path, uuid.uuid4().hex)
        lock.take()  # before anybody can read of the job
        try:
            job = journal.begin(plan, grouped(plan.changes), mark=lock.job, undoes=undoes)
            return cls(journal, job, lock, journal.entries(job), report)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def resume(cls, job: int, account: Account, journal: Journal, report: Report) -> Self:
        """Go on with a job that was cut off or stopped. Raises ``ReadOnlyAccount``, ``Busy``, ``JournalError``."""
        entry = journal.job(job)
        _refuse(entry.title, entry.server, account)
        lock = JobLock(journal.path, entry.mark)
        if not lock.take():
            raise Busy(_("Another kobotui is working on “{title}”.").format(title=entry.title))
        try:
            application = cls(journal, job, lock, journal.entries(job), report)  # nobody else settles them any more
            journal.reopened(job)
        except BaseException:
            lock.release()
            raise
        return application

    def stop(self, *, for_now: bool = False) -> None:
        """Begin no further step; those under way come to their end. ``for_now``: the job stays unfinished."""
        self._for_now = for_now
        self._stop.set()

    def pause(self, paused: bool) -> None:
        """Begin no further step until told to go on."""
        if paused:
            self._going.clear()
        else:
            self._going.set()

    async def run(self, kobo: KoboClient, *, concurrency: int = 4) -> None:
        """Do what is open: the steps of one project in order, ``concurrency`` projects at a time.

        Raises ``NotLoggedIn`` when the key is not accepted any more, and what the line or the server said when it
        is out of reach for good: what was not sent waits, and the job stays unfinished. Raises ``JournalError``.
        """
        gate = asyncio.Semaphore(concurrency)
        try:
            await self._rounds(kobo, gate)
            await self._round(kobo, gate, last=True)  # what is in doubt can be asked when the line is back
            cut_off = self._for_now or self._broken or self._unreached
            if not (cut_off and any(outcome.state in OPEN for outcome in self.outcomes)):
                self._journal.ended(self.job)
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            self._lock.release()
        if error := self._broken or self._unreached:
            raise error

    async def _rounds(self, kobo: KoboClient, gate: asyncio.Semaphore) -> None:
        """All rounds but the last one."""
        await self._round(kobo, gate, last=False)

    async def _round(self, kobo: KoboClient, gate: asyncio.Semaphore, *, last: bool) -> None:
        chains: dict[str, list[int]] = {}
        for number in sorted(self._steps):
            if self._open(number):
                chains.setdefault(self._step(number, self._steps[number]).order, []).append(number)
        async with asyncio.TaskGroup() as tasks:
            for chain in chains.values():
                tasks.create_task(self._chain(chain, kobo, gate, last=last))

    def _open(self, number: int, states: frozenset[State] = OPEN) -> list[int]:
        """Positions of a step's changes in one of these states."""
        return [position for position in self._steps[number] if self.outcomes[position].state in states]

    def _step(self, number: int, positions: Sequence[int]) -> Step[Any]:
        """A step for some of its changes."""
        step = step_of([self._changes[position] for position in positions])
        step.mark = f"{self._mark}-{number}"
        step.place = self._journal.path.parent
        step.known = self._notes.get(number, {})
        step.keep = partial(self._keep, number, positions if step.announces else ())
        step.latest = self._revisions.latest
        return step

    def _keep(self, number: int, starting: Sequence[int], known: Mapping[str, Any]) -> None:
        self._journal.noted(self.job, number, known, starting)
        self._notes[number] = known

    # Waiting

    @property
    def _dead_line(self) -> float:
        return DEAD_LINE

    @property
    def _ending(self) -> bool:
        """Whether no further step shall begin."""
        return self._stop.is_set() or self._broken is not None or self._lock.asked_to_stop

    async def _may_go_on(self) -> bool:
        """Wait while paused; False when no further step shall begin."""
        while not self._ending:
            if self._going.is_set():
                return True
            await self._rest(GLANCE)
        return False

    async def _rest(self, seconds: float) -> None:
        """Let time pass, or less of it when the job shall end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._ending:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), min(left, GLANCE))

    def _left(self, step: Step[Any], number: int, patience: float) -> float:
        """Seconds until a step that was cut off is over on the server; clocks that were set do not make it longer."""
        since = step.known.get("at", self._since.get(number, 0.0))
        return min(patience, max(0.0, float(since) + patience - time.time()))

    # Doing

    async def _chain(self, chain: Sequence[int], kobo: KoboClient, gate: asyncio.Semaphore, *, last: bool) -> None:
        """Steps one after another; what builds on a step that is not certain waits for the last round."""
        for number in chain:
            if not await self._may_go_on():
                return
            again: list[int] = []
            if doubtful := self._open(number, UNCERTAIN):
                again = await self._clear_up(number, doubtful, kobo, gate, last=last)
            async with gate:
                if not await self._may_go_on():
                    self._settle(again, [Outcome(State.WAITING)] * len(again))
                    return
                await self._do(number, again, kobo, last=last)
            if self._open(number, frozenset({State.WAITING}) if last else OPEN):
                return

    async def _clear_up(
        self, number: int, doubtful: Sequence[int], kobo: KoboClient, gate: asyncio.Semaphore, *, last: bool
    ) -> list[int]:
        """Ask the server about what is in doubt; the positions of what has not happened and may be sent again.

        The server may still be at work on what was cut off: it is asked until its time is over.
        """
        step = self._step(number, doubtful)
        await self._rest(self._left(step, number, steps.GRACE))
        glance = steps.GRACE
        while doubtful:
            async with gate:
                step = self._step(number, doubtful)
                answers = await self._ask(step, step.found, kobo, State.DOUBT, last=last)
            known = {p: answer for p, answer in zip(doubtful, answers, strict=True) if answer is not None}
            self._settle(list(known), list(known.values()))
            doubtful = [position for position in doubtful if position not in known]
            left = self._left(step, number, step.patience)
            if left <= 0:
                break
            if self._ending:
                cut = Outcome(State.DOUBT, _("Cut off; the server may still be at work on it."))
                self._settle(doubtful, [cut] * len(doubtful))
                return []
            await self._rest(min(left, glance))
            glance = min(glance * 1.5, LONGEST_GLANCE)
        return list(doubtful)

    async def _do(self, number: int, again: Sequence[int], kobo: KoboClient, *, last: bool) -> None:
        """Send what of a step waits; ``again`` was in doubt before, and has not happened."""
        todo = sorted({*again, *self._open(number, frozenset({State.WAITING}))})
        if not todo:
            return
        step = self._step(number, todo)
        if not step.announces:
            self._journal.started(self.job, todo)
        self._since[number] = time.time()
        answers = await self._ask(step, step.send, kobo, State.FAILED, last=last)
        outcomes = {p: answer or Outcome(State.DOUBT) for p, answer in zip(todo, answers, strict=True)}
        lost = [p for p in again if outcomes[p].state in (State.CONFLICT, State.FAILED)]
        if lost:  # what stands in its way may be itself, come late
            step = self._step(number, lost)
            late = await self._ask(step, step.found, kobo, State.DOUBT, last=last)
            done = zip(lost, late, strict=True)
            outcomes |= {p: answer for p, answer in done if answer is not None and answer.state is State.DONE}
        self._settle(todo, [outcomes[position] for position in todo])

    async def _ask(
        self, step: Step[Any], ask: Ask, kobo: KoboClient, refused: State, *, last: bool
    ) -> list[Outcome | None]:
        """What a step answers, whatever happens to it short of the process being ended.

        ``refused``: what its changes are when the server says no.
        """
        try:
            answers = list(await ask(kobo))
        except Conflict as conflict:
            outcome = Outcome(State.CONFLICT, conflict.sentence)
        except KoboError as error:
            away = _away(error)
            self._away = self._away + 1 if away else 0
            if isinstance(error, NotLoggedIn) or self._away >= self._dead_line:
                self._broken = error
            if away and last:
                self._unreached = error
            if error.in_doubt or step.sent or refused is State.DOUBT:
                state = State.DOUBT
            else:
                state = State.WAITING if away else refused
            return [Outcome(state, error.sentence, error.details())] * len(step.changes)
        except JournalError:
            raise
        except Exception as error:  # one broken step must not take the others of the plan with it
            name = type(error).__name__
            outcome = Outcome(State.DOUBT, _("kobotui itself failed here: {error}").format(error=name), repr(error))
        else:
            self._away = 0
            return answers
        self._away = 0
        return [outcome] * len(step.changes)

    def _settle(self, positions: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        if not positions:
            return
        self._journal.settled(self.job, positions, outcomes)
        for position, outcome in zip(positions, outcomes, strict=True):
            self.outcomes[position] = outcome
            self._revisions.note(self._changes[position], outcome)
        self._report(positions, outcomes)


def _refuse(title: str, server: str, account: Account) -> None:
    """Raise for an account that may not change anything, or not there."""
    if account.read_only:
        raise ReadOnlyAccount(account.name)
    if server.rstrip("/") != account.server.rstrip("/"):
        text = _("“{title}” is a job on {server}; the account {name} is on {other}.")
        raise JournalError(text.format(title=title, server=server, name=account.name, other=account.server))


def _away(error: KoboError) -> bool:
    """Whether nobody was there to decide: the step has not been refused, and may be tried later."""
    gateway = isinstance(error, ServerTrouble) and error.status in (502, 504)
    return gateway or isinstance(error, NotConnected | NotLoggedIn | TooBusy)
