"""Same records in words: the list of their groups, and records side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.record import record_cells
from kobotui.columns.words import day_and_time, number, parsed, validation_short
from kobotui.locale import _, ngettext
from kobotui.model.answer import answer_text
from kobotui.model.form import META
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kobotui.model.form import Form
    from kobotui.model.same_records import Compared, Group
    from kobotui.model.submission import Submission

DIFFERS = "!="
"""Beside what is not the same."""
_NAMED = 8
"""Questions named on one line."""


def same_columns() -> tuple[Column, ...]:
    """The list of groups."""
    return (
        Column("record", _("Record"), 14, priority=100),
        Column("sent", _("Sent"), 12, priority=90),
        Column("by", _("By"), 10, priority=80),
        Column("valid", _("Valid."), 6, priority=70),
        Column("what", _("What differs"), 20, priority=60, flexible=True),
    )


def group_cells(group: Group, form: Form, paths: Sequence[str], language: int | None) -> tuple[Cell, ...]:
    """The heading of a group: how many, and what they have in common."""
    n = len(group.records)
    head = Cell(ngettext("{n} record", "{n} records", n).format(n=number(n)), "heading")
    return head, Cell(""), Cell(""), Cell(""), Cell(_in_common(group.records[0], form, paths, language), "heading")


def _in_common(record: Submission, form: Form, paths: Sequence[str], language: int | None) -> str:
    if not paths:
        return _("one and the same: {uuid}").format(uuid=shown(record.root_uuid or record.uuid))
    texts = (answer_text(form, form.questions.get(path), record.answer(path), language) for path in paths)
    return "; ".join(text or "-" for text in texts)


def member_cells(record: Submission, lines: Sequence[Compared], place: int, now: datetime) -> tuple[Cell, ...]:
    """One record of a group: ``lines`` are the group side by side, the record at ``place`` in it."""
    sent = parsed(record.submitted)
    first = place == 0
    different = [one.line for one in lines if one.differs and _unlike_first(one, place)]
    different.sort(key=lambda line: bool(line.question and line.question.type in META))  # the device's own last
    names = [shown(line.label) for line in different]
    more = len(names) - _NAMED
    what = ", ".join(names[:_NAMED]) + (f" +{more}" if more > 0 else "")
    return (
        Cell(f"  {record.id}"),
        Cell(day_and_time(sent, now) if sent else shown(record.submitted), "dim"),
        Cell(shown(record.submitted_by or "-"), "dim"),
        Cell(validation_short(record.validation), "dim"),
        Cell(_("(the oldest)"), "dim") if first else Cell(what) if what else Cell(_("no answer"), "dim"),
    )


def _unlike_first(one: Compared, place: int) -> bool:
    return one.texts[place] != one.texts[0] or (one.line.kind == "repeat" and not one.texts[place])


def compare_columns(records: Sequence[Submission], now: datetime) -> tuple[Column, ...]:
    """A sign, the question, and a column for each record."""
    return (
        Column("sign", "", 2, priority=100),
        Column("question", _("Question"), 26, priority=100),
        *(Column(str(record.id), f"{record.id}  {_when(record, now)}", 26) for record in records),
    )


def _when(record: Submission, now: datetime) -> str:
    sent = parsed(record.submitted)
    parts = [day_and_time(sent, now) if sent else "", shown(record.submitted_by or "")]
    parts += [validation_short(record.validation)] if record.validation else []
    return " ".join(part for part in parts if part)


def compare_cells(one: Compared) -> tuple[Cell, ...]:
    """A line of records side by side."""
    label = record_cells(one.line)[0]
    if one.line.kind == "group":
        return Cell(""), label
    style = "warn" if one.differs else ""
    texts = [Cell(text or "-", style if text else "dim") for text in one.texts]
    if one.line.kind == "repeat":
        texts = [Cell(_("there") if text else "-", style) for text in one.texts]
    return Cell(DIFFERS if one.differs else "", "warn"), label, *texts
