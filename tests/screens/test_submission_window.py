"""The window over the server's records: what is kept, what is asked for, what a change of the list does to it."""

from __future__ import annotations

import pytest

from kobotui.api.paging import Page
from kobotui.model.submission import Submission
from kobotui.screens.record_copies import map_link
from kobotui.screens.submission_window import PAGE, SubmissionWindow
from kobotui.widgets.rows import Row


def row(record: Submission) -> Row:
    return Row(str(record.id), ())


def page(start: int, limit: int, count: int, first_id: int = 0) -> Page[Submission]:
    """What a server with records of rising ids answers."""
    ids = range(first_id + start, first_id + min(start + limit, count))
    return Page(tuple(Submission(number, {"_id": number}) for number in ids), count, start)


def window_of(count: int, *starts: int, kept: int = 3) -> SubmissionWindow:
    window = SubmissionWindow(row, kept)
    for start in starts:
        window.put(page(start, PAGE, count))
    return window


def test_rows_that_are_not_loaded_are_none() -> None:
    window = window_of(1000, 0)
    assert len(window) == 1000
    assert window.key(PAGE - 1) == str(PAGE - 1)
    assert window.key(PAGE) is None
    assert window.row(PAGE) is None
    assert window.index_of(str(PAGE)) is None
    assert window.index_of("not a number") is None
    assert window.find(7) is not None


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (0, 10, None),
        (40, 60, (PAGE, PAGE)),
        (60, 130, (PAGE, 2 * PAGE)),
        (990, 2000, (19 * PAGE, PAGE)),
        (2000, 3000, None),
    ],
)
def test_one_request_brings_what_is_missing(first: int, last: int, span: tuple[int, int] | None) -> None:
    assert window_of(1000, 0).span(first, last) == span


def test_the_pages_looked_at_last_are_kept() -> None:
    window = window_of(1000, 0, PAGE, 2 * PAGE)
    assert window.key(0) == "0"  # looked at again
    window.put(page(3 * PAGE, PAGE, 1000))
    assert window.key(0) == "0"
    assert window.key(PAGE) is None
    assert window.index_of(str(PAGE)) is None
    assert sum(1 for _record in window) == 3 * PAGE


def test_several_pages_of_one_answer() -> None:
    window = SubmissionWindow(row)
    window.put(page(PAGE, 2 * PAGE, 2 * PAGE + 7))
    assert window.key(2 * PAGE + 6) == str(2 * PAGE + 6)
    assert window.key(2 * PAGE + 7) is None
    assert window.key(0) is None


def test_another_count_drops_the_pages_before() -> None:
    window = window_of(1000, 0, PAGE)
    assert window.put(page(2 * PAGE, PAGE, 1000)) is False
    assert window.put(page(PAGE, PAGE, 999, first_id=1)) is True
    assert len(window) == 999
    assert window.key(0) is None
    assert window.key(PAGE) == str(PAGE + 1)
    assert window.index_of(str(PAGE + 1)) == PAGE


def test_a_record_on_two_pages_is_found_where_it_was_seen_last() -> None:
    window = window_of(1000, 0, kept=2)
    window.put(page(PAGE, PAGE, 1000, first_id=-1))  # one was deleted and one added meanwhile
    assert window.index_of(str(PAGE - 1)) == PAGE
    window.put(page(5 * PAGE, PAGE, 1000))  # the first page goes
    assert window.index_of(str(PAGE - 1)) == PAGE


def test_a_record_is_renewed_in_its_place() -> None:
    window = window_of(1000, 0)
    assert window.renew(Submission(3, {"_id": 3, "q": "new"}))
    found = window.find(3)
    assert found is not None
    assert found.raw["q"] == "new"
    assert not window.renew(Submission(400, {"_id": 400}))


@pytest.mark.parametrize("value", ["", "x y", "1", None, "91 0", "0 181", ["1 2"]])
def test_what_is_no_position_has_no_link(value: object) -> None:
    assert map_link(value) == ""


def test_a_position_has_a_link() -> None:
    assert map_link("-1.2833 36.8167 1700 5").endswith("?mlat=-1.283300&mlon=36.816700#map=17/-1.283300/36.816700")
