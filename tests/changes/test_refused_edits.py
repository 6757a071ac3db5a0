"""Corrections that the server refuses: a row rule, an archived project; each record has its own outcome and reason."""

from __future__ import annotations

from kobotui.api.client import KoboClient
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.review import facts, review_lines
from kobotui.demo.state import Row
from kobotui.demo.state import State as DemoState
from tests.changes.nearby import SERVER, applied_nearby, client_on, project
from tests.changes.test_submissions import edit, records


async def test_a_row_rule_refuses_only_the_records_it_leaves_out(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    """The server refuses a whole call for one of them."""
    asset = project(state, "Household")
    asset.rows = [row for row in asset.rows if row.username not in ("dana", "AnonymousUser")]
    some = {"view_submissions": [{}], "change_submissions": [{"loc/region": "north"}]}
    asset.rows += [Row("pView", "dana", "view_asset"), Row("pSome", "dana", "partial_submissions", some)]
    found = await records(inside, asset, 20)
    north = {record.id for record in found if record.answer("loc/region") == "north"}
    assert 0 < len(north) < 20
    async with client_on(state, "dana") as dana:
        outcomes = await applied_nearby(dana, journal, *(edit(asset, record, "remarks", "seen") for record in found))
    for record, outcome in zip(found, outcomes, strict=True):
        assert outcome.state is (State.DONE if record.id in north else State.FAILED)
        assert record.id in north or "a row rule leaves it out" in outcome.reason
    assert {r.id for r in await records(inside, asset, 20) if r.answer("remarks") == "seen"} == north


async def test_whoever_may_correct_nothing_is_told_so_in_one_call(
    state: DemoState, inside: KoboClient, journal: Journal
) -> None:
    asset = project(state, "Household")
    asset.rows = [row for row in asset.rows if row.username != "dana"]
    asset.rows += [Row("pView", "dana", "view_asset"), Row("pSee", "dana", "view_submissions")]
    sent: list[str] = []

    async def listen(request: str) -> None:
        sent.append(request)

    async with client_on(state, "dana", before=listen) as dana:
        found = await records(inside, asset, 5)
        outcomes = await applied_nearby(dana, journal, *(edit(asset, record, "remarks", "x") for record in found))
    assert {outcome.state for outcome in outcomes} == {State.FAILED}
    assert "right to edit submissions" in outcomes[0].reason
    assert sent.count("PATCH bulk") == 1


async def test_an_archived_project_says_so(state: DemoState, inside: KoboClient, journal: Journal) -> None:
    asset = project(state, "Household")
    await inside.deployment(asset.uid).set_active(False)
    (record,) = await records(inside, asset, 1)
    (outcome,) = await applied_nearby(inside, journal, edit(asset, record, "remarks", "x"))
    assert outcome.state is State.FAILED
    assert "is archived" in outcome.reason


async def test_the_review_tells_the_difference_of_each_record_and_what_it_takes(
    state: DemoState, inside: KoboClient
) -> None:
    asset = project(state, "Household")
    found = await records(inside, asset, 6)
    changes: list[AnyChange] = [edit(asset, record, "remarks", "the same") for record in found[:3]]
    changes += [edit(asset, record, "remarks", f"other {record.id}") for record in found[3:]]
    plan = Plan(title="", account="", server=SERVER, changes=tuple(changes))
    texts = [line.text for line in review_lines(plan)]
    assert "Corrections: 3 equal corrections in 1 call, 3 different ones in a call each, about 3 s" in texts
    assert facts(plan) == "6 changes on 1 project, 12 requests, about 3 s"
    first = edit(asset, found[0], "remarks", "new")
    several = edit(asset, found[0], "remarks", "new")
    several.before["resp/name"], several.after["resp/name"] = "Amina", None
    assert Plan(title="", account="", server=SERVER, changes=(first,)).small
    plan = Plan(title="", account="", server=SERVER, changes=(several,))
    assert not plan.small, "two answers are reviewed line by line"
    texts = [line.text for line in review_lines(plan)]
    assert f"  ~ Record {found[0].id}: remarks, resp/name" in texts
    assert "      resp/name: Amina -> -" in texts
