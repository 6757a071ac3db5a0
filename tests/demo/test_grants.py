"""Granting and revoking: implied, revoked and contradictory rights."""

from __future__ import annotations

import random

import pytest

from kobotui.demo import grants
from kobotui.demo.editing import deploy, new_asset
from kobotui.demo.rights import assignable, own_rights
from kobotui.demo.state import ANONYMOUS, Asset, State, User

EVERYTHING = set(assignable("survey")) - {"partial_submissions"}


@pytest.fixture
def state() -> State:
    state = State(random.Random(1))
    for name in ("ana", "ben", ANONYMOUS):
        state.users[name] = User(name, "p", None, "u" + name)
    return state


@pytest.fixture
def asset(state: State) -> Asset:
    return new_asset(state, "ana", "P", "survey", {"survey": [{"type": "text", "name": "a", "label": ["A"]}]})


def test_the_owner_holds_everything_but_a_row_rule(asset: Asset) -> None:
    assert own_rights(asset, "ana") == EVERYTHING | {"delete_asset"}


@pytest.mark.parametrize(
    ("codename", "held"),
    [
        ("view_asset", {"view_asset"}),
        ("change_asset", {"view_asset", "change_asset"}),
        ("add_submissions", {"add_submissions"}),
        ("view_submissions", {"view_asset", "view_submissions"}),
        ("change_submissions", {"view_asset", "view_submissions", "add_submissions", "change_submissions"}),
        ("delete_submissions", {"view_asset", "view_submissions", "delete_submissions"}),
        ("validate_submissions", {"view_asset", "view_submissions", "validate_submissions"}),
        ("manage_asset", EVERYTHING),
    ],
)
def test_a_grant_brings_what_it_implies(state: State, asset: Asset, codename: str, held: set[str]) -> None:
    grants.grant(state, asset, "ben", codename)
    assert own_rights(asset, "ben") == held


@pytest.mark.parametrize(
    ("codename", "gone"),
    [
        ("manage_asset", {"manage_asset"}),
        ("change_asset", {"manage_asset", "change_asset"}),
        ("add_submissions", {"manage_asset", "add_submissions", "change_submissions"}),
        ("change_submissions", {"manage_asset", "change_submissions"}),
        ("delete_submissions", {"manage_asset", "delete_submissions"}),
        ("view_asset", EVERYTHING - {"add_submissions"}),
    ],
)
def test_a_removal_takes_what_needs_it(state: State, asset: Asset, codename: str, gone: set[str]) -> None:
    grants.grant(state, asset, "ben", "manage_asset")
    grants.revoke(state, asset, "ben", codename)
    assert own_rights(asset, "ben") == EVERYTHING - gone


def test_row_rule_and_full_right_exclude_each_other(state: State, asset: Asset) -> None:
    rule = [{"_submitted_by": {"$in": ["ben"]}}]
    grants.grant(state, asset, "ben", "manage_asset")
    grants.grant(state, asset, "ben", "partial_submissions", {"view_submissions": rule})
    assert own_rights(asset, "ben") == {"view_asset", "change_asset", "add_submissions", "partial_submissions"}
    grants.grant(state, asset, "ben", "delete_submissions")
    assert "partial_submissions" not in own_rights(asset, "ben")


def test_row_rules_imply_seeing_the_same_records(state: State, asset: Asset) -> None:
    rule = {"q": "a"}
    row = grants.grant(state, asset, "ben", "partial_submissions", {"change_submissions": [rule]})
    assert row.partial == {"change_submissions": [rule], "view_submissions": [rule], "add_submissions": [rule]}
    assert "add_submissions" in own_rights(asset, "ben")
    twice = grants.expand({"view_submissions": [rule], "delete_submissions": [rule]})
    assert twice["view_submissions"] == [rule]


def test_granting_twice_keeps_the_row(state: State, asset: Asset) -> None:
    first = grants.grant(state, asset, "ben", "view_asset")
    assert grants.grant(state, asset, "ben", "view_asset") is first


def test_the_forms_own_switch_follows_when_told(state: State, asset: Asset) -> None:
    deploy(state, asset, "ana", active=True)
    assert asset.deployment
    grants.grant(state, asset, ANONYMOUS, "add_submissions")
    grants.follow_public_access(asset)
    assert asset.deployment.require_auth is False
    grants.revoke(state, asset, ANONYMOUS, "add_submissions")
    assert asset.deployment.require_auth is False
    grants.follow_public_access(asset)
    assert asset.deployment.require_auth is True


def test_what_is_in_a_collection_inherits_view_and_edit(state: State) -> None:
    box = new_asset(state, "ana", "Box", "collection")
    inside = new_asset(state, "ana", "Q", "question", {"survey": [{"type": "text", "name": "a", "label": ["A"]}]})
    inside.parent = box.uid
    grants.grant(state, box, "ben", "change_asset")
    assert own_rights(inside, "ben") == {"view_asset", "change_asset"}
    grants.revoke(state, box, "ben", "view_asset")
    assert own_rights(inside, "ben") == set()
