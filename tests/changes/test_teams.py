"""Wishes over many teams: what comes of them, and what is refused and why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.changes.team_moves import copy_rights, copy_team, remove_user, replace_user
from kobotui.changes.teams import DEMOTED, Refused, TeamEdits, cells_of, merged
from kobotui.model.access import ASSIGNABLE, NOTHING, PARTIAL, PUBLIC, PUBLIC_CODENAMES, Rights, rules_of, settled
from kobotui.model.matrix import Matrix
from kobotui.model.rule_users import users_of
from tests.model.matrices import ENTRY, MANAGER, RULES, USERS, VIEWER, matrices, matrix, project, rights, ruled

OWN_ANA = ruled(view="_submitted_by = ana")
OWN_MARIANA = ruled(view="_submitted_by = mariana")
SEEN = matrix(
    project("a1", {"ana": VIEWER, "mariana": ENTRY, "ben": MANAGER, PUBLIC: VIEWER}),
    project("a2", {"ana": OWN_ANA, "mariana": OWN_MARIANA, "carol": ruled(validate="_submitted_by in (ana, mariana)")}),
    project("a3", {"admin": VIEWER}, "zoe"),
    project("a4", {"admin": MANAGER, "ben": VIEWER}, "ana"),
    project("b1", {"ana": settled(Rights(frozenset({"change_asset"})))}, asset_type="block", deployment_status="-"),
)


def made(edits: TeamEdits) -> dict[tuple[str, str], Rights]:
    """What every change leads to."""
    return {(change.project, change.username): change.after for change in edits.changes()}


def reasons(refused: list[Refused]) -> dict[tuple[str, str], str]:
    return {(one.project, one.username): one.reason for one in refused}


def test_a_role_is_exactly_that_and_demotes_a_manager() -> None:
    edits = TeamEdits(SEEN)
    assert edits.set_rights(cells_of(["a1"], ["ana", "ben"]), ENTRY) == []
    assert made(edits) == {("a1", "ana"): ENTRY, ("a1", "ben"): ENTRY}
    assert edits.revoke([("a1", "ben")], ["manage_asset"]) == []  # no longer a manager by wish: one right less of none
    assert made(edits)["a1", "ben"] == ENTRY
    edits.forget()
    edits.revoke([("a1", "ben")], ["manage_asset"])
    assert made(edits) == {("a1", "ben"): DEMOTED}
    edits.revoke([("b1", "ana")], ["change_asset"])
    assert made(edits)["b1", "ana"] == Rights(frozenset({"view_asset"}))


def test_rights_on_all_records_and_on_some_never_stand_together() -> None:
    edits = TeamEdits(SEEN)
    edits.grant([("a2", "ana")], ["validate_submissions"])
    assert made(edits)["a2", "ana"] == settled(Rights(frozenset({"validate_submissions"})))
    edits.set_rules([("a1", "ana"), ("a1", "ben")], OWN_ANA.rules)
    assert made(edits)["a1", "ana"] == OWN_ANA
    assert made(edits)["a1", "ben"] == Rights(
        frozenset({"view_asset", "change_asset", "add_submissions"}), OWN_ANA.rules
    )
    edits.set_rules([("a1", "ben")], ())
    assert made(edits)["a1", "ben"].rules == ()
    edits.revoke([("a2", "carol")], ["validate_submissions"])
    assert [rule.codename for rule in made(edits)["a2", "carol"].rules] == ["view_submissions"]
    edits.revoke([("a2", "carol")], ["view_submissions"])
    assert made(edits)["a2", "carol"] == Rights(frozenset({"view_asset"}))


def test_what_cannot_be_is_refused_with_its_reason() -> None:
    edits = TeamEdits(SEEN)
    refused = reasons(edits.set_rights(cells_of(["a1", "a3", "b1", "nowhere"], ["admin", "dave"]), VIEWER))
    assert "owns this project" in refused["a1", "admin"]
    assert "do not manage" in refused["a3", "dave"]
    assert "no such right here: View submissions" in refused["b1", "dave"]
    assert "does not see" in refused["nowhere", "dave"]
    assert made(edits) == {("a1", "dave"): VIEWER}
    assert "public cannot hold" in reasons(edits.grant([("a1", PUBLIC)], ["change_submissions"]))["a1", PUBLIC]
    assert "public cannot hold" in reasons(edits.set_rules([("a1", PUBLIC)], OWN_ANA.rules))["a1", PUBLIC]
    assert edits.grant([("a1", PUBLIC)], ["add_submissions"]) == []
    assert edits.remove([("a3", "admin")]) == []  # anybody may leave
    assert "give up managing 1 project" in " ".join(edits.warnings())
    assert edits.remove([("a1", "dave")]) == []  # who is not there: nothing to do, nothing to refuse
    assert ("a1", "dave") not in made(edits)


def test_a_wish_for_what_is_there_already_is_no_change() -> None:
    edits = TeamEdits(SEEN)
    edits.grant([("a1", "ana")], ["view_asset"])
    assert edits.changes() == []
    edits.set_rights([("a1", "ana")], ENTRY)
    edits.set_rights([("a1", "ana")], VIEWER)
    assert edits.changes() == []


def test_wishes_survive_a_new_reading_of_the_server() -> None:
    edits = TeamEdits(SEEN)
    edits.set_rights(cells_of(["a1", "a2"], ["dave"]), VIEWER)
    newer = SEEN.with_team("a1", SEEN.projects["a1"].team.with_rights("dave", VIEWER).with_rights("ana", NOTHING))
    assert made(edits.over(newer)) == {("a2", "dave"): VIEWER}
    assert made(edits.over(matrix())) == {}


def test_a_users_rights_are_copied_to_another() -> None:
    edits = TeamEdits(SEEN)
    refused = reasons(copy_rights(edits, "ana", "ben"))
    assert made(edits) == {
        ("a2", "ben"): ruled(view="_submitted_by in (ana, ben)"),
        ("b1", "ben"): settled(Rights(frozenset({"change_asset"}))),
    }  # and on a1 nothing: a manager has more already
    assert "hidden" in refused["a3", "ben"]
    assert "ownership is not copied" in refused["a4", "ben"]
    edits = TeamEdits(SEEN)
    copy_rights(edits, "ana", "ben", ["a1"], replace=True)
    assert made(edits) == {("a1", "ben"): VIEWER}


def test_one_user_takes_the_place_of_another_and_nobody_of_a_name_inside() -> None:
    edits = TeamEdits(SEEN)
    refused = reasons(replace_user(edits, "ana", "dave"))
    after = made(edits)
    assert after["a1", "dave"] == VIEWER
    assert not after["a1", "ana"]
    assert after["a2", "dave"] == ruled(view="_submitted_by in (ana, dave)")
    assert after["a2", "carol"] == ruled(validate="_submitted_by in (ana, dave, mariana)")
    assert not any(user == "mariana" for _uid, user in after)
    assert "transfer it" in refused["a4", "ana"]
    assert "hidden" in refused["a3", "ana"]
    edits = TeamEdits(SEEN)
    replace_user(edits, "ana", "dave", ["a2"], drop=True)
    assert made(edits)["a2", "carol"] == ruled(validate="_submitted_by in (dave, mariana)")
    edits = TeamEdits(SEEN)
    replace_user(edits, "ana", "mariana", ["a1"])
    assert made(edits) == {("a1", "mariana"): merged(VIEWER, ENTRY), ("a1", "ana"): NOTHING}


def test_rules_of_others_change_where_the_replaced_user_is_not_even_on_the_team_and_patterns_are_reported() -> None:
    seen = matrix(
        project("a1", {"carol": OWN_ANA, "ben": ruled(view='_submitted_by matches "^ana"')}),
        project("a2", {"ana": ruled(view="_submitted_by = dave")}, asset_type="survey"),
    )
    edits = TeamEdits(seen)
    refused = reasons(replace_user(edits, "ana", "dave"))
    assert made(edits) == {
        ("a1", "carol"): ruled(view="_submitted_by in (ana, dave)"),
        ("a2", "dave"): ruled(view="_submitted_by = dave"),
        ("a2", "ana"): NOTHING,
    }
    assert "pattern" in refused["a1", "ben"]


def test_nobody_goes_whose_place_cannot_be_taken() -> None:
    odd = Rights(frozenset({"view_asset", "fly_asset"}))
    edits = TeamEdits(matrix(project("a1", {"ana": odd})))
    assert "no such right" in reasons(replace_user(edits, "ana", "dave"))["a1", "dave"]
    assert edits.changes() == []


def test_a_user_is_removed_everywhere() -> None:
    edits = TeamEdits(SEEN)
    refused = reasons(remove_user(edits, "ana"))
    assert made(edits) == {("a1", "ana"): NOTHING, ("a2", "ana"): NOTHING, ("b1", "ana"): NOTHING}
    assert set(refused) == {("a3", "ana"), ("a4", "ana")}


def test_a_team_is_merged_into_others_or_takes_their_place_without_owner_and_public() -> None:
    edits = TeamEdits(SEEN)
    refused = reasons(copy_team(edits, "a1", ["a1", "a2", "a3", "a4"]))
    after = made(edits)
    assert after["a2", "ana"] == merged(VIEWER, OWN_ANA) == VIEWER
    assert after["a2", "mariana"] == merged(ENTRY, OWN_MARIANA)
    assert after["a2", "ben"] == MANAGER
    assert after["a4", "mariana"] == ENTRY
    assert {user for _uid, user in after} == {"ana", "mariana", "ben"}
    assert {uid for uid, _user in after} == {"a2", "a4"}
    assert "do not manage" in refused["a3", "ben"]
    assert ("a4", "ana") not in refused  # who owns it has all of that
    edits = TeamEdits(SEEN)
    assert "owns this project" in reasons(copy_team(edits, "a1", ["a4"], replace=True))["a4", "ana"]
    edits = TeamEdits(SEEN)
    copy_team(edits, "a1", ["a2"], ["ana"], replace=True, public=True)
    assert made(edits) == {
        ("a2", "ana"): VIEWER, ("a2", PUBLIC): VIEWER, ("a2", "mariana"): NOTHING, ("a2", "carol"): NOTHING,
    }  # fmt: skip
    assert "cannot be copied" in copy_team(edits, "a3", ["a1"])[0].reason
    edits = TeamEdits(SEEN)
    assert "no such right here" in reasons(copy_team(edits, "a1", ["b1"]))["b1", "ben"]


NAMES = st.sampled_from([*USERS, "dave", PUBLIC, "admin", "zoe"])
VERBS = st.sampled_from(["grant", "revoke", "role", "rules", "remove", "copy", "replace", "leave", "team"])


@settings(max_examples=200, deadline=None)
@given(matrices(), st.lists(st.tuples(VERBS, NAMES, NAMES, rights(), RULES, st.booleans()), max_size=4))
def test_whatever_is_wanted_only_what_the_server_can_hold_is_planned(seen: Matrix, wishes: list[tuple]) -> None:  # type: ignore[type-arg]
    edits = TeamEdits(seen)
    uids = list(seen.projects)
    for verb, user, other, held, rules, flag in wishes:
        cells = list(cells_of(uids, [user]))
        match verb:
            case "grant":
                refused = edits.grant(cells, sorted(held.full))
            case "revoke":
                refused = edits.revoke(cells, sorted(held.full))
            case "role":
                refused = edits.set_rights(cells, held)
            case "rules":
                refused = edits.set_rules(cells, rules_of(rules))
            case "remove":
                refused = edits.remove(cells)
            case "copy":
                refused = copy_rights(edits, user, other, replace=flag)
            case "replace":
                refused = replace_user(edits, user, other, drop=flag) if user != other else []
            case "leave":
                refused = remove_user(edits, user)
            case _:
                refused = copy_team(edits, uids[0], uids, replace=flag, public=flag) if uids else []
        assert all(one.reason and one.project in seen.projects for one in refused)
    for change in edits.changes():
        item = seen.projects[change.project]
        assert change.username != item.owner == change.owner
        assert change.before == item.team.get(change.username) != change.after
        assert settled(change.after, change.asset_type) == change.after
        assert change.after.held <= ASSIGNABLE[change.asset_type]
        assert not (PARTIAL in change.after.held and "view_submissions" in change.after.full)
        assert item.team.complete or (change.username == seen.caller and not change.after)
        if change.username == PUBLIC:
            assert change.after.held <= PUBLIC_CODENAMES


@pytest.mark.parametrize("drop", [False, True])
def test_the_records_of_the_replaced_user_stay_in_view_unless_that_is_wanted(drop: bool) -> None:
    edits = TeamEdits(SEEN)
    replace_user(edits, "ana", "dave", ["a2"], drop=drop)
    assert ("ana" in users_of(made(edits)["a2", "carol"].rules)) is not drop
