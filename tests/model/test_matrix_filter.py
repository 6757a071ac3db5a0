from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.model import access
from kobotui.model.access import NOTHING, PUBLIC
from kobotui.model.matrix import LETTERS, Matrix
from kobotui.model.matrix_filter import KEYS, MatrixFilterError, parse
from kobotui.model.roles import roles
from tests.model.matrices import ENTRY, MANAGER, VIEWER, matrices, matrix, project, ruled
from tests.model.samples import TEXT

GROUPS = {"goma": ("ana", "ben"), "carol": ("zoe",)}
OPEN = access.grant(access.grant(NOTHING, "view_submissions"), "add_submissions")
SEEN = matrix(
    project("a1", {"ana": VIEWER, "mariana": ENTRY, "ben": MANAGER}, name="Water points, Goma"),
    project("a2", {"mariana": ruled(view="region = north"), PUBLIC: VIEWER}, name="Water quality"),
    project("a3", {"ana": ENTRY, "carol": ruled(delete="a = 1")}, name="Écoles", deployment_status="draft"),
    project("a4", {"ben": VIEWER, PUBLIC: OPEN, "admin": MANAGER}, "zoe", name="user: a name with a colon"),
)


def found(text: str) -> dict[str, list[str]]:
    """Users by project of the cells that pass, and of the view, which must agree."""
    wanted = parse(text, roles(), GROUPS)
    view = wanted.view(SEEN)
    cells = {p.uid: [user for user in SEEN.users if wanted.matches(p, user)] for p in SEEN.projects.values()}
    if wanted.users or wanted.held:
        assert [item.uid for item in view.projects] == [uid for uid, users in cells.items() if users]
    if wanted:
        assert set(view.users) == {user for users in cells.values() for user in users}
    return {item.uid: cells[item.uid] for item in view.projects}


@pytest.mark.parametrize(
    ("text", "projects"),
    [
        ("", "a1 a2 a3 a4"),
        ("water", "a1 a2"),
        ("water goma", "a1"),
        ('"water q"', "a2"),
        ("-water", "a3 a4"),
        ("not water -colon", "a3"),
        ("ecoles", "a3"),
        ("A4", "a4"),
        ("status:draft", "a3"),
        ("status:dep -status:draft", "a1 a2 a4"),
        ("owner:zoe", "a4"),
        ("owner:carol", "a4"),  # a group of that name
        ("-owner:ad*", "a4"),
        ("public", "a2 a4"),
        ("-public", "a1 a3"),
        ("public:add", "a4"),
        ("public:form,data water", "a2"),
        ('"public"', ""),
        ('"user: a"', "a4"),
    ],
)
def test_projects(text: str, projects: str) -> None:
    assert list(found(text)) == projects.split()


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("user:ana", {"a1": ["ana"], "a3": ["ana"]}),  # and not mariana, who has ana inside
        ("user:Ana", {"a1": ["ana"], "a3": ["ana"]}),
        ("user:*ana water", {"a1": ["ana", "mariana"], "a2": ["mariana"]}),
        ("user:@goma", {"a1": ["ana", "ben"], "a3": ["ana"], "a4": ["ben"]}),
        ("user:goma -user:ben", {"a1": ["ana"], "a3": ["ana"]}),
        ("outside:ana,ben,admin", {"a1": ["mariana"], "a2": ["mariana"], "a3": ["carol"], "a4": ["zoe"]}),
        ("role:viewer", {"a1": ["ana"], "a4": ["ben"]}),
        ('role:"data entry"', {"a1": ["mariana"], "a3": ["ana"]}),
        ("role:data,man", {"a1": ["ben", "mariana"], "a3": ["ana"], "a4": ["admin"]}),
        ("role:other", {"a2": ["mariana"], "a3": ["carol"]}),
        ("role:owner -owner:admin", {"a4": ["zoe"]}),
        ("not role:owner,manager user:ben,mariana", {"a1": ["mariana"], "a2": ["mariana"], "a4": ["ben"]}),
        ("right:M -role:owner", {"a1": ["ben"], "a4": ["admin"]}),
        ("right:validate -owner:admin", {"a4": ["admin", "zoe"]}),
        ("right:rule", {"a2": ["mariana"], "a3": ["carol"]}),
        ("right:delete -role:owner", {"a1": ["ben"], "a3": ["carol"], "a4": ["admin"]}),
        ("can:delete -user:admin", {"a1": ["ben"], "a3": ["carol"], "a4": ["zoe"]}),
        ("can:manage", {"a1": ["admin", "ben"], "a2": ["admin"], "a3": ["admin"], "a4": ["admin", "zoe"]}),
        ("-can:view", {"a1": ["mariana"], "a3": ["ana"]}),
        ("user:nobody", {}),
    ],
)
def test_cells(text: str, cells: dict[str, list[str]]) -> None:
    assert found(text) == cells


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("water usr:ana", 7, "there is no filter usr:"),
        ("user:", 6, "a value is missing"),
        ("water role:chief", 7, "chief is not one of owner, other, viewer"),
        ("right:view", 1, "view is not one of view_asset, view_submissions"),
        ("can:fly", 1, "view, add, edit"),
        ("status:gone", 1, "deployed, draft, archived"),
        ("public:all", 1, "form, data, add"),
        ("-right:", 8, "a value is missing"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, where: int, why: str) -> None:
    with pytest.raises(MatrixFilterError, match=f"^At character {where}: .*{why}"):
        parse(text, roles(), GROUPS)


PIECES = st.sampled_from(
    [*(f"{key}:" for key in KEYS), "-", "not ", '"', ",", " ", "*", "@goma", "ana", "M", "view", *LETTERS]
)


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=6).map("".join) | TEXT, matrices())
def test_any_text_is_read_or_refused_and_the_view_is_its_cells(text: str, seen: Matrix) -> None:
    try:
        wanted = parse(text, roles(), GROUPS)
    except MatrixFilterError:
        return
    view = wanted.view(seen)
    cells = [(p.uid, user) for p in seen.projects.values() for user in seen.users if wanted.matches(p, user)]
    assert not wanted or {user for _uid, user in cells} == set(view.users)
    assert {uid for uid, _user in cells} <= {item.uid for item in view.projects}


def test_who_has_no_right_has_no_cell_and_only_the_star_stands_for_something() -> None:
    assert not parse("user:*", roles()).matches(SEEN.projects["a2"], "ana")
    assert parse("user:an?", roles()).view(SEEN).users == []
