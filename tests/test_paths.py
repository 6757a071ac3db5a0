"""Places, and files that stay private and whole."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from kobotui import paths
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from pathlib import Path


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_environment_moves_every_place(home: Path) -> None:
    assert paths.accounts_file() == home / "config" / "accounts.toml"
    assert paths.state_dir() == home / "state"
    assert paths.cache_dir() == home / "cache"


def test_the_platform_has_places_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.delenv(f"KOBOTUI_{kind}_DIR")
    found = {paths.config_dir(), paths.state_dir(), paths.cache_dir()}
    assert all(place.is_absolute() and "kobotui" in place.parts for place in found)
    assert len(found) >= 2


def test_a_relative_place_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KOBOTUI_STATE_DIR", "here")
    assert paths.state_dir() == tmp_path / "here"


def test_written_files_are_for_their_owner_alone_whatever_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        paths.write_private(home / "new" / "file", b"one")
        paths.write_private(home / "new" / "file", b"two")
    finally:
        os.umask(before)
    assert mode(home / "new" / "file") == 0o600
    assert mode(home / "new") == 0o700
    assert paths.read_private(home / "new" / "file") == b"two"
    assert names(home / "new") == ["file"]


def test_a_failed_write_leaves_the_old_file_and_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = home / "file"
    paths.write_private(target, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalError, match="No space left"):
        paths.write_private(target, b"new")
    assert target.read_bytes() == b"old"
    assert names(home) == ["file"]


def test_a_link_stays_a_link(home: Path) -> None:
    paths.write_private(home / "dotfiles" / "accounts.toml", b"old")
    link = home / "accounts.toml"
    link.symlink_to(home / "dotfiles" / "accounts.toml")
    paths.write_private(link, b"new")
    assert link.is_symlink()
    assert (home / "dotfiles" / "accounts.toml").read_bytes() == b"new"


@pytest.mark.parametrize("wrong", [0o640, 0o604, 0o660, 0o666])
def test_a_secret_others_can_read_is_refused(home: Path, wrong: int) -> None:
    paths.write_private(home / "tokens.toml", b"")
    (home / "tokens.toml").chmod(wrong)
    with pytest.raises(LocalError, match=f"mode {wrong:04o}.*chmod 600"):
        paths.read_private(home / "tokens.toml")


def test_a_secret_of_another_user_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.write_private(home / "tokens.toml", b"")
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    with pytest.raises(LocalError, match="belongs to another user"):
        paths.read_private(home / "tokens.toml")


def test_no_file_is_none_and_a_directory_is_a_sentence(home: Path) -> None:
    assert paths.read_private(home / "absent") is None
    assert paths.read_file(home / "absent") is None
    (home / "place").mkdir(parents=True)
    for read in (paths.read_private, paths.read_file):
        with pytest.raises(LocalError, match="Cannot read"):
            read(home / "place")


def test_a_directory_that_cannot_be_made_is_a_sentence(home: Path) -> None:
    paths.write_private(home / "file", b"")
    with pytest.raises(LocalError, match="Cannot make the directory"):
        paths.private_dir(home / "file" / "below")


def test_only_one_at_a_time_holds_the_lock(home: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with paths.locked(home / "file"):
            entered.set()

    other = threading.Thread(target=second)
    with paths.locked(home / "file"):
        other.start()
        assert not entered.wait(0.05)
    assert entered.wait(5)
    other.join()
