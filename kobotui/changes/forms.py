"""Changes of a project's form: replace it by an XLSForm, or go back to an earlier version."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct, structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.history import count_of
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


IMPORT_SECONDS = 600.0
"""How long an import is watched."""
NOT_YET_SECONDS = 10.0
"""How long an import may be unknown after it was started."""


async def import_into(kobo: KoboClient, source: FormSource, uid: str, step: Step[Any]) -> str:
    """Import a form into a project and wait for the end: empty, or the server's error text.

    An import that an earlier run of ``step`` started is waited for instead of started again. Raises ``TooBusy`` for
    one that does not come to an end.
    """
    from kobotui.api.errors import NotFound, TooBusy

    task_uid = step.known.get("task")
    if not task_uid:
        started = await kobo.projects.import_form(
            file=(source.filename, source.content) if source.content else None,
            url=source.url or None,
            name=source.file_name or "form" if source.url else None,  # without it the other server must tell one
            destination=uid,
        )
        step.sent = True
        step.remember(task=started.uid)
        task_uid = started.uid
    begun = time.monotonic()
    pause = 0.1
    while (waited := time.monotonic() - begun) < IMPORT_SECONDS:
        try:
            task = await kobo.projects.import_task(task_uid)
        except NotFound:
            if waited > NOT_YET_SECONDS:
                raise
        else:
            if task.done and not task.error and task.project not in ("", uid):
                return _("The server imported the form into another project.")
            if task.done:
                return task.error
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    raise TooBusy(_("The server is still reading the form."), in_doubt=True)


def no_questions(source: FormSource, project: ProjectDetail) -> str:
    """Why an import that the server calls complete is none: a workbook without a survey gives an empty form."""
    if project.content.get("survey"):
        return ""
    return _("{file} has no questions: no sheet “survey”, or nothing in it.").format(file=source)


async def is_form_of(kobo: KoboClient, project: ProjectDetail, version: str) -> bool:
    """Whether the newest form is that of a version: a rename makes another version of the same form."""
    from kobotui.api.errors import NotFound

    if project.version_id == version or not version:
        return project.version_id == version
    try:
        return (await kobo.versions(project.uid).get(version)).content_hash == project.content_hash
    except NotFound:
        return False


def another_form() -> Conflict:
    """Somebody saved another form meanwhile."""
    return Conflict(_("another version of the form"))


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


REPLACED = "action:replace-form"


class ReplaceFormStep(Step[ReplaceForm]):
    """The import with a destination, watched to its end."""

    @property
    def requests(self) -> int:
        return 5

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        project = await kobo.projects.get(change.project)
        if not await is_form_of(kobo, project, change.version):
            raise another_form()
        before = await count_of(kobo.history(change.project), REPLACED)
        self.about_to_send(name=project.name, version=project.version_id, before=before)
        return [await self._import(kobo)]

    async def _import(self, kobo: KoboClient) -> Outcome:
        (change,) = self.changes
        if error := await import_into(kobo, change.source, change.project, self):
            return failed(error)
        return await self._finish(kobo)

    async def _finish(self, kobo: KoboClient) -> Outcome:
        """After the import: the project keeps its name, and its form where the new one is none."""
        (change,) = self.changes
        version, name = self.known["version"], self.known["name"]
        after = await kobo.projects.get(change.project)
        if why := no_questions(change.source, after):
            await kobo.projects.clone_into(change.project, change.project, version, name)
            return failed(f"{why} {_('The form was put back as it was.')}")
        if after.name != name:  # a form_title in the workbook renames the project
            after = await kobo.projects.patch(change.project, name=name)
        if await is_form_of(kobo, after, version):
            return failed(_("The server accepted this, but the form is as it was."))
        return Outcome(State.DONE, made=change.project, image={"version": after.version_id or ""})

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """By the import's own uid where the server told it, else by the project's history where that may be read."""
        (change,) = self.changes
        if "at" not in self.known:
            return [None]  # nothing is sent before that is remembered
        if self.known.get("task"):
            return [await self._import(kobo)]
        if self.known.get("seen"):
            return [await self._finish(kobo)]
        project = await kobo.projects.get(change.project)
        if project.version_id == self.known["version"]:
            return [None]
        if (ours := await self._in_history(kobo, project)) is None:
            return [doubtful(_("{name} has a newer form; perhaps by this change.").format(name=change.project_name))]
        if not ours:
            raise another_form()
        self.remember(seen=True)
        return [await self._finish(kobo)]

    async def _in_history(self, kobo: KoboClient, project: ProjectDetail) -> bool | None:
        """Whether the newest form came by an import of this account's since; None when nobody can tell."""
        before = self.known["before"]
        history = kobo.history(project.uid)
        now = await count_of(history, REPLACED)
        if before is None or now is None:
            return None
        entries = await history.page(q=REPLACED, limit=max(1, now - before))
        return now > before and any(
            entry.username == kobo.account.username
            and entry.metadata.get("latest_version_uid") in (project.version_id, None)
            for entry in entries
        )

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

    def side_effects(self) -> tuple[str, ...]:
        return (_("What is the form now stays among its versions; undeployed changes are no longer part of it."),)

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
        if not await is_form_of(kobo, now, change.before):
            raise another_form()
        return [await self._go_back(kobo, now)]

    async def _go_back(self, kobo: KoboClient, now: ProjectDetail) -> Outcome:
        (change,) = self.changes
        wanted = await kobo.versions(change.project).get(change.version)
        if now.content_hash != wanted.content_hash:
            now = await kobo.projects.clone_into(change.project, change.project, change.version, now.name)
            self.sent = True
        if now.content_hash != wanted.content_hash:
            return failed(_("The server accepted this, but another form is there now."))
        if change.redeploy and now.has_deployment and now.deployed_version_id != now.version_id:
            live = await kobo.deployment(change.project).redeploy(now.version_id or "", active=now.active)
            self.sent = True
            if (live.version_id, live.active) != (now.version_id, now.active):
                return failed(_("The server accepted this, but another version is live."))
        return Outcome(State.DONE, image={"version": now.version_id or ""})

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        if now.version_id == change.before:
            return [None]
        if await is_form_of(kobo, now, change.version):
            return [await self._go_back(kobo, now)]  # the second half may be missing
        if await is_form_of(kobo, now, change.before):
            return [None]
        raise another_form()

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[GoBack]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        live = not (change.redeploy and now.has_deployment) or now.deployed_version_id == now.version_id
        if live and await is_form_of(kobo, now, change.version):
            return []
        return [structs.replace(change, before=now.version_id or "")]
