from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from kobotui.columns.rules import alternative_words, condition_words, relation_label, rule_cells, rule_titles, said_of
from kobotui.model.form import Form
from kobotui.model.rowrule import parse, parse_rules
from kobotui.model.rule_parts import Alternative
from kobotui.model.text import shown
from tests.model.samples import CONTENT
from tests.model.test_rule_check import CLINIC
from tests.model.test_rule_parts import FILTER


def words(text: str) -> list[str]:
    (one,) = parse(text)
    return alternative_words(Alternative(frozenset(), one), CLINIC, 0)


def test_conditions_are_said_in_words_and_as_text_where_words_are_missing() -> None:
    assert words("region in (north, south) and g/age >= 18") == ["region is one of north, south", "age is at least 18"]
    assert words("needs has north") == ["needs has the choice north"]
    assert words("_submission_time >= 2026-01-01") == ["Sent is not before 2026-01-01"]
    assert words("_validation_status.uid = validation_status_on_hold") == ["Validation status is On hold"]
    assert words('region = ""') == ['region is ""']
    assert words("_id > 5") == ["_id > 5"]
    assert words("_submitted_by = null") == ["_submitted_by = null"]
    assert words('{"$or": [{"region": "north"}]}') == ['{"$or": [{"region": "north"}]}']
    assert words("{}") == ["all records"]
    assert relation_label("less", "g/age", CLINIC) == "is less than"


def test_rights_stand_on_the_first_line_of_an_alternative() -> None:
    alternative = Alternative(frozenset({"view_submissions", "delete_submissions"}), {"a": "1", "b": "2"})
    assert [cell.text for cell in rule_cells(0, alternative, 0, "a is 1")] == ["where", "a is 1", "x", ".", ".", "x"]
    assert [cell.text for cell in rule_cells(0, alternative, 1, "b is 2")] == ["and", "b is 2", "", "", "", ""]
    assert rule_cells(1, alternative, 0, "")[0].text == "or"


def test_the_web_interfaces_titles_stand_in_the_order_of_its_rights() -> None:
    rules = parse_rules("change_submissions where _submitted_by = ana; view_submissions where region = north")
    assert rule_titles(rules) == [
        "Act on submissions based on multiple conditions",
        "Edit submissions only from specific users: ana",
    ]


def test_what_holds_for_all_projects_is_said_once() -> None:
    found = [("Water", ["both", "one"]), ("Food\x1b", ["both", "other"])]
    assert list(said_of(found)) == ["both", "Water: one", shown("Food\x1b") + ": other"]
    assert list(said_of(found[:1])) == ["both", "one"]


@settings(max_examples=200)
@given(FILTER, CONTENT)
def test_any_filter_on_any_form_has_clean_words(one: dict[str, Any], content: Any) -> None:
    form = Form.from_content(content)
    alternative = Alternative(frozenset(), one)
    said = alternative_words(alternative, form, 0)
    assert said
    assert [shown(line) for line in said] == said
    for condition in alternative.conditions or ():
        assert condition_words(condition, form) != ""
