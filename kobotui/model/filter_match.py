"""Whether a filter lets a record through: the same as the server would say, and what it cannot."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kobotui.model.filter_dates import earlier
from kobotui.model.filter_tree import (
    FILES,
    STATUS,
    And,
    Beside,
    Chosen,
    Compared,
    Contains,
    Count,
    HasFile,
    Not,
    Or,
    Ordered,
    Present,
    Same,
    Some,
)

if TYPE_CHECKING:
    from kobotui.model.filter_tree import Node

Record = Mapping[str, Any]

SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\n?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\n?")
_POSITION = re.compile(r"\[\d+\]")


def matches(node: Node, record: Record) -> bool:
    """Whether the record is so; inside repeats ``record`` is one instance."""
    match node:
        case And(parts):
            return all(matches(part, record) for part in parts)
        case Or(parts):
            return any(matches(part, record) for part in parts)
        case Not(part):
            return not matches(part, record)
        case Some(repeat, inside):
            return any(matches(inside, instance) for instance in instances(record, repeat))
        case Count(repeat, sign, bound):
            return SIGNS[sign](len(instances(record, repeat)), bound)
        case Beside(key, sign, other, kind):
            return _beside(record.get(key), sign, record.get(other), kind)
        case HasFile(path):
            return _has_file(record.get(FILES), path)
    return _leaf(node, value_of(record, node.key))


def _leaf(node: Present | Same | Contains | Chosen | Ordered | Compared, value: object) -> bool:
    match node:
        case Present():
            return value is not None
        case Same(_key, values):
            return any(value == wanted and type(value) is type(wanted) for wanted in values)
        case Contains(_key, text):
            return isinstance(value, str) and re.search(re.escape(text), value, re.IGNORECASE) is not None
        case Chosen(_key, names):
            return isinstance(value, str) and re.search(choice_pattern(names), value) is not None
        case Ordered(_key, bounds):
            return all(type(value) is type(bound) and SIGNS[sign](value, bound) for sign, bound in bounds)
        case Compared(_key, sign, bound, whole):
            number = number_of(value, whole=whole)
            return number is not None and SIGNS[sign](number, bound)


def value_of(record: Record, key: str) -> object:
    """What a record has under a key of the server's query language; None: nothing."""
    if key == STATUS:
        status = record.get("_validation_status")
        return status.get("uid") if isinstance(status, dict) else None
    return record.get(key)


def instances(record: Record, repeat: str) -> list[Record]:
    """The instances of a repeat."""
    value = record.get(repeat)
    return [instance for instance in value if isinstance(instance, dict)] if isinstance(value, list) else []


def number_of(value: object, *, whole: bool = False) -> Decimal | None:
    """The number that an answer says; ``whole``: without an exponent."""
    if not isinstance(value, str) or not (_PLAIN if whole else _NUMBER).fullmatch(value):
        return None
    return Decimal(value.strip())


def choice_pattern(names: tuple[str, ...]) -> str:
    """The pattern of several chosen with one of these among them."""
    return f"(^| )({'|'.join(map(re.escape, names))})( |$)"


def _beside(left: object, sign: str, right: object, kind: str) -> bool:
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    if kind == "number":
        one, other = number_of(left), number_of(right)
        return one is not None and other is not None and SIGNS[sign](one, other)
    if kind == "moment":
        order = earlier(left, right)
        return order is not None and SIGNS[sign](order, 0)
    return SIGNS[sign](left, right)


def _has_file(files: object, path: str) -> bool:
    if not isinstance(files, list):
        return False
    if not path:
        return bool(files)
    kept = (file for file in files if isinstance(file, dict) and not file.get("is_deleted"))
    return any(_POSITION.sub("", str(file.get("question_xpath", ""))) == path for file in kept)
