from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui import locale
from kobotui.columns.matrix import (
    blind_lines,
    cell_lines,
    letter_lines,
    letters,
    matrix_cell,
    matrix_columns,
    matrix_head,
    matrix_line,
)
from kobotui.model import access
from kobotui.model.access import CODENAMES, NOTHING, PARTIAL, PUBLIC, Rights
from kobotui.model.matrix import LETTERS, Matrix
from kobotui.model.roles import roles
from kobotui.model.text import shown
from tests.columns.test_access import RIGHTS
from tests.model.matrices import ENTRY, MANAGER, USERS, VIEWER, matrices, matrix, project, ruled

MIXED = access.grant(ENTRY, PARTIAL, ruled(validate="region = north").rules)
SEEN = matrix(
    project("a1", {"ana": VIEWER, "ben": MIXED, "carol": MANAGER}),
    project("a2", {"admin": ENTRY, PUBLIC: VIEWER}, "zoe", owner_label="Field Ops"),
)


def test_letters_are_one_for_each_right_and_leave_out_what_comes_along() -> None:
    assert set(LETTERS) == set(CODENAMES) - {PARTIAL}
    assert len(set(LETTERS.values()) | set("r#.?~+-")) == len(LETTERS) + 7
    assert letters(VIEWER) == "V"
    assert letters(MANAGER) == "M"
    assert letters(access.revoke(MANAGER, "manage_asset")) == "eECD"
    assert letters(MIXED) == "ArVC"
    assert letters(ruled(change="a = 1")) == "rVE"  # any records are added by the rule's leave, and come along
    assert letters(Rights(frozenset({"fly_asset"}))) == "#"
    assert letters(NOTHING) == ""
    assert {letter for letter, _text in letter_lines()} == {*LETTERS.values(), "r"}


@pytest.mark.parametrize(
    ("uid", "user", "text", "style"),
    [
        ("a1", "admin", "OWN", "bright"),
        ("a1", "ana", "view", ""),
        ("a1", "ben", "ArVC", "accent"),
        ("a1", "zoe", ".", "dim"),
        ("a1", PUBLIC, ".", "dim"),
        ("a2", "ana", "?", "dim"),
        ("a2", "admin", "add", ""),
        ("a2", PUBLIC, "~V", "warn"),
    ],
)
def test_a_cell_says_whose_role_and_what_is_hidden(uid: str, user: str, text: str, style: str) -> None:
    cell = matrix_cell(SEEN.projects[uid], user, roles())
    assert (cell.text, cell.style) == (text, style)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (NOTHING, VIEWER, "+view"),
        (VIEWER, NOTHING, "-."),
        (MANAGER, VIEWER, "-view"),
        (VIEWER, ENTRY, "+-add"),
        (VIEWER, ruled(view="a = 1"), "+-rV"),
        (ruled(view="a = 1"), ruled(view="a = 2"), "+-rV"),
        (ruled(view="a = 1"), VIEWER, "+-view"),
        (VIEWER, VIEWER, "view"),
    ],
)
def test_what_will_change_has_a_sign(before: Rights, after: Rights, text: str) -> None:
    one = matrix(project("a1", {"ana": before} if before else {})).projects["a1"]
    cell = matrix_cell(one, "ana", roles(), after)
    assert (cell.text, cell.style == "pending") == (text, before != after)


def test_a_cell_in_words() -> None:
    one, two = SEEN.projects.values()
    assert cell_lines(one, "ana", roles()) == ["ana on Project a1: Viewer (View submissions)"]
    assert cell_lines(one, "ben", roles(), VIEWER) == [
        "ben on Project a1: Add submissions; View submissions, Validate submissions only where region = north",
        "will be: View submissions",
    ]
    assert cell_lines(one, "admin", roles()) == ["admin owns Project a1."]
    lines = cell_lines(two, "ana", roles())
    assert "hidden" in lines[0]
    assert lines[1].startswith("everybody: Anyone can view")
    assert "Field Ops" in lines[2]


def test_lines_are_projects_or_users() -> None:
    view = SEEN.view()
    assert [column.key for column in matrix_columns(view)] == ["project", *SEEN.users, PUBLIC]
    assert [cell.text for cell in matrix_head(view, 0)] == ["Project a1"]
    turned = view.pivoted()
    assert [column.key for column in matrix_columns(turned)] == ["user", "projects", "a1", "a2"]
    assert [cell.text for cell in matrix_head(turned, 0)] == ["admin", "2"]
    assert matrix_line(view) == "2 projects x 5 users, seen in part"


def test_what_this_account_cannot_see_is_said() -> None:
    assert len(blind_lines(matrix(project("a1", {})))) == 1
    text = " ".join(blind_lines(Matrix(SEEN.projects, "admin", whole=False)))
    assert "not complete" in text
    assert "1 project shows" in text
    assert "1 organization" in text


@settings(max_examples=200)
@given(matrices(), RIGHTS | st.none(), st.sampled_from(["en", "fr"]))
def test_any_cell_is_clean_text(seen: Matrix, after: Rights | None, language: str) -> None:
    locale.choose(language)
    for item in seen.projects.values():
        for user in (*USERS, PUBLIC):
            cell = matrix_cell(item, user, roles(), after)
            assert cell.text
            assert shown(cell.text) == cell.text
            for line in cell_lines(item, user, roles(), after):
                assert shown(line) == line
