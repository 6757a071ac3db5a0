from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.form import Form, Group, Question, difference, missing_questions
from tests.model.samples import CONTENT, body, form


def of(*rows: dict[str, object], **more: object) -> Form:
    return Form.from_content({"survey": list(rows), **more})


def test_the_household_form_in_three_languages() -> None:
    household = form("household-trilingual")
    assert household.languages == ("English (en)", "Français (fr)", "العربية (ar)")
    region = household.questions["loc/region"]
    assert (region.type, region.list_name, region.required, region.appearance) == (
        "select_one",
        "region",
        True,
        "minimal",
    )
    assert [household.label(region, n) for n in range(3)] == ["Region", "Région", "منطقة"]
    assert household.label(region) == "region"
    assert [choice.name for choice in household.choices_of(region)] == ["north", "south", "east"]
    assert household.choice_label("region", "south", 1) == "Sud"
    assert household.choice_label("region", "south") == "south"
    assert household.choice_label("region", "west", 1) == "west"
    name = household.questions["resp/name"]
    assert household.hint(name, 1) == "Comme sur la carte d'identité"
    assert household.hint(name, 2) == "As on the ID card"  # null in Arabic: another language
    assert household.label(household.groups["loc"], 1) == "Localisation"


def test_every_recorded_question_is_there_under_its_xpath() -> None:
    for name in ("household-trilingual", "clinic-repeats", "long-150-questions"):
        survey = body(f"asset-detail-{name}")["content"]["survey"]
        asked = [row["$xpath"] for row in survey if not row["type"].startswith(("begin", "end_"))]
        assert list(form(name).questions) == asked


def test_repeats_are_nested_and_one_column() -> None:
    clinic = form("clinic-repeats")
    assert clinic.questions["patient/visit/vdate"].repeat == "patient/visit"
    assert clinic.questions["patient/page"].repeat == "patient"
    assert clinic.groups["patient/visit"].repeat == "patient"
    assert [(node.depth, node.item.name) for node in clinic.outline()][5:12] == [
        (0, "patient"), (1, "pname"), (1, "page"), (1, "symptoms"), (1, "visit"), (2, "vdate"), (2, "temp"),
    ]  # fmt: skip
    names = ["start", "end", "facility", "position", "photo", "patient", "n_patients"]
    assert [item.name for item in clinic.columns()] == names
    repeat = clinic.columns()[5]
    assert isinstance(repeat, Group)
    assert repeat.repeats


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("select_one yn", ("select_one", "yn", False)),
        ("select one from yn", ("select_one", "yn", False)),
        ("select_multiple yn or_other", ("select_multiple", "yn", True)),
        ("select_one_from_file towns.csv", ("select_one_from_file", "towns.csv", False)),
        ("  select_one   yn ", ("select_one", "yn", False)),
        ("int", ("integer", None, False)),
        ("something new", ("something new", None, False)),
    ],
)
def test_types_with_their_list_in_one_cell(cell: str, expected: tuple[str, str | None, bool]) -> None:
    question = of({"type": cell, "name": "q"}).questions["q"]
    assert (question.type, question.list_name, question.or_other) == expected


def test_odd_rows() -> None:
    odd = of(
        {"type": "end_group"},
        {"type": "text"},
        {"type": "text", "name": "q", "label": {"English": "Hello", "x": 1}},
        {"type": "begin group", "name": "g", "label": "G"},
        {"type": "integer", "name": "n", "required": "yes", "label": None, "parameters": "start=2; end=7"},
        None,
        {"type": "text", "name": "q", "$xpath": "q"},
        translations=["English"],
        settings={"default_language": 5},
    )
    assert list(odd.questions) == ["q", "g/n"]
    assert odd.label(odd.questions["q"], 0) == "Hello"
    assert odd.label(odd.questions["q"], 7) == "Hello"
    assert odd.label(odd.questions["g/n"], 0) == "n"
    assert odd.questions["g/n"].required
    assert odd.questions["g/n"].params == {"start": "2", "end": "7"}


def test_default_language() -> None:
    content = {"translations": [None, "Français (fr)"], "settings": {"default_language": "Français (fr)"}}
    assert Form.from_content(content).default_language == 1
    assert Form.from_content({"translations": ["English", None]}).default_language == 0


def test_ten_thousand_groups_in_each_other() -> None:
    deep = of(*({"type": "begin_group", "name": f"g{n}"} for n in range(2_000)), {"type": "text", "name": "q"})
    assert max(node.depth for node in deep.outline()) == 50
    assert len(deep.questions) == 1


YES_NO = [{"list_name": "yn", "name": "yes"}, {"list_name": "yn", "name": "no"}]


def test_what_collectors_notice_when_a_form_replaces_another() -> None:
    live = of(
        {"type": "text", "name": "a"},
        {"type": "integer", "name": "b"},
        {"type": "note", "name": "n"},
        {"type": "select_one yn", "name": "c"},
        choices=YES_NO,
    )
    draft = of(
        {"type": "decimal", "name": "b"},
        {"type": "select_one yn", "name": "c"},
        {"type": "begin_group", "name": "g"},
        {"type": "text", "name": "a"},
        {"type": "end_group"},
        choices=YES_NO[:1],
    )
    assert [q.path for q in missing_questions(live, draft)] == ["a"]
    found = difference(live, draft)
    assert [q.path for q in found.missing] == ["a"]
    assert [q.path for q in found.added] == ["g/a"]
    assert [(old.type, new.type) for old, new in found.retyped] == [("integer", "decimal")]
    assert [(removed.question.path, removed.choice.name) for removed in found.removed_choices] == [("c", "no")]
    assert not difference(live, live)


@given(CONTENT, CONTENT, st.none() | st.integers(-1, 3))
def test_no_content_is_too_odd(content: object, other: object, language: int | None) -> None:
    one, two = Form.from_content(content), Form.from_content(other)
    for _depth, item in one.outline():
        assert one.label(item, language)
        if isinstance(item, Question):
            assert isinstance(one.hint(item, 0), str)
            for choice in one.choices_of(item):
                assert one.choice_label(item.list_name, choice.name, language)
    assert one.languages
    assert 0 <= one.default_language < len(one.languages)
    assert all(item.repeat is None for item in one.columns())
    difference(one, two)
