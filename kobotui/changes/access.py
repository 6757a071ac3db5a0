"""Changes of access: what one user may do on one project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.changes.change import Change, Impossible
from kobotui.changes.outcome import Outcome
from kobotui.changes.step import Conflict, Step, failed
from kobotui.columns.words import effect_lines, effect_warnings, rights_line, user_label
from kobotui.locale import _
from kobotui.model.access import PUBLIC, Call, Grant, RemoveAll, Rights, partial_body, rights_to_calls, side_effects

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
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
        return rights_line(self.after) if self.after else _("leaves")

    def warnings(self) -> tuple[str, ...]:
        return tuple(effect_warnings(self.username, self.project_name, side_effects(self.before, self.after)))

    def side_effects(self) -> tuple[str, ...]:
        return tuple(effect_lines(side_effects(self.before, self.after)))

    def inverse(self) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before)


class SetAccessStep(Step[SetAccess]):
    """The user's own calls, grants before removals; a team write would undo what others grant meanwhile."""

    @property
    def requests(self) -> int:
        (change,) = self.changes
        return 2 + len(self._calls(change))

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        if change.username == change.owner:
            return self.outcomes(
                failed(_("{name} owns this project; an owner's rights stay.").format(name=change.owner))
            )
        access = kobo.access(change.project)
        rows = _rows_of(change.username, await access.read())
        if (now := Rights.of(rows)) != change.before:
            raise Conflict(rights_line(now))
        for call in self._calls(change):
            match call:
                case RemoveAll():
                    await access.remove_user(change.username)
                case Grant(codename=codename, rules=rules):
                    await access.grant(change.username, codename, partial_body(rules) or None)
                case _:
                    rows = _rows_of(change.username, await access.read())
                    for row in rows:
                        if row.codename == call.codename:
                            await access.revoke(row.uid)
        after = Rights.of(_rows_of(change.username, await access.read()))
        if after != change.after:
            return self.outcomes(
                failed(_("The server made something else of it: {now}").format(now=rights_line(after)))
            )
        return self.outcomes()

    @staticmethod
    def _calls(change: SetAccess) -> list[Call]:
        public = change.username == PUBLIC
        return rights_to_calls(change.before, change.after, change.asset_type, public=public)


def _rows_of(username: str, rows: Sequence[Assignment]) -> list[Assignment]:
    return [row for row in rows if row.username == username]
