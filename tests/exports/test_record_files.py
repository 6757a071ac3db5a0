"""Records out to a file and back: nothing but what was edited comes back as a change, every kind of question."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from kobotui.exports.record_answers import new_entries, new_row
from kobotui.exports.record_columns import IDENTITY
from kobotui.exports.xlsx_file import LONGEST_CELL
from tests.exports.record_files import (
    ANSWERS,
    EDITABLE,
    KID,
    TODAY,
    VISIT,
    WAYS,
    Way,
    edits_of,
    exported,
    record,
    table_of,
    written_out,
)
from tests.model.test_record_xml import flat

# without shrinking, which takes minutes where each example is a file
OFTEN = settings(
    max_examples=200,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[int, dict[str, str | None]]]:
    """Records, the same after some edits, and what those edits are by record and positioned path."""
    before = [record(n, draw(ANSWERS)) for n in range(1, draw(st.integers(1, 3)) + 1)]
    after = copy.deepcopy(before)
    wanted: dict[int, dict[str, str | None]] = {}
    for one in after:
        places = [(one, path, path, answers) for path, answers in EDITABLE.items()]
        for k, kid in enumerate(one.get("kid", ()), 1):
            places += [(kid, path, path.replace("kid/", f"kid[{k}]/"), answers) for path, answers in KID.items()]
            for v, visit in enumerate(kid.get("kid/visit", ()), 1):
                here = f"kid[{k}]/visit[{v}]/"
                places += [(visit, path, path.replace("kid/visit/", here), answers) for path, answers in VISIT.items()]
        for where, path, place, answers in draw(
            st.lists(st.sampled_from(places), max_size=3, unique_by=lambda p: p[2])
        ):
            new = draw(st.none() | answers)
            if new == where.get(path) or (where.get(path) and new and same(path, where[path], new)):
                continue
            if new is None:
                del where[path]
            else:
                where[path] = new
            wanted.setdefault(one["_id"], {})[place] = new
    return before, after, wanted


def same(path: str, one: str, other: str) -> bool:
    """Whether a file cannot tell two answers apart: the choices of a select-multiple have no order."""
    return path in ("g/needs", "kid/likes") and set(one.split()) == set(other.split())


@OFTEN
@given(edited(), WAYS)
def test_exactly_the_edits_come_back(tmp_path: Path, staged: Any, way: Way) -> None:
    before, after, wanted = map(written_out, staged)
    texts = [text for edits in wanted.values() for text in edits.values() if text]
    assume(way.kind == "csv" or max(map(len, texts), default=0) < LONGEST_CELL)  # longer ones are cut on the way out
    path = exported(tmp_path / "part", after, way)
    found, problems = edits_of(path, before)
    assert problems == []
    assert {number: loosely(edits) for number, edits in found.items()} == {
        number: loosely(edits) for number, edits in wanted.items()
    }


def loosely(edits: dict[str, str | None]) -> dict[str, object]:
    """Moments without the zone, which a workbook's cells do not have; choices without an order."""
    found: dict[str, object] = {}
    for path, text in edits.items():
        name = path.rpartition("/")[2]
        found[path] = text and (
            text[:19] if name == "met" else frozenset(text.split()) if name in ("needs", "likes") else text
        )
    return found


@settings(OFTEN, max_examples=100)
@given(ANSWERS, WAYS)
def test_rows_without_a_record_become_what_they_say(tmp_path: Path, answers: dict[str, Any], way: Way) -> None:
    """An export whose rows lost what names a record, as somebody makes a template of it."""
    one = written_out(record(2, {key: value for key, value in answers.items() if key not in ("bmi", "gone", "today")}))
    table = table_of(exported(tmp_path / "part", [one], way))
    (entry,) = table.main.rows
    for name in IDENTITY:
        entry.cells[table.main.system[name].place] = None
    wanted = flat(one)
    if way.kind == "xlsx" and any(len(text) > LONGEST_CELL for text in wanted.values()):
        return
    rows = [new_row(table, entry, lambda _name: None, TODAY) for entry in new_entries(table)]
    if not wanted:
        assert table.problems or not rows
        return
    assert list(map(str, table.problems.kept)) == []
    assert loosely(dict(rows[0].answers)) == loosely(dict(wanted))
    assert list(rows[0].files) == [name for name in [one.get("photo")] if name]
