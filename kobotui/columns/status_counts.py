"""How far records are checked, a line for each sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number, validation_label
from kobotui.locale import _
from kobotui.model.status_counts import STATUSES
from kobotui.model.text import cell_width, shown

if TYPE_CHECKING:
    from kobotui.model.status_counts import Checked

HEADING = ("sender", "records", "none", "approved", "not_approved", "on_hold", "other", "checked_percent")
"""The columns of the file, the same in every language."""
_STYLES = ("", "good", "bad", "warn", "")


def count_columns(*, other: bool) -> tuple[Column, ...]:
    """``other``: whether there are statuses that KoboToolbox does not have."""
    titles = [_("No status"), *map(validation_label, STATUSES[1:-1]), _("Other")]
    counted = [
        Column(title, title, max(6, cell_width(title)), right=True, priority=5)
        for title in (titles if other else titles[:-1])
    ]
    return (
        Column("sender", _("Sent by"), 12, flexible=True, priority=9),
        Column("records", _("Records"), 8, right=True, priority=7),
        *counted,
        Column("share", _("Checked"), 8, right=True, priority=8),
    )


def count_cells(one: Checked, *, other: bool, whole: bool = False) -> tuple[Cell, ...]:
    """One sender, or the whole."""
    name = _("all") if whole else shown(one.username) if one.username else _("nobody logged in")
    style = "bright" if whole else ""
    counts = [Cell(number(n), style if n else "dim") for n, style in zip(one.counts, _STYLES, strict=True)]
    return (
        Cell(name, style),
        Cell(number(one.records), style),
        *(counts if other else counts[:-1]),
        Cell(f"{int(100 * one.share)} %", style),
    )


def count_row(one: Checked) -> tuple[str | int, ...]:
    """One sender as a row of the file."""
    return (one.username or "", one.records, *one.counts, int(100 * one.share))
