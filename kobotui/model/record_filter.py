"""The filter of a table of records, as it is typed, and the server's query for it.

    region = North and members > 4 and not validated
    status = on hold or by in (ben, ana)            id = 104231            sent >= 2026-11-01
    Household head contains amina                   photo is empty         needs has water

Questions go by name, path or label, choices by name or label. All answers are text for the server: numbers are
compared by patterns of digits, so that 10 is more than 9; days and moments compare as they are written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.locale import _
from kobotui.model.answer import MOMENTS
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Form, Question
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

Query = dict[str, Any]

NUMBERS = frozenset({"integer", "decimal", "range"})
STATUS = "_validation_status.uid"
_ALIASES = {"id": "_id", "by": "_submitted_by", "sent": "_submission_time", "status": STATUS, "version": "__version__"}
_SYSTEM = ("_id", "_uuid", "_submitted_by", "_submission_time", "__version__", "meta/rootUuid")
_STATUSES = {
    "approved": "validation_status_approved",
    "not approved": "validation_status_not_approved",
    "on hold": "validation_status_on_hold",
    "none": None,
}
_COMPARE = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_OPERATOR = re.compile(
    r"\s*(?P<sign><=|>=|!=|=|<|>)|\s+(?P<word>not\s+in|in|is\s+not\s+empty|is\s+empty|has|contains)(?=[\s(]|$)",
    re.IGNORECASE,
)
_VALIDATED = re.compile(r"\s*(not\s+)?validated(?=\s|$)", re.IGNORECASE)
_JOINED = re.compile(r"\s+(and|or)(?=\s|$)", re.IGNORECASE)
_VALUE = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>.*?))(?=\s+(?:and|or)(?:\s|$)|\s*$)', re.I | re.S)
_LISTED = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^,()]*?))\s*(?P<end>[,)]|$)', re.S)
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d(:\d\d)?.*")


class FilterError(ValueError):
    """The text is no filter; the message is a sentence that says why."""


class _Field(NamedTuple):
    """What a condition is about: the server's key, and the question when it is one."""

    key: str
    question: Question | None = None

    @property
    def type(self) -> str:
        if self.question:
            return self.question.type
        return {"_submission_time": "datetime", "_id": "_id", STATUS: STATUS}.get(self.key, "text")


class FilterReader:
    """Reads filters over the records of one form."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._fields: dict[str, list[_Field]] = {}
        asked = [question for question in form.questions.values() if question.answerable]
        for names in (lambda q: [q.path], lambda q: [q.name], lambda q: map(shown, q.labels)):
            known = frozenset(self._fields)
            for question in asked:
                for name in names(question):
                    if name.strip().lower() not in known:
                        self._add(name, _Field(question.path, question))
        for name, key in [*((key, key) for key in _SYSTEM), *_ALIASES.items()]:
            if name not in self._fields:
                self._add(name, _Field(key))
        self._longest_first = sorted(self._fields, key=len, reverse=True)

    def _add(self, name: str, field: _Field) -> None:
        if name := name.strip().lower():
            fields = self._fields.setdefault(name, [])
            if field not in fields:
                fields.append(field)

    def query(self, text: str) -> Query:
        """The server's query for a filter; empty for an empty text.

        Raises FilterError, with a sentence for the user, when the text cannot be read.
        """
        return _Reading(self, text).whole() if text.strip() else {}

    def problem(self, text: str) -> str:
        """Why the text is no filter, empty when it is one."""
        try:
            self.query(text)
        except FilterError as error:
            return str(error)
        return ""

    def field_at(self, text: str, at: int) -> tuple[_Field, int]:
        """The field whose name begins at ``at``, and where the name ends; the longest name wins."""
        rest = text[at:].lower()
        for name in self._longest_first:
            if rest.startswith(name) and _ends_name(rest, len(name)):
                fields = self._fields[name]
                if len(fields) > 1:
                    paths = ", ".join(field.key for field in fields[:4])
                    raise FilterError(
                        _("Several questions are called {name}: write one of {paths}.").format(name=name, paths=paths)
                    )
                return fields[0], at + len(name)
        word = (rest.split(maxsplit=1) or [""])[0]
        if not word:
            raise FilterError(_("Here a question is missing, or id, by, sent, status, validated."))
        raise FilterError(_("There is no question called {name}.").format(name=word))

    def choice(self, question: Question, text: str) -> str:
        """The name of the choice that is meant by its name or by its label in any language."""
        offered = self._form.choices_of(question)
        wanted = text.lower()
        for choice in offered:
            if choice.name == text:
                return text
        for choice in offered:
            if wanted in (choice.name.lower(), *(shown(label).strip().lower() for label in choice.labels if label)):
                return choice.name
        if offered and not question.or_other:
            known = ", ".join(choice.name for choice in offered[:6])
            raise FilterError(
                _("{value} is not a choice of {question}: {known} ...").format(
                    value=text, question=question.name, known=known
                )
            )
        return text

    def repeats_around(self, question: Question) -> Iterable[str]:
        """Paths of the repeats around a question, the innermost first."""
        path, seen = question.repeat, set[str]()
        while path is not None and path not in seen:
            seen.add(path)
            yield path
            path = self._form.groups[path].repeat if path in self._form.groups else None

    def completions(self, text: str, language: int | None = None) -> list[str]:
        """The text with its last word brought to an end: names of questions, or choices after an operator."""
        parts = list(_JOINED.finditer(text))
        start = parts[-1].end() if parts else 0
        begun = text[start:].lstrip()
        before = text[: len(text) - len(begun)]
        for name in self._longest_first:
            operator = _OPERATOR.match(begun, len(name)) if begun.lower().startswith(name) else None
            if operator:
                head = before + begun[: operator.end()].rstrip()
                return [f"{head} {value}" for value in self._values(self._fields[name][0], language)]
        asked = [question for question in self._form.questions.values() if question.answerable]
        labels = [shown(self._form.label(question, language)) for question in asked]
        names = [*labels, *(question.name for question in asked), *_ALIASES, "validated", "not validated"]
        return [before + name for name in dict.fromkeys(names) if not _JOINED.search(name)]

    def _values(self, field: _Field, language: int | None) -> list[str]:
        if field.key == STATUS:
            return list(_STATUSES)
        if field.question is None:
            return []
        listed = field.question.list_name
        labels = (self._form.choice_label(listed, c.name, language) for c in self._form.choices_of(field.question))
        return [shown(label) for label in labels]


def _ends_name(rest: str, length: int) -> bool:
    return length == len(rest) or rest[length].isspace() or rest[length] in "=<>!"


class _Reading:
    """One text, from left to right."""

    def __init__(self, reader: FilterReader, text: str) -> None:
        self.reader, self.text, self.at = reader, text, 0

    def whole(self) -> Query:
        alternatives = [self._all_of()]
        while self._joined() == "or":
            alternatives.append(self._all_of())
        if rest := self.text[self.at :].strip():
            raise FilterError(_("Before “{rest}” an “and” or “or” is missing.").format(rest=rest))
        return _join("$or", alternatives)

    def _all_of(self) -> Query:
        conditions = [self._condition()]
        while self._joined(only="and"):
            conditions.append(self._condition())
        return _join("$and", conditions)

    def _joined(self, only: str = "") -> str:
        match = _JOINED.match(self.text, self.at)
        if not match or (only and match[1].lower() != only):
            return ""
        self.at = match.end()
        return match[1].lower()

    def _condition(self) -> Query:
        word = _VALIDATED.match(self.text, self.at)
        if word:
            self.at = word.end()
            return {STATUS: {"$exists": word[1] is None}}
        self.at = len(self.text) - len(self.text[self.at :].lstrip())
        field, self.at = self.reader.field_at(self.text, self.at)
        test = self._test(field)
        condition: Query = {field.key: test}
        for repeat in self.reader.repeats_around(field.question) if field.question else ():
            condition = {repeat: {"$elemMatch": condition}}
        return condition

    def _test(self, field: _Field) -> Any:
        match = _OPERATOR.match(self.text, self.at)
        if not match:
            raise FilterError(
                _("After {name} one of =, !=, <, >, in, is empty, contains is missing.").format(name=field.key)
            )
        self.at = match.end()
        operator = match["sign"] or " ".join(match["word"].lower().split())
        match operator:
            case "is empty" | "is not empty":
                return self._presence(field, present=operator == "is not empty")
            case "in" | "not in":
                return self._among(field, [self._meant(field, text) for text in self._list()], inside=operator == "in")
        value = self._value(field)
        match operator:
            case "contains":
                return {"$regex": re.escape(value), "$options": "i"}
            case "has":
                return _has([self._meant(field, value)])
            case "=" | "!=":
                if field.type in MOMENTS and _DAY.fullmatch(value):
                    same = {"$regex": f"^{value}"}
                    return same if operator == "=" else {"$not": same}
                return self._among(field, [self._meant(field, value)], inside=operator == "=")
        return _compared(field, operator, value)

    @staticmethod
    def _presence(field: _Field, *, present: bool) -> Any:
        if field.key == "_submitted_by":  # null for an anonymous record, not absent
            return {"$ne": None} if present else None
        return {"$exists": present}

    def _meant(self, field: _Field, text: str) -> Any:
        """The value for the server."""
        if field.key == STATUS:
            words = text.lower().removeprefix("validation_status_").replace("_", " ")
            if words not in _STATUSES:
                raise FilterError(_("A status is approved, not approved, on hold or none."))
            return _STATUSES[words]
        if field.key == "_id":
            if not re.fullmatch(r"\d{1,18}", text):
                raise FilterError(_("An id is a whole number."))
            return int(text)
        if field.question and field.type in SELECT_ONE | SELECT_MANY:
            return self.reader.choice(field.question, text)
        return text

    @staticmethod
    def _among(field: _Field, values: list[Any], *, inside: bool) -> Any:
        if field.type in SELECT_MANY:
            return _has(values) if inside else {"$not": _has(values)}
        if field.key == STATUS and values == [None]:
            return {"$exists": not inside}
        if len(values) == 1:
            return values[0] if inside else {"$ne": values[0]}
        return {"$in" if inside else "$nin": values}

    def _value(self, field: _Field) -> str:
        match = _VALUE.match(self.text, self.at)
        value = _text_of(match) if match else ""
        if not match or (not value and match["quoted"] is None):
            raise FilterError(_("After {name} a value is missing.").format(name=field.key))
        self.at = match.end()
        return value

    def _list(self) -> list[str]:
        opening = re.compile(r"\s*\(").match(self.text, self.at)
        if not opening:
            raise FilterError(_("A list stands in parentheses: in (a, b)"))
        self.at = opening.end()
        values = []
        while match := _LISTED.match(self.text, self.at):
            self.at = match.end()
            if value := _text_of(match):
                values.append(value)
            if match["end"] == ")":
                break
            if not match["end"]:
                raise FilterError(_("The list is not closed: in (a, b)"))
        if not values:
            raise FilterError(_("The list is empty."))
        return values


def _text_of(match: re.Match[str]) -> str:
    if match["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", match["quoted"])
    return match["plain"].strip()


def _join(operator: str, conditions: list[Query]) -> Query:
    return conditions[0] if len(conditions) == 1 else {operator: conditions}


def _has(names: list[str]) -> Query:
    """Some of several chosen: the server keeps the names in one text, a space between."""
    return {"$regex": f"(^| )({'|'.join(map(re.escape, names))})( |$)"}


def _compared(field: _Field, operator: str, value: str) -> Query:
    if field.type == "_id":
        if not value.isdigit():
            raise FilterError(_("An id is a whole number."))
        return {_COMPARE[operator]: int(value)}
    if field.type in NUMBERS:
        if not re.fullmatch(r"\d{1,18}", value):
            raise FilterError(_("Compare {name} with a whole number: 0, 12, 300.").format(name=field.key))
        return {"$regex": number_pattern(operator, int(value))}
    if field.type in MOMENTS | {"date", "today"}:
        day = _DAY.fullmatch(value)
        if not day and not _MOMENT.fullmatch(value):
            raise FilterError(_("Compare {name} with a day: 2026-11-23.").format(name=field.key))
        if day and operator in ("<=", ">"):  # as text, every hour of a day comes after the day itself
            value += "~"
        return {_COMPARE[operator]: value}
    if field.type in SELECT_ONE | SELECT_MANY or field.key == STATUS:
        raise FilterError(_("{name} is one of a list: only =, != and in make sense.").format(name=field.key))
    return {_COMPARE[operator]: value}


def number_pattern(operator: str, bound: int) -> str:
    """The pattern of the texts that are numbers below, above ... a bound: the server cannot compare them itself."""
    fraction = r"(\.\d*)?"
    match operator:
        case ">=":
            return rf"^\+?0*({_at_least(bound)}){fraction}$"
        case ">":
            return rf"^\+?0*(({_at_least(bound + 1)}){fraction}|{bound}\.\d*[1-9]\d*)$"
        case "<":
            return rf"^(-\d.*|\+?0*({_below(bound)}){fraction})$"
    return rf"^(-\d.*|\+?0*({_below(bound)}){fraction}|\+?0*{bound}(\.0*)?)$"


def _at_least(bound: int) -> str:
    """Digits without leading zeros, from a bound on."""
    digits = str(bound)
    length = len(digits)
    parts = [rf"[1-9]\d{{{length},}}", digits]
    for place, digit in enumerate(digits):
        if digit != "9":
            parts.append(rf"{digits[:place]}[{int(digit) + 1}-9]\d{{{length - place - 1}}}")
    return "|".join(parts)


def _below(bound: int) -> str:
    """Digits without leading zeros, below a bound."""
    digits = str(bound)
    length = len(digits)
    parts = [rf"\d{{1,{length - 1}}}"] if length > 1 else []
    for place, digit in enumerate(digits):
        if digit != "0":
            parts.append(rf"{digits[:place]}[0-{int(digit) - 1}]\d{{{length - place - 1}}}")
    return "|".join(parts) or "(?!)"
