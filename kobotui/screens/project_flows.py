"""What can be done to projects wherever they are shown: on the one under the cursor, or on all that are marked.

Each flow reads the projects anew, asks what it must, and proposes a plan. Nothing is planned from a list that may
be old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from kobotui.action import Target
from kobotui.locale import _, ngettext
from kobotui.model.access import ASSIGNABLE, PUBLIC
from kobotui.model.check import unstorable
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import KoboScreen
from kobotui.screens.files import Paths
from kobotui.screens.project_copies import collection_links, project_copies

if TYPE_CHECKING:
    from kobotui.changes.kinds import AnyChange
    from kobotui.jobs import JobState
    from kobotui.model.people import Environment

T = TypeVar("T")
OWNERS = ASSIGNABLE["survey"] | {"delete_asset"}
"""What an owner may do."""
NAME_LIMIT = 255
"""Characters of a project's name that the server takes."""


class ProjectFlows(KoboScreen):
    """Deploy, archive, unarchive, clone, edit, replace and download the form, delete, copy.

    A screen mixes this in before its other bases and says in :meth:`chosen` what is meant.
    """

    _watched: frozenset[int] = frozenset()
    _environment: Environment | None = None

    def chosen(self) -> Sequence[Project]:
        """The projects an action is applied to: the marked ones, else the one under the cursor."""
        raise NotImplementedError

    def targets(self) -> Sequence[Target]:
        return tuple(
            Target(shown(project.name) or project.uid, self.rights_on(project), project.deployment_status)
            for project in self.chosen()
        )

    def rights_on(self, project: Project) -> frozenset[str] | None:
        """The caller's rights on a project; None when only the server knows."""
        account = self.app.session.account
        return project_rights(project, account.username) if account else None

    # Running a flow

    def begin(self, flow: Callable[[Sequence[Project]], Coroutine[Any, Any, None]]) -> None:
        """Run a flow over what is chosen now."""
        self.run_flow(flow, tuple(self.chosen()))

    async def for_each(self, projects: Sequence[Project], read: Callable[[str], Awaitable[T]]) -> list[T]:
        """What ``read`` finds for every uid, side by side; says meanwhile that it is reading."""
        n = len(projects)
        self.flash(ngettext("Reading {n} project ...", "Reading {n} projects ...", n).format(n=n))
        try:
            return list(await asyncio.gather(*(read(project.uid) for project in projects)))
        finally:
            self.flash("")

    async def read_now(self, projects: Sequence[Project]) -> list[ProjectDetail]:
        """The projects as the server has them now."""
        return await self.for_each(projects, (await self.kobo()).projects.get)

    async def propose_watched(self, title: str, changes: Sequence[AnyChange], warnings: Sequence[str] = ()) -> None:
        """Propose a plan; when its job ends with a refusal of a form, the server's whole text is shown."""
        if number := await self.propose(title, changes, warnings):
            self._watched |= {number}

    def job_ended(self, job: JobState) -> None:
        from kobotui.changes.outcome import State

        super().job_ended(job)
        if job.number not in self._watched:
            return
        self._watched -= {job.number}
        bad = [outcome for outcome in job.outcomes if outcome and outcome.state is not State.DONE]
        if len(bad) == job.total == 1 and self.app.kobo_screen() is self:
            from kobotui.widgets.message_box import MessageBox

            self.app.push_screen(MessageBox(job.title, bad[0].reason, bad[0].details))

    # Deployments

    def do_deploy(self) -> None:
        """Deploy what has never been live, redeploy the rest."""
        self.begin(self._deploy)

    async def _deploy(self, projects: Sequence[Project]) -> None:
        from kobotui.changes.deployments import Deploy, prepare_deploy

        kobo = await self.kobo()

        async def prepare(uid: str) -> Deploy:
            (change,) = await prepare_deploy(kobo, [uid])
            return change

        changes = await self.for_each(projects, prepare)
        warnings = []
        if same := sum(change.live == change.version for change in changes):
            text = ngettext(
                "{n} project has nothing new to deploy; a redeploy renews its media files.",
                "{n} projects have nothing new to deploy; a redeploy renews their media files.",
                same,
            )
            warnings.append(text.format(n=same))
        if len(changes) > 1 and (drafts := sum(change.live is None for change in changes)):
            text = ngettext("{n} draft goes live for the first time.", "{n} drafts go live for the first time.", drafts)
            warnings.append(text.format(n=drafts))
        title = self.title_for(
            projects, _("Deploy {name}"), lambda n: ngettext("Deploy {n} project", "Deploy {n} projects", n)
        )
        await self.propose_watched(title, changes, warnings)

    def do_archive(self) -> None:
        """Take no new records."""
        self.begin(partial(self._set_active, False))

    def do_unarchive(self) -> None:
        """Take new records again."""
        self.begin(partial(self._set_active, True))

    async def _set_active(self, active: bool, projects: Sequence[Project]) -> None:
        from kobotui.changes.deployments import SetActive

        changes = [
            SetActive(project=now.uid, project_name=now.name, before=now.active, after=active)
            for now in await self.read_now(projects)
            if now.has_deployment and now.active != active
        ]
        if active:
            title = self.title_for(
                projects,
                _("Unarchive {name}"),
                lambda n: ngettext("Unarchive {n} project", "Unarchive {n} projects", n),
            )
        else:
            title = self.title_for(
                projects, _("Archive {name}"), lambda n: ngettext("Archive {n} project", "Archive {n} projects", n)
            )
        await self.propose(title, changes)

    # Copies of projects, and their ends

    def do_clone(self) -> None:
        """A new draft with the same form and settings; of several, one each."""
        self.begin(self._clone)

    async def _clone(self, projects: Sequence[Project]) -> None:
        from kobotui.changes.creations import CloneProject

        names = [_("{name} (copy)").format(name=project.name) for project in projects]
        if len(projects) == 1:
            name = await self.ask(_("Name of the clone"), names[0], check=name_problem)
            if name is None:
                return
            names = [name.strip()]
        changes = [
            CloneProject(project=project.uid, project_name=project.name, name=name[:NAME_LIMIT])
            for project, name in zip(projects, names, strict=True)
        ]
        title = self.title_for(
            projects, _("Clone {name}"), lambda n: ngettext("Clone {n} project", "Clone {n} projects", n)
        )
        await self.propose(title, changes)

    def do_delete(self) -> None:
        """Delete projects with their data, after their number was typed."""
        self.begin(self._delete)

    async def _delete(self, projects: Sequence[Project]) -> None:
        from kobotui.changes.projects import DeleteProject

        changes = [
            DeleteProject(project=now.uid, project_name=now.name, submissions=now.submission_count)
            for now in await self.read_now(projects)
        ]
        title = self.title_for(
            projects, _("Delete {name}"), lambda n: ngettext("Delete {n} project", "Delete {n} projects", n)
        )
        await self.propose(title, changes)

    def do_edit(self) -> None:
        """Name, description, sector, country and tags; the last three of several projects at once."""
        self.begin(self._edit)

    async def _edit(self, projects: Sequence[Project]) -> None:
        from kobotui.screens.project_edit import edit_changes

        if self._environment is None:
            self._environment = await (await self.kobo()).environment()
        changes = await edit_changes(self, await self.read_now(projects), self._environment)
        if changes is None:
            return
        title = self.title_for(
            projects, _("Edit {name}"), lambda n: ngettext("Edit {n} project", "Edit {n} projects", n)
        )
        await self.propose(title, changes)

    # Form files

    def do_replace_form(self) -> None:
        """A new version of the form from an XLSForm."""
        self.begin(self._replace_form)

    async def _replace_form(self, projects: Sequence[Project]) -> None:
        from kobotui.changes.form_files import read_form
        from kobotui.changes.forms import ReplaceForm

        if len(projects) > 1:
            self.flash(_("A form is replaced on one project at a time; u unmarks all."), "warning")
            return
        typed = await self.ask_form(_("Replace the form by (path or address)"))
        if typed is None:
            return
        (now,) = await self.read_now(projects)
        source = await asyncio.to_thread(read_form, typed)
        change = ReplaceForm(project=now.uid, project_name=now.name, source=source, version=now.version_id or "")
        await self.propose_watched(_("Replace the form of {name}").format(name=now.name), [change])

    async def ask_form(self, label: str) -> str | None:
        """The path or address of an XLSForm; ``tab`` completes names of files."""
        from kobotui.changes.form_files import XLSFORMS, form_problem

        paths = Paths(XLSFORMS)
        paths.follow("")
        return await self.ask(label, complete=paths, check=form_problem, changed=paths.follow)

    def do_download_form(self) -> None:
        """The form as XLSForm or XML, into a file."""
        self.begin(self._download_form)

    async def _download_form(self, projects: Sequence[Project]) -> None:
        from kobotui.screens.form_download import download_forms

        await download_forms(self, projects)

    # Copying

    def copies(self) -> dict[str, str]:
        account = self.app.session.account
        return project_copies(self.chosen(), account.server) if account else {}

    async def _copy(self) -> None:
        from kobotui.api.errors import KoboError
        from kobotui.screens.copy import CopyScreen
        from kobotui.widgets.picker import Choice, Picker

        projects, texts = self.chosen(), self.copies()
        if not texts:
            self.flash(_("There is nothing here to copy."), "warning")
            return
        choices = [Choice(name, name) for name in texts]
        if len(projects) == 1:
            choices.append(Choice("", _("Collection link ..."), _("asks the server")))
        name = await self.app.push_screen_wait(Picker(_("Copy"), choices))
        if name == "":
            try:
                texts = collection_links(await (await self.kobo()).projects.links(projects[0].uid))
            except (KoboError, LocalError) as error:
                self.failed(error)
                return
            if not texts:
                self.flash(_("There are no collection links: only a deployed project has them."), "warning")
                return
            name = await self.app.push_screen_wait(Picker(_("Collection link"), [Choice(n, n) for n in texts]))
        if name:
            await self.app.push_screen_wait(CopyScreen(name, texts[name]))

    @staticmethod
    def title_for(projects: Sequence[Project], one: str, many: Callable[[int], str]) -> str:
        """The title of a plan: with the name of the only project, or the number of them."""
        n = len(projects)
        return one.format(name=projects[0].name or projects[0].uid) if n == 1 else many(n).format(n=n)


def name_problem(typed: str) -> str | None:
    """Why a project cannot be called so, None when it can."""
    if not typed.strip():
        return _("A name is needed.")
    if len(typed.strip()) > NAME_LIMIT:
        return _("A name has at most {n} characters.").format(n=NAME_LIMIT)
    return unstorable(typed)


def project_rights(project: Project, username: str) -> frozenset[str] | None:
    """What a user may do on a project by its list item or detail; None when there is no row that tells."""
    if isinstance(project, ProjectDetail):
        return project.rights or None
    if project.owner == username:
        return OWNERS
    rows = [row for row in project.permissions if row.username == username]
    own = {row.codename for row in rows} | {some.codename for row in rows for some in row.partial_permissions}
    if not own:
        return None
    fresh = project.created_by == username and "manage_asset" in own and project.submission_count == 0
    public = {row.codename for row in project.permissions if row.username == PUBLIC}
    return frozenset(own | public | ({"delete_asset"} if fresh else set()))


def made_by(job: JobState) -> tuple[str, ...]:
    """Uids of the projects a job has made."""
    from kobotui.changes.creations import CloneProject, CreateProject

    made = (CloneProject, CreateProject)
    pairs = zip(job.plan.changes, job.outcomes, strict=True)
    return tuple(outcome.made for change, outcome in pairs if isinstance(change, made) and outcome and outcome.made)


def deleted_by(job: JobState) -> frozenset[str]:
    """Uids of the projects a job has deleted."""
    from kobotui.changes.outcome import State
    from kobotui.changes.projects import DeleteProject

    pairs = zip(job.plan.changes, job.outcomes, strict=True)
    return frozenset(
        change.project
        for change, outcome in pairs
        if isinstance(change, DeleteProject) and outcome and outcome.state is State.DONE
    )


def touched_by(job: JobState) -> frozenset[str]:
    """Uids of the projects that a job may have altered: those to be read again."""
    return frozenset(change.project for change in job.plan.changes if change.project) - deleted_by(job)
