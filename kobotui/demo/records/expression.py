"""Enough of XPath, as forms use it, to make generated answers agree with the form.

``relevant``, ``calculation``, ``choice_filter`` and ``repeat_count`` become functions of the answers known so
far. What is not understood raises :class:`NotUnderstoodError`; the caller then does without the expression.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Known = Mapping[str, Any]
Value = Callable[[Known], Any]

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<text>'[^']*'|"[^"]*")|\$\{(?P<field>[^}]+)\}"""
    r"""|(?P<name>[A-Za-z_][\w.]*(?:-[A-Za-z][\w-]*)*)|(?P<sign><=|>=|!=|[=<>+*(),.-]))"""
)
LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


class NotUnderstoodError(ValueError):
    """An expression beyond this grammar."""


def compile_expression(text: str) -> Value:
    """The function of an expression.

    ``${name}`` is looked up as ``name``, a bare name (a choice's own column) as ``:name``, the answer itself as ``.``.

    Raises: NotUnderstoodError.
    """
    reader = Reader(text)
    value = reader.binary(0)
    if reader.peek() != ("end", ""):
        raise NotUnderstoodError(text)
    return value


def names_in(text: str) -> set[str]:
    """The questions an expression refers to."""
    return set(re.findall(r"\$\{([^}]+)\}", text))


def number(value: Any) -> float:
    """A value as a number, not-a-number where it is none."""
    if isinstance(value, bool | int | float):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def text_of(value: Any) -> str:
    """A value as an answer's text; whole numbers without a point, nothing for not-a-number."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else f"{value:.10g}"
    return str(value)


def truth(value: Any) -> bool:
    """XPath's boolean: text is true unless empty, numbers unless zero or none."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def compare(sign: str, left: Any, right: Any) -> bool:
    """``=`` and ``!=`` as text unless a number takes part, the others as numbers."""
    if sign in ("=", "!="):
        numeric = isinstance(left, int | float) or isinstance(right, int | float)
        same = number(left) == number(right) if numeric else text_of(left) == text_of(right)
        return same == (sign == "=")
    a, b = number(left), number(right)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]


def calculate(sign: str, left: Any, right: Any) -> float:
    """Arithmetic on numbers; division by zero gives not-a-number."""
    a, b = number(left), number(right)
    if sign in ("div", "mod"):
        if b == 0 or math.isnan(a) or math.isnan(b):
            return math.nan
        return a / b if sign == "div" else math.fmod(a, b)
    return {"+": a + b, "-": a - b, "*": a * b}[sign]


def round_to(value: Any, places: Any = 0) -> float:
    """``round(x, places)``, halves up."""
    a, factor = number(value), 10 ** int(number(places))
    return math.nan if math.isnan(a) else math.floor(a * factor + 0.5) / factor


def selected(value: Any, name: Any) -> bool:
    """Whether a choice is among those of a select question."""
    return text_of(name) in text_of(value).split()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "selected": selected,
    "not": lambda v: not truth(v),
    "true": lambda: True,
    "false": lambda: False,
    "count": lambda v: float(len(v)) if isinstance(v, list) else float(v not in (None, "")),
    "count-selected": lambda v: float(len(text_of(v).split())),
    "round": round_to,
    "int": lambda v: float(math.floor(number(v))) if math.isfinite(number(v)) else math.nan,
    "number": number,
    "string": text_of,
    "string-length": lambda v: float(len(text_of(v))),
    "concat": lambda *parts: "".join(text_of(p) for p in parts),
    "coalesce": lambda a, b: a if text_of(a) else b,
    "if": lambda condition, yes, no: yes if truth(condition) else no,
    "min": lambda *vs: min(number(v) for v in vs),
    "max": lambda *vs: max(number(v) for v in vs),
}


class Reader:
    """A recursive-descent reader of one expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            match = TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise NotUnderstoodError(text)
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0

    def peek(self) -> tuple[str, str]:
        """The next token: its kind and text, ``("end", "")`` after the last."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, text: str | None = None) -> tuple[str, str]:
        """The next token, stepping over it."""
        token = self.peek()
        if token[0] == "end" or (text is not None and token[1] != text):
            raise NotUnderstoodError(self.text)
        self.at += 1
        return token

    def binary(self, level: int) -> Value:
        """A chain of the operators of one level, of higher ones inside."""
        if level == len(LEVELS):
            return self.single()
        left = self.binary(level + 1)
        while self.peek()[0] in ("sign", "name") and self.peek()[1] in LEVELS[level]:
            left = joined(self.take()[1], left, self.binary(level + 1))
        return left

    def single(self) -> Value:
        """A constant, a question, a call or something in parentheses."""
        kind, text = self.take()
        if kind == "number":
            constant = float(text)
            return lambda _known: constant
        if kind == "text":
            quoted = text[1:-1]
            return lambda _known: quoted
        if kind == "field" or text == ".":
            return lambda known: known.get(text, "")
        if kind == "name":
            if self.peek() == ("sign", "("):
                return self.call(text)
            return lambda known: known.get(":" + text, "")
        if text == "(":
            inside = self.binary(0)
            self.take(")")
            return inside
        if text == "-":
            negated = self.single()
            return lambda known: -number(negated(known))
        raise NotUnderstoodError(self.text)

    def call(self, name: str) -> Value:
        """A call of one of `FUNCTIONS`."""
        function = FUNCTIONS.get(name)
        if function is None:
            raise NotUnderstoodError(self.text)
        self.take("(")
        arguments: list[Value] = []
        while self.peek() != ("sign", ")"):
            arguments.append(self.binary(0))
            if self.peek() != ("sign", ")"):
                self.take(",")
        self.take(")")
        return lambda known: function(*(argument(known) for argument in arguments))


def joined(sign: str, left: Value, right: Value) -> Value:
    """Two values joined by an operator."""
    if sign == "or":
        return lambda known: truth(left(known)) or truth(right(known))
    if sign == "and":
        return lambda known: truth(left(known)) and truth(right(known))
    if sign in ("=", "!=", "<", "<=", ">", ">="):
        return lambda known: compare(sign, left(known), right(known))
    return lambda known: calculate(sign, left(known), right(known))
