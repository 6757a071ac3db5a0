"""Rows of a file that is brought in: what becomes of each, in a word, a sign and a style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kobotui.columns.words import number
from kobotui.locale import N_, _

LABELS = {
    "new": N_("to add"),
    "correction": N_("to correct"),
    "same": N_("unchanged"),
    "there": N_("there already"),
    "corrected": N_("there, corrected since"),
    "deleted": N_("deleted since"),
    "conflict": N_("conflict"),
}
"""By what becomes of a row; the order is that of the summary."""
SIGNS = {"new": "+", "correction": "~", "same": " ", "there": "=", "corrected": "=", "deleted": "-", "conflict": "!"}
STYLES = {"same": "dim", "there": "dim", "corrected": "warn", "deleted": "warn", "conflict": "bad"}


def fate_label(fate: str) -> str:
    """What becomes of a row, in words."""
    return _(LABELS[fate])


def facts(fates: Iterable[str]) -> str:
    """How many rows there are of each kind: ``12 to add, 3 to correct, 400 unchanged``."""
    counted = Counter(fates)
    parts = [f"{number(counted[fate])} {fate_label(fate)}" for fate in LABELS if counted[fate]]
    return ", ".join(parts) or _("no rows")
