"""Counts by day and frequencies by question."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kobotui.demo.state import Row, now

from .project import CONTENT, Server, make_asset, make_state, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(make_state()) as client:
        yield client


async def test_counts(server: Server) -> None:
    asset = make_asset(server.state, CONTENT, ben=["add_submissions"], dora=[])
    for who in ("ann", "ben", "ben"):
        await server.send(asset, "<age>1</age>", who=who)
    await server.send(asset, "<age>1</age>", root=' submissionDate="2020-01-01T00:00:00"')
    today = now().date().isoformat()
    assert (await server.get(f"A/{asset.uid}/counts/", params={"days": "30"})).json() == {
        "daily_submission_counts": {today: 3},
        "total_submission_count": 4,
    }
    asset.rows.append(Row("p", "dora", "partial_submissions", {"view_submissions": [{"_submitted_by": "ben"}]}))
    assert (await server.get(f"A/{asset.uid}/counts/", "dora")).json() == {
        "daily_submission_counts": {today: 2},
        "total_submission_count": None,
    }
    assert (await server.get(f"A/{asset.uid}/counts/", "cleo")).status_code == 404
    assert (await server.get(f"A/{asset.uid}/counts/", params={"days": "x"})).status_code == 400
    asset.records = None
    assert (await server.get(f"A/{asset.uid}/counts/")).status_code == 404


async def test_reports(server: Server) -> None:
    asset = make_asset(server.state, CONTENT, dora=[])
    for age, region, needs, kids in (
        ("20", "north", "food water", "AB"),
        ("30", "north", "food", ""),
        ("40", "", "", "C"),
    ):
        rounds = "".join(f"<kid><kname>{k}</kname></kid>" for k in kids)
        await server.send(asset, f"<loc><region>{region}</region></loc><age>{age}</age><needs>{needs}</needs>{rounds}")
    body = (await server.get(f"A/{asset.uid}/reports/")).json()
    data = {line["name"]: line["data"] for line in body["list"]}
    assert body["count"] == len(body["list"])
    assert "thanks" not in data
    region = data["region"]
    assert (region["total_count"], region["provided"], region["not_provided"]) == (3, 2, 1)
    assert (region["responses"], region["frequencies"], region["percentages"]) == (["North"], [2], [66.67])
    assert (data["needs"]["responses"], data["needs"]["frequencies"]) == (["Food", "Water"], [2, 1])
    assert (data["age"]["mean"], data["age"]["median"], data["age"]["stdev"]) == (30, 30, 10)
    assert data["kname"]["provided"] == 3
    assert "responses" not in data["gps"]
    named = (await server.get(f"A/{asset.uid}/reports/", params={"names": "age,region"})).json()
    assert [line["name"] for line in named["list"]] == ["region", "age"]
    split = (await server.get(f"A/{asset.uid}/reports/", params={"names": "age,needs", "split_by": "region"})).json()
    ages, wants = (line["data"] for line in split["list"])
    assert [[part, numbers["mean"]] for part, numbers in ages["values"]] == [["North", 25], ["", 40]]
    assert wants["values"][0] == [
        "Food",
        {"responses": ["North", ""], "frequencies": [2, 0], "percentages": [66.67, 0.0]},
    ]
    refused = await server.get(f"A/{asset.uid}/reports/", params={"split_by": "age"})
    assert (refused.status_code, list(refused.json())) == (400, ["split_by"])
    assert (await server.get(f"A/{asset.uid}/reports/", "dora")).status_code == 403
    assert (await server.get(f"A/{asset.uid}/reports/", "cleo")).status_code == 404
