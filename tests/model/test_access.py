"""Rights against a simulation of the server written from its documented tables, independent of the model's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model import access
from kobotui.model.access import (
    NOTHING,
    PARTIAL,
    PUBLIC,
    Assignment,
    Grant,
    PartialPermission,
    RemoveAll,
    Revoke,
    Rights,
    Team,
    rights_to_calls,
    rules_of,
    settled,
)
from kobotui.model.side_effects import side_effects
from tests.model.samples import body

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = ["view_submissions", "change_submissions", "delete_submissions", "validate_submissions"]
TYPES = {
    "survey": ["view_asset", "change_asset", "manage_asset", "add_submissions", *DATA],
    "collection": ["view_asset", "change_asset", "manage_asset", "discover_asset"],
    "block": ["view_asset", "change_asset", "manage_asset"],
}
DIRECT = {
    "change_asset": ["view_asset"],
    "discover_asset": ["view_asset"],
    "manage_asset": ["change_asset", "discover_asset", "add_submissions", *DATA],
    "view_submissions": ["view_asset"],
    "partial_submissions": ["view_asset"],
    "change_submissions": ["view_submissions", "add_submissions"],
    "delete_submissions": ["view_submissions"],
    "validate_submissions": ["view_submissions"],
}


class Server:
    """One user's rows on one project, as the server keeps them: one recursion down, one up."""

    def __init__(self, asset_type: str, codenames: Iterable[str], rules: dict[str, list[dict[str, Any]]]) -> None:
        self.assignable = {*TYPES[asset_type], *([PARTIAL] if asset_type == "survey" else [])}
        self.rows = set(codenames) | ({PARTIAL} if rules else set())
        self.rules = self.expand(rules)

    @staticmethod
    def expand(rules: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        out = {name: list(filters) for name, filters in rules.items() if filters}
        for name in ("change_submissions", "delete_submissions", "validate_submissions"):
            for one in out.get(name, []):
                for target in ["view_submissions"] + ["add_submissions"] * (name == "change_submissions"):
                    if one not in out.setdefault(target, []):
                        out[target].append(one)
        return out

    def post(self, codename: str, rules: dict[str, list[dict[str, Any]]] | None = None) -> None:
        if codename not in self.assignable:
            return
        if codename == PARTIAL:
            self.rows -= {*DATA, "manage_asset"}
            self.rules = self.expand(rules or {})
        elif codename in (*DATA, "manage_asset"):
            self.rows.discard(PARTIAL)
            self.rules = {}
        self.rows.add(codename)
        for lower in DIRECT.get(codename, []):
            self.post(lower)
        if codename == PARTIAL and "change_submissions" in self.rules:
            self.post("add_submissions")

    def delete(self, codename: str) -> None:
        assert codename in self.rows, f"no row to delete for {codename}"
        self._drop(codename)

    def _drop(self, codename: str) -> None:
        self.rows.discard(codename)
        if codename == PARTIAL:
            self.rules = {}
        for upper, lower in DIRECT.items():
            if codename in lower:  # also through a right that is not held itself
                self._drop(upper)

    @property
    def rights(self) -> Rights:
        return Rights(frozenset(self.rows - {PARTIAL}), rules_of(self.rules))

    def obey(self, calls: Iterable[access.Call]) -> None:
        for call in calls:
            match call:
                case Grant(codename, rules):
                    self.post(codename, {rule.codename: rule.values() for rule in rules})
                case Revoke(codename):
                    self.delete(codename)
                case RemoveAll():
                    self.rows, self.rules = set(), {}


FILTERS = st.sampled_from(
    [{"region": "north"}, {"_submitted_by": {"$in": ["ana", "ben"]}}, {"a/b": "1", "c": {"$gt": "2"}}, {"é": "x"}]
)
RULES = st.dictionaries(st.sampled_from(DATA), st.lists(FILTERS, min_size=1, max_size=3), max_size=4)


@st.composite
def a_state(draw: st.DrawFn, *, odd: bool) -> tuple[str, list[str], dict[str, list[dict[str, Any]]]]:
    """Rows of one user; ``odd``: also what only a bulk write can store (contradictions, nothing implied)."""
    asset_type = draw(st.sampled_from(list(TYPES)))
    codenames = draw(st.lists(st.sampled_from(TYPES[asset_type]), unique=True))
    rules = draw(RULES) if asset_type == "survey" else {}
    if not odd:
        server = Server(asset_type, [], {})
        for name in codenames:
            server.post(name)
        if rules:
            server.post(PARTIAL, rules)
        for name in draw(st.lists(st.sampled_from(TYPES[asset_type]), max_size=3)):
            if name in server.rows:
                server.delete(name)
        return asset_type, sorted(server.rows - {PARTIAL}), server.rules
    return asset_type, codenames, rules


@given(a_state(odd=True), a_state(odd=False))
def test_calls_lead_exactly_to_what_is_wanted(
    before: tuple[str, list[str], dict[str, Any]], wanted: tuple[str, list[str], dict[str, Any]]
) -> None:
    asset_type = before[0]
    server = Server(*before)
    goal = Server(asset_type, set(wanted[1]) & server.assignable, wanted[2] if asset_type == "survey" else {}).rights
    goal = settled(goal, asset_type)
    calls = rights_to_calls(server.rights, goal, asset_type)
    server.obey(calls)
    assert server.rights == goal
    assert rights_to_calls(goal, goal, asset_type) == []


@given(a_state(odd=True), a_state(odd=False))
def test_calls_for_the_public_go_one_by_one(before: tuple[Any, ...], wanted: tuple[Any, ...]) -> None:
    public = {"view_asset", "view_submissions", "add_submissions"}
    server = Server("survey", public & set(before[1]), {})
    goal = settled(Rights(frozenset(public & set(wanted[1]))))
    calls = rights_to_calls(server.rights, goal, public=True)
    assert not any(isinstance(call, RemoveAll) for call in calls)
    server.obey(calls)
    assert server.rights == goal


@given(a_state(odd=False), st.sampled_from(TYPES["survey"]), RULES)
def test_single_calls_have_the_servers_effect(state: tuple[Any, ...], codename: str, rules: dict[str, Any]) -> None:
    server = Server("survey", set(state[1]), state[2] if state[0] == "survey" else {})
    held = server.rights
    server.post(codename)
    assert access.grant(held, codename) == server.rights
    held = server.rights
    server.delete(codename)
    assert access.revoke(held, codename) == server.rights
    if rules:
        held = server.rights
        server.post(PARTIAL, rules)
        assert access.grant(held, PARTIAL, rules_of(rules)) == server.rights


@pytest.mark.parametrize(
    ("codename", "left"),
    [
        ("manage_asset", "view_asset change_asset add view change delete validate"),
        ("change_asset", "view_asset add view change delete validate"),
        ("add_submissions", "view_asset change_asset view delete validate"),
        ("view_submissions", "view_asset change_asset add"),
        ("change_submissions", "view_asset change_asset add view delete validate"),
        ("delete_submissions", "view_asset change_asset add view change validate"),
        ("validate_submissions", "view_asset change_asset add view change delete"),
        ("view_asset", "add"),
    ],
)
def test_revoking_from_a_manager_leaves_what_was_recorded(codename: str, left: str) -> None:
    manager = access.grant(NOTHING, "manage_asset")
    expected = {name if "_" in name else f"{name}_submissions" for name in left.split()}
    assert access.revoke(manager, codename).full == expected


def test_wanted_that_no_server_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="imply"):
        rights_to_calls(NOTHING, Rights(frozenset({"change_submissions"})))
    with pytest.raises(ValueError, match="public"):
        rights_to_calls(NOTHING, Rights(frozenset({"view_asset", "change_asset"})), public=True)


def test_one_call_where_one_is_enough() -> None:
    everything = access.grant(NOTHING, "manage_asset")
    assert rights_to_calls(NOTHING, everything) == [Grant("manage_asset")]
    rules = rules_of({"view_submissions": [{"region": "north"}]})
    view = access.grant(NOTHING, "view_submissions")
    assert rights_to_calls(view, access.grant(view, PARTIAL, rules)) == [Grant(PARTIAL, rules)]
    assert rights_to_calls(everything, Rights(frozenset({"view_asset", "change_asset"}))) == [
        Revoke("view_submissions"),
        Revoke("add_submissions"),
    ]
    assert rights_to_calls(everything, NOTHING) == [RemoveAll()]


def test_side_effects_tell_what_comes_along() -> None:
    rules = rules_of({"view_submissions": [{"_submitted_by": "ben"}]})
    before = access.grant(NOTHING, PARTIAL, rules)
    effects = side_effects(before, access.grant(before, "validate_submissions"))
    assert effects.gained == ("validate_submissions",)
    assert effects.implied == ("view_submissions",)
    assert effects.rule_changed
    assert effects.rules_after == ()
    assert side_effects(before, NOTHING).leaves
    assert side_effects(NOTHING, before).arrives


def row(user: str, codename: str, partial: list[PartialPermission] | None = None) -> Assignment:
    host = "https://kf.example.org/api/v2"
    return Assignment(
        f"{host}/assets/aX/permission-assignments/p{user}{codename}/",
        f"{host}/users/{user}/",
        f"{host}/permissions/{codename}/",
        partial_permissions=partial or [],
    )


ROWS = [
    row("ana", "view_asset"),
    row("ana", "manage_asset"),
    row(PUBLIC, "view_asset"),
    row("ben", "view_asset"),
    row("ben", PARTIAL, [PartialPermission("/api/v2/permissions/view_submissions/", [{"b": "1"}, {"a": "2"}])]),
    row("caf%C3%A9", "view_asset"),
]


def test_bulk_rows_carry_everybody_and_never_the_owner() -> None:
    team = Team.of(ROWS, owner="ana", caller="ana")
    assert team.complete
    assert team.members == ("ben", "café")
    rows = access.bulk_rows(team.with_rights("dave", access.grant(NOTHING, "add_submissions")))
    assert [(r["user"], r["permission"].split("/")[-2]) for r in rows] == [
        ("/api/v2/users/AnonymousUser/", "view_asset"),
        ("/api/v2/users/ben/", "view_asset"),
        ("/api/v2/users/ben/", "partial_submissions"),
        ("/api/v2/users/caf%C3%A9/", "view_asset"),
        ("/api/v2/users/dave/", "add_submissions"),
    ]
    assert rows[2]["partial_permissions"] == [
        {"url": "/api/v2/permissions/view_submissions/", "filters": [{"b": "1"}, {"a": "2"}]}
    ]


def test_bulk_rows_leave_the_public_as_read_and_drop_who_is_removed() -> None:
    team = Team.of(ROWS, owner="ana", caller="ana").with_rights("ben", NOTHING).with_rights(PUBLIC, NOTHING)
    assert [r["user"] for r in access.bulk_rows(team)] == ["/api/v2/users/AnonymousUser/", "/api/v2/users/caf%C3%A9/"]


def test_a_team_seen_in_part_is_never_written() -> None:
    team = Team.of(ROWS, owner="ana", caller="ben")
    assert not team.complete
    with pytest.raises(ValueError, match="completely"):
        access.bulk_rows(team)
    assert Team.of(ROWS, owner="zoe", caller="ana").complete  # a manager sees all
    assert Team.of(ROWS, owner="ana", caller="root", sees_all=True).complete


def test_links_are_reduced_to_names() -> None:
    assert access.last_segment("http://[") == ""
    assert access.last_segment("") == ""
    one = row("ben", "view_asset")
    assert (one.uid, one.username, one.codename) == ("pbenview_asset", "ben", "view_asset")


def test_rules_are_equal_when_they_allow_the_same() -> None:
    one = rules_of({"view_submissions": [{"a": "1", "b": "2"}], "change_submissions": [{"c": "3"}]})
    other = rules_of({"change_submissions": [{"c": "3"}], "view_submissions": [{"c": "3"}, {"b": "2", "a": "1"}]})
    assert one == other
    assert [json.loads(text) for text in one[1].filters] == [{"c": "3"}]


def test_a_recorded_team_goes_back_as_it_came() -> None:
    rows = msgspec.convert(body("permission-assignments-30-users"), list[Assignment])
    team = Team.of(rows, owner="admin1", caller="admin1")
    assert len(team.members) == 30
    others = [row for row in rows if row.username != "admin1"]
    assert [(row["user"], row["permission"]) for row in access.bulk_rows(team)] == [
        (access.user_path(row.username), access.permission_path(row.codename)) for row in others
    ]
    for held in team.rights.values():
        assert settled(held) == held  # the server itself keeps what is implied
        assert rights_to_calls(held, held) == []
