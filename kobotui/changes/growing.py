"""A job that grows while it is at work: each change is done as soon as it has come, and the job ends when told to."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kobotui.changes.apply import DEAD_LINE, GLANCE, LONGEST_GLANCE, OPEN, Application, Report
from kobotui.changes.kinds import AnyChange, grouped
from kobotui.changes.outcome import State

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.changes.journal import Entry, Journal
    from kobotui.changes.lock import JobLock


class GrowingJob(Application):
    """One job to which changes come until :meth:`finish`; what waits while a request is under way goes out together.

    A change is in the journal before it is sent, as in every job. A server that is out of reach is tried again for as
    long as the job is open: what has come waits. After a cut the job is gone on with like any other.
    """

    def __init__(self, journal: Journal, job: int, lock: JobLock, entries: Sequence[Entry], report: Report) -> None:
        self._came = asyncio.Event()
        self._finished = False
        self._over = False
        super().__init__(journal, job, lock, entries, report)

    def append(self, changes: Sequence[AnyChange]) -> bool:
        """Take up more changes, the next positions of the job; False when it takes none any more.

        Raises ``JournalError``: then they are not written down, and will not be done.
        """
        if self._over or self._finished or self._ending:
            return False
        self._take_up(self._journal.grow(self.job, changes))
        self._came.set()
        return True

    def finish(self) -> None:
        """Nothing more comes: the job ends when all has come to its end."""
        self._finished = True
        self._came.set()

    def stop(self, *, for_now: bool = False) -> None:
        super().stop(for_now=for_now)
        self._came.set()

    @property
    def _dead_line(self) -> float:
        return DEAD_LINE if self._finished else math.inf

    async def _rounds(self, kobo: KoboClient, gate: asyncio.Semaphore) -> None:
        glance = GLANCE
        try:
            while not self._ending:
                self._came.clear()
                self._join()
                await self._round(kobo, gate, last=False)
                if any(outcome.state in OPEN for outcome in self.outcomes):
                    if self._finished and not self._came.is_set():
                        return  # the last round is left
                    await self._something(glance)
                    glance = min(glance * 1.5, LONGEST_GLANCE) if self._away else GLANCE
                elif self._finished:
                    return
                else:
                    while not self._ending and not await self._something(GLANCE):
                        pass
        finally:
            self._over = True

    async def _something(self, seconds: float) -> bool:
        """Let time pass until something has come; False when nothing has."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), seconds)
        return self._came.is_set()

    def _join(self) -> None:
        """What waits and was never sent is served by as few steps as will do."""
        numbers = [number for number in sorted(self._steps) if number not in self._notes and self._waits(number)]
        step_at = {position: number for number in numbers for position in self._steps[number]}
        positions = sorted(step_at)
        groups = [[positions[place] for place in group] for group in grouped([self._changes[p] for p in positions])]
        for number in numbers:
            del self._steps[number]
        for group in groups:
            number = step_at[group[0]]
            if any(step_at[position] != number for position in group):
                self._journal.joined(self.job, number, group)
            self._steps[number] = group

    def _waits(self, number: int) -> bool:
        return all(self.outcomes[position].state is State.WAITING for position in self._steps[number])
