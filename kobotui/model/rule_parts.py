"""A row rule taken apart for an editor, and put together again: alternatives of conditions, each for some rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.model.access import PARTIAL, RULE_CODENAMES, Rights, Rule, grant, revoke, rules_of
from kobotui.model.rowrule import merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kobotui.model.rowrule import Filter

VIEW = "view_submissions"
_PLAIN = frozenset({"", "$eq", "$ne", "$in", "$nin", "$exists", "$lt", "$lte", "$gt", "$gte", "$regex"})
"""Operators that stand for themselves: the meaning of a condition does not hang on its neighbour."""


class Condition(NamedTuple):
    """One test of one answer."""

    key: str
    operator: str
    """Empty for equality."""
    operand: Any

    @property
    def test(self) -> Any:
        """What stands under the key in a filter."""
        return {self.operator: self.operand} if self.operator else self.operand


class Alternative(NamedTuple):
    """One filter of a rule: the records that meet all of its conditions."""

    codenames: frozenset[str]
    """The rights it gives; to view is always one of them."""
    filter: Filter

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """Its conditions, None for a filter that is more than a list of them."""
        return taken_apart(self.filter)

    def with_conditions(self, conditions: Sequence[Condition]) -> Alternative:
        """The same rights for other records."""
        return self._replace(filter=put_together(conditions))


def taken_apart(one: Filter) -> tuple[Condition, ...] | None:
    """The conditions that :func:`put_together` makes the same filter of; None when there are no such."""
    listed = one.get("$and")
    found: list[Condition] = []
    for part in listed if isinstance(listed, list) and len(one) == 1 else [one]:
        for key, test in part.items() if isinstance(part, dict) else [("$", None)]:
            if key.startswith("$"):
                return None
            tests = test.items() if isinstance(test, dict) else [("", test)]
            found += [Condition(key, operator, operand) for operator, operand in tests]
    plain = all(condition.operator in _PLAIN for condition in found)
    return tuple(found) if plain and put_together(found) == one else None


def put_together(conditions: Iterable[Condition]) -> Filter:
    """The filter for records that meet all conditions."""
    return merged([(condition.key, condition.test) for condition in conditions])


def alternatives_of(rules: Iterable[Rule]) -> tuple[Alternative, ...]:
    """The filters of one user's rules, each with the rights it gives."""
    by_right = {rule.codename: rule for rule in rules}
    found: dict[str, tuple[set[str], Filter]] = {}
    for rule in (by_right[codename] for codename in RULE_CODENAMES if codename in by_right):
        for text, one in zip(rule.filters, rule.values(), strict=True):
            found.setdefault(text, ({VIEW}, one))[0].add(rule.codename)
    return tuple(Alternative(frozenset(codenames), one) for codenames, one in found.values())


def rules_from(alternatives: Iterable[Alternative]) -> tuple[Rule, ...]:
    """The rules that alternatives add up to, expanded as the server does."""
    by_right: dict[str, list[Filter]] = {}
    for alternative in alternatives:
        for codename in alternative.codenames | {VIEW}:
            by_right.setdefault(codename, []).append(alternative.filter)
    return rules_of(by_right)


def with_rules(held: Rights, rules: tuple[Rule, ...]) -> Rights:
    """Rights on some records in the place of rights on all of them; no rules: no right to see any."""
    return grant(held, PARTIAL, rules) if rules else revoke(revoke(held, PARTIAL), VIEW)
