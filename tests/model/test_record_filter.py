"""Filters of the table of records: what is typed, and the query the server gets."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.form import Form
from kobotui.model.number_pattern import number_pattern
from kobotui.model.record_filter import STATUS, FilterError, FilterReader
from kobotui.model.saved_filters import texts

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
        {"type": "integer", "name": "age"},
        {"type": "begin_repeat", "name": "shot"},
        {"type": "date", "name": "day"},
        {"type": "end_repeat"},
        {"type": "end_repeat"},
        {"type": "image", "name": "photo"},
        {"type": "text", "name": "name", "$xpath": "other/name", "label": ["Other name", None]},
    ],
    "choices": [
        {"list_name": "region", "name": "north", "label": ["North", "الشمال"]},
        {"list_name": "region", "name": "ne", "label": ["North East", None]},
        {"list_name": "needs", "name": "food", "label": ["Food", None]},
        {"list_name": "needs", "name": "wa.ter", "label": ["Water, clean", None]},
    ],
}  # fmt: skip
FOOD = {"$regex": "(^| )(food)( |$)"}
EXPONENT = "|^[+-]?[0-9.]+[eE]"
NOW = datetime(2026, 11, 27, 9, 30, tzinfo=timezone(timedelta(hours=3)))
SAVED = {"Mine": "not validated and by != me", "As JSON": '{"head": "x"}'}
READER_FORM = Form.from_content(CONTENT)
READER = FilterReader(READER_FORM, lambda: NOW, "ana", lambda: SAVED)


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
        ("head = Jane (the elder) and needs = food", {"$and": [{"head": "Jane (the elder)"}, {"needs": FOOD}]}),
        ('head = "a and b"', {"head": "a and b"}),
        ('head = "" or head is answered', {"$or": [{"head": {"$exists": False}}, {"head": {"$exists": True}}]}),
        ("head contains a.b", {"head": {"$regex": r"a\.b", "$options": "i"}}),
        ("head does not contain a", {"head": {"$not": {"$regex": "a", "$options": "i"}}}),
        ('head > "b"', {"head": {"$gt": "b"}}),
        ("Members of food and water groups = 3", {"members": {"$regex": number_pattern("=", Decimal(3))}}),
        ("not members > -2.5", {"members": {"$not": {"$regex": number_pattern(">", Decimal("-2.5"))}}}),
        ("needs not in (food, wa.ter)", {"needs": {"$not": {"$regex": r"(^| )(food|wa\.ter)( |$)"}}}),
        ("validated", {STATUS: {"$exists": True}}),
        ("not validated", {STATUS: {"$exists": False}}),
        ("status = on hold", {STATUS: "validation_status_on_hold"}),
        ("status = none", {STATUS: {"$exists": False}}),
        ("status in (Approved, none)", {"$or": [{STATUS: "validation_status_approved"}, {STATUS: {"$exists": False}}]}),
        ("id = 123", {"_id": 123}),
        ("id >= 123", {"_id": {"$gte": 123}}),
        ("by = me", {"_submitted_by": "ana"}),
        ('by = "me"', {"_submitted_by": "me"}),
        ("by is empty", {"_submitted_by": None}),
        ("[mine]", {"$and": [{STATUS: {"$exists": False}}, {"_submitted_by": {"$ne": "ana"}}]}),
        ("[As json]", {"head": "x"}),
        ("sent <= 2026-11-23", {"_submission_time": {"$lt": "2026-11-23T21:00:00"}}),
        ("sent > 2026-11-23T10:00Z", {"_submission_time": {"$gte": "2026-11-23T10:01:00"}}),
        ("sent in last 7 days", {"_submission_time": {"$gte": "2026-11-20T21:00:00", "$lt": "2026-11-27T21:00:00"}}),
        ("arrival < 2026-01", {"arrival": {"$lt": "2026-01-01"}}),
        ("start = yesterday", {"start": {"$gte": "2026-11-26", "$lt": "2026-11-27"}}),
        ("arrival >= 3 days ago", {"arrival": {"$gte": "2026-11-24"}}),
        ("kid/name = Sam", {"kid": {"$elemMatch": {"kid/name": "Sam"}}}),
        ("kid/name != Sam", {"kid": {"$not": {"$elemMatch": {"kid/name": "Sam"}}}}),
        ("kid has (name = Sam and not age is empty)",
         {"kid": {"$elemMatch": {"$and": [{"kid/name": "Sam"}, {"kid/age": {"$exists": True}}]}}}),
        ("not (region = north or (id > 5 and validated))",
         {"$and": [{"loc/region": {"$ne": "north"}},
                   {"$or": [{"_id": {"$not": {"$gt": 5}}}, {STATUS: {"$exists": False}}]}]}),
        ("has attachment", {"_attachments": {"$ne": []}}),
        ("has no attachment", {"_attachments": []}),
        ('{"kid": {"$elemMatch": {"kid/age": {"$not": {"$regex": "^1"}}}}}',
         {"kid": {"$elemMatch": {"kid/age": {"$not": {"$regex": "^1"}}}}}),
    ],
)  # fmt: skip
def test_what_is_typed_becomes_the_servers_query(text: str, query: dict[str, Any]) -> None:
    found = READER.read(text)
    assert found.query == query
    assert found.exact
    assert not found.here


@pytest.mark.parametrize(
    ("text", "query", "what"),
    [
        ("region = north and income > 10.5",
         {"$and": [{"loc/region": "north"}, {"income": {"$regex": number_pattern(">", Decimal("10.5")) + EXPONENT}}]},
         "numbers of income"),
        ("region = north or income > 10 or kid > 3", None, "how many of kid there are"),
        ("members > ${income}", {"$and": [{"members": {"$exists": True}}, {"income": {"$exists": True}}]},
         "members beside income"),
        ("not photo has attachment", {}, "files of photo"),
        ("photo has attachment", {"_attachments": {"$ne": []}}, "files of photo"),
        ("region = north or members > ${income}", None, "members beside income"),
    ],
)  # fmt: skip
def test_what_the_server_cannot_tell_is_compared_here(text: str, query: dict[str, Any] | None, what: str) -> None:
    found = READER.read(text)
    assert not found.exact
    assert what in found.here
    if query is not None:
        assert found.query == query
    with pytest.raises(FilterError):
        READER.query(text)


def test_the_examples_of_the_docs_mean_something() -> None:
    page = (Path(__file__).parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```filter( here)?\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 6
    saved = FilterReader(READER_FORM, lambda: NOW, "ana", lambda: texts(()))
    for here, lines in blocks:
        for line in lines.splitlines():
            assert saved.read(line).exact == (not here), line


def test_and_binds_closer_than_or_and_not_closer_than_both() -> None:
    assert READER.read("id = 1 or not id = 2 and by = ben").query == {
        "$or": [{"_id": 1}, {"$and": [{"_id": {"$ne": 2}}, {"_submitted_by": "ben"}]}]
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
        ("members > few", "with a number"),
        ("kid > few", "whole number"),
        ("kid contains x", "ask how many"),
        ("kid has (region = north)", "loc/region is not in kid"),
        ("kid has (validated)", "stand questions of kid"),
        ("(region = north", "A ( is not closed"),
        ("region = north)", "There is a )"),
        ("[Yours]", "No filter is saved as Yours"),
        ("[As JSON] and validated", "it stands alone"),
        ("photo has eyes", "photo has attachment"),
        ("sent = 2026-02-30", "There is no day 2026-02-30"),
        ("members > ${kid/age}", "do not stand in the same repeat"),
        ("not " * 60 + "validated", "nested too deep"),
        ("{", "not valid JSON"),
        ('{"head": {"$size": 1}}', "does not know $size here"),
        ('{"$nor": [{"head": "x"}]}', "does not know $nor here"),
        ('{"$not": {"head": "x"}}', "does not know $not here"),
        ('{"a.b": "x"}', "a key with a dot"),
        ('{"members": {"$gt": 4}}', 'write "4" in quotes'),
        ('{"head": {"$regex": "("}}', "no regular expression"),
        ('{"head": {"$in": "x"}}', "takes a list"),
        ("id = x", "An id is a whole number"),
        ("status = good", "A status is"),
        ("arrival > soon", "a day like 2026-11-27"),
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


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("id = 1 and reg", ["id = 1 and Region", "id = 1 and region"]),
        ("by = ben and region = ", ["by = ben and region = North", "by = ben and region = North East"]),
        ("region = n", ["region = North", "region = North East"]),
        ("region = north ", ["region = north and", "region = north or", "region = North East"]),
        ("not (reg", ["not (Region", "not (region"]),
        ("needs in (food, ", ['needs in (food, Food', 'needs in (food, "Water, clean"']),
        ("sent in last 7", ["sent in last 7 days"]),
        ("id", ["id =", "id in (", "id >=", "id <=", "id >", "id <", "kid", "validated", "not validated"]),
        ("kid has (", ["kid has (Name", "kid has (age", "kid has (day", "kid has (shot", "kid has (name"]),
        ("photo ", ["photo has attachment", "photo has no attachment", "photo is unanswered", "photo is answered",
                    "photo contains"]),
        ("status = not", ["status = not approved"]),
        ("[m", ["[Mine]"]),
        ('{"head"', []),
    ],
)  # fmt: skip
def test_completions_go_on_in_the_middle_of_an_expression(text: str, offered: list[str]) -> None:
    assert [completion.text for completion in READER.completions(text, 0)] == offered


SIGNS = ("=", "<", ">", "(", ")", '"', "\\", ",", "!=", "<=", ">=", "{}", "%s", "\x1b[2J", "2026-11-23", "9" * 20)
WORDS = (
    "(",
    ")",
    "has (",
    "${income}",
    "last 7 days",
    "in",
    "not in",
    "is empty",
    "is not empty",
    "has",
    "contains",
    "and",
    "or",
    "validated",
    "not",
)
NAMES = ("region", "kid", "name", "other/name", "Members of food and water groups", "المنطقة", "id", "sent")
PIECES = st.sampled_from([*SIGNS, *WORDS, *NAMES])


@given(st.lists(PIECES | st.text(max_size=4), max_size=9).map(" ".join))
def test_anything_typed_is_a_query_or_a_sentence(text: str) -> None:
    problem = READER.problem(text)
    if not problem:
        assert msgspec.json.encode(READER.read(text).query)
    for language in (None, 0, 1):
        assert all(isinstance(completion.text, str) for completion in READER.completions(text, language))
