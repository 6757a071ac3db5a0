"""What a row rule can ask for: the questions that forms share, and the relations that make sense for each."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kobotui.model.answer import MOMENTS
from kobotui.model.form import MEDIA, META, SELECT_MANY, SELECT_ONE, Form, Question
from kobotui.model.record_filter import NUMBERS, STATUS
from kobotui.model.rowrule import choice_pattern, chosen_in
from kobotui.model.rule_parts import Condition
from kobotui.model.rule_users import SUBMITTER

if TYPE_CHECKING:
    from collections.abc import Sequence

SENT = "_submission_time"
SYSTEM = (SUBMITTER, SENT, STATUS)
"""What every record has, whatever its form."""

_OPERATORS = {
    "is": "", "is not": "$ne", "one of": "$in", "none of": "$nin",
    "less": "$lt", "at most": "$lte", "more": "$gt", "at least": "$gte",
    "filled": "$exists", "empty": "$exists", "has": "$regex", "matches": "$regex",
}  # fmt: skip
"""Relations between an answer and a value, and the operators they are written with."""
LISTS = frozenset({"one of", "none of"})
"""Relations to several values."""
ALONE = frozenset({"empty", "filled"})
"""Relations to no value at all."""


def shared_form(forms: Sequence[Form]) -> Form:
    """What all of these forms have alike: questions of the same path and type, and the choices that all offer."""
    if len(forms) < 2:
        return forms[0] if forms else Form()
    first, others = forms[0], forms[1:]

    def alike(question: Question) -> bool:
        same = [form.questions.get(question.path) for form in others]
        return all(other and (other.type, other.repeat) == (question.type, question.repeat) for other in same)

    offered = {
        name: tuple(choice for choice in listed if all(_offers(form, name, choice.name) for form in others))
        for name, listed in first.choices.items()
    }
    nodes = tuple(node for node in first.nodes if not isinstance(node.item, Question) or alike(node.item))
    return replace(first, nodes=nodes, choices=offered)


def _offers(form: Form, list_name: str, choice: str) -> bool:
    return any(offered.name == choice for offered in form.choices.get(list_name, ()))


def fields(form: Form) -> list[str]:
    """The keys a rule can ask for, what the device fills in last; inside repeats no rule finds anything."""
    asked = [
        question
        for question in form.questions.values()
        if question.answerable and question.repeat is None and question.type not in MEDIA
    ]
    return [*SYSTEM, *(question.path for question in sorted(asked, key=lambda question: question.type in META))]


def kind_of(key: str, form: Form) -> str:
    """``user``, ``status``, ``moment``, ``date``, ``number``, ``one``, ``many`` or ``text``: what its values are."""
    if key in SYSTEM:
        return {SUBMITTER: "user", SENT: "moment", STATUS: "status"}[key]
    question = form.questions.get(key)
    kind = question.type if question else ""
    if kind in SELECT_ONE | SELECT_MANY:
        return "one" if kind in SELECT_ONE else "many"
    if kind in NUMBERS:
        return "number"
    return "moment" if kind in MOMENTS else "date" if kind in ("date", "today") else "text"


def relations(key: str, form: Form) -> tuple[str, ...]:
    """The relations that make sense for a key, the most wanted first.

    Who sent a record is null where nobody says, not absent: it is never empty for the server. A moment is compared
    with days: before one, or from one on.
    """
    match kind_of(key, form):
        case "user":
            return ("one of", "is", "none of", "is not")
        case "moment":
            return ("at least", "less") if key == SENT else ("at least", "less", *("filled", "empty"))
        case "date":
            return ("is", "at least", "less", "more", "at most", "filled", "empty")
        case "many":
            return ("has", "filled", "empty")
        case "number":
            return ("is", "is not", "one of", "none of", "less", "at most", "more", "at least", "filled", "empty")
        case "text":
            return ("is", "is not", "one of", "none of", "matches", "filled", "empty")
    return ("is", "is not", "one of", "none of", "filled", "empty")


def relation_of(condition: Condition) -> str:
    """The relation of a condition, empty for one that only its text can say."""
    operator, operand = condition.operator, condition.operand
    if operator == "$exists":
        return "filled" if operand else "empty"
    listed = isinstance(operand, list)
    if not all(isinstance(value, str) for value in (operand if listed else [operand])):
        return ""
    if operator == "$regex":
        return "" if listed else "has" if chosen_in(operand) else "matches"
    plain = "" if operator == "$eq" else operator
    found = next((relation for relation, known in _OPERATORS.items() if known == plain), "")
    return found if listed == (found in LISTS) else ""


def values_of(condition: Condition) -> list[str]:
    """The values a condition names, a choice by its name; none for one without a relation."""
    match relation_of(condition):
        case "" | "empty" | "filled":
            return []
        case "has":
            return [chosen_in(condition.operand)]
    return list(condition.operand) if isinstance(condition.operand, list) else [condition.operand]


def condition(key: str, relation: str, values: Sequence[str] = ()) -> Condition:
    """The condition that a relation and its values make; one value where the relation takes one."""
    operand: Any = list(values)
    if relation in ALONE:
        operand = relation == "filled"
    elif relation == "has":
        operand = choice_pattern(values[0])
    elif relation not in LISTS:
        operand = values[0]
    return Condition(key, _OPERATORS[relation], operand)


def as_list(values: Sequence[str]) -> str:
    """Several values on one line, for :func:`listed`."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def listed(text: str) -> list[str]:
    """The values of a line, between commas; what has a comma itself stands in quotes."""
    return [value.strip() for row in csv.reader([text], skipinitialspace=True) for value in row if value.strip()]
