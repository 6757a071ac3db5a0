from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui.columns.history import (
    access_log_cells,
    access_log_columns,
    action_label,
    details_line,
    history_cells,
    history_columns,
)
from kobotui.model.text import shown
from tests.model.samples import JSON, TEXT, body

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ({"permissions": {"username": "ben", "added": ["view_asset"], "removed": ["add_submissions"]}},
         "ben: + View form, - Add submissions"),
        ({"permissions": {"username": "ben", "added": [{"code": "view_submissions", "filters": []}], "removed": []}},
         "ben: + View submissions (some records)"),
        ({"name": {"old": "A", "new": "B"}}, "A -> B"),
        ({"settings": {"description": {}, "country": {}}}, "description, country"),
        ({"submission": {"root_uuid": "7278", "submitted_by": "bob"}}, "7278 bob"),
        ({"submission": {"root_uuid": "7278", "submitted_by": None}}, "7278"),
        ({"username": "carol"}, "carol"),
        ({"cloned_from": "a1"}, "a1"),
        ({"permissions": {"username": None}}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_details(metadata: dict[str, Any], text: str) -> None:
    assert details_line(metadata) == text


def test_recorded_actions_have_words() -> None:
    recorded = {entry["action"] for entry in body("history-household")["results"]}
    assert recorded
    assert all(action_label(action) != action for action in recorded)
    assert action_label("a-new\x1bone") == "a-new^[one"


KEYS = st.sampled_from(["permissions", "name", "settings", "submission", "username", "ip_address"]) | TEXT


@given(TEXT, TEXT, TEXT, st.dictionaries(KEYS, JSON, max_size=4))
def test_any_entry_has_clean_cells(user: str, action: str, project: str, metadata: dict[str, Any]) -> None:
    cells = history_cells(NOW, user, action, project, metadata, NOW)
    assert len(cells) == len(history_columns())
    assert all(shown(cell.text) == cell.text for cell in cells)
    cells = access_log_cells(NOW, 3, user, action, project, NOW)
    assert len(cells) == len(access_log_columns())
    assert all(shown(cell.text) == cell.text for cell in cells)
