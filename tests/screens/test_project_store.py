"""What a list knows of the projects, and how complete it claims to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kobotui.api.paging import Page, Statement
from kobotui.model.lists import project_sort_key
from kobotui.model.project import Project
from kobotui.screens.project_store import ProjectStore

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make(number: int, name: str = "") -> Project:
    return Project(
        uid=f"a{number:022}",
        name=name or f"Project {number}",
        asset_type="survey",
        owner="ana",
        date_created=NOW,
        date_modified=NOW,
        has_deployment=False,
        deployment_status="draft",
    )


def page(*numbers: int, count: int) -> Page[Project]:
    return Page(tuple(map(make, numbers)), count, 0)


def names(store: ProjectStore, typed: str = "") -> list[str]:
    return [project.name for project in store.view(typed, None, descending=False, name="")]


def test_it_says_first_so_many_of_so_many_until_it_is_proved_complete() -> None:
    store = ProjectStore()
    store.begin()
    assert store.facts(None, NOW) == "loading ..."
    store.take(page(1, 2, count=3))
    assert store.facts(None, NOW) == "first 2 of 3 ..."
    assert store.facts(1, NOW) == "1 of 2, first 2 of 3 ..."
    store.take(page(3, count=3))
    store.end(Statement(3))
    assert store.facts(None, NOW) == "3 of 3"
    assert store.facts(2, NOW) == "2 of 3"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (Statement(2, missing=1), "incomplete: 2 of 3"),
        (Statement(2, changed=True, moved=True), "2, changed while it was read"),
    ],
)
def test_it_is_loud_when_it_is_not_complete(statement: Statement, said: str) -> None:
    store = ProjectStore()
    store.begin()
    store.take(page(1, 2, count=3))
    store.end(statement)
    assert not store.complete
    assert store.facts(None, NOW) == said
    assert store.facts(1, NOW) == f"1 of 2, {said}"


def test_a_reading_that_breaks_off_leaves_what_is_known() -> None:
    store = ProjectStore()
    store.begin()
    store.take(page(1, 2, count=3))
    store.fail()
    assert names(store) == ["Project 1", "Project 2"]
    assert store.facts(None, NOW) == "only the first 2 of 3"


def test_an_old_list_is_overwritten_page_by_page_and_loses_what_is_gone_at_the_end() -> None:
    store = ProjectStore()
    assert store.remember([make(1, "old name"), make(9)], {make(1).uid: "old name", make(9).uid: ""}, NOW)
    assert store.facts(None, NOW + timedelta(hours=2)) == "2 as of 2 h ago, not renewed"
    store.begin()
    store.take(page(1, count=2))
    assert names(store) == ["Project 1", "Project 9"]
    assert names(store, "old") == []
    store.take(page(2, count=2))
    store.end(Statement(2))
    assert names(store) == ["Project 1", "Project 2"]
    assert not store.remember([make(9)], {}, NOW)


def test_another_search_replaces_the_list_with_its_first_page() -> None:
    store = ProjectStore()
    store.begin()
    store.take(page(1, 2, count=2))
    store.end(Statement(2))
    store.begin(overlay=False)
    assert names(store) == ["Project 1", "Project 2"]
    store.take(page(3, count=1))
    assert names(store) == ["Project 3"]


def test_single_projects_come_change_and_go() -> None:
    store = ProjectStore()
    store.begin()
    store.take(page(1, 2, count=2))
    store.end(Statement(2))
    store.put(make(2, "renamed"))
    store.put(make(7))
    assert names(store) == ["Project 7", "Project 1", "renamed"]
    assert store.facts(None, NOW) == "3 of 3"
    assert names(store, "rena") == ["renamed"]
    store.remove([make(1).uid, make(1).uid])
    assert store.facts(None, NOW) == "2 of 2"


def test_a_project_read_again_during_a_reading_outlives_its_end() -> None:
    store = ProjectStore()
    store.begin()
    store.take(page(1, count=2))
    store.put(make(1, "renamed"))
    store.put(make(7))
    store.take(page(2, count=3))
    store.end(Statement(2))
    assert set(names(store)) == {"renamed", "Project 7", "Project 2"}


def test_the_order_is_kept_until_something_changes() -> None:
    store = ProjectStore()
    store.begin()
    store.take(page(2, 1, 3, count=3))
    key = project_sort_key("name", "ana")
    rising = store.view("", key, descending=False, name="name")
    assert [project.name for project in rising] == ["Project 1", "Project 2", "Project 3"]
    assert store.view("", key, descending=False, name="name") is rising
    assert [p.name for p in store.view("-2", key, descending=True, name="name")] == ["Project 3", "Project 1"]
    store.put(make(2, "A first one"))
    assert store.view("", key, descending=False, name="name")[0].name == "A first one"
