"""Projects and library items over HTTP: what the recorded flows leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .people import CONTENT

if TYPE_CHECKING:
    from .people import People


def uid_of(path: str) -> str:
    return path.split("/")[-2]


@pytest.mark.parametrize(
    ("source", "target", "status"),
    [
        ("survey", "template", 201),
        ("survey", "block", 201),
        ("template", "survey", 201),
        ("template", "block", 500),
        ("question", "block", 500),
        ("survey", "collection", 500),
    ],
)
def test_what_may_become_what(people: People, source: str, target: str, status: int) -> None:
    content = CONTENT | {"survey": CONTENT["survey"][:1]} if source == "question" else CONTENT
    path = people.project(asset_type=source, content=content)
    reply = people.call("owner", "POST", "/api/v2/assets/", {"clone_from": uid_of(path), "asset_type": target})
    assert reply.status_code == status


def test_clone_keeps_marks_in_settings_and_the_requests_own_win(people: People) -> None:
    path = people.project(settings={"kobotui": "job-1", "description": "old", "share-metadata": True})
    body = {"clone_from": uid_of(path), "settings": {"kobotui": "job-2"}}
    copy = people.call("owner", "POST", "/api/v2/assets/", body).json()
    assert copy["name"] == "P"
    assert copy["settings"]["kobotui"] == "job-2"
    assert copy["settings"]["description"] == "old"
    assert "share-metadata" not in copy["settings"]
    found = people.call("owner", "GET", "/api/v2/assets/", params={"q": 'settings__kobotui:"job-2"'}).json()
    assert [a["uid"] for a in found["results"]] == [copy["uid"]]
    nulled = people.call("owner", "PATCH", f"/api/v2/assets/{copy['uid']}/", {"settings": {"kobotui": None}}).json()
    assert nulled["settings"]["kobotui"] is None


def test_rollback_brings_the_old_name_back_unless_one_is_sent(people: People) -> None:
    path = people.project(name="First")
    version = people.call("owner", "GET", path).json()["version_id"]
    people.call("owner", "PATCH", path, {"name": "Second"})
    body = {"clone_from": uid_of(path), "clone_from_version_id": version}
    assert people.call("owner", "PATCH", path, body).json()["name"] == "First"
    assert people.call("owner", "PATCH", path, body | {"name": "Third"}).json()["name"] == "Third"


def test_a_rename_is_a_version_with_the_same_hash(people: People) -> None:
    path = people.project(deployed=True)
    detail = people.call("owner", "PATCH", path, {"name": "Renamed"}).json()
    assert detail["version_id"] != detail["deployed_version_id"]
    assert detail["version__content_hash"] == detail["deployed_versions"]["results"][0]["content_hash"]
    numbers = [v["version_number"] for v in people.call("owner", "GET", f"{path}versions/").json()["results"]]
    assert numbers == ["1.1", "1"]


def test_versions_by_deployment(people: People) -> None:
    path = people.project(deployed=True)
    people.call("owner", "PATCH", path, {"name": "Renamed"})
    for value, count in (("True", 1), ("0", 1), ("t", 1)):
        assert people.call("owner", "GET", f"{path}versions/", params={"deployed": value}).json()["count"] == count
    assert people.call("owner", "GET", f"{path}versions/", params={"deployed": "true"}).status_code == 500


def test_form_title_renames_and_content_without_languages_keeps_them(people: People) -> None:
    languages = ["English (en)", "Français (fr)"]
    survey = [{"type": "text", "name": "a", "label": ["Name", "Nom"]}]
    path = people.project(content={"survey": survey, "translations": languages})
    content = {"survey": [survey[0] | {"name": "b"}], "settings": {"form_title": "From the form"}}
    detail = people.call("owner", "PATCH", path, {"content": content}).json()
    assert detail["name"] == "From the form"
    assert detail["content"]["translations"] == languages
    renamed = people.call("owner", "PATCH", path, {"translations": '["English (en)", "French (fr)"]'}).json()
    assert renamed["content"]["translations"] == ["English (en)", "French (fr)"]
    assert renamed["content"]["survey"][0]["label"] == ["Name", "Nom"]


def test_settings_of_the_wrong_kind(people: People) -> None:
    path = people.project(settings={"country": "KEN", "sector": "Health", "description": None})
    settings = people.call("owner", "GET", path).json()["settings"]
    assert settings == {"country": [], "sector": {}, "description": "", "organization": "", "country_codes": []}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  padded \n", "padded"),
        ("", ""),
        ("\x1b[31m \u202e [/]x", "\x1b[31m \u202e [/]x"),
        (5, "5"),
        ("n\x00l", None),
        ([], None),
    ],
)
def test_names(people: People, sent: Any, kept: str | None) -> None:
    path = people.project(name="Before")
    reply = people.call("owner", "PATCH", path, {"name": sent})
    assert reply.status_code == (400 if kept is None else 200)
    assert people.call("owner", "GET", path).json()["name"] == ("Before" if kept is None else kept)


def test_excluded_fields(people: People) -> None:
    path = people.project(deployed=True)
    detail = people.call("owner", "GET", path, params={"exclude": "deployment__links,content"}).json()
    assert not {"deployment__links", "content"} & detail.keys()
    assert people.call("owner", "GET", path).json()["deployment__links"]["single_url"]


def test_archived_projects_have_no_web_form_and_redeploying_with_active_reopens(people: People) -> None:
    path = people.project(deployed=True)
    people.call("owner", "PATCH", f"{path}deployment/", {"active": False})
    detail = people.call("owner", "GET", path).json()
    assert (detail["deployment_status"], detail["deployment__links"]) == ("archived", {})
    body: dict[str, Any] = {"version_id": detail["version_id"], "active": False}
    assert people.call("owner", "PATCH", f"{path}deployment/", body).json()["active"] is False
    assert people.call("owner", "PATCH", f"{path}deployment/", {"active": True}).json()["active"] is True
    assert people.call("owner", "PATCH", f"{path}deployment/", {}).status_code == 200
    actions = people.call("owner", "GET", f"{path}history/actions/").json()["actions"]
    assert actions == ["archive", "deploy", "redeploy", "unarchive"]


def test_deleting_needs_the_owner(people: People) -> None:
    path = people.project()
    people.grant(path, "alice", "manage_asset")
    assert people.call("alice", "DELETE", path).status_code == 403
    assert people.call("bob", "DELETE", path).status_code == 404
    assert people.call("owner", "DELETE", path).status_code == 204
    assert people.call("root", "GET", path).status_code == 404


def test_who_made_it_may_delete_it_while_it_is_empty(people: People) -> None:
    path = people.project()
    body = {"recipient": f"/api/v2/users/{people.names['alice']}/", "assets": [uid_of(path)]}
    url = people.call("owner", "POST", "/api/v2/project-ownership/invites/", body).json()["url"]
    people.call("alice", "PATCH", url, {"status": "accepted"})
    assert people.call("owner", "GET", path).json()["owner__username"] == people.names["alice"]
    assert people.call("owner", "DELETE", path).status_code == 204


def test_undelete_reopens_what_was_archived(people: People) -> None:
    path = people.project(deployed=True)
    people.call("owner", "PATCH", f"{path}deployment/", {"active": False})
    people.call("owner", "DELETE", path)
    payload = {"payload": {"asset_uids": [uid_of(path)], "action": "undelete"}}
    assert people.call("owner", "POST", "/api/v2/assets/bulk/", payload).status_code == 403
    assert people.call("root", "POST", "/api/v2/assets/bulk/", payload).status_code == 200
    assert people.call("owner", "GET", path).json()["deployment_status"] == "deployed"


def test_confirm_acts_on_all_of_ones_own(people: People) -> None:
    mine, other = people.project("carol"), people.project("bob")
    reply = people.call("carol", "POST", "/api/v2/assets/bulk/", {"payload": {"action": "delete", "confirm": True}})
    assert reply.status_code == 200
    assert people.call("carol", "GET", mine).status_code == 404
    assert people.call("bob", "GET", other).status_code == 200


def test_lists_by_how_one_came_to_a_project(people: People) -> None:
    path = people.project("bob")
    people.call("bob", "POST", f"{path}permission-assignments/", people.row("carol", "view_asset"))

    def uids(role: str, status: str) -> set[str]:
        found = people.call(role, "GET", "/api/v2/assets/", params={"status": status, "limit": 1000}).json()
        return {a["uid"] for a in found["results"]}

    assert uid_of(path) in uids("bob", "private")
    assert uid_of(path) not in uids("bob", "shared")
    assert uid_of(path) in uids("carol", "shared")
    assert uid_of(path) not in uids("carol", "private")


def test_public_collections_are_followed(people: People) -> None:
    box = people.project(asset_type="collection", name="Box", content=None)
    item = people.project(asset_type="question", content=CONTENT, parent=people.server.url + box)
    assert people.call("owner", "GET", item).json()["asset_type"] == "block"
    subscribe = {"asset": box}
    assert people.call("bob", "POST", "/api/v2/asset_subscriptions/", subscribe).status_code == 400
    people.grant(box, "AnonymousUser", "discover_asset")
    mine = people.call("bob", "POST", "/api/v2/asset_subscriptions/", subscribe)
    assert mine.status_code == 201
    children = people.call("bob", "GET", "/api/v2/assets/", params={"q": f"parent__uid:{uid_of(box)}"}).json()
    assert [a["uid"] for a in children["results"]] == [uid_of(item)]
    detail = people.call("bob", "GET", box).json()
    assert detail["access_types"] == ["public", "subscribed"]
    assert detail["status"] == "public-discoverable"
    assert people.call("bob", "DELETE", mine.json()["url"]).status_code == 204


def test_what_is_put_into_a_shared_collection_is_shared(people: People) -> None:
    box = people.project(asset_type="collection", name="Box", content=None)
    people.grant(box, "bob", "change_asset")
    item = people.project(asset_type="question", content=CONTENT, parent=box)
    assert people.rights(item, "bob") == {"view_asset", "change_asset"}
    refused = people.call("owner", "PATCH", item, {"parent": item})
    assert (refused.status_code, list(refused.json())) == (400, ["parent"])


def test_light_lists(people: People) -> None:
    path = people.project(name="Lighthouse")
    first = people.call("owner", "GET", "/api/v2/assets/hash/").json()["hash"]
    people.call("owner", "PATCH", path, {"settings": {"description": "x"}})
    assert people.call("owner", "GET", "/api/v2/assets/hash/").json()["hash"] == first
    people.call("owner", "PATCH", path, {"name": "Lighthouse two"})
    assert people.call("owner", "GET", "/api/v2/assets/hash/").json()["hash"] != first
    assert people.call(None, "GET", "/api/v2/assets/hash/").status_code == 401
    short = people.call("owner", "GET", "/api/v2/assets/minimal-list/", params={"q": "lighthouse"}).json()
    assert short["results"] == [{"uid": uid_of(path), "name": "Lighthouse two", "deployment_status": "draft"}]
    assert "count" not in short


def test_the_list_under_the_name_that_scripts_use(people: People) -> None:
    path = people.project(name="By suffix")
    found = people.call("owner", "GET", "/api/v2/assets.json", params={"q": '"By suffix"', "limit": 1}).json()
    assert [asset["uid"] for asset in found["results"]] == [uid_of(path)]


def test_data_of_one_project_in_the_form_of_another(people: People) -> None:
    source, target = people.project(deployed=True), people.project()
    body = {"source": source, "fields": [], "filename": "people"}
    assert people.call("owner", "POST", f"{target}paired-data/", body).status_code == 400
    people.call("owner", "PATCH", source, {"data_sharing": {"enabled": True, "fields": []}})
    link = people.call("owner", "POST", f"{target}paired-data/", body)
    assert (link.status_code, link.json()["filename"]) == (201, "people.xml")
    assert people.call("owner", "POST", f"{target}paired-data/", body).status_code == 400
    assert people.call("owner", "GET", link.json()["url"] + "external.xml").status_code == 200
    assert people.call("bob", "GET", f"{target}paired-data/").status_code == 404
    people.call("owner", "DELETE", source)
    assert people.call("owner", "GET", link.json()["url"]).json()["source"] is None
    assert people.call("owner", "DELETE", link.json()["url"]).status_code == 204


def test_a_superuser_opens_everything_and_lists_only_his_own(people: People) -> None:
    path = people.project(deployed=True)
    detail = people.call("root", "GET", path).json()
    assert detail["effective_permissions"] == []
    assert detail["deployment__submission_count"] == 0
    assert people.call("root", "GET", f"{path}history/").status_code == 200
    assert people.call("root", "PATCH", path, {"name": "By root"}).status_code == 200
