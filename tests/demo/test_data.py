"""``A/data/``: lists and single records, their formats, and who may read what."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kobotui.demo.state import Asset

from .project import CONTENT, PLAIN, Server, make_asset, make_state, serving

PARTIAL: dict[str, Any] = {"view_submissions": [{"_submitted_by": "ben"}]}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(make_state()) as client:
        yield client


@pytest.fixture
async def asset(server: Server) -> Asset:
    """Three records: two of ann's, one of ben's."""
    found = make_asset(server.state, PLAIN, ben=["add_submissions"], cleo=[PARTIAL], dora=["view_submissions"])
    for who, q1, q2 in (("ann", "b", "1"), ("ben", "a", "2"), ("ann", "c", "3")):
        assert (await server.send(found, f"<q1>{q1}</q1><q2>{q2}</q2>", who=who)).status_code == 201
    return found


async def test_paging_and_links(server: Server, asset: Asset) -> None:
    body = (await server.get(f"A/{asset.uid}/data/", params={"limit": 2, "fields": '["q1"]'})).json()
    assert body["count"] == 3
    assert body["previous"] is None
    assert body["next"] == f"http://kobo.test/api/v2/assets/{asset.uid}/data/?fields=%5B%22q1%22%5D&limit=2&start=2"
    assert [set(row) for row in body["results"]] == [{"q1", "_id", "_uuid", "meta/rootUuid", "_validation_status"}] * 2
    assert [r["q1"] for r in await server.rows(asset, start="2")] == ["c"]
    # Offset and page are ignored for the rows.
    assert [r["q1"] for r in await server.rows(asset, offset="2")] == ["b", "a", "c"]
    assert [r["q1"] for r in await server.rows(asset, page="2", page_size="1")] == ["b", "a", "c"]
    assert (
        (await server.get(f"A/{asset.uid}/data/", params={"limit": 5000, "start": 1}))
        .json()["previous"]
        .endswith("?limit=1000")
    )


async def test_sorting(server: Server, asset: Asset) -> None:
    assert [r["q1"] for r in await server.rows(asset, sort='{"q1":1}')] == ["a", "b", "c"]
    assert [r["q1"] for r in await server.rows(asset, sort='{"q1":"-1"}')] == ["c", "b", "a"]
    assert [r["q1"] for r in await server.rows(asset, sort="{}")] == ["b", "a", "c"]
    # Equal values stand in order of arrival, whichever the direction.
    for kept in asset.records.added.values() if asset.records else ():
        kept.time = kept.row["_submission_time"] = "2026-01-01T00:00:00"
    for direction in (1, -1):
        assert [r["q1"] for r in await server.rows(asset, sort=f'{{"_submission_time":{direction}}}')] == [
            "b",
            "a",
            "c",
        ]


@pytest.mark.parametrize(
    ("params", "status", "body"),
    [
        ({"limit": "0"}, 400, {"limit": "A positive integer is required"}),
        ({"limit": "abc"}, 400, {"limit": "A positive integer is required"}),
        ({"start": "-1"}, 400, {"start": "A positive integer is required"}),
        ({"query": "{bad"}, 400, {"query": "Value must be valid JSON."}),
        ({"sort": "{bad"}, 400, {"sort": "Value must be valid JSON."}),
        ({"fields": "{bad"}, 400, {"fields": "Value must be valid JSON."}),
        ({"query": "[]"}, 400, None),
        ({"fields": "{}"}, 400, None),
        ({"sort": "[1]"}, 400, None),
        ({"count": "1"}, 400, None),
        ({"sort": '{"_id":"x"}'}, 500, {"error": "Server Error (500)"}),
        ({"query": '{"q1":{"$regex":"("}}'}, 400, ["Unsupported query"]),
        ({"format": "csv"}, 404, {"detail": "Not found."}),
        ({"format": "xml"}, 406, {"detail": "Could not satisfy the request Accept header."}),
    ],
)
async def test_bad_input(server: Server, asset: Asset, params: dict[str, str], status: int, body: Any) -> None:
    response = await server.get(f"A/{asset.uid}/data/", params=params)
    assert response.status_code == status
    if body is not None:
        assert response.json() == body


async def test_who_reads_what(server: Server, asset: Asset) -> None:
    path = f"A/{asset.uid}/data/"
    assert (await server.get(path, "ben")).status_code == 404  # adds, and sees the project
    assert (await server.get(path, None)).status_code == 404
    assert (await server.get("A/aNone/data/")).status_code == 404
    assert [r["q1"] for r in await server.rows(asset, "cleo")] == ["a"]
    assert await server.rows(asset, "cleo", query='{"q1":"b"}') == []
    assert [r["q1"] for r in await server.rows(asset, "cleo", query='{"$or":[{"q1":"b"},{"q1":"a"}]}')] == ["a"]
    ids = [r["_id"] for r in await server.rows(asset)]
    assert (await server.get(f"{path}{ids[0]}/", "cleo")).status_code == 404
    assert (await server.get(f"{path}{ids[1]}/", "cleo")).status_code == 200
    assert len(await server.rows(asset, "dora")) == len(await server.rows(asset, "root")) == 3
    draft = make_asset(server.state, PLAIN)
    draft.records = draft.deployment = None
    response = await server.get(f"A/{draft.uid}/data/")
    assert (response.status_code, response.json()) == (400, {"detail": "The specified asset has not been deployed"})


async def test_every_list_is_noted_in_the_history(server: Server, asset: Asset) -> None:
    before = sum(event.action == "view-data" for event in asset.history)
    await server.rows(asset)
    await server.rows(asset, "dora")
    noted = [event.username for event in asset.history if event.action == "view-data"]
    assert noted[before:] == ["ann", "dora"]


async def test_one_record_by_all_its_names(server: Server, asset: Asset) -> None:
    row = (await server.rows(asset))[0]
    for name in (row["_id"], row["_uuid"], row["meta/rootUuid"]):
        assert (await server.get(f"A/{asset.uid}/data/{name}/")).json() == row
    for name in (99_999_999, "nobody", "uuid:nobody", "9" * 40):
        assert (await server.get(f"A/{asset.uid}/data/{name}/")).status_code == 404
    refused = await server.call("PATCH", f"A/{asset.uid}/data/{row['_id']}/", json={"q1": "x"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, DELETE, HEAD, OPTIONS")
    assert (await server.call("POST", f"A/{asset.uid}/data/", json={})).status_code == 405


async def test_xml_of_one_and_of_many(server: Server, asset: Asset) -> None:
    row = (await server.rows(asset))[0]
    anything = {"Accept": "*/*"}
    for path, params in ((f"data/{row['_id']}.xml", {}), (f"data/{row['_id']}/", {"format": "xml"})):
        response = await server.get(f"A/{asset.uid}/{path}", params=params, headers=anything)
        assert response.headers["content-type"] == "application/xml; charset=utf-8"
        assert response.text.startswith(f'<?xml version="1.0" ?><{asset.uid} xmlns:orx=')
        assert "<q1>b</q1>" in response.text
        assert (await server.get(f"A/{asset.uid}/{path}", params=params)).status_code == 406
    response = await server.get(
        f"A/{asset.uid}/data/", params={"format": "xml", "query": '{"q1":{"$ne":"b"}}'}, headers=anything
    )
    assert "<count>2</count>" in response.text
    assert response.text.count(f"<{asset.uid} ") == 2
    assert response.text.endswith("</results></root>")
    for params in ({"sort": "{}"}, {"fields": "[]"}, {"limit": "x"}):
        assert (await server.get(f"A/{asset.uid}/data.xml", params=params, headers=anything)).status_code == 400
    missing = await server.get(f"A/{asset.uid}/data/9999999.xml", headers=anything)
    assert (missing.status_code, missing.text.split("\n")[1]) == (404, "<root><detail>Not found.</detail></root>")


async def test_geojson_is_one_collection_without_envelope(server: Server) -> None:
    asset = make_asset(server.state, CONTENT)
    await server.send(asset, "<loc><gps>1.5 2.5 3 4</gps></loc><age>30</age><kid><kname>A</kname></kid>")
    await server.send(asset, "<age>31</age>")
    body = (await server.get(f"A/{asset.uid}/data/", params={"format": "geojson"})).json()
    assert [f["geometry"] for f in body["features"]] == [{"type": "Point", "coordinates": [2.5, 1.5, 3.0]}]
    properties = body["features"][0]["properties"]
    assert properties["age"] == "30"
    assert properties["loc/_gps_latitude"] == "1.5"
    assert not any(key.startswith(("kid", "meta", "_id")) for key in properties)
    other = await server.get(
        f"A/{asset.uid}/data.geojson", params={"geo_question_name": "other"}, headers={"Accept": "*/*"}
    )
    assert other.json()["features"] == []


async def test_an_inner_repeat_of_one_round_is_a_list(server: Server) -> None:
    asset = make_asset(server.state, CONTENT)
    await server.send(asset, "<kid><kname>A</kname><visit><vdate>2026-01-01</vdate></visit></kid><n_kids/>")
    row = (await server.rows(asset))[0]
    assert row["kid"] == [{"kid/kname": "A", "kid/visit": [{"kid/visit/vdate": "2026-01-01"}]}]
    assert "n_kids" not in row
    assert row["_geolocation"] == [None, None]
    found = await server.rows(asset, query=json.dumps({"kid": {"$elemMatch": {"kid/kname": "A"}}}))
    assert len(found) == 1


async def test_links_into_the_web_form(server: Server, asset: Asset) -> None:
    record_id = (await server.rows(asset))[0]["_id"]
    path = f"A/{asset.uid}/data/{record_id}/"
    for link in ("enketo/edit/", "enketo/view/", "edit/"):
        body = (await server.get(path + link, params={"return_url": "false"})).json()
        assert body["url"].startswith("http")
        assert body["version_uid"] == asset.versions[0].uid
    assert (await server.get(path + "enketo/redirect/view/")).status_code == 302
    assert (await server.get(path + "enketo/edit/", "dora")).status_code == 403
    assert (await server.get(path + "enketo/view/", "dora")).status_code == 200
    assert (await server.get(path + "enketo/other/")).status_code == 404
