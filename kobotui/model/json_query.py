"""A query typed in the server's own language, checked before it is sent.

The server answers what it does not know by an error or, worse, by finding nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kobotui.locale import _
from kobotui.model.filter_names import FilterError

if TYPE_CHECKING:
    from kobotui.model.filter_names import Names

_JOINS = frozenset({"$and", "$or"})
_COMPARE = frozenset({"$ne", "$gt", "$gte", "$lt", "$lte"})
_LISTS = frozenset({"$in", "$nin", "$all"})
OPERATORS = frozenset(_COMPARE | _LISTS | {"$not", "$exists", "$regex", "$options", "$elemMatch"})
"""What may stand in a condition. ``$expr`` is left out: it names fields in a way the server does not translate."""
_DEEPEST = 40


def read_json(text: str, names: Names) -> dict[str, Any]:
    """The query. Raises FilterError, with a sentence, for what the server does not take or would never find."""
    try:
        query = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FilterError(_("This is not valid JSON: {why}.").format(why=error)) from None
    _check(query, names, 0)
    return query  # type: ignore[no-any-return]  # an object: it was checked


def _check(query: object, names: Names, depth: int) -> None:
    if not isinstance(query, dict) or depth > _DEEPEST:
        raise FilterError(_("A query is a JSON object, like {example}.").format(example='{"region": "north"}'))
    for key, value in query.items():
        if key in _JOINS:
            if not isinstance(value, list) or not value:
                raise FilterError(_("{operator} takes a list of queries.").format(operator=key))
            for part in value:
                _check(part, names, depth + 1)
        elif key.startswith("$"):
            raise FilterError(
                _("The server does not know {operator} here: it knows {known}.").format(
                    operator=key, known=", ".join(sorted(_JOINS))
                )
            )
        elif "." in key and not key.startswith("_validation_status."):
            raise FilterError(_("The server finds nothing under a key with a dot: {key}.").format(key=key))
        else:
            _condition(key, value, names, depth + 1)


def _condition(key: str, value: object, names: Names, depth: int) -> None:
    if not isinstance(value, dict) or not any(name.startswith("$") for name in value):
        _value(key, value, names)
        return
    if depth > _DEEPEST:
        raise FilterError(_("These parentheses are nested too deep."))
    for name, argument in value.items():
        if name not in OPERATORS:
            raise FilterError(
                _("The server does not know {operator} here: it knows {known}.").format(
                    operator=name, known=", ".join(sorted(OPERATORS))
                )
            )
        if name == "$not":
            if not isinstance(argument, dict) or not argument:
                raise FilterError(_("{operator} takes an object of operators.").format(operator=name))
            _condition(key, argument, names, depth + 1)
        elif name == "$elemMatch":
            _check(argument, names, depth + 1)
        elif name in ("$regex", "$options"):
            _pattern(name, argument)
        elif name in _LISTS:
            if not isinstance(argument, list):
                raise FilterError(_("{operator} takes a list.").format(operator=name))
            for one in argument:
                _value(key, one, names)
        elif name in _COMPARE:
            _value(key, argument, names)


def _pattern(name: str, argument: object) -> None:
    if not isinstance(argument, str):
        raise FilterError(_("{operator} takes a text.").format(operator=name))
    if name == "$options" and not set(argument) <= set("imsx"):
        raise FilterError(_("{operator} takes letters of imsx.").format(operator=name))
    if name == "$regex":
        try:
            re.compile(argument)
        except (re.error, RecursionError, OverflowError) as error:
            raise FilterError(_("{text} is no regular expression: {why}.").format(text=argument, why=error)) from None


def _value(key: str, value: object, names: Names) -> None:
    """Answers are texts: a number would find none of them."""
    if isinstance(value, bool | int | float) and names.is_question(key):
        raise FilterError(
            _('The server keeps answers as texts: write "{value}" in quotes for {key}.').format(
                value=json.dumps(value), key=key
            )
        )
