"""An answer against its question, before it is sent: the server stores anything without a look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.constraint import holds
from kobotui.model.form import MEDIA, META, SELECT_MANY, SELECT_ONE, SILENT, Form, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOWHERE = re.compile("[\x00\ud800-\udfff]")
_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer does not fit its question."""

    sentence: str


def unstorable(text: str) -> str | None:
    """Why no server keeps this text in a name, a description or a tag; None when it does, control characters included.

    Answers are kept as XML, which takes less: see :func:`check`.
    """
    if _NOWHERE.search(text):
        return _("This has a character (NUL, or half of one) that the server cannot keep.")
    return None


def editable(question: Question) -> bool:
    """Whether an answer may be corrected by hand: not what is recorded by the device, or a file.

    What is calculated may: the server does not calculate it anew when an answer that it is made from is corrected.
    """
    return question.type not in MEDIA | META | SILENT


def check(
    question: Question,
    text: str,
    form: Form,
    *,
    answers: Mapping[str, object] | None = None,
    language: int = 0,
    today: date | None = None,
) -> Problem | None:
    """What is wrong with the answer; None when it fits, or when that cannot be judged here.

    ``answers``: the record the answer belongs to, by path, for constraints that look at other answers.
    """
    if not text:
        return Problem(_("This question needs an answer.")) if question.required else None
    if _NOT_IN_XML.search(text):
        return Problem(_("The answer has a control character, which the server refuses."))
    lookup = lookup_in(form, answers)
    sentence = _of_type(question, text, form) or _beside(question, text, form, lookup)
    if sentence:
        return Problem(sentence)
    if question.constraint and holds(question.constraint, text, lookup, today) is False:
        message = next((m for m in question.constraint_message[language:] + question.constraint_message if m), None)
        return Problem(message or _("The form asks for {constraint}.").format(constraint=question.constraint))
    return None


def lookup_in(form: Form, answers: Mapping[str, object] | None) -> Callable[[str], str | None]:
    """Answers of a record by the question's name; None for what cannot be told, as inside a repeat."""

    def find(name: str) -> str | None:
        if answers is None:
            return None
        found = [q for q in form.questions.values() if q.name == name]
        if len(found) != 1 or found[0].repeat is not None:  # inside a repeat: which one?
            return None
        value = answers.get(found[0].path, "")
        return value if isinstance(value, str) else None

    return find


def _of_type(question: Question, text: str, form: Form) -> str:
    kind = question.type
    if kind in SELECT_ONE:
        return _choices(question, [text], form)
    if kind in SELECT_MANY:
        names = text.split()
        if len(set(names)) < len(names):
            return _("A choice is named twice.")
        return _choices(question, names, form)
    judge = _BY_TYPE.get(kind)
    return judge(question, text) if judge else ""


def _choices(question: Question, names: list[str], form: Form) -> str:
    offered = {choice.name for choice in form.choices_of(question)}
    if not offered:  # a list in a file, or taken from another question
        return ""
    unknown = [n for n in names if n not in offered and not (question.or_other and n == "other")]
    return _("{name} is not among the choices.").format(name=unknown[0]) if unknown else ""


def _beside(question: Question, text: str, form: Form, lookup: Callable[[str], str | None]) -> str:
    """What is wrong with a choice of a cascading list beside the other answers."""
    fitting = form.fitting(question, lookup)
    if fitting is None or all(name in fitting for name in text.split()):
        return ""
    strange = next(name for name in text.split() if name not in fitting)
    return _("{name} does not go with the other answers: {filter}").format(name=strange, filter=question.choice_filter)


def _integer(_question: Question, text: str) -> str:
    return "" if _INTEGER.fullmatch(text) else _("This is not a whole number.")


def _decimal(_question: Question, text: str) -> str:
    if _DECIMAL.fullmatch(text):
        return ""
    if _DECIMAL.fullmatch(text.replace(",", ".")):
        return _("Write the number with a point: {number}").format(number=text.replace(",", "."))
    return _("This is not a number.")


def _range(question: Question, text: str) -> str:
    problem = _decimal(question, text)
    if problem:
        return problem
    low, high = question.params.get("start", "1"), question.params.get("end", "10")
    if _DECIMAL.fullmatch(low) and _DECIMAL.fullmatch(high) and not float(low) <= float(text) <= float(high):
        return _("The number must be from {low} to {high}.").format(low=low, high=high)
    return ""


def _date(_question: Question, text: str) -> str:
    try:
        if _DATE.fullmatch(text):
            date.fromisoformat(text)
            return ""
    except ValueError:
        return _("There is no such day.")
    return _("Write the date as year-month-day: 2026-11-23")


def _time(_question: Question, text: str) -> str:
    try:
        if _TIME.fullmatch(text):
            time.fromisoformat(text)
            return ""
    except ValueError:
        return _("There is no such time.")
    return _("Write the time as hours:minutes: 14:30")


def _datetime(question: Question, text: str) -> str:
    day, sign, clock = text.partition("T")
    problem = _date(question, day) or (_time(question, clock) if sign else "")
    if problem or not sign:
        return problem or _("Write date and time with a T between them: 2026-11-23T14:30:00")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return _("There is no such time.")
    return ""


def _geopoint(_question: Question, text: str) -> str:
    parts = text.split()
    if not 2 <= len(parts) <= 4 or not all(_DECIMAL.fullmatch(part) for part in parts):
        return _("Write the position as latitude and longitude: -1.2833 36.8167")
    if abs(float(parts[0])) > 90:
        return _("The latitude must be from -90 to 90.")
    if abs(float(parts[1])) > 180:
        return _("The longitude must be from -180 to 180.")
    return ""


def _geotrace(question: Question, text: str) -> str:
    points = [point for point in text.split(";") if point.strip()]
    if len(points) < 2:
        return _("A line needs two positions or more, with ; between them.")
    return next((problem for problem in (_geopoint(question, point) for point in points) if problem), "")


def _geoshape(question: Question, text: str) -> str:
    points = [point.split()[:2] for point in text.split(";") if point.strip()]
    if len(points) < 4 or points[0] != points[-1]:
        return _("A shape needs three positions or more and ends where it begins.")
    return _geotrace(question, text)


def _acknowledge(_question: Question, text: str) -> str:
    return "" if text == "OK" else _("The only possible answer is OK.")


_BY_TYPE = {
    "integer": _integer,
    "decimal": _decimal,
    "range": _range,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "geopoint": _geopoint,
    "geotrace": _geotrace,
    "geoshape": _geoshape,
    "acknowledge": _acknowledge,
}
