"""Users inside row rules: who is named under ``_submitted_by``, and what becomes of a rule when one is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kobotui.model.access import Rights, Rule, rules_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kobotui.model.rowrule import Filter

SUBMITTER = "_submitted_by"
_LISTS = {"$in": "$in", "$nin": "$nin", "$eq": "$in", "$ne": "$nin"}
"""Operators that name users, and the one that takes several."""


def users_of(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The users that row rules name, each once, in order; patterns name nobody."""
    found: dict[str, None] = {}
    for rule in rules:
        for one in rule.values():
            found |= dict.fromkeys(_named(one))
    return tuple(found)


def _named(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _named(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _submitters(inner) if key == SUBMITTER else _named(inner)


def _submitters(test: object) -> Iterator[str]:
    """The names in a condition on who sent a record."""
    if isinstance(test, str):
        yield test
    elif isinstance(test, dict):
        for operator, operand in test.items():
            if operator == "$not":
                yield from _submitters(operand)
            elif operator in _LISTS:
                yield from (name for name in _list(operand) if isinstance(name, str))


def patterns_of(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The patterns that row rules hold the name of who sent a record against."""
    return tuple(dict.fromkeys(text for rule in rules for one in rule.values() for text in _patterns(one, False)))


def _patterns(value: object, inside: bool) -> Iterator[str]:
    """Regular expressions below ``_submitted_by``."""
    if isinstance(value, list):
        for inner in value:
            yield from _patterns(inner, inside)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if inside and key == "$regex" and isinstance(inner, str):
                yield inner
            yield from _patterns(inner, inside or key == SUBMITTER)


def rules_naming(team: Mapping[str, Rights], names: Collection[str]) -> dict[str, tuple[Rule, ...]]:
    """The row rules that go by one of these users as who sent a record, by who holds them."""
    found: dict[str, tuple[Rule, ...]] = {}
    for user, rights in team.items():
        if rules := tuple(rule for rule in rights.rules if _goes_by(rule, names)):
            found[user] = rules
    return found


def _goes_by(rule: Rule, names: Collection[str]) -> bool:
    """Patterns count: what they match is the server's to judge."""
    return bool(set(users_of([rule])) & set(names) or patterns_of([rule]))


def with_user(rights: Rights, old: str, new: str, *, drop: bool = False) -> Rights:
    """The rights with ``new`` beside ``old`` wherever a row rule names that one; ``drop``: in its place.

    Past records keep their submitter: without ``old`` they are lost from view.
    """
    rules = {rule.codename: [_replaced(one, old, new, drop) for one in rule.values()] for rule in rights.rules}
    return Rights(rights.full, rules_of(rules))


def _replaced(value: Any, old: str, new: str, drop: bool) -> Any:
    if isinstance(value, list):
        return [_replaced(inner, old, new, drop) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _renamed(inner, old, new, drop) if key == SUBMITTER else _replaced(inner, old, new, drop)
        for key, inner in value.items()
    }


def _renamed(test: Any, old: str, new: str, drop: bool) -> Any:
    """A condition on who sent a record."""
    if isinstance(test, str):
        return test if test != old else new if drop else {"$in": [old, new]}
    if not isinstance(test, dict):
        return test
    renamed: Filter = {}
    for operator, operand in test.items():
        if operator == "$not":
            renamed[operator] = _renamed(operand, old, new, drop)
        elif operator not in _LISTS or old not in _list(operand):
            renamed[operator] = operand
        elif drop and not isinstance(operand, list):
            renamed[operator] = new
        else:
            beside = [new] if drop else [old, new]
            names = [name for one in _list(operand) for name in (beside if one == old else [one])]
            renamed[_LISTS[operator]] = _each_once(names)
    return renamed


def _each_once(values: list[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
