from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.check import check, editable
from kobotui.model.constraint import holds
from kobotui.model.form import Form
from tests.model.samples import CONTENT, TEXT, form, records

TODAY = date(2026, 11, 23)


def problem(kind: str, text: str, **row: object) -> bool:
    made = Form.from_content(
        {
            "survey": [{"type": kind, "name": "q", **row}, {"type": "integer", "name": "age"}],
            "choices": [{"list_name": "yn", "name": "yes"}, {"list_name": "yn", "name": "no"}],
        }
    )
    return check(made.questions["q"], text, made, answers={"age": "40"}, today=TODAY) is not None


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", ["0", "-12", "007"], ["1.5", "x", "1e3", " 1"]),
        ("decimal", ["0.5", "-1", ".5", "1e3"], ["1,5", "x", "inf", "nan"]),
        ("date", ["2026-02-28"], ["2026-02-30", "28.2.2026", "2026-2-28", "2026-02-28T00:00"]),
        ("time", ["14:30", "14:30:00.000+02:00"], ["25:00", "2 pm"]),
        ("datetime", ["2026-02-28T14:30:00.000Z", "2026-02-28T14:30"], ["2026-02-28", "2026-02-28T25:00", "x"]),
        ("geopoint", ["-1.28 36.8", "-1.28 36.8 0 4.5"], ["91 0", "0 181", "1", "a b", "1 2 3 4 5"]),
        ("geotrace", ["1 2;3 4"], ["1 2", "1 2;x"]),
        ("geoshape", ["1 2;3 4;5 6;1 2"], ["1 2;3 4;5 6", "1 2;1 2"]),
        ("select_one yn", ["yes"], ["maybe", "yes no"]),
        ("select_one yn or_other", ["other"], ["maybe"]),
        ("select_multiple yn", ["yes no", "no"], ["yes yes", "yes maybe"]),
        ("select_one_from_file towns.csv", ["anything"], []),
        ("acknowledge", ["OK"], ["ok"]),
        ("range", ["1", "10", "5.5"], ["11", "x"]),
        ("text", ["anything at all", "é\n永"], ["\x00", "a\x1b[0m"]),
        ("a type from the future", ["anything"], []),
    ],
)
def test_by_type(kind: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if problem(kind, text)] == []
    assert [text for text in bad if not problem(kind, text)] == []


def test_required_and_constraint() -> None:
    assert problem("text", "", required=True)
    assert not problem("text", "")
    assert problem("integer", "-1", constraint=". >= 0")
    assert not problem("integer", "-1", constraint="pulldata('x', .)")
    assert problem("integer", "41", constraint=". <= ${age}")
    assert problem("range", "8", parameters="start=1 end=5 step=1")


def test_the_forms_own_message_is_used() -> None:
    clinic = form("clinic-repeats")
    found = check(clinic.questions["patient/page"], "130", clinic)
    assert found
    assert found.sentence == "Impossible age"


def test_every_recorded_answer_fits_its_question() -> None:
    household = form("household-trilingual")
    for record in records("household-100"):
        for question in household.questions.values():
            answer = record.answer(question.path)
            if answer is not None and editable(question):
                assert check(question, answer, household, answers=record.raw, today=TODAY) is None


def test_what_cannot_be_corrected_by_hand() -> None:
    clinic = form("clinic-repeats")
    assert [q.name for q in clinic.questions.values() if not editable(q)] == [
        "start",
        "end",
        "photo",
        "thanks",
    ]


@pytest.mark.parametrize(
    ("constraint", "answer", "expected"),
    [
        (". >= 0 and . < 120", "5", True),
        (". >= 0 and . < 120", "120", False),
        (".>0", "1", True),
        ("(. > 10 or . = 3) and not(. = 12)", "12", False),
        (". = 'yes'", "yes", True),
        (". != 'yes'", "yes", False),
        ("regex(., '^[0-9]{9}$')", "123456789", True),
        ("regex(., '[0-9]{9}')", "123456789x", False),
        ("regex(., '(a+)+$')", "aaaa", None),
        ("regex(., '(')", "a", None),
        ("string-length(.) <= 3", "abcd", False),
        (". <= today()", "2026-11-23", True),
        (". <= today()", "2026-11-24", False),
        (". > date('2026-01-01')", "2025-12-31", False),
        (". mod 2 = 0", "7", False),
        (". div 0 > 1", "7", False),
        ("-. < 0", "7", True),
        (". > 1 + 2 * 3", "7", False),
        ("selected(., 'none') and count-selected(.) > 1", "none fever", True),
        ("not(selected(., 'none') and count-selected(.) > 1)", "none fever", False),
        (". <= ${total}", "5", False),
        (". <= ${nowhere}", "5", None),
        (". < /data/x", "5", None),
        (". < ../x", "5", None),
        ("jr:choice-name(., 'x') = 'y'", "5", None),
        ("count(${patient}) > 2", "5", None),
        (". >", "5", None),
        ("", "5", None),
        ("if(. > 3, true(), false())", "5", True),
        ("(" * 900, "5", None),
        (". > 0" + " and . > 0" * 200, "5", None),
    ],
)
def test_holds(constraint: str, answer: str, expected: bool | None) -> None:
    assert holds(constraint, answer, {"total": "4"}.get, TODAY) is expected


TOKENS = ". .. ( ) and or not( = != < <= >= + - * div mod 1 0 'x' ${a} regex(., today() , ?"
EXPRESSIONS = st.lists(st.sampled_from(TOKENS.split())).map(" ".join)


@given(EXPRESSIONS | TEXT, TEXT)
def test_no_constraint_raises(constraint: str, answer: str) -> None:
    assert holds(constraint, answer, {"a": "1"}.get, TODAY) in (True, False, None)


@given(CONTENT, TEXT)
def test_no_form_makes_a_check_raise(content: object, text: str) -> None:
    made = Form.from_content(content)
    for question in made.questions.values():
        found = check(question, text, made, answers={"a": 3, "b": "x"}, today=TODAY)
        assert found is None or found.sentence


def test_a_choice_of_a_cascading_list_must_go_with_the_answers_it_hangs_on() -> None:
    content = {
        "survey": [
            {"type": "select_one", "select_from_list_name": "region", "name": "region", "$xpath": "loc/region"},
            {
                "type": "select_one",
                "select_from_list_name": "district",
                "name": "district",
                "$xpath": "loc/district",
                "choice_filter": "region = ${region}",
            },
        ],
        "choices": [
            {"list_name": "region", "name": "north"},
            {"list_name": "region", "name": "south"},
            {"list_name": "district", "name": "lake", "region": "north"},
            {"list_name": "district", "name": "port", "region": "south"},
        ],
    }
    form = Form.from_content(content)
    district = form.questions["loc/district"]

    def said(choice: str, **answers: str) -> str:
        problem = check(district, choice, form, answers={f"loc/{key}": value for key, value in answers.items()})
        return problem.sentence if problem else ""

    assert said("lake", region="north") == ""
    assert said("lake", region="south") == "lake does not go with the other answers: region = ${region}"
    assert said("lake") == "", "an answer that is missing says nothing"
    assert check(district, "lake", form) is None
    assert form.fitting(district, {"region": "south"}.get) == {"port"}
    other = Form.from_content(
        content | {"survey": [content["survey"][1] | {"choice_filter": "starts-with(region, 'n')"}]}
    )
    assert other.fitting(other.questions["loc/district"], {"region": "south"}.get) is None
