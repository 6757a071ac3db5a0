"""What the README says of plan files is true: its example is one, and its table has every kind with what undo gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from kobotui.changes import planfile
from kobotui.changes.change import Change, Undo
from kobotui.changes.kinds import AnyChange
from kobotui.changes.review import review_lines

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROWS = {
    kind: (fields, undo)
    for kind, fields, undo in re.findall(r"^\| `([a-z-]+)` \| (.*?) ?\| (exact|equivalent|impossible) \|", README, re.M)
}
KINDS: dict[str, type[Change]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyChange)}


def test_the_example_is_a_plan() -> None:
    (text,) = re.findall(r"```toml\n(kobotui = .*?)```", README, re.DOTALL)
    plan = planfile.load(text)
    assert [change.__struct_config__.tag for change in plan.changes] == ["set-access", "set-validation"]
    assert any("View submissions" in line.text for line in review_lines(plan))


def test_every_kind_is_in_the_table() -> None:
    assert set(ROWS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_undo_and_fields_are_those_of_the_code(kind: str) -> None:
    fields, undo = ROWS[kind]
    assert KINDS[kind].undo is Undo(undo)
    named = set(re.findall(r"`(\w+)`", fields.partition(":")[0]))
    assert named <= set(KINDS[kind].__struct_fields__)
