"""The outline of a form: questions with type, label, choices, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.form import Group
from kobotui.model.text import shown

if TYPE_CHECKING:
    from kobotui.model.form import Form, Node

_DEEPEST = 8
_CHOICES_SHOWN = 12


def outline_columns() -> tuple[Column, ...]:
    """Label, name, type, required, choices or conditions."""
    return (
        Column("label", _("Question"), 28, priority=100, flexible=True),
        Column("name", _("Name"), 14, priority=80),
        Column("type", _("Type"), 15, priority=90),
        Column("required", _("Req."), 4, priority=70),
        Column("details", _("Choices, conditions"), 24, priority=60),
    )


def outline_cells(form: Form, node: Node, language: int | None = None) -> tuple[Cell, ...]:
    """One row of the outline; ``language`` None: names in place of labels."""
    item = node.item
    label = "  " * min(node.depth, _DEEPEST) + shown(form.label(item, language))
    if isinstance(item, Group):
        kind = _("repeat") if item.repeats else _("group")
        return Cell(label, "heading"), Cell(shown(item.name), "dim"), Cell(kind, "heading"), Cell(""), Cell("")
    choices = form.choices_of(item)
    labels = [form.choice_label(item.list_name, choice.name, language) for choice in choices[:_CHOICES_SHOWN]]
    more = [f"+{len(choices) - _CHOICES_SHOWN}"] if len(choices) > _CHOICES_SHOWN else []
    conditions = [item.constraint, item.calculation, item.relevant and f"? {item.relevant}"]
    details = "; ".join(filter(None, [", ".join(labels + more) or item.list_name or "", *conditions]))
    return (
        Cell(label, "" if item.answerable else "dim"),
        Cell(shown(item.name), "dim"),
        Cell(shown(item.type)),
        Cell("*" if item.required else "", "warn"),
        Cell(shown(details), "dim"),
    )
