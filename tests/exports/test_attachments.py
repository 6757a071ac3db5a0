"""Files of records: each once, under safe names, gone on with after a cut, and those that fail said."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotLoggedIn
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.exports.attachments import MANIFEST, download_attachments, read_manifest
from kobotui.exports.progress import Progress
from kobotui.paths import LocalError
from tests.exports.expectations import source
from tests.exports.staging import plain, plain_project, put, stage

pytestmark = pytest.mark.usefixtures("small_pages")


def file(uid: str, name: str, question: str = "photo", **more: Any) -> dict[str, Any]:
    """An entry of a record's list of files."""
    return {
        "uid": uid,
        "filename": f"admin/attachments/f/u/{name}",
        "media_file_basename": name,
        "mimetype": "image/jpeg",
        "question_xpath": question,
        "is_deleted": False,
        **more,
    }


def content(asset: Asset, uid: str, name: str) -> bytes:
    """The bytes the server has."""
    assert asset.records is not None
    return asset.records.content({"uid": uid, "media_file_basename": name})


def files_in(folder: Path) -> set[str]:
    """All files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_all_files_of_a_project(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    recorded = source("clinic")
    asset, folder = stage(demo, recorded), tmp_path / "media"
    told: list[Progress] = []
    wanted = {
        (record["_id"], entry["uid"]): entry["media_file_basename"]
        for record in recorded.records
        for entry in record["_attachments"]
    }
    made = await download_attachments(kobo, asset.uid, folder, report=told.append)
    assert (made.saved, made.already, made.failed, made.complete) == (len(wanted), 0, (), True)
    assert told[-1].done == told[-1].total == len(wanted)
    for entry in read_manifest(folder):
        name = wanted.pop((entry.record, entry.uid))
        assert (entry.name, entry.path) == (name, f"{entry.record}/{name}")
        assert (folder / entry.path).read_bytes() == content(asset, entry.uid, name)
        assert entry.bytes == (folder / entry.path).stat().st_size
    assert not wanted
    served = demo.faults.served
    again = await download_attachments(kobo, asset.uid, folder)
    assert (again.saved, again.already) == (0, made.saved)
    assert demo.faults.served - served < 30  # the records are looked through, no file is fetched
    assert {path.name for path in tmp_path.iterdir()} == {"media"}  # noqa: ASYNC240


async def test_one_question_and_a_query(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, [1, 2])
    two = [file("att1", "a.jpg"), file("att2", "b.jpg", "kid[2]/portrait")]
    put(asset, [plain(3, _attachments=two), plain(4, _attachments=[file("att3", "c.jpg", "kid[1]/portrait")])])
    for number, wanted in enumerate(("portrait", "kid/portrait")):
        made = await download_attachments(kobo, asset.uid, tmp_path / str(number), questions=[wanted])
        assert made.saved == 2
        assert files_in(tmp_path / str(number)) == {MANIFEST, "3/b.jpg", "4/c.jpg"}
    made = await download_attachments(kobo, asset.uid, tmp_path / "q", query={"_id": 3})
    assert files_in(tmp_path / "q") == {MANIFEST, "3/a.jpg", "3/b.jpg"}


async def test_names_are_made_safe_and_told_apart(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    names = [
        "../../etc/passwd",
        "a\nb.jpg",
        "",
        ".",
        "..",
        "CON",
        "x" * 300 + ".jpg",
        "A.JPG",
        "a.jpg",
        "a.jpg",
        "=1+1.csv",
        "\x00",
    ]
    asset = plain_project(demo, [])
    put(asset, [plain(7, _attachments=[file(f"att{n}", name) for n, name in enumerate(names)])])
    folder = tmp_path / "media"
    made = await download_attachments(kobo, asset.uid, folder)
    assert (made.saved, made.failed) == (len(names), ())
    entries = {entry.uid: entry for entry in read_manifest(folder)}
    assert [entries[f"att{n}"].name for n in range(len(names)) if names[n]] == [name for name in names if name]
    assert {Path(entry.path).parent for entry in entries.values()} == {Path("7")}
    assert len({entry.path.casefold() for entry in entries.values()}) == len(names)
    assert files_in(tmp_path) == {f"media/{MANIFEST}", *(f"media/{entry.path}" for entry in entries.values())}


async def test_deleted_files_are_left_out_and_missing_ones_said(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path
) -> None:
    asset = plain_project(demo, [])
    files = [file("att1", "a.jpg"), file("att2", "b.jpg", is_deleted=True), file("att3", "c.jpg")]
    put(asset, [plain(7, _attachments=files)])
    demo.faults.once(500, "attachments/att1/", count=10)
    made = await download_attachments(kobo, asset.uid, tmp_path / "m")
    assert (made.saved, made.deleted, made.complete) == (1, 1, False)
    assert made.failed[0].startswith("a.jpg of record 7: ")
    demo.faults.clear()
    made = await download_attachments(kobo, asset.uid, tmp_path / "m")
    assert (made.saved, made.already, made.complete) == (1, 1, True)


async def test_a_key_that_is_gone_ends_it_and_leaves_what_is_there(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path
) -> None:
    asset = stage(demo, source("clinic"))
    demo.faults.once(401, "attachments/", skip=5, count=1000)
    with pytest.raises(NotLoggedIn):
        await download_attachments(kobo, asset.uid, tmp_path / "m")
    there = len(read_manifest(tmp_path / "m"))
    assert 0 < there <= 5
    demo.faults.clear()
    made = await download_attachments(kobo, asset.uid, tmp_path / "m")
    assert made.already == there
    assert made.complete


async def test_cut_and_gone_on_with(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset, folder = stage(demo, source("clinic")), tmp_path / "m"
    cuts, done = 0, None
    while done is None:
        task = asyncio.create_task(download_attachments(kobo, asset.uid, folder))
        served = demo.faults.served
        while not task.done() and demo.faults.served - served < 18 + cuts:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        task.cancel()
        try:
            done = await task
        except asyncio.CancelledError:
            cuts += 1
    assert cuts > 1
    entries = read_manifest(folder)
    assert len({entry.uid for entry in entries}) == len(entries) == done.saved + done.already
    assert files_in(folder) == {MANIFEST, *(entry.path for entry in entries)}


async def test_a_list_that_was_damaged(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    """A line cut off, a path that leads out, a file that was changed: what is not certain is fetched again."""
    asset, folder = plain_project(demo, []), tmp_path / "m"
    put(asset, [plain(n, _attachments=[file(f"att{n}", "a.jpg")]) for n in range(1, 5)])
    await download_attachments(kobo, asset.uid, folder)
    entries = sorted((folder / MANIFEST).read_text().splitlines(), key=lambda line: json.loads(line)["record"])
    out = json.loads(entries[1]) | {"path": "../../home"}
    (folder / "3" / "a.jpg").write_bytes(b"short")
    (folder / MANIFEST).write_text("\n".join([json.dumps(out), entries[2], entries[3], entries[0][:-10]]))
    made = await download_attachments(kobo, asset.uid, folder)
    assert (made.saved, made.already) == (3, 1)
    assert len({entry.uid for entry in read_manifest(folder)}) == 4


async def test_a_folder_that_cannot_be_made(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    (tmp_path / "m").write_text("a file")
    with pytest.raises(LocalError, match="Cannot"):
        await download_attachments(kobo, plain_project(demo, []).uid, tmp_path / "m")
