"""``kobotui new`` and ``replace``: forms from files, addresses and standard input."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from kobotui.__main__ import main, session_on
from tests.changes.test_projects import household, xlsform

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.demo.server import DemoServer

    Run = Callable[..., tuple[int, str, str]]

FORM = xlsform(("text", "who", "Who?"))


@pytest.fixture
def run(demo: DemoServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as the demo's administrator, with bytes on standard input: exit code, output, errors."""
    session_on(demo).accounts.use("admin")

    def command(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(words)
        return code, *capsys.readouterr()

    return command


def named(server: DemoServer, name: str) -> list[Any]:
    return [asset for asset in server.state.assets.values() if asset.name == name and not asset.trashed]


def asked(asset: Any) -> list[str]:
    return [row["name"] for row in asset.content["survey"]]


def test_a_form_on_standard_input_becomes_a_project(run: Run, demo: DemoServer) -> None:
    code, out, _err = run("new", "-", "--name", "Wells 2026", "--yes", "--json", stdin=FORM)
    (result,) = json.loads(out)
    (asset,) = named(demo, "Wells 2026")
    assert (code, result["made"], asked(asset)) == (0, asset.uid, ["who"])


def test_a_file_gives_its_name_and_replaces_a_form(run: Run, demo: DemoServer, tmp_path: Path) -> None:
    path = tmp_path / "Latrine check.xlsx"
    path.write_bytes(FORM)
    assert run("new", str(path), "--yes")[0] == 0
    assert [asked(asset) for asset in named(demo, "Latrine check")] == [["who"]]
    asset = household(demo)
    live, name = asset.deployed_version, asset.name
    code, _out, _err = run("replace", asset.uid, "-", "--yes", stdin=FORM)
    assert (code, asked(asset), asset.name) == (0, ["who"], name)
    assert asset.deployed_version is live


def test_what_is_wrong_with_a_form_is_said_whole(run: Run) -> None:
    code, out, err = run("new", "-", "--name", "X", "--yes", stdin=xlsform(("txet", "who", "Who?")))
    assert code == 1
    assert "unknown type ['txet']" in out
    assert "failed" in err


@pytest.mark.parametrize(
    ("words", "stdin", "code", "said"),
    [
        (("new", "-"), FORM, 2, "--name"),
        (("new", "-", "--name", "X"), FORM, 2, "--yes"),
        (("new", "-", "--name", "X", "--yes"), b"", 1, "no form on standard input"),
        (("new", "absent.xlsx", "--yes"), b"", 2, "no file"),
        (("--read-only", "new", "-", "--name", "X", "--yes"), FORM, 2, "read-only"),
    ],
    ids=["no name", "nobody to ask", "nothing there", "no file", "read only"],  # a workbook's bytes tell the time
)
def test_what_cannot_be_done_is_a_sentence_and_makes_nothing(
    run: Run, demo: DemoServer, words: tuple[str, ...], stdin: bytes, code: int, said: str
) -> None:
    ended, out, err = run(*words, stdin=stdin)
    assert (ended, out) == (code, "")
    assert said in err
    assert not named(demo, "X")


def test_a_workbook_that_is_no_form_is_not_sent(run: Run, demo: DemoServer) -> None:
    file = io.BytesIO()
    openpyxl.Workbook().save(file)
    before = demo.faults.served
    code, _out, err = run("new", "-", "--name", "X", "--yes", stdin=file.getvalue())
    assert code == 1
    assert "no sheet “survey”" in err
    assert demo.faults.served == before
