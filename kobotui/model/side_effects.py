"""What a change of one user's rights means: what comes for its own sake, what comes along, what goes."""

from __future__ import annotations

from msgspec import Struct

from kobotui.model.access import Rights, Rule, ordered


class SideEffects(Struct, frozen=True):
    """What changes for one user, told apart by cause; tuples are in the order of the sharing screen."""

    gained: tuple[str, ...]
    """Granted for their own sake."""
    implied: tuple[str, ...]
    """Granted because a right in ``gained``, or the new row rule, brings them along."""
    lost: tuple[str, ...]
    """Removed, also because a right they need goes."""
    rules_before: tuple[Rule, ...]
    rules_after: tuple[Rule, ...]
    arrives: bool
    leaves: bool

    @property
    def rule_changed(self) -> bool:
        """Whether a row rule comes, goes or is replaced."""
        return self.rules_before != self.rules_after


def side_effects(before: Rights, after: Rights) -> SideEffects:
    """What it means for one user that ``before`` becomes ``after``."""
    new = after.full - before.full
    along = {codename for codename in new if after.implied(codename)}
    return SideEffects(
        gained=tuple(ordered(new - along)),
        implied=tuple(ordered(along)),
        lost=tuple(ordered(before.full - after.full)),
        rules_before=before.rules,
        rules_after=after.rules,
        arrives=not before and bool(after),
        leaves=bool(before) and not after,
    )
