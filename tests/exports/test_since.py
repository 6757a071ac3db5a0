"""New records added to a file: once each, the late ones too; what cannot be added makes a full run."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.exports.direct import Direct, Exported, export_direct
from kobotui.exports.since import export_new
from kobotui.model.export_options import ExportOptions
from tests.exports.expectations import source
from tests.exports.staging import ids, on_read, plain, plain_project, put, stage, take

NAMES = ExportOptions(lang="_xml")
pytestmark = pytest.mark.usefixtures("small_pages")


@pytest.fixture(autouse=True)
def small_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty records are asked for again."""
    monkeypatch.setattr("kobotui.exports.since.MARGIN", 20)


async def add(kobo: KoboClient, asset: Asset, target: Path, **wanted: Any) -> Exported:
    """A run that adds what is new."""
    options = {"options": NAMES, **wanted}
    return await export_new(kobo, await kobo.projects.get(asset.uid), target, Direct(**options))


def rows(path: Path) -> list[dict[str, str]]:
    """The records of a CSV file."""
    text = path.read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


async def test_new_records_are_added_once(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset, target = plain_project(demo, range(1000, 1500, 10)), tmp_path / "x.csv"
    first = await add(kobo, asset, target)
    assert (first.records, first.added) == (50, None)
    before = target.read_bytes()
    put(asset, [plain(1500), plain(1455)])  # one behind the mark, one that was committed late
    served = demo.faults.served
    second = await add(kobo, asset, target)
    assert (second.records, second.added) == (52, 2)
    assert demo.faults.served - served < 20
    assert target.read_bytes().startswith(before)
    assert [row["_id"] for row in rows(target)[50:]] == ["1455", "1500"]
    assert [row["_index"] for row in rows(target)] == [str(n) for n in range(1, 53)]
    assert any("full run" in note for note in second.notes)
    third = await add(kobo, asset, target)
    assert (third.records, third.added) == (52, 0)
    assert sorted(row["_id"] for row in rows(target)) == sorted(map(str, ids(asset)))
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv", ".x.csv.mark"}  # noqa: ASYNC240


async def test_files_of_repeats_go_on_together(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    recorded = source("clinic")
    asset = stage(demo, recorded._replace(records=recorded.records[:30]))
    await add(kobo, asset, tmp_path / "x.csv")
    put(asset, recorded.records[30:])
    await add(kobo, asset, tmp_path / "x.csv")
    (tmp_path / "once").mkdir()
    project = await kobo.projects.get(asset.uid)
    await export_direct(kobo, project, tmp_path / "once" / "x.csv", Direct(options=NAMES))
    for name in ("x.csv", "x-patient.csv", "x-visit.csv"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "once" / name).read_bytes()


async def test_json_lines_too_and_within_a_query(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 31))
    wanted = {"format": "jsonl", "options": ExportOptions(query={"q": {"$regex": "2"}})}
    await add(kobo, asset, tmp_path / "x", **wanted)
    put(asset, [plain(32), plain(33)])
    made = await add(kobo, asset, tmp_path / "x", **wanted)
    assert made.added == 1
    found = [json.loads(line)["_id"] for line in (tmp_path / "x").read_bytes().splitlines()]
    assert found == [n for n in [*range(1, 31), 32] if "2" in str(n)]


@pytest.mark.parametrize("what", ["file", "options", "form", "mark", "gone"])
async def test_what_does_not_fit_makes_a_full_run(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, what: str
) -> None:
    asset, target = plain_project(demo, range(1, 31)), tmp_path / "x.csv"
    await add(kobo, asset, target)
    put(asset, [plain(40)])
    take(asset, 3)
    options = NAMES
    if what == "file":
        target.write_bytes(target.read_bytes() + b"mine\r\n")
    elif what == "options":
        options = ExportOptions(lang="_default")
    elif what == "form":
        put(asset, [plain(41, surprise="x")])
    elif what == "mark":
        (tmp_path / ".x.csv.mark").write_text("{")
    else:
        target.unlink()
    made = await add(kobo, asset, target, options=options)
    assert made.added is None
    assert [row["_id"] for row in rows(target)] == [str(n) for n in ids(asset)]
    assert (await add(kobo, asset, target, options=options)).added == 0


async def test_a_cut_leaves_the_file_as_it_was(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, target = plain_project(demo, range(1, 31)), tmp_path / "x.csv"
    await add(kobo, asset, target)
    before = target.read_bytes()
    put(asset, [plain(n) for n in range(40, 90)])
    task = asyncio.create_task(add(kobo, asset, target))
    loop = asyncio.get_running_loop()
    on_read(monkeypatch, asset, lambda read: loop.call_soon_threadsafe(task.cancel) if read == 6 else None)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert target.read_bytes() == before
    assert (await add(kobo, asset, target)).added == 50
    assert len(rows(target)) == 80


async def test_a_missing_record_is_not_forgotten(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, target = plain_project(demo, range(1, 31)), tmp_path / "x.csv"
    await add(kobo, asset, target)
    put(asset, [plain(n) for n in range(40, 100)])
    assert asset.records is not None
    with monkeypatch.context() as patch:
        search = asset.records.search

        async def hiding(*args: Any, **options: Any) -> Any:
            count, found = await search(*args, **options)
            return count, [row for row in found if row["_id"] != 50]

        patch.setattr(asset.records, "search", hiding)
        assert (await add(kobo, asset, target)).statement.missing == 1
    assert (await add(kobo, asset, target)).added is None
    assert len(rows(target)) == 90


async def test_workbooks_cannot_be_added_to(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="added"):
        await add(kobo, plain_project(demo, [1]), tmp_path / "x", format="xlsx")
