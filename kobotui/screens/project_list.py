"""A list of all projects: read page by page, filtered, sorted, marked. Projects and Deployments are such lists."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.columns.cell import Cell
from kobotui.locale import _, ngettext
from kobotui.model.lists import SortKey, project_sort_key, search_text
from kobotui.model.project import Project, ProjectDetail
from kobotui.paths import LocalError
from kobotui.screens.marks import Marks
from kobotui.screens.places import project_screen
from kobotui.screens.project_flows import ProjectFlows, deleted_by, made_by, touched_by
from kobotui.screens.project_order import ProjectOrder
from kobotui.screens.project_store import ProjectStore
from kobotui.screens.project_versions import VersionLookup
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from kobotui.jobs import JobState

SHOW_EVERY = 0.3
"""Seconds between two looks at a list that is coming in; its first page is shown at once."""
MANY = 1000
"""Projects from which on a list is long."""
READ_SINGLY = 50
"""From more changed projects than this on, the list is read again as a whole."""


class ProjectList(ProjectOrder, ProjectFlows, Marks):
    """The list, its filter, its order and its marks; a subclass says what a row shows."""

    heading: ClassVar[str]
    """Its name in the line on top, not translated yet."""
    every_version: ClassVar[bool] = False
    """Whether versions are looked up for all rows in view, not only where they tell of undeployed changes."""

    def __init__(self) -> None:
        super().__init__()
        self.store = ProjectStore()
        self.versions = VersionLookup()
        self._query = ""
        self._touched = False
        """Whether a key was pressed: until then the cursor stays on top, whatever comes to stand there."""
        self._settled = asyncio.Event()
        self._shown: Sequence[Project] = ()
        self._chosen: tuple[object, list[Project], list[Target]] = (None, [], [])

    # What a subclass says

    def cells(self, project: Project) -> tuple[Cell, ...]:
        """The cells of one row."""
        raise NotImplementedError

    def natural_order(self) -> Callable[[Project], SortKey | None] | None:
        """The order before a column is chosen; None: the server's."""
        return None

    # Start

    def body(self) -> ComposeResult:
        yield Table(self.columns(), empty=_("Loading ..."))

    @property
    def username(self) -> str:
        """Whose list it is."""
        return self.app.session.account.username if self.app.session.account else ""

    def on_mount(self) -> None:
        self.table.focus()
        if self.app.session.account is not None:
            self.store.begin()
            self.once_painted(self._begin)  # what reads the list takes longer to import than this to be painted
        self.show_facts()

    def _begin(self) -> None:
        self.recall()
        self.load()

    # Reading

    @work(exclusive=True, group="recall")
    async def recall(self) -> None:
        """Show the list of the last session until the server's has come."""
        from kobotui.cache import recall

        account, session = self.app.session.account, self.app.session
        if account is None or not session.settings.cache_project_list:
            return
        kept = await asyncio.to_thread(recall, account, session.cache)
        if kept is None:
            return
        texts = await asyncio.to_thread(lambda: {project.uid: search_text(project) for project in kept.projects})
        if self.store.remember(kept.projects, texts, kept.saved):
            self.show()
            self._spare_collector()

    @work(exclusive=True, group="list")
    async def load(self, *, overlay: bool = True) -> None:
        """Read the list from the server; without ``overlay`` it replaces what is shown from its first page on."""
        from kobotui.api.errors import KoboError

        self._settled.clear()
        self.store.begin(overlay=overlay)
        self.show_facts()
        try:
            await self._walk()
        except (KoboError, LocalError) as error:
            self.store.fail()
            self.failed(error)
            self.show()
        finally:
            self._settled.set()

    async def _walk(self) -> None:
        kobo = await self.kobo()
        for last_attempt in (False, True):
            walk = kobo.projects.walk(q=self._query or None)
            due = 0.0
            async for page in walk:
                self.store.take(page)
                if monotonic() >= due:
                    self.show()
                    due = monotonic() + SHOW_EVERY
            statement = walk.statement
            if statement is not None and (statement.complete or last_attempt):
                self.store.end(statement)
                break
            self.store.begin()
        self._spare_collector()
        self._drop_lost_marks()
        if not self.store.by_uid and not self._query:
            await self.app.reading.learn_superuser()
        self.show()
        if not self.store.complete and statement is not None:
            self.flash(statement.sentence, "warning")
        elif not self._query:
            await self._keep()

    def _spare_collector(self) -> None:
        """Keep the garbage collector from looking through a long list again and again: a tenth of a second each time,
        in which no key is answered. What goes is freed all the same; only rings would not be, and there are none."""
        if len(self.store.by_uid) > MANY:
            gc.freeze()

    async def _keep(self) -> None:
        """Keep the list for the next session, or see that none is kept."""
        from kobotui.cache import forget, keep

        session, account = self.app.session, self.app.session.account
        if account is None:
            return
        if session.settings.cache_project_list:
            projects = list(self.store.by_uid.values())
            await asyncio.to_thread(keep, account, projects, session.now(), session.cache)
        else:
            await asyncio.to_thread(forget, account, session.cache)

    def do_refresh(self) -> None:
        self.versions.forget_failures()
        self.load()

    @work(group="single")
    async def read_singly(self, uids: Iterable[str]) -> None:
        """Read some projects again and put them in their places."""
        from kobotui.api.errors import KoboError, NotFound

        async def read(uid: str) -> None:
            try:
                detail = await (await self.kobo()).projects.get(uid)
            except NotFound:
                self.store.remove([uid])
                return
            self.versions.note_detail(detail)
            self.store.put(_listed(detail))

        try:
            await asyncio.gather(*map(read, uids))
        except (KoboError, LocalError) as error:
            self.failed(error)
        self.show()

    def job_ended(self, job: JobState) -> None:
        super().job_ended(job)
        self.store.remove(deleted_by(job))
        self._drop_lost_marks()
        self.show()
        uids = {*made_by(job), *(uid for uid in touched_by(job) if uid in self.store.by_uid)}
        if len(uids) > READ_SINGLY:
            self.load()
        elif uids:
            self.read_singly(uids)

    # What is shown

    def show(self) -> None:
        """The rows as filter and order want them, and how complete they are."""
        key = project_sort_key(self._order, self.username) if self._order else self.natural_order()
        self._shown = self.store.view(self._typed, key, descending=self._descending, name=self._order)
        self.table.empty = self._nothing()
        keep = self._touched or self.table.cursor_index > 0
        self.table.replace(ListSource(self._shown, self._row, _uid), keep=keep)
        self.show_facts()
        self.show_keys()
        self._look_up_versions()

    def show_facts(self) -> None:
        """The line on top: how many of how many, marks, filter."""
        facts = self.store.facts(len(self._shown) if self._typed else None, self.app.session.now())
        if n := len(self.chosen_uids()):
            text = ngettext("{n} marked", "{n} marked", n).format(n=n)
            shown = {project.uid for project in self._shown} if self._typed else self.store.by_uid
            if hidden := sum(uid not in shown for uid in self.chosen_uids()):
                text += " " + ngettext("({n} hidden)", "({n} hidden)", hidden).format(n=hidden)
            facts = f"{facts}, {text}"
        chips = [f"/{self._typed}"] * bool(self._typed) + [f"F {self._query}"] * bool(self._query)
        self.show_where(_(self.heading), "   ".join([facts, *chips]))
        self.query_one(TopLine).show_busy(self.store.reading)

    def _nothing(self) -> str:
        if self._typed and self.store.by_uid:
            return _("No project matches. Change or clear the filter with /")
        if self.store.reading:
            return _("Loading ...")
        if self.store.statement is None:
            return _("The list could not be read. r tries again, ! tells why.")
        if self._query:
            return _("The server finds nothing. It also finds nothing for a query it cannot read.\nF asks another one.")
        if self.app.session.superuser:
            return _(
                "No project is yours or shared with you.\n: opens any other by its UID or address: you are a superuser."
            )
        return _("There are no projects yet. n on the project list makes one from an XLSForm.")

    def _row(self, project: Project) -> Row:
        return Row(project.uid, self.cells(project))

    def cursor_project(self) -> Project | None:
        """The project under the cursor."""
        return self.store.by_uid.get(self.table.cursor_key or "")

    @on(Table.CursorRested)
    def _rested(self) -> None:
        self._look_up_versions()

    def _look_up_versions(self) -> None:
        table = self.table
        rows = range(table.rows_in_view.start, min(table.rows_in_view.stop, len(self._shown)))
        if uids := self.versions.missing((self._shown[row] for row in rows), every=self.every_version):
            self._read_versions(uids)

    @work(exclusive=True, group="versions")
    async def _read_versions(self, uids: Sequence[str]) -> None:
        """What the versions of the rows in view tell, a row at a time; without it the list says "perhaps"."""

        async def read(uid: str) -> None:
            if (project := self.store.by_uid.get(uid)) and await self.versions.read(self.kobo, project):
                self.table.refresh_row(uid)
                self.versions_read(uid)

        try:
            await asyncio.gather(*map(read, uids))
        finally:
            self.versions.done(uids)

    def versions_read(self, uid: str) -> None:
        """More is known of a project than its list item tells."""

    # What is chosen

    def chosen_uids(self) -> set[str]:
        """The marked projects."""
        return self.table.marked

    def chosen(self) -> Sequence[Project]:
        if not self.chosen_uids():
            project = self.cursor_project()
            return [project] if project else []
        return self._marked()[0]

    def targets(self) -> Sequence[Target]:
        return self._marked()[1] if self.chosen_uids() else super().targets()

    def _marked(self) -> tuple[list[Project], list[Target]]:
        """The marked projects in the server's order, and one target for each kind of them: keys are asked often."""
        marked = self.chosen_uids()
        state = (id(marked), len(marked), self.store.version)
        if self._chosen[0] != state:
            projects = [project for uid, project in self.store.by_uid.items() if uid in marked]
            kinds = {(self.rights_on(project), project.deployment_status): project for project in reversed(projects)}
            targets = [Target(p.name or p.uid, rights, status) for (rights, status), p in kinds.items()]
            self._chosen = (state, projects, targets)
        return self._chosen[1:]

    def _drop_lost_marks(self) -> None:
        marked = self.chosen_uids()
        lost = {uid for uid in marked if uid not in self.store.by_uid}
        if lost:
            self.table.set_marked(marked - lost)
            text = ngettext(
                "{n} marked project is not on the list any more.",
                "{n} marked projects are not on the list any more.",
                len(lost),
            )
            self.flash(text.format(n=len(lost)), "warning")

    @on(Table.MarksChanged)
    def _marks_changed(self) -> None:
        self.show_facts()
        self.show_keys()

    def on_key(self) -> None:
        self._touched = True

    # The rest

    def do_back(self) -> None:
        """Out of the filter, out of the search, then out of the list."""
        if self._typed:
            self._filter_by("")
        elif self._query:
            self._query = ""
            self.load(overlay=False)
        else:
            super().do_back()

    def do_open(self) -> None:
        """The project under the cursor."""
        if project := self.cursor_project():
            self.app.push_screen(project_screen(project))

    def raw(self) -> object | None:
        import msgspec

        project = self.cursor_project()
        return msgspec.to_builtins(project) if project else None


def _uid(project: Project) -> str:
    return project.uid


def _listed(detail: ProjectDetail) -> Project:
    """The part of a detail that the list has: forms are large, and lists are long."""
    return Project(**{name: getattr(detail, name) for name in Project.__struct_fields__})
