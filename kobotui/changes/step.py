"""A step: one request to the server (or one short run of them) and the changes it serves."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from kobotui.changes.change import Change
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.locale import _

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

C = TypeVar("C", bound=Change)

GRACE = 2.0
"""Seconds after which a request that was cut off has most likely been carried out, or never will be."""
SECONDS_PER_REQUEST = 0.2
"""What a request takes on a usual line, for the estimate."""
SERVER_LIMIT = 125.0
"""Seconds that the server gives itself for a request: after them it is certain."""


class Conflict(Exception):
    """``before`` no longer holds: somebody else changed it meanwhile."""

    def __init__(self, now: str) -> None:
        super().__init__(now)
        self.now = now
        """The state found on the server, in words."""

    @property
    def sentence(self) -> str:
        """The conflict in a sentence."""
        return _("Changed by somebody else meanwhile; it is now: {now}").format(now=self.now)


def _unchanged(uuid: str) -> str:
    return uuid


class Step(ABC, Generic[C]):
    """Serves its changes: reads what it is about to change, changes it, reads the result back."""

    once: ClassVar[bool] = False
    """Whether doing it twice makes two things: it is not sent again before the server's time for the first is over."""

    announces: ClassVar[bool] = False
    """Whether it remembers something before its first write in any case: a cut before that was nothing."""

    mark = ""
    """Names job and step on the server, for what can be found again by nothing else."""
    known: Mapping[str, Any] = {}
    """What this step remembered, in this run or an earlier one."""
    sent = False
    """Whether a write has been carried out: whatever fails afterwards leaves the step in doubt."""
    keep: Callable[[Mapping[str, Any]], None] = staticmethod(lambda _known: None)
    """Writes what is known into the journal."""
    latest: Callable[[str], str] = staticmethod(_unchanged)
    """The ``_uuid`` that a record has by this job's own corrections, by the one it was planned with."""

    place: Path | None = None
    """The state directory that belongs to the journal: below it a step may keep files."""

    def __init__(self, *changes: C) -> None:
        self.changes = changes

    def remember(self, **facts: Any) -> None:
        """Write down, before it matters, what this step needs to know after a cut."""
        self.known = {**self.known, **facts}
        self.keep(self.known)

    def about_to_send(self, **facts: Any) -> None:
        """Remember that a write goes out now: what was never sent has not happened."""
        self.remember(at=time.time(), **facts)

    @property
    def order(self) -> str:
        """Steps with the same key run one after another, in the plan's order."""
        return self.changes[0].project

    @property
    def requests(self) -> int:
        """How many requests it takes, for the review's estimate."""
        return 2

    @property
    def seconds(self) -> float:
        """How long it takes on a usual line, for the review's estimate."""
        return self.requests * SECONDS_PER_REQUEST

    @property
    def patience(self) -> float:
        """Seconds for which a write that was cut off may still be happening on the server."""
        return SERVER_LIMIT if self.once and "at" in self.known else GRACE

    @abstractmethod
    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        """Do it: one outcome per change, in their order.

        Raises ``Conflict`` when what it expects no longer holds, and ``api.errors.KoboError`` when
        the server or the line refuses; both are then the outcome of every change of this step.
        """

    @abstractmethod
    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """Ask the server whether this step, cut off in the middle, has happened: one answer per change.

        An outcome where that is certain, ``DOUBT`` where nobody can tell, None where it has not
        happened and may be sent. Raises ``KoboError``.
        """

    @abstractmethod
    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[C]:
        """The changes as they would be planned from the server's state of now, for what ended as a conflict.

        ``force``: end in exactly the state that was wanted; otherwise only the intended difference is
        made to what is there now. What is gone, or is as wanted already, is left out. Raises ``KoboError``.
        """

    async def refusals(self, reader: KoboClient) -> Sequence[Outcome | None]:
        """What would not be done if this were sent now, and why: one answer per change, None for what would be done.

        ``reader`` belongs to an account that cannot write: what is read before the first write tells, and that write
        is refused. Raises ``KoboError``.
        """
        from kobotui.api.errors import ReadOnlyAccount

        assert reader.account.read_only
        try:
            return await self.send(reader)
        except Conflict as conflict:
            return self.outcomes(Outcome(State.CONFLICT, conflict.sentence))
        except ReadOnlyAccount:
            return [None] * len(self.changes)

    def outcomes(self, outcome: Outcome = DONE) -> list[Outcome]:
        """The same outcome for every change."""
        return [outcome] * len(self.changes)


def failed(reason: str, details: str = "") -> Outcome:
    """A failure with its reason in a sentence."""
    return Outcome(State.FAILED, reason, details)


def without_effect() -> Outcome:
    """The server said yes and did nothing."""
    return failed(_("The server accepted this without effect."))


def doubtful(reason: str) -> Outcome:
    """An end that nobody can tell, with what is known in a sentence."""
    return Outcome(State.DOUBT, reason)
