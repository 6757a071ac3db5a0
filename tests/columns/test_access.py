from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kobotui.columns.access import GRID_CODENAMES, access_cells, access_columns, access_groups, right_sign
from kobotui.model import access
from kobotui.model.access import NOTHING, PARTIAL, PUBLIC, Rights, Rule, rules_of
from kobotui.model.text import shown
from tests.model.samples import TEXT

OWN = rules_of({"view_submissions": [{"_submitted_by": "ben"}]})
NORTH = rules_of({"view_submissions": [{"region": "north"}], "change_submissions": [{"region": "north"}]})
SURVEY = [codename for codename in GRID_CODENAMES if codename != "discover_asset"]


def signs(before: Rights, after: Rights, **more: object) -> str:
    cells = access_cells("ben", before, after, **more)  # type: ignore[arg-type]
    return " ".join(cell.text for cell in cells[1 : 1 + len(SURVEY)])


def granted(*codenames: str) -> Rights:
    held = NOTHING
    for codename in codenames:
        held = access.grant(held, codename)
    return held


def test_columns_are_the_rights_that_can_be_given() -> None:
    assert [column.key for column in access_columns()] == ["user", *SURVEY, "role", "rule"]
    assert [column.key for column in access_columns("block")][1:4] == ["view_asset", "change_asset", "manage_asset"]
    assert set(access_groups()) == set(GRID_CODENAMES) - {"manage_asset"}
    assert len(access_cells("ben", NOTHING, NOTHING, asset_type="block")) == len(access_columns("block"))


def test_signs_of_what_is_held() -> None:
    # form: View Edit | Add View Edit Valid Delete | Manage
    assert signs(granted("validate_submissions"), granted("validate_submissions")) == "i . . i . x . ."
    some = access.grant(granted("add_submissions"), PARTIAL, OWN)
    assert signs(some, some) == "i . x r . . . ."
    assert signs(NOTHING, NOTHING, public=granted("view_submissions")) == "~ . . ~ . . . ."
    everything = granted("manage_asset")
    assert signs(everything, everything) == "i i i i i i i x"
    assert signs(everything, everything, owner="ben") == "x x x x x x x x"


def test_signs_of_what_will_change() -> None:
    view = granted("view_submissions")
    assert signs(view, access.grant(view, "validate_submissions")) == "i . . i . + . ."
    assert signs(view, NOTHING) == "- . . - . . . ."
    assert signs(view, access.grant(view, PARTIAL, NORTH)) == "i . + +r +r . . ."
    assert signs(access.grant(NOTHING, PARTIAL, OWN), access.grant(NOTHING, PARTIAL, NORTH)) == "i . + +r +r . . ."
    assert signs(access.grant(NOTHING, PARTIAL, OWN), granted("view_asset")) == "x . . - . . . ."


def test_roles_and_rules_have_their_columns() -> None:
    roles = {"Validator": granted("validate_submissions")}
    held = granted("validate_submissions")
    assert [cell.text for cell in access_cells("ben", held, held, roles=roles)[-2:]] == ["Validator", ""]
    some = access.grant(NOTHING, PARTIAL, OWN)
    assert access_cells("ben", some, some, roles=roles)[-1].text == "View submissions only where _submitted_by = ben"
    assert access_cells("ben", held, NOTHING, roles=roles)[-2].text == "(leaves)"
    assert access_cells("ana", held, held, owner="ana")[-2].text == "owner"


def test_the_public_has_no_sign_where_it_can_have_no_right() -> None:
    held = granted("view_submissions")
    cells = access_cells(PUBLIC, held, held, public=held)
    assert [cell.text for cell in cells[1:-2]] == ["i", "", ".", "x", "", "", "", ""]
    assert cells[0].text == "public"


CODENAMES = st.frozensets(st.sampled_from(SURVEY) | TEXT)
RULES = st.lists(st.builds(Rule, st.sampled_from(SURVEY) | TEXT, st.just(('{"a":"\\u001b"}', "{}")))).map(tuple)
RIGHTS = st.builds(Rights, CODENAMES, RULES)


@given(TEXT, RIGHTS, RIGHTS, RIGHTS, TEXT)
def test_any_rights_have_clean_cells(user: str, before: Rights, after: Rights, public: Rights, role: str) -> None:
    cells = access_cells(user, before, after, owner="ana", public=public)
    assert len(cells) == len(access_columns())
    for cell in cells:
        assert shown(cell.text) == cell.text
    for codename in SURVEY:
        assert right_sign(codename, before, after) in {"x", "i", "r", "~", ".", "+", "-", "+r"}
        assert right_sign(codename, after, after) not in {"+", "-", "+r"}
