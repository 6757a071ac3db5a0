from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.columns import words
from kobotui.model import access
from kobotui.model.access import CODENAMES, NOTHING, PARTIAL, PUBLIC, rules_of
from kobotui.model.side_effects import side_effects
from kobotui.model.submission import VALIDATION_UIDS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWN = rules_of({"view_submissions": [{"_submitted_by": "ben"}], "change_submissions": [{"_submitted_by": "ben"}]})


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(), "now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=2, minutes=59), "2 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=3), "3 d ago"),
        (timedelta(days=31), "23 Oct"),
        (timedelta(days=400), "19 Oct 2025"),
        (timedelta(hours=-3), "now"),
        (timedelta(days=-3), "26 Nov"),
    ],
)
def test_ago(before: timedelta, expected: str) -> None:
    assert words.ago(NOW - before, NOW) == expected


def test_dates_are_in_the_zone_of_the_clock() -> None:
    nairobi = NOW.astimezone(timezone(timedelta(hours=3)))
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert words.day_and_time(late, NOW) == "22 Nov 22:30"
    assert words.day_and_time(late, nairobi) == "23 Nov 01:30"
    assert words.ago(None, NOW) == "-"
    unmarked = datetime(2026, 11, 22, 22, 30)
    assert words.day_and_time(unmarked, nairobi) == "23 Nov 01:30", "without a zone: UTC"
    assert words.ago(unmarked, NOW) == words.ago(late, NOW)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14, 14))
def test_no_date_is_too_odd(moment: datetime, hours: int) -> None:
    now = NOW.astimezone(timezone(timedelta(hours=hours)))
    assert words.ago(moment, now)
    assert words.day_and_time(moment, now)


def test_moments_of_submissions() -> None:
    assert words.parsed("2026-03-01T06:00:00") == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert words.parsed("2026-03-01T06:00:00+03:00") == datetime(2026, 3, 1, 3, tzinfo=UTC)
    assert words.parsed("yesterday") is None
    assert words.parsed(None) is None


def test_numbers_and_sizes() -> None:
    assert [words.number(n) for n in (None, 0, 999, 1000, 1234567)] == ["-", "0", "999", "1,000", "1,234,567"]
    assert [words.size(n) for n in (0, 999, 1000, 12_400, 3_500_000, 2 * 10**12)] == [
        "0 B", "999 B", "1.0 KB", "12 KB", "3.5 MB", "2000.0 GB",
    ]  # fmt: skip


def test_every_code_has_a_word() -> None:
    assert all(words.right_label(codename) != codename for codename in CODENAMES)
    assert [words.validation_label(uid) for uid in VALIDATION_UIDS] == ["Approved", "Not approved", "On hold"]
    assert [words.validation_short(uid) for uid in (*VALIDATION_UIDS, None)] == ["ok", "no", "hold", "-"]
    assert words.right_label("new_\x1basset") == "new_^[asset"
    assert words.status_label("-") == "-"
    assert words.user_label(PUBLIC) == "public"


def test_rights_on_one_line() -> None:
    editor = access.grant(NOTHING, "change_submissions")
    assert words.rights_line(editor) == "Edit submissions"
    some = access.grant(NOTHING, PARTIAL, OWN)
    assert words.rights_line(some) == "View submissions, Edit submissions only where _submitted_by = ben"
    assert words.rights_line(NOTHING) == "-"


def test_effects_in_words() -> None:
    some = access.grant(NOTHING, PARTIAL, OWN)
    validator = access.grant(some, "validate_submissions")
    assert words.effect_lines(side_effects(some, validator)) == [
        "+ Validate submissions",
        "+ View submissions (comes along)",
        "- View submissions, Edit submissions only where _submitted_by = ben",
    ]
    warnings = words.effect_warnings("ben", "Clinic", side_effects(some, validator))
    assert warnings == ["ben sees all records of Clinic from now on, not only some"]
    assert words.effect_warnings("ben", "Clinic", side_effects(some, access.revoke(some, PARTIAL))) == [
        "ben no longer sees any records of Clinic"
    ]


@pytest.mark.parametrize(
    ("user", "codename", "warning"),
    [
        ("ben", "manage_asset", "ben will manage A / B and can share or archive it"),
        (PUBLIC, "view_asset", "A / B becomes public: Anyone can view this form"),
        ("ben", "view_asset", None),
    ],
)
def test_warnings(user: str, codename: str, warning: str | None) -> None:
    after = access.grant(NOTHING, codename)
    assert words.effect_warnings(user, "A\nB", side_effects(NOTHING, after)) == ([warning] if warning else [])


def test_leaving_is_a_warning() -> None:
    held = access.grant(NOTHING, "add_submissions")
    effects = side_effects(held, NOTHING)
    assert words.effect_warnings("ben", "Clinic {x}", effects) == ["ben loses all access to Clinic {x}"]


def test_team() -> None:
    assert words.team_line(1, 0) == "1 user besides the owner"
    assert words.team_line(30, 2) == "30 users besides the owner, 2 of them manage"
