from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.lists import MINE, Filter, folded, match_pasted, mine, project_sort_key, search_text, sort
from tests.model.samples import TEXT, projects


def names(typed: str) -> list[str]:
    chosen = Filter.of(typed)
    return [p.name for p in projects() if chosen.matches(search_text(p))]


def test_words_of_name_sector_country_and_owner() -> None:
    some = projects()[0]
    assert some.name in names(some.name.upper())
    assert names("household kenya") == [
        p.name for p in projects() if "household" in search_text(p) and "kenya" in search_text(p)
    ]
    assert names("household AND kenya") == names("kenya household")
    assert names("zzzz") == []
    assert len(names("")) == len(projects())
    assert len(names("household")) + len(names("-household")) == len(projects())


def test_accents_and_case_do_not_matter() -> None:
    assert folded("ENQUÊTE Ménage ß") == "enquete menage ss"
    assert Filter.of("enquete").matches(folded("Enquête"))
    assert Filter.of('"two words"').matches(folded("the Two Words here"))
    assert not Filter.of('"two words"').matches(folded("words two"))


@given(TEXT)
def test_anything_may_be_typed(typed: str) -> None:
    Filter.of(typed).matches("text")


def test_sort_is_stable_and_missing_values_come_last() -> None:
    items = [("a", 2), ("b", None), ("c", 1), ("d", 2), ("e", None)]
    assert "".join(name for name, _ in sort(items, lambda item: item[1])) == "cadbe"
    assert "".join(name for name, _ in sort(items, lambda item: item[1], descending=True)) == "adcbe"


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "status",
        "records",
        "last",
        "modified",
        "deployed",
        "created",
        "owner",
        "sector",
        "country",
        "mine",
        "uid",
    ],
)
def test_every_column_sorts(column: str) -> None:
    key = project_sort_key(column, "admin1")
    up, down = sort(projects(), key), sort(projects(), key, descending=True)
    values = [key(p) for p in up if key(p) not in (None, "")]
    assert values == sorted(values)
    assert {p.uid for p in up} == {p.uid for p in down} == {p.uid for p in projects()}
    missing = [p.uid for p in projects() if key(p) in (None, "")]
    assert [p.uid for p in up][len(values) :] == missing == [p.uid for p in down][len(values) :]


def test_mine() -> None:
    owned = next(p for p in projects() if p.owner == "admin1")
    assert mine(owned, "admin1") == "owner"
    assert mine(owned, "a stranger") in ("", "view", "data", "add")
    seen = {mine(p, user) for p in projects() for user in ("alice", "bob", "carol", "u01", "u02", "u05")}
    assert len(seen) > 2
    assert seen <= set(MINE)


def test_a_pasted_list() -> None:
    one, two, three, *_ = projects()
    text = f"""\ufeff{one.uid}
    https://kf.example.org/#/forms/{two.uid}/summary
    "{three.name}"
    {one.uid}, https://kf.example.org/api/v2/assets/{three.uid}/?format=json
    aXXXXXXXXXXXXXXXXXXXXX1
    no such project

    """
    found = match_pasted(text, projects())
    assert found.uids == (one.uid, two.uid, three.uid)
    assert found.unknown == ("aXXXXXXXXXXXXXXXXXXXXX1", "no such project")
    assert found.ambiguous == ()


def test_a_name_that_two_projects_have_is_not_guessed() -> None:
    one = projects()[0]
    found = match_pasted(one.name, [one, *projects()])
    assert (found.uids, found.ambiguous) == ((), (one.name,))


@given(st.lists(TEXT).map("\n".join))
def test_any_list_may_be_pasted(text: str) -> None:
    found = match_pasted(text, projects())
    assert set(found.uids) <= {p.uid for p in projects()}
