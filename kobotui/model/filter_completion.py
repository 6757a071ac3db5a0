"""How a filter that is being typed may go on."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from kobotui.model.filter_dates import WORDS
from kobotui.model.filter_meaning import ME, STATUSES
from kobotui.model.filter_names import ALIASES, DATED, FilterError
from kobotui.model.filter_query import SUBMITTER
from kobotui.model.filter_tree import STATUS
from kobotui.model.form import MEDIA, SELECT_MANY, SELECT_ONE
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kobotui.model.filter_names import Field
    from kobotui.model.filter_parser import Expected, Parser

_OWN = ("validated", "not validated", "has attachment", "not")
_QUOTE = re.compile(r'[()"\\,]|^\s|\s$|\s(and|or)\s|^$|^\$\{', re.IGNORECASE)
_ANSWERED = ("is unanswered", "is answered")
_MOST = 200


class Completion(NamedTuple):
    """``text``: the whole text, gone on with; ``part``: what is new of it, or begun."""

    text: str
    part: str


def completions(parser: Parser, language: int | None = None) -> list[Completion]:
    """What may stand where the text ends. Those that begin with what is typed first, then those that have it."""
    with suppress(FilterError):
        parser.whole()
    found: dict[str, Completion] = {}
    for expected in _last(parser):
        begun = parser.text[expected.at :].lstrip().lower()
        head = parser.text[: len(parser.text) - len(begun)]
        offered = list(dict.fromkeys(_offered(parser, expected, language)))
        fitting = [part for part in offered if part.lower().startswith(begun)]
        fitting += [part for part in offered if begun in part.lower() and part not in fitting]
        for part in fitting:
            if part.lower() != begun:
                text = head + part if not head or head[-1].isspace() or head[-1] in "(" else f"{head} {part}"
                found.setdefault(text, Completion(text, part))
    return list(found.values())[:_MOST]


def _last(parser: Parser) -> list[Expected]:
    """What was looked for last, the latest first: an operator may also be the rest of a longer name."""
    expected = parser.expected[::-1]
    if not expected:
        return []
    wanted = [expected[0]]
    for before in expected[1:]:
        later = wanted[-1]
        if later.what == "operator" and before.what == "condition":
            wanted.append(before)
            break
        if later.what == "join" and before.what in ("value", "listed", "join"):
            wanted.append(before)
            if before.what != "join":
                break
        else:
            break
    return wanted


def _offered(parser: Parser, expected: Expected, language: int | None) -> Iterable[str]:
    field = expected.field
    match expected.what:
        case "condition":
            return _conditions(parser, expected.scope, language)
        case "operator":
            return _operators(field) if field else ()
        case "join":
            return ("and", "or")
    return map(_quoted, _values(parser, field, language)) if field else ()


def _conditions(parser: Parser, scope: str | None, language: int | None) -> list[str]:
    labels = parser.names.labels(language, scope)
    names = [*(label for label, _name in labels), *(name for _label, name in labels)]
    if scope is None:
        names += [*ALIASES, *_OWN, *(f"[{name}]" for name in parser.saved)]
    return [name for name in names if name]


def _operators(field: Field) -> tuple[str, ...]:
    """Those that make sense for a field, the likeliest first."""
    kind = field.type
    if field.repeat:
        return ("has (", "is empty", "is not empty", "=", ">", "<")
    if kind in MEDIA:
        return ("has attachment", "has no attachment", *_ANSWERED, "contains")
    if kind in SELECT_ONE | SELECT_MANY or field.key == STATUS:
        return ("=", "!=", "in (", "not in (", *(() if field.key == STATUS else _ANSWERED))
    if kind in DATED:
        return ("=", "in", ">=", "<=", ">", "<", "!=", *_ANSWERED)
    if field.key == "_id":
        return ("=", "in (", ">=", "<=", ">", "<")
    return ("=", "!=", "contains", "does not contain", "in (", "not in (", ">", "<", *_ANSWERED)


def _values(parser: Parser, field: Field | None, language: int | None) -> list[str]:
    if field is None:
        return []
    if field.key == STATUS:
        return list(STATUSES)
    if field.key == SUBMITTER:
        return [ME]
    if field.type in DATED:
        return list(WORDS)
    if field.question is None:
        return []
    if field.type in MEDIA:
        return ["attachment", "no attachment"]
    form, listed = parser.names.form, field.question.list_name
    labels = (form.choice_label(listed, choice.name, language) for choice in form.choices_of(field.question))
    return [shown(label) for label in labels]


def _quoted(value: str) -> str:
    """A value in quotes where it would end too early without them."""
    if not _QUOTE.search(value) or value == "no attachment":
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
