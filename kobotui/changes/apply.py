"""Carry a plan out: journalled before and after each step, a bounded number of steps at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from kobotui.api.errors import KoboError, NotConnected, NotLoggedIn, ReadOnlyAccount, ServerTrouble, TooBusy
from kobotui.changes.journal import Journal, JournalError
from kobotui.changes.kinds import grouped, step_of
from kobotui.changes.lock import JobLock
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.step import Conflict, Step
from kobotui.locale import _
from kobotui.model.account import Account
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

Report = Callable[[Sequence[int], Sequence[Outcome]], None]
"""Called in the job's loop with positions of changes and what became of them."""
Ask = Callable[["KoboClient"], Awaitable[Sequence[Outcome | None]]]
OPEN = frozenset({State.WAITING, State.RUNNING, State.DOUBT})
"""States of a change that going on with a job takes up."""
GRACE = 2.0
"""Seconds after which a request that was cut off has been carried out, or never will be."""
DEAD_LINE = 5
"""Steps in a row that found no server: the others need not try."""


class Busy(LocalError):
    """Another kobotui works on the job."""


class Application:
    """One job at work: a plan being applied for the first time, or gone on with after a cut."""

    def __init__(self, journal: Journal, job: int, account: Account, report: Report) -> None:
        """Use ``begin`` or ``resume``. Takes the job's lock; raises ``Busy`` when another process has it."""
        self.job = job
        self._journal = journal
        self._report = report
        self._stopping = False
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
        entry = journal.job(job)
        if entry.server.rstrip("/") != account.server.rstrip("/"):
            text = _("“{title}” is a job on {server}; the account {name} is on {other}.")
            raise JournalError(
                text.format(title=entry.title, server=entry.server, name=account.name, other=account.server)
            )
        self._mark = entry.mark
        self._lock = JobLock(journal.path, entry.mark)
        if not self._lock.take():
            raise Busy(_("Another kobotui is working on “{title}”.").format(title=entry.title))
        entries = journal.entries(job)  # read under the lock: nobody else settles them any more
        self.outcomes = [change.outcome for change in entries]
        self._changes = [change.change for change in entries]
        self._notes = journal.notes(job)
        self._steps: dict[int, list[int]] = {}
        self._since: dict[int, float] = {}
        for change in entries:
            self._steps.setdefault(change.step, []).append(change.position)
            if change.started:
                self._since[change.step] = datetime.fromisoformat(change.started).timestamp()

    @classmethod
    def begin(
        cls, plan: Plan, account: Account, journal: Journal, report: Report, *, undoes: int | None = None
    ) -> Self:
        """Write the plan down. Raises ``ReadOnlyAccount`` before anything is written or sent."""
        _refuse_read_only(account)
        return cls(journal, journal.begin(plan, grouped(plan.changes), undoes=undoes), account, report)

    @classmethod
    def resume(cls, job: int, account: Account, journal: Journal, report: Report) -> Self:
        """Go on with a job that was cut off or stopped. Raises ``ReadOnlyAccount``, ``Busy``, ``JournalError``."""
        _refuse_read_only(account)
        application = cls(journal, job, account, report)
        journal.reopened(job)
        return application

    def stop(self, *, for_now: bool = False) -> None:
        """Begin no further step; those under way come to their end. ``for_now``: the job stays unfinished."""
        self._stopping = True
        self._for_now = for_now
        self._going.set()

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
            await self._round(kobo, gate, last=False)
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
        step.noted = self._notes.get(number, "")
        step.note = partial(self._note, number)
        return step

    def _note(self, number: int, text: str) -> None:
        self._journal.noted(self.job, number, text)
        self._notes[number] = text

    async def _chain(self, chain: Sequence[int], kobo: KoboClient, gate: asyncio.Semaphore, *, last: bool) -> None:
        """Steps one after another; what builds on a step that is not certain waits for the last round."""
        for number in chain:
            async with gate:
                await self._going.wait()
                if self._stopping or self._broken or self._lock.asked_to_stop:
                    return
                await self._do(number, kobo, last=last)
            if self._open(number, frozenset({State.WAITING}) if last else OPEN):
                return

    async def _do(self, number: int, kobo: KoboClient, *, last: bool) -> None:
        """One step: what is in doubt is asked of the server first, what has not happened is sent."""
        if doubtful := self._open(number, OPEN - {State.WAITING}):
            await asyncio.sleep(min(GRACE, max(0.0, self._since.get(number, 0.0) + GRACE - time.time())))
            step = self._step(number, doubtful)
            answers = await self._ask(step, step.found, kobo, State.DOUBT, last=last)
            known = {p: answer for p, answer in zip(doubtful, answers, strict=True) if answer is not None}
            self._settle(list(known), list(known.values()))
            todo = [position for position in self._open(number) if position not in known]
        else:
            todo = self._open(number)
        if todo:
            self._journal.started(self.job, todo)
            self._since[number] = time.time()
            step = self._step(number, todo)
            outcomes = await self._ask(step, step.send, kobo, State.FAILED, last=last)
            self._settle(todo, [outcome or Outcome(State.DOUBT) for outcome in outcomes])

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
            if isinstance(error, NotLoggedIn) or self._away >= DEAD_LINE:
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
        self._report(positions, outcomes)


def _refuse_read_only(account: Account) -> None:
    if account.read_only:
        raise ReadOnlyAccount(account.name)


def _away(error: KoboError) -> bool:
    """Whether nobody was there to decide: the step has not been refused, and may be tried later."""
    gateway = isinstance(error, ServerTrouble) and error.status in (502, 504)
    return gateway or isinstance(error, NotConnected | NotLoggedIn | TooBusy)
