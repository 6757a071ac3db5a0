"""Named exports created, edited, deleted and taken back, seen on the server; a name twice is never sent."""

from __future__ import annotations

from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.ahead import look_ahead
from kobotui.changes.change import Impossible
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import step_of
from kobotui.changes.named_exports import CreateNamedExport, DeleteNamedExport, EditNamedExport, NamedState
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.export_options import ExportOptions
from kobotui.model.token import Token
from tests.changes.conftest import account_on, applied, plan_of, token_on

OPTIONS = ExportOptions(lang="_xml").body()
OTHER = ExportOptions(lang="_xml", type="xls", fields=("q",)).body()


@pytest.fixture
def asset(demo: DemoServer) -> Asset:
    """A deployed project of the owner's, without named exports."""
    found = next(a for a in demo.state.assets.values() if a.owner == "admin" and a.records)
    found.export_settings.clear()
    return found


def create(asset: Asset, name: str = "Board", options: dict[str, Any] = OPTIONS) -> CreateNamedExport:
    return CreateNamedExport(project=asset.uid, project_name=asset.name, after=NamedState(name, options))


def state_of(asset: Asset, place: int = 0) -> NamedState:
    """What the server keeps."""
    kept = asset.export_settings[place]
    return NamedState(kept["name"], kept["export_settings"])


async def test_created_edited_deleted_and_all_taken_back(
    demo: DemoServer, kobo: KoboClient, journal: Journal, asset: Asset
) -> None:
    (made,) = await applied(demo, kobo, journal, create(asset))
    assert (made.state, made.made) == (State.DONE, asset.export_settings[0]["uid"])
    assert state_of(asset) == NamedState("Board", OPTIONS)
    edit = EditNamedExport(
        project=asset.uid, project_name="", uid=made.made, before=state_of(asset), after=NamedState("New", OTHER)
    )
    assert edit.warnings()
    (outcome,) = await applied(demo, kobo, journal, edit)
    assert (outcome.state, state_of(asset)) == (State.DONE, NamedState("New", OTHER))
    inverse = edit.inverse(outcome)
    assert isinstance(inverse, EditNamedExport)
    await applied(demo, kobo, journal, inverse)
    assert state_of(asset) == NamedState("Board", OPTIONS)
    gone = create(asset).inverse(made)
    assert isinstance(gone, DeleteNamedExport)
    assert "stop working" in gone.warnings()[0]
    (outcome,) = await applied(demo, kobo, journal, gone)
    assert (outcome.state, asset.export_settings) == (State.DONE, [])
    back = gone.inverse(outcome)
    assert isinstance(back, CreateNamedExport)
    await applied(demo, kobo, journal, back)
    assert state_of(asset) == NamedState("Board", OPTIONS)
    assert isinstance(create(asset).inverse(DONE), Impossible)


async def test_a_name_that_is_taken_is_never_sent(
    demo: DemoServer, kobo: KoboClient, journal: Journal, asset: Asset
) -> None:
    """The server would answer 500."""
    first, second = create(asset), create(asset, options=OTHER)
    outcomes = await applied(demo, kobo, journal, first, create(asset, "Third"), second)
    assert [outcome.state for outcome in outcomes] == [State.DONE, State.DONE, State.CONFLICT]
    assert "Board" in outcomes[2].reason
    uid = asset.export_settings[0]["uid"]
    edit = EditNamedExport(
        project=asset.uid,
        project_name="",
        uid=uid,
        before=NamedState("Board", OPTIONS),
        after=NamedState("Third", OPTIONS),
    )
    (outcome,) = await applied(demo, kobo, journal, edit)
    assert outcome.state is State.FAILED
    assert "Third" in outcome.reason
    assert len(asset.export_settings) == 2


async def test_what_somebody_else_changed_is_not_overwritten(
    demo: DemoServer, kobo: KoboClient, journal: Journal, asset: Asset
) -> None:
    (made,) = await applied(demo, kobo, journal, create(asset))
    asset.export_settings[0]["export_settings"] = OPTIONS | {"group_sep": "-"}
    before = NamedState("Board", OPTIONS)
    edit = EditNamedExport(
        project=asset.uid, project_name="", uid=made.made, before=before,
        after=NamedState("Board", OPTIONS | {"multiple_select": "details"}),
    )  # fmt: skip
    delete = DeleteNamedExport(project=asset.uid, project_name="", uid=made.made, before=before)
    outcomes = await applied(demo, kobo, journal, edit, delete)
    assert [outcome.state for outcome in outcomes] == [State.CONFLICT, State.CONFLICT]
    (again,) = await step_of([edit]).rebased(kobo, force=False)
    assert again.after.options["group_sep"] == "-"
    assert again.after.options["multiple_select"] == "details"
    (forced,) = await step_of([edit]).rebased(kobo, force=True)
    assert forced.after == edit.after
    (outcome,) = await applied(demo, kobo, journal, again)
    assert outcome.state is State.DONE
    (again,) = await step_of([delete]).rebased(kobo, force=False)
    assert again.before == state_of(asset)


async def test_whether_it_has_happened(kobo: KoboClient, asset: Asset, demo: DemoServer, journal: Journal) -> None:
    wanted = create(asset)
    assert await step_of([wanted]).found(kobo) == [None]
    (made,) = await applied(demo, kobo, journal, wanted)
    assert await step_of([wanted]).found(kobo) == [Outcome(State.DONE, made=made.made)]
    assert await step_of([create(asset, options=OTHER)]).found(kobo) == [None]
    before, after = NamedState("Board", OPTIONS), NamedState("B", OPTIONS)
    edit = EditNamedExport(project=asset.uid, project_name="", uid=made.made, before=before, after=after)
    delete = DeleteNamedExport(project=asset.uid, project_name="", uid=made.made, before=before)
    assert await step_of([edit]).found(kobo) == [None]
    assert await step_of([delete]).found(kobo) == [None]
    await applied(demo, kobo, journal, edit)
    assert await step_of([edit]).found(kobo) == [DONE]
    asset.export_settings.clear()
    assert await step_of([delete]).found(kobo) == [DONE]
    assert await step_of([edit]).rebased(kobo, force=True) == []
    assert await step_of([delete]).rebased(kobo, force=True) == []


async def test_a_taken_name_forced_becomes_an_edit(
    kobo: KoboClient, demo: DemoServer, journal: Journal, asset: Asset
) -> None:
    await applied(demo, kobo, journal, create(asset))
    other = create(asset, options=OTHER)
    assert await step_of([other]).rebased(kobo, force=False) == []
    (edit,) = await step_of([other]).rebased(kobo, force=True)
    assert isinstance(edit, EditNamedExport)
    await applied(demo, kobo, journal, edit)
    assert state_of(asset) == NamedState("Board", OTHER)


async def test_a_line_that_drops_after_the_write_is_no_doubt_in_the_end(
    demo: DemoServer, kobo: KoboClient, journal: Journal, asset: Asset
) -> None:
    demo.faults.once(path="export-settings/", method="POST", drop=True, after=True)
    (outcome,) = await applied(demo, kobo, journal, create(asset))
    assert outcome.state is State.DONE
    assert len(asset.export_settings) == 1


async def test_a_dry_run_sends_nothing(demo: DemoServer, asset: Asset, kobo: KoboClient, journal: Journal) -> None:
    await applied(demo, kobo, journal, create(asset))
    plan = plan_of(demo, create(asset), create(asset, "Two"))
    outcomes = await look_ahead(plan, account_on(demo), Token(token_on(demo)))
    assert [outcome.state for outcome in outcomes] == [State.CONFLICT, State.WAITING]
    assert len(asset.export_settings) == 1
