"""The ``q`` language."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from kobotui.demo.editing import new_asset
from kobotui.demo.http import Refusal
from kobotui.demo.ordering import in_order
from kobotui.demo.search import Unparsable, compile_mapping_query, compile_query
from kobotui.demo.state import State, User

CONTENT = {"survey": [{"type": "text", "name": "a", "label": ["Name", "Nom"]}], "translations": ["English (en)", "fr"]}


@pytest.fixture(scope="module")
def state() -> State:
    state = State(random.Random(1))
    for name in ("ana", "ben"):
        state.users[name] = User(
            name, "p", None, "u" + name, email=f"{name}@x.org", extra_details={"name": name.title()}
        )
    settings = {
        "description": "wells of the north",
        "country": [{"label": "Kenya", "value": "KEN"}],
        "kobotui": "job-9",
    }
    water = new_asset(state, "ana", "Water points", "survey", CONTENT, settings, datetime(2026, 3, 1, tzinfo=UTC))
    water.tags = ["wash"]
    health = {"sector": {"label": "Health", "value": "Humanitarian - Health"}}
    new_asset(state, "ben", "Clinic ORANGE", "survey", {}, health, datetime(2025, 1, 1, tzinfo=UTC))
    box = new_asset(state, "ana", "Questions", "collection", when=datetime(2024, 1, 1, tzinfo=UTC))
    item = new_asset(state, "ana", "Age", "question", CONTENT, when=datetime(2024, 1, 2, tzinfo=UTC))
    item.parent = box.uid
    return state


def found(state: State, query: str, *, superuser: bool = False) -> list[str]:
    test = compile_query(query, state, superuser=superuser)
    return [asset.name for asset in state.assets.values() if test(asset)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("water", ["Water points"]),
        ("WATER", ["Water points"]),
        ("north", ["Water points"]),
        ("wash", ["Water points"]),
        ("water clinic", []),
        ("water OR clinic", ["Water points", "Clinic ORANGE"]),
        ("water AND points OR clinic", ["Water points", "Clinic ORANGE"]),
        ("asset_type:survey AND NOT water", ["Clinic ORANGE"]),
        ("asset_type:survey (water OR age)", ["Water points"]),
        ('"water points"', ["Water points"]),
        ("name:Water", []),
        ("name__icontains:'TER po'", ["Water points"]),
        ("owner__username:ben", ["Clinic ORANGE"]),
        ("owner__extra_details__data__name:Ben", ["Clinic ORANGE"]),
        ("settings__country_codes[]__icontains:ken", ["Water points"]),
        ("settings__country[]__value:KEN", ["Water points"]),
        ("settings__country_codes[]:KEN", ["Water points"]),
        ("summary__languages[]__icontains:english", ["Water points", "Age"]),
        ("summary__row_count:1", ["Water points", "Age"]),
        ('settings__kobotui:"job-9"', ["Water points"]),
        ('settings__sector__value:"Humanitarian - Health"', ["Clinic ORANGE"]),
        ('date_modified__gte:"2026-01-01 00:00"', ["Water points"]),
        ("date_modified__date__lt:2025-06-01", ["Clinic ORANGE", "Questions", "Age"]),
        ("_deployment_status:draft", ["Water points", "Clinic ORANGE"]),
        ("tags__name:wash", ["Water points"]),
        ("status:whatever AND water", ["Water points"]),
        ("asset_type:survey AND parent:null", ["Water points", "Clinic ORANGE"]),
        ("uid__in:abc", []),
    ],
)
def test_finds(state: State, query: str, names: list[str]) -> None:
    assert found(state, query) == names


def test_children_of_a_collection(state: State) -> None:
    box = next(a for a in state.assets.values() if a.asset_type == "collection")
    assert found(state, f"parent__uid:{box.uid}") == ["Age"]


@pytest.mark.parametrize(
    "query",
    [
        "water AND",
        "water AND (",
        "(water",
        "water)",
        "OR water",
        "water ORANGE",
        "date_modified__gte:2024-01-01T00:00:00",
        "deployment_status:deployed",
        "name__nolookup:x",
        "date_modified__gte:yesterday",
        "name__isnull:maybe",
        '"open',
    ],
)
def test_what_cannot_be_parsed_finds_nothing(state: State, query: str) -> None:
    with pytest.raises(Unparsable):
        compile_query(query, state, superuser=False)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "Your query is too short"),
        ("ab", "Your query is too short"),
        ("owner__email:x", "Not supported field lookup"),
        ("content__survey:1", "Not supported field lookup"),
        (" ".join(["abc"] * 11), "Too many relational filters in the search query"),
    ],
)
def test_refused(state: State, query: str, detail: str) -> None:
    with pytest.raises(Refusal) as refusal:
        compile_query(query, state, superuser=False)
    assert (refusal.value.status, refusal.value.body) == (400, {"detail": detail})


def test_one_short_word_may_stand_beside_a_field(state: State) -> None:
    assert found(state, "asset_type:survey wa") == ["Water points"]


def test_logs_are_searched_by_action_and_metadata() -> None:
    event: dict[str, Any] = {
        "action": "deploy",
        "metadata": {"log_subtype": "project"},
        "date_created": "2026-05-01T00:00:00Z",
    }
    allowed = ("action", "metadata", "date_created")
    assert compile_mapping_query("action:deploy", allowed)(event)
    assert compile_mapping_query('date_created__gte:"2026-04-30 10:00"', allowed)(event)
    assert not compile_mapping_query("metadata__log_subtype:permission", allowed)(event)
    with pytest.raises(Refusal):
        compile_mapping_query("user__email:x", allowed)


def names_in_order(state: State, ordering: str, *, collections_first: bool = False) -> list[str]:
    assets = list(state.assets.values())
    return [a.name for a in in_order(assets, state, ordering, collections_first=collections_first)]


def test_order(state: State) -> None:
    by_name = ["Age", "Clinic ORANGE", "Questions", "Water points"]
    assert names_in_order(state, "name") == by_name
    assert names_in_order(state, "-name") == by_name[::-1]
    assert names_in_order(state, "owner__username,-name")[-1] == "Clinic ORANGE"
    assert names_in_order(state, "deployment__submission_count") == names_in_order(state, "")
    assert names_in_order(state, "name", collections_first=True)[0] == "Questions"
    assert names_in_order(state, "")[:2] == ["Water points", "Clinic ORANGE"]
