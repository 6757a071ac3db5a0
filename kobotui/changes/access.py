"""Changes of access: what one user may do on one project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.changes.change import Change, Impossible
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import Conflict, Step, doubtful, failed
from kobotui.changes.team_history import TeamHistory, before_team_write, given_back, of_others
from kobotui.columns.words import effect_lines, effect_warnings, rights_line, user_label
from kobotui.locale import _
from kobotui.model.access import (
    NOTHING,
    PUBLIC,
    Call,
    Grant,
    RemoveAll,
    Rights,
    Team,
    bulk_rows,
    partial_body,
    rights_to_calls,
    settled,
    side_effects,
)

if TYPE_CHECKING:
    from kobotui.api.access import AccessService
    from kobotui.api.client import KoboClient
    from kobotui.changes.team_history import Move
    from kobotui.model.access import Assignment


class SetAccess(Change, frozen=True, kw_only=True, tag="set-access"):
    """Give one user exactly these rights; nobody else on the team is touched."""

    username: str
    """``AnonymousUser`` for public access."""
    owner: str
    """The project's owner, whose rows are never touched."""
    asset_type: str = "survey"
    before: Rights
    after: Rights

    def line(self) -> str:
        return user_label(self.username)

    def before_text(self) -> str:
        return rights_line(self.before)

    def after_text(self) -> str:
        return rights_line(self.after) if self.after or self.username == PUBLIC else _("leaves")

    def warnings(self) -> tuple[str, ...]:
        return tuple(effect_warnings(self.username, self.project_name, side_effects(self.before, self.after)))

    def side_effects(self) -> tuple[str, ...]:
        return tuple(effect_lines(side_effects(self.before, self.after)))

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before)

    def rebased(self, now: Rights, *, force: bool) -> SetAccess:
        """The change as it would be planned from the rights of now: the same difference, or the same end."""
        if force:
            return structs.replace(self, before=now)
        full = (now.full | (self.after.full - self.before.full)) - (self.before.full - self.after.full)
        rules = now.rules if self.after.rules == self.before.rules else self.after.rules
        return structs.replace(self, before=now, after=settled(Rights(full, rules), self.asset_type))


class SetAccessStep(Step[SetAccess]):
    """The team of one project.

    One user: that user's own calls, grants before removals. Several: one write of the whole team, merged into
    what was just read. The public always by its own calls: a team write would not turn the form's switch. What the
    history says others did between our reading and our writing is given back to them, and said.
    """

    @property
    def requests(self) -> int:
        return 4 + sum(len(self._calls(change)) for change in self._singly()) + bool(self._together())

    def _together(self) -> list[SetAccess]:
        """The changes that go into one team write."""
        others = [change for change in self.changes if change.username != PUBLIC and not _adds(change.after)]
        return others if len(others) > 1 else []

    def _singly(self) -> list[SetAccess]:
        together = self._together()
        return [change for change in self.changes if change not in together]

    def _apart(self, kobo: KoboClient) -> list[SetAccessStep]:
        """The writer's own access goes last and alone: the team may be out of sight afterwards."""
        own = [change for change in self.changes if change.username == kobo.account.username]
        others = [change for change in self.changes if change not in own]
        return [SetAccessStep(*others), SetAccessStep(*own)] if own and others else []

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        if parts := self._apart(kobo):
            return await self._send_parts(kobo, parts)
        access = kobo.access(self.changes[0].project)
        history = TeamHistory(kobo.history(self.changes[0].project))
        since = await history.begin()
        rows = await access.read()
        outcomes = {change.username: self._refusal(change, rows) for change in self.changes}
        todo = [change for change in self.changes if outcomes[change.username] is None]
        if not todo:
            return [outcome for outcome in outcomes.values() if outcome]
        together = [change for change in self._together() if change in todo]
        if together:
            self.note(since)
            await self._write_team(access, rows, together)
        singly = [change for change in todo if change not in together]
        for change in singly:
            await self._call(access, change, rows)
        moves = await history.moves(len(todo))
        writer = kobo.account.username
        if (left := await self._rows(access, writer)) is None:
            return self.outcomes(DONE)
        rows = left
        theirs = self._before_team_write(rows, together, moves, writer, sure=True) if together else {}
        for change in singly:
            held = of_others(change.before, moves, change.username, writer, change.asset_type)
            theirs |= {change.username: held} if held != change.before else {}
        rows = await self._give_back(access, rows, theirs)
        return self._results(rows, theirs, outcomes)

    def _before_team_write(
        self,
        rows: Sequence[Assignment],
        together: Sequence[SetAccess],
        moves: Sequence[Move],
        writer: str,
        *,
        sure: bool,
    ) -> dict[str, Rights]:
        """What others made of users whom the team write altered; whom we changed by single calls, it did not alter."""
        singly = {change.username for change in self.changes} - {change.username for change in together}
        concerned = [move for move in moves if move.username not in singly]
        return before_team_write(_team(rows), together, concerned, writer, sure=sure)

    async def _send_parts(self, kobo: KoboClient, parts: Sequence[SetAccessStep]) -> list[Outcome]:
        known: dict[str, Outcome] = {}
        for part in parts:
            part.note = self.note
            try:
                outcomes = await part.send(kobo)
            finally:
                self.sent |= part.sent
            known |= zip((change.username for change in part.changes), outcomes, strict=True)
        return [known[change.username] for change in self.changes]

    async def _rows(self, access: AccessService, writer: str) -> list[Assignment] | None:
        """The rows of now; None where the writer, whose own access this is, has left and sees none any more."""
        from kobotui.api.errors import NotFound

        try:
            return await access.read()
        except NotFound:
            if all(change.username == writer and not change.after.full & {"view_asset"} for change in self.changes):
                return None
            raise

    async def refusals(self, reader: KoboClient) -> Sequence[Outcome | None]:
        rows = await reader.access(self.changes[0].project).read()
        return [self._refusal(change, rows) for change in self.changes]

    @staticmethod
    def _refusal(change: SetAccess, rows: Sequence[Assignment]) -> Outcome | None:
        """Why a change is not made, None when it can be."""
        if change.username == change.owner:
            return failed(_("{name} owns this project; an owner's rights stay.").format(name=change.owner))
        now = Rights.of(_rows_of(change.username, rows))
        return None if now == change.before else Outcome(State.CONFLICT, Conflict(rights_line(now)).sentence)

    async def _write_team(self, access: AccessService, rows: Sequence[Assignment], todo: Sequence[SetAccess]) -> None:
        """Write the team, with what ``rows`` say of everybody else."""
        team = Team.of(rows, todo[0].owner, "", sees_all=True)
        for change in todo:
            team = team.with_rights(change.username, change.after)
        if bodies := bulk_rows(team):
            await access.replace(bodies)
            self.sent = True
            return
        for change in todo:  # an empty team cannot be written
            await access.remove_user(change.username, owner=change.owner)
            self.sent = True

    async def _call(self, access: AccessService, change: SetAccess, rows: Sequence[Assignment]) -> None:
        from kobotui.api.errors import NotFound

        for call in self._calls(change):
            match call:
                case RemoveAll():
                    await access.remove_user(change.username, owner=change.owner)
                case Grant(codename=codename, rules=rules):
                    await access.grant(change.username, codename, partial_body(rules) or None)
                case _:
                    rows = await access.read() if self.sent else rows
                    for row in _rows_of(change.username, rows):
                        if row.codename == call.codename:
                            with suppress(NotFound):  # it went with another row
                                await access.revoke(row.uid)
            self.sent = True

    async def _give_back(
        self, access: AccessService, rows: list[Assignment], theirs: Mapping[str, Rights]
    ) -> list[Assignment]:
        """Let everybody whom others changed meanwhile hold what those made of it; the rows afterwards."""
        now = _team(rows)
        owner = self.changes[0].owner
        altered = {u: held for u, held in theirs.items() if now.get(u, NOTHING) != held and u != owner}
        for user, held in altered.items():
            before = now.get(user, NOTHING)
            await self._call(access, structs.replace(self.changes[0], username=user, before=before, after=held), rows)
        return await access.read() if altered else rows

    def _results(
        self, rows: Sequence[Assignment], theirs: Mapping[str, Rights], known: Mapping[str, Outcome | None]
    ) -> list[Outcome]:
        note = given_back(sorted(theirs))
        return [known.get(change.username) or self._result(change, rows, theirs, note) for change in self.changes]

    @staticmethod
    def _result(change: SetAccess, rows: Sequence[Assignment], theirs: Mapping[str, Rights], note: str) -> Outcome:
        now = Rights.of(_rows_of(change.username, rows))
        if change.username in theirs:
            return Outcome(State.CONFLICT, Conflict(rights_line(now)).sentence)
        if now != change.after:
            return failed(_("The server made something else of it: {now}").format(now=rights_line(now)))
        return Outcome(State.DONE, note)

    @staticmethod
    def _calls(change: SetAccess) -> list[Call]:
        public = change.username == PUBLIC
        return rights_to_calls(change.before, change.after, change.asset_type, public=public)

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """Who has what was wanted is done; whose single calls were cut off half-way is led on from there.

        A team write that was cut off before others were given back what it took from them: that is done now.
        """
        if parts := self._apart(kobo):
            return await self._parts_found(kobo, parts)
        access = kobo.access(self.changes[0].project)
        if (left := await self._rows(access, kobo.account.username)) is None:
            return self.outcomes(DONE)
        rows = left
        theirs: dict[str, Rights] = {}
        if self.noted and (together := self._together()):
            moves = await TeamHistory(kobo.history(self.changes[0].project), self.noted).moves(len(together))
            theirs = self._before_team_write(rows, together, moves, kobo.account.username, sure=False)
            rows = await self._give_back(access, rows, theirs)
        known: dict[str, Outcome | None] = {}
        for change in self.changes:
            now = Rights.of(_rows_of(change.username, rows))
            if now in _between(change) and change.username not in theirs:
                await self._call(access, structs.replace(change, before=now), rows)
                rows = await access.read()
        note = given_back(sorted(theirs))
        for change in self.changes:
            outcome = self._result(change, rows, theirs, note)
            known[change.username] = None if outcome.state is State.FAILED else outcome
        return [known[change.username] for change in self.changes]

    async def _parts_found(self, kobo: KoboClient, parts: Sequence[SetAccessStep]) -> list[Outcome | None]:
        from kobotui.api.errors import NotFound

        known: dict[str, Outcome | None] = {}
        for part in parts:
            part.noted = self.noted
            try:
                answers = await part.found(kobo)
            except NotFound:  # left, after all others were served
                answers = part.outcomes(doubtful(_("You do not see the project any more, so nobody can tell.")))
            known |= zip((change.username for change in part.changes), answers, strict=True)
        return [known[change.username] for change in self.changes]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[SetAccess]:
        rows = await kobo.access(self.changes[0].project).read()
        anew = [change.rebased(Rights.of(_rows_of(change.username, rows)), force=force) for change in self.changes]
        return [change for change in anew if change.before != change.after and change.username != change.owner]


def _adds(rights: Rights) -> bool:
    """Whether a team write would give more: who may edit some records, but not add any, gets that too by it."""
    return rights.rule("change_submissions") is not None and "add_submissions" not in rights.full


def _between(change: SetAccess) -> list[Rights]:
    """What the user holds between two of the change's single calls."""
    from kobotui.model.access import Revoke, grant, revoke

    states = []
    now = change.before
    for call in SetAccessStep._calls(change):
        match call:
            case Grant(codename=codename, rules=rules):
                now = grant(now, codename, rules, change.asset_type)
            case Revoke(codename=codename):
                now = revoke(now, codename)
            case _:
                continue
        states.append(now)
    return states[:-1]


def _team(rows: Sequence[Assignment]) -> dict[str, Rights]:
    return Team.of(rows, "", "", sees_all=True).rights


def _rows_of(username: str, rows: Sequence[Assignment]) -> list[Assignment]:
    return [row for row in rows if row.username == username]
