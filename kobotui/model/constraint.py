"""The constraints of a form, as far as they can be judged here: a small part of XPath.

Covers what forms really ask of one answer (``. >= 0 and . < 120``, ``regex(., '^[0-9]{9}$')``, ``. <= today()``).
Everything else is *unknown*, never wrong: the server and the device have the last word.
"""

from __future__ import annotations

import math
import operator
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | float | bool

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | \$\{\s*(?P<ref>[^{}\s]+)\s*\}
    | (?P<name>[A-Za-z_][\w-]*)(?P<call>\s*\()?
    | (?P<sign><=|>=|!=|[=<>+*(),-]|\.(?![\w./]))
    )""",
    re.VERBOSE,
)
_RISKY_REGEX = re.compile(r"[*+}]\)*[)][*+{?]|\\[1-9]|\(\?")
_LONGEST = 1_000
_EPOCH = date(1970, 1, 1).toordinal()

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = frozenset({"and", "or", "div", "mod"})


class _UnknownError(Exception):
    """Something in the expression is beyond this module."""


def holds(constraint: str, answer: str, lookup: Callable[[str], str | None], today: date | None = None) -> bool | None:
    """Whether the answer satisfies the constraint; None when that cannot be told here.

    ``lookup`` gives the answer to another question by name (empty: unanswered), None when it is not known.
    """
    if len(constraint) > _LONGEST:
        return None
    try:
        reader = _Reader(constraint, answer, lookup, today or date.today())
        value = reader.either()
        reader.finish()
    except (_UnknownError, RecursionError, OverflowError, ValueError, re.error):
        return None
    return _truth(value)


def _truth(value: Value) -> bool:
    return bool(value) and value == value  # NaN is false


def _number(value: Value) -> float:
    if not isinstance(value, str):
        return float(value)
    try:
        return float(value)
    except ValueError:
        return _days(value)


def _days(text: str) -> float:
    """Days since 1970 of a date or a moment, NaN for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    return moment.toordinal() - _EPOCH + (moment.hour * 60 + moment.minute) / 1440


def _string(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return _truth(left) == _truth(right)
    if isinstance(left, float) or isinstance(right, float):
        return _number(left) == _number(right)
    return left == right


def _regex(text: str, pattern: str) -> bool:
    if _RISKY_REGEX.search(pattern):  # could run for ever, or means something else on a device
        raise _UnknownError
    return re.fullmatch(pattern, text) is not None


_FUNCTIONS: dict[tuple[str, int], Callable[..., Value]] = {
    ("regex", 2): lambda text, pattern: _regex(_string(text), _string(pattern)),
    ("string-length", 1): lambda text: float(len(_string(text))),
    ("not", 1): lambda value: not _truth(value),
    ("true", 0): lambda: True,
    ("false", 0): lambda: False,
    ("number", 1): _number,
    ("int", 1): lambda value: float(int(_number(value))),
    ("round", 1): lambda value: float(math.floor(_number(value) + 0.5)),
    ("abs", 1): lambda value: abs(_number(value)),
    ("string", 1): _string,
    ("boolean", 1): _truth,
    ("date", 1): _number,
    ("contains", 2): lambda text, part: _string(part) in _string(text),
    ("starts-with", 2): lambda text, part: _string(text).startswith(_string(part)),
    ("ends-with", 2): lambda text, part: _string(text).endswith(_string(part)),
    ("selected", 2): lambda text, name: _string(name) in _string(text).split(),
    ("count-selected", 1): lambda text: float(len(_string(text).split())),
    ("if", 3): lambda test, yes, no: yes if _truth(test) else no,
    ("coalesce", 2): lambda first, second: first if _string(first) else second,
}


class _Reader:
    """Reads and evaluates at once, one method per precedence."""

    def __init__(self, text: str, answer: str, lookup: Callable[[str], str | None], today: date) -> None:
        self.answer, self.lookup, self.today = answer, lookup, today
        self.tokens: list[tuple[str, str]] = []
        text, at = text.strip(), 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                raise _UnknownError
            at = match.end()
            kind = match.lastgroup or ""
            if match["name"] is not None:
                called = match["call"] is not None and match["name"] not in _WORDS
                kind = "call" if called else "name"
                at = at if called else match.end("name")
            self.tokens.append((kind, match["name"] if kind in ("call", "name") else match[kind]))
        self.tokens.append(("end", ""))
        self.at = 0

    def finish(self) -> None:
        if self.tokens[self.at][0] != "end":
            raise _UnknownError

    def _take(self, *texts: str) -> str:
        """The next token when it is one of these operators, else nothing."""
        kind, text = self.tokens[self.at]
        if kind in ("sign", "name") and text in texts:
            self.at += 1
            return text
        return ""

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise _UnknownError

    def either(self) -> Value:
        value = self._both()
        while self._take("or"):
            right = self._both()
            value = _truth(value) or _truth(right)
        return value

    def _both(self) -> Value:
        value = self._equality()
        while self._take("and"):
            right = self._equality()
            value = _truth(value) and _truth(right)
        return value

    def _equality(self) -> Value:
        value = self._relation()
        while sign := self._take("=", "!="):
            value = _equal(value, self._relation()) == (sign == "=")
        return value

    def _relation(self) -> Value:
        value = self._sum()
        while sign := self._take("<", "<=", ">", ">="):
            value = _COMPARE[sign](_number(value), _number(self._sum()))
        return value

    def _sum(self) -> Value:
        value = self._product()
        while sign := self._take("+", "-"):
            right = _number(self._product())
            value = _number(value) + (right if sign == "+" else -right)
        return value

    def _product(self) -> Value:
        value = self._signed()
        while sign := self._take("*", "div", "mod"):
            left, right = _number(value), _number(self._signed())
            if sign == "*":
                value = left * right
            elif right == 0:
                value = math.nan
            else:
                value = left / right if sign == "div" else math.fmod(left, right)
        return value

    def _signed(self) -> Value:
        return -_number(self._signed()) if self._take("-") else self._one()

    def _one(self) -> Value:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(text)
        if kind == "string":
            return text[1:-1]
        if kind == "ref":
            found = self.lookup(text)
            if found is None:
                raise _UnknownError
            return found
        if kind == "call":
            return self._call(text)
        if text == "(" and kind == "sign":
            value = self.either()
            self._expect(")")
            return value
        if text == "." and kind == "sign":
            return self.answer
        raise _UnknownError

    def _call(self, name: str) -> Value:
        arguments: list[Value] = []
        if not self._take(")"):
            arguments.append(self.either())
            while self._take(","):
                arguments.append(self.either())
            self._expect(")")
        if name == "today" and not arguments:
            return float(self.today.toordinal() - _EPOCH)
        function = _FUNCTIONS.get((name, len(arguments)))
        if not function:
            raise _UnknownError
        return function(*arguments)
