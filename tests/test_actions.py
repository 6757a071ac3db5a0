"""The table of actions: reserved keys keep their meaning, reasons are sentences."""

from __future__ import annotations

from collections import Counter

import pytest

from kobotui.action import RESERVED, Action, Context, Target, why_not
from kobotui.actions import ACTIONS, BY_ID, actions_of
from kobotui.model.tier import Tier

SCREENS = sorted({action.screen for action in ACTIONS})
LYING_KEYS = {
    "ctrl+i", "ctrl+m", "ctrl+h", "ctrl+enter", "alt+enter", "ctrl+slash", "ctrl+space",
    "ctrl+b", "ctrl+a", "ctrl+z", "ctrl+s", "ctrl+q",
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_reserved_keys_mean_the_same_everywhere(action: Action) -> None:
    for key in filter(None, action.keys.split(",")):
        if key in RESERVED:
            assert action.verb in RESERVED[key]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_keys_are_ones_that_every_terminal_delivers(action: Action) -> None:
    for key in filter(None, action.keys.split(",")):
        assert key not in LYING_KEYS
        assert not key.startswith(("f1", "f2", "alt+", "ctrl+shift+"))


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_twice_on_a_screen(screen: str) -> None:
    keys = Counter(key for action in actions_of(screen) for key in action.keys.split(",") if key)
    assert [key for key, n in keys.items() if n > 1] == []


def test_ids_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


DEPLOY = next(action for action in ACTIONS if action.id == "projects.deploy")
ARCHIVE = next(action for action in ACTIONS if action.id == "projects.archive")


def test_a_read_only_account_may_not_write() -> None:
    target = Target("Water", frozenset({"change_asset"}), "draft")
    assert why_not(DEPLOY, Context(targets=(target,))) is None
    assert "read only" in (why_not(DEPLOY, Context(read_only=True, targets=(target,))) or "")


def test_a_missing_right_is_named_in_the_web_interfaces_words() -> None:
    reason = why_not(DEPLOY, Context(targets=(Target("Water", frozenset({"view_asset"})),)))
    assert reason is not None
    assert "Edit form" in reason
    assert "Water" in reason


def test_unknown_rights_are_left_to_the_server() -> None:
    assert why_not(DEPLOY, Context(targets=(Target("Water", None),))) is None


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_the_status_of_a_project_is_a_reason(status: str) -> None:
    reason = why_not(ARCHIVE, Context(targets=(Target("Water", frozenset({"change_asset"}), status),)))
    assert reason is not None
    assert reason.startswith("Water is")


def test_nothing_under_the_cursor_is_a_reason() -> None:
    assert why_not(DEPLOY, Context()) is not None


def test_what_destroys_is_of_the_highest_tier() -> None:
    for action in ACTIONS:
        if action.verb == "delete":
            assert action.tier == Tier.BULK


@pytest.mark.parametrize("action", ["data.edit", "data.duplicate", "record.edit", "record.duplicate"])
def test_an_archived_project_takes_no_corrections(action: str) -> None:
    rights = frozenset({"change_submissions"})
    archived, deployed = Target("Water", rights, "archived"), Target("Water", rights, "deployed")
    assert "Water is archived" in (why_not(BY_ID[action], Context(targets=(archived,))) or "")
    assert why_not(BY_ID[action], Context(targets=(deployed,))) is None
