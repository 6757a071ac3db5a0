from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.answer import answer_text, position_text
from kobotui.model.form import Form
from kobotui.model.record import lay_out
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from tests.model.samples import CONTENT, RECORD, body, form, records


def test_a_clinic_record_in_form_order() -> None:
    raw = next(r for r in body("data-clinic-50")["results"] if r["_id"] == 3004)
    lines = lay_out(form("clinic-repeats"), Submission(3004, raw | {"gone": "x"}), 0)
    assert [(line.kind, line.depth, line.label, line.text, line.position) for line in lines[2:]] == [
        ("answer", 0, "Name of the health facility", "Health post 1", "facility"),
        ("answer", 0, "Position of the facility", "9.25686 38.06389", "position"),
        ("answer", 0, "Photo of the entrance", "", "photo"),
        ("repeat", 0, "Patient", "1", "patient[1]"),
        ("answer", 1, "Patient initials", "G.K.", "patient[1]/pname"),
        ("answer", 1, "Age", "64", "patient[1]/page"),
        ("answer", 1, "Symptoms", "Rash, Diarrhoea", "patient[1]/symptoms"),
        ("repeat", 1, "Visit", "1", "patient[1]/visit[1]"),
        ("answer", 2, "Date of visit", "2026-03-01", "patient[1]/visit[1]/vdate"),
        ("answer", 2, "Temperature (°C)", "39.1", "patient[1]/visit[1]/temp"),
        ("repeat", 1, "Visit", "2", "patient[1]/visit[2]"),
        ("answer", 2, "Date of visit", "2026-02-28", "patient[1]/visit[2]/vdate"),
        ("answer", 2, "Temperature (°C)", "37.8", "patient[1]/visit[2]/temp"),
        ("answer", 0, "n_patients", "1", "n_patients"),
        ("unknown", 0, "gone", "x", "gone"),
    ]
    assert lines[6].path == "patient/pname"
    assert lines[6].value == "G.K."


def leaves(value: Any) -> list[str]:
    """Every text answer in a record, however deep."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value] if isinstance(value, str) else []


def test_every_answer_of_every_recorded_record_has_a_line() -> None:
    for name, data in [
        ("clinic-repeats", "clinic-50"),
        ("household-trilingual", "household-100"),
        ("long-150-questions", "long-60"),
    ]:
        made = form(name)
        for record in records(data):
            lines = lay_out(made, record, 0)
            answers = {k: v for k, v in record.raw.items() if k in made.questions or k in made.groups}
            assert sorted(line.value for line in lines if isinstance(line.value, str)) == sorted(leaves(answers))
            assert not any(line.kind == "unknown" for line in lines)


def test_labels_of_choices_follow_the_language() -> None:
    household = form("household-trilingual")
    record = Submission(1, {"loc/region": "north", "econ/needs": "food nowhere"})
    for language, expected in [(None, "north"), (0, "North"), (1, "Nord")]:
        line = next(line for line in lay_out(household, record, language) if line.path == "loc/region")
        assert line.text == expected


PHOTOS = Form.from_content(
    {"survey": [{"type": "begin_repeat", "name": "r"}, {"type": "image", "name": "p"}, {"type": "end_repeat"}]}
)


def attachment(xpath: str, name: str, **more: object) -> dict[str, object]:
    return {"uid": name, "media_file_basename": name, "question_xpath": xpath, "mimetype": "image/jpeg", **more}


def test_photos_have_their_files() -> None:
    raw = {
        "r": [{"r/p": "my photo.jpg"}, {"r/p": "b.jpg"}, {"r/p": "c.jpg"}],
        "_attachments": [
            attachment("r[2]/p", "b.jpg"),
            attachment("r[1]/p", "my_photo.jpg"),
            attachment("r[3]/p", "c.jpg", is_deleted=True),
        ],
    }
    files = [
        line.attachment and line.attachment.filename for line in lay_out(PHOTOS, Submission(1, raw)) if line.question
    ]
    assert files == ["my_photo.jpg", "b.jpg", None]


def test_a_repeat_that_is_no_list_is_shown_not_lost() -> None:
    lines = lay_out(PHOTOS, Submission(1, {"r": "odd"}))
    assert [(line.kind, line.text) for line in lines] == [("unknown", "odd")]


def test_positions_and_moments_in_short() -> None:
    assert position_text("-1.28333333 36.816666 1700 4.5") == "-1.28333 36.81667 (4.5 m)"
    assert position_text("here") == "here"
    assert position_text("1") == "1"
    start = form("clinic-repeats").questions["start"]
    assert answer_text(PHOTOS, start, "2026-03-01T06:00:00.000+00:00") == "2026-03-01 06:00"
    assert answer_text(PHOTOS, start, "yesterday") == "yesterday"


@given(CONTENT, RECORD, st.none() | st.integers(-1, 3))
def test_no_record_is_too_odd(content: object, raw: dict[str, Any], language: int | None) -> None:
    for line in lay_out(Form.from_content(content), Submission(1, raw), language):
        assert line.depth >= 0
        assert shown(line.text) == line.text
