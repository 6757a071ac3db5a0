"""Row rules as text: ``region = north and _submitted_by in (ana, ben) or age >= 60``.

A rule is a list of Mongo filters joined by OR, each an AND of conditions. ``say`` writes the text, ``parse`` reads it;
what the text cannot express exactly is written, and read, as the filter's JSON. Conditions:

    path = value      path != value     path < value (also <=, >, >=)     path in (a, b)     path not in (a, b)
    path is empty     path is not empty     path has choice (one of several chosen)     path matches "regex"

Answers are text for the server, so values are text; numbers only for ``_id`` and timestamps.

``say_rules`` and ``parse_rules`` do the same for all rules of one user, each with the rights it limits:
``view_submissions, validate_submissions where region = north; change_submissions where _submitted_by = ana``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kobotui.locale import _
from kobotui.model.access import RULE_CODENAMES, Rule, ordered, rules_of
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Filter = dict[str, Any]

NUMERIC_KEYS = frozenset({"_id", "_validation_status.timestamp"})
"""Keys that the server stores as numbers; all answers are text."""

_SIGNS = {"=": "$eq", "!=": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_WORDS = frozenset({"and", "or", "in", "not", "is", "empty", "has", "matches", "null", "true", "false"})
_CONSTANTS = {"null": None, "true": True, "false": False}
_BARE = re.compile(r"[^\s(),;=<>!\"'{}\[\]]+")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|!=|[=<>(),])|(?P<word>[^\s(),;=<>!"'{}\[\]]+))"""
)
_RIGHTS = re.compile(r"\s*(?P<rights>\w+(?:\s*,\s*\w+)*)\s+where(?=[\s{])", re.IGNORECASE)
_CHOICE = re.compile(r"\(\^\| \)(?P<name>[\w.-]+)\( \|\$\)")


class RuleError(ValueError):
    """The text is no row rule; the message says where and why."""


def choice_pattern(name: str) -> str:
    """The regular expression that finds one choice among several chosen."""
    return f"(^| ){name}( |$)"


def chosen_in(pattern: str) -> str:
    """The choice that a regular expression looks for, empty when it looks for something else."""
    match = _CHOICE.fullmatch(pattern)
    return match["name"] if match else ""


def say(filters: Sequence[Filter]) -> str:
    """The rule as text; ``parse`` gives the same filters back."""
    return " or ".join(_say_filter(one) for one in filters)


def _say_filter(one: Filter) -> str:
    text = " and ".join(_say_condition(key, value) for key, value in one.items() if isinstance(key, str))
    try:
        if text and json.dumps(parse(text)) == json.dumps([one]):
            return text
    except RuleError:
        pass
    return _json(one)


def _json(value: object) -> str:
    """JSON for the eye: what it must not see is written as an escape, and read back."""
    text = json.dumps(value, ensure_ascii=False)
    return text if shown(text) == text else json.dumps(value)


def _say_condition(key: str, value: object) -> str:
    name = _quoted(key)
    if not isinstance(value, dict):
        return f"{name} = {_say_value(value)}"
    return " and ".join(_say_operator(name, op, operand) for op, operand in value.items())


def _say_operator(name: str, op: str, operand: object) -> str:
    if op in ("$in", "$nin") and isinstance(operand, list):
        return f"{name} {'in' if op == '$in' else 'not in'} ({', '.join(map(_say_value, operand))})"
    if op == "$exists":
        return f"{name} is {'not ' if operand else ''}empty"
    if op == "$regex" and isinstance(operand, str):
        chosen = chosen_in(operand)
        return f"{name} has {chosen}" if chosen else f"{name} matches {_json(operand)}"
    sign = next((sign for sign, known in _SIGNS.items() if known == op), op)
    return f"{name} {sign} {_say_value(operand)}"


def _say_value(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    plain = _BARE.fullmatch(text) and text not in _WORDS and shown(text) == text
    return text if plain else _json(text)


def say_rules(rules: Iterable[Rule]) -> str:
    """All rules of one user as text, what comes along left out; ``parse_rules`` gives the same rules back."""
    held = tuple(rules)
    named = {rule.codename: rule.values() for rule in held}
    added = named.pop("add_submissions", None)
    if added and rules_of(named) != held:  # it comes along with a rule for change_submissions, but for a strange one
        named["add_submissions"] = added
    by_text: dict[str, list[str]] = {}
    for codename in ordered(named):
        by_text.setdefault(say(named[codename]), []).append(codename)
    return "; ".join(f"{', '.join(codenames)} where {text}" for text, codenames in by_text.items())


def parse_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a text, expanded as the server does; a rule without rights before it is for viewing.

    Raises RuleError, with a sentence for the user, when the text cannot be read.
    """
    return rules_of(_Reader(text).rules()) if text.strip() else ()


def parse(text: str) -> list[Filter]:
    """The filters of a rule written as text; empty text is no filter.

    Raises RuleError, with a sentence for the user, when the text cannot be read.
    """
    return _Reader(text).whole() if text.strip() else []


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def whole(self) -> list[Filter]:
        filters = self._rule()
        if self.text[self.at :].strip():
            raise self._error(_("expected and, or, or the end"))
        return filters

    def rules(self) -> dict[str, list[Filter]]:
        """The filters by right."""
        found: dict[str, list[Filter]] = {}
        while self.text[self.at :].strip():
            codenames = self._rights()
            filters = self._rule()
            for codename in codenames:
                found.setdefault(codename, []).extend(filters)
            rest = self.text[self.at :].lstrip()
            if rest and rest[0] != ";":
                raise self._error(_("expected and, or, ; or the end"))
            self.at = len(self.text) - len(rest) + bool(rest)
        return found

    def _rights(self) -> list[str]:
        """The rights before ``where``."""
        named = _RIGHTS.match(self.text, self.at)
        if not named:
            return ["view_submissions"]
        codenames = re.findall(r"\w+", named["rights"])
        for codename in codenames:
            if codename not in (*RULE_CODENAMES, "add_submissions"):
                known = ", ".join(RULE_CODENAMES)
                raise self._error(_("{right} is none of {rights}").format(right=codename, rights=known))
        self.at = named.end()
        return codenames

    def _rule(self) -> list[Filter]:
        filters = [self._filter()]
        while self._take("or"):
            filters.append(self._filter())
        return filters

    def _filter(self) -> Filter:
        if self.text[self.at :].lstrip().startswith("{"):
            return self._json()
        conditions = [self._condition()]
        while self._take("and"):
            conditions.append(self._condition())
        return merged(conditions)

    def _json(self) -> Filter:
        start = len(self.text) - len(self.text[self.at :].lstrip())
        try:
            value, self.at = json.JSONDecoder().raw_decode(self.text, start)
        except (ValueError, RecursionError):
            raise self._error(_("the JSON cannot be read")) from None
        return dict(value)

    def _condition(self) -> tuple[str, Filter | object]:
        key = self._key()
        sign = self._take(*_SIGNS)
        if sign:
            value = self._value(key)
            return key, value if sign == "=" else {_SIGNS[sign]: value}
        if self._take("in"):
            return key, {"$in": self._values(key)}
        if self._take("not"):
            self._expect("in")
            return key, {"$nin": self._values(key)}
        if self._take("is"):
            wanted = bool(self._take("not"))
            self._expect("empty")
            return key, {"$exists": wanted}
        if self._take("has"):
            pattern = choice_pattern(str(self._value("")))
            if not chosen_in(pattern):
                raise self._error(_("a choice is one name"))
            return key, {"$regex": pattern}
        if self._take("matches"):
            return key, {"$regex": str(self._value(""))}
        raise self._error(_("expected =, !=, <, >, in, is, has or matches"))

    def _key(self) -> str:
        kind, text = self._next()
        if kind == "sign" or not text or (kind == "word" and text in _WORDS):
            raise self._error(_("expected the name of a question"))
        if text.startswith("$"):
            raise self._error(_("a name cannot start with $"))
        return text

    def _values(self, key: str) -> list[object]:
        self._expect("(")
        if self._take(")"):
            return []
        values = [self._value(key)]
        while self._take(","):
            values.append(self._value(key))
        self._expect(")")
        return values

    def _value(self, key: str) -> object:
        kind, text = self._next()
        if kind == "text":
            return text
        if kind == "word" and text in _CONSTANTS:
            return _CONSTANTS[text]
        if kind != "word" or text in _WORDS:
            raise self._error(_("expected a value; put words like and, or, in into quotes"))
        return int(text) if key in NUMERIC_KEYS and re.fullmatch(r"-?\d{1,18}", text) else text

    def _next(self) -> tuple[str, str]:
        match = _TOKEN.match(self.text, self.at)
        if not match:
            return "", ""
        self.at = match.end()
        if match["text"] is None:
            return ("sign", match["sign"]) if match["sign"] else ("word", match["word"])
        try:
            return "text", json.loads(match["text"], strict=False)
        except ValueError:
            raise self._error(_("the quoted text cannot be read")) from None

    def _take(self, *texts: str) -> str:
        """The next sign or bare word when it is one of these, else nothing; words in any case."""
        match = _TOKEN.match(self.text, self.at)
        found = (match["sign"] or (match["word"] or "").lower()) if match else ""
        if match and found and found in texts:
            self.at = match.end()
            return found
        return ""

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error(_("expected {word}").format(word=text))

    def _error(self, reason: str) -> RuleError:
        return RuleError(_("At character {position}: {reason}.").format(position=self.at + 1, reason=reason))


def merged(conditions: Sequence[tuple[str, Any]]) -> Filter:
    """One filter of all conditions; those that cannot share a key go into ``$and``."""
    merged: Filter = {}
    for key, value in conditions:
        held = merged.get(key)
        if key not in merged:
            merged[key] = dict(value) if isinstance(value, dict) else value
        elif isinstance(held, dict) and isinstance(value, dict) and not held.keys() & value.keys():
            held.update(value)
        else:
            return {"$and": [{key: value} for key, value in conditions]}
    return merged
