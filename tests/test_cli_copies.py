"""``kobotui backup`` and ``kobotui attachments``: folders from scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kobotui.__main__ import main, session_on
from tests.exports.expectations import source
from tests.exports.staging import plain_project, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.demo.server import DemoServer

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    shared_demo: DemoServer, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs a command as the demo's administrator, in an empty directory: exit code, output, errors."""
    session_on(shared_demo).accounts.use("admin")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def command(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    yield command
    shared_demo.faults.clear()


def test_backups_of_several_projects(run: Run, shared_demo: DemoServer) -> None:
    first, second = stage(shared_demo, source("clinic")._replace(name="Clinic")), plain_project(shared_demo, [1, 2])
    assert run("backup", first.uid, f"{shared_demo.url}/#/forms/{second.uid}/summary", "-o", "all") == (0, "", "")
    folder = Path("all", f"Clinic-{first.uid}")
    assert json.loads((folder / "backup.json").read_text())["records"] == 50
    code, out, _err = run("backup", first.uid, "-o", "all", "--json")
    (entry,) = json.loads(out)
    assert (code, entry["complete"], entry["files"]) == (0, True, [f"Clinic-{first.uid}/backup.json"])
    assert json.loads((folder / "backup.json").read_text())["records_added"] == 0


def test_files_of_records(run: Run, shared_demo: DemoServer) -> None:
    asset = stage(shared_demo, source("clinic")._replace(name="Clinic"))
    wanted = [r for r in source("clinic").records if r["facility"] == "Health post 4" and r["_attachments"]]
    code, out, err = run(
        "attachments", asset.uid, "--query", '{"facility": "Health post 4"}', "--question", "photo", "--json"
    )
    assert (code, err) == (0, "")
    assert json.loads(out)[0]["records"] == len(wanted)
    query = "facility = Health post 4 and photo has attachment"
    code, out, err = run("attachments", asset.uid, "--query", query, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)[0]["records"] == len(wanted)
    folder = Path(f"Clinic-{asset.uid}")
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {str(record["_id"]) for record in wanted}


def test_a_file_that_cannot_be_had_ends_with_5(run: Run, shared_demo: DemoServer) -> None:
    asset = stage(shared_demo, source("clinic")._replace(name="Clinic"))
    shared_demo.faults.once(500, "attachments/", count=1)
    code, _out, err = run("attachments", asset.uid)
    assert code == 5
    assert "photo_" in err


def test_a_project_that_is_not_there(run: Run) -> None:
    code, _out, err = run("backup", "aBcDeFgHiJkLmNoPqRsTuV2")
    assert code == 1
    assert "aBcDeFgHiJkLmNoPqRsTuV2" in err


def test_a_query_that_is_no_object(run: Run) -> None:
    assert run("attachments", "aX", "--query", "[]")[0] == 2
