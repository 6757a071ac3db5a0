from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kobotui.columns.cell import Column
from kobotui.widgets.painted import changed_spans
from kobotui.widgets.table_layout import GUTTER, group_line, place_columns, place_window, window_with

COLUMNS = (
    Column("user", "User", 10, priority=9, flexible=True),
    Column("view", "View", 4, priority=1),
    Column("add", "Add", 4, priority=5),
    Column("role", "Role", 8, priority=1, flexible=True),
)


def keys(places):
    return [COLUMNS[place.column].key for place in places]


def test_the_last_of_the_lowest_priority_goes_first():
    assert keys(place_columns(COLUMNS, 40, 2)) == ["user", "view", "add", "role"]
    assert keys(place_columns(COLUMNS, 32, 2)) == ["user", "view", "add"]
    assert keys(place_columns(COLUMNS, 22, 2)) == ["user", "add"]
    assert keys(place_columns(COLUMNS, 5, 2)) == ["user"]


def test_flexible_columns_share_what_is_left():
    places = place_columns(COLUMNS, 41, 2)
    assert [(place.x, place.width) for place in places] == [(2, 14), (18, 4), (24, 4), (30, 11)]
    assert places[-1].end == 41


@given(st.integers(0, 60), st.integers(0, 3), st.integers(0, 3))
def test_nothing_stands_outside_the_line_or_on_its_neighbour(width, frozen, left):
    for places in (place_columns(COLUMNS, width, 2), place_window(COLUMNS, width, 2, frozen, left)):
        end = GUTTER - 2
        for place in places:
            assert place.x >= end + 2
            assert place.width >= 0
            end = place.end
        assert end <= max(width, GUTTER)


@given(st.integers(30, 60), st.integers(0, 2), st.integers(0, 3), st.integers(0, 3))
def test_the_window_moves_to_the_wanted_column(width, frozen, left, wanted):
    left = window_with(COLUMNS, width, 2, frozen, left, wanted)
    (place,) = (place for place in place_window(COLUMNS, width, 2, frozen, left) if place.column == wanted)
    assert place.width >= COLUMNS[wanted].width or width < GUTTER + 26


def test_groups_stand_over_their_columns():
    places = place_columns(COLUMNS, 40, 2)
    assert group_line(COLUMNS, places, {"view": "form", "add": "form"}) == [(17, "-- form --")]
    assert group_line(COLUMNS, places, {"view": "submissions"}) == [(17, " s..")]


def test_spans_are_as_narrow_as_what_differs():
    from rich.style import Style

    plain, bold = Style(), Style(bold=True)
    line = [("ab", plain), ("c" * 50, plain), ("\u4e2d", plain), ("d", plain)]
    assert changed_spans(line, line, 55) == []
    assert changed_spans(line, [("ab", plain), ("c" * 50, plain), ("\u4e2d", bold), ("d", plain)], 55) == [(52, 54)]
    both = [("xy", plain), ("c" * 50, plain), ("\u4e2d", plain), ("e", plain)]
    assert changed_spans(line, both, 55) == [(0, 2), (54, 55)]
    assert changed_spans(line, [("ab", plain), ("c" * 49, plain), ("\u4e2d", plain), ("dd", plain)], 55) == [(0, 55)]
    assert changed_spans(line, line[:2], 55) == [(0, 55)]
