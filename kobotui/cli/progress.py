"""How far a job is: one line on standard error, painted over itself; nothing where that is no terminal."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.changes.apply import OPEN
from kobotui.changes.outcome import State
from kobotui.changes.result import progress, summary_parts
from kobotui.cli.status_line import StatusLine
from kobotui.columns.words import duration
from kobotui.jobs import REPORTS_PER_SECOND, JobState
from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.changes.outcome import Outcome
    from kobotui.changes.plan import Plan

BAD = (State.FAILED, State.CONFLICT, State.DOUBT)


class Progress:
    """Takes the reports of one job."""

    def __init__(self, plan: Plan) -> None:
        self._line = StatusLine()
        self._outcomes: list[Outcome | None] = []
        self._painted = 0.0
        self.stopping = False
        self._job = JobState(
            number=1,
            title=plan.title,
            account=plan.account,
            begun=datetime.now(UTC),
            plan=plan,
            total=len(plan.changes),
            outcomes=(),
        )

    def begin(self, outcomes: Sequence[Outcome]) -> None:
        """What is known before the first step: much, where a job is gone on with."""
        self._outcomes = [None if outcome.state in OPEN else outcome for outcome in outcomes]
        known = sum(outcome is not None for outcome in self._outcomes)
        self._job = structs.replace(self._job, known=known, started=time.monotonic())
        self._paint()

    def report(self, positions: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        """Some changes have come to their end."""
        for position, outcome in zip(positions, outcomes, strict=True):
            self._outcomes[position] = outcome
        if time.monotonic() - self._painted >= 1 / REPORTS_PER_SECOND:
            self._paint()

    def leave_line(self) -> None:
        """Something else is about to be written."""
        self._line.leave()

    def end(self) -> None:
        """The last state of the line, which stays."""
        self._job = structs.replace(self._job, running=False)
        self._paint()
        self.leave_line()

    def _paint(self) -> None:
        if not self._line.painting:
            return
        self._painted = now = time.monotonic()
        job = structs.replace(self._job, outcomes=tuple(self._outcomes), seconds=now - self._job.started)
        parts = [progress(job.settled, job.total), *summary_parts({state: job.count(state) for state in BAD})]
        if job.rate is not None:
            parts.append(_("{n} per s").format(n=f"{job.rate:.1f}"))
        if self.stopping and job.running:
            parts.append(_("stopping"))
        elif job.seconds_left is not None:
            parts.append(_("{time} left").format(time=duration(job.seconds_left)))
        self._line.paint(", ".join(parts))
