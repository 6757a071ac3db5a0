"""``kobotui import``: what a script gets, and the empty table."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from kobotui.demo.server import DemoServer
from tests.changes.test_projects import household
from tests.commands import Run, runner

HEADING = "consent;resp/name;resp/age"


@pytest.fixture
def run(demo: DemoServer, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(demo, capsys)


def csv(path: Path, *rows: str, heading: str = HEADING) -> Path:
    path.write_text("\n".join((heading, *rows)), encoding="utf-8-sig")
    return path


def test_new_records_twice_then_one_deleted(run: Run, demo: DemoServer, tmp_path: Path) -> None:
    asset, path = household(demo), csv(tmp_path / "new.csv", "no;Ana;41", "no;Bea;42")
    assert asset.records is not None
    before = asset.records.count()
    code, out, err = run("import", asset.uid, path, "--dry-run", "--json")
    assert (code, [one["state"] for one in json.loads(out)]) == (0, ["waiting", "waiting"])
    assert "2 to add" in err
    assert asset.records.count() == before
    assert run("import", asset.uid, path)[0] == 2  # nobody to ask
    code, out, _err = run("import", asset.uid, path, "--yes", "--json")
    made = [int(one["made"]) for one in json.loads(out)]
    assert (code, asset.records.count()) == (0, before + 2)
    code, out, _err = run("import", asset.uid, path, "--yes", "--json")
    assert (code, [row["fate"] for row in json.loads(out)["rows"]]) == (0, ["there", "there"])
    asset.records.remove(made[:1])
    code, _out, err = run("import", asset.uid, path, "--yes")
    assert (code, "--deleted again brings it back" in err) == (2, True)
    assert run("import", asset.uid, path, "--yes", "--deleted", "leave")[0] == 0
    assert asset.records.count() == before + 1
    assert run("import", asset.uid, path, "--yes", "--deleted", "again")[0] == 0
    assert asset.records.count() == before + 2


def test_problems_and_conflicts_end_as_codes(run: Run, demo: DemoServer, tmp_path: Path) -> None:
    asset = household(demo)
    path = csv(tmp_path / "bad.csv", "no;Ana;old;x", "maybe;;;", heading=f"{HEADING};mine")
    code, _out, err = run("import", asset.uid, path, "--yes")
    assert code == 2
    assert err.splitlines() == [
        "kobotui: column mine: no question of the form is called so",
        "kobotui: line 2, column resp/age: This is not a whole number.",
        "kobotui: line 3, column consent: maybe is not among the choices.",
        "kobotui: Columns that are no questions are left out by --skip-unknown.",
        "kobotui: Nothing of the file is brought in.",
    ]
    code, out, _err = run("import", asset.uid, path, "--skip-unknown", "--json", "--yes")
    assert (code, json.loads(out)["problem_count"]) == (2, 2)
    path = csv(tmp_path / "gone.csv", "999999999;no;Ana;41", ";no;Cleo;43", heading=f"_id;{HEADING}")
    code, _out, err = run("import", asset.uid, path, "--yes")
    assert (code, "line 2: the record is gone" in err) == (4, True)


def test_the_empty_table_filled_in(run: Run, demo: DemoServer, tmp_path: Path) -> None:
    asset, path = household(demo), tmp_path / "empty.xlsx"
    assert run("import", asset.uid)[0] == 2
    assert run("import", asset.uid, "--template", path)[0] == 0
    assert run("import", asset.uid, "--template", path)[0] == 2  # it is there already
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    headings = [cell.value for cell in page[1]]
    for name, value in {"consent": "no", "age": 41, "remarks": "=1+1"}.items():
        page.cell(2, headings.index(name) + 1).value = value
    page.cell(2, headings.index("remarks") + 1).data_type = "s"
    book.save(path)
    code, out, _err = run("import", asset.uid, path, "--yes", "--json")
    assert code == 0
    made = int(json.loads(out)[0]["made"])
    assert asset.records is not None
    row = asset.records.get(made)
    assert row is not None
    assert (row["consent"], row["resp/age"], row["remarks"]) == ("no", "41", "=1+1")
    for name, words in (("fr.xlsx", ("--labels", "fr")), ("plain.csv", ())):
        assert run("import", asset.uid, "--template", tmp_path / name, *words)[0] == 0
    page = openpyxl.load_workbook(tmp_path / "fr.xlsx").worksheets[0]
    assert any("é" in str(cell.value) for cell in page[1])
    assert "resp/name" not in (tmp_path / "plain.csv").read_text(encoding="utf-8-sig").split(",")
    assert run("import", asset.uid, "--template", tmp_path / "xx.csv", "--labels", "Klingon")[0] == 2
