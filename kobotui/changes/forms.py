"""Changes of a project's form: replace it by an XLSForm, or go back to an earlier version."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct, structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Conflict, Step, doubtful, failed
from kobotui.locale import _
from kobotui.model.tier import Tier

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.project import ProjectDetail


class FormSource(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An XLSForm: the bytes of a file, or an address the server fetches itself."""

    filename: str = ""
    content: bytes = b""
    url: str = ""

    def __str__(self) -> str:
        return self.url or self.filename

    @property
    def file_name(self) -> str:
        """The file's name without its directories, also of one that is fetched."""
        return self.filename or self.url.partition("?")[0].rstrip("/").rpartition("/")[2]


_VANISHED = 8
"""Times in a row that an import may be unknown: the server can take a moment to see it itself."""


async def import_into(kobo: KoboClient, source: FormSource, uid: str, step: Step[Any]) -> str:
    """Import a form into a project and wait for the end: empty, or the server's error text.

    An import that an earlier run of ``step`` started is waited for instead of started again.
    """
    from kobotui.api.errors import NotFound

    if step.noted:
        task = await kobo.projects.import_task(step.noted)
    else:
        task = await kobo.projects.import_form(
            file=(source.filename, source.content) if source.content else None,
            url=source.url or None,
            name=source.file_name or "form" if source.url else None,  # without it the other server must tell one
            destination=uid,
        )
        step.sent = True
        step.note(task.uid)
    pause, vanished = 0.1, 0
    while not task.done:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 5.0)
        try:
            task = await kobo.projects.import_task(task.uid)
        except NotFound:
            vanished += 1
            if vanished == _VANISHED:
                raise
    return task.error


def no_questions(source: FormSource, project: ProjectDetail) -> str:
    """Why an import that the server calls complete is none: a workbook without a survey gives an empty form."""
    if project.content.get("survey"):
        return ""
    return _("{file} has no questions: no sheet “survey”, or nothing in it.").format(file=source)


class ReplaceForm(Change, frozen=True, kw_only=True, tag="replace-form"):
    """A new version of a project's form from an XLSForm; what is live stays until a redeploy."""

    source: FormSource
    version: str
    """Uid of the version that is replaced: the state expected."""

    tier: ClassVar[Tier] = Tier.DESTRUCTIVE
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Replace form")

    def after_text(self) -> str:
        return str(self.source)

    def warnings(self) -> tuple[str, ...]:
        return (_("{name}: the live form stays as it is until you redeploy.").format(name=self.project_name),)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return GoBack(
            project=self.project,
            project_name=self.project_name,
            before=outcome.image.get("version", ""),
            version=self.version,
        )


class ReplaceFormStep(Step[ReplaceForm]):
    """The import with a destination, watched to its end."""

    @property
    def requests(self) -> int:
        return 4

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        project = await kobo.projects.get(change.project)
        if project.version_id != change.version:
            raise Conflict(_("another version of the form"))
        return [await self._import(kobo, project.name)]

    async def _import(self, kobo: KoboClient, name: str) -> Outcome:
        (change,) = self.changes
        if error := await import_into(kobo, change.source, change.project, self):
            return failed(error)
        after = await kobo.projects.get(change.project)
        if why := no_questions(change.source, after):
            await kobo.projects.clone_into(change.project, change.project, change.version, name)
            return failed(f"{why} {_('The form was put back as it was.')}")
        if after.name != name:  # a form_title in the workbook renames the project
            after = await kobo.projects.patch(change.project, name=name)
        return Outcome(State.DONE, made=change.project, image={"version": after.version_id or ""})

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        project = await kobo.projects.get(change.project)
        if self.noted:
            return [await self._import(kobo, project.name)]
        if project.version_id == change.version:
            return [None]
        return [doubtful(_("{name} has a newer form; perhaps by this change.").format(name=change.project_name))]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[ReplaceForm]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        return [structs.replace(change, version=now.version_id or "")]


class GoBack(Change, frozen=True, kw_only=True, tag="go-back"):
    """Make an earlier version of the form the newest one again, under the project's current name."""

    before: str
    """Uid of the newest version, as planned."""
    version: str
    """Uid of the earlier version."""
    redeploy: bool = False
    """Also make it the live one; an archived project stays archived."""

    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Back to an earlier form, and redeploy") if self.redeploy else _("Back to an earlier form")

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return structs.replace(self, before=outcome.image.get("version", ""), version=self.before)


class GoBackStep(Step[GoBack]):
    """``PATCH`` with ``clone_from`` and ``clone_from_version_id``, then perhaps a redeploy."""

    @property
    def requests(self) -> int:
        return 4

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        if now.version_id != change.before:
            raise Conflict(_("another version of the form"))
        return [await self._go_back(kobo, now)]

    async def _go_back(self, kobo: KoboClient, now: ProjectDetail) -> Outcome:
        (change,) = self.changes
        wanted = await kobo.versions(change.project).get(change.version)
        if now.content_hash != wanted.content_hash:
            now = await kobo.projects.clone_into(change.project, change.project, change.version, now.name)
            self.sent = True
        if now.content_hash != wanted.content_hash:
            return failed(_("The server accepted this, but another form is there now."))
        if change.redeploy and now.deployed_version_id != now.version_id:
            await kobo.deployment(change.project).redeploy(now.version_id or "", active=now.active)
            self.sent = True
        return Outcome(State.DONE, image={"version": now.version_id or ""})

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        if now.version_id == change.before:
            return [None]
        wanted = await kobo.versions(change.project).get(change.version)
        if now.content_hash == wanted.content_hash:
            return [await self._go_back(kobo, now)]  # the second half may be missing
        raise Conflict(_("another version of the form"))

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[GoBack]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        return [structs.replace(change, before=now.version_id or "")]
