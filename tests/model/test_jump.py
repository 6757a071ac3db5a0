from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.model.jump import Jump, read_jump


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1", Jump("row", 1)),
        (" 1,000 ", Jump("row", 1000)),
        ("1\u202f000", Jump("row", 1000)),
        ("#12", Jump("record", 12)),
        ("1001", Jump("record", 1001)),
        ("0", Jump("record", 0)),
        ("1,00", None),
        ("-1", None),
        ("١٢", None),
        ("north", None),
        ("", None),
        ("#", None),
        ("9" * 40, None),
    ],
)
def test_rows_and_records(typed: str, meant: Jump | None) -> None:
    assert read_jump(typed, 1000) == meant


@given(st.uuids(), st.booleans())
def test_uuids(value: uuid.UUID, prefix: bool) -> None:
    assert read_jump("uuid:" * prefix + str(value).upper() * (not prefix) + str(value) * prefix, 5) == Jump(
        "record", str(value)
    )


@given(st.text(), st.integers(0, 10**9))
def test_anything_may_be_typed(text: str, rows: int) -> None:
    found = read_jump(text, rows)
    assert found is None or found.to == "record" or 0 < int(found.value) <= rows
