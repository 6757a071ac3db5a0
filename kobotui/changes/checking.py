"""Validation statuses that are set one by one: what was set, what became of it, what can be taken back. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from kobotui.changes.outcome import Outcome, State
from kobotui.changes.submissions import SetValidation
from kobotui.model.submission import Submission, with_validation

if TYPE_CHECKING:
    from kobotui.model.project import Project

_BAD = frozenset({State.FAILED, State.CONFLICT})
_CERTAIN = _BAD | {State.DONE}


class Sign(Enum):
    """What there is to say about a record's status."""

    SENDING = "sending"
    """Set here; the server has not said yes so far."""
    FAILED = "failed"
    """Set here, and not done."""


class Mark(Struct, frozen=True):
    """The last status that was set on a record, as long as it is not simply what the server has."""

    sign: Sign
    change: SetValidation
    outcome: Outcome
    """Why it was not done; while it is on its way, why it waits."""


class _Set(Struct):
    """One status that was set, or taken back."""

    change: SetValidation
    outcome: Outcome = Outcome(State.WAITING)
    ended: bool = False
    """Whether nobody works on it any more."""
    takes_back: int | None = None
    """The place of the one that this takes back."""
    taken_back: bool = False
    sealed: bool = False


class Checking:
    """The statuses set since a list of records was opened, over as many jobs as it takes."""

    def __init__(self) -> None:
        self.job: int | None = None
        """The job that takes the next one; None: that begins another job."""
        self.away = ""
        """Why what was set waits, in a sentence; empty while the server is there."""
        self.of = 0
        """How many records the list had when the first one was set."""
        self.agreed = False
        """Whether it was agreed to that statuses are set at once on a production account."""
        self._sets: list[_Set] = []
        self._kept_from = self._counted_from = 0
        self._known: set[int] = set()
        self._jobs: dict[int, list[int]] = {}
        """Places of what each job at work was told, in its order."""
        self._last: dict[int, int] = {}
        """Place of the last one of a record, by ``_id``."""

    def change(self, project: Project, record: Submission, after: str | None) -> SetValidation | None:
        """The change that sets a status on a record as it is on the screen; None where it has that status."""
        seen = self.seen(record)
        if seen.validation == after:
            return None
        return SetValidation(
            project=project.uid,
            project_name=project.name,
            record=record.id,
            root_uuid=record.root_uuid,
            before=seen.validation,
            stamp=seen.validation_stamp[1],
            after=after,
        )

    def add(self, change: SetValidation, job: int, takes_back: int | None = None) -> None:
        """A job was told of a change, behind those before it; ``takes_back``: as :meth:`back` says."""
        self._known.add(job)
        self._jobs.setdefault(job, []).append(len(self._sets))
        self._last[change.record] = len(self._sets)
        self._sets.append(_Set(change, takes_back=takes_back))
        if takes_back is not None:
            self._sets[takes_back].taken_back = True

    def back(self) -> tuple[SetValidation, int] | None:
        """The inverse of the last status that was set and not taken back, and its place; None when there is none.

        What failed changed nothing, and what nobody works on any more waits in its job: both are passed over.
        """
        for place in range(len(self._sets) - 1, -1, -1):
            one = self._sets[place]
            lost = one.outcome.state in _BAD or (one.ended and one.outcome.state is not State.DONE)
            if one.sealed:
                return None
            if not (one.taken_back or one.takes_back is not None or lost):
                stamp = one.outcome.image.get("stamp")
                after = one.change.before
                return structs.replace(one.change, before=one.change.after, after=after, stamp=stamp), place
        return None

    def seal(self) -> None:
        """What was set so far is not taken back one by one any more: something else was done since."""
        for one in self._sets:
            one.sealed = True

    def knows(self, job: int) -> bool:
        """Whether it is one of these jobs, ended or not."""
        return job in self._known

    @property
    def jobs(self) -> frozenset[int]:
        """The jobs that have not ended."""
        return frozenset(self._jobs)

    def report(self, job: int, outcomes: Sequence[Outcome | None]) -> list[tuple[SetValidation, Outcome]]:
        """What a job says of its changes; those that have come to their end since the last report."""
        news = []
        self.away = next((one.reason for one in outcomes if one and one.state not in _CERTAIN and one.reason), "")
        for place, outcome in zip(self._jobs.get(job, ()), outcomes, strict=False):
            one = self._sets[place]
            if outcome is None or outcome == one.outcome:
                continue
            one.outcome = outcome
            if outcome.state in _CERTAIN:
                news.append((one.change, outcome))
            if outcome.state in _BAD and one.takes_back is not None:
                self._sets[one.takes_back].taken_back = False
        return news

    def ended(self, job: int, reason: str) -> list[SetValidation]:
        """Nobody works on a job any more; its changes that have not come to their end, which have ``reason`` now."""
        left = []
        for place in self._jobs.pop(job, ()):
            one = self._sets[place]
            one.ended = True
            if one.outcome.state not in _CERTAIN:
                one.outcome = Outcome(one.outcome.state, reason or one.outcome.reason, one.outcome.details)
                left.append(one.change)
        if self.job == job:
            self.job = None
        return left

    def mark(self, record: int) -> Mark | None:
        """What there is to say about a record, by ``_id``."""
        if (place := self._last.get(record)) is None or self._sets[place].outcome.state is State.DONE:
            return None
        one = self._sets[place]
        failed = one.ended or one.outcome.state in _BAD
        return Mark(Sign.FAILED if failed else Sign.SENDING, one.change, one.outcome)

    def seen(self, record: Submission) -> Submission:
        """A record with the status that is on its way to it; what failed leaves it as it is."""
        mark = self.mark(record.id)
        return with_validation(record, mark.change.after) if mark and mark.sign is Sign.SENDING else record

    # The list

    def renewed(self) -> None:
        """The list has been read anew: what failed has been seen, and what does not belong there any more is gone."""
        failed = {record for record in self._last if (mark := self.mark(record)) and mark.sign is Sign.FAILED}
        self._last = {record: place for record, place in self._last.items() if record not in failed}
        self._kept_from = len(self._sets)

    def another_list(self) -> None:
        """Other records are listed."""
        self.renewed()
        self._counted_from = len(self._sets)

    @property
    def kept(self) -> Sequence[int]:
        """The ``_id`` of those that were given a status since the list was read, the newest last."""
        return self._set_since(self._kept_from)

    @property
    def checked(self) -> int:
        """How many of the list were given a status."""
        return len(self._set_since(self._counted_from))

    def _set_since(self, place: int) -> Sequence[int]:
        found: dict[int, None] = {}
        for one in self._sets[place:]:
            if not (one.taken_back or one.takes_back is not None or one.outcome.state in _BAD):
                found.pop(one.change.record, None)
                found[one.change.record] = None
        return tuple(found)
