"""What a form calculates from what: the server stores answers and calculates nothing anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kobotui.model.form import Form, Question

_NAMED = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
_POSITION = re.compile(r"\[\d+\]")


class Stale(NamedTuple):
    """A calculated question whose calculation names questions that are corrected."""

    calculated: Question
    names: tuple[str, ...]
    """The corrected ones, in form order."""


def plain_path(position: str) -> str:
    """The question's path of a position: ``g/kid[2]/d`` is ``g/kid/d``."""
    return _POSITION.sub("", position)


def names_in(expression: str) -> frozenset[str]:
    """The questions that an expression of the form names, as ``${age}``."""
    return frozenset(_NAMED.findall(expression))


def made_stale(form: Form, positions: Iterable[str]) -> list[Stale]:
    """The calculated questions that name one of the corrected answers and are not corrected themselves.

    The position of a repeat stands for all that is inside it: its instances were added or taken away.
    """
    paths = {plain_path(position) for position in positions}
    repeats = tuple(f"{path}/" for path in paths if path in form.groups)
    corrected = {q.name for path, q in form.questions.items() if path in paths or path.startswith(repeats)}
    corrected |= {group.name for path, group in form.groups.items() if path in paths or path.startswith(repeats)}
    found = []
    for path, question in form.questions.items():
        if question.calculation and path not in paths:
            named = names_in(question.calculation) & corrected
            if named:
                order = [item.name for _depth, item in form.nodes if item.name in named]
                found.append(Stale(question, tuple(dict.fromkeys(order))))
    return found


def needed_beside(form: Form, question: Question) -> list[str]:
    """Paths of the other answers that tell whether one fits: its constraint and its choices name them."""
    named = names_in(question.constraint) | names_in(question.choice_filter)
    return [q.path for q in form.questions.values() if q.name in named and q.repeat is None]
