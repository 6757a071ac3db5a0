"""``POST /submission``: what is stored, repeated, refused, edited and brought back."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from xml.etree.ElementTree import fromstring

import pytest

from kobotui.demo.state import Asset

from .project import CONTENT, PLAIN, Server, make_asset, make_state, record_xml, serving

JSON = {"Accept": "application/json"}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(make_state()) as client:
        yield client


@pytest.fixture
def asset(server: Server) -> Asset:
    return make_asset(server.state, PLAIN, ben=["add_submissions"], dora=["view_submissions"])


async def test_stored_repeated_and_contradicted(server: Server, asset: Asset) -> None:
    first = await server.send(asset, "<q1>a</q1>", "u1")
    assert first.status_code == 201
    assert first.headers["location"] == "http://kobo.test/submission"
    assert first.headers["x-openrosa-version"] == "1.0"
    meta = fromstring(first.text).find("{http://www.opendatakit.org/xforms}submissionMetadata")
    assert meta is not None
    assert (meta.get("id"), meta.get("instanceID")) == (asset.uid, "uuid:u1")
    assert (await server.send(asset, "<q1>a</q1>", "u1")).status_code == 202
    assert (await server.send(asset, "<q1>b</q1>", "u1")).status_code == 409
    assert (await server.send(asset, "<q1>a</q1>", "u1", root=' x="1"')).status_code == 409
    assert len(await server.rows(asset)) == 1
    (row,) = await server.rows(asset)
    assert (row["_submitted_by"], row["_uuid"], row["meta/rootUuid"]) == ("ann", "u1", "uuid:u1")


async def test_replies_in_json(server: Server, asset: Asset) -> None:
    body = (await server.send(asset, "<q1>a</q1>", "u1", headers=JSON)).json()
    assert set(body) == {"message", "formid", "encrypted", "instanceID", "submissionDate", "markedAsCompleteDate"}
    assert (body["formid"], body["instanceID"]) == (asset.uid, "uuid:u1")
    again = await server.send(asset, "<q1>a</q1>", "u1", headers=JSON)
    assert (again.status_code, again.json()) == (202, {"error": "Duplicate Instance"})


async def test_bodies_in_json(server: Server, asset: Asset) -> None:
    assert asset.deployment is not None
    submission = {
        "formhub": {"uuid": asset.deployment.form_uuid},
        "q1": "a",
        "many": ["x", "y"],
        "meta": {"instanceID": "uuid:j1"},
    }
    response = await server.call("POST", "/submission", json={"id": asset.uid, "submission": submission})
    assert response.status_code == 201
    (row,) = await server.rows(asset)
    assert (row["q1"], row["many"], row["_uuid"]) == ("a", "x y", "j1")
    assert (await server.call("POST", "/submission", json={"id": asset.uid})).status_code == 400
    nowhere = {"id": "aNone", "submission": {"meta": {"instanceID": "uuid:x"}}}
    assert (await server.call("POST", "/submission", json=nowhere)).status_code == 404


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<not xml", 400),
        ("<a/>", 400),
        ('<aNone id="aNone"><q/><meta><instanceID>uuid:1</instanceID></meta></aNone>', 404),
    ],
)
async def test_what_is_no_record(server: Server, asset: Asset, text: str, status: int) -> None:
    files = [("xml_submission_file", ("s.xml", text.encode(), "text/xml"))]
    response = await server.call("POST", "/submission", files=files, headers={"Accept": "*/*"})
    assert response.status_code == status
    assert response.headers["content-type"] == "text/xml; charset=utf-8"


async def test_what_is_missing(server: Server, asset: Asset) -> None:
    text = record_xml(asset, "<q1>a</q1>", "x").replace("<instanceID>uuid:x</instanceID>", "")
    files = [("xml_submission_file", ("s.xml", text.encode(), "text/xml"))]
    response = await server.call("POST", "/submission", files=files, headers={"Accept": "*/*"})
    assert (response.status_code, "Instance ID is required" in response.text) == (400, True)
    assert (await server.call("POST", "/submission", data={"a": "b"})).status_code == 500


async def test_addresses(server: Server, asset: Asset) -> None:
    slashed = await server.send(asset, "<q1>a</q1>", path="/submission/")
    assert slashed.status_code == 404
    assert "Retry the request at /submission" in slashed.text
    assert (await server.send(asset, "<q1>a</q1>", path="/ann/submission")).status_code == 201
    assert (await server.send(asset, "<q1>a</q1>", path="/ben/submission")).status_code == 404
    assert (await server.call("HEAD", "/submission")).status_code == 204
    assert (await server.call("GET", "/submission")).status_code == 405


async def test_who_may_send(server: Server, asset: Asset) -> None:
    answers = "<q1>a</q1>"
    assert (await server.send(asset, answers, who="ben")).status_code == 201
    assert (await server.rows(asset))[0]["_submitted_by"] == "ben"
    assert (await server.send(asset, answers, who="dora")).status_code == 403
    assert (await server.send(asset, answers, who="cleo")).status_code == 403
    assert (await server.send(asset, answers, who="root")).status_code == 403
    for who in (None, "nonsense"):
        refused = await server.send(asset, answers, who=who)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Digest ")
    assert asset.deployment is not None
    # The form's own switch decides about people without credentials, whatever the rows say.
    assert (await server.send(asset, answers, who=None, path="/ann/submission")).status_code == 401
    asset.deployment.require_auth = False
    assert (await server.send(asset, answers, who=None, path="/ann/submission")).status_code == 201
    assert (await server.send(asset, answers, who=None)).status_code == 401
    assert (await server.send(asset, answers, who="cleo")).status_code == 201
    assert (await server.send(asset, answers, who="root")).status_code == 403
    assert {row["_submitted_by"] for row in await server.rows(asset)} == {"ben", None, "cleo"}
    asset.deployment.active = False
    assert (await server.send(asset, answers)).status_code == 405


async def test_digest(server: Server, asset: Asset) -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    for password, status in (("secret", 201), ("wrong", 401)):
        answer = md5(":".join([md5(f"ann:DJANGO:{password}"), "n", "00000001", "c", "auth", md5("POST:/submission")]))
        value = (
            'Digest username="ann", realm="DJANGO", nonce="n", uri="/submission", qop=auth, nc=00000001, '
            f'cnonce="c", response="{answer}", algorithm="MD5"'
        )
        response = await server.send(asset, "<q1>a</q1>", who=None, headers={"Authorization": value})
        assert response.status_code == status


async def test_an_edit_is_a_compare_and_swap(server: Server, asset: Asset) -> None:
    await server.send(asset, "<q1>a</q1>", "u1", who="ben")
    change = "<deprecatedID>uuid:u1</deprecatedID>"
    assert (await server.send(asset, "<q1>b</q1>", "u2", who="ben", meta=change)).status_code == 403
    assert (await server.send(asset, "<q1>b</q1>", "u2", meta=change)).status_code == 201
    assert (await server.send(asset, "<q1>b</q1>", "u2", meta=change)).status_code == 202
    assert (await server.send(asset, "<q1>c</q1>", "u3", meta=change)).status_code == 410
    again = "<deprecatedID>uuid:u2</deprecatedID>"
    assert (await server.send(asset, "<q1>d</q1>", "u4", meta=again)).status_code == 201
    assert (await server.send(asset, "<q1>e</q1>", "u5", meta=again)).status_code == 410
    unknown = "<deprecatedID>uuid:nobody</deprecatedID>"
    assert (await server.send(asset, "<q1>e</q1>", "u5", meta=unknown)).status_code == 404
    assert (await server.send(asset, "<q1>a</q1>", "u1", who="ben")).status_code == 409  # edited since
    assert (await server.send(asset, "<q1>b</q1>", "u2")).status_code == 409
    (row,) = await server.rows(asset)
    assert (row["q1"], row["_uuid"], row["meta/rootUuid"], row["_submitted_by"]) == ("d", "u4", "uuid:u1", "ben")


async def test_a_deleted_record_comes_back(server: Server, asset: Asset) -> None:
    await server.send(asset, "<q1>a</q1>", "u1", who="ben")
    (old,) = await server.rows(asset)

    async def stored() -> str:
        return (await server.get(f"A/{asset.uid}/data/{old['_id']}.xml", headers={"Accept": "*/*"})).text

    async def restore(text: str) -> int:
        files = [("xml_submission_file", ("s.xml", text.encode(), "text/xml"))]
        return (await server.call("POST", "/submission", files=files, headers={"Accept": "*/*"})).status_code

    text = await stored()
    await server.call("DELETE", f"A/{asset.uid}/data/{old['_id']}/")
    assert await restore(text) == 201
    (row,) = await server.rows(asset)
    assert row["_id"] > old["_id"]
    assert (row["_uuid"], row["_submitted_by"]) == ("u1", "ann")
    edit = {"payload": {"submission_ids": [row["_id"]], "data": {"q1": "b"}}}
    assert (await server.call("PATCH", f"A/{asset.uid}/data/bulk/", json=edit)).status_code == 200
    old = row
    text = await stored()
    await server.call("DELETE", f"A/{asset.uid}/data/{row['_id']}/")
    assert await restore(text) == 404
    start, end = text.index("<deprecatedID>"), text.index("</deprecatedID>") + len("</deprecatedID>")
    dated = (text[:start] + text[end:]).replace(" id=", ' submissionDate="2026-01-02T05:04:05+02:00" id=', 1)
    assert await restore(dated) == 201
    (row,) = await server.rows(asset)
    assert (row["q1"], row["meta/rootUuid"], row["_submission_time"]) == ("b", "uuid:u1", "2026-01-02T03:04:05")


async def test_generated_records_take_part(server: Server) -> None:
    from .project import NOW

    asset = make_asset(server.state, CONTENT)
    assert asset.records is not None
    asset.records.generate(30, 3, ["ben"], NOW, NOW)
    row = (await server.rows(asset))[4]
    text = (await server.get(f"A/{asset.uid}/data/{row['_id']}.xml", headers={"Accept": "*/*"})).text
    files = [("xml_submission_file", ("s.xml", text.encode(), "text/xml"))]
    assert (await server.call("POST", "/submission", files=files)).status_code == 202
    changed = [("xml_submission_file", ("s.xml", text.replace("<age>", "<age>1").encode(), "text/xml"))]
    assert (await server.call("POST", "/submission", files=changed)).status_code == 409
    edited = text.replace(row["_uuid"], "fresh").replace(
        "</meta>", f"<deprecatedID>uuid:{row['_uuid']}</deprecatedID></meta>"
    )
    files = [("xml_submission_file", ("s.xml", edited.encode(), "text/xml"))]
    assert (await server.call("POST", "/submission", files=files)).status_code == 201
    after = (await server.get(f"A/{asset.uid}/data/{row['_id']}/")).json()
    assert (after["_uuid"], after["meta/rootUuid"], after["age"]) == ("fresh", row["meta/rootUuid"], row["age"])
    assert (await server.call("POST", "/submission", files=changed)).status_code == 409


async def test_names_of_files_lose_their_folders(server: Server) -> None:
    asset = make_asset(server.state, CONTENT)
    answers = "<photo>p.png</photo>"
    assert (await server.send(asset, answers, "u1", files=[("../../p.png", b"1", "image/png")])).status_code == 201
    (row,) = await server.rows(asset)
    assert [a["media_file_basename"] for a in row["_attachments"]] == ["p.png"]
