"""What a server holds, read by the package's own API, so that two moments can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kobotui.api.client import KoboClient
from kobotui.changes.creations import MARK
from kobotui.changes.projects import editable
from kobotui.model.access import Rights, Team
from kobotui.model.project import ProjectDetail
from kobotui.model.submission import SYSTEM_KEYS, Submission

Questions = tuple[tuple[str, str], ...]
"""Type and name of every row of a form."""


@dataclass
class RecordState:
    """One record."""

    answers: dict[str, Any]
    validation: str | None
    by: str | None
    uuid: str
    replaced: str
    """The revision before this one, empty for a record that was never edited."""


@dataclass
class ProjectState:
    """One project, its team and its records."""

    fields: dict[str, Any]
    status: str
    draft: Questions
    live: Questions | None
    mark: Any
    team: dict[str, Rights]
    named_exports: list[Any]
    records: dict[int, RecordState] = field(default_factory=dict)


def questions(content: dict[str, Any]) -> Questions:
    """A form by its rows."""
    return tuple((row["type"], row.get("name", row.get("$autoname", ""))) for row in content.get("survey", []))


async def read_all(kobo: KoboClient) -> dict[str, ProjectState]:
    """Every project this account sees, by uid."""
    return {project.uid: await read_project(kobo, project.uid) for project in await kobo.projects.walk().all()}


async def read_project(kobo: KoboClient, uid: str) -> ProjectState:
    """One project."""
    project = await kobo.projects.get(uid)
    readable = project.has_deployment and {"view_submissions", "partial_submissions"} & {
        row.codename for row in project.effective_permissions
    }
    records = await kobo.submissions(uid).page(limit=1000) if readable else None
    assert records is None or records.count == len(records)
    return ProjectState(
        editable(project),
        project.deployment_status,
        questions(project.content),
        await _live(kobo, project),
        project.settings.get(MARK),
        Team.of(await kobo.access(uid).read(), project.owner, "admin").rights,
        [(named["name"], named["export_settings"]) for named in project.export_settings],
        {record.id: _record(record) for record in records or ()},
    )


async def _live(kobo: KoboClient, project: ProjectDetail) -> Questions | None:
    if not project.has_deployment:
        return None
    if project.version_id == project.deployed_version_id:
        return questions(project.content)
    return questions((await kobo.versions(project.uid).get(project.deployed_version_id or "")).content or {})


def _record(record: Submission) -> RecordState:
    answers = {key: value for key, value in record.raw.items() if key not in SYSTEM_KEYS}
    return RecordState(answers, record.validation, record.submitted_by, record.uuid, record.replaced)
