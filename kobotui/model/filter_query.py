"""A filter in the server's query language, as far as the server can tell.

Two queries are made: one that lets through everything that matches and perhaps more, and one that lets through nothing
but what matches. Where they are the same the server does it all; elsewhere records are compared here.

``$nor`` and a ``$not`` at the head of a query are not understood, so "not" is carried to the conditions; inside
a repeat it cannot go ("not some" is "none"), and stands before ``$elemMatch``. Answers are texts there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kobotui.locale import _
from kobotui.model.filter_match import SIGNS, choice_pattern
from kobotui.model.filter_tree import (
    FILES,
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
from kobotui.model.number_pattern import number_pattern

if TYPE_CHECKING:
    from kobotui.model.filter_tree import Node

Query = dict[str, Any]

SUBMITTER = "_submitted_by"
_SIGNS = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_NOTHING: Query = {"_id": {"$in": []}}


def server_query(node: Node) -> tuple[Query, bool]:
    """A query that lets through all that matches, and whether it lets through nothing else."""
    wide = _query(node, positive=True, wide=True)
    query = {} if wide is True else _NOTHING if wide is False else wide
    return query, wide == _query(node, positive=True, wide=False)


def _query(node: Node, *, positive: bool, wide: bool) -> Query | bool:
    """The node or its opposite; True and False for all records and for none.

    ``wide``: at least what matches; otherwise at most. Of an opposite that is the opposite of the other one.
    """
    match node:
        case Not(part):
            return _query(part, positive=not positive, wide=wide)
        case And(parts) | Or(parts):
            every = isinstance(node, And) == positive
            return _joined([_query(part, positive=positive, wide=wide) for part in parts], every=every)
        case Some(repeat, inside):
            found = _query(inside, positive=True, wide=wide == positive)
            if found is False:
                return not positive
            test: Any = {"$exists": True} if found is True else {"$elemMatch": found}
            return {repeat: test if positive else {"$not": test}}
    known = _leaf(node, positive=positive, wide=wide == positive)
    return known if not isinstance(known, bool) else known == positive


def _joined(parts: list[Query | bool], *, every: bool) -> Query | bool:
    """``$and`` or ``$or`` of parts."""
    decided = not every
    if any(part is decided for part in parts):
        return decided
    queries = [part for part in parts if not isinstance(part, bool)]
    if not queries:
        return every
    return queries[0] if len(queries) == 1 else {"$and" if every else "$or": queries}


def _leaf(node: Node, *, positive: bool, wide: bool) -> Query | bool:
    """A condition or its opposite; a truth value is that of the condition itself, whichever was asked for."""
    match node:
        case Present(key):
            if key == SUBMITTER:  # null for an anonymous record, not absent
                return {key: {"$ne": None} if positive else None}
            return {key: {"$exists": positive}}
        case Same(key, values):
            return _same(key, values, positive=positive)
        case Contains(key, text):
            return {key: _maybe_not({"$regex": re.escape(text), "$options": "i"}, positive)}
        case Chosen(key, names):
            return {key: _maybe_not({"$regex": choice_pattern(names)}, positive)}
        case Ordered(key, bounds):
            return {key: _maybe_not({_SIGNS[sign]: bound for sign, bound in bounds}, positive)}
        case Compared(key, sign, bound, whole):
            pattern = number_pattern(sign, bound)
            if wide and not whole:
                pattern += "|^[+-]?[0-9.]+[eE]"  # perhaps 1.2E7
            return {key: _maybe_not({"$regex": pattern}, positive)}
        case Count(repeat, sign, bound):
            maybe_none = SIGNS[sign](0, bound)
            return wide and (maybe_none or {repeat: {"$exists": positive}})
        case HasFile(path):
            if path:
                return wide and ({FILES: {"$ne": []}} if positive else {FILES: []})
            return {FILES: {"$ne": []} if positive else []}
        case Beside(key, _sign, other):
            there: Query = {"$and": [{key: {"$exists": True}}, {other: {"$exists": True}}]}
            away: Query = {"$or": [{key: {"$exists": False}}, {other: {"$exists": False}}]}
            return wide and (there if positive else away)
    raise AssertionError(node)


def _same(key: str, values: tuple[str | int | None, ...], *, positive: bool) -> Query:
    named = [value for value in values if value is not None]
    parts: list[Query | bool] = []
    if len(named) == 1:
        parts.append({key: named[0] if positive else {"$ne": named[0]}})
    elif named:
        parts.append({key: {"$in" if positive else "$nin": named}})
    if None in values:
        parts.append({key: {"$exists": not positive}})
    joined = _joined(parts, every=not positive)
    assert not isinstance(joined, bool)
    return joined


def _maybe_not(test: Query, positive: bool) -> Query:
    return test if positive else {"$not": test}


def here(node: Node) -> list[str]:
    """What of a filter the server cannot tell, in words."""
    match node:
        case And(parts) | Or(parts):
            return list(dict.fromkeys(words for part in parts for words in here(part)))
        case Not(part=part) | Some(inside=part):
            return here(part)
        case Compared(key, whole=False):
            return [_("numbers of {name}, which are texts there").format(name=key)]
        case Count(key):
            return [_("how many of {name} there are").format(name=key)]
        case HasFile(path) if path:
            return [_("files of {name}").format(name=path)]
        case Beside(key, _sign, other):
            return [_("{one} beside {other}").format(one=key, other=other)]
    return []
