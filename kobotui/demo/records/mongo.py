"""The query language of ``data/?query=``: the part of MongoDB's that KPI lets through.

A query is compiled once to a predicate over a record's JSON. What KPI does to queries is done here, too:
an operator it does not know, and a key with a dot (but for ``_validation_status.``), become the name of a
field no record has; ``_id`` is compared as a number. All answers are text, so a number never matches one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]
Test = Callable[[Any], bool]

KNOWN = {
    "$or", "$and", "$in", "$nin", "$not", "$exists", "$gt", "$gte", "$lt", "$lte", "$regex", "$options",
    "$all", "$elemMatch", "$ne", "$expr", "$ifNull",
}  # fmt: skip
STATUS = "_validation_status"


class Missing:
    """The value of an absent key: unlike null in ``$exists``, like it in comparisons."""


MISSING = Missing()


class UnsupportedQueryError(ValueError):
    """MongoDB itself refuses the query: KPI answers 400 ``["Unsupported query"]``."""


def compile_query(query: object) -> Predicate:
    """The predicate of a query.

    Raises: UnsupportedQueryError.
    """
    if not isinstance(query, dict):
        raise UnsupportedQueryError("a query is an object")
    tests = [clause(key, value) for key, value in query.items()]
    if not tests:
        return lambda _row: True
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def clause(key: str, value: object) -> Predicate:
    """The predicate of one ``key: value`` pair of a query."""
    if key in ("$and", "$or"):
        if not isinstance(value, list) or not value:
            raise UnsupportedQueryError(f"{key} needs a list")
        parts = [compile_query(part) for part in value]
        if key == "$and":
            return lambda row: all(part(row) for part in parts)
        return lambda row: any(part(row) for part in parts)
    if key == "$expr":
        return expression_predicate(value)
    if key in KNOWN:
        raise UnsupportedQueryError(f"unknown top level operator: {key}")
    test = value_test(value, number=key == "_id")
    if key.startswith(STATUS + "."):
        return lambda row: test(value_at(row, key))
    return lambda row: test(row.get(key, MISSING))


def value_at(row: Row, key: str) -> Any:
    """The value of a key, `MISSING` when absent; only the validation status is looked into."""
    if key.startswith(STATUS + "."):
        return (row.get(STATUS) or {}).get(key[len(STATUS) + 1 :], MISSING)
    return row.get(key, MISSING)


def value_test(condition: object, *, number: bool = False) -> Test:
    """What a field's value must pass: equality, or all operators of an object."""
    if isinstance(condition, dict) and condition and any(k.startswith("$") for k in condition):
        if not all(k in KNOWN for k in condition):
            return lambda _value: False  # an unknown operator became a field name: equal to no answer
        tests = [operator(k, v, condition, number=number) for k, v in condition.items() if k != "$options"]
        return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)
    if number:
        condition = as_number(condition)
    return lambda value: equal(value, condition)


def operator(name: str, argument: Any, siblings: Mapping[str, Any], *, number: bool) -> Test:
    """The test of one operator on one value."""
    if number and name != "$not":
        argument = [as_number(a) for a in argument] if isinstance(argument, list) else as_number(argument)
    match name:
        case "$gt" | "$gte" | "$lt" | "$lte":
            return lambda value: ordered(name, value, argument)
        case "$ne":
            return lambda value: not equal(value, argument)
        case "$in" | "$nin":
            if not isinstance(argument, list):
                raise UnsupportedQueryError(f"{name} needs an array")
            if name == "$in":
                return lambda value: any(equal(value, a) for a in argument)
            return lambda value: not any(equal(value, a) for a in argument)
        case "$exists":
            wanted = bool(argument)
            return lambda value: (value is not MISSING) == wanted
        case "$not":
            if not isinstance(argument, dict) or not argument:
                raise UnsupportedQueryError("$not needs a regex or a document")
            inner = value_test(argument, number=number)
            return lambda value: not inner(value)
        case "$regex":
            pattern = regex(argument, siblings.get("$options", ""))
            return lambda value: any(isinstance(v, str) and pattern.search(v) is not None for v in each(value))
        case "$all":
            if not isinstance(argument, list):
                raise UnsupportedQueryError("$all needs an array")
            return lambda value: bool(argument) and all(equal(value, a) for a in argument)
        case "$elemMatch":
            if not isinstance(argument, dict):
                raise UnsupportedQueryError("$elemMatch needs an object")
            return elements_test(argument)
        case _:
            raise UnsupportedQueryError(f"unknown operator: {name}")


def elements_test(argument: dict[str, Any]) -> Test:
    """Some element of a list passes: a query for records in it, operators for plain values."""
    if argument and all(k.startswith("$") and k not in ("$and", "$or") for k in argument):
        plain = value_test(argument)
        return lambda value: isinstance(value, list) and any(plain(v) for v in value)
    query = compile_query(argument)
    return lambda value: isinstance(value, list) and any(isinstance(v, dict) and query(v) for v in value)


def as_number(value: Any) -> Any:
    """KPI makes ``_id`` a number where it can."""
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        return value


def each(value: Any) -> list[Any]:
    """A value, and for a list its elements, too: MongoDB's conditions hold for any of them."""
    return [value, *value] if isinstance(value, list) else [value]


def same_type(left: Any, right: Any) -> bool:
    """Whether MongoDB compares the two at all."""
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    if isinstance(left, int | float):
        return isinstance(right, int | float)
    return type(left) is type(right)


def equal(value: Any, wanted: Any) -> bool:
    """MongoDB's equality: null equals absence; a list equals what one of its elements equals."""
    if wanted is None:
        return value is None or value is MISSING
    return any(same_type(v, wanted) and v == wanted for v in each(value))


def ordered(name: str, value: Any, bound: Any) -> bool:
    """``$gt`` and its like, within one type; text by code point."""
    for candidate in each(value):
        if not same_type(candidate, bound) or isinstance(candidate, dict | Missing | None):
            continue
        if name == "$gt" and candidate > bound:
            return True
        if name == "$gte" and candidate >= bound:
            return True
        if name == "$lt" and candidate < bound:
            return True
        if name == "$lte" and candidate <= bound:
            return True
    return False


def regex(pattern: Any, options: Any) -> re.Pattern[str]:
    """The compiled ``$regex`` with its ``$options``.

    Raises: UnsupportedQueryError for what is no regular expression.
    """
    flags = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
    if not isinstance(pattern, str) or not isinstance(options, str) or not set(options) <= set(flags):
        raise UnsupportedQueryError("$regex has to be a string")
    total = re.RegexFlag(0)
    for letter in options:
        total |= flags[letter]
    try:
        return re.compile(pattern, total)
    except re.error as error:
        raise UnsupportedQueryError(str(error)) from error


def expression_predicate(expression: Any) -> Predicate:
    """``$expr``: comparisons of fields (``"$name"``), constants and ``$ifNull``."""
    if not isinstance(expression, dict) or len(expression) != 1:
        raise UnsupportedQueryError("$expr needs one operator")
    name, arguments = next(iter(expression.items()))
    if name in ("$and", "$or"):
        if not isinstance(arguments, list):
            raise UnsupportedQueryError(f"{name} needs a list")
        parts = [expression_predicate(part) for part in arguments]
        return (lambda row: all(p(row) for p in parts)) if name == "$and" else (lambda row: any(p(row) for p in parts))
    if name not in ("$gt", "$gte", "$lt", "$lte", "$ne", "$in") or not isinstance(arguments, list):
        raise UnsupportedQueryError(f"unknown expression: {name}")
    if len(arguments) != 2:
        raise UnsupportedQueryError(f"{name} takes two arguments")
    left, right = (expression_value(a) for a in arguments)
    if name == "$in":
        return lambda row: any(equal(left(row), v) for v in each(right(row)))
    if name == "$ne":
        return lambda row: not equal(left(row), right(row))
    return lambda row: ordered(name, left(row), right(row))


def expression_value(argument: Any) -> Callable[[Row], Any]:
    """The value of one argument inside ``$expr``."""
    if isinstance(argument, str) and argument.startswith("$"):
        key = argument[1:]
        return lambda row: row.get(key, MISSING)
    if isinstance(argument, dict) and list(argument) == ["$ifNull"] and isinstance(argument["$ifNull"], list):
        choices = [expression_value(a) for a in argument["$ifNull"]]
        return lambda row: next((v for c in choices if (v := c(row)) is not None and v is not MISSING), None)
    return lambda _row: argument


def fields_of(query: object) -> set[str]:
    """The top-level keys of a record a query looks at."""
    found: set[str] = set()
    if isinstance(query, list):
        for part in query:
            found |= fields_of(part)
    elif isinstance(query, dict):
        for key, value in query.items():
            if key in ("$and", "$or"):
                found |= fields_of(value)
            elif key == "$expr":
                found |= {m for m in re.findall(r"'\$([^'$]+)'", repr(value)) if "$" + m not in KNOWN}
            else:
                found.add(STATUS if key.startswith(STATUS + ".") else key)
    return found


@dataclass
class Bounds:
    """What a query says, at its top, about ``_id``, ``_submission_time`` and UUIDs.

    ``exact`` when it says nothing else: then counting needs no look at the records.
    """

    id_from: int | None = None  # inclusive
    id_to: int | None = None
    time_from: str | None = None
    time_to: str | None = None
    uuids: set[str] | None = None
    exact: bool = True


def bounds_of(query: Mapping[str, Any]) -> Bounds:
    """The `Bounds` of a query; they hold for every record the query lets through."""
    found = Bounds()
    for key, condition in query.items():
        if key == "$and" and isinstance(condition, list):
            for part in condition:
                if isinstance(part, dict):
                    narrow(found, bounds_of(part))
        elif key in ("_id", "_submission_time"):
            bound_range(found, key, condition)
        elif key in ("_uuid", "meta/rootUuid", "meta/instanceID"):
            found.exact = False
            values = condition.get("$in") if isinstance(condition, dict) and set(condition) == {"$in"} else [condition]
            if isinstance(values, list) and all(isinstance(v, str) for v in values):
                uuids = {v.removeprefix("uuid:") for v in values}
                found.uuids = uuids if found.uuids is None else found.uuids & uuids
        else:
            found.exact = False
    return found


def narrow(into: Bounds, other: Bounds) -> None:
    """Both bounds at once."""
    for name, choose in (("id_from", max), ("id_to", min), ("time_from", max), ("time_to", min)):
        ours, theirs = getattr(into, name), getattr(other, name)
        setattr(into, name, theirs if ours is None else ours if theirs is None else choose(ours, theirs))
    if other.uuids is not None:
        into.uuids = other.uuids if into.uuids is None else into.uuids & other.uuids
    into.exact = into.exact and other.exact


def bound_range(found: Bounds, key: str, condition: Any) -> None:
    """Add what a condition on ``_id`` or ``_submission_time`` says."""
    is_id = key == "_id"
    if not isinstance(condition, dict):
        condition = {"$gte": condition, "$lte": condition}
    extra = Bounds()
    for name, value in condition.items():
        if is_id:
            value = as_number(value)
        if name == "$in" and isinstance(value, list) and value and is_id:
            numbers = [as_number(v) for v in value]
            if all(type(n) is int for n in numbers):
                extra.id_from, extra.id_to = min(numbers), max(numbers)
            found.exact = False
        elif name in ("$gt", "$gte", "$lt", "$lte") and type(value) is (int if is_id else str):
            lower = name in ("$gt", "$gte")
            if is_id:
                value = int(value) + {"$gt": 1, "$lt": -1}.get(name, 0)
            elif name in ("$gt", "$lt"):
                found.exact = False  # the bound itself is let through here and refused by the predicate
            one = Bounds()
            setattr(one, ("id" if is_id else "time") + ("_from" if lower else "_to"), value)
            narrow(extra, one)
        else:
            found.exact = False
    narrow(found, extra)


def sort_key(value: Any) -> tuple[int, Any]:
    """MongoDB's order: absent, numbers, text, objects, lists, booleans."""
    if value is MISSING or value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (5, value)
    if isinstance(value, int | float):
        return (1, value)
    if isinstance(value, str):
        return (2, value)
    if isinstance(value, dict):
        return (3, repr(sorted(value.items(), key=lambda item: item[0])))
    return (4, repr(value))
