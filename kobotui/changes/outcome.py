"""What became of a change."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct


class State(StrEnum):
    """The end of a change, and of the step that served it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CONFLICT = "conflict"
    DOUBT = "doubt"
    """Sent, and no telling whether the server did it."""


SETTLED = frozenset({State.DONE, State.FAILED, State.CONFLICT, State.DOUBT})


class Outcome(Struct, frozen=True):
    """A state, the reason in a sentence, and what the server made of it."""

    state: State
    reason: str = ""
    details: str = ""
    """Method, path, status and trimmed body of a failure; never a token."""
    made: str = ""
    """Uid or id of what was created."""
    image: dict[str, Any] = {}
    """What undoing needs to know of the state afterwards: ``uuid``, ``stamp``, ``version``."""


DONE = Outcome(State.DONE)
