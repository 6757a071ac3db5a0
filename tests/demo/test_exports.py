"""Exports: what is asked, watched, fetched; and saved settings."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import to_builtins

from kobotui.demo import exports
from kobotui.demo.exports_columns import Book, Options
from kobotui.demo.state import Asset, Deployment, Row, Version
from tests.exports.expectations import CASES, as_kept, expected

from .project import CONTENT, NOW, Server, make_asset, make_state, serving

OPTIONS: dict[str, Any] = {
    "type": "csv",
    "lang": "_xml",
    "fields": [],
    "group_sep": "/",
    "multiple_select": "both",
    "hierarchy_in_labels": False,
    "fields_from_all_versions": True,
}


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(exports, "STEP", 0)
    async with serving(make_state()) as client:
        yield client


@pytest.fixture
async def asset(server: Server) -> Asset:
    found = make_asset(server.state, CONTENT, dora=["view_submissions"], ben=["add_submissions"])
    first = "<consent>yes</consent><loc><region>north</region><gps>1 2 3 4</gps></loc><age>30</age>"
    first += "<needs>food water</needs>"
    first += '<kid><kname>A;"b"</kname><visit><vdate>1</vdate></visit></kid><kid><kname>B</kname></kid>'
    await server.send(found, first, "u1")
    await server.send(found, "<consent>no</consent><age>31</age>", "u2", who="ben")
    return found


async def start(server: Server, asset: Asset, who: str = "ann", **options: Any) -> Any:
    return await server.call("POST", f"A/{asset.uid}/exports/", who, json=OPTIONS | options)


async def finished(server: Server, asset: Asset, who: str = "ann", **options: Any) -> dict[str, Any]:
    response = await start(server, asset, who, **options)
    assert response.status_code == 201, response.text
    task: dict[str, Any] = response.json()
    assert (task["status"], task["result"]) == ("created", None)
    while task["status"] not in ("complete", "error"):
        await asyncio.sleep(0)
        task = (await server.get(task["url"].removeprefix("http://kobo.test"), who)).json()
    return task


async def fetched(server: Server, asset: Asset, who: str = "ann", **options: Any) -> bytes:
    task = await finished(server, asset, who, **options)
    response = await server.get(task["result"].removeprefix("http://kobo.test"), who)
    assert response.status_code == 200
    return response.content


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=";"))


@pytest.mark.parametrize("case", CASES)
def test_tables_are_those_of_the_servers_own_library(case: str) -> None:
    want = expected(case)
    asset = make_asset(make_state())
    asset.name = want.source.name
    asset.versions = [Version(uid, "", content, "", NOW, NOW) for uid, content in reversed(want.source.versions)]
    asset.deployment = Deployment(True, want.source.versions[0][0], "", 1, NOW)
    book = Book(asset, Options.of({**to_builtins(want.options), "fields": list(want.options.fields), "type": "xls"}))
    found = {name: [labels] + [book.tags[name]] * any(book.tags[name]) for name, labels in book.labels.items()}
    for record in want.source.records:
        for name, cells in book.rows(record):
            found[name].append([as_kept(cell) for cell in cells])
    assert list(found) == list(want.sheets)
    for name, rows in want.sheets.items():
        for wanted, row in zip(rows, found[name], strict=True):
            assert row == wanted


async def test_csv_by_name(server: Server, asset: Asset) -> None:
    content = await fetched(server, asset)
    assert content.startswith(b'"start";"consent";"region";')
    assert content.endswith(b'"\r\n')
    first, second = table(content)
    assert (first["region"], first["_gps_latitude"], first["needs/food"], first["needs/shelter"]) == (
        "north",
        "1",
        "1",
        "0",
    )
    assert (second["region"], second["needs"], second["needs/food"], second["_submitted_by"]) == ("", "", "", "ben")
    assert [r["_index"] for r in (first, second)] == ["1", "2"]
    assert not any("kname" in heading for heading in first)  # no columns for repeats
    assert list(first)[-11:-1][:2] == ["_id", "_uuid"]


async def test_csv_by_label(server: Server, asset: Asset) -> None:
    options: dict[str, Any] = {"lang": "_default", "hierarchy_in_labels": True}
    row = table(await fetched(server, asset, multiple_select="details", **options))[0]
    assert (row["Place/Region"], row["Needs/Food"], row["Place/_Position_latitude"]) == ("North", "1", "1")
    assert "Needs" not in row
    row = table(await fetched(server, asset, multiple_select="summary", **options))[0]
    assert row["Needs"] == "Food Water"
    assert "Needs/Food" not in row


async def test_fields_queries_and_ids(server: Server, asset: Asset) -> None:
    row = table(await fetched(server, asset, fields=["age"], query={"consent": "no"}))
    assert row == [{"age": "31", "_uuid": "u2", "meta/rootUuid": "uuid:u2", "_index": "1"}]  # its rounds need one
    first = (await server.rows(asset))[0]["_id"]
    assert [r["age"] for r in table(await fetched(server, asset, submission_ids=[first]))] == ["30"]
    assert table(await fetched(server, asset, query={"consent": "maybe"})) == []
    task = await finished(server, asset, query={"consent": {"$regex": "("}})
    assert (task["status"], task["result"]) == ("error", None)
    assert task["messages"]["error"]


async def test_a_workbook_has_a_sheet_per_repeat(server: Server, asset: Asset) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(await fetched(server, asset, type="xls", xls_types_as_text=False)))
    assert book.sheetnames == ["Survey", "kid", "visit"]
    records, kids, visits = ([[c.value for c in row] for row in sheet] for sheet in book)
    assert records[1][records[0].index("age")] == 30
    place = {name: kids[0].index(name) for name in ("kname", "_index", "_parent_table_name", "_parent_index")}
    assert [[row[i] for i in place.values()] for row in kids[1:]] == [
        ['A;"b"', 1, "Survey", 1],
        ["B", 2, "Survey", 1],
    ]
    assert visits[1][visits[0].index("_parent_table_name")] == "kid"
    text = load_workbook(io.BytesIO(await fetched(server, asset, type="xls")))["Survey"]
    assert [c.value for c in text[2]][records[0].index("age")] == "30"


async def test_places(server: Server, asset: Asset) -> None:
    body = json.loads(await fetched(server, asset, type="geojson"))
    assert [f["geometry"]["coordinates"] for f in body["features"]] == [[2.0, 1.0, 3.0]]
    assert b"<coordinates>2.0,1.0,3.0</coordinates>" in await fetched(server, asset, type="kml")


async def test_spss_labels(server: Server, asset: Asset) -> None:
    with zipfile.ZipFile(io.BytesIO(await fetched(server, asset, type="spss_labels"))) as archive:
        (name,) = archive.namelist()
        assert " age 'Age'" in archive.read(name).decode()


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"type": "zzz"}, "type"),
        ({"lang": "Klingon"}, "lang"),
        ({"multiple_select": "x"}, "multiple_select"),
        ({"group_sep": None, "hierarchy_in_labels": True}, "group_sep"),
        ({"query": "bad"}, "query"),
        ({"fields": "age"}, "fields"),
        ({"submission_ids": ["x"]}, "submission_ids"),
        ({"type": "kml", "flatten": True}, "flatten"),
        ({"surprise": 1}, "data"),
    ],
)
async def test_options_refused(server: Server, asset: Asset, options: dict[str, Any], key: str) -> None:
    response = await start(server, asset, **options)
    assert (response.status_code, list(response.json())) == (400, [key])


async def test_who_may_export_and_fetch(server: Server, asset: Asset) -> None:
    for who in ("ben", "cleo"):
        assert (await start(server, asset, who)).status_code == 404
    task = await finished(server, asset, "dora")
    path = task["result"].removeprefix("http://kobo.test")
    assert (await server.get(path, "dora")).status_code == 200
    assert (await server.get(path, "root")).status_code == 200
    for who in ("ann", None):
        refused = await server.get(path, who)
        assert (refused.status_code, refused.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert (await server.get(task["url"].removeprefix("http://kobo.test"), "ann")).status_code == 404
    asset.rows[:] = [r for r in asset.rows if r.username != "dora" or r.codename == "view_asset"]
    assert (await server.get(path, "dora")).status_code == 403
    asset.rows.append(Row("p", "dora", "partial_submissions", {"view_submissions": [{"_submitted_by": "ben"}]}))
    assert [r["age"] for r in table(await fetched(server, asset, "dora"))] == ["31"]
    task = await finished(server, asset, "root")
    assert (task["status"], task["messages"]["error"]) == ("error", "Cannot access data")
    asset.records = None
    assert (await start(server, asset)).json() == {"source": ["The asset must be deployed."]}


async def test_the_same_export_again_while_it_runs(server: Server, asset: Asset) -> None:
    first = await start(server, asset)
    again = await start(server, asset)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["uid"] == again.json()["uid"]
    assert (await start(server, asset, name="other")).status_code == 201


async def test_ten_are_kept_and_listed_newest_first(server: Server, asset: Asset) -> None:
    uids = [(await finished(server, asset, type=("csv", "geojson")[i % 2]))["uid"] for i in range(12)]
    path = f"A/{asset.uid}/exports/"
    assert [t["uid"] for t in (await server.get(path)).json()["results"]] == uids[:1:-1]
    assert (await server.get(path, params={"q": "data__type:csv"})).json()["count"] == 5
    assert (await server.get(path, "dora")).json()["count"] == 0
    assert (await server.call("DELETE", f"{path}{uids[-1]}/")).status_code == 204
    assert (await server.get(f"{path}{uids[-1]}/")).status_code == 404


async def test_saved_settings(server: Server, asset: Asset) -> None:
    path = f"A/{asset.uid}/export-settings/"
    made = await server.call("POST", path, json={"name": "One", "export_settings": OPTIONS})
    assert made.status_code == 201
    saved = made.json()
    address = saved["url"].removeprefix("http://kobo.test")
    assert saved["data_url_csv"] == saved["url"] + "data.csv"
    assert (await server.call("POST", path, json={"name": "One", "export_settings": OPTIONS})).status_code == 500
    assert (await server.call("POST", path, json={"name": "", "export_settings": OPTIONS})).status_code == 400
    wrong = await server.call("POST", path, json={"name": "Two", "export_settings": OPTIONS | {"lang": "x"}})
    assert list(wrong.json()) == ["export_settings"]
    for method in ("PATCH", "DELETE"):
        assert (await server.call(method, address, "dora", json={"name": "x"})).status_code == 403
    assert (await server.call("PATCH", address, json={"name": "New"})).json()["name"] == "New"
    assert (await server.get(path, "dora")).json()["results"][0]["name"] == "New"
    assert (await server.get(path, "cleo")).status_code == 404
    locations = set()
    for _ in range(2):
        response = await server.get(address + "data.csv", headers={"Accept": "*/*"})
        assert response.status_code == 302
        locations.add(response.headers["location"])
    (location,) = locations  # made once in five minutes
    assert b'"age"' in (await server.get(location.removeprefix("http://kobo.test"))).content
    assert (await server.get(address + "data.xlsx")).status_code == 302
    assert (await server.get(address + "data.pdf")).status_code == 400
    assert (await server.get(f"A/{asset.uid}/exports/")).json()["count"] == 0
    assert (await server.call("DELETE", address)).status_code == 204
    assert (await server.get(address)).status_code == 404
