"""The outline of a form: questions with type, label, choices, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.form import META, SILENT, Group, Question
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kobotui.model.form import Form, Labels, Node

_DEEPEST = 8
_CHOICES_SHOWN = 12


def outline_columns() -> tuple[Column, ...]:
    """Label, name, type, required, choices or conditions."""
    return (
        Column("label", _("Question"), 28, priority=100, flexible=True),
        Column("name", _("Name"), 14, priority=80),
        Column("type", _("Type"), 15, priority=90),
        Column("required", _("Req."), 4, priority=70),
        Column("details", _("Choices, conditions"), 24, priority=60, flexible=True),
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
        Cell(label, "" if item.answerable and item.type not in META else "dim"),
        Cell(shown(item.name), "dim"),
        Cell(shown(item.type)),
        Cell("*" if item.required else "", "warn"),
        Cell(shown(details), "dim"),
    )


def asked(form: Form) -> int:
    """How many questions somebody answers: not what the device records by itself, nor notes."""
    return sum(question.type not in META | SILENT for question in form.questions.values())


def item_lines(form: Form, item: Question | Group) -> list[str]:
    """Everything the form says of a question or group, in all its languages."""
    lines = [_("{path}, {type}").format(path=item.path, type=_type_of(item))]
    lines += _in_languages(form, "", item.labels)
    if isinstance(item, Question):
        lines += [_("An answer is required.")] * item.required
        lines += _in_languages(form, _("hint"), item.hints)
        conditions = {
            _("only if"): item.relevant,
            _("must be"): item.constraint,
            _("calculated as"): item.calculation,
            _("choices where"): item.choice_filter,
            _("appearance"): item.appearance,
            _("parameters"): " ".join(f"{key}={value}" for key, value in item.params.items()),
        }
        lines += [f"{name}: {text}" for name, text in conditions.items() if text]
        lines += _in_languages(form, _("otherwise"), item.constraint_message)
        lines += _choice_lines(form, item)
    return [shown(line) for line in lines]


def _type_of(item: Question | Group) -> str:
    if isinstance(item, Group):
        return _("repeat") if item.repeats else _("group")
    listed = f" {item.list_name}" if item.list_name else ""
    return f"{item.type}{listed}{' or_other' if item.or_other else ''}"


def _in_languages(form: Form, name: str, labels: Labels) -> Iterator[str]:
    for language, label in zip((*form.languages, *[None] * len(labels)), labels, strict=False):
        if label:
            where = ", ".join(filter(None, (name, language)))
            yield f"{where}: {label}" if where else label


def _choice_lines(form: Form, question: Question) -> Iterator[str]:
    choices = form.choices_of(question)
    if choices:
        yield ""
        yield _("Choices")
    for choice in choices:
        yield "  ".join([f"  {choice.name}", " / ".join(dict.fromkeys(label for label in choice.labels if label))])
