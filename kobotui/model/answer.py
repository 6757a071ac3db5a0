"""An answer as its question means it: choice labels instead of names, positions and moments in short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kobotui.model.form import SELECT_MANY, SELECT_ONE
from kobotui.model.text import shown

if TYPE_CHECKING:
    from kobotui.model.form import Form, Question

MOMENTS = frozenset({"start", "end", "datetime"})
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


def answer_text(form: Form, question: Question | None, value: object, language: int | None = None) -> str:
    """The answer in words on one line; ``language`` None: choices by name. Empty when there is no answer."""
    if not isinstance(value, str) or question is None:
        return shown(value)
    kind = question.type
    if kind in SELECT_ONE:
        return shown(form.choice_label(question.list_name, value, language))
    if kind in SELECT_MANY:
        return shown(", ".join(form.choice_label(question.list_name, name, language) for name in value.split()))
    if kind == "geopoint":
        return position_text(value)
    if kind in MOMENTS and (match := _MOMENT.fullmatch(value)):
        return f"{match[1]} {match[2]}"
    return shown(value)


def position_text(value: str) -> str:
    """A geopoint ``lat lon altitude accuracy`` as ``-1.28330 36.81670``, with ``(5 m)`` accuracy when it has one."""
    try:
        numbers = [float(part) for part in value.split()]
    except ValueError:
        return shown(value)
    if len(numbers) < 2:
        return shown(value)
    accuracy = f" ({numbers[3]:g} m)" if len(numbers) > 3 and numbers[3] else ""
    return f"{numbers[0]:.5f} {numbers[1]:.5f}{accuracy}"
