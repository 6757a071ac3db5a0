"""Rights as a table: what a line says, when it has been edited, and what an edit asks for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.model import access
from kobotui.model.access import NOTHING, PARTIAL, PUBLIC, Rights
from kobotui.model.access_lines import differences, read_against
from kobotui.model.access_table import HEADING, KEPT, RIGHTS, Table, parse, rows_of
from kobotui.model.matrix import Matrix
from kobotui.model.roles import roles
from tests.model.matrices import ENTRY, MANAGER, VIEWER, matrices, matrix, project, rights, ruled

Cells = dict[str, str]

GROUPS = {"goma": ("ana", "dave")}
SEEN = matrix(
    project("a1", {"ana": VIEWER, "mariana": ENTRY, "ben": MANAGER, PUBLIC: VIEWER}, name="Household, 2026"),
    project("a2", {"ana": ruled(view="region = north"), "carol": VIEWER}, name="Twins"),
    project("a3", {"admin": VIEWER}, "zoe", name="Twins"),
)


def written(seen: Matrix = SEEN) -> list[Cells]:
    """The lines as they are written, by column."""
    return [dict(zip(HEADING, row, strict=True)) for row in rows_of(seen, roles())]


def table_of(lines: list[Cells], heading: tuple[str, ...] = HEADING) -> Table:
    """Lines as they are read; the heading is line 1."""
    rows = [list(heading), *([cells.get(name, "") for name in heading] for cells in lines)]
    return parse(enumerate(rows, 1))


def edited(uid: str, user: str, **cells: str) -> list[Cells]:
    """All lines, one of them edited."""
    return [line | (cells if (line["uid"], line["user"]) == (uid, user) else {}) for line in written()]


def asked(lines: list[Cells], seen: Matrix = SEEN, **how: bool) -> tuple[dict[tuple[str, str], Rights], list[str]]:
    """Wishes and problems of lines."""
    reading = read_against(table_of(lines), seen, roles(), GROUPS, **how)
    return {(wish.uid, wish.user): wish.rights for wish in reading.wishes}, [str(one) for one in reading.problems]


def test_a_line_says_what_is_held_and_what_comes_along() -> None:
    by_cell = {(line["uid"], line["user"]): line for line in written()}
    ana = by_cell["a1", "ana"]
    assert {name: ana[name] for name in RIGHTS if ana[name]} == {"view_asset": "i", "view_submissions": "x"}
    assert (ana["role"], ana["project"], ana["seen"], ana["owner"]) == ("Viewer", "Household, 2026", "all", "")
    assert by_cell["a1", "admin"]["owner"] == "yes"
    assert set(by_cell["a1", "ben"].values()) >= {"x", "i"}
    some = by_cell["a2", "ana"]
    assert (some["view_submissions"], some["row_rules"]) == ("r", "view_submissions where region = north")
    assert by_cell["a3", "admin"]["seen"] == "part"
    assert not any(line["check"].isdigit() or line["check"][:1].isdigit() for line in by_cell.values())


@settings(max_examples=200)
@given(matrices())
def test_an_unedited_table_asks_for_nothing(seen: Matrix) -> None:
    assert asked(written(seen), seen) == ({}, [])
    assert asked(written(seen), seen, remove_missing=True) == ({}, [])
    bare = [line | {"check": ""} for line in written(seen)]
    assert asked(bare, seen) == ({}, [])


@settings(max_examples=200)
@given(rights(), rights())
def test_a_line_edited_to_any_rights_asks_for_exactly_those(before: Rights, after: Rights) -> None:
    was = matrix(project("a1", {"ana": before} if before else {"ben": VIEWER}))
    will = matrix(project("a1", {"ana": after} if after else {"ben": VIEWER}))
    wanted = {line["user"]: line for line in written(will)}.get("ana", {})
    lines = written(was)
    line = next((line for line in lines if line["user"] == "ana"), None)
    if line is None:
        line = {"uid": "a1", "user": "ana"}
        lines.append(line)
    line |= {name: wanted.get(name, "") for name in (*RIGHTS, "row_rules")}
    assert asked(lines, was) == ({("a1", "ana"): after} if after != before else {}, [])


@pytest.mark.parametrize(
    ("uid", "user", "cells", "after"),
    [
        ("a1", "ben", {"manage_asset": ""}, NOTHING),  # what only came along goes
        ("a1", "ben", {"manage_asset": "", "change_asset": "x"}, access.grant(NOTHING, "change_asset")),
        ("a1", "ana", {"view_submissions": "", "view_asset": ""}, NOTHING),
        ("a1", "ana", {"validate_submissions": "TRUE"}, access.grant(VIEWER, "validate_submissions")),
        ("a1", "ana", {"add_submissions": "1"}, access.grant(VIEWER, "add_submissions")),
        ("a2", "ana", {"row_rules": "region = south"}, ruled(view="region = south")),
        ("a2", "ana", {"row_rules": "", "view_submissions": "x"}, VIEWER),
        ("a1", "ana", {"row_rules": "a = 1", "view_submissions": ""}, ruled(view="a = 1")),
        ("a1", "ana", {"role": "manager"}, MANAGER),
        ("a1", "ana", dict.fromkeys(RIGHTS, "") | {"role": "Data entry"}, ENTRY),
        (
            "a1",
            "ana",
            {"view_submissions": "", "add_submissions": "x", "view_asset": "x"},
            ENTRY,
        ),  # the role stays behind
        ("a1", PUBLIC, {"view_submissions": ""}, NOTHING),
    ],
)
def test_edits(uid: str, user: str, cells: Cells, after: Rights) -> None:
    assert asked(edited(uid, user, **cells)) == ({(uid, user): after}, [])


def test_lines_written_by_hand() -> None:
    lines = [
        {"uid": "a1", "user": "dave", "view_submissions": "x"},
        {"uid": "", "project": "Household, 2026", "user": "carol", "role": "viewer"},
        {"uid": "a2", "user": "@goma", "role": "data entry"},
        {"uid": "a1", "user": "ana", "view_submissions": "yes"},
        {"uid": "a1", "user": "ben", "view_submissions": "x", "change_asset": "i", "manage_asset": "x"},
        {},
        {"uid": "# a remark"},
    ]
    wishes, problems = asked(lines)
    assert wishes == {("a1", "dave"): VIEWER, ("a1", "carol"): VIEWER, ("a2", "ana"): ENTRY, ("a2", "dave"): ENTRY}
    assert problems == ["line 6: view_asset cannot go while something that needs it stays"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"user": "ana"}, "there is no uid; merged cells"),
        ({"uid": "a1"}, "there is no user name; merged cells"),
        ({"uid": "a9", "user": "ana"}, "sees no project a9"),
        ({"project": "Nowhere", "user": "ana"}, "sees no project Nowhere"),
        ({"project": "Twins", "user": "ana"}, "several projects are called Twins"),
        ({"uid": "a1", "user": "dave", "view_asset": "perhaps"}, "perhaps in the column view_asset is neither"),
        ({"uid": "a1", "user": "dave", "row_rules": "region ="}, "the row rule cannot be read. At character 9"),
        ({"uid": "a1", "user": "dave", "row_rules": "a = 1", "view_submissions": "x"}, "view_submissions is for all"),
        ({"uid": "a1", "user": "dave", "row_rules": "a = 1", "manage_asset": "x"}, "manage_asset is for all records"),
        ({"uid": "a1", "user": "dave", "validate_submissions": "r"}, "validate_submissions says r"),
        ({"uid": "a1", "user": "dave", "role": "Chief"}, "there is no role Chief; there are Viewer"),
        ({"uid": "a1", "user": "dave", "role": "Viewer", "manage_asset": "x"}, "do not agree"),
        ({"uid": "a1", "user": "ben", "role": "Viewer"}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_said_with_its_line(line: Cells, problem: str | None) -> None:
    wishes, problems = asked([{"uid": "a2", "user": "carol", "role": "Viewer"}, line])
    if problem is None:
        assert problems == []
        return
    assert wishes == {}
    assert len(problems) == 1
    assert problems[0].startswith("line 3: ")
    assert problem in problems[0]


def test_one_cell_on_two_lines_a_heading_that_lacks_a_column_and_an_empty_file() -> None:
    _wishes, problems = asked([*written(), {"uid": "a1", "user": "goma", "role": "Viewer"}])
    assert problems == ["line 12: ana on this project is on line 3 already"]
    table = table_of(written(), tuple(name for name in HEADING if name not in ("delete_submissions", "check")))
    assert [str(one) for one in table.problems] == ["line 1: these columns are missing: delete_submissions"]
    assert [str(one) for one in parse([(1, ["", ""])]).problems] == ["The file is empty."]


def test_columns_may_be_in_any_order_and_others_among_them() -> None:
    heading = ("note", "#", *reversed(HEADING))
    assert table_of(written(), heading).problems == []
    reading = read_against(table_of(written(), heading), SEEN, roles())
    assert (reading.wishes, reading.problems) == ([], [])


def with_rights(uid: str, user: str, held: Rights) -> Matrix:
    return SEEN.with_team(uid, SEEN.projects[uid].team.with_rights(user, held))


def test_what_somebody_else_changed_since_is_left_as_it_is_or_a_conflict() -> None:
    newer = with_rights("a1", "ana", ENTRY)
    reading = read_against(table_of(written()), newer, roles())
    assert (reading.wishes, reading.problems) == ([], [])
    assert reading.notes == ["1 line is not edited here and has changed on the server since: that is left as it is."]
    lines = edited("a1", "ana", validate_submissions="x")
    reading = read_against(table_of(lines), newer, roles())
    assert [(one.line, one.conflict) for one in reading.problems] == [(3, True)]
    assert asked(lines, newer, force=True) == ({("a1", "ana"): access.grant(VIEWER, "validate_submissions")}, [])
    same = with_rights("a1", "ana", access.grant(VIEWER, "validate_submissions"))
    assert asked(lines, same) == ({}, [])  # they wanted the same


@pytest.mark.parametrize("keep", [True, False])
def test_a_line_copied_for_somebody_else_is_an_edit(keep: bool) -> None:
    """Its ``check`` is that of the line it was copied from, or made of."""
    source = next(line for line in written() if (line["uid"], line["user"]) == ("a1", "ana"))
    lines = [line for line in written() if keep or line != source]
    assert asked([*lines, source | {"user": "dave"}]) == ({("a1", "dave"): VIEWER}, [])
    assert asked([*lines, source | {"user": "mariana2"}], with_rights("a1", "mariana2", ENTRY)) == (
        {("a1", "mariana2"): VIEWER},
        [],
    )


def test_lines_that_are_gone_mean_nothing_unless_that_is_wanted() -> None:
    lines = [line for line in written() if line["user"] not in ("ana", PUBLIC) and line["uid"] != "a2"]
    assert asked(lines) == ({}, [])
    assert asked(lines, remove_missing=True) == ({("a1", "ana"): NOTHING}, [])
    some = [line | {"seen": "some"} for line in lines]
    wishes, problems = asked(some, remove_missing=True)
    assert wishes == {}
    assert "does not hold this whole team" in problems[0]


def test_lines_of_owners_may_stand_there_and_be_wrong() -> None:
    wishes, problems = asked(edited("a1", "admin", manage_asset=""))
    assert (set(wishes), problems) == ({("a1", "admin")}, [])  # refused where it is carried out, with its reason


def test_a_rule_too_long_for_a_cell_stays_as_it_is() -> None:
    long = ruled(view="a in (" + ", ".join(f"value{n}" for n in range(5000)) + ")")
    seen = matrix(project("a1", {"ana": access.grant(ENTRY, PARTIAL, long.rules)}))
    lines = written(seen)
    line = next(line for line in lines if line["user"] == "ana")
    assert line["row_rules"] == KEPT
    assert asked(lines, seen) == ({}, [])
    line["add_submissions"] = ""
    assert asked(lines, seen) == ({("a1", "ana"): long}, [])


def test_who_has_to_be_asked_for_and_what_is_said_of_who_is_not_there() -> None:
    lines = [{"uid": "a1", "user": name, "role": "Viewer"} for name in ("Ana", "dave", "carol", "dave2", PUBLIC)]
    reading = read_against(table_of([*lines, {"uid": "a2", "user": "Ana", "role": "Viewer"}]), SEEN, roles())
    assert reading.names(SEEN) == ["Ana", "dave", "dave2"]
    left = reading.without(["Ana"], SEEN)
    assert [str(one) for one in left.problems] == [
        f"line {n}: User not found: Ana. Names are case-sensitive. Do you mean ana?" for n in (2, 7)
    ]
    assert {wish.user for wish in left.wishes} == {"dave", "carol", "dave2"}


def test_last_month_against_today() -> None:
    old = table_of(written())
    newer = with_rights("a1", "ana", ENTRY).with_team("a2", SEEN.projects["a2"].team.with_rights("carol", NOTHING))
    new = table_of(written(newer.with_team("a1", newer.projects["a1"].team.with_rights("dave", VIEWER))))
    found = {(one.uid, one.user): (one.before is None, one.after is None) for one in differences(old, new)}
    assert found == {("a1", "ana"): (False, False), ("a1", "dave"): (True, False), ("a2", "carol"): (False, True)}
    assert differences(old, old) == []


CELL = st.sampled_from(
    ["", "x", "i", "r", "0", "perhaps", "a = 1", KEPT, "Viewer", "a1", "ana", "@goma", "#", "cdeadbeef0000"]
)


@settings(max_examples=200)
@given(st.lists(st.lists(CELL, max_size=20), max_size=4), st.permutations(HEADING))
def test_any_table_is_read_or_refused(rows: list[list[str]], heading: list[str]) -> None:
    table = parse(enumerate([heading, *rows], 1))
    reading = read_against(table, SEEN, roles(), GROUPS, remove_missing=True)
    lines = {number for number, row in enumerate(rows, 2) if any(row)}
    assert {one.line for one in reading.problems} <= lines
    assert {wish.line for wish in reading.wishes} <= lines
