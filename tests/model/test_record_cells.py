"""Cells as answers: what people and spreadsheets write for one, and what they cannot have meant."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from kobotui.model.form import Form
from kobotui.model.record_cells import CellError, CellReader, Value, days, plain, shortened, ticked

FORM = Form.from_content(
    {
        "translations": ["English (en)", "Français (fr)"],
        "survey": [
            *({"type": kind, "name": kind} for kind in ("text", "integer", "decimal", "date", "time", "datetime")),
            {"type": "geopoint", "name": "geopoint"},
            {"type": "acknowledge", "name": "acknowledge"},
            {"type": "select_one", "name": "one", "select_from_list_name": "l"},
            {"type": "select_multiple", "name": "many", "select_from_list_name": "l"},
            {"type": "select_one", "name": "region", "select_from_list_name": "region"},
            {"type": "select_one", "name": "town", "select_from_list_name": "town", "choice_filter": "r=${region}"},
            {"type": "select_one_from_file", "name": "file", "file": "a.csv"},
        ],
        "choices": [
            {"list_name": "l", "name": "a", "label": ["b", "Eau propre"]},
            {"list_name": "l", "name": "b", "label": ["Clean water, cold", "Toit"]},
            {"list_name": "l", "name": "c", "label": ["Clean", "Sol"]},
            {"list_name": "l", "name": "d", "label": ["water, cold", "Sol"]},
            *({"list_name": "region", "name": name, "label": [name.title()]} for name in ("north", "south")),
            {"list_name": "town", "name": "t1", "label": ["Newtown"], "r": "north"},
            {"list_name": "town", "name": "t2", "label": ["Newtown"], "r": "south"},
        ],
    }
)
NAMES, LABELS = CellReader(FORM), CellReader(FORM, labels_first=True)
ZONED = "2026-11-01T08:00:00.000+03:00"


@pytest.mark.parametrize(
    ("question", "cell", "answer"),
    [
        ("text", "a\r\nb\rc", "a\nb\nc"), ("text", "  x ", "  x "), ("text", "   ", ""), ("text", None, ""),
        ("text", 7.0, "7"), ("text", 0.1, "0.1"), ("text", True, "TRUE"), ("text", date(2026, 1, 2), "2026-01-02"),
        ("text", 10**16 + 1, "10000000000000001"),
        ("integer", 12.0, "12"), ("integer", " 1\u202f234 ", "1234"), ("integer", "x", "x"), ("decimal", 1.5, "1.5"),
        ("decimal", "1,5", "1,5"),
        ("date", datetime(2026, 1, 2), "2026-01-02"), ("date", "23/11/2026", "2026-11-23"),
        ("date", "11-23-2026", "2026-11-23"), ("date", "5.11.2026", "2026-11-05"), ("date", "5/5/2026", "2026-05-05"),
        ("date", "2026-11-23", "2026-11-23"), ("date", "soon", "soon"),
        ("time", time(14, 30), "14:30:00"), ("time", "14:30", "14:30"),
        ("datetime", datetime(2026, 1, 2, 3, 4, 5, 900_000), "2026-01-02T03:04:06.000+03:00"),
        ("datetime", date(2026, 1, 2), "2026-01-02T00:00:00.000+03:00"),
        ("datetime", "2026-01-02 14:30:00", "2026-01-02T14:30:00.000+03:00"),
        ("datetime", "2026-01-02T14:30:00Z", "2026-01-02T14:30:00Z"),
        ("geopoint", "-1.2, 36.8", "-1.2 36.8"), ("acknowledge", True, "OK"), ("acknowledge", "OK", "OK"),
        ("one", "a", "a"), ("one", " Eau propre ", "a"), ("one", "EAU PROPRE", "a"), ("one", "", ""),
        ("many", "a b", "a b"), ("many", "b, Toit", "a b"),
        ("many", "Eau propre Toit", "a b"), ("many", "eau propre; a", "a a"), ("many", "Eau propre | Clean", "a c"),
        ("file", "anything", "anything"),
    ],
)  # fmt: skip
def test_what_a_cell_means(question: str, cell: Value, answer: str) -> None:
    assert NAMES.answer(FORM.questions[question], cell, before=ZONED) == answer


@pytest.mark.parametrize(
    ("question", "cell", "why"),
    [
        ("one", "x", "x is not among the choices"), ("one", "Sol", "label of several choices: c, d"),
        ("many", "Clean water, cold", "can be read in several ways"),
        ("many", "a x", "x is not among the choices"), ("many", "Sol", "several choices"),
        ("date", "5/11/2026", "could be several days: 2026-05-11, 2026-11-05"),
        ("text", "2,55712E+11", "has shortened this number"), ("town", "Newtown", "label of several choices: t1, t2"),
    ],
)  # fmt: skip
def test_what_a_cell_cannot_mean(question: str, cell: Value, why: str) -> None:
    with pytest.raises(CellError, match=why):
        NAMES.answer(FORM.questions[question], cell)


def test_words_that_are_names_and_labels_go_by_the_file() -> None:
    one, many = FORM.questions["one"], FORM.questions["many"]
    assert (NAMES.answer(one, "b"), LABELS.answer(one, "b")) == ("b", "a")
    with pytest.raises(CellError, match="several ways"):
        LABELS.answer(many, "Clean water, cold Clean water, cold b")
    assert LABELS.answer(many, "b Clean") == "a c"


def test_other_answers_tell_choices_of_one_label_apart() -> None:
    answer = NAMES.answer(FORM.questions["town"], "Newtown", lookup={"region": "south"}.get)
    assert answer == "t2"


def test_numbers_with_commas_where_they_separate_nothing_else() -> None:
    assert NAMES.answer(FORM.questions["decimal"], "-1,5", decimal_comma=True) == "-1.5"
    assert NAMES.answer(FORM.questions["decimal"], "1,5,5", decimal_comma=True) == "1,5,5"


def test_columns_of_choices() -> None:
    assert [ticked(cell) for cell in (1, 1.0, True, "1", "VRAI", "x")] == [True] * 6
    assert [ticked(cell) for cell in (0, False, "0", "", None, "no")] == [False] * 6
    with pytest.raises(CellError):
        ticked("perhaps")


def test_what_spreadsheets_make_of_digits() -> None:
    assert shortened("712345678", "0712345678")
    assert shortened("2,55712E+11", "255712345678")
    assert shortened("2.55712E+11", "255712345678")
    assert not shortened("2.55713E+11", "255712345678")
    assert not shortened("713", "0712")
    assert not shortened("7", "7")
    assert days("31/02/2026") == set()
    assert plain(datetime(2026, 1, 2)) == "2026-01-02"
