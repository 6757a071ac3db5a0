"""Links that still lead to the removed version 1 of the API: in forms, descriptions, media and REST services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.old_links import OldLink
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.places import project_screen
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine


class Found(NamedTuple):
    """A dead link and the project that has it."""

    project: ProjectDetail
    link: OldLink


class OldLinksScreen(KoboScreen):
    """One project after another is looked through; what is found stands there at once."""

    place: ClassVar[str] = "old_links"
    BINDINGS = bindings("old_links")

    def __init__(self, projects: Sequence[Project]) -> None:
        super().__init__()
        self._projects = projects
        self._found: list[Found] = []
        self._unseen: list[str] = []

    def body(self) -> ComposeResult:
        columns = (
            Column("project", _("Project"), 20, flexible=True, priority=8),
            Column("where", _("Where"), 20, priority=7),
            Column("link", _("Link"), 24, flexible=True, priority=9),
            Column("instead", _("Instead"), 20, flexible=True, priority=6),
        )
        yield Table(columns, empty=_("Looking ..."))

    def on_mount(self) -> None:
        self.table.focus()
        self.look()

    @work(exclusive=True, group="links")
    async def look(self) -> None:
        """Look through all of them, one after another; one that cannot be read does not stop the others."""
        from kobotui.api.errors import KoboError
        from kobotui.exports.dead_links import search_links

        self._found, self._unseen = [], []
        line = self.query_one(TopLine)
        line.show_busy(True)
        try:
            kobo = await self.kobo()
            for done, project in enumerate(self._projects, 1):
                try:
                    searched = await search_links(kobo, project.uid)
                except KoboError as error:
                    self.failed(error)
                    self._unseen.append(f"{project.name}: {error.sentence}")
                else:
                    self._found += [Found(searched.project, link) for link in searched.links]
                    self._unseen += [searched.unseen] * bool(searched.unseen)
                self._show(done)
        except KoboError as error:
            self.failed(error)
        finally:
            if self.is_attached:
                line.show_busy(False)

    def _show(self, done: int) -> None:
        total = len(self._projects)
        nothing = _("No link leads to the removed version 1 of the API.")
        parts = [nothing] if done == total else [_("Looking ...")]
        self.table.empty = "\n".join([*parts, *self._unseen[:6]])
        self.table.replace(ListSource(list(enumerate(self._found)), _row))
        n = len(self._found)
        facts = [ngettext("{n} old link", "{n} old links", n).format(n=number(n))]
        projects = ngettext("{n} of {total} project", "{n} of {total} projects", total)
        facts.append(projects.format(n=number(done), total=number(total)))
        if self._unseen:
            text = ngettext("{n} not wholly seen", "{n} not wholly seen", len(self._unseen))
            facts.append(text.format(n=number(len(self._unseen))))
        self.show_where(_("Old links"), ", ".join(facts))
        self.show_keys()

    def _item(self) -> Found | None:
        return self._found[self.table.cursor_index] if self._found else None

    def targets(self) -> Sequence[Target]:
        found = self._item()
        return (Target(found.project.name),) if found else ()

    def do_open(self) -> None:
        """The project that the line is about."""
        if found := self._item():
            self.app.push_screen(project_screen(found.project))

    def do_refresh(self) -> None:
        self.look()

    def raw(self) -> object | None:
        return found.link._asdict() if (found := self._item()) else None

    def copies(self) -> dict[str, str]:
        if (found := self._item()) is None:
            return {}
        lines = "\n".join(f"{item.project.name}\t{item.link.where}\t{item.link.url}" for item in self._found)
        return {_("Link"): found.link.url, _("UID"): found.project.uid, _("all of the list"): lines}


def _row(item: tuple[int, Found]) -> Row:
    place, (project, link) = item
    instead = link.instead or _("nothing")
    cells = (project.name or project.uid, link.where, link.url, instead)
    return Row(str(place), tuple(Cell(shown(text)) for text in cells))
