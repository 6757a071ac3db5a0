"""The lists for scripts: what the server has, in each format, and exit codes that tell what is missing."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from kobotui.__main__ import main
from kobotui.accounts import Accounts
from kobotui.secrets import forget_token
from tests.commands import Run, runner

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer


@pytest.fixture
def run(shared_demo: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(shared_demo, capsys)


def mine(server: DemoServer) -> dict[str, Any]:
    """The projects the administrator sees, as the demo holds them."""
    return {
        asset.uid: asset
        for asset in server.state.assets.values()
        if asset.asset_type == "survey"
        and (asset.owner == "admin" or any(row.username == "admin" for row in asset.rows))
    }


def biggest(server: DemoServer) -> Any:
    return max(mine(server).values(), key=lambda asset: len(asset.records) if asset.records else 0)


def test_projects_as_json_are_all_of_them_with_the_servers_names(run: Run, shared_demo: DemoServer) -> None:
    code, out, _err = run("projects", "--json")
    assert code == 0
    found = {project["uid"]: project for project in json.loads(out)}
    wanted = mine(shared_demo)
    assert set(found) == set(wanted)
    for uid, asset in wanted.items():
        assert found[uid]["name"] == asset.name
        assert found[uid]["deployment_status"] == asset.deployment_status


def test_projects_as_csv_and_as_a_table(run: Run, shared_demo: DemoServer) -> None:
    code, out, _err = run("projects", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, {row["uid"] for row in rows}) == (0, set(mine(shared_demo)))
    renamed = {uid for uid, asset in mine(shared_demo).items() if asset.version is not asset.deployed_version}
    assert {row["uid"] for row in rows if row["undeployed_changes"] == "perhaps"} == {
        uid for uid in renamed if mine(shared_demo)[uid].deployment
    }
    code, out, _err = run("projects")
    assert (code, len(out.splitlines())) == (0, len(rows) + 1)
    assert all(row["uid"] in out for row in rows)


def test_a_query_narrows_and_nothing_found_is_said(run: Run, shared_demo: DemoServer) -> None:
    _code, out, _err = run("projects", "--query", "_deployment_status:draft", "--json")
    drafts = {uid for uid, asset in mine(shared_demo).items() if asset.deployment_status == "draft"}
    assert {project["uid"] for project in json.loads(out)} == drafts
    code, out, err = run("projects", "--query", "nosuch:field", "--json")
    assert (code, json.loads(out)) == (0, [])
    assert "cannot read" in err


def test_another_account_sees_its_own_projects(run: Run) -> None:
    _code, out, _err = run("projects", "--account", "ben", "--json")
    assert any(project["owner__username"] == "ben" for project in json.loads(out))


def test_a_list_that_is_not_whole_ends_with_5_and_says_so(
    run: Run, shared_demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kobotui.api.paging import Page
    from kobotui.api.projects import ProjectService

    page = ProjectService.page

    async def one_too_many(self: ProjectService, *args: Any, **fields: Any) -> Page[Any]:
        read = await page(self, *args, **fields)
        return Page(read.items, read.count + 1, read.start)

    monkeypatch.setattr(ProjectService, "page", one_too_many)
    code, out, err = run("projects", "--json")
    assert code == 5
    assert len(json.loads(out)) == len(mine(shared_demo))
    assert "missing" in err


@pytest.mark.parametrize("of", ["{uid}", "{url}/#/forms/{uid}/data"])
def test_submissions_are_all_records(run: Run, shared_demo: DemoServer, of: str) -> None:
    asset = biggest(shared_demo)
    code, out, _err = run("submissions", of.format(uid=asset.uid, url=shared_demo.url), "--json")
    assert code == 0
    assert len(json.loads(out)) == len(asset.records)
    assert len({record["_uuid"] for record in json.loads(out)}) == len(asset.records)


def test_submissions_as_csv_have_a_column_for_every_answer(run: Run, shared_demo: DemoServer) -> None:
    asset = biggest(shared_demo)
    _code, out, _err = run("submissions", asset.uid, "--json")
    records = json.loads(out)
    _code, out, _err = run("submissions", asset.uid, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["_id"] for row in rows] == [str(record["_id"]) for record in records]
    assert set(rows[0]) == {key for record in records for key in record}


def test_a_filter_in_words(run: Run, shared_demo: DemoServer) -> None:
    asset = biggest(shared_demo)
    _code, out, _err = run("submissions", asset.uid, "--json")
    records = json.loads(out)
    meant = [r["_id"] for r in records if r["_validation_status"] == {} and r["start"] <= r["_submission_time"] + "Z"]
    code, out, err = run("submissions", asset.uid, "--query", "[not yet validated] and start <= ${sent}", "--json")
    assert (code, err) == (0, "")
    assert 0 < len(meant) < len(records)
    assert [record["_id"] for record in json.loads(out)] == meant


def test_a_query_that_is_no_object_is_used_wrongly(run: Run) -> None:
    code, out, err = run("submissions", "aXYZ", "--query", "[1]")
    assert (code, out) == (2, "")
    assert "JSON object" in err


def test_an_address_on_another_server_gets_a_sentence(run: Run) -> None:
    code, _out, err = run("submissions", "https://elsewhere.example/#/forms/aBcDeFgHiJkLmNoPqRsTuV2/data")
    assert code == 1
    assert "another server" in err


def test_a_project_that_is_not_there(run: Run) -> None:
    code, _out, err = run("submissions", "aBcDeFgHiJkLmNoPqRsTuV2", "--json")
    assert code == 1
    assert err.startswith("kobotui: ")


def test_a_key_the_server_refuses_ends_with_3(run: Run, shared_demo: DemoServer) -> None:
    shared_demo.faults.once(401, "/api/v2/assets/")
    code, out, err = run("projects", "--json")
    assert code == 3
    assert "Traceback" not in err
    assert out == ""


def test_no_key_ends_with_3(run: Run, shared_demo: DemoServer) -> None:
    forget_token(Accounts.load().get("dana"))
    code, _out, err = run("projects", "--account", "dana")
    assert code == 3
    assert "kobotui login" in err


def test_no_account_is_a_failure_with_the_command_that_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["projects"]) == 1
    assert "kobotui login" in capsys.readouterr().err
