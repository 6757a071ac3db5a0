"""The projects a list knows: those of the last session, then the server's; filtered, sorted, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kobotui.columns.words import ago, number
from kobotui.locale import _
from kobotui.model.lists import Filter, SortKey, search_text, sort

if TYPE_CHECKING:
    from datetime import datetime

    from kobotui.api.paging import Page, Statement
    from kobotui.model.project import Project


class ProjectStore:
    """Projects by uid in the server's order, and how complete they are.

    While a list is being read, what was known before stays and is overwritten page by page; what the new list does
    not have goes when it has come to its end.
    """

    def __init__(self) -> None:
        self.by_uid: dict[str, Project] = {}
        self.version = 0
        """Another number whenever a project came, went or changed."""
        self.saved: datetime | None = None
        """When a list of an earlier session was read, while it is shown; None for the server's own."""
        self.count: int | None = None
        """How many there are, by the server; None before its first page."""
        self.reading = False
        self.statement: Statement | None = None
        """How the last reading ended; None while it has not, or when it failed."""
        self.received = 0
        """How many projects the reading under way, or the last one, has brought."""
        self._texts: dict[str, str] = {}
        self._new: dict[str, Project] = {}
        self._overlay = True
        self._sorted: tuple[object, list[Project]] = (None, [])

    # Reading

    def remember(self, projects: Iterable[Project], texts: dict[str, str], saved: datetime) -> bool:
        """Show the list of an earlier session, unless a page of the server's has come already."""
        if self.by_uid or self.count is not None:
            return False
        self.by_uid = {project.uid: project for project in projects}
        self._texts = texts
        self.saved = saved
        self.version += 1
        return True

    def begin(self, *, overlay: bool = True) -> None:
        """A reading begins; without ``overlay`` its first page replaces all that is known."""
        self._new = {}
        self.received = 0
        self._overlay = overlay
        self.reading = True
        self.statement = None

    def take(self, page: Page[Project]) -> None:
        """A page has come."""
        if not self._overlay:
            self.by_uid, self._texts, self.saved = {}, {}, None
            self._overlay = True
        self.count = page.count
        for project in page:
            self._put(project)
            self._new[project.uid] = project
        self.received = len(self._new)
        self.version += 1

    def end(self, statement: Statement) -> None:
        """The reading has come to its end: what it did not find is gone."""
        self.by_uid, self._new = self._new, {}
        self._texts = {uid: text for uid, text in self._texts.items() if uid in self.by_uid}
        self.saved = None
        self.statement = statement
        self.reading = False
        self.version += 1

    def fail(self) -> None:
        """The reading broke off; what is known stays."""
        self.reading = False

    @property
    def complete(self) -> bool:
        """Whether the list has been proved complete."""
        return self.statement is not None and self.statement.complete

    # Single projects

    def put(self, project: Project) -> None:
        """A project was read again, or is new: then it comes first."""
        if project.uid not in self.by_uid:
            self.by_uid = {project.uid: project, **self.by_uid}
            self.count = None if self.count is None else self.count + 1
        if self.reading:  # the reading may have passed its place, or read it before the change
            self._new = self._new | {project.uid: project}
        self._put(project)
        self.version += 1

    def remove(self, uids: Iterable[str]) -> None:
        """Projects are gone."""
        for uid in uids:
            self._texts.pop(uid, None)
            self._new.pop(uid, None)
            if self.by_uid.pop(uid, None) is not None and self.count:
                self.count -= 1
        self.version += 1

    def _put(self, project: Project) -> None:
        self.by_uid[project.uid] = project
        self._texts[project.uid] = search_text(project)

    # Views

    def view(
        self, typed: str, key: Callable[[Project], SortKey | None] | None, *, descending: bool, name: object
    ) -> Sequence[Project]:
        """The projects that a filter lets through, in an order; ``name`` tells one order from another."""
        if self._sorted[0] != (self.version, name, descending):
            items = list(self.by_uid.values())
            self._sorted = (
                (self.version, name, descending),
                sort(items, key, descending=descending) if key else items[::-1] if descending else items,
            )
        wanted = Filter.of(typed)
        if not wanted:
            return self._sorted[1]
        texts = self._texts
        return [project for project in self._sorted[1] if wanted.matches(texts[project.uid])]

    def facts(self, matching: int | None, now: datetime) -> str:
        """How much is shown of how much, never more than is known; ``matching``: what the filter lets through."""
        n = len(self.by_uid)
        parts = [_("{n} of {count}").format(n=number(matching), count=number(n))] if matching is not None else []
        if self.saved is not None:
            parts.append(_("{n} as of {when}").format(n=number(n), when=ago(self.saved, now)))
        elif self.complete and matching is None:
            parts.append(_("{n} of {count}").format(n=number(n), count=number(self.count)))
        if self.reading:
            parts.append(self._progress())
        elif not self.complete:
            parts.append(self._shortfall(n))
        return ", ".join(filter(None, parts))

    def _progress(self) -> str:
        if self.received:
            return _("first {n} of {count} ...").format(n=number(self.received), count=number(self.count))
        return _("reading ...") if self.by_uid else _("loading ...")

    def _shortfall(self, n: int) -> str:
        if self.statement is None:
            if self.saved is not None or self.count is None:
                return _("not renewed")
            return _("only the first {n} of {count}").format(n=number(self.received), count=number(self.count))
        if self.statement.missing:
            return _("incomplete: {n} of {count}").format(n=number(n), count=number(self.count))
        return _("{n}, changed while it was read").format(n=number(n))
