"""What the records of a project say, question by question: counted as they come by, in bounded memory."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from kobotui.model.form import MEDIA, SELECT_MANY, SELECT_ONE, Form, Group, Question
from kobotui.model.submission import SYSTEM_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["choice", "number", "date", "text", "other"]

DISTINCT = 1000
"""Different answers that are told apart for each question; what comes after is counted together."""
BINS = 64
"""Bars of a distribution at most."""
_BITS = 45
"""Of a number, that ranges tell apart: their ends are numbers, too."""

_NUMBERS = frozenset({"integer", "decimal", "range"})
_DATES = frozenset({"date", "today", "datetime", "start", "end"})
_PLACES = frozenset({"geopoint", "geotrace", "geoshape", "start-geopoint", "background-geopoint"})


class Bin(NamedTuple):
    """Numbers from ``low`` up to, and without, ``high``."""

    low: float
    high: float
    numbers: int


@dataclass
class Tally:
    """How often each answer was given."""

    counts: Counter[str] = field(default_factory=Counter)
    others: int = 0
    """Answers beyond the first ``DISTINCT`` different ones."""

    def add(self, answer: str) -> None:
        """One answer more."""
        if answer in self.counts or len(self.counts) < DISTINCT:
            self.counts[answer] += 1
        else:
            self.others += 1

    def most(self, number: int | None = None) -> list[tuple[str, int]]:
        """Answers and how often, the most frequent first, equal ones in the order of the alphabet."""
        found = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return found if number is None else found[:number]


@dataclass
class Distribution:
    """Numbers: how many, between what, and in which ranges; the ranges grow with what comes and are exact."""

    count: int = 0
    least: float = math.inf
    most: float = -math.inf
    _mean: float = 0.0
    _squares: float = 0.0
    _width: int = -20
    """The power of two that a range is wide."""
    _bins: dict[int, int] = field(default_factory=dict)

    def add(self, value: float) -> None:
        """One number more."""
        self.count += 1
        self.least, self.most = min(self.least, value), max(self.most, value)
        before = value - self._mean
        self._mean += before / self.count
        self._squares += before * (value - self._mean)
        if (finest := math.frexp(value)[1] - _BITS) > self._width:
            self._coarser(finest - self._width)
        place = self._place(value)
        self._bins[place] = self._bins.get(place, 0) + 1
        while max(self._bins) - min(self._bins) >= BINS:
            span = max(self._bins) - min(self._bins)
            self._coarser(max(1, span.bit_length() - BINS.bit_length()))

    def _place(self, value: float) -> int:
        mantissa, exponent = math.frexp(value)
        whole = int(mantissa * 2**53)
        shift = exponent - 53 - self._width
        return whole << shift if shift >= 0 else whole >> -shift  # a shift rounds down, as is wanted

    def _coarser(self, steps: int) -> None:
        """Ranges wider by so many powers of two."""
        self._width += steps
        found: dict[int, int] = {}
        for place, count in self._bins.items():
            found[place >> steps] = found.get(place >> steps, 0) + count
        self._bins = found

    @property
    def mean(self) -> float | None:
        """The average; None without numbers."""
        return self._mean if self.count else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of a sample; None with fewer than two numbers."""
        return math.sqrt(max(0.0, self._squares) / (self.count - 1)) if self.count > 1 else None

    @property
    def bins(self) -> list[Bin]:
        """The ranges from the least number to the greatest, empty ones between them included."""
        if not self._bins:
            return []
        places = range(min(self._bins), max(self._bins) + 1)
        return [Bin(self._edge(place), self._edge(place + 1), self._bins.get(place, 0)) for place in places]

    def _edge(self, place: int) -> float:
        try:
            return math.ldexp(place, self._width)
        except OverflowError:
            return math.inf if place > 0 else -math.inf

    def quantile(self, share: float) -> float | None:
        """The number below which this share lies, as well as the ranges tell; None without numbers."""
        if not self.count:
            return None
        wanted, passed = share * self.count, 0
        for low, high, count in self.bins:
            if count and passed + count >= wanted:
                part = max(0.0, wanted - passed) / count
                inside = max(low, self.least) * (1 - part) + min(high, self.most) * part
                return min(max(inside, self.least), self.most)
            passed += count
        return self.most


@dataclass
class QuestionReport:
    """One question."""

    question: Question
    kind: Kind
    asked: int = 0
    """Records, or rounds of its repeat."""
    answered: int = 0
    tally: Tally = field(default_factory=Tally)
    """Names of choices, days (or months), texts; nothing for other kinds."""
    numbers: Distribution = field(default_factory=Distribution)
    unreadable: int = 0
    """Answers that are no number although the question asks for one."""

    def add(self, value: Any) -> None:
        """An answer, or None where there is none."""
        self.asked += 1
        if value is None or value == "":
            return
        self.answered += 1
        text = value if isinstance(value, str) else str(value)
        match self.kind:
            case "choice" if self.question.type in SELECT_MANY:
                for name in dict.fromkeys(text.split()):
                    self.tally.add(name)
            case "choice" | "text":
                self.tally.add(text)
            case "date":
                self.tally.add(text[:10])
            case "number":
                self._number(text)

    def _number(self, text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            self.numbers.add(value)
        else:
            self.unreadable += 1

    def answers(self, form: Form) -> list[tuple[str, int]]:
        """Each answer and how often, the most frequent first; of a list those too that nobody chose, at its end."""
        found = self.tally.most()
        if self.kind == "choice":
            found += [(c.name, 0) for c in form.choices_of(self.question) if c.name not in self.tally.counts]
        return found


def kind_of(question: Question) -> Kind:
    """How a question is reported."""
    if question.type in SELECT_ONE | SELECT_MANY:
        return "choice"
    if question.type in _NUMBERS:
        return "number"
    if question.type in _DATES:
        return "date"
    return "other" if question.type in MEDIA | _PLACES else "text"


class Report:
    """All questions of a form, and when and by whom records were sent; ``add`` takes them as they come."""

    def __init__(self, form: Form) -> None:
        self.records = 0
        self.days: Counter[str] = Counter()
        """Records by the day they were sent, UTC."""
        self.users = Tally()
        """Records by who sent them; empty for nobody who logged in."""
        self.statuses: Counter[str] = Counter()
        """Records by validation status, empty for none."""
        self.unknown: Counter[str] = Counter()
        """Records by keys that no question of the form has, system keys aside: answers to earlier versions."""
        self.questions = {
            path: QuestionReport(question, kind_of(question))
            for path, question in form.questions.items()
            if question.answerable
        }
        """By path, in form order."""
        self._known = SYSTEM_KEYS | form.questions.keys() | form.groups.keys()
        self._inside: dict[str | None, list[QuestionReport]] = {}
        for report in self.questions.values():
            self._inside.setdefault(report.question.repeat, []).append(report)
        self._repeats: dict[str | None, list[str]] = {}
        for _depth, item in form.nodes:
            if isinstance(item, Group) and item.repeats:
                self._repeats.setdefault(item.repeat, []).append(item.path)

    def add(self, raw: Mapping[str, Any]) -> None:
        """One record, as the server sends it."""
        self.records += 1
        self.days[str(raw.get("_submission_time") or "")[:10]] += 1
        self.users.add(str(raw.get("_submitted_by") or ""))
        status = raw.get("_validation_status")
        self.statuses[str(status.get("uid") or "") if isinstance(status, dict) else ""] += 1
        self.unknown.update(key for key in raw.keys() - self._known if not key.startswith(("_version_", "meta/")))
        self._part(None, raw)

    def _part(self, repeat: str | None, entry: Mapping[str, Any]) -> None:
        for report in self._inside.get(repeat, ()):
            report.add(entry.get(report.question.path))
        for path in self._repeats.get(repeat, ()):
            for round_ in _rounds(entry.get(path)):
                self._part(path, round_)


def _rounds(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (round_ for round_ in value if isinstance(round_, dict))
