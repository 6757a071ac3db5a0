"""The form that data collectors have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.model.form import Form

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.project import ProjectDetail


async def live_form(kobo: KoboClient, detail: ProjectDetail) -> Form:
    """The deployed form of a project, of a draft its newest one. Raises ``KoboError``.

    The detail holds the newest draft: where that differs, the deployed version is asked for.
    """
    if not detail.has_deployment or not detail.differs:
        return Form.from_content(detail.content)
    return Form.from_content((await kobo.versions(detail.uid).get(detail.deployed_version_id or "")).content)
