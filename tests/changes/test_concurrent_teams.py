"""For any team, any plan and anything another administrator does meanwhile: nobody loses what was not to be touched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.api.client import KoboClient
from kobotui.changes.access import SetAccess
from kobotui.changes.apply import Application
from kobotui.changes.journal import Entry, Journal
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.undo import undo_plan
from kobotui.columns.words import user_label
from kobotui.demo import grants
from kobotui.demo.editing import deploy, new_asset
from kobotui.demo.state import Asset, Row
from kobotui.demo.state import State as DemoState
from kobotui.model.access import NOTHING, PARTIAL, PUBLIC, Rights, partial_body, rules_of, settled
from tests.changes.nearby import SERVER, client_on, seeded

USERS = ("amina", "joseph", "fatou", "ibrahim", "grace")
RIVAL = "ben"
"""Manages the project, too."""
DATA = ("add_submissions", "view_submissions", "validate_submissions")
CODENAMES = ("view_asset", "change_asset", *DATA, "manage_asset")
OPENED = ("view_asset", "add_submissions", "view_submissions")
"""What the public may hold."""
NORTH, BENS = [{"region": "north"}], [{"_submitted_by": "ben"}]
RULES = (rules_of({"view_submissions": NORTH}), rules_of({"change_submissions": BENS, "view_submissions": NORTH}))

rights = st.one_of(
    st.just(NOTHING),
    st.sets(st.sampled_from(CODENAMES), min_size=1).map(lambda names: settled(Rights(frozenset(names)))),
    st.sampled_from(RULES).map(lambda rules: settled(Rights(frozenset({"add_submissions"}), rules))),
    st.sampled_from(RULES).map(lambda rules: settled(Rights(rules=rules))),
)
public = st.sets(st.sampled_from(OPENED)).map(lambda names: settled(Rights(frozenset(names))))
teams = st.fixed_dictionaries({**dict.fromkeys(USERS, rights), PUBLIC: public})
wishes = st.dictionaries(st.sampled_from(USERS), rights, min_size=1).flatmap(
    lambda wanted: st.one_of(st.just(wanted), public.map(lambda opened: {**wanted, PUBLIC: opened}))
)


class Deed(NamedTuple):
    """What the other administrator does to one user, just before our request of this number; 0: before all."""

    moment: int
    what: tuple[str, ...]
    """``+codename``, ``-codename``, ``rule 0``, ``gone``; in this order."""


def deeds(*what: str) -> st.SearchStrategy[Deed]:
    """One or two things, at some moment."""
    return st.builds(Deed, st.integers(0, 12), st.lists(st.sampled_from(what), min_size=1, max_size=2).map(tuple))


some = deeds(*(f"{sign}{name}" for sign in "+-" for name in CODENAMES), "rule 0", "rule 1", "gone")
of_the_public = deeds(*(f"{sign}{name}" for sign in "+-" for name in OPENED))
rivals = st.builds(
    dict[str, Deed].__or__,
    st.dictionaries(st.sampled_from(USERS), some, max_size=3),
    st.dictionaries(st.just(PUBLIC), of_the_public),
)


class World:
    """A project of the owner's on a demo without sockets, and somebody else who manages it, too."""

    def __init__(self, place: Path) -> None:
        self.state: DemoState = seeded(2, 10)
        self.ours: KoboClient
        self.theirs: KoboClient
        self.journal = Journal(place / "journal.sqlite")
        self.asset: Asset
        self.requests: list[str] = []
        """Ours in this job, method and end of the path."""
        self.meant: dict[str, tuple[Rights, Rights]] = {}
        """What users held just before the other one's deeds in this job, and just after."""
        self._deeds: dict[str, Deed] = {}

    async def open(self, stack: AsyncExitStack) -> None:
        """Connect both."""
        ours = client_on(self.state, "admin", before=self._before_request)
        self.ours = await stack.enter_async_context(ours)
        self.theirs = await stack.enter_async_context(client_on(self.state, RIVAL))
        stack.callback(self.journal.close)

    def begin(self, team: dict[str, Rights]) -> None:
        """A new project with this team."""
        asset = self.asset = new_asset(self.state, "admin", "Shared", "survey", {"survey": []})
        deploy(self.state, asset, "admin", active=True)
        held = {**team, RIVAL: settled(Rights(frozenset({"manage_asset"})))}
        for user, rights in held.items():
            for codename in rights.held:
                partial = {rule.codename: rule.values() for rule in rights.rules} if codename == PARTIAL else None
                asset.rows.append(Row(self.state.uid("p"), user, codename, partial))
        grants.follow_public_access(asset)

    def team(self) -> dict[str, Rights]:
        """What everybody holds who holds anything."""
        found: dict[str, Rights] = {}
        for user in {row.username for row in self.asset.rows}:
            rows = [row for row in self.asset.rows if row.username == user]
            partial: dict[str, Any] = next((row.partial or {} for row in rows if row.codename == PARTIAL), {})
            found[user] = Rights(frozenset(row.codename for row in rows) - {PARTIAL}, rules_of(partial))
        return found

    def held(self, user: str) -> Rights:
        """What one user holds."""
        return self.team().get(user, NOTHING)

    async def apply(self, plan: Plan, rival: dict[str, Deed]) -> list[Entry]:
        """Apply a plan while the other one acts; what became of its changes."""
        self._deeds, self.requests, self.meant = rival, [], {}
        await self._act(0)
        application = Application.begin(plan, self.ours.account, self.journal, lambda _at, _outcomes: None)
        await application.run(self.ours)
        return self.journal.entries(application.job)

    async def _before_request(self, request: str) -> None:
        self.requests.append(request)
        await self._act(len(self.requests))

    async def _act(self, moment: int) -> None:
        for user, deed in self._deeds.items():
            if deed.moment == moment:
                before = self.held(user)
                for what in deed.what:
                    await self._do(user, what)
                self.meant[user] = before, self.held(user)

    async def _do(self, user: str, what: str) -> None:
        access = self.theirs.access(self.asset.uid)
        if what == "gone":
            await access.remove_user(user)
        elif what.startswith("rule"):
            await access.grant(user, PARTIAL, partial_body(RULES[int(what[-1])]))
        elif what[0] == "+":
            await access.grant(user, what[1:])
        else:
            for row in await access.read():
                if (row.username, row.codename) == (user, what[1:]):
                    await access.revoke(row.uid)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, asyncio.Runner]]:
    """One for all examples, with the loop it lives in."""
    with asyncio.Runner() as runner:
        made, stack = World(tmp_path_factory.mktemp("teams")), AsyncExitStack()
        runner.run(made.open(stack))
        yield made, runner
        runner.run(stack.aclose())


@settings(max_examples=250, deadline=None, derandomize=True)
@given(team=teams, wanted=wishes, rival=rivals, again=rivals)
def test_untouched_rights_stay_and_touched_ones_come_back(
    world: tuple[World, asyncio.Runner],
    team: dict[str, Rights],
    wanted: dict[str, Rights],
    rival: dict[str, Deed],
    again: dict[str, Deed],
) -> None:
    here, runner = world
    runner.run(example(here, team, wanted, rival, again))


async def example(
    world: World,
    team: dict[str, Rights],
    wanted: dict[str, Rights],
    rival: dict[str, Deed],
    again: dict[str, Deed],
) -> None:
    """Apply a plan while somebody else acts, and look; undo it while they act again, and look."""
    world.begin(team)
    first = world.team()
    names: dict[str, Any] = {"project": world.asset.uid, "project_name": "Shared", "owner": "admin"}
    changes = tuple(
        SetAccess(**names, username=user, before=first.get(user, NOTHING), after=rights)
        for user, rights in wanted.items()
        if rights != first.get(user, NOTHING)
    )
    entries = await world.apply(Plan(title="Share", account="admin", server=SERVER, changes=changes), rival)
    look(world, first, entries, rival)
    done = {changed(entry).username for entry in entries if entry.outcome.state is State.DONE}
    between = world.team()
    inverse = undo_plan(world.journal, world.journal.jobs(1)[0].id)
    assert {change.username for change in inverse.changes if isinstance(change, SetAccess)} == done
    undone = await world.apply(inverse, again)
    look(world, between, undone, again)
    for user in done - rival.keys() - again.keys():
        assert world.held(user) == first.get(user, NOTHING)


def changed(entry: Entry) -> SetAccess:
    """The change of an entry."""
    assert isinstance(entry.change, SetAccess)
    return entry.change


def look(world: World, start: dict[str, Rights], entries: list[Entry], rival: dict[str, Deed]) -> None:
    """Nobody lost what was not to be touched, and what the other one took part in is told."""
    planned = {changed(entry).username for entry in entries}
    told = " ".join(entry.outcome.reason for entry in entries)
    for user in {*start, *USERS, PUBLIC} - planned:
        _before, meant = world.meant.get(user, (NOTHING, start.get(user, NOTHING)))
        assert world.held(user) == meant, user
    for entry in entries:
        change = changed(entry)
        now = world.held(change.username)
        if change.username not in world.meant:
            as_wished = change.after if entry.outcome.state is State.DONE else start.get(change.username, NOTHING)
            assert now == as_wished
            assert (entry.outcome.state is State.DONE) == (start.get(change.username, NOTHING) == change.before)
        elif entry.outcome.state is State.DONE:  # the other one changed nothing, or came later
            assert now in (change.after, world.meant[change.username][1])
        else:
            kept(world.meant[change.username], now)
    assert world.asset.deployment
    assert world.asset.deployment.require_auth == ("add_submissions" not in world.held(PUBLIC).full)
    if "POST bulk" in world.requests and any(entry.outcome.state is State.DONE for entry in entries):
        read, write = world.requests.index("GET permission-assignments"), world.requests.index("POST bulk")
        for user, (before, after) in world.meant.items():
            if before != after and user not in planned and read + 1 < rival[user].moment <= write + 1:
                assert user_label(user) in told


def kept(meant: tuple[Rights, Rights], now: Rights) -> None:
    """What the other one granted is there, and what they took away is not."""
    before, after = meant
    assert after.full - before.full <= now.full
    assert not (before.full - after.full) & now.full
    if after.rules != before.rules:
        assert now.rules == after.rules
