"""How far a job is: one line on standard error, painted over itself; nothing where that is no terminal."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.changes.apply import OPEN
from kobotui.changes.outcome import State
from kobotui.changes.result import progress, summary_parts
from kobotui.cli.output import tell
from kobotui.columns.words import duration
from kobotui.jobs import REPORTS_PER_SECOND, JobState
from kobotui.locale import _
from kobotui.model.text import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.changes.outcome import Outcome
    from kobotui.changes.plan import Plan

BAD = (State.FAILED, State.CONFLICT, State.DOUBT)


class Progress:
    """Takes the reports of one job."""

    def __init__(self, plan: Plan) -> None:
        self._painting = sys.stderr.isatty()
        self._outcomes: list[Outcome | None] = []
        self._painted = 0.0
        self._width = 0
        """Of what stands on the line."""
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
        if self._width:
            self._write("\n")
            self._width = 0

    def end(self) -> None:
        """The last state of the line, which stays."""
        self._job = structs.replace(self._job, running=False)
        self._paint()
        self.leave_line()

    def _paint(self) -> None:
        if not self._painting:
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
        text = fit(", ".join(parts), _columns() - 1)
        self._write(f"\r{text}{' ' * (self._width - len(text))}")
        self._width = len(text)

    def _write(self, text: str) -> None:
        if self._painting:
            tell(text)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
