"""Changes of named exports: create, edit, delete. The server fails on a name it has already, so that is never sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct, structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import Conflict, Step, failed, without_effect
from kobotui.locale import _
from kobotui.model.tier import Tier

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.named_exports import NamedExport


class NamedState(Struct, frozen=True):
    """What a named export is called, and its options as the server keeps them."""

    name: str
    options: dict[str, Any]

    @classmethod
    def of(cls, named: NamedExport) -> NamedState:
        """As it is on the server."""
        return cls(named.name, named.export_settings)

    def words(self) -> str:
        """In a line."""
        options = (f"{key}: {_in_words(value)}" for key, value in self.options.items() if value not in ([], {}, None))
        return f"{self.name} ({', '.join(options)})"


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class CreateNamedExport(Change, frozen=True, kw_only=True, tag="create-named-export"):
    """A new named export, with links of its own."""

    after: NamedState

    sign: ClassVar[str] = "+"
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Named export {name}").format(name=self.after.name)

    def after_text(self) -> str:
        return self.after.words()

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        if not outcome.made:
            return Impossible(_("Nothing is known of the named export that was made."))
        return DeleteNamedExport(
            project=self.project, project_name=self.project_name, uid=outcome.made, before=self.after
        )


class EditNamedExport(Change, frozen=True, kw_only=True, tag="edit-named-export"):
    """Another name or other options; the links stay."""

    uid: str
    before: NamedState
    after: NamedState

    def line(self) -> str:
        return _("Named export {name}").format(name=self.before.name)

    def before_text(self) -> str:
        return self.before.words()

    def after_text(self) -> str:
        return self.after.words()

    def warnings(self) -> tuple[str, ...]:
        text = _("Whoever reads the links of {name} gets other columns or records from now on.")
        return (text.format(name=self.before.name),) if self.before.options != self.after.options else ()

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before)


class DeleteNamedExport(Change, frozen=True, kw_only=True, tag="delete-named-export"):
    """A named export and its links; one made again has other links."""

    uid: str
    before: NamedState

    tier: ClassVar[Tier] = Tier.DESTRUCTIVE
    sign: ClassVar[str] = "-"
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Delete named export {name}").format(name=self.before.name)

    def before_text(self) -> str:
        return self.before.words()

    def warnings(self) -> tuple[str, ...]:
        text = _("The links of {name} stop working, wherever they are used; made again it has other links.")
        return (text.format(name=self.before.name),)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return CreateNamedExport(project=self.project, project_name=self.project_name, after=self.before)


async def _there(kobo: KoboClient, project: str) -> dict[str, NamedExport]:
    """The named exports of a project, by UID."""
    return {named.uid: named for named in await kobo.named_exports(project).list()}


def _taken(there: dict[str, NamedExport], name: str, *, but: str = "") -> NamedExport | None:
    return next((named for named in there.values() if named.name == name and named.uid != but), None)


def _checked(named: NamedExport, wanted: NamedState) -> Outcome:
    """The outcome of a write, whose reply is ``named``."""
    if NamedState.of(named) == wanted:
        return Outcome(State.DONE, made=named.uid)
    return failed(_("The server keeps other options than were sent: {now}").format(now=NamedState.of(named).words()))


class CreateNamedExportStep(Step[CreateNamedExport]):
    """``POST``, unless the name is taken."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        if (other := _taken(await _there(kobo, change.project), change.after.name)) is not None:
            raise Conflict(NamedState.of(other).words())
        made = await kobo.named_exports(change.project).create(change.after.name, change.after.options)
        self.sent = True
        return [_checked(made, change.after)]

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        other = _taken(await _there(kobo, change.project), change.after.name)
        return [Outcome(State.DONE, made=other.uid) if other and NamedState.of(other) == change.after else None]

    async def rebased(  # type: ignore[override]  # where the name is taken, the wanted state takes an edit
        self, kobo: KoboClient, *, force: bool
    ) -> Sequence[CreateNamedExport | EditNamedExport]:
        (change,) = self.changes
        other = _taken(await _there(kobo, change.project), change.after.name)
        if other is None:
            return [change]
        if not force or NamedState.of(other) == change.after:
            return []
        return [
            EditNamedExport(
                project=change.project,
                project_name=change.project_name,
                uid=other.uid,
                before=NamedState.of(other),
                after=change.after,
            )
        ]


class EditNamedExportStep(Step[EditNamedExport]):
    """``PATCH``, unless it was changed meanwhile or the new name is another's."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        there = await _there(kobo, change.project)
        now = there.get(change.uid)
        if now is None:
            raise Conflict(_("deleted"))
        if NamedState.of(now) != change.before:
            raise Conflict(NamedState.of(now).words())
        if (other := _taken(there, change.after.name, but=change.uid)) is not None:
            return self.outcomes(failed(_("There is another named export {name}.").format(name=other.name)))
        edited = await kobo.named_exports(change.project).edit(change.uid, change.after.name, change.after.options)
        self.sent = True
        return [_checked(edited, change.after)]

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        now = (await _there(kobo, change.project)).get(change.uid)
        return [DONE if now is not None and NamedState.of(now) == change.after else None]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[EditNamedExport]:
        (change,) = self.changes
        now = (await _there(kobo, change.project)).get(change.uid)
        if now is None:
            return []
        here = NamedState.of(now)
        after = change.after if force else _with_difference(here, change)
        return [structs.replace(change, before=here, after=after)] if here != after else []


def _with_difference(here: NamedState, change: EditNamedExport) -> NamedState:
    """What is there now with the intended difference alone."""
    before, after = change.before, change.after
    changed = {key: value for key, value in after.options.items() if before.options.get(key, after) != value}
    dropped = before.options.keys() - after.options.keys()
    options = {key: value for key, value in (here.options | changed).items() if key not in dropped}
    return NamedState(after.name if after.name != before.name else here.name, options)


class DeleteNamedExportStep(Step[DeleteNamedExport]):
    """``DELETE``, unless it was changed meanwhile."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = (await _there(kobo, change.project)).get(change.uid)
        if now is None:
            return self.outcomes()
        if NamedState.of(now) != change.before:
            raise Conflict(NamedState.of(now).words())
        await kobo.named_exports(change.project).delete(change.uid)
        self.sent = True
        return [without_effect() if change.uid in await _there(kobo, change.project) else DONE]

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        return [None if change.uid in await _there(kobo, change.project) else DONE]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[DeleteNamedExport]:
        (change,) = self.changes
        now = (await _there(kobo, change.project)).get(change.uid)
        return [structs.replace(change, before=NamedState.of(now))] if now is not None else []
