"""A change: one intended difference, as a value without I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from kobotui.changes.outcome import Outcome
from kobotui.locale import _
from kobotui.model.tier import Tier


class Undo(StrEnum):
    """What undoing a kind of change gives back."""

    EXACT = "exact"
    EQUIVALENT = "equivalent"
    """The same to whoever uses the project, but for a new version, a new time, or a trace left behind."""
    IMPOSSIBLE = "impossible"


class Impossible(Struct, frozen=True):
    """Why a change has no inverse."""

    reason: str


class Change(Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What it touches, the state it expects, the state it wants; each kind adds its own ``before``/``after``.

    Values keep the server's text as it came. Whoever shows ``line`` or ``before_text`` cleans it with
    ``model.text.shown``.
    """

    project: str
    """Uid of the project it touches; empty for a project that does not exist yet."""
    project_name: str

    tier: ClassVar[Tier] = Tier.REVERSIBLE
    sign: ClassVar[str] = "~"
    """``+`` makes something, ``-`` takes something away, ``~`` alters something."""
    undo: ClassVar[Undo] = Undo.EXACT
    """What undoing this kind of change gives back, all being well."""

    @property
    def gives_back(self) -> Undo:
        """What undoing this very change gives back."""
        return self.undo

    def line(self) -> str:
        """The change in one line, without the project's name."""
        raise NotImplementedError

    def before_text(self) -> str:
        """The state it expects, in words."""
        return ""

    def after_text(self) -> str:
        """The state it wants, in words."""
        return ""

    def differences(self) -> tuple[str, ...]:
        """What differs, one line each, where that is more than ``before_text`` and ``after_text`` can say."""
        return ()

    def warnings(self) -> tuple[str, ...]:
        """What somebody should know before this is done."""
        return ()

    def side_effects(self) -> tuple[str, ...]:
        """What the server does besides: implied rights gained or lost."""
        return ()

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        """The change that takes this one back after it ended so, or why there is none."""
        return Impossible(_("This cannot be taken back."))

    @property
    def destroys(self) -> int:
        """How many things the server has no more afterwards; asked for in numbers before it is done."""
        return 0
