"""Carry a plan out: journalled before and after each step, a bounded number of steps at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kobotui.api.errors import KoboError, ReadOnlyAccount
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import steps_for
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.plan import Plan
from kobotui.changes.step import Conflict, Step
from kobotui.locale import _
from kobotui.model.account import Account

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

Report = Callable[[Sequence[int], Sequence[Outcome]], None]
"""Called in the job's loop with positions of changes and what became of them."""


class Application:
    """One plan being applied."""

    def __init__(self, plan: Plan, account: Account, journal: Journal, report: Report) -> None:
        """Raises ``ReadOnlyAccount`` before anything is written down or sent."""
        if account.read_only:
            raise ReadOnlyAccount(account.name)
        self.plan = plan
        self._journal = journal
        self._report = report
        self._stopping = False
        self._steps = steps_for(plan.changes)
        place = {id(change): position for position, change in enumerate(plan.changes)}
        self._positions = [[place[id(change)] for change in step.changes] for step in self._steps]
        self.job = journal.begin(plan, self._positions)

    def stop(self) -> None:
        """Begin no further step; those under way come to their end."""
        self._stopping = True

    async def run(self, kobo: KoboClient, *, concurrency: int = 4) -> None:
        """Apply all steps: those of one project in order, ``concurrency`` projects at a time."""
        chains: dict[str, list[int]] = {}
        for number, step in enumerate(self._steps):
            chains.setdefault(step.order, []).append(number)
        gate = asyncio.Semaphore(concurrency)
        try:
            async with asyncio.TaskGroup() as tasks:
                for chain in chains.values():
                    tasks.create_task(self._chain(chain, kobo, gate))
        finally:
            self._journal.ended(self.job)

    async def _chain(self, chain: Sequence[int], kobo: KoboClient, gate: asyncio.Semaphore) -> None:
        for number in chain:
            async with gate:
                if self._stopping:
                    return
                self._journal.started(self.job, number)
                outcomes = await _send(self._steps[number], kobo)
                positions = self._positions[number]
                self._journal.settled(self.job, positions, outcomes)
                self._report(positions, outcomes)


async def _send(step: Step[Any], kobo: KoboClient) -> Sequence[Outcome]:
    """The outcomes of a step, whatever happens to it short of the process being ended."""
    try:
        return await step.send(kobo)
    except Conflict as conflict:
        return step.outcomes(Outcome(State.CONFLICT, conflict.sentence))
    except KoboError as error:
        state = State.DOUBT if error.in_doubt else State.FAILED
        return step.outcomes(Outcome(state, error.sentence, error.details()))
    except Exception as error:  # one broken step must not take the others of the plan with it
        name = type(error).__name__
        return step.outcomes(
            Outcome(State.DOUBT, _("kobotui itself failed here: {error}").format(error=name), repr(error))
        )
