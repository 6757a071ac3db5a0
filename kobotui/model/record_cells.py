"""A cell of a spreadsheet as the answer that KoboToolbox keeps: choices by name or label, numbers and days as text.

What a cell means depends on its question; whether the answer will do is for ``model.check`` to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.form import SELECT_MANY, SELECT_ONE

if TYPE_CHECKING:
    from kobotui.model.form import Form, Question

Value = str | int | float | bool | date | time | timedelta | None
"""What a cell holds; a ``datetime`` is a ``date``, too."""

Lookup = Callable[[str], str | None]
"""The answer to another question by its name; None when it is not known."""
Words = dict[str, list[str]]
"""Names of choices by a word that stands for them."""

NUMBERS = frozenset({"integer", "decimal", "range"})
MOMENTS = frozenset({"datetime", "start", "end"})
_STRIPPED = frozenset({"time", "geotrace", "geoshape", "barcode"})
_TRUE = frozenset({"1", "1.0", "true", "vrai", "yes", "oui", "x", "ok", "✓", "✔"})
_FALSE = frozenset({"", "0", "0.0", "false", "faux", "no", "non"})
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+")
_SHORTENED = re.compile(r"-?\d[.,]\d+[eE]\+\d{2,}")
"""A long number as a spreadsheet shows it, its last digits lost."""
_LOCAL_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_SPACES = re.compile("[\u00a0\u202f\u2009]")
_BETWEEN = re.compile(r"\s*[,;|\n]\s*")
_SHORT_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) +(\d\d?:\d\d(:\d\d(\.\d+)?)?.*)")
_ZONE = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$")
_MOST_LABELS = 30
"""Labels of choices one after another in a cell; more are not taken apart."""


class CellError(ValueError):
    """A cell that is no answer to its question; the message is a sentence."""


def plain(value: Value) -> str:
    """A cell as text, lines ending in a line feed, as the server keeps them."""
    match value:
        case None:
            return ""
        case str():
            return value.replace("\r\n", "\n").replace("\r", "\n")
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            whole = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
            return value.date().isoformat() if whole else rounded(value).isoformat()
        case time():
            return value.isoformat(timespec="seconds")
    return str(value)


def rounded(moment: datetime) -> datetime:
    """A spreadsheet keeps moments as parts of a day, seldom to the last digit."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def ticked(value: Value) -> bool:
    """Whether the column of one choice says that it was chosen. Raises ``CellError``."""
    text = plain(value).strip().casefold()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise CellError(_("The column of a choice takes 1 or 0."))


class CellReader:
    """What the cells of a file mean, whose words are those of one form."""

    def __init__(self, form: Form, *, labels_first: bool = False) -> None:
        """``labels_first``: whether a word that is the name of one choice and the label of another is the label."""
        self.form = form
        self._labels_first = labels_first
        self._words: dict[tuple[str, bool], Sequence[Words]] = {}

    def answer(
        self,
        question: Question,
        value: Value,
        *,
        decimal_comma: bool = False,
        before: str = "",
        lookup: Lookup | None = None,
    ) -> str:
        """The answer that a cell means, empty for none. Raises ``CellError``.

        ``decimal_comma``: whether a comma may stand in a number. ``before``: the answer to be corrected, whose time
        zone a moment keeps. ``lookup``: other answers by name, which tell choices of the same label apart.
        """
        text = plain(value)
        kind = question.type
        if not text.strip():
            return ""
        if kind in SELECT_ONE:
            return self._choice(question, text.strip(), lookup)
        if kind in SELECT_MANY:
            return " ".join(self._choices(question, text.strip(), lookup))
        if kind in NUMBERS:
            return number(value, decimal_comma=decimal_comma)
        if kind == "date":
            return value.date().isoformat() if isinstance(value, datetime) else _day(text.strip())
        if kind == "datetime":
            return _moment(value, text.strip(), before)
        if kind == "geopoint":
            return " ".join(text.replace(",", " ").split())
        if kind == "acknowledge":
            return "OK" if text.strip().casefold() in _TRUE else text.strip()
        if isinstance(value, str) and _SHORTENED.fullmatch(text.strip()):
            raise CellError(_("A spreadsheet has shortened this number. Make the column text, and write it whole."))
        return text.strip() if kind in _STRIPPED else text

    # Choices

    def _meant(self, question: Question) -> Sequence[Words]:
        """Names of choices by what may stand for them, the likelier first: names, and labels in every language."""
        key = (question.list_name or "", question.or_other)
        if key not in self._words:
            names: Words = {choice.name: [choice.name] for choice in self.form.choices_of(question)}
            if question.or_other:
                names.setdefault("other", ["other"])
            labels: Words = {}
            for choice in self.form.choices_of(question):
                for label in dict.fromkeys(plain(label).strip() for label in choice.labels if label):
                    labels.setdefault(label, []).append(choice.name)
            self._words[key] = (labels, names) if self._labels_first else (names, labels)
        return self._words[key]

    def _choice(self, question: Question, text: str, lookup: Lookup | None) -> str:
        if not self.form.choices_of(question):  # a list in a file, or taken from another question
            return text
        tables = self._meant(question)
        found = next((table[text] for table in tables if text in table), None)
        return self._only(question, text, found or _folded(tables, text.casefold()), lookup)

    def _only(self, question: Question, text: str, found: Iterable[str], lookup: Lookup | None) -> str:
        names = list(dict.fromkeys(found))
        if not names:
            raise CellError(_("{name} is not among the choices.").format(name=text))
        if len(names) > 1 and lookup is not None and (fitting := self.form.fitting(question, lookup)) is not None:
            names = [name for name in names if name in fitting] or names
        if len(names) > 1:
            sentence = _("“{label}” is the label of several choices: {names}. Write the name.")
            raise CellError(sentence.format(label=text, names=", ".join(names)))
        return names[0]

    def _choices(self, question: Question, text: str, lookup: Lookup | None) -> list[str]:
        """Names or labels with spaces between, or with commas, semicolons, bars or line breaks."""
        if not self.form.choices_of(question):
            return text.split()
        parts = [part for part in _BETWEEN.split(text) if part] if _BETWEEN.search(text) else []
        for table in self._meant(question):
            for found in (parts, text.split()):
                if found and all(part in table for part in found):
                    return [self._only(question, part, table[part], lookup) for part in found]
            if len(ways := _taken_apart(text, table)) == 1:
                return [self._only(question, label, table[label], lookup) for label in ways[0]]
            if ways:
                raise CellError(_("“{text}” can be read in several ways. Write the names.").format(text=text))
        for found in (parts, text.split()):  # names and labels side by side, in whatever capitals
            meant = [_folded(self._meant(question), part.casefold()) for part in found]
            if found and all(meant):
                return [self._only(question, part, names, lookup) for part, names in zip(found, meant, strict=True)]
        known = {key.casefold() for table in self._meant(question) for key in table}
        strange = next((part for part in parts or text.split() if part.casefold() not in known), text)
        raise CellError(_("{name} is not among the choices.").format(name=strange))


def _folded(tables: Sequence[Words], folded: str) -> list[str]:
    """The names that a word may mean whatever its capitals, of the first table that has any."""
    for table in tables:
        if found := [name for key, names in table.items() if key.casefold() == folded for name in names]:
            return found
    return []


def number(value: Value, *, decimal_comma: bool = False) -> str:
    """A number as the server keeps it, anything else as it is."""
    text = _SPACES.sub("", plain(value).strip())
    return text.replace(",", ".") if decimal_comma and _COMMA_NUMBER.fullmatch(text) else text


def days(text: str) -> set[date]:
    """The days that a date in the order of some country can be: ``5/11/2026`` is one of two."""
    found = _LOCAL_DAY.fullmatch(text)
    if not found:
        return set()
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    orders = [(second, first)] if found[2] == "." else [(second, first), (first, second)]
    meant = set()
    for month, day in orders:
        with suppress(ValueError):
            meant.add(date(year, month, day))
    return meant


def _day(text: str) -> str:
    meant = days(text)
    if len(meant) > 1:
        listed = ", ".join(sorted(day.isoformat() for day in meant))
        raise CellError(_("This could be several days: {days}. Write it as year-month-day.").format(days=listed))
    return meant.pop().isoformat() if meant else text


def shortened(text: str, whole: str) -> bool:
    """Whether a text is what a spreadsheet made of a long number: ``2.55712E+11``, or ``712`` of ``0712``."""
    if not whole.isascii() or not whole.isdigit():
        return False
    if whole.startswith("0"):
        return text == (whole.lstrip("0") or "0")
    if not _SHORTENED.fullmatch(text):
        return False
    places = len(re.split("[.,eE]", text)[1])
    return f"{float(whole):.{places}E}" == text.replace(",", ".").upper()


def _moment(value: Value, text: str, before: str) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        text = f"{value.isoformat()}T00:00:00"
    elif isinstance(value, datetime):
        text = rounded(value).isoformat()
    elif found := _SHORT_MOMENT.fullmatch(text):
        text = f"{found[1]}T{found[2]}"
    zone = _ZONE.search(before)
    if zone and "T" in text and not _ZONE.search(text) and re.fullmatch(r"[^T]+T\d\d:\d\d:\d\d", text):
        text += (zone[1] or "") and ".000"
        text += zone[2]
    return text


def _taken_apart(text: str, table: Words) -> list[list[str]]:
    """The ways, at most two, to read a text as labels with a space between; none when there is no such way."""
    ends: dict[int, list[list[str]]] = {0: [[]]}
    starts = [0, *(place + 1 for place, sign in enumerate(text) if sign == " ")]
    for start in starts:
        for way in ends.get(start, ())[:2]:
            if len(way) >= _MOST_LABELS:
                continue
            for label in table:
                end = start + len(label)
                if label not in way and text.startswith(label, start) and (end == len(text) or text[end] == " "):
                    ends.setdefault(end + 1, []).append([*way, label])
    return ends.get(len(text) + 1, [])[:2]
