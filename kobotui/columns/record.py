"""One record as question and answer, and its last line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import ago, day_and_time, parsed, validation_label
from kobotui.locale import _
from kobotui.model.form import MEDIA, META
from kobotui.model.text import shown

if TYPE_CHECKING:
    from kobotui.model.record import Line
    from kobotui.model.submission import Submission

LAST = 2**35
"""Seconds since 1970 up to which there are dates: beyond the year 3000."""
_DEEPEST = 8
"""Levels of indentation that are drawn; deeper ones stand there too."""


def record_columns() -> tuple[Column, ...]:
    """Question, answer, what there is to say about it."""
    return (
        Column("question", _("Question"), 30, priority=100),
        Column("answer", _("Answer"), 24, priority=90, flexible=True),
        Column("note", "", 20, priority=10),
    )


def record_cells(line: Line, problem: str = "") -> tuple[Cell, ...]:
    """One line; ``problem``: why the answer does not fit its question, or what happened to it."""
    label = "  " * min(line.depth, _DEEPEST) + shown(line.label)
    note = Cell(f"! {shown(problem)}", "warn") if problem else Cell("")
    match line.kind:
        case "group":
            return Cell(label, "heading"), Cell(""), note
        case "repeat":
            return Cell(f"{label} {line.text}", "heading"), Cell(""), note
        case "unknown":
            return Cell(label, "dim"), Cell(line.text or "-"), note if problem else Cell(_("not in the form"), "dim")
    style = "dim" if line.question and line.question.type in META else ""
    if not line.text:
        return Cell(label, style), Cell("-", "dim"), note
    if line.question and line.value and line.question.type in MEDIA and not line.attachment:
        note = note if problem else Cell(_("no file"), "warn")
    return Cell(label, style), Cell(line.text, "accent" if line.attachment else style), note


def record_footer(record: Submission, now: datetime, version: str = "") -> str:
    """``sent 23 Nov 09:51 by carol, version v12, id 104231, root 7c1e..., Approved``."""
    sent = parsed(record.submitted)
    parts = [
        _("sent {when} by {user}").format(
            when=day_and_time(sent, now) if sent else shown(record.submitted) or "-",
            user=shown(record.submitted_by) if record.submitted_by else _("nobody logged in"),
        ),
        _("version {version}").format(version=shown(version or record.version) or "-"),
        _("id {id}").format(id=record.id),
        _("root {uuid}").format(uuid=shown(record.root_uuid)[:8] or "-"),
    ]
    return ", ".join(parts + ([_status(record, now)] if record.validation else []))


def _status(record: Submission, now: datetime) -> str:
    """``Approved by ana 2 h ago``, as far as the server says."""
    label = validation_label(record.validation)
    who = record.raw["_validation_status"].get("by_whom")
    _uid, stamp = record.validation_stamp
    if not isinstance(who, str) or not who or stamp is None or not 0 <= stamp < LAST:
        return label
    when = ago(datetime.fromtimestamp(stamp, UTC), now)
    return _("{status} by {user} {when}").format(status=label, user=shown(who), when=when)
