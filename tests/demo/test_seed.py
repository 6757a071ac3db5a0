"""The demo's people and projects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from kobotui.demo.rights import own_rights
from kobotui.demo.seed import seed_state
from kobotui.demo.state import ANONYMOUS, now

if TYPE_CHECKING:
    from kobotui.demo.state import Asset, State


@pytest.fixture(scope="module")
def state() -> State:
    return seed_state(1, 100, None)


@pytest.fixture(scope="module")
def projects(state: State) -> list[Asset]:
    return [a for a in state.assets.values() if a.asset_type == "survey"]


def facts(state: State) -> list[object]:
    return [
        [(u.username, u.token, u.password) for u in state.users.values()],
        [(a.uid, a.name, len(a.rows), len(a.records or ())) for a in state.assets.values()],
    ]


def test_same_seed_same_demo() -> None:
    assert facts(seed_state(5, 12, 30)) == facts(seed_state(5, 12, 30))
    assert facts(seed_state(5, 12, 30)) != facts(seed_state(6, 12, 30))


def test_without_a_seed_only_the_keys_are_new() -> None:
    first, second = seed_state(None, 3, 5), seed_state(None, 3, 5)
    assert facts(first)[1] == facts(second)[1]
    assert facts(first)[0] != facts(second)[0]


def test_how_many(projects: list[Asset]) -> None:
    assert len(projects) == 100
    sizes = [len(a.records) for a in projects if a.records is not None]
    assert max(sizes) == 3000
    assert 25_000 < sum(sizes) < 35_000
    small = seed_state(1, 20, 50)
    assert max(len(a.records) for a in small.assets.values() if a.records is not None) == 50
    assert len([a for a in seed_state(1, 250, 5).assets.values() if a.asset_type == "survey"]) == 250


def test_every_status_and_kind_of_change(projects: list[Asset]) -> None:
    statuses = Counter(a.deployment_status for a in projects)
    assert min(statuses[s] for s in ("deployed", "draft", "archived")) >= 10
    pairs = [(a.version, a.deployed_version) for a in projects]
    undeployed = [(new, live) for new, live in pairs if live and new.uid != live.uid]
    renamed = [new for new, live in undeployed if new.content_hash == live.content_hash]
    changed = [(new, live) for new, live in undeployed if new.content_hash != live.content_hash]
    assert len(renamed) >= 5
    assert len(changed) >= 5
    for new, live in changed:
        before, after = ({r.get("name") for r in v.content["survey"]} for v in (live, new))
        assert before - after
        assert after - before


def test_teams_rules_and_public_projects(projects: list[Asset]) -> None:
    teams = [len({r.username for r in a.rows} - {a.owner, ANONYMOUS}) for a in projects]
    assert min(teams) == 0
    assert max(teams) >= 40
    rules = [r.partial for a in projects for r in a.rows if r.codename == "partial_submissions"]
    assert any("_submitted_by" in f for p in rules if p for f in p["view_submissions"])
    assert any("_submitted_by" not in f for p in rules if p for f in p["view_submissions"])
    public = [own_rights(a, ANONYMOUS) for a in projects]
    assert any("add_submissions" in rights for rights in public)
    assert any("view_submissions" in rights for rights in public)
    assert {a.owner for a in projects} == {"admin", "ben", "carol"}
    assert all("view_asset" in own_rights(a, "admin") for a in projects)


def test_names_that_hurt(projects: list[Asset]) -> None:
    names = [a.name for a in projects]
    assert "" in names
    assert any("\x1b" in name and "[/]" in name and "\u202e" in name for name in names)
    assert any("\u0600" <= letter <= "\u06ff" for name in names for letter in name)
    assert any("\u4e00" <= letter <= "\u9fff" for name in names for letter in name)


def test_dates_lie_before_now_and_in_order(projects: list[Asset]) -> None:
    for asset in projects:
        assert asset.date_created <= asset.date_modified < now()
        if asset.deployment:
            assert asset.date_created < asset.deployment.date_deployed < now()
        last = asset.records.last_submission_time() if asset.records is not None else None
        assert last is None or last < now()
