"""Who did what, and from where: the lists of the command line against what the demo did."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kobotui.__main__ import main
from tests.commands import Run, runner

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset


@pytest.fixture
def run(shared_demo: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(shared_demo, capsys)


def eventful(demo: DemoServer) -> list[Asset]:
    """The administrator's projects, those with the longest history first."""
    mine = [a for a in demo.state.assets.values() if a.owner == "admin" and a.asset_type == "survey"]
    return sorted(mine, key=lambda asset: -len(asset.history))


def test_the_history_of_a_project_newest_first(run: Run, shared_demo: DemoServer) -> None:
    asset = eventful(shared_demo)[0]
    code, out, err = run("history", asset.uid, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, Any]] = json.loads(out)
    assert [one["action"] for one in found] == [event.action for event in reversed(asset.history)]
    assert {one["project"] for one in found} == {asset.uid}
    assert {one["ip_address"] for one in found} == {"127.0.0.1"}


def test_filters_are_the_servers(run: Run, shared_demo: DemoServer) -> None:
    first, second, *_more = eventful(shared_demo)
    both = (f"{shared_demo.url}/#/forms/{first.uid}/summary", second.uid)
    events = sorted((e for a in (first, second) for e in a.history), key=lambda e: e.moment, reverse=True)
    code, out, _err = run("history", *both, "--action", "deploy", "--action", "update-name", "--json")
    assert code == 0
    wanted = [e.action for e in events if e.action in ("deploy", "update-name")]
    assert wanted
    assert [one["action"] for one in json.loads(out)] == wanted
    day = events[-1].moment.date()
    _code, out, _err = run("history", *both, "--until", f"{day}", "--json")
    assert len(json.loads(out)) == sum(e.moment.date() <= day for e in events) > 0
    _code, out, _err = run("history", *both, "--since", f"{day + timedelta(days=1)}", "--json")
    assert len(json.loads(out)) == sum(e.moment.date() > day for e in events)
    _code, out, _err = run("history", *both, "--user", "nobody", "--json")
    assert json.loads(out) == []
    _code, out, _err = run("history", *both, "--rights", "--json")
    assert len(json.loads(out)) == sum(e.subtype == "permission" for e in events)


def test_all_projects_and_what_is_hidden_is_said(run: Run, shared_demo: DemoServer) -> None:
    code, out, err = run("history", "--csv")
    assert code == 5
    assert "hide" in err
    found = list(csv.DictReader(io.StringIO(out)))
    assert {row["project"] for row in found} >= {asset.uid for asset in eventful(shared_demo) if asset.history}
    moments = [row["moment"] for row in found]
    assert moments == sorted(moments, reverse=True)
    hidden = next(a for a in shared_demo.state.assets.values() if a.owner == "ben")
    code, out, err = run("history", hidden.uid, "--json")
    assert (code, json.loads(out)) == (5, [])
    assert "1 project hides its history" in err


def test_as_a_table(run: Run, shared_demo: DemoServer) -> None:
    asset = eventful(shared_demo)[0]
    _code, out, _err = run("history", asset.uid, "--action", "deploy")
    heading, *lines = out.splitlines()
    assert heading.split() == ["When", "User", "Action", "Project", "Details", "From"]
    assert all("deploy project" in line for line in lines)
    assert lines


@pytest.mark.parametrize("words", [("--action", "a b"), ("--user", "x) OR (")])
def test_what_the_server_would_read_as_something_else_is_refused(run: Run, words: tuple[str, str]) -> None:
    code, out, err = run("history", *words)
    assert (code, out) == (2, "")
    assert "cannot search" in err


def test_a_day_that_is_none(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["history", "--since", "yesterday"])
    assert "not a day like 2026-11-01" in capsys.readouterr().err


def test_the_accounts_own_access_log(run: Run, shared_demo: DemoServer) -> None:
    before = sum(entry[0] == "admin" for entry in shared_demo.state.access_log)
    code, out, _err = run("access-log", "--json")
    assert code == 0
    found = json.loads(out)
    assert len(found) == before + 1
    assert {one["auth_type"] for one in found} <= {"token", "basic"}
    code, out, _err = run("access-log", "--since", f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}", "--csv")
    assert (code, out.splitlines()) == (0, ["moment,user,action,count,auth_type,ip_address,source"])
    code, out, _err = run("access-log")
    assert out.splitlines()[0].split() == ["When", "Times", "By", "From", "Program"]
