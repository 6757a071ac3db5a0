"""Commands on a terminal print nothing that it obeys, whatever the server says; into a file every character goes."""

from __future__ import annotations

import csv
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kobotui.__main__ import main, session_on
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.logfile import log_to
from kobotui.model.text import guard_formula, shown
from tests.conftest import running
from tests.hostile.corpus import EVERYTHING, HALVES, TEXTS
from tests.hostile.seed import spoil


@pytest.fixture(scope="module")
def spoilt() -> Iterator[tuple[DemoServer, Asset]]:
    with running(60) as server:
        yield server, spoil(server)


@pytest.fixture
def whole(spoilt: tuple[DemoServer, Asset]) -> Asset:
    session_on(spoilt[0]).accounts.use("admin")
    return spoilt[1]


def clean(text: str) -> bool:
    """Whether a terminal may be given this; of lines the ends are ours."""
    return all(shown(line) == line for line in text.split("\n"))


COMMANDS = [
    [*command, *form]
    for command in (["projects"], ["users"], ["users", "UID"], ["submissions", "UID"], ["accounts"], ["doctor"])
    for form in ([], ["--json"], ["--csv"])
    if form != ["--csv"] or command[0] not in ("accounts", "doctor")
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_on_a_terminal(
    whole: Asset, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _self: True)
    main([whole.uid if word == "UID" else word for word in words])
    out, err = capsys.readouterr()
    assert out
    assert clean(out)
    assert clean(err)


def test_into_a_file(whole: Asset, capsys: pytest.CaptureFixture[str]) -> None:
    main(["projects", "--json"])
    names = [project["name"] for project in json.loads(capsys.readouterr().out)]
    assert set(TEXTS) <= set(names)
    main(["submissions", whole.uid, "--csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["_submitted_by"] for row in rows] == list(map(guard_formula, TEXTS))


@pytest.mark.parametrize("html", [False, True], ids=["json", "page"])
def test_refusals_are_cleaned(
    spoilt: tuple[DemoServer, Asset], whole: Asset, capsys: pytest.CaptureFixture[str], html: bool
) -> None:
    page = f"<!doctype html><html><title>{EVERYTHING}</title>"
    body = page if html else json.dumps({"detail": EVERYTHING, EVERYTHING: [EVERYTHING]})
    spoilt[0].faults.once(400, "/assets/", html=html, body=body.encode())
    assert main(["projects"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("kobotui: The server refuses")
    assert clean(err)


@pytest.mark.parametrize("words", [["open", EVERYTHING], ["projects", "--account", EVERYTHING], ["logout", EVERYTHING]])
def test_what_was_typed_is_cleaned(whole: Asset, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words)
    assert clean(capsys.readouterr().err)


@pytest.mark.parametrize(
    "words", [["projects", "--query", HALVES], ["submissions", "UID", "--query", json.dumps({"a": HALVES})],
              ["users", HALVES], ["submissions", HALVES]], ids=["projects", "submissions", "users", "uid"]
)  # fmt: skip
def test_bytes_of_the_command_line_that_are_no_text_are_a_sentence(
    whole: Asset, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main([whole.uid if word == "UID" else word for word in words]) == 1
    err = capsys.readouterr().err
    assert err.startswith("kobotui: ")
    assert clean(err)


def test_answers_in_each_other_without_end_are_a_sentence(
    spoilt: tuple[DemoServer, Asset], whole: Asset, capsys: pytest.CaptureFixture[str]
) -> None:
    deep = b"[" * 900 + b"]" * 900
    body = b'{"count": 1, "next": null, "results": [{"_id": 1, "q": %s}]}' % deep
    for form in ("--json", "--csv"):
        spoilt[0].faults.once(path="/data/", body=body)
        assert main(["submissions", whole.uid, form]) in (0, 1)
        err = capsys.readouterr().err
        assert "Traceback" not in err


def test_the_log_can_be_looked_at(tmp_path: Path) -> None:
    with log_to(tmp_path / "log"):
        logging.getLogger("kobotui").error("%s\n%s", EVERYTHING, EVERYTHING)
    assert clean((tmp_path / "log").read_text(encoding="utf-8"))
