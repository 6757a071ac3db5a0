"""What is remembered of projects: each its own, private, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

from kobotui.model.column_choice import ColumnChoice
from kobotui.remembered import Remembered


def test_each_project_has_its_own_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "state" / "columns.json"
    first = Remembered(path, "server a1", ColumnChoice)
    assert first.load() is None
    first.save(ColumnChoice(hidden=("x",)))
    Remembered(path, "server a2", ColumnChoice).save(ColumnChoice(groups=True))
    assert first.load() == ColumnChoice(hidden=("x",))
    assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["columns.json"]
    for number in range(500):
        Remembered(path, f"server b{number}", ColumnChoice).save(ColumnChoice())
    assert first.load() is None


def test_a_file_that_cannot_be_read_or_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = tmp_path / "columns.json"
    path.write_text('{"server a1": 5}')
    kept = Remembered(path, "server a1", ColumnChoice)
    assert kept.load() is None
    kept.save(ColumnChoice(groups=True))
    assert kept.load() == ColumnChoice(groups=True)
    blocked = Remembered(path / "below" / "columns.json", "server a1", ColumnChoice)
    blocked.save(ColumnChoice())
    assert blocked.load() is None
