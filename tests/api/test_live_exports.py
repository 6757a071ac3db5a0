"""Exports, named exports, form media and REST services of the demo, over a real socket."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import asdict

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotAllowed, NotFound, Rejected, ServerTrouble
from kobotui.api.exports import KEPT
from kobotui.api.pause import Pause
from kobotui.demo.hooks import DEFAULTS
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.export_options import ExportOptions, read_options
from tests.api.conftest import Clock
from tests.api.test_live_demo import client

NAMES = ExportOptions(lang="_xml")


@pytest.fixture
async def admin(shared_demo: DemoServer) -> AsyncIterator[KoboClient]:
    """The administrator's client, for which waiting takes no time."""
    clock = Clock()

    async def soon(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))

    async with client(shared_demo, pause=Pause(clock=clock, sleep=soon)) as kobo:
        yield kobo


@pytest.fixture
def asset(shared_demo: DemoServer) -> Asset:
    """A project of the administrator's with records."""
    mine = [asset for asset in shared_demo.state.assets.values() if asset.owner == "admin" and asset.records]
    return max(mine, key=lambda asset: len(asset.records or ()))


async def test_an_export_is_made_watched_and_fetched(admin: KoboClient, asset: Asset, tmp_path: Path) -> None:
    exports = admin.exports(asset.uid)
    seen: list[str] = []
    task = await exports.create(NAMES)
    assert (task.done, task.result) == (False, None)
    task = await exports.watch(task, lambda now: seen.append(now.status))
    assert (task.status, seen[-1], task.error) == ("complete", "complete", "")
    assert task.options.lang == "_xml"
    size = await exports.save(task, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert asset.records is not None
    assert (len(rows), (tmp_path / "out.csv").stat().st_size) == (len(asset.records) + 1, size)
    assert task.uid in {listed.uid for listed in await exports.list()}
    await exports.delete(task.uid)
    with pytest.raises(NotFound):
        await exports.get(task.uid)


@pytest.mark.parametrize(
    ("kind", "begins"), [("xls", b"PK"), ("geojson", b"{"), ("spss_labels", b"PK"), ("kml", b"<?xml")]
)
async def test_every_type_can_be_had(admin: KoboClient, asset: Asset, tmp_path: Path, kind: str, begins: bytes) -> None:
    exports = admin.exports(asset.uid)
    options = read_options({"type": kind, "lang": "_xml", "query": {"_id": {"$gt": 0}}})
    task = await exports.watch(await exports.create(options))
    await exports.save(task, tmp_path / "out")
    assert (tmp_path / "out").read_bytes().startswith(begins)
    assert task.options.query == {"_id": {"$gt": 0}}
    if kind == "spss_labels":
        assert zipfile.ZipFile(tmp_path / "out").namelist()


async def test_the_eleventh_removes_the_oldest_and_that_is_known_before(admin: KoboClient, asset: Asset) -> None:
    exports = admin.exports(asset.uid)
    for task in await exports.list():
        await exports.delete(task.uid)
    assert await exports.falls_off() is None
    for _number in range(KEPT):
        await exports.watch(await exports.create(NAMES))
    oldest = await exports.falls_off()
    assert oldest is not None
    await exports.watch(await exports.create(NAMES))
    assert oldest.uid not in {task.uid for task in await exports.list()}


async def test_what_the_server_refuses_and_what_fails(admin: KoboClient, asset: Asset, tmp_path: Path) -> None:
    exports = admin.exports(asset.uid)
    with pytest.raises(Rejected, match="lang"):
        await exports.create(ExportOptions(lang="Klingon"))
    with pytest.raises(ValueError, match="separator"):
        await exports.create(ExportOptions(group_sep=""))
    with pytest.raises(ValueError, match="no records"):
        await exports.create(ExportOptions(submission_ids=()))
    task = await exports.watch(await exports.create(ExportOptions(lang="_xml", query={"_id": {"$regex": "("}})))
    assert task.error
    with pytest.raises(KoboError, match="could not make"):
        await exports.save(task, tmp_path / "x")


async def test_a_dead_worker_is_not_waited_for_without_end(
    admin: KoboClient, asset: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kobotui.demo.exports.STEP", 3600.0)
    exports = admin.exports(asset.uid)
    with pytest.raises(ServerTrouble, match="not finished"):
        await exports.watch(await exports.create(NAMES), longest=20)


async def test_a_named_export_gives_its_data(admin: KoboClient, asset: Asset) -> None:
    named = admin.named_exports(asset.uid)
    made = await named.create("Dashboard", NAMES.body())
    assert made.data_url_csv.endswith(f"/export-settings/{made.uid}/data.csv")
    edited = await named.edit(made.uid, "Board", ExportOptions(lang="_xml", fields=("_id",)).body())
    assert (edited.name, edited.options.fields) == ("Board", ("_id",))
    assert edited in await named.list()
    async with named.data(made.uid) as download:
        assert (await download.read()).startswith(b'"_id"')
    async with named.data(made.uid, "xlsx") as download:
        assert (await download.read()).startswith(b"PK")
    await named.delete(made.uid)
    with pytest.raises(NotFound):
        await named.get(made.uid)


async def test_readers_may_not_write_named_exports(shared_demo: DemoServer) -> None:
    state = shared_demo.state
    asset = next(
        asset
        for asset in state.assets.values()
        if asset.records is not None
        and {row.codename for row in asset.rows if row.username == "ben"} >= {"view_asset", "view_submissions"}
        and not any(row.username == "ben" and row.codename == "manage_asset" for row in asset.rows)
    )
    async with client(shared_demo, "ben") as ben:
        with pytest.raises(NotAllowed):
            await ben.named_exports(asset.uid).create("Mine", NAMES.body())


async def test_media_and_services_are_listed(admin: KoboClient, asset: Asset, tmp_path: Path) -> None:
    content = b"code,name\n1,North\n"
    row = {
        "uid": "afX",
        "user": "admin",
        "file_type": "form_media",
        "description": "",
        "date_created": datetime.now(UTC),
    }
    metadata = {"filename": "sites.csv", "hash": "md5:0", "mimetype": "text/csv"}
    asset.files.append(row | {"metadata": metadata, "content": content})
    (file,) = [file for file in await admin.files(asset.uid).list() if file.uid == "afX"]
    assert (file.name, file.hash, file.redirect_url, file.username) == ("sites.csv", "md5:0", "", "admin")
    assert await admin.files(asset.uid).save(file, tmp_path / "sites.csv") == len(content)
    assert (tmp_path / "sites.csv").read_bytes() == content
    hook = {
        "uid": "hX",
        "name": "Push",
        "endpoint": "https://example.org/x",
        "logs": [],
        "date_modified": datetime.now(UTC),
    }
    asset.hooks.append(DEFAULTS | hook | {"settings": {"username": "u", "password": "p"}})
    (found,) = await admin.hooks(asset.uid).list()
    assert (found.name, found.endpoint, found.active) == ("Push", "https://example.org/x", True)
    assert "p" not in asdict(found).values()
    assert not hasattr(found, "settings")  # where the password is
