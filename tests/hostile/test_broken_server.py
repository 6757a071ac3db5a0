"""A server that answers nonsense: a sentence each time, never the end of the console, never a wrong list in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from kobotui.api import login
from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError
from kobotui.app import KoboApp
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import State
from kobotui.changes.projects import EditProject
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.widgets.message_box import MessageBox
from tests.changes.conftest import account_on, applied, token_on
from tests.changes.test_projects import household
from tests.conftest import MakeSession, Until
from tests.screens.stage import Stage

Spoil = Callable[[Any], Any]
NESTED = b"[" * 20_000 + b"]" * 20_000


def body_of(server: DemoServer, path: str) -> Any:
    reply = httpx.get(
        f"{server.url}/api/v2/assets/{path}", headers={"Authorization": f"Token {server.accounts[0].token}"}
    )
    return reply.json()


NO_JSON = {
    "empty": b"",
    "blank": b"  \n",
    "cut": b'{"count": 3, "results": [{"uid": "a',
    "null": b"null",
    "list": b"[]",
    "text": b'"ok"',
    "number": b"1" * 5000,
    "not a number": b"NaN",
    "no text": b'{"name": "\xff\xfe"}',
    "half a character": b'{"name": "\\ud83d"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "nested": NESTED,
    "page": b"<!doctype html><html><title>Sign in</title></html>",
}
"""What may come in place of any answer."""

FIRST: dict[str, Spoil] = {
    "name null": lambda row: row | {"name": None},
    "name a number": lambda row: row | {"name": 5},
    "uid missing": lambda row: {key: value for key, value in row.items() if key != "uid"},
    "no date": lambda row: row | {"date_modified": "yesterday"},
    "a date without zone": lambda row: row | {"date_modified": "2026-01-01T00:00:00"},
    "a date that is none": lambda row: row | {"date_modified": "2026-02-30T00:00:00Z"},
    "team null": lambda row: row | {"permissions": None},
    "a huge number": lambda row: row | {"deployment__submission_count": 10**25},
    "a negative number": lambda row: row | {"deployment__submission_count": -1},
    "null": lambda _row: None,
}
"""What may be wrong with one project."""

LISTS: dict[str, Spoil] = {
    **{name: lambda page, spoil=spoil: page | {"results": [spoil(page["results"][0]), *page["results"][1:]]}
       for name, spoil in FIRST.items()},
    "count null": lambda page: page | {"count": None},
    "count a text": lambda page: page | {"count": "12"},
    "count negative": lambda page: page | {"count": -12},
    "count huge": lambda page: page | {"count": 10**25},
    "results null": lambda page: page | {"results": None},
    "results an object": lambda page: page | {"results": {}},
    "count too high": lambda page: page | {"count": page["count"] + 500},
    "count too low": lambda page: page | {"count": 1},
    "a row twice": lambda page: page | {"results": [page["results"][0]] * len(page["results"])},
}  # fmt: skip
"""What may be wrong with a list of projects."""

RECORDS: dict[str, Spoil] = {
    name: spoil for name, spoil in LISTS.items() if name.startswith(("count", "results")) or name == "null"
} | {
    "no id": lambda page: page | {"results": [{}]},
    "id a text": lambda page: page | {"results": [{"_id": "1"}]},
    "id huge": lambda page: page | {"results": [{"_id": 10**20}]},
    "id negative": lambda page: page | {"results": [{"_id": -1}]},
}
"""What may be wrong with a page of records."""


@pytest.fixture(scope="module")
def asset(shared_demo: DemoServer) -> Asset:
    return household(shared_demo)


def bodies(whole: Any, spoils: dict[str, Spoil]) -> dict[str, bytes]:
    return NO_JSON | {name: json.dumps(spoil(whole)).encode() for name, spoil in spoils.items()}


async def test_the_list_of_projects(
    shared_demo: DemoServer, asset: Asset, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    whole = body_of(shared_demo, "?q=asset_type:survey&limit=100")
    app = KoboApp(make_session(shared_demo))
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, shared_demo, asset)
        await stage.open_list("projects")
        for name, body in bodies(whole, LISTS).items():
            stage.screen.flash("")
            shared_demo.faults.once(path=r"/assets/$", body=body, count=99)
            stage.screen.load(overlay=False)
            await stage.settled()
            assert stage.said, name
            assert not stage.screen.store.complete, name
            assert app.unexpected == [], name
            shared_demo.faults.clear()
        elsewhere = whole | {"next": "http://evil.example/api/v2/assets/", "previous": "http://evil.example/"}
        shared_demo.faults.once(path=r"/assets/$", body=json.dumps(elsewhere).encode())
        stage.screen.load(overlay=False)
        await stage.settled()
        assert stage.screen.store.complete, "links to other pages are not followed, and not needed"


async def test_a_project(
    shared_demo: DemoServer, asset: Asset, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    whole = body_of(shared_demo, f"{asset.uid}/")
    odd: dict[str, Spoil] = {
        "content null": lambda row: row | {"content": None},
        "rights null": lambda row: row | {"effective_permissions": None},
        "versions null": lambda row: row | {"deployed_versions": None},
    }
    app = KoboApp(make_session(shared_demo))
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, shared_demo, asset)
        await stage.settled()
        for place in ("form", "summary"):
            await stage.open_project(place)
            for name, body in bodies(whole, FIRST | odd).items():
                stage.screen.flash("")
                shared_demo.faults.once(path=rf"/{asset.uid}/$", body=body, count=99)
                await stage.pilot.press("r")
                await stage.settled()
                assert stage.said, name
                assert app.unexpected == [], name
                shared_demo.faults.clear()


async def test_records(
    shared_demo: DemoServer, asset: Asset, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    whole = body_of(shared_demo, f"{asset.uid}/data/?limit=50")
    app = KoboApp(make_session(shared_demo))
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, shared_demo, asset)
        await stage.settled()
        await stage.open_project("data")
        for name, body in bodies(whole, RECORDS).items():
            stage.screen.flash("")
            shared_demo.faults.once(path="/data/$", body=body, count=99)
            stage.screen.read_anew()
            await stage.settled()
            facts = stage.screen.query_one("TopLine")._text._facts
            if name == "count too high":
                assert "of 560" in facts, "rows that never come stay marked as missing"
            assert stage.said or "counts fewer" in facts, name
            assert app.unexpected == [], name
            shared_demo.faults.clear()


PLACES = {
    "/permission-assignments/": "sharing",
    "/versions/": "form",
    "/counts/": "summary",
    "/environment/": "general",
}


@pytest.mark.parametrize("path", PLACES)
async def test_what_else_is_asked(
    shared_demo: DemoServer, asset: Asset, make_session: MakeSession, until: Until, tmp_path: Path, path: str
) -> None:
    """Teams, versions, days, the server's facts: what cannot be read is said where it is wanted."""
    app = KoboApp(make_session(shared_demo))
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, shared_demo, asset)
        await stage.settled()
        await stage.open_project(PLACES[path])
        for name, body in NO_JSON.items():
            stage.screen.flash("")
            shared_demo.faults.once(path=path, body=body, count=99)
            if path == "/versions/":
                stage.screen.read_versions()
            else:
                await stage.pilot.press("enter" if path == "/environment/" else "r")
            await stage.until(lambda: not any(worker.is_running for worker in app.workers), "rest")
            plot = stage.screen.query("#plot-title")
            assert stage.said or (plot and "Submissions per day" not in str(plot.first().render())), name
            assert app.unexpected == [], name
            shared_demo.faults.clear()


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_logging_in(shared_demo: DemoServer, body: bytes) -> None:
    """With no account yet: every answer that is none has a sentence."""
    person = shared_demo.accounts[0]
    server = await login.find_server(shared_demo.url)
    for path, ask in (
        ("/environment/", lambda: login.find_server(shared_demo.url)),
        ("/me/", lambda: login.who_is(server, person.token)),
        ("/token/", lambda: login.fetch_key(server, person.username, person.password)),
    ):
        shared_demo.faults.once(path=path, body=body)
        with pytest.raises(KoboError) as refused:
            await ask()
        assert refused.value.sentence
        assert person.token not in refused.value.details()
    shared_demo.faults.clear()


async def test_a_key_that_is_not_accepted(
    demo: DemoServer, make_session: MakeSession, until: Until, tmp_path: Path
) -> None:
    session = make_session(demo)
    demo.state.users["admin"].token = "0" * 40
    async with KoboApp(session).run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, household(demo))
        await stage.until(lambda: "does not accept the API key" in stage.said, "the sentence")
        await stage.pilot.press("d", "enter", "r", "exclamation_mark")
        await stage.window(MessageBox)


async def test_writes_that_are_answered_with_nonsense_are_asked_after(demo: DemoServer, journal: Journal) -> None:
    """The server has done it: that is found out, and nothing is sent twice."""
    assets = [a for a in demo.state.assets.values() if a.asset_type == "survey" and a.owner == "admin"]
    changes = []
    for asset, body in zip(assets, NO_JSON.values(), strict=False):
        demo.faults.once(path=f"/{asset.uid}/$", method="PATCH", body=body)
        before = {"description": asset.settings.get("description", "")}
        change = EditProject(project=asset.uid, project_name="", before=before, after={"description": "new"})
        changes.append(change)
    async with KoboClient(account_on(demo), token_on(demo)) as kobo:
        outcomes = await applied(demo, kobo, journal, *changes)
    assert [(outcome.state, outcome.reason) for outcome in outcomes] == [(State.DONE, "")] * len(changes)
    assert all(asset.settings["description"] == "new" for asset, _change in zip(assets, changes, strict=False))
