"""Changes of deployments: deploy, redeploy, archive, unarchive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.forms import GoBack, another_form, is_form_of
from kobotui.changes.outcome import DONE, Outcome
from kobotui.changes.step import Conflict, Step, failed, without_effect
from kobotui.locale import _, ngettext
from kobotui.model.form import Form, missing_questions
from kobotui.model.tier import Tier

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.project import ProjectDetail


class Deploy(Change, frozen=True, kw_only=True, tag="deploy"):
    """Publish the newest version of the form, for the first time or again."""

    version: str
    """Uid of the version to publish: the newest one, as reviewed."""
    live: str | None = None
    """Uid of the version that is live before; None for the first deployment."""
    active: bool = True
    """Whether it takes records now: a redeploy keeps an archived project archived."""
    differs: bool = True
    """False when only the name changed since the live version."""
    missing: tuple[str, ...] = ()
    """Questions of the live version that disappear."""
    submissions: int | None = None

    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Deploy") if self.live is None else _("Redeploy")

    def before_text(self) -> str:
        return _("draft") if self.live is None else _("the live version")

    def after_text(self) -> str:
        return _("the newest version") if self.differs else _("the same form, saved again")

    def warnings(self) -> tuple[str, ...]:
        found = []
        if self.missing:
            names = ", ".join(self.missing[:8]) + (" .." if len(self.missing) > 8 else "")
            text = ngettext(
                "{name}: {n} question of the live form disappears: {names}",
                "{name}: {n} questions of the live form disappear: {names}",
                len(self.missing),
            )
            found.append(text.format(name=self.project_name, n=len(self.missing), names=names))
        if self.live is not None and not self.active:
            found.append(_("{name} is archived and stays archived.").format(name=self.project_name))
        return tuple(found)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        if self.live is None:
            return SetActive(project=self.project, project_name=self.project_name, before=True, after=False)
        return GoBack(
            project=self.project,
            project_name=self.project_name,
            before=self.version,
            version=self.live,
            redeploy=True,
        )


class DeployStep(Step[Deploy]):
    """``POST`` for the first deployment, ``PATCH`` with version and current ``active`` afterwards.

    What is published is the reviewed form: a rename since then has made another version of the same form.
    """

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        live = now.deployed_version_id if now.has_deployment else None
        if live != change.live or not await is_form_of(kobo, now, change.version):
            raise another_form()
        deployment = kobo.deployment(change.project)
        active = True if live is None else now.active
        if live is None:
            await deployment.deploy(active=active)
        else:
            await deployment.redeploy(now.version_id or "", active=active)
        self.sent = True
        after = await kobo.projects.get(change.project)
        if after.deployed_version_id != now.version_id or after.active != active:
            return self.outcomes(failed(_("The server accepted this, but another version is live.")))
        return self.outcomes()

    @property
    def requests(self) -> int:
        return 3

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        live = now.deployed_version_id if now.has_deployment else None
        if live in (None, change.live):
            return [None]
        return [DONE if live == change.version or await self._same_form(kobo, live) else None]

    async def _same_form(self, kobo: KoboClient, live: str) -> bool:
        (change,) = self.changes
        versions = kobo.versions(change.project)
        return (await versions.get(live)).content_hash == (await versions.get(change.version)).content_hash

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[Deploy]:
        found = await prepare_deploy(kobo, [change.project for change in self.changes])
        return [deploy for deploy in found if deploy.live != deploy.version]


class SetActive(Change, frozen=True, kw_only=True, tag="set-active"):
    """Archive a deployed project, or unarchive it."""

    before: bool
    after: bool

    tier: ClassVar[Tier] = Tier.REVERSIBLE

    def line(self) -> str:
        return _("Unarchive") if self.after else _("Archive")

    def before_text(self) -> str:
        return _status(self.before)

    def after_text(self) -> str:
        return _status(self.after)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before)


def _status(active: bool) -> str:
    return _("deployed") if active else _("archived")


class SetActiveStep(Step[SetActive]):
    """``PATCH`` of ``active`` alone, which leaves the live form as it is."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        if not now.has_deployment or now.active != change.before:
            raise Conflict(_status(now.active) if now.has_deployment else _("draft"))
        await kobo.deployment(change.project).set_active(change.after)
        self.sent = True
        if (await kobo.projects.get(change.project)).active != change.after:
            return self.outcomes(without_effect())
        return self.outcomes()

    @property
    def requests(self) -> int:
        return 3

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        return [DONE if now.has_deployment and now.active == change.after else None]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[SetActive]:
        (change,) = self.changes
        now = await kobo.projects.get(change.project)
        wanted = now.has_deployment and now.active != change.after
        return [structs.replace(change, before=now.active)] if wanted else []


async def prepare_deploy(kobo: KoboClient, uids: Iterable[str]) -> list[Deploy]:
    """The deployments of these projects as they would be now, with the questions that would disappear.

    Raises ``KoboError`` when a project cannot be read.
    """
    return [await _prepare(kobo, await kobo.projects.get(uid)) for uid in uids]


async def _prepare(kobo: KoboClient, project: ProjectDetail) -> Deploy:
    missing: tuple[str, ...] = ()
    if project.differs and project.deployed_version_id:
        live = await kobo.versions(project.uid).get(project.deployed_version_id)
        gone = missing_questions(Form.from_content(live.content or {}), Form.from_content(project.content))
        missing = tuple(question.path for question in gone)
    return Deploy(
        project=project.uid,
        project_name=project.name,
        version=project.version_id or "",
        live=project.deployed_version_id if project.has_deployment else None,
        active=project.active if project.has_deployment else True,
        differs=project.differs or not project.has_deployment,
        missing=missing,
        submissions=project.submission_count,
    )
