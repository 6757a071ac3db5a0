"""The page of keys says what the table of actions says."""

from __future__ import annotations

import pytest

from kobotui.actions import ACTIONS, BY_ID
from tools import keys


def test_the_page_is_fresh() -> None:
    assert keys.main(check=True) == 0, "run python tools/keys.py"


def test_every_action_has_a_line() -> None:
    lines = [line for line in keys.page().splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    headings = sum(line.startswith("| Key |") for line in lines)
    assert len(lines) - headings == len(ACTIONS)
    assert {action.screen for action in ACTIONS} <= keys.SCREENS.keys(), "a new screen wants a heading"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("everywhere.back", "`escape` or `backspace`"),
        ("projects.filter", "`/`"),
        ("everywhere.details", "`!`"),
        ("everywhere.projects", "palette, “projects”"),
        ("projects.mark", "`space`"),
    ],
)
def test_keys_are_called_as_a_person_would(action: str, said: str) -> None:
    assert keys.keys(BY_ID[action]) == said


def test_needs_are_told_in_the_words_of_the_web_interface() -> None:
    assert keys.needs(BY_ID["projects.archive"]) == "Edit form, a project that is deployed"
    assert keys.needs(BY_ID["data.validate"]) == "Validate submissions"
    assert keys.needs(BY_ID["data.edit"]) == "Edit submissions, a project that is not archived"
    assert keys.REVIEWS[BY_ID["projects.delete"].tier] == "yes, and a number is typed"
