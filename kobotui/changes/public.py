"""Repair of public access that has drifted: rows of a project that say one thing, and a form that does another.

The form has a switch of its own, which follows single grants and single row deletes of the public alone. After a
team write by somebody else the rows may be gone while anybody still sends records, or there while nobody can.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import Conflict, Step
from kobotui.columns.words import public_label
from kobotui.locale import _
from kobotui.model.access import PUBLIC, Rights, ordered

if TYPE_CHECKING:
    from kobotui.api.access import AccessService
    from kobotui.api.client import KoboClient
    from kobotui.model.access import Assignment

SWITCHED = "add_submissions"
"""The right that the form's own switch stands for."""


class RepairPublic(Change, frozen=True, kw_only=True, tag="repair-public"):
    """Make the form's own switch agree with the public's rows, which stay as they are."""

    before: Rights
    """What everybody holds by rows."""

    undo: ClassVar[Undo] = Undo.IMPOSSIBLE

    @property
    def opens(self) -> bool:
        """Whether anybody may send records afterwards."""
        return SWITCHED in self.before.full

    def line(self) -> str:
        return _("Public access: let the form follow the rows")

    def before_text(self) -> str:
        return _public_text(self.before)

    def after_text(self) -> str:
        if self.opens:
            return _("records without a user name are taken")
        return _("records without a user name are refused")

    def warnings(self) -> tuple[str, ...]:
        return () if self.opens else (_("For a moment anybody can send records, until that is taken back."),)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return Impossible(_("The form follows its rows again; there is nothing to take back."))


def _public_text(held: Rights) -> str:
    return "; ".join(public_label(name) for name in ordered(held.full)) or _("no public access")


class RepairPublicStep(Step[RepairPublic]):
    """A single grant turns the switch on, a single delete turns it off: both are done, the wanted one last."""

    @property
    def requests(self) -> int:
        return 5

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        access = kobo.access(change.project)
        rows = await access.read()
        if (now := _public(rows)) != change.before:
            raise Conflict(_public_text(now))
        self.remember(begun=True)
        await self._turn(access, rows)
        return [await self._result(access)]

    async def _turn(self, access: AccessService, rows: Sequence[Assignment]) -> None:
        """Turn the switch to one side and to the other; from wherever it stands, and wherever an earlier try ended."""
        opens = self.changes[0].opens
        if opens:
            await self._delete(access, rows)
        await access.grant(PUBLIC, SWITCHED)
        self.sent = True
        if not opens:
            await self._delete(access, await access.read())

    async def _delete(self, access: AccessService, rows: Sequence[Assignment]) -> None:
        from kobotui.api.errors import NotFound

        for row in rows:
            if row.username == PUBLIC and row.codename == SWITCHED:
                with suppress(NotFound):
                    await access.revoke(row.uid)
                self.sent = True

    async def _result(self, access: AccessService) -> Outcome:
        now = _public(await access.read())
        if now == self.changes[0].before:
            return DONE
        return Outcome(State.CONFLICT, Conflict(_public_text(now)).sentence)

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """What was begun is done again from the beginning: the rows do not tell where the switch stands."""
        (change,) = self.changes
        if not self.known.get("begun"):
            return [None]
        access = kobo.access(change.project)
        await self._turn(access, await access.read())
        return [await self._result(access)]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[RepairPublic]:
        (change,) = self.changes
        return [structs.replace(change, before=_public(await kobo.access(change.project).read()))]


def _public(rows: Sequence[Assignment]) -> Rights:
    return Rights.of(row for row in rows if row.username == PUBLIC)
