"""Preferences: read, defaulted, and explained when they cannot be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui import paths, settings
from kobotui.settings import Settings


def by_hand(text: str) -> tuple[Settings, list[str]]:
    paths.write_private(paths.settings_file(), text.encode())
    return settings.load()


def test_no_file_is_the_defaults() -> None:
    assert settings.load() == (Settings(), [])
    assert Settings().cache_project_list
    assert Settings().concurrency == 4


def test_everything_may_be_set() -> None:
    found, warnings = by_hand(
        """
        language = "fr"
        theme = "nord"
        mouse = "on"
        cache_project_list = false
        concurrency = 16
        [roles]
        viewer = ["view_asset", "view_submissions"]
        [groups]
        "équipe de Goma" = ["ana", "ben"]
        """
    )
    assert warnings == []
    assert found == Settings(
        language="fr",
        theme="nord",
        mouse="on",
        cache_project_list=False,
        concurrency=16,
        roles={"viewer": ("view_asset", "view_submissions")},
        groups={"équipe de Goma": ("ana", "ben")},
    )


@pytest.mark.parametrize(
    "line",
    [
        'language = "de"',
        "theme = 3",
        "mouse = true",
        'cache_project_list = "off"',
        "concurrency = 0",
        "concurrency = 17",
        'concurrency = "4"',
        "roles = 3",
        'groups = ["ana"]',
    ],
)
def test_a_wrong_value_is_a_sentence_and_the_default(line: str) -> None:
    found, warnings = by_hand(f"{line}\n")
    assert found == Settings()
    key = line.split()[0]
    assert len(warnings) == 1
    assert f"settings.toml: {key} must be" in warnings[0]


@pytest.mark.parametrize("entry", ['x = "ana"', "x = []", 'x = [""]', "x = [1]", "x = {y = 1}"])
@pytest.mark.parametrize("table", ["roles", "groups"])
def test_one_wrong_entry_leaves_the_others(table: str, entry: str) -> None:
    found, warnings = by_hand(f'[{table}]\n{entry}\ngood = ["view_asset"]\n')
    assert getattr(found, table) == {"good": ("view_asset",)}
    assert [f"{table}.x must be a list" in warning for warning in warnings] == [True]


def test_the_lines_beside_a_wrong_one_count() -> None:
    found, warnings = by_hand('concurrency = 0\ntheme = "nord"\n')
    assert found == Settings(theme="nord")
    assert len(warnings) == 1


def test_a_role_with_an_unknown_right_is_left_out_whole() -> None:
    found, warnings = by_hand('[roles]\neditor = ["view_asset", "edit_asset"]\n')
    assert found.roles == {}
    assert "edit_asset is no right" in warnings[0]
    assert "manage_asset" in warnings[0]


def test_an_unknown_key_is_named_with_its_nearest() -> None:
    found, warnings = by_hand("concurency = 2\nzzz = 1\n")
    assert found == Settings()
    assert warnings[0].endswith("there is no setting concurency. Do you mean concurrency?")
    assert warnings[1].endswith("there is no setting zzz.")


def test_a_broken_file_is_a_sentence_with_the_line_and_keeps_no_list() -> None:
    found, warnings = by_hand('theme = "nord"\ncache_project_list = fals\n')
    assert found == Settings(cache_project_list=False)
    assert "line 2" in warnings[0]


def test_a_directory_in_its_place_keeps_no_list() -> None:
    paths.settings_file().mkdir(parents=True)
    found, warnings = settings.load()
    assert not found.cache_project_list
    assert "Cannot read" in warnings[0]


def test_sentences_carry_no_control_characters() -> None:
    _, warnings = by_hand('"a\\u001b[2J" = 1\n[roles]\n"b\\u001b[2J" = ["\\u001b[3J"]\n')
    assert len(warnings) == 2
    assert "\x1b" not in "".join(warnings)


@given(st.binary())
def test_any_bytes_give_settings(data: bytes) -> None:
    paths.write_private(paths.settings_file(), data)
    assert isinstance(settings.load()[0], Settings)


def test_each_setting_says_what_it_expects() -> None:
    assert set(settings._EXPECTED) == set(Settings.__struct_fields__)
