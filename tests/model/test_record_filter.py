"""Filters of the table of records: what is typed, and the query the server gets."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.form import Form
from kobotui.model.record_filter import STATUS, FilterError, FilterReader, number_pattern

CONTENT: dict[str, Any] = {
    "translations": ["English (en)", "العربية (ar)"],
    "survey": [
        {"type": "select_one", "select_from_list_name": "region", "name": "region", "$xpath": "loc/region",
         "label": ["Region", "المنطقة"]},
        {"type": "text", "name": "head", "label": ["Household head", None]},
        {"type": "integer", "name": "members", "label": ["Members of food and water groups", None]},
        {"type": "decimal", "name": "income", "label": ["Income (USD)", None]},
        {"type": "select_multiple", "select_from_list_name": "needs", "name": "needs", "label": ["Needs", None]},
        {"type": "date", "name": "arrival", "label": ["Arrival", None]},
        {"type": "start", "name": "start"},
        {"type": "begin_repeat", "name": "kid", "label": ["Child", None]},
        {"type": "text", "name": "name", "label": ["Name", None]},
        {"type": "end_repeat"},
        {"type": "text", "name": "name", "$xpath": "other/name", "label": ["Other name", None]},
    ],
    "choices": [
        {"list_name": "region", "name": "north", "label": ["North", "الشمال"]},
        {"list_name": "region", "name": "ne", "label": ["North East", None]},
        {"list_name": "needs", "name": "food", "label": ["Food", None]},
        {"list_name": "needs", "name": "wa.ter", "label": ["Water", None]},
    ],
}  # fmt: skip
READER = FilterReader(Form.from_content(CONTENT))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", {}),
        ("region = north", {"loc/region": "north"}),
        ("Region = North East", {"loc/region": "ne"}),
        ("المنطقة = الشمال", {"loc/region": "north"}),
        ("loc/region != north", {"loc/region": {"$ne": "north"}}),
        ("region in (north, North East)", {"loc/region": {"$in": ["north", "ne"]}}),
        ("region not in (north)", {"loc/region": {"$ne": "north"}}),
        ("head = Jane Mwangi and members = 4", {"$and": [{"head": "Jane Mwangi"}, {"members": "4"}]}),
        ('head = "a and b"', {"head": "a and b"}),
        ('head = ""', {"head": ""}),
        ("head is empty or head is not empty", {"$or": [{"head": {"$exists": False}}, {"head": {"$exists": True}}]}),
        ("head contains a.b", {"head": {"$regex": r"a\.b", "$options": "i"}}),
        ("Members of food and water groups = 3", {"members": "3"}),
        ("Income (USD) = 3.5", {"income": "3.5"}),
        ("needs = Water", {"needs": {"$regex": r"(^| )(wa\.ter)( |$)"}}),
        ("needs not in (food, water)", {"needs": {"$not": {"$regex": r"(^| )(food|wa\.ter)( |$)"}}}),
        ("validated", {STATUS: {"$exists": True}}),
        ("not validated", {STATUS: {"$exists": False}}),
        ("status = on hold", {STATUS: "validation_status_on_hold"}),
        ("status = none", {STATUS: {"$exists": False}}),
        ("status in (Approved, none)", {STATUS: {"$in": ["validation_status_approved", None]}}),
        ("id = 123", {"_id": 123}),
        ("id >= 123", {"_id": {"$gte": 123}}),
        ("by = ben", {"_submitted_by": "ben"}),
        ("by is empty", {"_submitted_by": None}),
        ("sent <= 2026-11-23", {"_submission_time": {"$lte": "2026-11-23~"}}),
        ("sent = 2026-11-23", {"_submission_time": {"$regex": "^2026-11-23"}}),
        ("arrival < 2026-01-01", {"arrival": {"$lt": "2026-01-01"}}),
        ("kid/name = Sam", {"kid": {"$elemMatch": {"kid/name": "Sam"}}}),
    ],
)
def test_what_is_typed_becomes_the_servers_query(text: str, query: dict[str, Any]) -> None:
    assert READER.query(text) == query


def test_and_binds_closer_than_or() -> None:
    assert READER.query("id = 1 or id = 2 and by = ben") == {
        "$or": [{"_id": 1}, {"$and": [{"_id": 2}, {"_submitted_by": "ben"}]}]
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("regoin = north", "no question called regoin"),
        ("region = nort", "nort is not a choice of region: north, ne"),
        ("region north", "After loc/region"),
        ("region =", "a value is missing"),
        ("region < north", "one of a list"),
        ("name = x", "Several questions are called name: write one of kid/name, other/name"),
        ("members > few", "whole number"),
        ("id = x", "An id is a whole number"),
        ("status = good", "A status is"),
        ("arrival > soon", "2026-11-23"),
        ("region in north", "parentheses"),
        ("region in (north", "not closed"),
        ("region in ()", "empty"),
        ("region = north and ", "missing"),
        ("validated or", "missing"),
        ("validated head = x", "“and” or “or” is missing"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(FilterError) as caught:
        READER.query(text)
    assert said in str(caught.value)
    assert READER.problem(text) == str(caught.value)


@pytest.mark.parametrize("bound", [0, 1, 4, 9, 10, 19, 100, 909])
@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_numbers_compare_as_numbers(operator: str, bound: int) -> None:
    pattern = re.compile(number_pattern(operator, bound))
    for number in [*range(0, 130), 899, 900, 908, 909, 910, 1000, 12345]:
        wanted = {"<": number < bound, "<=": number <= bound, ">": number > bound, ">=": number >= bound}[operator]
        for text in (str(number), f"00{number}", f"{number}.0"):
            assert bool(pattern.search(text)) == wanted, (text, operator, bound)
        half = {"<": number < bound, "<=": number < bound, ">": number >= bound, ">=": number >= bound}[operator]
        assert bool(pattern.search(f"{number}.5")) == half, (number, operator, bound)
    assert bool(pattern.search("-3")) == operator.startswith("<")
    assert not pattern.search("many")


def test_completions_bring_the_last_condition_to_an_end() -> None:
    assert "id = 1 and Region" in READER.completions("id = 1 and reg", 0)
    assert READER.completions("by = ben and region = ", 0) == [
        "by = ben and region = North",
        "by = ben and region = North East",
    ]
    assert "region = north" in READER.completions("region =")


SIGNS = ("=", "<", ">", "(", ")", '"', "\\", ",", "!=", "<=", ">=", "{}", "%s", "\x1b[2J", "2026-11-23", "9" * 20)
WORDS = ("in", "not in", "is empty", "is not empty", "has", "contains", "and", "or", "validated", "not")
NAMES = ("region", "kid", "name", "other/name", "Members of food and water groups", "المنطقة", "id", "sent")
PIECES = st.sampled_from([*SIGNS, *WORDS, *NAMES])


@given(st.lists(PIECES | st.text(max_size=4), max_size=9).map(" ".join))
def test_anything_typed_is_a_query_or_a_sentence(text: str) -> None:
    problem = READER.problem(text)
    if not problem:
        assert msgspec.json.encode(READER.query(text))
    for language in (None, 0, 1):
        assert all(isinstance(completion, str) for completion in READER.completions(text, language))
