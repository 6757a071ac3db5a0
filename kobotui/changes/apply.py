"""Carry a plan out: journalled before and after each step, a bounded number of steps at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from kobotui.api.errors import KoboError, ReadOnlyAccount
from kobotui.changes.journal import Journal
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


class Busy(LocalError):
    """Another kobotui works on the job."""


class Application:
    """One job at work: a plan being applied for the first time, or gone on with after a cut."""

    def __init__(self, journal: Journal, job: int, account: Account, report: Report) -> None:
        """Use ``begin`` or ``resume``. Takes the job's lock; raises ``Busy`` when another process has it."""
        self.job = job
        self.outcomes = [entry.outcome for entry in journal.entries(job)]
        self._journal = journal
        self._report = report
        self._stopping = False
        self._going = asyncio.Event()
        self._going.set()
        entry = journal.job(job)
        self._lock = JobLock(journal.path, entry.mark)
        if not self._lock.take():
            raise Busy(_("Another kobotui is working on “{title}”.").format(title=entry.title))
        notes = journal.notes(job)
        self._steps: dict[int, tuple[Step[Any], list[int]]] = {}
        by_step: dict[int, list[int]] = {}
        entries = journal.entries(job)
        for change in entries:
            by_step.setdefault(change.step, []).append(change.position)
        for number, positions in by_step.items():
            step = step_of([entries[position].change for position in positions])
            step.mark = f"{entry.mark}-{number}"
            step.noted = notes.get(number, "")
            step.note = partial(journal.noted, job, number)
            self._steps[number] = step, positions

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

    def stop(self) -> None:
        """Begin no further step; those under way come to their end."""
        self._stopping = True
        self._going.set()

    def pause(self, paused: bool) -> None:
        """Begin no further step until told to go on."""
        if paused:
            self._going.clear()
        else:
            self._going.set()

    async def run(self, kobo: KoboClient, *, concurrency: int = 4) -> None:
        """Do what is open: the steps of one project in order, ``concurrency`` projects at a time."""
        chains: dict[str, list[int]] = {}
        for number in sorted(self._steps):
            chains.setdefault(self._steps[number][0].order, []).append(number)
        gate = asyncio.Semaphore(concurrency)
        try:
            async with asyncio.TaskGroup() as tasks:
                for chain in chains.values():
                    tasks.create_task(self._chain(chain, kobo, gate))
            await self._chain(self._doubtful(), kobo, gate)  # the line may be back
            self._journal.ended(self.job)
        finally:
            self._lock.release()

    def _doubtful(self) -> list[int]:
        """Steps that ended in doubt."""
        return [
            number
            for number, (_step, positions) in sorted(self._steps.items())
            if any(self.outcomes[position].state is State.DOUBT for position in positions)
        ]

    async def _chain(self, chain: Sequence[int], kobo: KoboClient, gate: asyncio.Semaphore) -> None:
        for number in chain:
            async with gate:
                await self._going.wait()
                if self._stopping or self._lock.asked_to_stop:
                    return
                await self._step(number, kobo)

    async def _step(self, number: int, kobo: KoboClient) -> None:
        """One step: what is in doubt is asked of the server first, what has not happened is sent."""
        whole, positions = self._steps[number]
        todo = [position for position in positions if self.outcomes[position].state in OPEN]
        doubtful = [position for position in todo if self.outcomes[position].state is not State.WAITING]
        if doubtful:
            part = self._part(whole, positions, doubtful)
            answers = await _guarded(part, part.found, kobo)
            known = [(p, answer) for p, answer in zip(doubtful, answers, strict=True) if answer is not None]
            self._settle([p for p, _answer in known], [answer for _p, answer in known])
            todo = [position for position in todo if position not in {p for p, _answer in known}]
        if todo:
            self._journal.started(self.job, number)
            part = self._part(whole, positions, todo)
            outcomes = await _guarded(part, part.send, kobo)
            self._settle(todo, [outcome or Outcome(State.DOUBT) for outcome in outcomes])

    @staticmethod
    def _part(step: Step[Any], positions: Sequence[int], todo: Sequence[int]) -> Step[Any]:
        """The step for some of its changes only."""
        if len(todo) == len(positions):
            return step
        part = step_of([change for p, change in zip(positions, step.changes, strict=True) if p in todo])
        part.mark, part.noted, part.note = step.mark, step.noted, step.note
        return part

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


async def _guarded(step: Step[Any], ask: Ask, kobo: KoboClient) -> list[Outcome | None]:
    """What a step answers, whatever happens to it short of the process being ended."""
    try:
        return list(await ask(kobo))
    except Conflict as conflict:
        outcome = Outcome(State.CONFLICT, conflict.sentence)
    except KoboError as error:
        doubt = error.in_doubt or (step.sent and error.method == "GET")
        outcome = Outcome(State.DOUBT if doubt else State.FAILED, error.sentence, error.details())
    except Exception as error:  # one broken step must not take the others of the plan with it
        name = type(error).__name__
        outcome = Outcome(State.DOUBT, _("kobotui itself failed here: {error}").format(error=name), repr(error))
    return [outcome] * len(step.changes)
