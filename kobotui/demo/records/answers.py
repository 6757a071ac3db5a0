"""How a believable answer to one question is made.

A *maker* turns 64 bits of noise, the answers known so far and the record's circumstances into the answer's
text, or None for no answer. The same noise gives the same answer, whatever else is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kobotui.demo.records import words
from kobotui.demo.records.expression import NotUnderstoodError, compile_expression, names_in, number, text_of, truth
from kobotui.demo.records.form import Question, choice_name
from kobotui.demo.records.mix import mix


@dataclass(slots=True)
class Circumstances:
    """What a record's answers may depend on besides its form."""

    number: int  # of the record within its project, from 0
    moment: datetime  # of submission, UTC, without a zone
    submitter: str


Maker = Callable[[int, Mapping[str, Any], Circumstances], Any]
BOUND = re.compile(r"\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")
ARABIC = re.compile("[\u0600-\u06ff]")
PLACE_WORDS = (
    r"village|place|town|\bsite|camp|commune|location|market|marché|district|neighbourhood|quarter|county|\bstore\b|"
    r"\barea|\bzone|community"
)
EPOCH = datetime(1970, 1, 1)  # submission times carry no zone

# What a number is about, by words in the question's name or label: smallest, largest.
RANGES: tuple[tuple[str, float, float], ...] = (
    (r"fridge|cold", 2.0, 8.9), (r"\bph\b", 6.2, 8.4), (r"_kg\b|_l\b|kilos", 1, 50),
    (r"teacher|nurse|staff", 1, 25), (r"\busers\b|population|affected|beneficiar", 20, 900),
    (r"age_?months|months", 6, 59), (r"\bp?age\b|_age|age_|âge", 0, 85), (r"temp", 36.2, 40.2), (r"muac", 105, 165),
    (r"weight|poids", 5, 80), (r"height|taille_cm", 60, 185), (r"income|revenu|spen[dt]|expens", 0, 520),
    (r"price|prix|cost|amount|montant", 100, 4500), (r"litre|liter|volume", 5, 240), (r"distance|metres|km", 50, 5000),
    (r"yield|flow|debit", 0.2, 3.5), (r"chlor|residual", 0, 1.2), (r"year|année", 1995, 2026),
    (r"size|taille|members|household|hh", 1, 13), (r"pupil|student|enrol|élève", 12, 480),
    (r"child|girl|boy|women|men|male|female|under", 0, 8), (r"percent|rate|score", 0, 100), (r"day|week", 0, 30),
)  # fmt: skip


def maker_of(question: Question, choices: list[dict[str, Any]], salt: int, centre: tuple[float, float]) -> Maker | None:
    """The maker for a question, None for what devices never answer (notes)."""
    kind = question.type
    if kind in ("select_one", "select_one_from_file", "rank", "select_multiple", "select_multiple_from_file"):
        return select_maker(question, choices, salt) if choices else None
    if kind == "calculate":
        return calculation_maker(question)
    simple = META.get(kind)
    if simple is not None:
        return simple
    match kind:
        case "text":
            return text_maker(question)
        case "integer" | "decimal" | "range":
            return number_maker(question)
        case "date" | "time" | "datetime" | "dateTime":
            return date_maker(question)
        case "geopoint" | "geotrace" | "geoshape":
            return place_maker(kind, centre, salt)
        case "image" | "audio" | "background-audio" | "file":
            return file_maker(question)
        case _:
            return None


def moment_text(moment: datetime) -> str:
    """A moment as a device writes it."""
    return moment.isoformat(timespec="milliseconds") + "+00:00"


META: dict[str, Maker] = {
    "start": lambda x, _k, c: moment_text(c.moment - timedelta(seconds=600 + x % 3000)),
    "end": lambda x, _k, c: moment_text(c.moment - timedelta(seconds=5 + x % 200)),
    "today": lambda _x, _k, c: c.moment.date().isoformat(),
    "username": lambda _x, _k, c: c.submitter,
    "deviceid": lambda _x, _k, c: f"collect:{mix(sum(c.submitter.encode())) % 10**10:010d}",
    "phonenumber": lambda _x, _k, c: f"+2547{mix(sum(c.submitter.encode())) % 10**8:08d}",
    "simserial": lambda _x, _k, c: f"8925{mix(sum(c.submitter.encode())) % 10**12:012d}",
    "barcode": lambda x, _k, _c: f"{x % 10**13:013d}",
    "acknowledge": lambda _x, _k, _c: "OK",
    "trigger": lambda _x, _k, _c: "OK",
}


def skewed(x: int, count: int) -> int:
    """An index below ``count``, small ones more often."""
    return ((x & 0xFFFF) * ((x >> 16) & 0xFFFF) * count) >> 32


def about(question: Question) -> str:
    """The words of a question's name and labels, lower case."""
    label = question.row.get("label")
    texts = label if isinstance(label, list) else [label]
    return " ".join([question.name, *(t for t in texts if isinstance(t, str))]).lower()


def select_maker(question: Question, choices: list[dict[str, Any]], salt: int) -> Maker:
    """Choices of the list that the question's choice filter lets through."""
    if question.row.get("_or_other"):
        choices = [*choices, {"name": "other"}]
    every = [choice_name(c) for c in choices]
    shift = salt % len(every) if len(every) > 3 else 0
    candidates: Callable[[Mapping[str, Any]], Sequence[str]] = lambda _known: every  # noqa: E731
    filter_ = str(question.row.get("choice_filter") or "")
    if filter_:
        try:
            passes, needs = compile_expression(filter_), sorted(names_in(filter_))
        except NotUnderstoodError:
            passes, needs = None, []
        if passes is not None:
            memory: dict[tuple[Any, ...], list[str]] = {}
            columns = [{f":{k}": v for k, v in c.items() if isinstance(v, str)} for c in choices]

            def filtered(known: Mapping[str, Any]) -> Sequence[str]:
                key = tuple(known.get(n) for n in needs)
                if key not in memory:
                    if len(memory) > 500:
                        memory.clear()
                    memory[key] = [n for n, c in zip(every, columns, strict=True) if truth(passes({**known, **c}))]
                return memory[key]

            candidates = filtered
    if question.type == "rank":
        return lambda x, known, _c: " ".join(sorted(candidates(known), key=lambda n: mix(x + sum(n.encode()))))
    if question.type.startswith("select_multiple"):
        return several_maker(candidates)
    agreed = next((n for n in every if n.lower() in ("yes", "oui", "y", "1")), None)
    if agreed is not None and re.search(r"consent|agree|accept", about(question)):
        others = [n for n in every if n != agreed] or [agreed]
        return lambda x, _known, _c: agreed if x % 100 < 94 else others[(x >> 20) % len(others)]

    def one(x: int, known: Mapping[str, Any], _c: Circumstances) -> str | None:
        names = candidates(known)
        return names[(skewed(x, len(names)) + shift) % len(names)] if names else None

    return one


def several_maker(candidates: Callable[[Mapping[str, Any]], Sequence[str]]) -> Maker:
    """One to four choices in the list's order; ``none`` only alone."""

    def several(x: int, known: Mapping[str, Any], _c: Circumstances) -> str | None:
        names = candidates(known)
        if not names:
            return None
        wanted = 1 + skewed(x, min(4, len(names)))
        picked = {skewed(mix(x + i), len(names)) for i in range(wanted)}
        chosen = [names[i] for i in sorted(picked)]
        if len(chosen) > 1:
            chosen = [n for n in chosen if n not in ("none", "no", "nothing")]
        return " ".join(chosen)

    return several


def calculation_maker(question: Question) -> Maker | None:
    """The calculation itself, None when it is not understood."""
    try:
        value = compile_expression(str(question.row.get("calculation") or ""))
    except NotUnderstoodError:
        return None
    return lambda _x, known, _c: text_of(value(known)) or None


def bounds(question: Question) -> tuple[float | None, float | None]:
    """What the constraint says about a number: smallest, largest."""
    low = high = None
    for sign, value in BOUND.findall(str(question.row.get("constraint") or "")):
        amount, step = float(value), 1.0 if question.type != "decimal" else 0.1
        match sign:
            case ">=" | ">":
                low = amount + (step if sign == ">" else 0)
            case _:
                high = amount - (step if sign == "<" else 0)
    return low, high


def number_maker(question: Question) -> Maker:
    """A number within the constraint, its size by what the question is about."""
    words_ = about(question)
    low, high = next(((a, b) for pattern, a, b in RANGES if re.search(pattern, words_)), (0.0, 20.0))
    step = 1.0 if question.type == "integer" else 0.1 if high < 60 else 0.01
    if question.type == "range":
        low, high, step = 1.0, 10.0, 1.0
        given = dict(p.split("=", 1) for p in str(question.row.get("parameters") or "").split() if "=" in p)
        low, high, step = (number(given.get(k, d)) for k, d in (("start", low), ("end", high), ("step", step)))
    least, most = bounds(question)
    wide = (low if least is None else least), (high if most is None else most)
    low, high = max(low, wide[0]), min(high, wide[1])
    if low > high:  # what it seems to be about does not fit the constraint
        low, high = min(wide), max(wide)
    count = int((high - low) / step) + 1 if step > 0 else 1
    places = 0 if question.type == "integer" else 2 if step < 0.1 else 1
    if question.type == "range" and step >= 1:
        places = 0
    return lambda x, _k, _c: f"{low + (skewed(x, count) if count > 40 else x % count) * step:.{places}f}"


def text_maker(question: Question) -> Maker:
    """Words by what the question is about, in the languages its labels are in."""
    words_ = about(question)
    arabic = bool(ARABIC.search(words_))
    french = bool(re.search(r"remarq|nom|quel|é", words_))
    if re.search(r"initial", words_):
        return lambda x, _k, _c: f"{chr(65 + x % 26)}.{chr(65 + (x >> 8) % 26)}."
    if re.search(r"facilit|clinic|centre de santé|hospital", words_):
        return lambda x, _k, _c: f"{pick(words.FACILITIES, x)} {1 + (x >> 8) % 6}"
    if re.search(r"school|école", words_):
        return lambda x, _k, _c: f"{pick(words.SCHOOLS, x)} {pick(words.PLACES, x >> 8)}"
    if re.search(r"\bblock|\broom\b|classroom", words_):
        return lambda x, _k, _c: f"{chr(65 + x % 6)}{1 + (x >> 8) % 20}"
    if re.search(PLACE_WORDS, words_):
        return lambda x, _k, _c: pick(words.PLACES_AR if arabic and x % 5 == 0 else words.PLACES, x >> 8)
    if re.search(r"phone|tel|mobile", words_):
        return lambda x, _k, _c: f"+2547{x % 10**8:08d}"
    if re.search(r"card|ticket|\bid\b|_id|code|number|serial|voucher", words_):
        return lambda x, _k, _c: f"{chr(65 + x % 6)}{chr(65 + (x >> 4) % 26)}-{(x >> 10) % 100_000:05d}"
    if re.search(r"job|occupation|profession|work", words_):
        return lambda x, _k, _c: pick(words.JOBS, x)
    if re.search(r"organi|partner|donor|agency", words_):
        return lambda x, _k, _c: pick(words.ORGANIZATIONS, x)
    if re.search(r"item|product|good|commodit", words_):
        return lambda x, _k, _c: pick(words.GOODS, x)
    if re.search(r"name|nom|respondent|\bwho\b|chief|head|enumerator|contact|اسم", words_):
        return lambda x, _k, _c: person(x, arabic=arabic)

    def remark(x: int, _k: Mapping[str, Any], _c: Circumstances) -> str:
        if arabic and x % 4 == 0:
            return pick(words.REMARKS_AR, x >> 8)
        return pick(words.REMARKS_FR if french and x % 3 == 0 else words.REMARKS, x >> 8)

    return remark


def pick(sequence: Sequence[str], x: int) -> str:
    """One of the words."""
    return sequence[x % len(sequence)]


def person(x: int, *, arabic: bool) -> str:
    """A person's name."""
    if arabic and x % 3 == 0:
        return f"{pick(words.GIVEN_AR, x >> 8)} {pick(words.FAMILY_AR, x >> 20)}"
    return f"{pick(words.GIVEN, x >> 8)} {pick(words.FAMILY, x >> 20)}"


def date_maker(question: Question) -> Maker:
    """Days and times before the submission: births years ago, arrivals months, the rest days."""
    words_ = about(question)
    span = (
        30_000
        if "birth" in words_ or "naissance" in words_
        else 2_000
        if re.search(r"arriv|since|built", words_)
        else 12
    )
    if question.type == "time":
        return lambda x, _k, _c: f"{7 + x % 11:02d}:{(x >> 8) % 60:02d}:00.000+00:00"
    if question.type == "date":
        return lambda x, _k, c: date.fromordinal(c.moment.toordinal() - x % span).isoformat()
    return lambda x, _k, c: moment_text(c.moment - timedelta(minutes=x % (span * 60)))


def place_maker(kind: str, centre: tuple[float, float], salt: int) -> Maker:
    """Points around a few settlements of the project's country."""
    settlements = [
        (centre[0] + (mix(salt + i) % 30_000 - 15_000) / 10_000, centre[1] + (mix(salt - i) % 30_000 - 15_000) / 10_000)
        for i in range(1, 8)
    ]

    def point(x: int) -> str:
        latitude, longitude = settlements[skewed(x, len(settlements))]
        latitude += ((x >> 20) % 60_000 - 30_000) / 1_000_000
        longitude += ((x >> 36) % 60_000 - 30_000) / 1_000_000
        return f"{latitude:.6f} {longitude:.6f} {200 + x % 900} {3 + (x >> 8) % 12}"

    if kind == "geopoint":
        return lambda x, _k, _c: point(x)

    def shape(x: int, _k: Mapping[str, Any], _c: Circumstances) -> str:
        points = [point((x & ~(0xFFF << 36)) + (mix(x + i) & (0xFFF << 36))) for i in range(3 + x % 3)]
        return ";".join([*points, points[0]] if kind == "geoshape" else points)

    return shape


def file_maker(question: Question) -> Maker:
    """A file's name as a device gives it; the bytes are made when somebody asks."""
    ending = {"image": "png", "file": "txt"}.get(question.type, "wav")
    return lambda x, _k, c: f"{int((c.moment - EPOCH).total_seconds()) * 1000 - 60_000 + x % 50_000}.{ending}"
