from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.rowrule import RuleError, parse, say
from tests.model.samples import TEXT


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("region = north", [{"region": "north"}]),
        (
            "region = north and _submitted_by in (ana, ben)",
            [{"region": "north", "_submitted_by": {"$in": ["ana", "ben"]}}],
        ),
        ("loc/region = north or loc/region = south", [{"loc/region": "north"}, {"loc/region": "south"}]),
        ("age >= 18 and age < 65", [{"age": {"$gte": "18", "$lt": "65"}}]),
        ("_id > 100", [{"_id": {"$gt": 100}}]),
        ('name = "Amina Yusuf"', [{"name": "Amina Yusuf"}]),
        ('name = "and"', [{"name": "and"}]),
        ("_submitted_by = null", [{"_submitted_by": None}]),
        ('_submitted_by = "null"', [{"_submitted_by": "null"}]),
        ("photo is not empty", [{"photo": {"$exists": True}}]),
        ("_validation_status.uid is empty", [{"_validation_status.uid": {"$exists": False}}]),
        ("region not in (north)", [{"region": {"$nin": ["north"]}}]),
        ("needs has food", [{"needs": {"$regex": "(^| )food( |$)"}}]),
        ('village matches "^north_.*"', [{"village": {"$regex": "^north_.*"}}]),
        ("a = 1 and a = 2", [{"$and": [{"a": "1"}, {"a": "2"}]}]),
        ('{"$or": [{"a": "1"}, {"b": 2}]} or c != x', [{"$or": [{"a": "1"}, {"b": 2}]}, {"c": {"$ne": "x"}}]),
        ("{}", [{}]),
        ("", []),
        ('région = "l\'est"', [{"région": "l'est"}]),
    ],
)
def test_text_and_filters(text: str, filters: list[dict[str, Any]]) -> None:
    assert parse(text) == filters
    assert parse(say(filters)) == filters
    if "$and" not in json.dumps(filters):
        assert say(filters) == text


def test_conditions_on_one_key_that_exclude_each_other_are_written_as_json() -> None:
    assert say([{"$and": [{"a": "1"}, {"a": "2"}]}]).startswith("{")


def test_words_in_any_case() -> None:
    assert parse("a = 1 AND b IN (x) Or c Is Not Empty") == [{"a": "1", "b": {"$in": ["x"]}}, {"c": {"$exists": True}}]


@pytest.mark.parametrize(
    "text",
    ["=", "region", "region =", "region = north and", "region = north south", "a in ana", "a in (ana", "$where = x",
     "{", "{} x", "a = and", 'a = "x', "a has b+", "a is x", "or", "a not x", "[1]", '"', "a = 'x'"],
)  # fmt: skip
def test_what_cannot_be_read_says_where(text: str) -> None:
    with pytest.raises(RuleError, match=r"At character \d+: .+\."):
        parse(text)


VALUE = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXT
OPERATORS = st.sampled_from(["$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$exists", "$regex", "$size"])
KEYS = TEXT | st.sampled_from(["_id", "region", "a/b", "_submitted_by", "$or", "and", "is"])
FILTER = st.dictionaries(
    KEYS, VALUE | st.dictionaries(OPERATORS, VALUE | st.lists(VALUE, max_size=3), max_size=3), max_size=3
)


@given(st.lists(FILTER, max_size=3))
def test_every_filter_reads_back_the_same(filters: list[dict[str, Any]]) -> None:
    assert json.dumps(parse(say(filters))) == json.dumps(filters)


WORDS = 'a and or in not is empty has matches = != < ( ) , "x" { } null "'
PIECES = st.lists(st.sampled_from(WORDS.split())).map(" ".join)


@given(TEXT | PIECES)
def test_text_is_read_or_refused(text: str) -> None:
    try:
        filters = parse(text)
    except RuleError:
        return
    assert json.dumps(parse(say(filters))) == json.dumps(filters)
