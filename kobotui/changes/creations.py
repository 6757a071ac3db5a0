"""Changes that make a project: a clone, or a new one from an XLSForm.

The server forgets who asked for a project, so both carry a mark in the project's settings that names job and
step: it survives creation and cloning, can be searched for, and is set to null when the step is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.forms import FormSource, import_into, no_questions
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.projects import DeleteProject
from kobotui.changes.step import Step, doubtful, failed
from kobotui.locale import _

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

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


async def _made(kobo: KoboClient, step: Step[Any]) -> str | Outcome | None:
    """The uid of the project a step made before it was cut off: as the server told it, else by the mark.

    It is remembered, for the mark goes. None when there is none, an outcome in doubt when several carry the mark.
    """
    if made := step.known.get("made"):
        return str(made)
    if "at" not in step.known:
        return None  # nothing is sent before that is remembered
    page = await kobo.projects.page(q=f'settings__{MARK}:"{step.mark}"')
    if len(page.items) > 1:
        return doubtful(_("{n} projects carry the mark of this change.").format(n=len(page.items)))
    for project in page:
        step.remember(made=project.uid)
        return project.uid
    return None


async def _unmark(kobo: KoboClient, uid: str, name: str) -> Outcome:
    """Set the mark to null, and the name to the wanted one: the end of a change that made a project."""
    from kobotui.api.errors import NotFound

    try:
        project = await kobo.projects.patch(uid, name=name, settings={MARK: None})
    except NotFound:
        return Outcome(State.CONFLICT, _("The new project was made, and somebody deleted it."))
    marked = project.settings.get(MARK) is not None
    return Outcome(State.DONE, _("The project keeps a mark in its settings.") if marked else "", made=uid)


async def _finished(kobo: KoboClient, uid: str) -> bool:
    """Whether the mark is off: nothing is left to do, and what others did since stays."""
    from kobotui.api.errors import NotFound

    try:
        return (await kobo.projects.get(uid)).settings.get(MARK) is None
    except NotFound:
        return False


class CloneProjectStep(Step[CloneProject]):
    """``POST`` with ``clone_from``; the new project's uid is the outcome."""

    once = True

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        self.about_to_send()
        made = await kobo.projects.clone(change.project, name=change.name, settings={MARK: self.mark})
        self.sent = True
        self.remember(made=made.uid)
        return [await _unmark(kobo, made.uid, change.name)]

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        made = await _made(kobo, self)
        if not isinstance(made, str):
            return [made]
        if await _finished(kobo, made):
            return self.outcomes(Outcome(State.DONE, made=made))
        return [await _unmark(kobo, made, change.name)]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[CloneProject]:
        return self.changes


class CreateProjectStep(Step[CreateProject]):
    """An empty marked project, and then an import into it, which may be done twice without harm."""

    once = True

    @property
    def order(self) -> str:
        return self.mark or f"new {self.changes[0].project_name}"

    @property
    def requests(self) -> int:
        return 5

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        self.about_to_send()
        made = await kobo.projects.create(change.project_name, settings={MARK: self.mark})
        self.sent = True
        self.remember(made=made.uid)
        return [await self._fill(kobo, made.uid)]

    async def _fill(self, kobo: KoboClient, uid: str) -> Outcome:
        from kobotui.api.errors import NotFound

        (change,) = self.changes
        error = await import_into(kobo, change.source, uid, self)
        with suppress(NotFound):  # it was deleted: below in an earlier run, or by somebody
            if error := error or no_questions(change.source, await kobo.projects.get(uid)):
                await kobo.projects.delete(uid)  # nothing but an empty project is left of it
        if error:
            return failed(error)
        return await _unmark(kobo, uid, change.project_name)

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        made = await _made(kobo, self)
        if not isinstance(made, str):
            return [made]
        if await _finished(kobo, made):
            return self.outcomes(Outcome(State.DONE, made=made))
        return [await self._fill(kobo, made)]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[CreateProject]:
        return self.changes
