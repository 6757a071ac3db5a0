"""Teams over HTTP: what the recorded flows leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .people import People

MANAGER = {
    "view_asset",
    "change_asset",
    "manage_asset",
    "add_submissions",
    "view_submissions",
    "change_submissions",
    "delete_submissions",
    "validate_submissions",
}
RULE = [{"url": "/api/v2/permissions/view_submissions/", "filters": [{"q1": "a"}]}]


def test_public_access_drifts_in_bulk_and_is_repaired_singly(people: People) -> None:
    path = people.project(deployed=True)
    bulk = f"{path}permission-assignments/bulk/"
    public = "AnonymousUser"
    people.grant(path, public, "add_submissions")
    assert people.send(path, None) == 201
    # A team write without the public rows takes them away and leaves the form open.
    people.call("owner", "POST", bulk, [people.row("alice", "view_asset")])
    assert people.rights(path, public) == set()
    assert people.send(path, None) == 201
    # Grant and delete singly: closed again.
    row = people.grant(path, public, "add_submissions")
    assert people.call("owner", "DELETE", row).status_code == 204
    assert people.send(path, None) == 401
    # A bulk grant makes rows, and the form stays closed.
    people.call("owner", "POST", bulk, [people.row(public, "add_submissions")])
    assert people.rights(path, public) == {"add_submissions"}
    assert people.send(path, None) == 401
    people.grant(path, public, "add_submissions")
    people.call("owner", "DELETE", bulk, {"username": public})
    assert people.rights(path, public) == set()
    assert people.send(path, None) == 201


def test_a_bulk_write_removes_what_somebody_else_granted_meanwhile(people: People) -> None:
    path = people.project()
    people.grant(path, "alice", "manage_asset")
    before = people.call("owner", "GET", path).json()
    team = [people.row("alice", "manage_asset")]
    added = people.call("alice", "POST", f"{path}permission-assignments/", people.row("bob", "view_asset"))
    assert added.status_code == 201
    people.call("owner", "POST", f"{path}permission-assignments/bulk/", team)
    assert people.rights(path, "bob") == set()
    assert people.rights(path, "alice") == MANAGER
    after = people.call("owner", "GET", path).json()
    assert after["date_modified"] == before["date_modified"]
    history = people.call("owner", "GET", f"{path}history/", params={"q": "action:modify-user-permissions"}).json()
    changes = [e["metadata"]["permissions"] for e in history["results"]]
    bob = people.names["bob"]
    assert changes[0] == {"username": bob, "added": [], "removed": ["view_asset"]}
    assert changes[1] == {"username": bob, "added": ["view_asset"], "removed": []}


def test_removing_one_user_leaves_no_line_in_the_history(people: People) -> None:
    path = people.project()
    people.grant(path, "bob", "view_asset")
    people.call("owner", "DELETE", f"{path}permission-assignments/bulk/", {"username": people.names["bob"]})
    history = people.call("owner", "GET", f"{path}history/").json()
    assert [e["action"] for e in history["results"]] == ["modify-user-permissions"]


def test_row_rules_round_trip_in_bulk(people: People) -> None:
    path = people.project()
    rule = [{"url": "/api/v2/permissions/change_submissions/", "filters": [{"q1": "a"}, {"q1": "b"}]}]
    people.grant(path, "bob", "partial_submissions", partial_permissions=rule)
    rows = people.call("owner", "GET", f"{path}permission-assignments/").json()
    owner = f"/users/{people.names['owner']}/"
    team = [row for row in rows if not row["user"].endswith(owner)]
    again = people.call("owner", "POST", f"{path}permission-assignments/bulk/", team)
    assert again.json() == rows
    # Without the row of add_submissions that right is lost, though the rule itself stays as it was.
    fewer = [row for row in team if "add_submissions" not in row["permission"]]
    people.call("owner", "POST", f"{path}permission-assignments/bulk/", fewer)
    assert people.rights(path, "bob") == {"partial_submissions", "view_asset"}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"partial_permissions": []}, 400),
        ({"partial_permissions": [{"url": "/api/v2/permissions/view_asset/", "filters": [{}]}]}, 400),
        ({"partial_permissions": [{"url": "/api/v2/permissions/view_submissions/"}]}, 400),
        ({"partial_permissions": [{"url": "/api/v2/permissions/view_submissions/", "filters": ["x"]}]}, 400),
        ({"partial_permissions": RULE}, 201),
    ],
)
def test_row_rules_are_checked_for_shape_only(people: People, more: dict[str, Any], status: int) -> None:
    path = people.project()
    body = people.row("bob", "partial_submissions", **more)
    assert people.call("owner", "POST", f"{path}permission-assignments/", body).status_code == status


def test_cloning_a_team_copies_the_sources_owner_and_needs_both_sides(people: People) -> None:
    source, target = people.project("alice"), people.project()
    uid = source.split("/")[-2]
    clone = f"{target}permission-assignments/clone/"
    assert people.call("owner", "PATCH", clone, {"clone_from": uid}).status_code == 403
    share = people.row("owner", "view_asset")
    people.call("alice", "POST", f"{source}permission-assignments/", share)
    assert people.call("owner", "PATCH", clone, {"clone_from": uid}).status_code == 200
    assert people.rights(target, "alice") == MANAGER
    assert people.rights(target, "owner") == MANAGER


def test_a_library_item_cannot_take_a_projects_team(people: People) -> None:
    source = people.project()
    people.grant(source, "bob", "add_submissions")
    item = people.project(asset_type="template")
    reply = people.call("owner", "PATCH", f"{item}permission-assignments/clone/", {"clone_from": source.split("/")[-2]})
    assert reply.status_code == 400
    assert people.rights(item, "bob") == set()


def test_public_projects_open_for_all_and_stay_out_of_lists(people: People) -> None:
    path = people.project(deployed=True)
    people.grant(path, "AnonymousUser", "view_submissions")
    assert people.call(None, "GET", path).json()["status"] == "public"
    assert people.call("bob", "GET", path).json()["effective_permissions"] == [
        {"codename": "view_asset"},
        {"codename": "view_submissions"},
    ]
    listed = people.call("bob", "GET", "/api/v2/assets/", params={"q": f"uid:{path.split('/')[-2]}"}).json()
    assert listed["count"] == 0
    assert people.call(None, "POST", f"{path}permission-assignments/", {}).status_code == 401


def test_others_rows_are_not_there_for_viewers(people: People) -> None:
    path = people.project()
    row = people.grant(path, "alice", "view_asset")
    people.grant(path, "bob", "view_asset")
    assert people.call("bob", "GET", row).status_code == 404
    assert people.call("bob", "DELETE", row).status_code == 404
    assert people.rights(path, "alice") == {"view_asset"}


def test_catalogue_of_rights(people: People) -> None:
    results = people.call(None, "GET", "/api/v2/permissions/").json()["results"]
    by_name = {r["codename"]: r for r in results}
    assert set(by_name) == MANAGER | {"discover_asset", "partial_submissions"}
    names = {
        kind: [u.split("/")[-2] for u in by_name["change_submissions"][kind]] for kind in ("implied", "contradictory")
    }
    assert names == {
        "implied": ["add_submissions", "view_asset", "view_submissions"],
        "contradictory": ["partial_submissions"],
    }
