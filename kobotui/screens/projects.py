"""Projects: the list an administrator starts from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult

from kobotui.columns.cell import Cell, Column
from kobotui.columns.projects import panel_lines, project_cells, project_columns
from kobotui.locale import N_, _, ngettext
from kobotui.model.lists import match_pasted
from kobotui.model.project import Project
from kobotui.model.text import shown
from kobotui.paths import read_limited, typed_path
from kobotui.screens.base import bindings
from kobotui.screens.places import project_screen
from kobotui.screens.project_flows import name_problem
from kobotui.screens.project_list import ProjectList
from kobotui.widgets.side_panel import Fact, SidePanel
from kobotui.widgets.table import Table

LIST_LIMIT = 5 * 1024 * 1024
"""Bytes of a file that lists projects."""
WIDE = 100
"""From this many columns on there is room for a panel beside the list."""


class ProjectsScreen(ProjectList):
    """All projects of the account, with the one under the cursor in a side panel."""

    place: ClassVar[str] = "projects"
    heading = N_("Projects")
    BINDINGS = bindings("projects")
    DEFAULT_CSS = """
    ProjectsScreen { layout: horizontal; }
    ProjectsScreen Table { width: 1fr; height: 1fr; }
    ProjectsScreen SidePanel { width: 42; margin-left: 2; }
    ProjectsScreen.-narrow { layout: vertical; }
    ProjectsScreen.-narrow SidePanel { width: 1fr; height: 8; margin-left: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._panel: bool | None = None
        """As the user wants it; None: shown where there is room."""

    def body(self) -> ComposeResult:
        yield from super().body()
        yield SidePanel()

    def columns(self) -> tuple[Column, ...]:
        return project_columns()

    def cells(self, project: Project) -> tuple[Cell, ...]:
        return project_cells(project, self.username, self.app.session.now(), self.versions.differs(project))

    # The panel

    def on_resize(self, event: events.Resize) -> None:
        narrow = event.size.width < WIDE
        self.set_class(narrow, "-narrow")
        panel, wanted = self.query_one(SidePanel), not narrow if self._panel is None else self._panel
        if panel.display != wanted:  # setting it lays out the screen anew, whatever it was
            panel.display = wanted

    def do_panel(self) -> None:
        """Show or hide the project under the cursor."""
        panel = self.query_one(SidePanel)
        self._panel = panel.display = not panel.display
        self.show_panel()

    def show(self) -> None:
        super().show()
        self.show_panel()

    @on(Table.CursorRested)
    def _follow_cursor(self) -> None:
        self.show_panel()

    def versions_read(self, uid: str) -> None:
        if uid == self.table.cursor_key:
            self.show_panel()

    def show_panel(self) -> None:
        """What is known of the project under the cursor; costs nothing while the panel is hidden."""
        panel = self.query_one(SidePanel)
        if not panel.display:
            return
        if project := self.cursor_project():
            session = self.app.session
            differs = self.versions.differs(project)
            superuser = session.superuser is True
            lines = panel_lines(project, self.username, session.now(), differs, sees_all=superuser)
            panel.show(shown(project.name) or project.uid, [Fact(label, text) for label, text in lines])
        else:
            panel.show("", [])

    # Actions of the list

    def do_sharing(self) -> None:
        """Who may do what on the project under the cursor."""
        if project := self.cursor_project():
            self.app.push_screen(project_screen(project, "sharing"))

    def do_exports(self) -> None:
        """Exports of the project under the cursor; of marked projects new ones, into a folder."""
        if self.chosen_uids():
            from kobotui.screens.export_flows import export_many

            self.begin(partial(export_many, self))
        elif project := self.cursor_project():
            self.app.push_screen(project_screen(project, "exports"))

    def do_old_links(self) -> None:
        """What still points at the removed version 1 of the API."""
        from kobotui.screens.old_links import OldLinksScreen

        self.app.push_screen(OldLinksScreen(tuple(self.chosen())))

    def do_access(self) -> None:
        """Who may do what on the marked projects, or on all."""
        from kobotui.screens.access import AccessScreen

        self.app.push_screen(AccessScreen(self.chosen() if self.chosen_uids() else None))

    def do_history(self) -> None:
        """Who did what on the marked projects, or on all."""
        from kobotui.screens.history import HistoryScreen

        chosen = self.chosen() if self.chosen_uids() else None
        self.app.push_screen(HistoryScreen(None if chosen is None else {one.uid: one.name for one in chosen}))

    def do_new(self) -> None:
        """A new draft from an XLSForm."""
        self.begin(self._new)

    async def _new(self, _projects: Sequence[Project]) -> None:
        from kobotui.changes.creations import CreateProject
        from kobotui.changes.form_files import form_name, read_form

        typed = await self.ask_form(_("New project from (path or address)"))
        if typed is None:
            return
        source = await asyncio.to_thread(read_form, typed)
        name = await self.ask(_("Name of the project"), form_name(source), check=name_problem)
        if name is None:
            return
        change = CreateProject(project="", project_name=name.strip(), source=source)
        await self.propose_watched(_("New project {name}").format(name=name.strip()), [change])

    def do_search(self) -> None:
        """Search on the server; an empty query brings the whole list back."""
        self.run_worker(self._search, group="ask", exclusive=True)

    async def _search(self) -> None:
        query = await self.ask(_("Search the server"), self._query)
        if query is not None and query.strip() != self._query:
            self._query = query.strip()
            self.load(overlay=False)

    def do_mark_list(self) -> None:
        """Mark what a pasted list or a file names."""
        self.begin(self._mark_list)

    async def _mark_list(self, _projects: Sequence[Project]) -> None:
        from kobotui.widgets.editors import TextEditor
        from kobotui.widgets.message_box import MessageBox

        hint = _("UIDs, addresses or names, one a line; or the path of a file that lists them")
        text = await self.app.push_screen_wait(TextEditor(_("Mark projects"), "", hint=hint))
        if text is None or not text.strip():
            return
        path = typed_path(text.strip())
        if "\n" not in text.strip() and await asyncio.to_thread(path.is_file):
            text = (await asyncio.to_thread(read_limited, path, LIST_LIMIT)).decode(errors="replace")
        await self._settled.wait()
        matched = match_pasted(text, list(self.store.by_uid.values()))
        self.table.set_marked(self.table.marked | set(matched.uids))
        n = len(matched.uids)
        said = ngettext("{n} project marked.", "{n} projects marked.", n).format(n=n)
        self.flash(said)
        if matched.unknown or matched.ambiguous:
            lines = [_("no project: {name}").format(name=name) for name in matched.unknown]
            lines += [_("several projects: {name}").format(name=name) for name in matched.ambiguous]
            await self.app.push_screen_wait(MessageBox(_("Mark projects"), said, "\n".join(lines)))
