"""A row rule as a list: an alternative's conditions in words, and the rights it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import rule_title, validation_label
from kobotui.locale import N_, _
from kobotui.model.access import RULE_CODENAMES
from kobotui.model.record_filter import STATUS
from kobotui.model.rowrule import say
from kobotui.model.rule_check import own_form
from kobotui.model.rule_fields import SENT, kind_of, relation_of, values_of
from kobotui.model.rule_parts import VIEW, put_together
from kobotui.model.rule_users import SUBMITTER
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kobotui.model.access import Rule
    from kobotui.model.form import Form
    from kobotui.model.rule_parts import Alternative, Condition

_RELATIONS = {
    "is": N_("is"),
    "is not": N_("is not"),
    "one of": N_("is one of"),
    "none of": N_("is none of"),
    "less": N_("is less than"),
    "at most": N_("is at most"),
    "more": N_("is more than"),
    "at least": N_("is at least"),
    "filled": N_("is not empty"),
    "empty": N_("is empty"),
    "has": N_("has the choice"),
    "matches": N_("matches the pattern"),
}
_OF_DAYS = {
    "less": N_("is before"),
    "at most": N_("is not after"),
    "more": N_("is after"),
    "at least": N_("is not before"),
}
_SYSTEM = {SUBMITTER: N_("Submitted by"), SENT: N_("Sent"), STATUS: N_("Validation status")}


def rule_columns() -> tuple[Column, ...]:
    """How a condition is joined to the one before, its words, and a column for each right."""
    headings = (_("View"), _("Edit"), _("Valid"), _("Delete"))
    rights = [
        Column(codename, heading, max(4, len(heading)), priority=5)
        for codename, heading in zip(RULE_CODENAMES, headings, strict=True)
    ]
    return (Column("join", "", 5, priority=9), Column("words", _("Condition"), 20, priority=10, flexible=True), *rights)


def rule_cells(place: int, alternative: Alternative, number: int, words: str) -> tuple[Cell, ...]:
    """One condition, the ``number``-th of the alternative at ``place``; its rights stand on the first line."""
    join = _("and") if number else _("or") if place else _("where")
    signs = [
        Cell("" if number else "x" if codename in alternative.codenames else ".", "" if codename != VIEW else "dim")
        for codename in RULE_CODENAMES
    ]
    return (Cell(join, "dim"), Cell(words), *signs)


def field_label(key: str, form: Form, language: int | None = None) -> str:
    """What a condition asks for: the question's label, or its name."""
    if key in _SYSTEM:
        return _(_SYSTEM[key])
    question = form.questions.get(key)
    return shown(form.label(question, language) if question else key)


def relation_label(relation: str, key: str, form: Form) -> str:
    """The relation between an answer and a value in words."""
    days = kind_of(key, form) in ("date", "moment")
    return _(_OF_DAYS[relation] if days and relation in _OF_DAYS else _RELATIONS[relation])


def condition_words(condition: Condition, form: Form, language: int | None = None) -> str:
    """``Region is one of North, South``; as text where words are missing."""
    relation = relation_of(condition)
    if not relation:
        return shown(say([put_together([condition])]))
    question = form.questions.get(condition.key)
    values = [
        validation_label(value)
        if condition.key == STATUS
        else form.choice_label(question.list_name, value, language)
        if question
        else value
        for value in values_of(condition)
    ]
    asked = field_label(condition.key, form, language)
    parts = (asked, relation_label(relation, condition.key, form), ", ".join(value or '""' for value in values))
    return shown(" ".join(filter(None, parts)))


def alternative_words(alternative: Alternative, form: Form, language: int | None = None) -> list[str]:
    """The conditions of an alternative in words; as text, one line, what is no list of conditions."""
    conditions = alternative.conditions
    if conditions is None:
        return [shown(say([alternative.filter]))]
    return [condition_words(one, form, language) for one in conditions] or [_("all records")]


def rule_titles(rules: Iterable[Rule]) -> list[str]:
    """What the web interface calls the rules; its own forms with their users or answer."""
    by_right = {rule.codename: rule for rule in rules}
    titles: dict[str, None] = {}
    for rule in (by_right[codename] for codename in RULE_CODENAMES if codename in by_right):
        own = own_form(rule.values())
        plain = own is not None and not (own.users and own.question)
        titles[rule_title(rule) if plain else _("Act on submissions based on multiple conditions")] = None
    return list(titles)


def said_of(sentences: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """Sentences on several projects, each project's with its name; those that all of them share once."""
    shared = [sentence for sentence in sentences[0][1] if all(sentence in found for _name, found in sentences)]
    yield from shared
    for name, found in sentences:
        yield from (f"{shown(name)}: {sentence}" for sentence in found if sentence not in shared)
