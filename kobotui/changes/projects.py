"""Changes of projects: edit, clone, create from an XLSForm, replace the form, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct, structs

from kobotui.changes.change import Change, Impossible
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Conflict, Step, failed
from kobotui.locale import _, ngettext
from kobotui.model.project import Project
from kobotui.model.tier import Tier

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

SETTINGS = ("description", "sector", "country")
"""Fields of ``EditProject`` that live in the server's ``settings``."""


def editable(project: Project) -> dict[str, Any]:
    """The fields of a project that ``EditProject`` can change, in the server's own form."""
    return {
        "name": project.name,
        "tag_string": ",".join(sorted(project.tags)),
        "description": project.description,
        "sector": project.settings.get("sector") or {},
        "country": project.settings.get("country") or [],
    }


class EditProject(Change, frozen=True, kw_only=True, tag="edit-project"):
    """Change name, description, sector, country or tags; only the fields that differ are sent."""

    before: dict[str, Any]
    after: dict[str, Any]

    def line(self) -> str:
        return ", ".join(_FIELD_NAMES()[field] for field in self.after)

    def before_text(self) -> str:
        return "; ".join(_in_words(self.before[field]) for field in self.after)

    def after_text(self) -> str:
        return "; ".join(_in_words(value) for value in self.after.values())

    def inverse(self) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before)


def _FIELD_NAMES() -> dict[str, str]:  # noqa: N802 - a constant, but for the language chosen at start
    return {
        "name": _("Name"),
        "tag_string": _("Tags"),
        "description": _("Description"),
        "sector": _("Sector"),
        "country": _("Countries"),
    }


def _in_words(value: Any) -> str:
    match value:
        case {"label": str(label)}:
            return label
        case list():
            return ", ".join(map(_in_words, value)) or "-"
        case str() if value:
            return value
    return "-"


class EditProjectStep(Step[EditProject]):
    """``PATCH`` of the fields that differ; the reply is compared with what was wanted."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = editable(await kobo.projects.get(change.project))
        if any(now[field] != value for field, value in change.before.items()):
            raise Conflict(_in_words([now[field] for field in change.before]))
        body = {field: value for field, value in change.after.items() if field not in SETTINGS}
        if settings := {field: change.after[field] for field in SETTINGS if field in change.after}:
            body["settings"] = settings
        result = editable(await kobo.projects.patch(change.project, **body))
        if ignored := [field for field, value in change.after.items() if result[field] != value]:
            names = ", ".join(_FIELD_NAMES()[field] for field in ignored)
            return self.outcomes(
                failed(_("The server accepted this but did not change: {fields}").format(fields=names))
            )
        return self.outcomes()


class CloneProject(Change, frozen=True, kw_only=True, tag="clone-project"):
    """A new draft with form, settings and tags of a project; not its team, records or media."""

    name: str

    sign: ClassVar[str] = "+"

    def line(self) -> str:
        return _("Clone")

    def after_text(self) -> str:
        return self.name


class CloneProjectStep(Step[CloneProject]):
    """``POST`` with ``clone_from``; the new project's uid is the outcome."""

    @property
    def requests(self) -> int:
        return 1

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        made = await kobo.projects.clone(change.project, name=change.name)
        return self.outcomes(Outcome(State.DONE, made=made.uid))


class FormSource(Struct, frozen=True, kw_only=True):
    """An XLSForm: the bytes of a file, or an address the server fetches itself."""

    filename: str = ""
    content: bytes = b""
    url: str = ""

    def __str__(self) -> str:
        return self.url or self.filename


class CreateProject(Change, frozen=True, kw_only=True, tag="create-project"):
    """A new draft from an XLSForm, by the server's import."""

    source: FormSource

    sign: ClassVar[str] = "+"

    def line(self) -> str:
        return _("New project from {file}").format(file=self.source)

    def after_text(self) -> str:
        return self.project_name


class CreateProjectStep(Step[CreateProject]):
    """The import, watched to its end; then the name, which the import takes from the form."""

    @property
    def order(self) -> str:
        return f"new {self.changes[0].project_name}"

    @property
    def requests(self) -> int:
        return 4

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        uid, error = await _import(kobo, change.source, name=change.project_name, destination=None)
        if error or not uid:
            return self.outcomes(failed(error or _("The import ended without a project.")))
        project = await kobo.projects.get(uid)
        if change.project_name and project.name != change.project_name:
            await kobo.projects.patch(uid, name=change.project_name)
        return self.outcomes(Outcome(State.DONE, made=uid))


class ReplaceForm(Change, frozen=True, kw_only=True, tag="replace-form"):
    """A new version of a project's form from an XLSForm; what is live stays until a redeploy."""

    source: FormSource
    version: str
    """Uid of the version that is replaced: the state expected."""

    tier: ClassVar[Tier] = Tier.DESTRUCTIVE

    def line(self) -> str:
        return _("Replace form")

    def after_text(self) -> str:
        return str(self.source)

    def warnings(self) -> tuple[str, ...]:
        return (_("{name}: the live form stays as it is until you redeploy.").format(name=self.project_name),)


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
        _uid, error = await _import(kobo, change.source, name=None, destination=change.project)
        return self.outcomes(failed(error) if error else Outcome(State.DONE, made=change.project))


class DeleteProject(Change, frozen=True, kw_only=True, tag="delete-project"):
    """Move a project with its data to the server's trash, out of everybody's reach."""

    submissions: int | None

    tier: ClassVar[Tier] = Tier.BULK
    sign: ClassVar[str] = "-"

    def line(self) -> str:
        return _("Delete project and data")

    def before_text(self) -> str:
        n = self.submissions or 0
        return ngettext("{n} submission", "{n} submissions", n).format(n=n)

    def warnings(self) -> tuple[str, ...]:
        if not self.submissions:
            return ()
        text = ngettext(
            "{name} has {n} submission, which is deleted with it.",
            "{name} has {n} submissions, which are deleted with it.",
            self.submissions,
        )
        return (text.format(name=self.project_name, n=f"{self.submissions:,}"),)

    def inverse(self) -> Change | Impossible:
        return Impossible(_("Only a superuser of the server can bring a deleted project back, within seven days."))

    @property
    def destroys(self) -> int:
        return 1


class DeleteProjectStep(Step[DeleteProject]):
    """``DELETE``, unless submissions have arrived since the review."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = (await kobo.projects.get(change.project)).submission_count
        if now != change.submissions:
            n = now or 0
            raise Conflict(ngettext("{n} submission", "{n} submissions", n).format(n=n))
        await kobo.projects.delete(change.project)
        return self.outcomes()


async def _import(
    kobo: KoboClient, source: FormSource, *, name: str | None, destination: str | None
) -> tuple[str, str]:
    """Import a form and wait for the end: the project's uid, or the server's error text."""
    task = await kobo.projects.import_form(
        file=(source.filename, source.content) if source.content else None,
        url=source.url or None,
        name=name,
        destination=destination,
    )
    pause = 0.2
    while task.status in ("created", "processing"):
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 5.0)
        task = await kobo.projects.import_task(task.uid)
    return (task.project or destination or "", "") if task.status == "complete" else ("", task.error)
