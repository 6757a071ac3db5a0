"""One user's rights on one project; nobody else is touched."""

from __future__ import annotations

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.access import SetAccess
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import State
from kobotui.demo.server import DemoServer
from kobotui.demo.state import Asset
from kobotui.model.access import NOTHING, PUBLIC, Rights, Team, rules_of, settled
from tests.changes.conftest import applied
from tests.changes.test_projects import household

VIEWER = settled(Rights(frozenset({"view_submissions"})))
MANAGER = settled(Rights(frozenset({"manage_asset"})))
OWN_RECORDS = settled(Rights(rules=rules_of({"view_submissions": [{"_submitted_by": "ben"}]})))


async def team(kobo: KoboClient, asset: Asset) -> Team:
    """The team as the server has it."""
    return Team.of(await kobo.access(asset.uid).read(), asset.owner, "admin")


async def change(kobo: KoboClient, asset: Asset, user: str, after: Rights) -> SetAccess:
    """From what the user holds now to ``after``."""
    before = (await team(kobo, asset)).get(user)
    return SetAccess(
        project=asset.uid, project_name=asset.name, username=user, owner=asset.owner, before=before, after=after
    )


@pytest.mark.parametrize(
    "way",
    [(VIEWER, NOTHING), (MANAGER, VIEWER), (OWN_RECORDS, VIEWER, OWN_RECORDS), (MANAGER, OWN_RECORDS, NOTHING)],
    ids=["come and go", "demote a manager", "row rule and back", "manager to row rule"],
)
async def test_exactly_the_wanted_rights_and_nobody_else_touched(
    demo: DemoServer, kobo: KoboClient, journal: Journal, way: tuple[Rights, ...]
) -> None:
    asset = household(demo)
    others = {user: held for user, held in (await team(kobo, asset)).rights.items() if user != "ben"}
    for wanted in way:
        (outcome,) = await applied(demo, kobo, journal, await change(kobo, asset, "ben", wanted))
        assert outcome.state is State.DONE, outcome
        now = await team(kobo, asset)
        assert now.get("ben") == wanted
        assert {user: held for user, held in now.rights.items() if user != "ben"} == others


async def test_public_access_comes_and_goes_with_the_forms_own_switch(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    assert asset.deployment is not None
    add = settled(Rights(frozenset({"add_submissions", "view_asset"})))
    (outcome,) = await applied(demo, kobo, journal, await change(kobo, asset, PUBLIC, add))
    assert outcome.state is State.DONE, outcome
    assert not asset.deployment.require_auth
    (outcome,) = await applied(demo, kobo, journal, await change(kobo, asset, PUBLIC, NOTHING))
    assert outcome.state is State.DONE, outcome
    assert asset.deployment.require_auth


async def test_what_somebody_else_granted_meanwhile_is_a_conflict(
    demo: DemoServer, kobo: KoboClient, journal: Journal
) -> None:
    asset = household(demo)
    planned = await change(kobo, asset, "ben", NOTHING if (await team(kobo, asset)).get("ben") else VIEWER)
    await kobo.access(asset.uid).grant("ben", "manage_asset")
    (outcome,) = await applied(demo, kobo, journal, planned)
    assert outcome.state is State.CONFLICT
    assert (await team(kobo, asset)).get("ben") == MANAGER


async def test_the_owner_is_never_touched(demo: DemoServer, kobo: KoboClient, journal: Journal) -> None:
    asset = household(demo)
    before = (await team(kobo, asset)).get(asset.owner)
    (outcome,) = await applied(demo, kobo, journal, await change(kobo, asset, asset.owner, NOTHING))
    assert outcome.state is State.FAILED
    assert (await team(kobo, asset)).get(asset.owner) == before


async def test_the_review_says_who_loses_all_access(demo: DemoServer, kobo: KoboClient) -> None:
    asset = household(demo)
    user = (await team(kobo, asset)).members[0]
    leaving = await change(kobo, asset, user, NOTHING)
    assert any(user in warning for warning in leaving.warnings())
    assert any(line.startswith("-") for line in leaving.side_effects())
