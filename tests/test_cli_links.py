"""``kobotui links``: links that work on the server they name, texts without keys, dead links found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kobotui.__main__ import main, session_on
from kobotui.demo.hooks import DEFAULTS
from kobotui.demo.state import Row
from kobotui.model.export_options import ExportOptions
from tests.changes.conftest import token_on
from tests.exports.staging import plain_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(shared_demo: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the demo's administrator: exit code, output, errors."""
    session_on(shared_demo).accounts.use("admin")

    def command(*words: object) -> tuple[int, str, str]:
        code = main(["links", *map(str, words)])
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def asset(shared_demo: DemoServer) -> Asset:
    """A project of 12 records with two named exports."""
    found = plain_project(shared_demo, range(1, 13))
    for uid, name in (("es1", "Board"), ("es2", "Other")):
        settings = {"uid": uid, "name": name, "export_settings": ExportOptions(lang="_xml").body()}
        found.export_settings.append(settings | {"date_modified": "2026-01-01T00:00:00Z"})
    return found


def test_the_links_of_a_project(run: Run, shared_demo: DemoServer, asset: Asset) -> None:
    code, out, err = run(asset.uid, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["public"] is False
    assert [row["name"] for row in found["named_exports"]] == ["Board", "Other"]
    headers = {"Authorization": f"Token {token_on(shared_demo)}"}
    for link in (found["json"], found["named_exports"][0]["csv"], found["named_exports"][1]["xlsx"]):
        assert httpx.get(link, headers=headers, follow_redirects=True, trust_env=False).status_code == 200
    _code, out, _err = run(asset.uid)
    assert found["named_exports"][0]["csv"] in out
    assert found["json"] in out


def test_a_text_for_a_program(run: Run, asset: Asset, shared_demo: DemoServer) -> None:
    code, out, err = run(asset.uid, "--for", "powerbi", "--export", "Board")
    assert code == 0
    assert f"{shared_demo.url}/api/v2/assets/{asset.uid}/export-settings/es1/data.csv" in out
    assert "YOUR_API_KEY" in out
    assert "Anonymous" in err
    code, out, err = run(asset.uid, "--for", "sheets", "--export", "es2")
    assert "UrlFetchApp" in out
    assert "cannot log in" in err
    asset.rows += [Row("pX", "AnonymousUser", "view_asset"), Row("pY", "AnonymousUser", "view_submissions")]
    assert run(asset.uid, "--for", "sheets", "--export", "es2")[1].startswith("=IMPORTDATA(")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--for", "curl"], "Board, Other"),
        (["--for", "curl", "--export", "None"], "Board, Other"),
        (["--for", "sheets", "--kind", "xlsx", "--export", "Board"], "CSV"),
        (["aOther"], "--check"),
    ],
)
def test_used_wrongly(run: Run, asset: Asset, words: list[str], said: str) -> None:
    code, out, err = run(asset.uid, *words)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_python_text_works(run: Run, shared_demo: DemoServer, asset: Asset, kind: str, tmp_path: Path) -> None:
    """With stand-ins for what is not installed here."""
    _code, text, _err = run(asset.uid, "--for", "python", "--export", "Board", "--kind", kind)
    (tmp_path / "requests.py").write_text(
        "import httpx\n"
        "def get(url, params=None, headers=None, timeout=None):\n"
        "    return httpx.get(url, params=params, headers=headers, follow_redirects=True, trust_env=False)\n"
    )
    (tmp_path / "pandas.py").write_text(
        "import csv, io\n"
        "def read_csv(content, sep, dtype):\n"
        "    return list(csv.DictReader(io.TextIOWrapper(content, newline=''), delimiter=sep))\n"
    )
    text += "\nprint(len(data))\n" if kind == "csv" else "\nprint(len(records))\n"
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "KOBOTUI_TOKEN": token_on(shared_demo)}
    done = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("12\n", "")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_link_is_tried(run: Run, asset: Asset, kind: str) -> None:
    code, out, err = run(asset.uid, "--test", "--export", "Board", "--kind", kind, "--json")
    assert (code, err) == (0, "")
    tried = json.loads(out)
    assert (tried["rows"], tried["columns"]) == (12, 12)
    assert tried["bytes"] > 500


def test_a_link_that_takes_too_long_is_warned_about(run: Run, asset: Asset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kobotui.exports.link_test.MOST_SECONDS", 0.0001)
    code, _out, err = run(asset.uid, "--test", "--export", "Board")
    assert code == 0
    assert "before it fails" in err


def test_dead_links_are_found_and_named(run: Run, shared_demo: DemoServer, asset: Asset) -> None:
    assert run(asset.uid, "--check") == (0, "", "")
    hook: dict[str, Any] = {"uid": "hX", "name": "Push", "logs": [], "date_modified": datetime.now(UTC)}
    asset.hooks.append(DEFAULTS | hook | {"endpoint": f"{shared_demo.url}/api/v1/submissions"})
    asset.settings = {"description": "https://kf.kobotoolbox.org/exports/"}
    other = plain_project(shared_demo, [1])
    code, out, _err = run(asset.uid, other.uid, "--check", "--json")
    assert code == 1
    assert [(row["project"], row["where"]) for row in json.loads(out)] == [
        (asset.uid, "REST service Push"), (asset.uid, "description"),
    ]  # fmt: skip
    _code, out, _err = run(asset.uid, "--check")
    assert "/api/v2/assets/UID/exports/" in out


def test_no_key_is_in_anything(run: Run, shared_demo: DemoServer, asset: Asset) -> None:
    for program in ("powerbi", "excel", "sheets", "curl", "python", "r"):
        _code, out, err = run(asset.uid, "--for", program, "--export", "Board")
        assert token_on(shared_demo) not in out + err
