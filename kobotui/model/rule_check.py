"""Row rules under the eye: the web interface's own forms of them, what they let somebody see, what will not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.access import NOTHING, Rights
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Form, Question
from kobotui.model.rowrule import NUMERIC_KEYS
from kobotui.model.rule_parts import Condition
from kobotui.model.rule_users import SUBMITTER
from kobotui.model.submission import SYSTEM_KEYS
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kobotui.model.rowrule import Filter

OPERATORS = frozenset(
    {"$and", "$or", "$in", "$nin", "$not", "$exists", "$gt", "$gte", "$lt", "$lte", "$regex", "$options", "$all"}
    | {"$elemMatch", "$ne", "$expr", "$ifNull"}
)
"""What the server knows; anything else it takes for the name of a question, and nothing matches."""
_ORDER = frozenset({"$gt", "$gte", "$lt", "$lte"})
_EXACT = frozenset({"", "$in", "$nin", "$ne"})
_JOINS = frozenset({"$and", "$or"})
_NUMBERS = frozenset({"integer", "decimal", "range"})


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A rule as the web interface makes and shows them: by users, by one answer, or both."""

    users: tuple[str, ...] = ()
    question: str = ""
    value: str = ""

    def filters(self) -> list[Filter]:
        """The rule as the web interface writes it."""
        users: Filter = {SUBMITTER: {"$in": list(self.users)}} if self.users else {}
        return [users | ({self.question: self.value} if self.question else {})]


def own_form(filters: Sequence[Filter]) -> OwnForm | None:
    """The web interface's form of a rule, None for what only its API can hold: it shows such a rule in part, or not."""
    if len(filters) != 1 or not filters[0]:
        return None
    others = {key: value for key, value in filters[0].items() if key != SUBMITTER}
    question, value = next(iter(others.items()), ("", ""))
    users: tuple[str, ...] = ()
    match filters[0].get(SUBMITTER):
        case str(name):
            users = (name,)
        case {"$in": [*names], **rest} if names and not rest and all(isinstance(name, str) for name in names):
            users = tuple(names)
        case None if SUBMITTER not in filters[0]:
            pass
        case _:
            return None
    simple = len(others) <= 1 and isinstance(value, str) and not question.startswith("$")
    return OwnForm(users, question, value) if simple else None


def seen_by(held: Rights, public: Rights = NOTHING, codename: str = "view_submissions") -> Filter | None:
    """The query whose records somebody with these rights would see; empty for all of them, None for none.

    ``codename``: another right on records, as for what they might edit. The public's rights are everybody's.
    """
    if codename in held.full | public.full:
        return {}
    rule = held.rule(codename)
    if rule is None:
        return None
    filters = rule.values()
    return filters[0] if len(filters) == 1 else {"$or": filters}


def warnings(filters: Sequence[Filter], form: Form) -> list[str]:
    """What the server will not do with a rule, or not as somebody may think; a sentence each, in the rule's order."""
    found: dict[str, None] = {}
    for one in filters:
        if not one:
            found[_("A rule without a condition lets all records through.")] = None
        for condition in _conditions(one):
            found |= dict.fromkeys(_about(condition, form))
    return list(found)


def _conditions(one: Filter) -> Iterator[Condition]:
    """Every condition of a filter, however deep; what stands inside ``$elemMatch`` is the server's own affair."""
    for key, value in one.items():
        if key in _JOINS and isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict):
                    yield from _conditions(inner)
        elif isinstance(value, dict) and value:
            for operator, operand in value.items():
                if operator == "$not" and isinstance(operand, dict):
                    yield from _conditions({key: operand})
                else:
                    yield Condition(key, operator, operand)
        else:
            yield Condition(key, "", value)


def _about(condition: Condition, form: Form) -> Iterator[str]:
    key, operator, operand = condition
    unknown = next((name for name in (operator, key) if name.startswith("$") and name not in OPERATORS), "")
    if unknown or ("." in key and not key.startswith("_validation_status.")):
        yield _("The server does not know {word}: the condition matches no record.").format(word=shown(unknown or key))
    elif key == SUBMITTER:
        yield from _about_submitter(operator)
    elif question := form.questions.get(key):
        yield from _about_answer(question, condition, form)
    elif key not in SYSTEM_KEYS and not key.startswith(("_validation_status.", "$")) and key not in form.groups:
        yield _no_question(key, form)
    if key not in NUMERIC_KEYS and operator in _ORDER | _EXACT:
        values = operand if isinstance(operand, list) else [operand]
        if any(isinstance(value, int | float) for value in values):  # true and false are numbers here
            yield _("Answers are text: put the value of {name} into quotes.").format(name=shown(key))


def _about_submitter(operator: str) -> Iterator[str]:
    if operator in ("", "$in", "$eq"):
        yield _("Records sent without a user name are outside this rule: nobody sees them by it.")
    elif operator in ("$ne", "$nin"):
        yield _("Records sent without a user name are inside this rule.")


def _about_answer(question: Question, condition: Condition, form: Form) -> Iterator[str]:
    name = shown(question.path)
    if question.repeat is not None:
        yield _("{name} is asked inside a repeat: the rule matches no record.").format(name=name)
        return
    if condition.operator in _ORDER and question.type in _NUMBERS:
        yield _("{name} is a number, and the server compares text: 10 is less than 9.").format(name=name)
    if condition.operator in _EXACT and question.type in SELECT_MANY:
        yield _("{name} may hold several choices as one text: write “{name} has choice”.").format(name=name)
    elif condition.operator in _EXACT and question.type in SELECT_ONE and not question.or_other:
        offered = [choice.name for choice in form.choices_of(question)]
        values = condition.operand if isinstance(condition.operand, list) else [condition.operand]
        for value in values:
            if offered and isinstance(value, str) and value not in offered:
                yield _("{value} is not a choice of {question}: {known} ...").format(
                    value=shown(value), question=name, known=shown(", ".join(offered[:6]))
                )
    elif condition.operator in _EXACT and question.type == "decimal":
        yield _("{name} is compared as text, as it was typed: 1.5 is not 1.50.").format(name=name)


def _no_question(key: str, form: Form) -> str:
    paths = [question.path for question in form.questions.values() if question.name == key]
    if paths:
        return _("Write {path} in place of {name}: a question is named with its groups.").format(
            path=shown(paths[0]), name=shown(key)
        )
    return _("There is no question called {name}.").format(name=shown(key))
