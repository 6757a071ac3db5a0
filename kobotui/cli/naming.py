"""What people write to name projects and records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kobotui.api.links import project_uid
from kobotui.cli.output import Refused
from kobotui.locale import _

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient


def uid_of(kobo: KoboClient, project: str) -> str:
    """The UID of a project named by UID or address; anything else as it is. Raises ``BadAddress``."""
    return project_uid(project, kobo.account.server) or project


def query_of(text: str | None) -> dict[str, Any]:
    """The records meant by ``--query``; empty for all. Raises ``Refused``."""
    try:
        query = json.loads(text or "{}")
    except ValueError:
        query = None
    if not isinstance(query, dict):
        raise Refused(_("--query must be a JSON object like {example}.").format(example='{"region": "north"}'))
    return query
