"""What a filter means: conditions on one record, joined by and, or, not.

Every condition is either true or false of a record. "There is an answer that ..." is true; without an answer it is
false, and its opposite is true: ``region != north`` holds for who did not answer, too. The server sees it the same way.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

STATUS = "_validation_status.uid"
FILES = "_attachments"

Sign = Literal["=", "<", "<=", ">", ">="]


class And(Struct, frozen=True):
    """All of them."""

    parts: tuple[Node, ...]


class Or(Struct, frozen=True):
    """Any of them."""

    parts: tuple[Node, ...]


class Not(Struct, frozen=True):
    """The opposite."""

    part: Node


class Some(Struct, frozen=True):
    """Some instance of a repeat is so; ``repeat`` is its path, and keys inside are full paths again."""

    repeat: str
    inside: Node


class Present(Struct, frozen=True):
    """There is an answer."""

    key: str


class Same(Struct, frozen=True):
    """It is one of these; None: there is none."""

    key: str
    values: tuple[str | int | None, ...]


class Contains(Struct, frozen=True):
    """A part of the text, small and capital letters alike."""

    key: str
    text: str


class Chosen(Struct, frozen=True):
    """One of these is among several chosen: their names in one text, a space between."""

    key: str
    names: tuple[str, ...]


class Ordered(Struct, frozen=True):
    """On the right side of each bound, ``(sign, bound)``; texts compare as they are written, ids as numbers."""

    key: str
    bounds: tuple[tuple[Sign, str | int], ...]


class Compared(Struct, frozen=True):
    """A number against a bound; what is no number is on neither side."""

    key: str
    sign: Sign
    bound: Decimal
    whole: bool = False
    """Whether answers are whole numbers, which nobody writes as ``1e3``."""


class Beside(Struct, frozen=True):
    """One answer against another of the same record, or of the same instance; both must be there."""

    key: str
    sign: Sign
    other: str
    kind: Literal["number", "moment", "text"] = "text"


class Count(Struct, frozen=True):
    """How many instances a repeat has."""

    repeat: str
    sign: Sign
    bound: int


class HasFile(Struct, frozen=True):
    """There is a file: of this question, that was not deleted; without a path any, deleted ones included."""

    path: str = ""


Node = And | Or | Not | Some | Present | Same | Contains | Chosen | Ordered | Compared | Beside | Count | HasFile


def negated(node: Node) -> Node:
    """The opposite, without a double not."""
    return node.part if isinstance(node, Not) else Not(node)


def any_of(parts: list[Node]) -> Node:
    """One of these."""
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def all_of(parts: list[Node]) -> Node:
    """All of these."""
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def fields_of(node: Node) -> set[str]:
    """The keys at the top of a record that the filter looks at."""
    match node:
        case And(parts) | Or(parts):
            return set().union(*map(fields_of, parts))
        case Not(part):
            return fields_of(part)
        case Some(repeat) | Count(repeat):
            return {repeat}
        case HasFile():
            return {FILES}
        case Beside(key, _sign, other):
            return {key, other}
    return {node.key.partition(".")[0] if node.key == STATUS else node.key}
