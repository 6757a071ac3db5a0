"""Changes that make a project: a clone, or a new one from an XLSForm.

The server forgets who asked for a project, so both carry a mark in the project's settings that names job and
step: it survives creation and cloning, can be searched for, and is set to null when the step is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.forms import FormSource, import_into, no_questions
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.projects import DeleteProject
from kobotui.changes.step import Step, doubtful, failed
from kobotui.locale import _

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.project import Project

MARK = "kobotui"
"""Key of the mark in a project's settings."""


class Creation(Change, frozen=True, kw_only=True):
    """A change that makes a project; undone by deleting it."""

    sign: ClassVar[str] = "+"
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    @property
    def made_name(self) -> str:
        """The name of the new project."""
        return self.project_name

    def after_text(self) -> str:
        return self.made_name

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        if not outcome.made:
            return Impossible(_("Nothing is known of the project that was made."))
        return DeleteProject(project=outcome.made, project_name=self.made_name, submissions=0)


class CloneProject(Creation, frozen=True, kw_only=True, tag="clone-project"):
    """A new draft with form, settings and tags of a project; not its team, records or media."""

    name: str

    @property
    def made_name(self) -> str:
        return self.name

    def line(self) -> str:
        return _("Clone")


class CreateProject(Creation, frozen=True, kw_only=True, tag="create-project"):
    """A new draft from an XLSForm, by the server's import."""

    source: FormSource

    def line(self) -> str:
        return _("New project from {file}").format(file=self.source)


async def _marked(kobo: KoboClient, mark: str) -> Project | Outcome | None:
    """The project that carries a mark; None when there is none, an outcome in doubt when there are several."""
    page = await kobo.projects.page(q=f'settings__{MARK}:"{mark}"')
    if len(page.items) > 1:
        return doubtful(_("{n} projects carry the mark of this change.").format(n=len(page.items)))
    return page.items[0] if page.items else None


async def _unmark(kobo: KoboClient, uid: str, *, name: str = "") -> None:
    """Set the mark to null, and the name where it is not the wanted one."""
    fields = {"settings": {MARK: None}} | ({"name": name} if name else {})
    await kobo.projects.patch(uid, **fields)


class CloneProjectStep(Step[CloneProject]):
    """``POST`` with ``clone_from``; the new project's uid is the outcome."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        made = await kobo.projects.clone(change.project, name=change.name, settings={MARK: self.mark})
        self.sent = True
        await _unmark(kobo, made.uid)
        return self.outcomes(Outcome(State.DONE, made=made.uid))

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        made = await _marked(kobo, self.mark)
        if made is None or isinstance(made, Outcome):
            return [made]
        await _unmark(kobo, made.uid)
        return self.outcomes(Outcome(State.DONE, made=made.uid))

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[CloneProject]:
        return self.changes


class CreateProjectStep(Step[CreateProject]):
    """An empty marked project, and then an import into it, which may be done twice without harm."""

    @property
    def order(self) -> str:
        return self.mark or f"new {self.changes[0].project_name}"

    @property
    def requests(self) -> int:
        return 5

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        made = await kobo.projects.create(change.project_name, settings={MARK: self.mark})
        self.sent = True
        return [await self._fill(kobo, made.uid)]

    async def _fill(self, kobo: KoboClient, uid: str) -> Outcome:
        (change,) = self.changes
        error = await import_into(kobo, change.source, uid, self)
        project = await kobo.projects.get(uid)
        if error := error or no_questions(change.source, project):
            await kobo.projects.delete(uid)  # nothing but an empty project is left of it
            return failed(error)
        renamed = project.name != change.project_name
        await _unmark(kobo, uid, name=change.project_name if renamed else "")
        return Outcome(State.DONE, made=uid)

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        made = await _marked(kobo, self.mark)
        if made is None or isinstance(made, Outcome):
            return [made]
        return [await self._fill(kobo, made.uid)]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[CreateProject]:
        return self.changes
