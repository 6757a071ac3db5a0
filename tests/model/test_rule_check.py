from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.columns.words import rule_title
from kobotui.model.access import NOTHING, Rule
from kobotui.model.form import Form
from kobotui.model.rowrule import parse
from kobotui.model.rule_check import OwnForm, own_form, seen_by, warnings
from kobotui.model.text import shown
from tests.model.matrices import ENTRY, VIEWER, ruled
from tests.model.samples import CONTENT, TEXT, form
from tests.model.test_rowrule import FILTER

CLINIC = Form.from_content(
    {
        "survey": [
            {"type": "select_one", "select_from_list_name": "region", "name": "region"},
            {"type": "select_multiple", "select_from_list_name": "region", "name": "needs"},
            {"type": "begin_group", "name": "g"},
            {"type": "integer", "name": "age"},
            {"type": "decimal", "name": "weight"},
            {"type": "end_group"},
            {"type": "begin_repeat", "name": "kid"},
            {"type": "text", "name": "name"},
            {"type": "end_repeat"},
        ],
        "choices": [{"list_name": "region", "name": name, "label": [name]} for name in ("north", "south")],
    }
)


@pytest.mark.parametrize(
    ("filters", "form_", "title"),
    [
        ([{"_submitted_by": "ana"}], OwnForm(("ana",)), "View submissions only from specific users: ana"),
        (
            [{"_submitted_by": {"$in": ["ana", "ben"]}}],
            OwnForm(("ana", "ben")),
            "View submissions only from specific users: ana, ben",
        ),
        (
            [{"g/region": "north"}],
            OwnForm((), "g/region", "north"),
            "View submissions based on a condition: g/region equals north",
        ),
        (
            [{"_submitted_by": {"$in": ["ana"]}, "region": "north"}],
            OwnForm(("ana",), "region", "north"),
            "Act on submissions based on multiple conditions: View submissions, "
            "_submitted_by in (ana) and region = north",
        ),
        (
            [{"a": "1"}, {"a": "2"}],
            None,
            "Act on submissions based on multiple conditions: View submissions, a = 1 or a = 2",
        ),
        ([{"a": "1", "b": "2"}], None, None),
        ([{"a": {"$gt": "1"}}], None, None),
        ([{"a": 1}], None, None),
        ([{"_submitted_by": None}], None, None),
        ([{"_submitted_by": {"$in": []}}], None, None),
        ([{"$or": "x"}], None, None),
        ([{}], None, None),
        ([], None, None),
    ],
)
def test_the_web_interfaces_own_forms(filters: list[dict[str, Any]], form_: OwnForm | None, title: str | None) -> None:
    found = own_form(filters)
    assert found == form_
    if found:
        assert own_form(found.filters()) == found
    if title:
        assert rule_title(Rule("view_submissions", ruled_texts(filters))) == title


def ruled_texts(filters: list[dict[str, Any]]) -> tuple[str, ...]:
    import json

    return tuple(json.dumps(one) for one in filters)


def test_what_somebody_would_see() -> None:
    assert seen_by(VIEWER) == {}
    assert seen_by(NOTHING) is None
    assert seen_by(ENTRY) is None
    assert seen_by(ENTRY, public=VIEWER) == {}
    assert seen_by(ruled(view="region = north")) == {"region": "north"}
    assert seen_by(ruled(view="a = 1 or b = 2")) == {"$or": [{"a": "1"}, {"b": "2"}]}
    assert seen_by(ruled(change="a = 1", view="b = 2")) == {"$or": [{"a": "1"}, {"b": "2"}]}
    assert seen_by(ruled(change="a = 1", view="b = 2"), codename="change_submissions") == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("region = north", []),
        ("region = east", ["east is not a choice of region: north, south ..."]),
        ("region in (north, east)", ["east is not a choice"]),
        ("needs = north", ["needs may hold several choices"]),
        ("needs has north", []),
        ("g/age >= 18", ["10 is less than 9"]),
        ("g/age = 18", []),
        ("g/weight = 1.5", ["1.5 is not 1.50"]),
        ("age = 18", ["Write g/age in place of age"]),
        ("village = x", ["There is no question called village."]),
        ("kid/name = x", ["kid/name is asked inside a repeat"]),
        ("_submitted_by = ana", ["nobody sees them"]),
        ("_submitted_by != ana", ["are inside this rule"]),
        ("_submitted_by is not empty", []),
        ("_submission_time >= 2026-01-01", []),
        ("_id > 100", []),
        ("_validation_status.uid is empty", []),
        ("a.b = x", ["does not know a.b"]),
        ("{}", ["lets all records through"]),
        ('{"$nor": [{"region": "north"}]}', ["does not know $nor"]),
        ('{"region": {"$size": 1}}', ["does not know $size"]),
        ('{"g/age": 18}', ["put the value of g/age into quotes"]),
        ('{"g/age": {"$gt": true}}', ["10 is less than 9", "into quotes"]),
        ('{"$and": [{"region": {"$not": {"$in": ["east"]}}}]}', ["east is not a choice"]),
        ('{"kid": {"$elemMatch": {"kid/name": "x"}}}', []),
    ],
)
def test_what_the_server_will_not_do_is_said(text: str, sentences: list[str]) -> None:
    said = warnings(parse(text), CLINIC)
    assert len(said) == len(sentences), said
    for sentence, wanted in zip(said, sentences, strict=True):
        assert wanted in sentence


def test_a_recorded_form_has_its_choices() -> None:
    asked = form("household-trilingual")
    one = next(q for q in asked.questions.values() if q.type == "select_one" and q.repeat is None)
    assert warnings([{one.path: asked.choices_of(one)[0].name}], asked) == []
    assert len(warnings([{one.path: "no such choice"}], asked)) == 1


@settings(max_examples=200)
@given(st.lists(FILTER, max_size=3), CONTENT, TEXT)
def test_any_rule_on_any_form_has_clean_words(filters: list[dict[str, Any]], content: Any, codename: str) -> None:
    for sentence in warnings(filters, Form.from_content(content)):
        assert shown(sentence) == sentence
    title = rule_title(Rule(codename, ruled_texts(filters)))
    assert shown(title) == title
