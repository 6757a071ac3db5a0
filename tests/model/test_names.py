from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.access import PUBLIC
from kobotui.model.names import expanded, near, not_found, split
from tests.model.samples import TEXT

GROUPS = {"goma": ("ana", "ben"), "carol": ("zoe", "ana")}


def test_lists_are_split_wherever_people_put_something_between() -> None:
    assert split("\ufeffana, ben;carol\r\n\tdave  ") == ["ana", "ben", "carol", "dave"]
    assert split(" , ") == []


def test_groups_are_expanded_and_everybody_comes_once() -> None:
    assert expanded(["goma", "zoe", "ana"], GROUPS) == ("ana", "ben", "zoe")
    assert expanded(["carol"], GROUPS) == ("zoe", "ana")
    assert expanded(["carol", "@carol"], GROUPS, known={"carol"}) == ("carol", "zoe", "ana")
    assert expanded(["@nowhere"], GROUPS) == ("@nowhere",)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Ana", ("ana",)),
        ("marianna", ("mariana",)),
        ("ANA", ("ana",)),
        ("bem", ()),
        ("mariama", ("mariana",)),
        ("", ()),
    ],
)
def test_near_names(name: str, meant: tuple[str, ...]) -> None:
    assert near(name, ["ana", "mariana", "ben", PUBLIC]) == meant


def test_the_sentence_offers_who_may_be_meant() -> None:
    assert not_found("Ana", ["ana"]) == "User not found: Ana. Names are case-sensitive. Do you mean ana?"
    assert "stands for everybody" in not_found(PUBLIC, [])


@given(TEXT, st.lists(TEXT))
def test_any_name_has_a_sentence(name: str, known: list[str]) -> None:
    assert name not in near(name, known)
    assert "\x1b" not in not_found(name, known)
