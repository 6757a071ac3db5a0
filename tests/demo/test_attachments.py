"""Files of submissions: whole, reduced, by path, deleted, and for whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kobotui.demo.state import Asset

from .project import CONTENT, NOW, Server, make_asset, make_state, serving

PNG, SOUND = ("p.png", b"picture", "image/png"), ("été s.wav", b"sound", "audio/x-wav")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(make_state()) as client:
        yield client


@pytest.fixture
async def asset(server: Server) -> Asset:
    found = make_asset(server.state, CONTENT, dora=["view_submissions"])
    answers = "<kid><kname>A</kname></kid><kid><portrait>été s.wav</portrait></kid><photo>p.png</photo>"
    assert (await server.send(found, answers, "u1", files=[PNG, SOUND])).status_code == 201
    return found


async def entries(server: Server, asset: Asset) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await server.rows(asset))[0]["_attachments"]
    return found


async def test_entries_and_bytes(server: Server, asset: Asset) -> None:
    picture, sound = await entries(server, asset)
    assert (picture["question_xpath"], sound["question_xpath"]) == ("photo", "kid[2]/portrait")
    assert "download_small_url" in picture
    assert "download_small_url" not in sound
    for url in (picture["download_url"], picture["download_small_url"], picture["download_url"] + "original/"):
        response = await server.get(url.removeprefix("http://kobo.test"), "dora", headers={"Range": "bytes=0-1"})
        assert (response.status_code, response.content) == (200, b"picture")
        assert response.headers["content-disposition"] == "inline; filename=p.png"
    response = await server.get(sound["download_url"].removeprefix("http://kobo.test"))
    assert response.headers["content-disposition"] == "inline; filename*=UTF-8''%C3%A9t%C3%A9%20s.wav"
    for who in ("ben", None):
        assert (await server.get(picture["download_url"].removeprefix("http://kobo.test"), who)).status_code == 404
    assert (await server.get(picture["download_url"].removeprefix("http://kobo.test") + "huge/")).status_code == 404


async def test_by_path(server: Server, asset: Asset) -> None:
    path = f"A/{asset.uid}/data/{(await server.rows(asset))[0]['_id']}/attachments/"
    assert (await server.get(path, params={"xpath": "photo"})).content == b"picture"
    assert (await server.get(path, params={"xpath": "kid[2]/portrait"})).content == b"sound"
    assert (await server.get(path)).json() == {"detail": "`xpath` query parameter is required"}
    for xpath, status in (("nosuch", 400), ("kid[3]/portrait", 400), ("kid[1]/kname", 404)):
        assert (await server.get(path, params={"xpath": xpath})).status_code == status


async def test_deleting(server: Server, asset: Asset) -> None:
    picture, sound = await entries(server, asset)
    uuid = (await server.rows(asset))[0]["_uuid"]
    path = f"A/{asset.uid}/attachments/"
    assert (await server.call("DELETE", f"{path}{picture['uid']}/", "dora")).status_code == 403
    assert (await server.call("DELETE", f"{path}{picture['uid']}/")).status_code == 204
    assert (await server.call("DELETE", f"{path}{picture['uid']}/")).status_code == 404
    assert [a["is_deleted"] for a in await entries(server, asset)] == [True, False]
    assert (await server.get(picture["download_url"].removeprefix("http://kobo.test"))).status_code == 404
    assert (await server.rows(asset))[0]["_uuid"] == uuid
    response = await server.call("DELETE", path + "bulk/", json={"submission_root_uuids": [uuid]})
    assert (response.status_code, response.json()) == (202, {"message": "1 attachments deleted"})
    assert [a["is_deleted"] for a in await entries(server, asset)] == [True, True]
    assert (await server.call("DELETE", path + "bulk/", json={})).status_code == 400
    assert sound["is_deleted"] is False


async def test_a_file_sent_later_completes_the_record(server: Server, asset: Asset) -> None:
    await server.send(asset, "<photo>late.png</photo>", "u2")
    late = ("late.png", b"late", "image/png")
    assert (await server.send(asset, "<photo>late.png</photo>", "u2", files=[late])).status_code == 201
    assert (await server.send(asset, "<photo>late.png</photo>", "u2", files=[late])).status_code == 202
    (entry,) = (await server.rows(asset))[1]["_attachments"]
    assert (await server.get(entry["download_url"].removeprefix("http://kobo.test"))).content == b"late"


async def test_edits_carry_files_over_while_they_are_named(server: Server, asset: Asset) -> None:
    change = "<deprecatedID>uuid:u1</deprecatedID>"
    assert (await server.send(asset, "<photo>p.png</photo>", "u2", meta=change)).status_code == 201
    assert [(a["media_file_basename"], a["is_deleted"]) for a in await entries(server, asset)] == [
        ("p.png", False),
        ("été s.wav", True),
    ]


async def test_generated_pictures_and_sounds(server: Server) -> None:
    asset = make_asset(server.state, CONTENT)
    assert asset.records is not None
    asset.records.generate(20, 3, ["ben"], NOW, NOW)
    row = (await server.rows(asset))[7]
    entry = row["_attachments"][-1]
    response = await server.get(entry["download_url"].removeprefix("http://kobo.test"))
    assert response.headers["content-type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")
    assert (await server.call("DELETE", f"A/{asset.uid}/attachments/{entry['uid']}/")).status_code == 204
    again = (await server.get(f"A/{asset.uid}/data/{row['_id']}/")).json()
    assert again["_attachments"][-1]["is_deleted"]
    assert again["_uuid"] == row["_uuid"]
