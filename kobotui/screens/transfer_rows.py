"""Exports and downloads as rows of the list of jobs, and how one ended in a sentence."""

from __future__ import annotations

from datetime import datetime

from kobotui.columns.cell import Cell
from kobotui.columns.words import day_and_time, number, size
from kobotui.exports.progress import Progress
from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.transfers import TransferState
from kobotui.widgets.rows import Row

BAR = 12


def transfer_row(transfer: TransferState, now: datetime) -> Row:
    """A transfer of this run."""
    received = transfer.received
    if transfer.running:
        state, style = _bar(transfer), "accent"
    elif received is None:
        state, style = shown(transfer.error) or _("broken off"), "bad"
    else:
        state, style = (_("done"), "good") if received.whole else (_("not complete"), "warn")
    return Row(
        f"fetch {transfer.number}",
        (
            Cell(day_and_time(transfer.begun, now), "dim"),
            Cell(shown(transfer.title), "bright" if transfer.running else ""),
            Cell(state, style),
            Cell(_amount(transfer.progress)),
            Cell(_("{n} s").format(n=round(transfer.seconds))),
            Cell(shown(transfer.account)),
        ),
    )


def _bar(transfer: TransferState) -> str:
    if transfer.share is None:
        return _("running")
    full = int(BAR * transfer.share)
    return f"[{'#' * full}{'-' * (BAR - full)}] {int(100 * transfer.share)} %"


def _amount(progress: Progress | None) -> str:
    if progress is None:
        return ""
    if progress.unit == "bytes":
        return size(progress.done)
    if progress.total is None:
        return number(progress.done)
    return _("{done} of {total}").format(done=number(progress.done), total=number(progress.total))


def transfer_text(transfer: TransferState) -> tuple[str, str]:
    """Everything known of a transfer: how it stands, and its files."""
    received = transfer.received
    if received is None:
        return transfer.error or _("running"), _amount(transfer.progress)
    return received.sentence, "\n".join(map(str, received.files))


def said(transfer: TransferState) -> tuple[str, str]:
    """How a transfer ended, in a sentence, and the severity it is said with."""
    title = shown(transfer.title)
    if transfer.received is None:
        return f"{title}: {shown(transfer.error)}", "error"
    text = f"{title}: {shown(transfer.received.sentence)}"
    return text, "information" if transfer.received.whole else "warning"
