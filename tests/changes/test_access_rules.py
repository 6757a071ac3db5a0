"""Whatever rights there are and whatever is wanted: what is sent leads the server to exactly that, for nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.changes.access import SetAccess, SetAccessStep
from kobotui.changes.outcome import DONE
from kobotui.demo.app import create_app
from kobotui.model.access import NOTHING, PUBLIC, Rights, rules_of, settled
from tests.changes.nearby import client_on, project_with, team_of
from tests.demo.project import make_state
from tests.model.matrices import RULES, public_rights, rights

TYPES = st.sampled_from(["survey", "survey", "collection", "block", "template", "question"])
STATE = make_state()
APP = create_app(STATE)
"""One server for all examples, each with a project of its own."""
MEMBERS = ("ben", "cleo", "dora")


@st.composite
def odd_rights(draw: st.DrawFn, asset_type: str) -> Rights:
    """What only a team write can store: rights on all records beside a row rule, each with what it brings along."""
    one = draw(rights(asset_type))
    rules = one.rules or (rules_of(draw(RULES)) if asset_type == "survey" else ())
    return Rights(one.full | {"view_asset"} if rules else one.full, rules)


@st.composite
def intents(draw: st.DrawFn) -> tuple[str, dict[str, Rights], dict[str, Rights]]:
    """An asset type, a team, and what some of it shall become; a bystander among them."""
    asset_type = draw(TYPES)
    before = {user: draw(rights(asset_type) | odd_rights(asset_type)) for user in MEMBERS}
    wanted = {user: draw(rights(asset_type)) for user in draw(st.sets(st.sampled_from(MEMBERS[:2]), min_size=1))}
    if asset_type == "survey":
        before[PUBLIC] = draw(public_rights())
        if draw(st.booleans()):
            wanted[PUBLIC] = draw(public_rights())
    return asset_type, before, wanted


@settings(max_examples=200, deadline=None)
@given(intents())
def test_the_server_ends_in_exactly_the_wanted_state(intent: tuple[str, dict[str, Rights], dict[str, Rights]]) -> None:
    asset_type, before, wanted = intent
    state, asset = project_with(before, asset_type, STATE)
    changes = [
        SetAccess(
            project=asset.uid,
            project_name=asset.name,
            username=user,
            owner="ann",
            asset_type=asset_type,
            before=before[user],
            after=after,
        )
        for user, after in wanted.items()
    ]
    assert all(settled(change.after, asset_type) == change.after for change in changes)
    owns = sorted(row.codename for row in asset.rows if row.username == "ann")

    async def carry_out() -> Any:
        async with client_on(state, app=APP) as kobo:
            return await SetAccessStep(*changes).send(kobo)

    outcomes = asyncio.run(carry_out())
    assert list(outcomes) == [DONE] * len(changes)
    now = team_of(asset)
    goal = {user: held for user, held in (before | wanted).items() if held}
    assert {user: held for user, held in now.items() if held} == goal
    assert now.get("dora", NOTHING) == before["dora"]
    assert sorted(row.codename for row in asset.rows if row.username == "ann") == owns
