"""What commands write: every character into a file, nothing a terminal would obey onto a terminal."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest

from kobotui.cli.output import JsonList, complain, write_csv, write_table
from kobotui.columns.cell import Cell, Column

HOSTILE = "a\x1b]52;c;x\x07b\x9bc\u202ed\r\n[/]e"


@pytest.fixture(params=[False, True], ids=["file", "terminal"])
def terminal(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> bool:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _self: request.param)
    return bool(request.param)


def obeyed(text: str) -> set[str]:
    return {char for char in text if char in "\x1b\x07\x9b\u202e"}


def test_json_is_the_same_value_either_way(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with JsonList() as out:
        out.write({"name": HOSTILE})
        out.write([1, None])
    text = capsys.readouterr().out
    assert json.loads(text) == [{"name": HOSTILE}, [1, None]]
    assert not (terminal and obeyed(text))


def test_an_empty_list_and_one_that_broke_off_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonList():
        pass
    assert json.loads(capsys.readouterr().out) == []

    def broken() -> None:
        with JsonList() as out:
            out.write(1)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the one above
        broken()
    assert json.loads(capsys.readouterr().out) == [1]


def test_csv_keeps_texts_in_files_and_guards_formulas(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(["name", "=head"], [[HOSTILE, "=1+1"], [None, -5], [{"a": "é"}, "-5.5"]])
    text = capsys.readouterr().out
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["name", "'=head"]
    assert rows[1][1] == "'=1+1"
    assert rows[2] == ["", "-5"]
    assert rows[3] == ['{"a":"é"}', "-5.5"]
    if terminal:
        assert not obeyed(text)
    else:
        assert rows[1][0] == HOSTILE


def test_a_table_is_aligned_by_cells_and_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    columns = (Column("name", "Name", 4), Column("n", "N", 3, right=True), Column("last", "Last", 4))
    write_table(columns, [[Cell(HOSTILE), Cell("5"), Cell("x")], [Cell("水点"), Cell("1,000"), Cell("y" * 90)]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert not obeyed("".join(lines))
    assert lines[0].index("N", 1) == lines[0].rindex("N")
    assert lines[2].endswith(" 1,000  " + "y" * 90)


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    write_table((Column("name", "Name", 4),), [])
    assert capsys.readouterr() == ("Name\n", "kobotui: Nothing found.\n")


def test_complaints_are_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    complain(HOSTILE)
    assert not obeyed(capsys.readouterr().err)
