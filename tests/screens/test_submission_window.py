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
        (40, 60, (PAGE - 1, PAGE + 1)),
        (60, 130, (PAGE - 1, 2 * PAGE + 1)),
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


def test_an_answer_overlaps_what_is_kept_by_a_row_on_either_side() -> None:
    window = window_of(1000, 0, 2 * PAGE)
    assert window.span(PAGE, PAGE) == (PAGE - 1, PAGE + 2)
    answer = page(PAGE - 1, PAGE + 2, 1000)
    assert window.fits(answer)
    window.put(answer)
    assert [window.key(index) for index in range(3 * PAGE)] == [str(index) for index in range(3 * PAGE)]


def test_an_answer_that_does_not_fit() -> None:
    window = window_of(1000, 0)
    assert not window.fits(page(PAGE - 1, PAGE + 1, 999)), "another number of records"
    assert not window.fits(page(PAGE - 1, PAGE + 1, 1000, first_id=1)), "another record where one is known"
    assert window.fits(page(3 * PAGE, PAGE, 1000, first_id=1)), "nothing is known there"


def test_more_records_than_the_server_counts() -> None:
    window = SubmissionWindow(row)
    window.put(Page(page(0, PAGE, 1000).items, 7, 0))
    assert (len(window), window.beyond) == (PAGE, True)
    answer = Page(page(PAGE - 1, PAGE, 1000).items, 7, PAGE - 1)
    assert window.fits(answer)
    window.put(answer)
    assert len(window) == 2 * PAGE - 1


def ids(*numbers: int) -> SubmissionWindow:
    window = SubmissionWindow(row)
    window.put(Page(tuple(Submission(number, {"_id": number}) for number in numbers), len(numbers), 0))
    return window


@pytest.mark.parametrize(
    ("after", "at", "shift"),
    [
        ((10, 11, 12, 13), 2, 0),
        ((8, 9, 10, 11, 12, 13), 2, 2),
        ((12, 13), 2, -2),
        ((10, 11, 13), 2, 0),  # it is gone: the one after it
        ((10, 13), 2, -1),
        ((13,), 2, -2),
        ((10, 11), 2, 0),  # nothing comes after it
        ((20, 21), 2, None),
    ],
)
def test_how_far_a_row_moved(after: tuple[int, ...], at: int, shift: int | None) -> None:
    assert ids(10, 11, 12, 13).shift(ids(*after), at) == shift


def test_rows_that_are_not_known_are_taken_to_be_there_still() -> None:
    window = window_of(2 * PAGE, 0)
    other = SubmissionWindow(row)
    other.put(page(0, PAGE, 2 * PAGE, first_id=3))
    assert window.shift(other, PAGE + 2) == -3
    assert window.shift(other, PAGE + 2, record_id=10) == 7 - (PAGE + 2), "a record that is not loaded any more"


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
