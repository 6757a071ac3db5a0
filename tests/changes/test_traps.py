"""Traps of the field: public access a team write would break, leaving, a team that others change meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from kobotui.changes.access import SetAccess, SetAccessStep
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.public import RepairPublic, RepairPublicStep
from kobotui.changes.step import Conflict
from kobotui.changes.teams import TeamEdits, cells_of
from kobotui.demo.app import create_app
from kobotui.demo.state import Asset
from kobotui.demo.state import State as Server
from kobotui.model.access import NOTHING, PUBLIC, Rights, settled
from kobotui.model.matrix import Matrix
from tests.changes.nearby import client_on, project_with, team_of
from tests.demo.project import NOW, record_xml
from tests.model.matrices import ENTRY, MANAGER, VIEWER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.api.client import KoboClient

OPEN = settled(Rights(frozenset({"view_asset", "add_submissions"})))
CLOSED = settled(Rights(frozenset({"view_asset"})))


async def anonymous_record(server: Server, asset: Asset, name: str) -> int:
    """The status that somebody without a user name gets for a record."""
    transport = httpx.ASGITransport(create_app(server))
    part = ("record.xml", record_xml(asset, "<q1>a</q1>", name).encode(), "text/xml")
    async with httpx.AsyncClient(transport=transport, base_url="http://kobo.test") as client:
        reply = await client.post(f"/{asset.owner}/submission", files={"xml_submission_file": part})
    return reply.status_code


async def read_matrix(kobo: KoboClient, caller: str = "ann") -> Matrix:
    return Matrix.of((await kobo.projects.page()).items, caller)


async def sent(kobo: KoboClient, changes: Sequence[SetAccess]) -> Sequence[Outcome]:
    return await SetAccessStep(*changes).send(kobo)


@pytest.mark.parametrize("public", [OPEN, CLOSED, VIEWER, NOTHING], ids=["open", "form", "data", "private"])
async def test_a_project_whose_team_is_written_stays_exactly_as_public_as_it_was(public: Rights) -> None:
    server, asset = project_with({"ben": MANAGER})
    async with client_on(server) as kobo:
        opened = SetAccess(
            project=asset.uid, project_name="", username=PUBLIC, owner="ann", before=NOTHING, after=public
        )
        if public:
            assert await sent(kobo, [opened]) == [DONE]
        status = await anonymous_record(server, asset, "before")
        assert (status == 201) is (public == OPEN)
        edits = TeamEdits(await read_matrix(kobo))
        edits.set_rights(cells_of([asset.uid], ["ben", "cleo", "dora"]), ENTRY)
        assert await sent(kobo, edits.changes()) == [DONE] * 3
        assert team_of(asset) == dict.fromkeys(("ben", "cleo", "dora"), ENTRY) | ({PUBLIC: public} if public else {})
        assert await anonymous_record(server, asset, "after") == status
        edits = TeamEdits(await read_matrix(kobo))
        edits.remove(cells_of([asset.uid], ["ben", "cleo", "dora"]))
        assert await sent(kobo, edits.changes()) == [DONE] * 3
        assert team_of(asset) == ({PUBLIC: public} if public else {})
        assert await anonymous_record(server, asset, "last") == status


async def test_the_public_and_users_of_one_project_change_in_one_step() -> None:
    server, asset = project_with({"ben": MANAGER})
    async with client_on(server) as kobo:
        edits = TeamEdits(await read_matrix(kobo))
        edits.set_rights(cells_of([asset.uid], ["ben", "cleo"]), ENTRY)
        edits.set_rights([(asset.uid, PUBLIC)], OPEN)
        assert await sent(kobo, edits.changes()) == [DONE] * 3
        assert team_of(asset) == {"ben": ENTRY, "cleo": ENTRY, PUBLIC: OPEN}
        assert await anonymous_record(server, asset, "one") == 201


@pytest.mark.parametrize("opens", [True, False])
async def test_drifted_public_access_is_repaired_with_the_rows_as_they_are(opens: bool) -> None:
    rows = OPEN if opens else CLOSED
    server, asset = project_with({"ben": VIEWER, PUBLIC: rows})
    assert asset.deployment
    asset.deployment.require_auth = opens  # as a team write of somebody else leaves it
    assert await anonymous_record(server, asset, "drifted") == (401 if opens else 201)
    change = RepairPublic(project=asset.uid, project_name=asset.name, before=rows)
    async with client_on(server) as kobo:
        assert await RepairPublicStep(change).send(kobo) == [DONE]
        assert team_of(asset) == {"ben": VIEWER, PUBLIC: rows}
        assert await anonymous_record(server, asset, "repaired") == (201 if opens else 401)
        assert await RepairPublicStep(change).send(kobo) == [DONE]  # once more does no harm
        assert await anonymous_record(server, asset, "again") == (201 if opens else 401)
    assert bool(change.warnings()) is not opens


@pytest.mark.parametrize("opens", [True, False])
async def test_a_repair_that_was_cut_off_is_brought_to_its_end(opens: bool) -> None:
    rows = OPEN if opens else CLOSED
    server, asset = project_with({PUBLIC: CLOSED if opens else OPEN})  # between the two calls
    assert asset.deployment
    asset.deployment.require_auth = opens
    change = RepairPublic(project=asset.uid, project_name=asset.name, before=rows)
    async with client_on(server) as kobo:
        step = RepairPublicStep(change)
        assert await step.found(kobo) == [None]  # nothing was noted: nothing was sent
        with pytest.raises(Conflict):
            await step.send(kobo)
        step.remember(begun=True)
        assert await step.found(kobo) == [DONE]
        assert team_of(asset) == {PUBLIC: rows}
        assert await anonymous_record(server, asset, "repaired") == (201 if opens else 401)
        (anew,) = await RepairPublicStep(RepairPublic(project=asset.uid, project_name="", before=NOTHING)).rebased(
            kobo, force=False
        )
        assert anew.before == rows


async def test_somebody_who_changed_a_team_between_reading_and_writing_is_not_undone() -> None:
    server, asset = project_with({"ben": VIEWER, "cleo": ENTRY})
    async with client_on(server) as kobo, client_on(server, "root") as other:
        edits = TeamEdits(await read_matrix(kobo))
        edits.set_rights(cells_of([asset.uid], ["ben", "cleo"]), MANAGER)
        await other.access(asset.uid).grant("dora", "view_submissions")
        await other.access(asset.uid).grant("cleo", "validate_submissions")
        outcomes = await sent(kobo, edits.changes())
        assert [outcome.state for outcome in outcomes] == [State.DONE, State.CONFLICT]
        now = team_of(asset)
        assert now["ben"] == MANAGER
        assert now["dora"] == VIEWER
        assert now["cleo"] != MANAGER
        assert "validate_submissions" in now["cleo"].full


@pytest.mark.parametrize("after", [NOTHING, VIEWER, settled(Rights(frozenset({"add_submissions"})))])
async def test_a_manager_gives_up_the_own_access_last(after: Rights) -> None:
    server, asset = project_with({"ben": MANAGER, "cleo": ENTRY})
    async with client_on(server, "ben") as kobo:
        edits = TeamEdits(await read_matrix(kobo, "ben"))
        edits.set_rights([(asset.uid, "ben")], after)
        edits.set_rights(cells_of([asset.uid], ["cleo", "dora"]), VIEWER)
        assert [outcome.state for outcome in await sent(kobo, edits.changes())] == [State.DONE] * 3
        wanted = {"ben": after, "cleo": VIEWER, "dora": VIEWER}
        assert team_of(asset) == {user: held for user, held in wanted.items() if held}


async def test_whoever_only_views_may_leave_and_the_answer_that_was_lost_is_found() -> None:
    server, asset = project_with({"ben": VIEWER})
    async with client_on(server, "ben") as kobo:
        edits = TeamEdits(await read_matrix(kobo, "ben"))
        assert edits.remove([(asset.uid, "ben")]) == []
        (change,) = edits.changes()
        step = SetAccessStep(change)
        assert await step.send(kobo) == [DONE]
        assert team_of(asset) == {}
        assert await step.found(kobo) == [DONE]
        both = SetAccessStep(change, structs.replace(change, username="cleo"))
        both.known = step.known
        states = [outcome.state if outcome else None for outcome in await both.found(kobo)]
        assert states == [State.DONE, State.DOUBT]  # what became of the other nobody can tell from outside


async def test_what_a_changed_row_rule_loses_from_view_is_counted() -> None:
    server, asset = project_with({"ben": VIEWER, "cleo": VIEWER})
    assert asset.records is not None
    asset.records.generate(40, 7, ["ben", "cleo", "dora"], NOW - timedelta(days=9), NOW)
    sent_by = {name: {"_submitted_by": name} for name in ("ben", "cleo")}
    async with client_on(server) as kobo:
        submissions = kobo.submissions(asset.uid)
        counts = {name: await submissions.count(query) for name, query in sent_by.items()}
        assert min(counts.values()) > 0
        both = {"_submitted_by": {"$in": ["ben", "cleo"]}}
        assert await submissions.count_lost(both, sent_by["cleo"]) == counts["ben"]
        assert await submissions.count_lost({}, both) == 40 - sum(counts.values())
        assert await submissions.count_lost(sent_by["ben"], {}) == 0
        assert await submissions.count_lost({}, {}) == 0
