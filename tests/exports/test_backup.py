"""A backup: all of a project in a folder, and the second time only what changed over the line."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import NotLoggedIn
from kobotui.demo.hooks import DEFAULTS
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset, Row
from kobotui.exports.backup import back_up
from kobotui.exports.many import Made, make_many, place_of
from tests.changes.conftest import account_on, token_on
from tests.exports.expectations import source
from tests.exports.staging import plain, plain_project, put, stage, take


def media(uid: str, name: str, content: bytes) -> dict[str, Any]:
    """A file of a form."""
    digest = hashlib.md5(content).hexdigest()
    metadata = {"filename": name, "hash": f"md5:{digest}", "mimetype": "text/csv"}
    return {
        "uid": uid, "user": "admin", "file_type": "form_media", "description": "d", "date_created": datetime.now(UTC),
        "metadata": metadata, "content": content,
    }  # fmt: skip


@pytest.fixture
def asset(demo: DemoServer) -> Asset:
    """A project with everything."""
    found = stage(demo, source("clinic"))
    found.files.append(media("af1", "sites.csv", b"name,label\n"))
    link = media("af2", "far.csv", b"x")
    link["metadata"] |= {"redirect_url": "https://example.org/far.csv"}
    found.files.append(link)
    hook = {
        "uid": "h1",
        "name": "Push",
        "endpoint": "https://example.org",
        "logs": [],
        "date_modified": datetime.now(UTC),
    }
    found.hooks.append(DEFAULTS | hook | {"settings": {"username": "u", "password": "geheim"}})
    return found


async def run(kobo: KoboClient, asset: Asset, folder: Path) -> Made:
    """One run."""
    return await back_up(kobo, await kobo.projects.get(asset.uid), folder)


def read(folder: Path, name: str) -> Any:
    """A JSON file of the backup."""
    return json.loads((folder / name).read_text(encoding="utf-8"))


async def test_everything_is_in_it(kobo: KoboClient, asset: Asset, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    made = await run(kobo, asset, folder)
    assert (made.complete, made.notes, made.records) == (True, (), 50)
    assert read(folder, "project.json")["content"]["survey"] == asset.content["survey"]
    rows = list(openpyxl.load_workbook(BytesIO((folder / "form.xlsx").read_bytes()))["survey"].values)
    assert any("facility" in row for row in rows)
    assert b"facility" in (folder / "form.xml").read_bytes()
    version = asset.versions[0].uid
    assert read(folder, f"versions/{version}.json")["content"]["survey"] == asset.content["survey"]
    assert {row["permission"].rsplit("/", 2)[-2] for row in read(folder, "team.json")} == {
        r.codename for r in asset.rows
    }
    assert read(folder, "named-exports.json") == []
    assert read(folder, "rest-services.json")[0]["endpoint"] == "https://example.org"
    assert (folder / "media" / "sites.csv").read_bytes() == b"name,label\n"
    assert [entry["path"] for entry in read(folder, "media.json")] == ["media/sites.csv", ""]
    records = [json.loads(line) for line in (folder / "records.jsonl").read_bytes().splitlines()]
    assert [record["_id"] for record in records] == [record["_id"] for record in source("clinic").records]
    files = [entry for record in source("clinic").records for entry in record["_attachments"]]
    summary = read(folder, "backup.json")
    assert (summary["attachments"], summary["media"], summary["records_added"]) == (len(files), 2, 50)
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"geheim" not in everything
    assert token_on_of(kobo).encode() not in everything
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))


def token_on_of(kobo: KoboClient) -> str:
    """The client's key."""
    secret = kobo._transport._secret
    assert secret is not None
    return secret.reveal()


async def test_the_second_run_brings_what_changed(
    kobo: KoboClient, demo: DemoServer, asset: Asset, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    await run(kobo, asset, folder)
    gone = source("clinic").records[0]["_id"]
    take(asset, gone)
    put(asset, [plain(9000)])
    asset.files[0] = media("af1", "sites.csv", b"name,label\n1,One\n")
    served = demo.faults.served
    made = await run(kobo, asset, folder)
    assert made.complete
    assert demo.faults.served - served < 30
    summary = read(folder, "backup.json")
    assert (summary["records"], summary["records_added"], summary["records_deleted"]) == (50, 1, 1)
    assert (folder / "media" / "sites.csv").read_bytes() == b"name,label\n1,One\n"
    assert str(gone) in (folder / "records-deleted.jsonl").read_text()
    assert (folder / "attachments" / str(gone)).is_dir()  # what was deleted on the server is kept


async def test_what_somebody_may_not_see_is_left_out_and_said(demo: DemoServer, asset: Asset, tmp_path: Path) -> None:
    asset.rows += [Row(f"p{n}", "ben", codename) for n, codename in enumerate(("view_asset", "view_submissions"))]
    async with KoboClient(account_on(demo, "ben"), token_on(demo, "ben")) as ben:
        made = await run(ben, asset, tmp_path / "b")
    assert made.complete
    assert [note for note in made.notes if "REST services" in note]
    assert made.records == 50


async def test_a_part_that_fails_is_said_and_not_complete(
    kobo: KoboClient, demo: DemoServer, asset: Asset, tmp_path: Path
) -> None:
    demo.faults.once(500, "export-settings/", count=5)
    made = await run(kobo, asset, tmp_path / "b")
    assert not made.complete
    assert any("named exports" in note for note in made.notes)
    assert made.records == 50
    demo.faults.clear()
    demo.faults.once(401, "hooks/")
    with pytest.raises(NotLoggedIn):
        await run(kobo, asset, tmp_path / "b")


async def test_a_draft_is_backed_up_without_records(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    draft = plain_project(demo, [])
    draft.deployment = draft.records = None
    draft.versions[0].date_deployed = None
    made = await run(kobo, draft, tmp_path / "b")
    assert made.complete
    assert not (tmp_path / "b" / "records.jsonl").exists()


async def test_hostile_names_stay_in_the_folder(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, [1])
    asset.name = "../../etc/\x1b[31m\npasswd" + "x" * 300
    asset.files += [media(f"af{n}", name, b"x,y\n") for n, name in enumerate(["../up.csv", "a:b.csv", "a*b.csv", ".."])]
    folder = tmp_path / "all"
    (entry,) = await make_many(kobo, [asset.uid], folder, lambda p, path: back_up(kobo, p, path))
    assert entry.error == ""
    inside = [path for path in tmp_path.rglob("*") if path.is_file()]  # noqa: ASYNC240
    assert all(path.is_relative_to(folder) for path in inside if "home" not in path.parts)
    assert len(list((place_of(folder, await kobo.projects.get(asset.uid)) / "media").iterdir())) == 4


async def test_a_renamed_project_keeps_its_folder(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, [1])
    for name in ("Before", "After"):
        asset.name = name
        await make_many(kobo, [asset.uid], tmp_path / "all", lambda p, path: back_up(kobo, p, path))
    assert {path.name for path in (tmp_path / "all").iterdir()} == {f"Before-{asset.uid}", "manifest.json"}
