"""Applying: order, refusals, what one broken step does to the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from kobotui.api.client import KoboClient
from kobotui.api.errors import ReadOnlyAccount
from kobotui.changes.apply import Application
from kobotui.changes.creations import CloneProject
from kobotui.changes.deployments import SetActive
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.projects import EditProject
from kobotui.demo.server import DemoServer
from tests.changes.conftest import account_on, applied, plan_of
from tests.changes.test_projects import household


def rename(uid: str, before: str, after: str) -> EditProject:
    """A change of a project's name."""
    return EditProject(project=uid, project_name=before, before={"name": before}, after={"name": after})


async def test_changes_of_one_project_keep_their_order(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    names = [asset.name, *(f"Name {n}" for n in range(6))]
    changes = [rename(asset.uid, a, b) for a, b in zip(names, names[1:], strict=False)]
    outcomes = await applied(demo, kobo, journal, *changes)
    assert {outcome.state for outcome in outcomes} == {State.DONE}
    assert asset.name == "Name 5"


async def test_a_read_only_account_writes_nothing_down_and_sends_nothing(demo: DemoServer, journal: Journal) -> None:
    asset = household(demo)
    plan = plan_of(demo, rename(asset.uid, asset.name, "X"))
    with pytest.raises(ReadOnlyAccount):
        Application.begin(plan, account_on(demo, read_only=True), journal, lambda _p, _o: None)
    assert journal.jobs() == []


async def test_one_project_that_is_gone_does_not_stop_the_others(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    gone = SetActive(project="aXXXXXXXXXXXXXXXXXXXXXX", project_name="Gone", before=True, after=False)
    outcomes = await applied(demo, kobo, journal, gone, rename(asset.uid, asset.name, "Still done"))
    assert [outcome.state for outcome in outcomes] == [State.FAILED, State.DONE]
    assert outcomes[0].reason
    assert "404" in outcomes[0].details


async def test_an_answer_that_is_lost_after_the_server_acted_is_asked_for_and_nothing_is_done_twice(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    demo.faults.once(method="POST", path="/api/v2/assets/", drop=True, after=True)
    projects = len(demo.state.assets)
    change = CloneProject(project=asset.uid, project_name=asset.name, name="Perhaps")
    (outcome,) = await applied(demo, kobo, journal, change)
    assert outcome.state is State.DONE
    assert len(demo.state.assets) == projects + 1
    made = demo.state.assets[outcome.made]
    assert made.name == "Perhaps"
    assert made.settings.get("kobotui") is None


async def test_after_a_stop_no_further_step_begins(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    names = [asset.name, "One", "Two", "Three"]
    changes = [rename(asset.uid, a, b) for a, b in zip(names, names[1:], strict=False)]
    reported: list[State] = []

    def report(_positions: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        reported.extend(outcome.state for outcome in outcomes)
        application.stop()

    application = Application.begin(plan_of(demo, *changes), kobo.account, journal, report)
    await asyncio.wait_for(application.run(kobo), 20)
    assert reported == [State.DONE]
    assert asset.name == "One"
    states = [entry.outcome.state for entry in journal.entries(application.job)]
    assert states == [State.DONE, State.WAITING, State.WAITING]
