from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.model.access import CODENAMES, NOTHING, PARTIAL, RULE_CODENAMES, Rights, grant, rules_of, settled
from kobotui.model.form import Form
from kobotui.model.rowrule import parse, parse_rules
from kobotui.model.rule_fields import condition, fields, kind_of, relation_of, relations, shared_form, values_of
from kobotui.model.rule_parts import Alternative, Condition, alternatives_of, put_together, rules_from, with_rules
from tests.model.test_rule_check import CLINIC

SECOND = Form.from_content(
    {
        "survey": [
            {"type": "select_one", "select_from_list_name": "region", "name": "region"},
            {"type": "text", "name": "needs"},
            {"type": "integer", "name": "age"},
        ],
        "choices": [{"list_name": "region", "name": name, "label": [name]} for name in ("south", "east")],
    }
)

VALUE = st.sampled_from(["1", "x y", "", "(^| )a( |$)"])
OPERATOR = st.sampled_from(["$eq", "$ne", "$in", "$nin", "$exists", "$gt", "$regex", "$options", "$not"])
TEST = VALUE | st.dictionaries(OPERATOR, VALUE | st.lists(VALUE, max_size=2) | st.booleans(), max_size=2)
FLAT = st.dictionaries(st.sampled_from(["a", "g/b", "_submitted_by"]), TEST, max_size=3)
FILTER = FLAT | st.builds(lambda parts: {"$and": parts}, st.lists(FLAT, max_size=3))


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("region = north", [("region", "", "north")]),
        ("age >= 18 and age < 60", [("age", "$gte", "18"), ("age", "$lt", "60")]),
        ("a = 1 and a != 2", [("a", "", "1"), ("a", "$ne", "2")]),
        ("a in (b, c) and d is empty", [("a", "$in", ["b", "c"]), ("d", "$exists", False)]),
        ("{}", []),
        ('{"$or": [{"a": "1"}]}', None),
        ('{"$and": [{"$and": [{"a": "1"}]}]}', None),
        ('{"$and": "x"}', None),
        ('{"$and": [1]}', None),
        ('{"a": {"$not": {"$in": ["1"]}}}', None),
        ('{"a": {"$regex": "x", "$options": "i"}}', None),
        ('{"a": {}}', None),
    ],
)
def test_a_filter_is_taken_apart_when_that_loses_nothing(text: str, conditions: list[tuple[Any, ...]] | None) -> None:
    (one,) = parse(text)
    found = Alternative(frozenset(), one).conditions
    assert found == (None if conditions is None else tuple(Condition(*parts) for parts in conditions))


def test_each_alternative_has_the_rights_it_gives() -> None:
    rules = parse_rules("view_submissions where a = 1 or b = 2; change_submissions where a = 1")
    first, second = alternatives_of(rules)
    assert first == Alternative(frozenset({"view_submissions", "change_submissions"}), {"a": "1"})
    assert second == Alternative(frozenset({"view_submissions"}), {"b": "2"})
    narrower = first.with_conditions([Condition("a", "", "3")])
    assert rules_from([narrower, second]) == parse_rules(
        "view_submissions where a = 3 or b = 2; change_submissions where a = 3"
    ), "what the old condition let through is gone for every right"
    assert rules_from([]) == ()


@settings(max_examples=200)
@given(st.lists(FILTER, max_size=3), st.lists(st.sampled_from(RULE_CODENAMES), min_size=3, max_size=3))
def test_any_rules_come_back_the_same(filters: list[dict[str, Any]], codenames: list[str]) -> None:
    partial: dict[str, list[dict[str, Any]]] = {}
    for codename, one in zip(codenames, filters, strict=False):
        partial.setdefault(codename, []).append(one)
    rules = rules_of(partial)
    alternatives = alternatives_of(rules)
    assert rules_from(alternatives) == rules
    for alternative in alternatives:
        if (conditions := alternative.conditions) is not None:
            again = json.dumps(put_together(conditions), sort_keys=True)
            assert again == json.dumps(alternative.filter, sort_keys=True)
        for one in conditions or ():
            if relation := relation_of(one):
                made = condition(one.key, relation, values_of(one))
                assert (made.key, relation_of(made), values_of(made)) == (one.key, relation, values_of(one))


def test_rules_take_the_place_of_whole_rights_and_no_rules_end_them() -> None:
    whole = grant(NOTHING, "validate_submissions")
    rules = parse_rules("region = north")
    some = with_rules(whole, rules)
    assert (some.full, some.rules) == ({"view_asset"}, rules)
    for held in (whole, some, grant(NOTHING, PARTIAL, rules)):
        assert with_rules(held, ()) == Rights(frozenset({"view_asset"}))
    assert with_rules(grant(NOTHING, "add_submissions"), ()) == Rights(frozenset({"add_submissions"}))


@pytest.mark.parametrize("codename", sorted(set(CODENAMES) - {PARTIAL}))
@pytest.mark.parametrize("text", ["", "a = 1", "change_submissions where a = 1; validate_submissions where b = 2"])
def test_whatever_was_held_the_server_can_hold_what_rules_leave(codename: str, text: str) -> None:
    rights = with_rules(grant(NOTHING, codename), parse_rules(text))
    assert rights == settled(rights)
    assert rights.rules == parse_rules(text)


def test_forms_share_questions_of_one_path_and_type_and_the_choices_all_offer() -> None:
    both = shared_form([CLINIC, SECOND])
    assert list(both.questions) == ["region"]
    assert [choice.name for choice in both.choices_of(both.questions["region"])] == ["south"]
    assert shared_form([CLINIC]) is CLINIC
    assert shared_form([]).questions == {}


def test_only_what_a_rule_can_find_is_offered() -> None:
    assert fields(CLINIC) == [
        "_submitted_by", "_submission_time", "_validation_status.uid", "region", "needs", "g/age", "g/weight",
    ]  # fmt: skip


@pytest.mark.parametrize("key", [*fields(CLINIC), "nowhere"])
def test_every_relation_offered_can_be_written_and_read_again(key: str) -> None:
    offered = relations(key, CLINIC)
    assert offered
    for relation in offered:
        values = [] if relation in ("empty", "filled") else ["north"]
        made = condition(key, relation, values)
        assert (relation_of(made), values_of(made)) == (relation, values)
    assert kind_of(key, CLINIC) in ("user", "status", "moment", "one", "many", "number", "text")


@pytest.mark.parametrize("text", ["_id = 5", "a in (x, null)", "_submitted_by = null"])
def test_what_is_no_text_has_no_relation(text: str) -> None:
    ((one,),) = (Alternative(frozenset(), found).conditions or () for found in parse(text))
    assert relation_of(one) == ""
    assert values_of(one) == []
