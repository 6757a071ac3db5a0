"""Writing submissions: bulk edit and delete, validation, duplicates; by whom, and what the server refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kobotui.demo.state import Asset, Row

from .project import CONTENT, PLAIN, Server, make_asset, make_state, serving

APPROVED = {"validation_status.uid": "validation_status_approved"}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(make_state()) as client:
        yield client


@pytest.fixture
async def asset(server: Server) -> Asset:
    """Three records: two of ann's, one of ben's."""
    found = make_asset(server.state, PLAIN, ben=["add_submissions"], dora=["view_submissions"])
    for who, q1 in (("ann", "b"), ("ben", "a"), ("ann", "c")):
        assert (await server.send(found, f"<q1>{q1}</q1><q2>1</q2>", who=who)).status_code == 201
    return found


def rule(server: Server, asset: Asset, *codenames: str) -> None:
    """Cleo may do this to ben's records."""
    filters: list[dict[str, Any]] = [{"_submitted_by": "ben"}]
    reach = dict(zip(("view_submissions", *codenames), [filters] * 9, strict=False))
    asset.rows.append(Row("p1", "cleo", "view_asset"))
    asset.rows.append(Row("p2", "cleo", "partial_submissions", reach))


async def bulk(server: Server, asset: Asset, who: str = "ann", method: str = "PATCH", **payload: Any) -> Any:
    response = await server.call(method, f"A/{asset.uid}/data/bulk/", who, json={"payload": payload})
    return response.status_code, response.json()


async def ids_of(server: Server, asset: Asset) -> list[int]:
    return [row["_id"] for row in await server.rows(asset)]


async def test_an_edit_and_what_it_leaves(server: Server, asset: Asset) -> None:
    before = await server.rows(asset)
    status, body = await bulk(
        server,
        asset,
        submission_ids=[before[1]["_id"], before[0]["_id"], 999_999],
        data={"q1": "x", "new/field": "y", "q2": None},
    )
    assert status == 200
    assert (body["count"], body["successes"], body["failures"]) == (2, 2, 0)
    assert [r["root_uuid"] for r in body["results"]] == [row["_uuid"] for row in before[:2]]
    after = await server.rows(asset)
    for old, new, result in zip(before[:2], after[:2], body["results"], strict=True):
        assert (new["_id"], new["q1"], new["new/field"]) == (old["_id"], "x", "y")
        assert "q2" not in new
        assert new["_uuid"] == result["uuid"] != old["_uuid"]
        assert new["meta/instanceID"] == "uuid:" + new["_uuid"]
        assert new["meta/deprecatedID"] == "uuid:" + old["_uuid"]
        assert new["meta/rootUuid"] == old["meta/rootUuid"]
        assert (new["_submission_time"], new["_submitted_by"]) == (old["_submission_time"], old["_submitted_by"])
    assert after[2] == before[2]
    assert [e.metadata["submission"]["root_uuid"] for e in asset.history if e.action == "modify-submission"] == [
        row["_uuid"] for row in before[:2]
    ]


async def test_the_servers_own_fields_are_left_alone(server: Server, asset: Asset) -> None:
    first = (await ids_of(server, asset))[0]
    data = {"__version__": "v", "formhub/uuid": "f", "meta/instanceID": "i", "q1": "x"}
    assert (await bulk(server, asset, submission_ids=[first], data=data))[0] == 200
    row = (await server.rows(asset))[0]
    assert (row["__version__"], row["q1"]) == ("v1", "x")
    assert row["formhub/uuid"] != "f"


async def test_positions_inside_repeats(server: Server) -> None:
    asset = make_asset(server.state, CONTENT)
    kids = "".join(f"<kid><kname>{n}</kname><visit><vdate>1</vdate></visit></kid>" for n in "AB")
    await server.send(asset, kids)
    (record_id,) = await ids_of(server, asset)
    data = {"kid[2]/kname": "E", "kid[2]/visit[1]/vdate": "9", "kid/kname": "first"}
    assert (await bulk(server, asset, submission_ids=[record_id], data=data))[0] == 200
    kid = (await server.rows(asset))[0]["kid"]
    assert [k["kid/kname"] for k in kid] == ["first", "E"]
    assert kid[1]["kid/visit"] == [{"kid/visit/vdate": "9"}]
    before = await server.rows(asset)
    status, _ = await bulk(server, asset, submission_ids=[record_id], data={"kid[1]/kname": "no", "kid[3]/kname": "x"})
    assert status == 400
    assert await server.rows(asset) == before


@pytest.mark.parametrize(
    ("payload", "status", "body"),
    [
        ({"submission_ids": [1]}, 400, {"payload": ["`data` is required"]}),
        ({"data": {"q1": "x"}}, 400, {"payload": ["Confirmation is required"]}),
        ({"submission_ids": [], "data": {}}, 400, {"payload": ["`submission_ids` must contain at least one value"]}),
        (
            {"submission_ids": ["x"], "data": {}},
            400,
            {"payload": ["`submission_ids` must only contain integer values"]},
        ),
        (
            {"submission_ids": [424242], "data": {"q1": "x"}},
            400,
            ["No submissions match the given `submission_ids`"],
        ),
        ({"query": {"q1": "b"}}, 500, {"error": "Server Error (500)"}),
        ({"query": {}, "data": {"q1": 5}}, 500, {"error": "Server Error (500)"}),
        ({"query": {"$or": 1}, "data": {"q1": "x"}}, 400, ["Unsupported query"]),
    ],
)
async def test_payloads_refused(server: Server, asset: Asset, payload: Any, status: int, body: Any) -> None:
    before = await server.rows(asset)
    assert await bulk(server, asset, **payload) == (status, body)
    assert await server.rows(asset) == before


async def test_wrapping(server: Server, asset: Asset) -> None:
    for body, message in (({}, "This field is required."), ({"payload": "{x"}, "Unable to parse JSON")):
        response = await server.call("PATCH", f"A/{asset.uid}/data/bulk/", json=body)
        assert (response.status_code, response.json()) == (400, {"payload": [message]})


async def test_a_query_edits_all_it_matches(server: Server, asset: Asset) -> None:
    assert (await bulk(server, asset, query={"_submitted_by": "ann"}, data={"q2": "7"}))[1]["count"] == 2
    assert (await bulk(server, asset, query={}, data={"q2": "8"}))[1]["count"] == 3  # no confirmation asked
    assert {row["q2"] for row in await server.rows(asset)} == {"8"}


async def test_edits_of_one_record_at_once(server: Server, asset: Asset) -> None:
    first = (await ids_of(server, asset))[0]
    replies = await asyncio.gather(*(bulk(server, asset, submission_ids=[first], data={"q1": v}) for v in "xyz"))
    assert [status for status, _ in replies] == [200] * 3
    roots = [body["results"][0]["root_uuid"] for _, body in replies]
    assert sorted(root is None for root in roots) == [False, True, True]
    stored = (await server.rows(asset))[0]["q1"]
    assert stored == "xyz"[next(i for i, root in enumerate(roots) if root)]


async def test_rows_that_fail(server: Server, asset: Asset) -> None:
    ids = await ids_of(server, asset)
    before = await server.rows(asset)
    assert asset.deployment is not None
    status, body = await bulk(server, asset, submission_ids=ids, data={"q1": "bell \x07"})
    assert (status, body["failures"], {r["status_code"] for r in body["results"]}) == (400, 3, {400})
    status, body = await bulk(server, asset, "root", submission_ids=ids, data={"q1": "x"})
    assert (status, {r["message"] for r in body["results"]}) == (400, {"Access denied"})
    asset.deployment.active = False
    status, body = await bulk(server, asset, submission_ids=ids, data={"q1": "x"})
    assert (status, {r["message"] for r in body["results"]}) == (400, {"Form is not active"})
    assert {r["root_uuid"] for r in body["results"]} == {None}
    assert await server.rows(asset) == before


async def test_rights_to_write(server: Server, asset: Asset) -> None:
    ids = await ids_of(server, asset)
    assert (await bulk(server, asset, "dora", submission_ids=ids, data={"q1": "x"}))[0] == 403
    assert (await bulk(server, asset, "ben", submission_ids=ids, data={"q1": "x"}))[0] == 404
    rule(server, asset)
    assert (await bulk(server, asset, "cleo", submission_ids=ids[1:2], data={"q1": "x"}))[0] == 403
    asset.rows.pop()
    rule(server, asset, "change_submissions", "delete_submissions", "validate_submissions")
    assert (await bulk(server, asset, "cleo", submission_ids=ids, data={"q1": "x"}))[0] == 403
    assert (await bulk(server, asset, "cleo", submission_ids=ids[1:2], data={"q1": "mine"}))[0] == 200
    assert (await bulk(server, asset, "cleo", query={}, data={"q2": "mine"}))[1]["count"] == 1
    assert [row.get("q2") for row in await server.rows(asset)] == ["1", "mine", "1"]
    path = f"A/{asset.uid}/data/{ids[0]}/"
    assert (await server.call("PATCH", path + "validation_status/", "cleo", json=APPROVED)).status_code == 403
    assert (await server.call("DELETE", path, "cleo")).status_code == 403
    assert (await server.call("POST", path + "duplicate/", "cleo")).status_code == 403
    mine = f"A/{asset.uid}/data/{ids[1]}/"
    assert (await server.call("POST", mine + "duplicate/", "cleo")).status_code == 500
    assert (await server.call("PATCH", mine + "validation_status/", "cleo", json=APPROVED)).status_code == 200
    assert await bulk(server, asset, "cleo", "DELETE", confirm=True) == (
        200,
        {"detail": "1 submissions have been deleted"},
    )
    assert await ids_of(server, asset) == [ids[0], ids[2]]


async def test_deleting(server: Server, asset: Asset) -> None:
    ids = await ids_of(server, asset)
    unknown = {"detail": "One or more submission ids are invalid"}
    assert await bulk(server, asset, method="DELETE", submission_ids=[ids[0], 424242]) == (400, unknown)
    assert (await bulk(server, asset, method="DELETE"))[1] == {"payload": ["Confirmation is required"]}
    for payload in ({"query": {}}, {"confirm": "true"}, {"submission_ids": ids, "query": {"q1": "b"}}):
        assert (await bulk(server, asset, method="DELETE", **payload))[0] == 500
    assert await ids_of(server, asset) == ids
    assert (await server.call("DELETE", f"A/{asset.uid}/data/{ids[0]}/")).status_code == 204
    assert (await server.call("DELETE", f"A/{asset.uid}/data/{ids[0]}/")).status_code == 404
    assert await bulk(server, asset, method="DELETE", query={"q1": "zz"}) == (
        200,
        {"detail": "0 submissions have been deleted"},
    )
    assert await bulk(server, asset, method="DELETE", submission_ids=ids[1:]) == (
        200,
        {"detail": "2 submissions have been deleted"},
    )
    assert sum(e.action == "delete-submission" for e in asset.history) == 3


async def test_validation_of_one(server: Server, asset: Asset) -> None:
    first = (await ids_of(server, asset))[0]
    path = f"A/{asset.uid}/data/{first}/validation_status/"
    assert (await server.get(path)).json() == {}
    body = (await server.call("PATCH", path, json=APPROVED)).json()
    assert (body["uid"], body["by_whom"], body["label"]) == ("validation_status_approved", "ann", "Approved")
    assert (await server.get(path, "dora")).json() == body
    uuid = (await server.rows(asset))[0]["_uuid"]
    wrong = await server.call("PATCH", path, json={"validation_status.uid": "zzz"})
    assert (wrong.status_code, wrong.json()) == (400, {"detail": "Invalid validation status: `zzz`"})
    assert (await server.call("PATCH", path, "dora", json=APPROVED)).status_code == 403
    assert (await server.call("DELETE", path)).status_code == 204
    assert (await server.get(path)).json() == {}
    assert (await server.rows(asset))[0]["_uuid"] == uuid
    assert (
        await server.call("PATCH", f"A/{asset.uid}/data/424242/validation_status/", json=APPROVED)
    ).status_code == 404


async def test_validation_of_many(server: Server, asset: Asset) -> None:
    ids = await ids_of(server, asset)

    async def write(method: str = "PATCH", **payload: Any) -> int:
        path = f"A/{asset.uid}/data/validation_statuses/"
        return (await server.call(method, path, json={"payload": payload})).status_code

    async def statuses() -> list[str | None]:
        return [row["_validation_status"].get("uid", "")[18:] for row in await server.rows(asset)]

    assert await write(submission_ids=ids, **APPROVED) == 200
    assert await statuses() == ["approved"] * 3
    assert await write(submission_ids=[ids[0], 424242], **{"validation_status.uid": ""}) == 400
    assert await write(submission_ids=ids) == 400
    assert await write(**APPROVED) == 400
    assert await statuses() == ["approved"] * 3
    assert await write(query={"q1": "a"}, **{"validation_status.uid": "validation_status_on_hold"}) == 200
    assert await write(submission_ids=ids[:1], **{"validation_status.uid": "unknown"}) == 200  # clears
    assert await statuses() == ["", "on_hold", "approved"]
    assert await write("DELETE", submission_ids=ids[2:], **{"validation_status.uid": None}) == 200
    assert await write("DELETE", submission_ids=ids[:1], **APPROVED) == 200  # sets
    assert await statuses() == ["approved", "on_hold", ""]


async def test_an_archived_project(server: Server, asset: Asset) -> None:
    ids = await ids_of(server, asset)
    assert asset.deployment is not None
    asset.deployment.active = False
    single = f"A/{asset.uid}/data/{ids[0]}/validation_status/"
    assert (await server.call("PATCH", single, json=APPROVED)).status_code == 500
    assert (await server.call("DELETE", single)).status_code == 500
    payload = {"payload": {"submission_ids": ids[:1], **APPROVED}}
    assert (await server.call("PATCH", f"A/{asset.uid}/data/validation_statuses/", json=payload)).status_code == 200
    response = await server.call("POST", f"A/{asset.uid}/data/{ids[0]}/duplicate/")
    assert (response.status_code, response.json()) == (405, "Form is not active")
    assert (await server.call("DELETE", f"A/{asset.uid}/data/{ids[0]}/")).status_code == 204


async def test_a_duplicate_is_a_new_record_with_its_own_files(server: Server) -> None:
    asset = make_asset(server.state, CONTENT)
    answers = "<start>2020-01-01T00:00:00.000+00:00</start><age>30</age><photo>p.png</photo>"
    await server.send(asset, answers, files=[("p.png", b"picture", "image/png")])
    old = (await server.rows(asset))[0]
    await server.call("PATCH", f"A/{asset.uid}/data/{old['_id']}/validation_status/", json=APPROVED)
    await bulk(server, asset, submission_ids=[old["_id"]], data={"age": "31"})
    response = await server.call("POST", f"A/{asset.uid}/data/{old['_id']}/duplicate/")
    assert response.status_code == 201
    new = response.json()
    assert (new["age"], new["_validation_status"], new["_submitted_by"]) == ("31", {}, "ann")
    assert new["_id"] > old["_id"]
    assert new["meta/rootUuid"] == new["meta/instanceID"] == "uuid:" + new["_uuid"]
    assert "meta/deprecatedID" not in new
    assert not new["start"].startswith("2020")
    (entry,) = new["_attachments"]
    assert entry["uid"] != old["_attachments"][0]["uid"]
    assert (
        await server.client.get(entry["download_url"], headers={"Authorization": "Token ann"})
    ).content == b"picture"
    assert (await server.call("POST", f"A/{asset.uid}/data/424242/duplicate/")).status_code == 404
    refused = await server.call("POST", f"A/{asset.uid}/data/{old['_id']}/duplicate/", "root")
    assert (refused.status_code, refused.json()) == (403, "Access denied")
