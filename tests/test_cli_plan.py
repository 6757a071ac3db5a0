"""``kobotui plan show``: what the review says, from a file; and files that are no plans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kobotui.__main__ import main
from kobotui.changes import planfile
from kobotui.changes.access import SetAccess
from kobotui.changes.plan import Plan
from kobotui.changes.projects import DeleteProject, EditProject
from kobotui.changes.review import review_lines
from kobotui.model.access import Rights

if TYPE_CHECKING:
    from collections.abc import Callable

    Show = Callable[..., tuple[int, str, str]]

SERVER = "https://kf.example.org"
NASTY = "North\x1b]52;c;x\x07 [/]\u202e"
VIEW = Rights(frozenset({"view_asset"}))
PLAN = Plan(
    title="Monday",
    account="field",
    server=SERVER,
    warnings=("Ask Ana first.",),
    changes=(
        SetAccess(project="a1", project_name=NASTY, username="ben", owner="ana", before=VIEW, after=Rights()),
        DeleteProject(project="a2", project_name="Old", submissions=7),
        EditProject(project="a1", project_name=NASTY, before={"name": NASTY}, after={"name": "South"}),
    ),
)


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Runs ``kobotui plan show``: exit code, output, errors."""

    def command(*words: object) -> tuple[int, str, str]:
        code = main(["plan", "show", *map(str, words)])
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    planfile.write(PLAN, path)
    return path


def test_the_plan_is_shown_as_the_review_shows_it(show: Show, file: Path) -> None:
    code, out, err = show(file)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["Monday", f"As field on {SERVER}"]
    assert "1 removal on 2 projects, 1 user" in lines[2]
    assert "request" in lines[2]
    assert lines[3] == "It destroys 1 thing."
    assert lines[4] == "! Ask Ana first."
    assert any("ben loses all access" in line for line in lines[4:8])
    assert "Undo gives back: 2 exactly, 1 not at all" in lines
    assert len(lines) == 4 + len(review_lines(PLAN))
    assert not {char for char in out if char in "\x1b\x07\u202e"}


def test_as_json_it_has_what_a_program_needs(show: Show, file: Path) -> None:
    code, out, _err = show(file, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["server"], found["account"], found["destroys"]) == (SERVER, "field", 1)
    assert found["undo"] == {"exact": 2, "equivalent": 0, "impossible": 1}
    assert found["warnings"] == list(PLAN.all_warnings)
    access, deletion, edit = found["changes"]
    assert (access["kind"], access["change"], access["after"]) == ("set-access", "ben", "leaves")
    assert (deletion["sign"], deletion["undo"]) == ("-", "impossible")
    assert edit["project_name"] == NASTY


def test_a_file_is_the_same_each_time_it_is_written(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.toml"
    planfile.write(planfile.read(file), again)
    assert again.read_text() == file.read_text()
    assert planfile.read(again) == PLAN


GOOD = f'kobotui = 1\ntitle = "T"\naccount = "field"\nserver = "{SERVER}"\n'
EDIT = '[[change]]\nkind = "edit-project"\nproject = "a1"\nproject_name = "P"\n'
RULE = """
[[change]]
kind = "set-access"
project = "a1"
project_name = "P"
username = "ben"
owner = "ana"
before = {}
after = {rules = [{codename = "view_submissions", filters = ["north"]}]}
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a plan"),
        ("[[[", "is not a plan"),
        ("a = " + "[" * 3000, "is not a plan"),
        (GOOD + "change = []", "holds no change"),
        (GOOD.replace("1", "2", 1) + "undreamt = true", "newer kobotui"),
        (GOOD + '[[change]]\nkind = "burn-down"\nproject = "a1"\n', "is not a plan"),
        (GOOD + EDIT + 'after = {name = "x"}\n', "is not a plan"),
        (GOOD + EDIT + 'before = {}\nafter = {name = "x"}\n', "change 1 (edit-project) cannot be understood"),
        (GOOD + EDIT + "before = {size = 1}\nafter = {size = 2}\n", "change 1 (edit-project) cannot be understood"),
        (GOOD + RULE, "change 1 (set-access) cannot be understood"),
    ],
    ids=["empty", "no TOML", "deep", "no change", "newer", "kind", "missing", "before", "field", "rule"],
)
def test_what_is_no_plan_is_used_wrongly(show: Show, file: Path, text: str, why: str) -> None:
    file.write_text(text)
    code, out, err = show(file)
    assert (code, out) == (2, "")
    assert why in err
    assert str(file) in err
    assert len(err.splitlines()) == 1


def test_a_file_that_cannot_be_read(show: Show, file: Path, tmp_path: Path) -> None:
    assert show(tmp_path / "none.toml")[0] == 2
    assert show(tmp_path)[0] == 2
    file.write_bytes(b"\xff\xfe")
    code, _out, err = show(file)
    assert code == 2
    assert "UTF-8" in err
