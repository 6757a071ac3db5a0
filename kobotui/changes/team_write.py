"""Writing to one project's team, and leaving to others what they make of it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import convert, structs, to_builtins

from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Conflict, failed, without_effect
from kobotui.changes.team_history import (
    Share,
    TeamHistory,
    given_back,
    names_of,
    share_in_calls,
    share_in_team_write,
    told,
)
from kobotui.columns.words import rights_line
from kobotui.locale import _
from kobotui.model.access import (
    NOTHING,
    PUBLIC,
    Call,
    Grant,
    RemoveAll,
    Revoke,
    Rights,
    Team,
    bulk_rows,
    grant,
    partial_body,
    revoke,
    rights_to_calls,
)

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.errors import KoboError
    from kobotui.changes.access import SetAccess, SetAccessStep
    from kobotui.changes.team_history import Move
    from kobotui.model.access import Assignment

LOOKS = 4
"""How often the team is looked at while others go on changing it."""
LOOK_SECONDS = 0.2


def owner_stays(owner: str) -> str:
    """Why nothing is changed about an owner."""
    return _("{name} owns this project; an owner's rights stay.").format(name=owner)


def team_of(rows: Sequence[Assignment]) -> dict[str, Rights]:
    """What everybody holds by these rows."""
    return Team.of(rows, "", "").rights


def calls_of(change: SetAccess) -> list[Call]:
    """The single calls that make a change."""
    public = change.username == PUBLIC
    return rights_to_calls(change.before, change.after, change.asset_type, public=public)


def between(change: SetAccess) -> list[Rights]:
    """What the user holds between two of the change's single calls."""
    states = []
    now = change.before
    for call in calls_of(change):
        match call:
            case Grant(codename=codename, rules=rules):
                now = grant(now, codename, rules, change.asset_type)
            case Revoke(codename=codename):
                now = revoke(now, codename)
            case RemoveAll():
                now = NOTHING
        states.append(now)
    return states[:-1]


class TeamWrite:
    """The writes of one step to its project's team."""

    def __init__(self, kobo: KoboClient, step: SetAccessStep, since: int | None = None) -> None:
        """``since``: what the history's ``begin`` told in an earlier run."""
        some = step.changes[0]
        self.access = kobo.access(some.project)
        self.history = TeamHistory(kobo.history(some.project), since)
        self.refused: dict[str, KoboError] = {}
        """Why the server made an end of a user's calls."""
        self._kobo = kobo
        self._step = step
        self._some = some
        self._writer = kobo.account.username

    async def begin(self) -> int | None:
        """Note where the history stands; None where it tells nothing: not readable, or not known who we are."""
        return await self.history.begin() if self._writer else None

    async def write(self, rows: Sequence[Assignment], changes: Sequence[SetAccess]) -> None:
        """Write the whole team: the wanted rights, and what ``rows`` say of everybody else."""
        team = Team.of(rows, self._some.owner, "", sees_all=True)
        for change in changes:
            team = team.with_rights(change.username, change.after)
        if bodies := bulk_rows(team):
            await self.access.replace(bodies)
            self._step.sent = True
            return
        for change in changes:  # an empty team cannot be written
            await self.call(change, rows)

    async def call(self, change: SetAccess, rows: Sequence[Assignment]) -> None:
        """One user's own calls, until the server refuses one."""
        from kobotui.api.errors import NotAllowed, Rejected

        try:
            for call in calls_of(change):
                await self._send(call, change, rows)
                self._step.sent = True
        except (NotAllowed, Rejected) as error:
            self.refused[change.username] = error

    async def _send(self, call: Call, change: SetAccess, rows: Sequence[Assignment]) -> None:
        from kobotui.api.errors import NotFound

        match call:
            case RemoveAll():
                await self.access.remove_user(change.username, owner=await self._owner_for(change))
            case Grant(codename=codename, rules=rules):
                await self.access.grant(change.username, codename, partial_body(rules) or None)
            case Revoke(codename=codename):
                rows = await self.access.read() if self._step.sent else rows
                for row in rows:
                    if (row.username, row.codename) == (change.username, codename):
                        with suppress(NotFound):  # it went with another row
                            await self.access.revoke(row.uid)

    async def _owner_for(self, change: SetAccess) -> str:
        """The project's owner; raises ``NotAllowed`` when it is the user, who may have become it since the review."""
        from kobotui.api.errors import NotAllowed

        if "manage_asset" not in change.before.full:
            return change.owner
        owner = (await self._kobo.projects.get(change.project)).owner
        if owner == change.username:
            raise NotAllowed(owner_stays(owner))
        return owner

    async def settle(self, changes: Sequence[SetAccess]) -> dict[str, Outcome]:
        """Leave to others what they changed meanwhile; what became of each change, by user name."""
        now: Mapping[str, Rights] = {}
        shares: dict[str, Share] = {}
        odd: set[str] = set()
        for look in range(LOOKS):
            moves: dict[str, list[Move]] = {}
            for move in await self.history.moves(len(changes)):
                moves.setdefault(move.username, []).append(move)
            rows = await self.access.read()
            now = team_of(rows)
            shares = self._shares(changes, moves, now)
            behind = [u for u in shares.keys() - self.refused.keys() if now.get(u, NOTHING) != shares[u].theirs]
            known = [user for user in behind if shares[user].covers(now.get(user, NOTHING))]
            odd = {c.username for c in changes if c.username not in shares and not self._understood(c, moves, now)}
            if not (behind or odd) or look + 1 == LOOKS:
                break
            for user in known:
                before, after = now.get(user, NOTHING), shares[user].theirs
                await self.call(structs.replace(self._some, username=user, before=before, after=after), rows)
            if not known and look:  # the history is behind the team
                await asyncio.sleep(LOOK_SECONDS)
        lost = [user for user, share in shares.items() if now.get(user, NOTHING) != share.theirs]
        note = " ".join(filter(None, (given_back(shares.keys() - set(lost)), _look_at(lost))))
        theirs = shares.keys() | odd
        return {change.username: self._outcome(change, now, theirs, note) for change in changes}

    def _understood(self, change: SetAccess, moves: Mapping[str, Sequence[Move]], team: Mapping[str, Rights]) -> bool:
        """Whether a user holds what our own doing explains, or what the server has made of it."""
        held = team.get(change.username, NOTHING)
        explained = held in (change.before, change.after) or held == told(change.before, moves.get(change.username, ()))
        return explained or change.username in self.refused or not self.history.readable

    def _shares(
        self, changes: Sequence[SetAccess], moves: Mapping[str, Sequence[Move]], now: Mapping[str, Rights]
    ) -> dict[str, Share]:
        """What others had to do with it, by user name; the owner's rights are nobody's to change."""
        known = self._step.known
        team = convert(known["team"], dict[str, Rights])
        planned = {change.username: change for change in changes}
        after = team | {user: planned[user].after for user in known["together"] if user in planned}
        wrote_team = any(after[user] for user in after if user != self._some.owner) and bool(known["together"])
        shares = {}
        kind = self._some.asset_type
        for user in moves.keys() - {self._some.owner}:
            own, change = moves[user], planned.get(user)
            if wrote_team and user not in known["singly"]:
                share = share_in_team_write(team.get(user, NOTHING), after.get(user, NOTHING), own, self._writer, kind)
            elif change:
                seen = not any(isinstance(call, RemoveAll) for call in calls_of(change))
                share = share_in_calls(change.before, own, self._writer, kind, seen=seen)
            else:
                continue
            for_nothing = change and share and share.theirs == change.before and now.get(user, NOTHING) == change.after
            if share and not for_nothing:
                shares[user] = share
        return shares

    def _outcome(self, change: SetAccess, team: Mapping[str, Rights], theirs: Collection[str], note: str) -> Outcome:
        if change.username in theirs:
            now = team.get(change.username, NOTHING)
            return Outcome(State.CONFLICT, Conflict(rights_line(now)).sentence)
        outcome = self.result(change, team)
        return structs.replace(outcome, reason=note) if outcome.state is State.DONE else outcome

    def result(self, change: SetAccess, team: Mapping[str, Rights]) -> Outcome:
        """What became of a change by what everybody holds now."""
        now = team.get(change.username, NOTHING)
        if now == change.after:
            return Outcome(State.DONE)
        image = {"rights": to_builtins(now)} if now != change.before and self.history.readable else {}
        if error := self.refused.get(change.username):
            return Outcome(State.FAILED, error.sentence, error.details(), image=image)
        if now == change.before:
            return without_effect()
        text = _("The server made something else of it: {now}").format(now=rights_line(now))
        return structs.replace(failed(text), image=image)

    async def own_result(self, change: SetAccess) -> Outcome:
        """What became of a change of one's own rights: without the right to see the project they cannot be read."""
        rows = await self.rows_left()
        if rows is None and "view_asset" not in change.after.full:
            return Outcome(State.DONE)
        return self.result(change, team_of(rows or ()))

    async def rows_left(self) -> list[Assignment] | None:
        """The rows, None for somebody who does not see the project any more."""
        from kobotui.api.errors import NotFound

        try:
            return await self.access.read()
        except NotFound:
            return None


def _look_at(usernames: Sequence[str]) -> str:
    if not usernames:
        return ""
    return _("Changed again and again meanwhile; look at the rights of {names}").format(names=names_of(usernames))
