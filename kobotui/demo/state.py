"""What the demo server remembers: accounts, assets, their versions and rights.

Everything is plain data in memory behind one :class:`State`. The views (``assets``, ``access``,
``deployment``, ``data`` …) read and change it; ``seed`` fills it. Submissions live in a
``RecordStore`` of their own (``records/store.py``), one per deployed asset, because a million of them
must cost no more memory than a thousand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Coroutine

    from kobotui.demo.exports import Task
    from kobotui.demo.records.store import RecordStore

ANONYMOUS = "AnonymousUser"
BASE57 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def now() -> datetime:
    """The server's clock: aware, UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime | None) -> str | None:
    """A moment as KPI writes it: ``2026-11-23T19:14:01.951815Z``."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds(moment: datetime | None) -> str | None:
    """A moment to the second, as the logs and ``/me/`` have it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class User:
    """One account of the demo server."""

    username: str
    password: str
    token: str | None
    uid: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    about: str = ""  # who this is, for the demo's list of accounts
    is_superuser: bool = False
    is_active: bool = True
    date_joined: datetime = field(default_factory=now)
    extra_details: dict[str, Any] = field(default_factory=dict)
    organization_uid: str = ""
    organization_name: str = ""


@dataclass
class Row:
    """One permission assignment: a right (``codename``) held by a user on an asset."""

    uid: str
    username: str
    codename: str
    # Only for partial_submissions: codename of the inner right -> list of Mongo filters (OR).
    partial: dict[str, list[dict[str, Any]]] | None = None


@dataclass
class Version:
    """One saved state of an asset's name and content."""

    uid: str
    name: str
    content: dict[str, Any]
    content_hash: str
    date_modified: datetime
    date_deployed: datetime | None = None


@dataclass
class Deployment:
    """The live side of a survey: which version data collectors see, and whether they may send."""

    active: bool
    version_uid: str
    form_uuid: str
    form_pk: int
    date_deployed: datetime
    # The form's own switch for anonymous submissions. It follows single grants and single row deletes
    # only: bulk team writes change rows and leave it alone, as the real server does.
    require_auth: bool = True


@dataclass
class Asset:
    """A project (``asset_type`` ``survey``) or a library item."""

    uid: str
    owner: str
    name: str
    asset_type: str
    content: dict[str, Any]
    settings: dict[str, Any]
    date_created: datetime
    date_modified: datetime
    created_by: str | None = None
    last_modified_by: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)  # of the newest content
    tags: list[str] = field(default_factory=list)
    parent: str | None = None
    versions: list[Version] = field(default_factory=list)  # oldest first
    rows: list[Row] = field(default_factory=list)
    deployment: Deployment | None = None
    records: RecordStore | None = None
    # None: follows from `deployment`; assets/bulk/ unarchive of a draft leaves "deployed" behind.
    deployment_status_override: str | None = None
    trashed: bool = False
    data_sharing: dict[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    history: list[Event] = field(default_factory=list)  # oldest first
    export_settings: list[dict[str, Any]] = field(default_factory=list)
    exports: list[Task] = field(default_factory=list)  # oldest first
    hooks: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)  # report_styles, map_styles, … as PATCHed

    @property
    def version(self) -> Version:
        """The newest saved version."""
        return self.versions[-1]

    @property
    def deployed_version(self) -> Version | None:
        """The version data collectors see, None for a draft."""
        if self.deployment is None:
            return None
        return next(v for v in self.versions if v.uid == self.deployment.version_uid)

    @property
    def deployment_status(self) -> str:
        """``deployed``, ``archived``, ``draft``, or ``-`` for what cannot be deployed."""
        if self.asset_type != "survey":
            return "-"
        if self.deployment_status_override:
            return self.deployment_status_override
        if self.deployment is None:
            return "draft"
        return "deployed" if self.deployment.active else "archived"


@dataclass(slots=True)
class Event:
    """One line of a project's activity log."""

    moment: datetime
    username: str | None
    action: str
    subtype: str
    metadata: dict[str, Any]


@dataclass
class State:
    """The whole demo server."""

    rng: random.Random
    users: dict[str, User] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)  # in order of creation
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    transfers: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscribers: dict[str, dict[str, str]] = field(default_factory=dict)  # collection -> user -> subscription
    access_log: deque[tuple[str, str, datetime]] = field(default_factory=lambda: deque(maxlen=10_000))
    tasks: set[asyncio.Task[None]] = field(default_factory=set)  # running, kept from being collected
    last_record_id: int = 0  # `_id` is server-wide
    last_form_pk: int = 0

    def uid(self, prefix: str) -> str:
        """A fresh KPI uid: the prefix and 22 base57 characters, from the seed."""
        return prefix + "".join(self.rng.choices(BASE57, k=22))

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the reply: an import, a delivery. Ends with the server's loop at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def note_access(self, user: User, means: str) -> None:
        """Log one authenticated request: every token or password sent makes a line."""
        self.access_log.append((user.username, means, now()))

    def next_record_id(self, n: int = 1) -> int:
        """Reserve ``n`` consecutive record ids; the first of them."""
        first = self.last_record_id + 1
        self.last_record_id += n
        return first
