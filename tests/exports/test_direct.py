"""Direct exports from the demo: equal to its own exports, the same after a cut, complete or loud."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, Rejected
from kobotui.api.pause import Pause
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.exports.direct import FORMATS, Direct, Exported, export_direct
from kobotui.exports.forms import deployed_forms, language_of
from kobotui.exports.progress import Progress
from kobotui.model.export_options import ExportOptions
from kobotui.model.text import unguard_formula
from tests.changes.conftest import account_on, token_on
from tests.exports.expectations import Source, source
from tests.exports.staging import on_read, plain, plain_project, put, stage, take


async def export(kobo: KoboClient, asset: Asset, target: Path, resume: bool = False, **wanted: Any) -> Exported:
    """A direct export."""
    return await export_direct(kobo, await kobo.projects.get(asset.uid), target, Direct(**wanted), resume=resume)


async def servers_own(kobo: KoboClient, asset: Asset, target: Path, options: ExportOptions) -> None:
    """The file the server makes with these options."""
    exports = kobo.exports(asset.uid)
    task = await exports.watch(await exports.create(options))
    await exports.save(task, target)


@pytest.fixture
async def patient(demo: DemoServer) -> AsyncIterator[KoboClient]:
    """The owner's client, which leaves the server a moment to work."""

    async def soon(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.03))

    async with KoboClient(account_on(demo), token_on(demo), pause=Pause(sleep=soon)) as client:
        yield client


def table(content: bytes) -> list[list[str]]:
    """Rows of a CSV file, without guards."""
    rows = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";")
    return [[unguard_formula(cell) for cell in row] for row in rows]


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of a workbook, by sheet."""
    book = openpyxl.load_workbook(path)
    found = {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}
    book.close()
    return found


OPTIONS = [
    {"lang": "_xml"},
    {"lang": "_default", "hierarchy_in_labels": True, "multiple_select": "details"},
    {"lang": "_xml", "multiple_select": "summary", "include_media_url": True},
    {"lang": "_xml", "fields_from_all_versions": False, "group_sep": " - "},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", ["household", "clinic", "versions"])
async def test_csv_equals_the_servers_own(
    patient: KoboClient, demo: DemoServer, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    asset, wanted = stage(demo, source(name)), ExportOptions(**options)
    await servers_own(patient, asset, tmp_path / "theirs.csv", wanted)
    made = await export(patient, asset, tmp_path / "ours.csv", options=wanted)
    assert table((tmp_path / "ours.csv").read_bytes()) == table((tmp_path / "theirs.csv").read_bytes())
    assert made.records == len(source(name).records)
    assert made.notes == ()


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("name", ["household", "clinic", "versions"])
async def test_workbooks_equal_the_servers_own(
    patient: KoboClient, demo: DemoServer, tmp_path: Path, name: str, typed: bool
) -> None:
    asset = stage(demo, source(name))
    wanted = ExportOptions(type="xls", lang="_default", hierarchy_in_labels=True, xls_types_as_text=not typed)
    await servers_own(patient, asset, tmp_path / "theirs.xlsx", wanted)
    await export(patient, asset, tmp_path / "ours.xlsx", format="xlsx", options=wanted)
    assert sheets(tmp_path / "ours.xlsx") == sheets(tmp_path / "theirs.xlsx")


@pytest.mark.parametrize("name", [f"{kind} of the seed" for kind in ("biggest", "with repeats")])
async def test_projects_of_the_demo_equal_the_servers_own(
    patient: KoboClient, demo: DemoServer, tmp_path: Path, name: str
) -> None:
    mine = [a for a in demo.state.assets.values() if a.owner == "admin" and a.records and not a.trashed]
    repeats = [a for a in mine if any(row.get("type") == "begin_repeat" for row in a.content["survey"])]
    asset = max(mine if "biggest" in name else repeats, key=lambda a: len(a.records or ()))
    for lang in ("_xml", "_default"):
        wanted = ExportOptions(lang=lang, type="xls")
        await servers_own(patient, asset, tmp_path / "theirs.xlsx", wanted)
        await export(patient, asset, tmp_path / "ours.xlsx", format="xlsx", options=wanted)
        assert sheets(tmp_path / "ours.xlsx") == sheets(tmp_path / "theirs.xlsx")


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("kind", FORMATS)
async def test_a_file_that_was_cut_equals_one_of_a_single_run(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, kind: str
) -> None:
    chance = random.Random(kind)
    recorded = source("clinic")
    asset = stage(demo, recorded._replace(name="../=Clinic"))
    (tmp_path / "once").mkdir()
    (tmp_path / "cut").mkdir()
    once = await export(kobo, asset, tmp_path / "once" / "x", format=kind)
    cuts = 0
    while True:
        task = asyncio.create_task(export(kobo, asset, tmp_path / "cut" / "x", resume=cuts > 0, format=kind))
        served, cut = demo.faults.served, chance.randrange(2, 20)
        while not task.done() and demo.faults.served - served < cut:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.001)
        task.cancel()
        try:
            made = await task
            break
        except asyncio.CancelledError:
            cuts += 1
            assert not (tmp_path / "cut" / "x").exists()
    assert cuts > 0
    assert made.records == once.records == len(recorded.records)
    assert [path.name for path in made.files] == [path.name for path in once.files]
    for one, other in zip(once.files, made.files, strict=True):
        assert other.read_bytes() == one.read_bytes()
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == sorted(path.name for path in made.files)


@pytest.mark.usefixtures("small_pages")
async def test_keys_met_later_get_a_column(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    put(asset, [plain(50, surprise="x")])
    made = await export(kobo, asset, tmp_path / "x.csv", options=ExportOptions(lang="_xml"))
    rows = table((tmp_path / "x.csv").read_bytes())
    assert made.unknown == {"surprise": 1}
    assert "surprise" in made.notes[0]
    assert rows[0][-1] == "_other"
    assert [row[-1] for row in rows[1:]] == ["" if n != 50 else '{"surprise":"x"}' for n in range(1, 61)]
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv"}  # noqa: ASYNC240


@pytest.mark.usefixtures("small_pages")
async def test_a_missing_record_is_said_and_the_rest_is_there(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = plain_project(demo, range(1, 61))
    assert asset.records is not None
    search = asset.records.search

    async def hiding(*args: Any, **options: Any) -> Any:
        count, rows = await search(*args, **options)
        return count, [row for row in rows if row["_id"] != 33]

    monkeypatch.setattr(asset.records, "search", hiding)
    made = await export(kobo, asset, tmp_path / "x.jsonl", format="jsonl")
    assert (made.statement.missing, made.records) == (1, 59)
    assert "missing" in made.notes[0]


@pytest.mark.usefixtures("small_pages")
async def test_changes_meanwhile_are_said(
    kobo: KoboClient, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = plain_project(demo, range(10, 1010, 10))
    on_read(monkeypatch, asset, lambda read: take(asset, 500) if read == 25 else None)
    made = await export(kobo, asset, tmp_path / "x.jsonl", format="jsonl")
    assert made.statement.complete
    assert made.records in (99, 100)


async def test_an_old_file_stays_until_the_new_one_is_whole(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    target = tmp_path / "x.csv"
    target.write_text("old")
    demo.faults.once(500, f"{asset.uid}/data/", count=50)
    with pytest.raises(KoboError):
        await export(kobo, asset, target)
    assert target.read_text() == "old"


async def test_only_what_was_asked_for_is_sent(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = stage(demo, source("clinic"))
    options = ExportOptions(lang="_xml", fields=("patient/visit/temp", "facility"), query={"facility": "Health post 4"})
    await export(kobo, asset, tmp_path / "x.csv", options=options)
    await export(kobo, asset, tmp_path / "x.jsonl", format="jsonl", options=options)
    records = [json.loads(line) for line in (tmp_path / "x.jsonl").read_bytes().splitlines()]
    assert {record["facility"] for record in records} == {"Health post 4"}
    assert "position" not in records[0]
    assert table((tmp_path / "x.csv").read_bytes())[0][0] == "facility"
    assert table((tmp_path / "x-visit.csv").read_bytes())[0][0] == "temp"


async def test_chosen_records(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    options = ExportOptions(submission_ids=(3, 5, 99), query={"q": {"$exists": True}})
    made = await export(kobo, asset, tmp_path / "x.jsonl", format="jsonl", options=options)
    assert made.records == 2


async def test_progress_is_told(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    asset = plain_project(demo, range(1, 61))
    told: list[Progress] = []
    await export_direct(kobo, await kobo.projects.get(asset.uid), tmp_path / "x", Direct(), report=told.append)
    assert told[-1] == Progress(what="Plain", done=60, total=60)


async def test_a_draft_has_no_records(kobo: KoboClient, demo: DemoServer, tmp_path: Path) -> None:
    draft = plain_project(demo, [])
    draft.deployment = draft.records = None
    with pytest.raises(Rejected):
        await export(kobo, draft, tmp_path / "x.csv")


async def test_versions_that_differ_are_read_once(kobo: KoboClient, demo: DemoServer) -> None:
    recorded = source("versions")
    again = Source(recorded.name, [("v9", recorded.versions[0][1]), *recorded.versions], recorded.records)
    asset = stage(demo, again)
    served = demo.faults.served
    forms = await deployed_forms(kobo, await kobo.projects.get(asset.uid))
    assert [version.uid for version in forms] == ["v9", "v3", "v2", "v1"]
    assert demo.faults.served - served == 1 + 1 + 3


def test_languages_are_found_by_what_people_call_them() -> None:
    forms = source("household").forms
    assert language_of(forms, "fr") == "Français (fr)"
    assert language_of(forms, "Français (fr)") == "Français (fr)"
    assert language_of(forms, "english") == "English (en)"
    assert language_of(forms, "Klingon") is None
    assert language_of(forms, "") is None
