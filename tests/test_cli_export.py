"""``kobotui export``: files from scripts, what is said and when, exit codes that tell what is missing."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from kobotui.__main__ import main, session_on
from kobotui.demo import accounts as demo_accounts
from tests.exports.expectations import source
from tests.exports.staging import plain, plain_project, put, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kobotui.demo.server import DemoServer

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def demo(shared_demo: DemoServer) -> Iterator[DemoServer]:
    """One server for all tests, which make projects of their own on it."""
    yield shared_demo
    shared_demo.faults.clear()


@pytest.fixture
def run(demo: DemoServer, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as the demo's administrator, in an empty directory: exit code, output, errors."""
    session_on(demo).accounts.use("admin")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def command(*words: object) -> tuple[int, str, str]:
        code = main(["export", *map(str, words)])
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def quick_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks for little patience."""
    environment = json.loads(demo_accounts.ENVIRONMENT.read_text("utf-8")) | {"frontend_min_retry_time": 0.1}
    (tmp_path / "environment.json").write_text(json.dumps(environment))
    monkeypatch.setattr(demo_accounts, "ENVIRONMENT", tmp_path / "environment.json")


def table(path: str | Path) -> list[list[str]]:
    """The rows of a CSV file."""
    text = Path(path).read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def test_a_project_by_name_and_quietly(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household")._replace(name="Ménage: été/2026"))
    code, out, err = run(asset.uid)
    assert (code, out, err) == (0, "", "")
    rows = table("Ménage_ été_2026.csv")
    assert len(rows) == 101
    assert rows[0][:3] == ["start", "end", "today"]
    assert rows[1][rows[0].index("region")] == "east"


def test_labels_groups_questions_and_the_result_as_json(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    words = ["--groups", "--multiple", "one", "--question", "loc/region", "--question", "econ/needs", "--json"]
    code, out, err = run(asset.uid, "-o", "x.csv", *words, "--labels", "fr")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "project": asset.uid, "name": asset.name, "files": ["x.csv"], "records": 100, "complete": True, "notes": [],
        "error": "", "moment": "",
    }  # fmt: skip
    rows = table("x.csv")
    assert rows[0] == ["Localisation/Région", "Économie/Besoins prioritaires", "_uuid", "meta/rootUuid"]
    assert rows[1][:2] == ["Est", "Protection Eau Nourriture"]


def test_labels_without_a_language_are_the_forms_first(run: Run, demo: DemoServer) -> None:
    for name, heading in (
        ("household", "Household survey. Read the consent text aloud."),
        ("clinic", "Name of the health facility"),
    ):
        asset = stage(demo, source(name))
        assert run(asset.uid, "-o", f"{name}.csv", "--labels")[0] == 0
        assert heading in table(f"{name}.csv")[0]


def test_a_language_the_form_does_not_have(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    code, _out, err = run(asset.uid, "--labels", "Klingon")
    assert code == 1
    assert "Français (fr)" in err
    assert not list(Path().iterdir())


def test_a_workbook_with_repeats(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("clinic"))
    assert run(asset.uid, "--format", "xlsx", "-o", "sub/x.xlsx")[0] == 0
    assert openpyxl.load_workbook("sub/x.xlsx").sheetnames[1:] == ["patient", "visit"]


def test_a_query_a_date_and_another_separator(run: Run, demo: DemoServer) -> None:
    asset = plain_project(demo, range(1, 200))
    code, out, _err = run(
        asset.uid, "-o", "x.csv", "--query", '{"q": {"$regex": "1$"}}', "--since", "2026-02-01T01:01:00+01:00",
        "--separator", ",", "--json",
    )  # fmt: skip
    assert (code, json.loads(out)["records"]) == (0, len([n for n in range(60, 200) if n % 10 == 1]))
    assert Path("x.csv").read_text().startswith('"q","_id"')


MANY = "patient >= 2 and not facility contains 4"
"""What the server cannot tell."""


def _many() -> set[int]:
    records = source("clinic").records
    return {r["_id"] for r in records if len(r.get("patient", [])) >= 2 and "4" not in r.get("facility", "")}


@pytest.mark.parametrize("format", ["jsonl", "server-csv"])
def test_a_filter_in_words_that_the_server_cannot_tell(run: Run, demo: DemoServer, format: str) -> None:
    asset = stage(demo, source("clinic"))
    code, out, err = run(asset.uid, "--format", format, "-o", "x", "--query", MANY, "--json")
    assert code == 0, err
    if format == "jsonl":
        assert {json.loads(line)["_id"] for line in Path("x").read_text().splitlines()} == _many()
        assert json.loads(out)["records"] == len(_many())
    else:
        assert len(Path("x").read_text().splitlines()) == len(_many()) + 1
    code, out, _err = run(asset.uid, "--format", "jsonl", "-o", "y", "--query", "patient > 9000", "--json")
    assert (code, json.loads(out)["records"]) == (0, 0), "nothing that matches is not everything"


@pytest.mark.parametrize(
    ("query", "said"),
    [("patient > 1", "--since last"), ("patients > 1", "no question called patients"), ("[x]", "No filter is saved")],
)
def test_a_filter_that_will_not_do(run: Run, demo: DemoServer, query: str, said: str) -> None:
    asset = stage(demo, source("clinic"))
    code, _out, err = run(asset.uid, "--format", "jsonl", "-o", "x", "--since", "last", "--query", query)
    assert code == 1
    assert said in err
    assert not Path("x").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--query", "[1]"], "JSON object"),
        (["--query", '{"$nor": []}'], "does not know $nor"),
        (["--since", "yesterday"], "2026-08-31"),
        (["--since", "last", "--format", "xlsx"], "csv, jsonl"),
        (["--since", "last", "--resume"], "--resume"),
        (["--format", "kml", "--resume"], "--resume"),
    ],
)
def test_what_does_not_go_together_is_used_wrongly(run: Run, words: list[str], said: str) -> None:
    code, out, err = run("aXYZ", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_new_records_are_added(run: Run, demo: DemoServer) -> None:
    asset = plain_project(demo, range(1, 11))
    for number in (11, 12):
        assert run(asset.uid, "-o", "x.csv", "--since", "last") == (0, "", "")
        put(asset, [plain(number)])
    assert [row[1] for row in table("x.csv")[1:]] == [str(n) for n in range(1, 12)]


def test_several_projects_go_into_a_folder(run: Run, demo: DemoServer) -> None:
    first, second = plain_project(demo, [1, 2]), plain_project(demo, [3])
    draft = plain_project(demo, [])
    draft.deployment = draft.records = None
    code, out, err = run(first.uid, second.uid, draft.uid, "-o", "all", "--format", "jsonl", "--json")
    assert code == 1
    assert "Plain: " in err
    entries: list[dict[str, Any]] = json.loads(out)
    assert [(entry["project"], entry["records"], bool(entry["error"])) for entry in entries] == [
        (first.uid, 2, False), (second.uid, 1, False), (draft.uid, 0, True),
    ]  # fmt: skip
    assert entries[0]["files"] == [f"Plain-{first.uid}.jsonl"]
    assert json.loads(Path("all/manifest.json").read_text()) == entries
    assert len(Path("all", entries[0]["files"][0]).read_bytes().splitlines()) == 2
    first.name = "Renamed"
    run(first.uid, "-o", "all/", "--format", "jsonl")
    assert sorted(path.name for path in Path("all").iterdir()) == sorted(
        [f"Plain-{first.uid}.jsonl", f"Plain-{second.uid}.jsonl", "manifest.json"]
    )
    assert len(json.loads(Path("all/manifest.json").read_text())) == 3


def test_a_file_is_no_folder(run: Run, demo: DemoServer) -> None:
    Path("x").write_text("mine")
    code, _out, err = run("aX", "aY", "-o", "x")
    assert code == 2
    assert "folder" in err
    assert Path("x").read_text() == "mine"


def test_what_is_missing_ends_with_5_and_is_said(run: Run, demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = plain_project(demo, range(1, 11))
    assert asset.records is not None
    search = asset.records.search

    async def hiding(*args: Any, **options: Any) -> Any:
        count, rows = await search(*args, **options)
        return count, rows[1:]

    monkeypatch.setattr(asset.records, "search", hiding)
    code, out, err = run(asset.uid, "-o", "x.csv", "--json")
    assert (code, json.loads(out)["complete"]) == (5, False)
    assert "10 items are missing" in err


def test_a_cut_is_gone_on_with(run: Run, demo: DemoServer) -> None:
    asset = plain_project(demo, range(1, 5001))
    demo.faults.once(500, f"{asset.uid}/data/", skip=8, count=1000)
    code, _out, err = run(asset.uid, "-o", "x.jsonl", "--format", "jsonl")
    assert code == 1
    assert "failed" in err
    assert not Path("x.jsonl").exists()
    demo.faults.clear()
    assert run(asset.uid, "-o", "x.jsonl", "--format", "jsonl", "--resume")[0] == 0
    assert len(Path("x.jsonl").read_bytes().splitlines()) == 5000
    code, _out, err = run(asset.uid, "-o", "x.jsonl", "--format", "jsonl", "--resume")
    assert (code, err) == (0, "")


@pytest.mark.usefixtures("quick_server")
@pytest.mark.parametrize(
    ("kind", "begins"), [("server-csv", b'"q"'), ("server-xlsx", b"PK"), ("spss", b"PK"), ("kml", b"<?")]
)
def test_the_servers_own(run: Run, demo: DemoServer, kind: str, begins: bytes) -> None:
    asset = plain_project(demo, range(1, 11))
    code, out, err = run(asset.uid, "--format", kind, "-o", "x", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["files"] == ["x"]
    assert Path("x").read_bytes().startswith(begins)


@pytest.mark.usefixtures("quick_server")
def test_what_falls_off_is_said_before(run: Run, demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kobotui.api.exports.KEPT", 1)
    asset = plain_project(demo, [1])
    assert run(asset.uid, "--format", "server-csv", "-o", "x")[2] == ""
    assert "makes room" in run(asset.uid, "--format", "server-csv", "-o", "x")[2]


@pytest.mark.usefixtures("quick_server")
def test_when_the_server_gives_up_the_way_here_is_offered(
    run: Run, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def build(_asset: Any, task: Any, *_more: Any) -> None:
        task.status, task.messages = (
            "error",
            {"error_type": "SoftTimeLimitExceeded", "error": "SoftTimeLimitExceeded()"},
        )

    monkeypatch.setattr("kobotui.demo.exports.build", build)
    code, _out, err = run(plain_project(demo, [1]).uid, "--format", "server-csv", "-o", "x")
    assert code == 1
    assert "made here" in err


def test_a_key_the_server_refuses_ends_with_3(run: Run, demo: DemoServer) -> None:
    asset = plain_project(demo, [1])
    demo.faults.once(401, "/api/v2/assets/")
    assert run(asset.uid)[0] == 3
    demo.faults.once(401, "/api/v2/assets/")
    assert run(asset.uid, asset.uid, "-o", "x/")[0] == 3


def test_progress_is_for_terminals(run: Run, demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    asset = stage(demo, source("long")._replace(name="Long \x1b[31mname"))
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _self: True)
    monkeypatch.setattr("kobotui.cli.reading.REPORTS_PER_SECOND", 1000)
    code, _out, err = run(asset.uid, "-o", "x.csv")
    assert code == 0
    assert "60 / 60 (100 %)" in err
    assert "x.csv: 60 records" in err
    assert "\x1b" not in err


def test_what_is_no_file_is_left_as_it_is(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    os.mkfifo("pipe")
    for format in ("csv", "server-csv"):
        code, _out, err = run(asset.uid, "-o", "pipe", "--format", format)
        assert (code, Path("pipe").is_fifo()) == (1, True)
        assert "pipe is no file" in err
    assert run(asset.uid, "-o", "-")[0] == 2
    assert run(asset.uid, "-o", "x" * 300 + ".csv")[0] == 1
    assert [path.name for path in Path().iterdir()] == ["pipe"]


def test_a_link_stays_a_link(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    Path("link.csv").symlink_to("real.csv")
    assert run(asset.uid, "-o", "link.csv")[0] == 0
    assert Path("link.csv").is_symlink()
    assert len(table("real.csv")) == 101


def test_a_question_the_form_does_not_have(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    for format in ("csv", "server-csv"):
        code, _out, err = run(asset.uid, "-o", "x.csv", "--question", "region", "--format", format)
        assert code == 1
        assert "has no question region" in err
    assert not list(Path().iterdir())


def test_read_only_makes_no_export_on_the_server(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    code, _out, err = run(asset.uid, "-o", "x.csv", "--format", "server-csv", "--read-only")
    assert code != 0
    assert "read" in err
    assert demo.faults.served
    assert not Path("x.csv").exists()


def test_a_name_says_what_a_file_is(run: Run, demo: DemoServer) -> None:
    asset = stage(demo, source("household"))
    code, _out, err = run(asset.uid, "-o", "x.xlsx")
    assert (code, list(Path().iterdir())) == (2, [])
    assert "xlsx, server-xlsx" in err
    assert run(asset.uid, "-o", "x.csv", "--since", "")[0] == 2
