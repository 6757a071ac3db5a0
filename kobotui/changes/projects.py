"""Changes of projects: edit their settings, delete them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import Conflict, Step, without_effect
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

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        now = outcome.image.get("fields", self.after)
        return structs.replace(self, before=now, after={field: self.before[field] for field in now})


def _stored(field: str, value: Any) -> Any:
    """A value as the server keeps it."""
    if field == "tag_string":
        return ",".join(sorted({"-".join(tag.split()) for tag in str(value).split(",")} - {""}))
    return str(value).strip() if field == "name" else value


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
        if any(now[field] != _stored(field, value) for field, value in change.before.items()):
            raise Conflict(_in_words([now[field] for field in change.before]))
        body = {field: value for field, value in change.after.items() if field not in SETTINGS}
        if settings := {field: change.after[field] for field in SETTINGS if field in change.after}:
            body["settings"] = settings
        result = editable(await kobo.projects.patch(change.project, **body))
        self.sent = True
        return [self._result(now, result)]

    def _result(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Outcome:
        (change,) = self.changes
        wrong = [field for field in change.after if after[field] != _stored(field, change.after[field])]
        if not wrong:
            return DONE
        changed = {field: after[field] for field in change.after if after[field] != before[field]}
        if changed.keys() & set(wrong):
            text = _("The server made something else of it: {now}").format(now=_in_words([after[f] for f in wrong]))
        else:
            names = ", ".join(_FIELD_NAMES()[field] for field in wrong)
            text = _("The server accepted this but did not change: {fields}").format(fields=names)
        return Outcome(State.FAILED, text, image={"fields": changed} if changed else {})

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        now = editable(await kobo.projects.get(change.project))
        return [DONE if all(now[field] == _stored(field, value) for field, value in change.after.items()) else None]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[EditProject]:
        (change,) = self.changes
        now = editable(await kobo.projects.get(change.project))
        wanted = change.after if force else {field: _merged(change, field, now[field]) for field in change.after}
        after = {field: value for field, value in wanted.items() if now[field] != _stored(field, value)}
        return [structs.replace(change, before={field: now[field] for field in after}, after=after)] if after else []


def _merged(change: EditProject, field: str, now: Any) -> Any:
    """The same difference made to what is there now: tags and countries come and go one by one."""
    before, after = change.before.get(field), change.after[field]
    if field == "tag_string":
        old, new = set(str(before or "").split(",")), set(str(after).split(","))
        return ",".join(sorted(((set(str(now).split(",")) | (new - old)) - (old - new)) - {""}))
    if field == "country" and isinstance(before, list) and isinstance(after, list) and isinstance(now, list):
        kept = [country for country in now if country in after or country not in before]
        return kept + [country for country in after if country not in before and country not in kept]
    return after


class DeleteProject(Change, frozen=True, kw_only=True, tag="delete-project"):
    """Move a project with its data to the server's trash, out of everybody's reach."""

    submissions: int | None = None

    tier: ClassVar[Tier] = Tier.BULK
    sign: ClassVar[str] = "-"
    undo: ClassVar[Undo] = Undo.IMPOSSIBLE

    def line(self) -> str:
        return _("Delete project and data")

    def before_text(self) -> str:
        return _submissions(self.submissions)

    def warnings(self) -> tuple[str, ...]:
        if not self.submissions:
            return ()
        text = ngettext(
            "{name} has {n} submission, which is deleted with it.",
            "{name} has {n} submissions, which are deleted with it.",
            self.submissions,
        )
        return (text.format(name=self.project_name, n=f"{self.submissions:,}"),)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return Impossible(_("Only a superuser of the server can bring a deleted project back, within seven days."))

    @property
    def destroys(self) -> int:
        return 1


def _submissions(n: int | None) -> str:
    return ngettext("{n} submission", "{n} submissions", n or 0).format(n=n or 0)


class DeleteProjectStep(Step[DeleteProject]):
    """``DELETE``, unless submissions have arrived since the review."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        now = (await kobo.projects.get(change.project)).submission_count
        if (now or 0) != (change.submissions or 0):
            raise Conflict(_submissions(now))
        await kobo.projects.delete(change.project)
        self.sent = True
        return [DONE if await self._gone(kobo) else without_effect()]

    async def _gone(self, kobo: KoboClient) -> bool:
        from kobotui.api.errors import NotFound

        (change,) = self.changes
        try:
            await kobo.projects.get(change.project)
        except NotFound:
            return True
        return False

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        return [DONE if await self._gone(kobo) else None]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[DeleteProject]:
        (change,) = self.changes
        now = (await kobo.projects.get(change.project)).submission_count
        return [structs.replace(change, submissions=now)]
