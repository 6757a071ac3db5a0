"""The query language: what KPI lets through, and what it makes of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from kobotui.demo.records.mongo import UnsupportedQueryError, bounds_of, compile_query, fields_of, sort_key

ROWS: list[dict[str, Any]] = [
    {"_id": 1, "q1": "apple", "q2": "9", "_validation_status": {}, "_attachments": []},
    {"_id": 2, "q1": "banana", "q2": "10", "_validation_status": {"uid": "validation_status_approved"},
     "_attachments": [{"uid": "x"}]},
    {"_id": 3, "q1": "cherry", "q2": "100", "_geolocation": [1.5, 2.5], "g/kid": [{"g/kid/v": "x"}, {"g/kid/v": "y"}]},
    {"_id": 4, "q1": "Apple pie", "a.b": "dot", "_geolocation": [None, None]},
]  # fmt: skip


def ids(query: dict[str, Any]) -> list[int]:
    test = compile_query(query)
    return [row["_id"] for row in ROWS if test(row)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"q1": "apple"}, [1]),
        ({"q1": "apple", "q2": "10"}, []),
        ({"q1": {"$in": ["apple", "cherry"]}}, [1, 3]),
        ({"q1": {"$nin": ["apple", "cherry"]}}, [2, 4]),
        ({"q2": {"$gt": "10"}}, [1, 3]),
        ({"q2": {"$gte": "10", "$lt": "9"}}, [2, 3]),
        ({"q2": {"$gt": 10}}, []),
        ({"q2": 9}, []),
        ({"q1": {"$regex": "^a"}}, [1]),
        ({"q1": {"$regex": "apple", "$options": "i"}}, [1, 4]),
        ({"q2": {"$exists": False}}, [4]),
        ({"q2": None}, [4]),
        ({"q2": {"$in": [None, "9"]}}, [1, 4]),
        ({"q1": {"$ne": "apple"}}, [2, 3, 4]),
        ({"q2": {"$not": {"$regex": "0"}}}, [1, 4]),
        ({"$or": [{"q1": "apple"}, {"_id": 2}]}, [1, 2]),
        ({"$and": [{"q1": {"$regex": "an"}}, {"q2": "10"}]}, [2]),
        ({"_id": {"$gt": 2}}, [3, 4]),
        ({"_id": "3"}, [3]),
        ({"_id": {"$in": ["1", 4]}}, [1, 4]),
        ({"_attachments": {"$ne": []}}, [2, 3, 4]),
        ({"_validation_status.uid": "validation_status_approved"}, [2]),
        ({"_validation_status.uid": {"$exists": False}}, [1, 3, 4]),
        ({"_geolocation": {"$gt": 2}}, [3]),
        ({"g/kid": {"$elemMatch": {"g/kid/v": "y"}}}, [3]),
        ({"g/kid/v": "y"}, []),
        ({"a.b": "dot"}, [4]),
        ({"$expr": {"$gt": ["$q2", "10"]}}, [1, 3]),
        ({"$expr": {"$ne": [{"$ifNull": ["$q2", "none"]}, "none"]}}, [1, 2, 3]),
        # What KPI does not know becomes the name of a field nobody has.
        ({"$nor": [{"q1": "apple"}]}, []),
        ({"q1": {"$size": 1}}, []),
        ({"_attachments.0": {"$exists": True}}, []),
        ({"$where": "1"}, []),
    ],
)
def test_what_a_query_finds(query: dict[str, Any], expected: list[int]) -> None:
    assert ids(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"q1": {"$regex": "("}},
        {"q1": {"$in": "apple"}},
        {"$or": "x"},
        {"$or": []},
        {"$not": {"q1": "x"}},
        {"$gt": 1},
        {"q1": {"$not": "x"}},
        {"q1": {"$elemMatch": 1}},
    ],
)
def test_what_mongodb_itself_refuses(query: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedQueryError):
        compile_query(query)


def test_the_fields_a_query_looks_at() -> None:
    query = {"$or": [{"a": 1}, {"_validation_status.uid": "x"}], "b": {"$gt": "1"}, "$expr": {"$gt": ["$c", "$d/e"]}}
    assert fields_of(query) == {"a", "_validation_status", "b", "c", "d/e"}


def test_bounds_hold_for_every_match_and_know_when_they_say_all() -> None:
    bounds = bounds_of({"_id": {"$gt": 5, "$lte": 9}})
    assert (bounds.id_from, bounds.id_to, bounds.exact) == (6, 9, True)
    assert bounds_of({"_id": 7}).exact
    assert not bounds_of({"_id": {"$gt": 5}, "q": "x"}).exact
    assert not bounds_of({"_id": {"$ne": 5}}).exact
    nested = bounds_of(
        {"$and": [{"_submission_time": {"$gte": "2026-01-01"}}, {"_submission_time": {"$lte": "2026-02"}}]}
    )
    assert (nested.time_from, nested.time_to, nested.exact) == ("2026-01-01", "2026-02", True)
    assert not bounds_of({"$or": [{"_id": 1}]}).exact
    assert bounds_of({"_uuid": "u"}).uuids == {"u"}


def test_sorting_puts_absence_before_numbers_before_text() -> None:
    values = ["b", 2, None, "a", 1.5, [1]]
    assert sorted(values, key=sort_key) == [None, 1.5, 2, "a", "b", [1]]
