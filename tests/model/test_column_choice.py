from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.column_choice import ColumnChoice

KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1)
CHOICES = st.builds(
    ColumnChoice,
    order=st.lists(st.sampled_from("abcdefghij")).map(tuple),
    hidden=st.lists(st.sampled_from("abcdefghij")).map(tuple),
    frozen=st.sampled_from(["", "a", "j"]),
)


def test_what_is_new_in_a_form_stands_behind_what_is_before_it() -> None:
    choice = ColumnChoice(order=("c", "a", "gone", "b"))
    assert choice.arranged("abc") == ["c", "a", "b"]
    assert choice.arranged("nabxcy") == ["n", "c", "y", "a", "b", "x"]
    assert ColumnChoice().arranged("abc") == ["a", "b", "c"]


def test_what_is_gone_from_a_form_is_kept_for_when_it_comes_back() -> None:
    choice = ColumnChoice(order=("c", "gone", "a"), hidden=("gone", "a"))
    moved = choice.moved("abc", "a", -1).showing("abc", {"c", "b"})
    assert moved.arranged(["a", "b", "c", "gone"]) == ["a", "c", "b", "gone"]
    assert moved.shown(["a", "b", "c", "gone"]) == ["c", "b"]


def test_the_columns_up_to_the_frozen_one_stay() -> None:
    choice = ColumnChoice(order=("c", "a", "b"), frozen="a")
    assert choice.frozen_count("abc") == 2
    assert ColumnChoice(hidden=("a",), frozen="b").frozen_count("abc") == 1
    assert ColumnChoice(frozen="z").frozen_count("abc") == 0


@given(KEYS, CHOICES, st.integers(-3, 3), st.data())
def test_every_column_has_one_place(keys: list[str], choice: ColumnChoice, by: int, data: st.DataObject) -> None:
    arranged = choice.arranged(keys)
    assert sorted(arranged) == sorted(keys)
    shown = choice.shown(keys)
    assert shown
    assert 0 <= choice.frozen_count(keys) <= len(shown)
    key = data.draw(st.sampled_from(keys))
    moved = choice.moved(keys, key, by).arranged(keys)
    others = [other for other in arranged if other != key]
    assert [other for other in moved if other != key] == others
    assert moved.index(key) == max(0, min(arranged.index(key) + by, len(others)))
    wanted = data.draw(st.sets(st.sampled_from(keys), min_size=1))
    assert set(choice.showing(keys, wanted).shown(keys)) == wanted
