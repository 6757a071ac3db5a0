"""Recorded bodies arrive whole: uids, counts, rights, dates and every answer equal those in the body."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from kobotui.api.client import KoboClient
from kobotui.api.errors import Unreadable
from kobotui.model.access import CODENAMES, PARTIAL
from kobotui.model.project import Project
from tests.api.conftest import KNOWN, SERVER, UID

SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
ASSETS = f"{SERVER}/api/v2/assets/"
DETAILS = ["asset-detail-household-trilingual", "asset-detail-long-150-questions", "asset-detail-clinic-repeats"]
DATA = ["data-household-100", "data-long-60", "data-clinic-50"]
FACTS: dict[str, dict[str, Any]] = {
    entry["file"].removesuffix(".json"): entry["facts"] for entry in json.loads((SAMPLES / "index.json").read_text())
}


def body(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def serve(server: respx.MockRouter, url: str, content: Any) -> respx.Route:
    """The server says this at that address."""
    return server.get(url).mock(return_value=httpx.Response(200, json=content, headers=KNOWN))


def same_moment(moment: object, text: object) -> None:
    """A date arrived as it was sent, with its zone."""
    if not text:
        assert moment in (None, False)
        return
    assert isinstance(moment, datetime)
    assert moment.tzinfo is not None
    assert moment == datetime.fromisoformat(str(text))


def same_rows(rows: list[Any], sent: list[dict[str, Any]]) -> None:
    """Rows of a team arrived as they were sent."""
    assert len(rows) == len(sent)
    for row, raw in zip(rows, sent, strict=True):
        assert (row.url, row.user, row.permission) == (raw["url"], raw["user"], raw["permission"])
        assert row.uid == raw["url"].split("/")[-2]
        assert row.username == raw["user"].split("/")[-2]
        assert row.codename == raw["permission"].split("/")[-2]
        assert row.codename in CODENAMES
        assert [{"url": part.url, "filters": part.filters} for part in row.partial_permissions] == raw.get(
            "partial_permissions", []
        )


def same_project(project: Project, raw: dict[str, Any]) -> None:
    """A project arrived as it was sent."""
    for name, key in {
        "uid": "uid",
        "name": "name",
        "asset_type": "asset_type",
        "owner": "owner__username",
        "owner_label": "owner_label",
        "version_id": "version_id",
        "deployed_version_id": "deployed_version_id",
        "has_deployment": "has_deployment",
        "deployment_status": "deployment_status",
        "active": "deployment__active",
        "submission_count": "deployment__submission_count",
        "form_uuid": "deployment__uuid",
        "settings": "settings",
        "summary": "summary",
        "tag_string": "tag_string",
        "status": "status",
        "last_modified_by": "last_modified_by",
        "parent": "parent",
    }.items():
        assert getattr(project, name) == raw[key], key
    same_moment(project.date_created, raw["date_created"])
    same_moment(project.date_modified, raw["date_modified"])
    same_moment(project.date_deployed, raw["date_deployed"])
    same_moment(project.last_submission_time, raw["deployment__last_submission_time"])
    same_rows(project.permissions, raw["permissions"])


async def test_the_list_of_projects(server: respx.MockRouter, kobo: KoboClient) -> None:
    sent = body("asset-list-60")
    route = serve(server, ASSETS, sent)
    page = await kobo.projects.page(limit=60)
    facts = FACTS["asset-list-60"]
    assert (page.count, len(page)) == (facts["count"], facts["results"])
    assert sum(len(project.permissions) for project in page) == facts["permission_rows"]
    for status, number in facts["deployment_status"].items():
        assert sum(project.deployment_status == status for project in page) == number
    for project, raw in zip(page, sent["results"], strict=True):
        same_project(project, raw)
    assert route.calls.last.request.url.params["q"] == "asset_type:survey"


@pytest.mark.parametrize("name", DETAILS)
async def test_details_of_projects(server: respx.MockRouter, kobo: KoboClient, name: str) -> None:
    sent = body(name)
    route = serve(server, f"{ASSETS}{sent['uid']}/", sent)
    project = await kobo.projects.get(sent["uid"])
    facts = FACTS[name]
    assert (project.name, project.submission_count) == (facts["name"], facts["submission_count"])
    assert len(project.permissions) == facts["permissions"]
    assert len(project.content["survey"]) == facts["survey_rows"]
    assert project.content["translations"] == facts["translations"]
    same_project(project, sent)
    assert project.content == sent["content"]
    assert project.content_hash == sent["version__content_hash"]
    assert project.rights == {entry["codename"] for entry in sent["effective_permissions"]}
    assert len(project.rights) == facts["effective_permissions"]
    assert project.deployed_versions.count == sent["deployed_versions"]["count"]
    for version, raw in zip(project.deployed_versions.results, sent["deployed_versions"]["results"], strict=True):
        assert (version.uid, version.content_hash) == (raw["uid"], raw["content_hash"])
        same_moment(version.date_deployed, raw["date_deployed"])
    assert route.calls.last.request.url.params["exclude"] == "deployment__links"


@pytest.mark.parametrize("name", DATA)
async def test_records(server: respx.MockRouter, kobo: KoboClient, name: str) -> None:
    sent = body(name)
    serve(server, f"{ASSETS}{UID}/data/", sent)
    page = await kobo.submissions(UID).page(limit=100)
    assert (page.count, len(page)) == (FACTS[name]["count"], FACTS[name]["results"])
    for record, raw in zip(page, sent["results"], strict=True):
        assert record.id == raw["_id"]
        assert record.raw == raw
        for path, value in raw.items():
            assert record.answer(path) == value
        assert record.uuid == raw["_uuid"]
        assert f"uuid:{record.root_uuid}" == raw["meta/rootUuid"]
        assert record.submitted == raw["_submission_time"]
        assert record.submitted_by == raw["_submitted_by"]
        assert record.validation == (raw["_validation_status"].get("uid") or None)
        assert [file.uid for file in record.attachments] == [file["uid"] for file in raw["_attachments"]]
    assert len({key for record in page for key in record.raw}) == FACTS[name].get(
        "distinct_keys", len({key for raw in sent["results"] for key in raw})
    )


async def test_a_team_of_thirty(server: respx.MockRouter, kobo: KoboClient) -> None:
    sent = body("permission-assignments-30-users")
    serve(server, f"{ASSETS}{UID}/permission-assignments/", sent)
    rows = await kobo.access(UID).read()
    facts = FACTS["permission-assignments-30-users"]
    assert (len(rows), len({row.username for row in rows})) == (facts["rows"], facts["users"])
    same_rows(rows, sent)
    assert any(row.codename == PARTIAL for row in rows) == any("partial_permissions" in raw for raw in sent)


async def test_the_environment(server: respx.MockRouter, kobo: KoboClient) -> None:
    sent = body("environment")
    serve(server, f"{SERVER}/api/v2/environment/", sent)
    environment = await kobo.environment()
    facts = FACTS["environment"]
    assert environment.openrosa == sent["open_rosa_server"]
    assert [list(pair) for pair in environment.sector_choices] == sent["sector_choices"]
    assert [list(pair) for pair in environment.country_choices] == sent["country_choices"]
    assert (len(environment.sector_choices), len(environment.country_choices)) == (facts["sectors"], facts["countries"])
    assert environment.mfa_enabled == sent["mfa_enabled"]


async def test_the_history(server: respx.MockRouter, kobo: KoboClient) -> None:
    sent = body("history-household")
    serve(server, f"{ASSETS}{UID}/history/", sent)
    page = await kobo.history(UID).page(limit=20)
    assert (page.count, len(page)) == (FACTS["history-household"]["count"], FACTS["history-household"]["results"])
    for entry, raw in zip(page, sent["results"], strict=True):
        assert (entry.username, entry.action, entry.metadata) == (raw["username"], raw["action"], raw["metadata"])
        same_moment(entry.date_created, raw["date_created"])


async def test_xml_of_a_record_arrives_byte_by_byte(server: respx.MockRouter, kobo: KoboClient) -> None:
    sent = (SAMPLES / "row-clinic.xml").read_bytes()
    reply = httpx.Response(200, content=sent, headers=KNOWN | {"Content-Type": "application/xml; charset=utf-8"})
    server.get(f"{ASSETS}{UID}/data/3008.xml").mock(return_value=reply)
    assert await kobo.submissions(UID).xml(3008) == sent


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("uid", None),
        ("name", 5),
        ("owner__username", ["ana"]),
        ("date_modified", "yesterday"),
        ("has_deployment", "yes"),
        ("deployment__submission_count", "many"),
        ("permissions", {"a": 1}),
        ("settings", "x"),
    ],
)
async def test_a_promised_key_of_the_wrong_type(
    server: respx.MockRouter, kobo: KoboClient, key: str, wrong: object
) -> None:
    sent = body("asset-list-60")
    sent["results"][7][key] = wrong
    serve(server, ASSETS, sent)
    with pytest.raises(Unreadable, match=r"\$\.results\[7\]\."):
        await kobo.projects.page()


@pytest.mark.parametrize("key", ["uid", "owner__username", "date_modified", "deployment_status"])
async def test_a_promised_key_that_is_missing(server: respx.MockRouter, kobo: KoboClient, key: str) -> None:
    sent = body("asset-list-60")
    del sent["results"][7][key]
    serve(server, ASSETS, sent)
    with pytest.raises(Unreadable, match=key):
        await kobo.projects.page()


@pytest.mark.parametrize("wrong", ["7", None, True, 7.5])
async def test_a_record_without_a_proper_number(server: respx.MockRouter, kobo: KoboClient, wrong: object) -> None:
    serve(server, f"{ASSETS}{UID}/data/", {"count": 1, "results": [{"_id": wrong}]})
    with pytest.raises(Unreadable, match="_id"):
        await kobo.submissions(UID).page()


async def test_unknown_keys_are_fine_everywhere(server: respx.MockRouter, kobo: KoboClient) -> None:
    sent = body("asset-list-60")
    sent["brand_new"] = 1
    for raw in sent["results"]:
        raw["brand_new"] = {"deep": [None]}
        for row in raw["permissions"]:
            row["brand_new"] = []
    serve(server, ASSETS, sent)
    assert len(await kobo.projects.page()) == 60
