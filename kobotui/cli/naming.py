"""What people write to name projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.api.links import project_uid

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient


def uid_of(kobo: KoboClient, project: str) -> str:
    """The UID of a project named by UID or address; anything else as it is. Raises ``BadAddress``."""
    return project_uid(project, kobo.account.server) or project
