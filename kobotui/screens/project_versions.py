"""What the versions of projects tell that the list does not: whether a draft really differs, and version numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.model.project import Project, ProjectDetail

Pair = tuple[str | None, str | None]
"""Uids of the newest and of the deployed version."""


class VersionLookup:
    """Version numbers and content hashes, fetched for few projects at a time and kept while their versions stay."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}
        """Version numbers by uid, as far as they were fetched."""
        self._differs: dict[Pair, bool | None] = {}
        self._failed: set[Pair] = set()
        self._under_way: tuple[str, ...] = ()

    def differs(self, project: Project) -> bool | None:
        """Whether the draft differs from what is live; None while only the version uids tell."""
        if not project.undeployed:
            return False
        return self._differs.get(_pair(project))

    def missing(self, projects: Iterable[Project], *, every: bool) -> tuple[str, ...]:
        """Uids of those to be looked up; empty when nothing is missing or the same ones are under way already.

        ``every``: also of projects without undeployed changes, for their version numbers.
        """
        wanted = tuple(
            project.uid
            for project in projects
            if (every or project.undeployed)
            and _pair(project) not in self._differs
            and _pair(project) not in self._failed
        )
        if not wanted or set(wanted) <= set(self._under_way):
            return ()
        self._under_way = wanted
        return wanted

    async def read(self, kobo: Callable[[], Awaitable[KoboClient]], project: Project) -> bool:
        """Look one up; False when the server would not tell."""
        from kobotui.api.errors import KoboError

        try:
            versions = await (await kobo()).versions(project.uid).page()
        except (KoboError, LocalError):
            self._failed.add(_pair(project))
            return False
        hashes = {version.uid: version.content_hash for version in versions}
        self.numbers.update((version.uid, version.version_number) for version in versions)
        draft, live = (hashes.get(uid or "") for uid in _pair(project))
        self._differs[_pair(project)] = draft != live if draft and live else None
        return True

    def note_detail(self, detail: ProjectDetail) -> None:
        """A project was read whole for another reason."""
        if detail.undeployed and detail.deployed_hash:
            self._differs[_pair(detail)] = detail.differs
        self.numbers.update((version.uid, version.version_number) for version in detail.deployed_versions.results)

    def done(self, uids: Sequence[str]) -> None:
        """These are no longer under way, whether they were read or given up."""
        if self._under_way == tuple(uids):
            self._under_way = ()

    def forget_failures(self) -> None:
        """Ask again where the server would not tell."""
        self._failed.clear()


def _pair(project: Project) -> Pair:
    return project.version_id, project.deployed_version_id
