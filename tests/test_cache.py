"""The kept list of projects: what comes back, what is not kept, what is not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from kobotui import cache, paths
from kobotui.model.access import Assignment
from kobotui.model.account import Account
from kobotui.model.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ANA = Account(name="prod", server="https://eu.kobotoolbox.org", openrosa="https://kc.example.org", username="ana")
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def right(user: str, codename: str) -> Assignment:
    root = "https://eu.kobotoolbox.org/api/v2"
    return Assignment(
        url=f"{root}/assets/aA1/permission-assignments/p{user}{codename}/",
        user=f"{root}/users/{user}/",
        permission=f"{root}/permissions/{codename}/",
    )


def project(uid: str = "aA1", **rest: object) -> Project:
    plain = Project(
        uid=uid,
        name="Enquête ménages\x1b[2J [/]x عربي",
        asset_type="survey",
        owner="ana",
        date_created=NOW,
        date_modified=NOW + timedelta(microseconds=123456),
        has_deployment=True,
        deployment_status="deployed",
        submission_count=None,
        settings={"sector": {"value": "Health", "label": "Health"}, "odd": [1, None, 12345678901234567890123]},
    )
    return msgspec.structs.replace(plain, **rest)


def files() -> list[Path]:
    return list(paths.cache_dir().iterdir())


def test_the_list_comes_back_as_it_was() -> None:
    projects = [project(), project("aB2", name="")]
    cache.keep(ANA, projects, NOW)
    kept = cache.recall(ANA)
    assert kept is not None
    assert kept.projects == projects
    assert kept.saved == NOW


def test_the_time_is_kept_as_utc() -> None:
    cache.keep(ANA, [], NOW.astimezone(timezone(timedelta(hours=5))))
    kept = cache.recall(ANA)
    assert kept is not None
    assert (kept.saved, kept.saved.utcoffset()) == (NOW, timedelta(0))


def test_of_the_team_only_the_caller_and_the_public_are_kept() -> None:
    mine, public = right("ana", "manage_asset"), right("AnonymousUser", "view_asset")
    cache.keep(ANA, [project(permissions=[mine, right("ben", "view_asset"), public])], NOW)
    kept = cache.recall(ANA)
    assert kept is not None
    assert kept.projects[0].permissions == [mine, public]
    assert b"ben" not in files()[0].read_bytes()


def test_nobody_else_can_read_it() -> None:
    cache.keep(ANA, [project()], NOW)
    path = files()[0]
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert cache.recall(ANA) is None


def test_each_user_of_each_server_has_a_list_and_a_renamed_account_keeps_it() -> None:
    cache.keep(ANA, [project()], NOW)
    assert cache.recall(msgspec.structs.replace(ANA, name="Goma")) is not None
    assert cache.recall(msgspec.structs.replace(ANA, username="ben")) is None
    assert cache.recall(msgspec.structs.replace(ANA, server="https://kf.kobotoolbox.org")) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: b"\x00\xff",
        lambda data: data[:-10],
        lambda data: b"[" * 100_000,
        lambda data: data.replace(b'"format":1', b'"format":2'),
        lambda data: data.replace(b'"username":"ana"', b'"username":"ben"'),
        lambda data: data.replace(b'"uid":"aA1"', b'"uid":7'),
        lambda data: data.replace(b'"saved":"2026-03-04T05:06:07Z"', b'"saved":"2026-03-04T05:06:07"'),
    ],
)
def test_a_damaged_list_is_no_list(change: object) -> None:
    cache.keep(ANA, [project()], NOW)
    path = files()[0]
    before = path.read_bytes()
    path.write_bytes(change(before))  # type: ignore[operator]
    assert path.read_bytes() != before
    assert cache.recall(ANA) is None


def test_forgetting() -> None:
    cache.keep(ANA, [project()], NOW)
    cache.forget(ANA)
    cache.forget(ANA)
    assert cache.recall(ANA) is None
    assert files() == []
