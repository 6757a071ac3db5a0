from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.model.access import Rights, rules_of, settled
from kobotui.model.rowrule import parse, parse_rules, say, say_rules
from kobotui.model.rule_users import users_of, with_user
from tests.model.matrices import rights
from tests.model.test_rowrule import FILTER


def held(filters: list[dict[str, Any]]) -> Rights:
    return Rights(rules=rules_of({"view_submissions": filters}))


@pytest.mark.parametrize(
    ("text", "users", "beside", "instead"),
    [
        ("_submitted_by = ana", "ana", "_submitted_by in (ana, zoe)", "_submitted_by = zoe"),
        ("_submitted_by in (ana)", "ana", "_submitted_by in (ana, zoe)", "_submitted_by in (zoe)"),
        ("_submitted_by in (ben, ana, zoe)", "ben ana zoe", "_submitted_by in (ben, ana, zoe)",
         "_submitted_by in (ben, zoe)"),
        ("_submitted_by != ana", "ana", "_submitted_by not in (ana, zoe)", "_submitted_by != zoe"),
        ("_submitted_by not in (ana, ben)", "ana ben", "_submitted_by not in (ana, zoe, ben)",
         "_submitted_by not in (zoe, ben)"),
        ("_submitted_by = mariana", "mariana", "_submitted_by = mariana", "_submitted_by = mariana"),
        ("name = ana", "", "name = ana", "name = ana"),
        ('_submitted_by matches "ana"', "", '_submitted_by matches "ana"', '_submitted_by matches "ana"'),
        ("_submitted_by is not empty", "", "_submitted_by is not empty", "_submitted_by is not empty"),
        ("a = 1 and _submitted_by = ana or b = 2", "ana", "a = 1 and _submitted_by in (ana, zoe) or b = 2",
         "a = 1 and _submitted_by = zoe or b = 2"),
        ('{"$or": [{"_submitted_by": {"$not": {"$eq": "ana"}}}, {"c": "ana"}]}', "ana",
         '{"$or": [{"_submitted_by": {"$not": {"$in": ["ana", "zoe"]}}}, {"c": "ana"}]}',
         '{"$or": [{"_submitted_by": {"$not": {"$eq": "zoe"}}}, {"c": "ana"}]}'),
    ],
)  # fmt: skip
def test_one_user_is_replaced_and_nobody_whose_name_holds_theirs(
    text: str, users: str, beside: str, instead: str
) -> None:
    before = held(parse(text))
    assert users_of(before.rules) == tuple(users.split())
    assert with_user(before, "ana", "zoe") == held(parse(beside))
    assert with_user(before, "ana", "zoe", drop=True) == held(parse(instead))


@settings(max_examples=200)
@given(rights(), st.booleans())
def test_only_rules_that_name_the_user_change(before: Rights, drop: bool) -> None:
    after = with_user(before, "ana", "zoe", drop=drop)
    named = users_of(before.rules)
    assert (after == before) is ("ana" not in named)
    assert set(users_of(after.rules)) == {*named, *(("zoe",) if "ana" in named else ())} - ({"ana"} if drop else set())
    assert settled(after) == after


@settings(max_examples=200)
@given(rights())
def test_all_rules_of_a_user_read_back_the_same(before: Rights) -> None:
    text = say_rules(before.rules)
    assert parse_rules(text) == before.rules
    assert text.isprintable() or not before.rules


@given(
    st.dictionaries(
        st.sampled_from(["view_submissions", "add_submissions", "change_submissions"]), st.lists(FILTER, max_size=3)
    )
)
def test_any_rules_read_back_the_same(partial: dict[str, Any]) -> None:
    rules = rules_of(partial)
    assert json.dumps([r.values() for r in parse_rules(say_rules(rules))]) == json.dumps([r.values() for r in rules])


def test_a_rule_without_rights_before_it_is_for_viewing_and_semicolons_are_quoted() -> None:
    assert parse_rules("a = 1") == parse_rules("view_submissions where a = 1")
    assert parse_rules("View_submissions WHERE a = 1".lower()) == parse_rules("a = 1;")
    assert parse_rules(
        "change_submissions where a = 1; validate_submissions, change_submissions where b = 2"
    ) == rules_of({"change_submissions": [{"a": "1"}, {"b": "2"}], "validate_submissions": [{"b": "2"}]})
    assert say([{"a": "x;y"}]) == 'a = "x;y"'
    assert parse_rules("  ") == ()
