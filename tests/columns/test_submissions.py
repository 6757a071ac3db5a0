from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kobotui.columns.form import outline_cells, outline_columns
from kobotui.columns.record import record_cells, record_columns, record_footer
from kobotui.columns.submissions import SubmissionColumns
from kobotui.columns.versions import version_cells
from kobotui.model.column_choice import ColumnChoice
from kobotui.model.form import Form
from kobotui.model.project import Version
from kobotui.model.record import lay_out
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from tests.model.samples import CONTENT, RECORD, TEXT, body, form, records

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


def clinic() -> Submission:
    return Submission(3004, next(r for r in body("data-clinic-50")["results"] if r["_id"] == 3004))


def test_a_row_of_the_clinic() -> None:
    table = SubmissionColumns(form("clinic-repeats"), 0)
    cells = table.cells(clinic(), NOW)
    assert [(column.key, column.heading, cell.text) for column, cell in zip(table.columns, cells, strict=True)] == [
        ("_id", "id", "3004"),
        ("_submission_time", "Sent", "1 Mar 06:00"),
        ("_submitted_by", "By", "alice"),
        ("_validation_status", "Valid.", "hold"),
        ("_attachments", "Files", "-"),
        ("facility", "Name of the health facility", "Health post 1"),
        ("position", "Position of the facility", "@"),
        ("photo", "Photo of the entrance", "-"),
        ("patient", "Patient", "1"),
        ("n_patients", "n_patients", "1"),
        ("start", "start", "2026-03-01 06:00"),
        ("end", "end", "2026-03-01 06:12"),
    ]
    assert cells[3].style == "warn"


def test_labels_names_and_hidden_columns() -> None:
    household = form("household-trilingual")
    record = Submission(1, {"loc/region": "north", "econ/needs": "x y", "resp/age": "old"})
    for language, heading, answer in [(None, "region", "north"), (1, "Région", "Nord"), (2, "منطقة", "شمال")]:
        table = SubmissionColumns(household, language)
        index = [column.key for column in table.columns].index("loc/region")
        assert (table.columns[index].heading, table.cells(record, NOW)[index].text) == (heading, answer)
    choice = ColumnChoice(
        order=("resp/age", "_id", "_submission_time", "gone"),
        hidden=("_id", "loc/region"),
        frozen="resp/age",
        groups=True,
    )
    table = SubmissionColumns(household, 0, choice)
    keys = [column.key for column in table.columns]
    assert keys[:2] == ["resp/age", "resp/sex"], "what is not in the order stands behind its neighbour of the form"
    assert not {"_id", "loc/region", "gone"} & set(keys)
    assert len(table.all_columns) == len(keys) + 2
    assert table.frozen == 1
    assert table.groups["resp/age"] == "Respondent"
    assert table.cells(record, NOW)[0].style == "warn"  # text where a number belongs


def test_signs_of_files_and_places() -> None:
    survey = [{"type": kind, "name": kind} for kind in ("image", "audio", "file", "geopoint", "geotrace")]
    there = {"uid": "a1", "media_file_basename": "a.jpg", "question_xpath": "image"}
    gone = {"uid": "a2", "media_file_basename": "b.mp3", "question_xpath": "audio", "is_deleted": True}
    raw = {
        "image": "a.jpg",
        "audio": "b.mp3",
        "file": "c.pdf",
        "geopoint": "1.5 2.5 0 0",
        "geotrace": "1 2 0 0;3 4 0 0;5 6",
        "_attachments": [there, gone],
    }
    table = SubmissionColumns(Form.from_content({"survey": survey}))

    def shown_in(record: dict[str, Any]) -> dict[str, tuple[str, str]]:
        cells = table.cells(Submission(1, record), NOW)
        return {column.key: (cell.text, cell.style) for column, cell in zip(table.columns, cells, strict=True)}

    cells = shown_in(raw)
    assert cells["_attachments"] == ("1", "")
    assert cells["image"] == ("img", "accent")
    assert cells["audio"] == ("!aud", "warn")
    assert cells["file"] == ("!doc", "warn")
    assert cells["geopoint"] == ("@", "accent")
    assert cells["geotrace"] == ("@ x 3", "accent")
    cells = shown_in({"geopoint": "1.5 2.5 0 4.6", "geotrace": "here"})
    assert (cells["geopoint"], cells["geotrace"]) == (("@ 5 m", "accent"), ("here", "warn"))


def test_questions_called_alike_are_told_apart_by_their_groups() -> None:
    def group(name: str, label: str) -> list[dict[str, Any]]:
        asked = {"type": "text", "name": f"{name}_note", "label": ["Remarks"]}
        return [{"type": "begin_group", "name": name, "label": [label]}, asked, {"type": "end_group"}]

    survey = [*group("water", "Water"), *group("food", "Food"), {"type": "text", "name": "end_note", "label": ["End"]}]
    columns = SubmissionColumns(Form.from_content({"survey": survey}), 0).columns
    assert [column.heading for column in columns][-3:] == ["Water: Remarks", "Food: Remarks", "End"]


def test_every_recorded_record_has_its_cells() -> None:
    for name, data in [
        ("clinic-repeats", "clinic-50"),
        ("household-trilingual", "household-100"),
        ("long-150-questions", "long-60"),
    ]:
        table = SubmissionColumns(form(name), 0)
        for record in records(data):
            assert all(cell.text for cell in table.cells(record, NOW))


def test_a_record_line_by_line() -> None:
    lines = lay_out(form("clinic-repeats"), clinic(), 0)
    cells = [record_cells(line) for line in lines]
    assert [(row[0].text, row[1].text) for row in cells[4:10]] == [
        ("Photo of the entrance", "-"),
        ("Patient 1", ""),
        ("  Patient initials", "G.K."),
        ("  Age", "64"),
        ("  Symptoms", "Rash, Diarrhoea"),
        ("  Visit 1", ""),
    ]
    assert record_cells(lines[7], "too\nold")[2].text == "! too / old"
    assert all(len(row) == len(record_columns()) for row in cells)
    footer = record_footer(clinic(), NOW, "v1")
    assert footer == "sent 1 Mar 06:00 by alice, version v1, id 3004, root 9572d706, On hold by admin1 1 h ago"


def test_a_photo_without_its_file_says_so() -> None:
    made = Form.from_content({"survey": [{"type": "image", "name": "p"}]})
    line = lay_out(made, Submission(1, {"p": "gone.jpg"}))[0]
    assert record_cells(line)[2].text == "no file"


def test_the_outline_of_a_form() -> None:
    household = form("household-trilingual")
    rows = {node.item.path: [cell.text for cell in outline_cells(household, node, 0)] for node in household.outline()}
    assert rows["loc"] == ["Location", "loc", "group", "", ""]
    assert rows["loc/region"] == ["  Region", "region", "select_one", "*", "North, South, East"]
    assert rows["resp/age"][4] == ". >= 18 and . <= 110"
    assert rows["loc/village"][4].startswith("Village 1 of north_d1, ")
    assert rows["loc/village"][4].endswith(", +24")


@given(CONTENT, RECORD, st.none() | st.integers(-1, 3), TEXT)
def test_nothing_of_a_form_or_record_reaches_the_screen_raw(
    content: object, raw: dict[str, Any], language: int | None, problem: str
) -> None:
    made, record = Form.from_content(content), Submission(1, raw)
    table = SubmissionColumns(made, language)
    cells = list(table.cells(record, NOW))
    assert len(cells) == len(table.columns)
    for column in table.columns:
        assert shown(column.heading) == column.heading
        assert column.width > 0
    for node in made.outline():
        row = outline_cells(made, node, language)
        assert len(row) == len(outline_columns())
        cells += row
    for line in lay_out(made, record, language):
        cells += record_cells(line, problem)
    cells += version_cells(Version(uid=problem, version_number=problem, content_hash=problem), NOW, live=False)
    for cell in cells:
        assert shown(cell.text) == cell.text
    assert shown(record_footer(record, NOW, problem)) == record_footer(record, NOW, problem)
