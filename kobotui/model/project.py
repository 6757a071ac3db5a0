"""Projects (assets of type ``survey``) as the server lists and details them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from kobotui.model.access import Assignment
from kobotui.model.promised import Count, Moment


class Choice(Struct, frozen=True):
    """A value of a server-side list (sector, country) and its English label."""

    value: str
    label: str


class Children(Struct, frozen=True):
    """How many assets a collection holds."""

    count: int = 0


class Project(Struct, frozen=True, kw_only=True):
    """One item of ``GET /api/v2/assets/``; dates are aware datetimes."""

    uid: str
    name: str
    asset_type: str
    owner: str = field(name="owner__username")
    owner_label: str = ""
    url: str = ""
    date_created: Moment
    date_modified: Moment
    date_deployed: Moment | None = None
    version_id: str | None = None
    deployed_version_id: str | None = None
    has_deployment: bool
    deployment_status: str
    """``deployed``, ``archived``, ``draft``, or ``-`` for what cannot be deployed."""
    active: bool = field(name="deployment__active", default=False)
    submission_count: Count | None = field(name="deployment__submission_count", default=None)
    """Null where the caller sees only some submissions; ``data/`` has the count then."""
    last_submission_time: Moment | None = field(name="deployment__last_submission_time", default=None)
    form_uuid: str | None = field(name="deployment__uuid", default=None)
    settings: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    tag_string: str = ""
    permissions: list[Assignment] = []
    """The team, as far as the caller may see it: managers all of it, others themselves, owner, public."""
    status: str = ""
    last_modified_by: str | None = None
    created_by: str | None = None
    parent: str | None = None
    children: Children = Children()
    export_settings: list[dict[str, Any]] = []
    data_sharing: dict[str, Any] = {}
    subscribers_count: int = 0

    @property
    def undeployed(self) -> bool:
        """Whether the draft *may* differ from what is live: a rename makes a new version too."""
        return self.has_deployment and self.version_id != self.deployed_version_id

    @property
    def sector(self) -> Choice | None:
        """The sector, None when the server has ``{}`` or nothing."""
        return _choice(self.settings.get("sector"))

    @property
    def countries(self) -> tuple[Choice, ...]:
        """The countries, in the server's order; odd shapes of old projects are left out."""
        raw = self.settings.get("country")
        items = raw if isinstance(raw, list) else [raw]
        return tuple(c for c in map(_choice, items) if c)

    @property
    def description(self) -> str:
        """The description, empty when unset."""
        value = self.settings.get("description")
        return value if isinstance(value, str) else ""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, as the server's comma list names them."""
        return tuple(t.strip() for t in self.tag_string.split(",") if t.strip())

    @property
    def languages(self) -> tuple[str | None, ...]:
        """The form's translations; None is the unnamed one."""
        raw = self.summary.get("languages")
        return tuple(v for v in raw if v is None or isinstance(v, str)) if isinstance(raw, list) else ()

    @property
    def question_count(self) -> int | None:
        """Rows of the form that ask something, as the server summed them up."""
        value = self.summary.get("row_count")
        return value if isinstance(value, int) else None


def _choice(raw: object) -> Choice | None:
    if isinstance(raw, dict) and isinstance(raw.get("value"), str):
        label = raw.get("label")
        return Choice(raw["value"], label if isinstance(label, str) and label else raw["value"])
    return Choice(raw, raw) if isinstance(raw, str) and raw else None


class Version(Struct, frozen=True, kw_only=True):
    """One saved state of a form, as ``versions/`` lists it (newest first)."""

    uid: str
    content_hash: str = ""
    date_deployed: Moment | bool | None = None
    """``false`` when never deployed."""
    date_modified: Moment | None = None
    version_number: str = ""
    """The server's label: "12", or "12.3" for the third draft after the twelfth deployment."""
    content: dict[str, Any] | None = None
    """Only in the detail of one version."""

    @property
    def deployed(self) -> bool:
        """Whether data collectors ever saw this version."""
        return isinstance(self.date_deployed, datetime)


class VersionPage(Struct, frozen=True, kw_only=True):
    """A page of versions, embedded in a project's detail."""

    count: int = 0
    results: list[Version] = []


class Codename(Struct, frozen=True):
    """One entry of ``effective_permissions``."""

    codename: str


class ProjectDetail(Project, frozen=True, kw_only=True):
    """``GET /api/v2/assets/{uid}/`` without ``deployment__links`` (a live call to Enketo)."""

    content: dict[str, Any] = {}
    content_hash: str | None = field(name="version__content_hash", default=None)
    """None for what has no versions: a collection."""
    version_count: int = 0
    deployed_versions: VersionPage = VersionPage()
    effective_permissions: list[Codename] = []

    @property
    def rights(self) -> frozenset[str]:
        """The caller's effective rights; empty for a superuser on somebody else's project."""
        return frozenset(p.codename for p in self.effective_permissions)

    @property
    def deployed_hash(self) -> str | None:
        """Content hash of the live version, None when it is not among the embedded ones."""
        for version in self.deployed_versions.results:
            if version.uid == self.deployed_version_id:
                return version.content_hash
        return None

    @property
    def differs(self) -> bool:
        """Whether the draft's *content* differs from the live version (hashes decide, not ids)."""
        return self.undeployed and self.deployed_hash != self.content_hash
