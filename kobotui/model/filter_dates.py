"""Days, and stretches of days, as they are typed in a filter: ``2026-11-23``, ``today``, ``last 7 days``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from kobotui.locale import _

WORDS = ("today", "yesterday", "last 7 days", "last 30 days", "this week", "last week", "this month", "last month")
"""Some that completion offers; weeks begin on Monday."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_COUNTED = re.compile(r"(?:last (\d{1,5}) (day|hour)s?|(\d{1,5}) days? ago)", re.ASCII)


class Period(NamedTuple):
    """From ``start`` on and before ``end``: times of the user's clock, without a zone."""

    start: datetime
    end: datetime

    def days(self) -> tuple[str, str]:
        """The two as answers of dates and moments are written, which keep the clock of their device."""
        return _written(self.start), _written(self.end)

    def utc(self, zone: tzinfo | None) -> tuple[str, str]:
        """The two as the server writes when it got a record."""
        return _stamp(self.start, zone), _stamp(self.end, zone)


def period(text: str, now: datetime) -> Period:
    """What a text means on the clock of ``now``. Raises ValueError, with a sentence, when it means no time."""
    words = " ".join(text.lower().split())
    today = datetime(now.year, now.month, now.day)
    try:
        found = _named(words, today) or _counted(words, today, now) or _date(words) or _moment(text.strip(), now)
    except (ValueError, OverflowError):
        raise ValueError(_("There is no day {text}.").format(text=text)) from None
    if found is None:
        raise ValueError(
            _("{text} is no time: write a day like {day}, today, yesterday, last 7 days.").format(
                text=text, day=f"{now:%Y-%m-%d}"
            )
        )
    return found


def _named(words: str, today: datetime) -> Period | None:
    day = timedelta(days=1)
    monday = today - today.weekday() * day
    first = today.replace(day=1)
    match words:
        case "today":
            return Period(today, today + day)
        case "yesterday":
            return Period(today - day, today)
        case "this week":
            return Period(monday, monday + 7 * day)
        case "last week":
            return Period(monday - 7 * day, monday)
        case "this month":
            return Period(first, _months(first, 1))
        case "last month":
            return Period(_months(first, -1), first)
        case "this year":
            return _years(today.year)
        case "last year":
            return _years(today.year - 1)
    return None


def _counted(words: str, today: datetime, now: datetime) -> Period | None:
    match = _COUNTED.fullmatch(words)
    if not match:
        return None
    tomorrow = today + timedelta(days=1)
    if match[3]:
        start = today - timedelta(days=int(match[3]))
        return Period(start, start + timedelta(days=1))
    if match[2] == "day":  # today is one of them
        return Period(tomorrow - timedelta(days=int(match[1])), tomorrow)
    clock = now.replace(tzinfo=None, microsecond=0)
    return Period(clock - timedelta(hours=int(match[1])), clock + timedelta(seconds=1))


def _date(words: str) -> Period | None:
    match = _DATE.fullmatch(words)
    if not match:
        return None
    year, month, day = int(match[1]), match[2], match[3]
    if not month:
        return _years(year)
    start = datetime(year, int(month), int(day or 1))
    return Period(start, start + timedelta(days=1) if day else _months(start, 1))


def _moment(text: str, now: datetime) -> Period | None:
    """A minute, or a second when it has seconds; with a zone of its own it is brought to the user's clock."""
    match = _MOMENT.fullmatch(text)
    if not match:
        return None
    start = datetime.fromisoformat(text)
    if start.tzinfo:
        start = start.astimezone(now.tzinfo or UTC).replace(tzinfo=None)
    start = start.replace(microsecond=0)
    return Period(start, start + timedelta(seconds=1 if match[2] else 60))


def _months(first: datetime, step: int) -> datetime:
    months = first.year * 12 + first.month - 1 + step
    return datetime(months // 12, months % 12 + 1, 1)


def _years(year: int) -> Period:
    return Period(datetime(year, 1, 1), datetime(year + 1, 1, 1))


def _written(moment: datetime) -> str:
    whole_day = moment.time() == datetime.min.time()
    return f"{moment.date()}" if whole_day else f"{moment:%Y-%m-%dT%H:%M:%S}".removesuffix(":00")


def _stamp(moment: datetime, zone: tzinfo | None) -> str:
    return moment.replace(tzinfo=zone or UTC).astimezone(UTC).replace(tzinfo=None).isoformat()


def instant(text: str) -> datetime | date | None:
    """The moment or the day that an answer says, None when it says none; without a zone it is UTC."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def earlier(left: str, right: str) -> int | None:
    """-1, 0 or 1 as ``left`` is before, at or after ``right``; a day beside a moment: by days; None: no times."""
    one, other = instant(left), instant(right)
    if one is None or other is None:
        return None
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one > other) - (one < other)
    first = one.date() if isinstance(one, datetime) else one
    second = other.date() if isinstance(other, datetime) else other
    return (first > second) - (first < second)
