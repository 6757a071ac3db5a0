"""Changes of access: what one user may do on one project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import convert, structs, to_builtins

from kobotui.changes.change import Change, Impossible
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import Conflict, Step, doubtful, failed
from kobotui.changes.team_write import TeamWrite, between, calls_of, owner_stays, team_of
from kobotui.columns.words import effect_lines, effect_warnings, rights_line, user_label
from kobotui.locale import _
from kobotui.model.access import NOTHING, PUBLIC, Rights, Team, settled
from kobotui.model.side_effects import side_effects

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient


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
        now = outcome.image.get("rights")
        return structs.replace(self, before=convert(now, Rights) if now else self.after, after=self.before)

    def rebased(self, now: Rights, *, force: bool) -> SetAccess:
        """The change as it would be planned from the rights of now: the same difference, or the same end."""
        if force:
            return structs.replace(self, before=now)
        full = (now.full | (self.after.full - self.before.full)) - (self.before.full - self.after.full)
        rules = now.rules if self.after.rules == self.before.rules else self.after.rules
        return structs.replace(self, before=now, after=settled(Rights(full, rules), self.asset_type))


def _narrow(rights: Rights) -> bool:
    """Whether some records may be edited, and none added: a row rule brings adding along until that is revoked."""
    return rights.rule("change_submissions") is not None and "add_submissions" not in rights.full


class SetAccessStep(Step[SetAccess]):
    """The team of one project.

    One user: that user's own calls, grants before removals. Several: one write of the whole team, merged into
    what was just read. The public always by its own calls: a team write would not turn the form's switch. Whoever is
    logged in comes last: they may not see the team any more afterwards. What the history says others did between
    our reading and our writing is left as they made it, and said.
    """

    announces = True

    @property
    def requests(self) -> int:
        together = self._together(self.changes, "")
        singly = [change for change in self.changes if change not in together]
        return 4 + sum(len(calls_of(change)) for change in singly) + bool(together)

    @staticmethod
    def _together(changes: Sequence[SetAccess], writer: str) -> list[SetAccess]:
        """The changes that go into one team write; what it would make something else of goes singly."""
        others = [change for change in changes if change.username not in (PUBLIC, writer) and not _narrow(change.after)]
        return others if len(others) > 1 else []

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        writer = kobo.account.username
        team = TeamWrite(kobo, self)
        since = await team.begin()
        rows = await team.access.read()
        held = team_of(rows)
        known = {change.username: self._refusal(change, held) for change in self.changes}
        todo = [change for change in self.changes if known[change.username] is None]
        if todo:
            together = self._together(todo, writer)
            singly = [change for change in todo if change not in together]
            self.remember(
                since=since,
                team=to_builtins(held) if together else {},
                together=[change.username for change in together],
                singly=[change.username for change in singly],
            )
            if together:
                await team.write(rows, together)
            for change in singly:
                if change.username != writer:
                    await team.call(change, rows)
            if others := [change for change in todo if change.username != writer]:
                known |= await team.settle(others)
            for change in singly:
                if change.username == writer:
                    await team.call(change, rows)
                    known[writer] = await team.own_result(change)
        return [known[change.username] or DONE for change in self.changes]

    async def refusals(self, reader: KoboClient) -> Sequence[Outcome | None]:
        held = team_of(await reader.access(self.changes[0].project).read())
        return [self._refusal(change, held) for change in self.changes]

    @staticmethod
    def _refusal(change: SetAccess, held: Mapping[str, Rights]) -> Outcome | None:
        """Why a change is not made, None when it can be."""
        if change.username == change.owner:
            return failed(owner_stays(change.owner))
        now = held.get(change.username, NOTHING)
        return None if now == change.before else Outcome(State.CONFLICT, Conflict(rights_line(now)).sentence)

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """Who has what was wanted is done; whose single calls were cut off half-way is led on from there.

        A team write that was cut off before others were left what is theirs: that is done now.
        """
        if "since" not in self.known:
            return [None] * len(self.changes)  # nothing is sent before that is remembered
        writer = kobo.account.username
        team = TeamWrite(kobo, self, self.known["since"])
        mine = [change for change in self.changes if change.username == writer]
        rows = await team.rows_left() if mine else await team.access.read()
        if rows is None or (mine and not Team.of(rows, self.changes[0].owner, writer).complete):
            hidden = doubtful(_("You do not manage the project any more: from here nobody can tell."))
            return [self._certain(team, c, await team.own_result(c)) if c in mine else hidden for c in self.changes]
        held = team_of(rows)
        led_on = [change for change in self.changes if change.username in self.known["singly"]]
        for change in sorted(led_on, key=lambda change: change in mine):
            if (now := held.get(change.username, NOTHING)) in between(change):
                await team.call(structs.replace(change, before=now), rows)
        others = [change for change in self.changes if change not in mine]
        known = await team.settle(others) if others else {}
        known |= {change.username: await team.own_result(change) for change in mine}
        return [self._certain(team, change, known[change.username]) for change in self.changes]

    @staticmethod
    def _certain(team: TeamWrite, change: SetAccess, outcome: Outcome) -> Outcome | None:
        """None for what is not as wanted, unless the server refused it: it may be sent, or is in conflict."""
        return None if outcome.state is State.FAILED and change.username not in team.refused else outcome

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[SetAccess]:
        held = team_of(await kobo.access(self.changes[0].project).read())
        anew = [change.rebased(held.get(change.username, NOTHING), force=force) for change in self.changes]
        return [change for change in anew if change.before != change.after and change.username != change.owner]
