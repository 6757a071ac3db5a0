"""The list of projects as it was at the end of the last session: shown at once while the new one loads.

It holds what the project list holds, no answers; of the teams only what the account itself and the public may do.
It is for the eye: nothing may be planned from it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from kobotui import paths
from kobotui.accounts import server_key
from kobotui.model.access import PUBLIC
from kobotui.model.project import Project
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kobotui.model.account import Account

_FORMAT = 1


class Kept(Struct, frozen=True):
    """A list of projects and when it was loaded (UTC)."""

    format: int
    server: str
    username: str
    saved: datetime
    projects: list[Project]


def keep(account: Account, projects: Iterable[Project], now: datetime, directory: Path | None = None) -> None:
    """Keep the list for the account; :class:`LocalError` when it cannot be written."""
    whose = {account.username, PUBLIC}
    kept = Kept(
        format=_FORMAT,
        server=server_key(account.server),
        username=account.username,
        saved=now.astimezone(UTC),
        projects=[
            msgspec.structs.replace(project, permissions=[p for p in project.permissions if p.username in whose])
            for project in projects
        ],
    )
    paths.write_private(_file(account, directory), msgspec.json.encode(kept))


def recall(account: Account, directory: Path | None = None) -> Kept | None:
    """The list kept for the account; None when there is none, or it is damaged or not ours alone."""
    try:
        data = paths.read_private(_file(account, directory))
        kept = msgspec.json.decode(data or b"", type=Kept)
    except (LocalError, msgspec.DecodeError, RecursionError):
        return None
    same = (kept.format, kept.server, kept.username) == (_FORMAT, server_key(account.server), account.username)
    return kept if same and kept.saved.tzinfo else None


def forget(account: Account, directory: Path | None = None) -> None:
    """Remove the list: the account was removed, or lists are no longer to be kept."""
    try:
        _file(account, directory).unlink(missing_ok=True)
    except OSError as error:
        raise LocalError(str(error)) from error


def _file(account: Account, directory: Path | None) -> Path:
    name = sha256(f"{server_key(account.server)} {account.username}".encode()).hexdigest()[:20]
    return (directory or paths.cache_dir()) / f"projects-{name}.json"
