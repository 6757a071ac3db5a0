"""Access: everybody's rights on every project; edits are pending until they are reviewed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.changes.teams import Cell as Place
from kobotui.changes.teams import TeamEdits
from kobotui.columns.matrix import (
    blind_lines,
    cell_lines,
    letter_lines,
    matrix_columns,
    matrix_line,
)
from kobotui.locale import _, ngettext
from kobotui.model.matrix import Axis, Matrix, MatrixProject
from kobotui.model.matrix_filter import MatrixFilter, MatrixFilterError, parse
from kobotui.model.roles import roles
from kobotui.paths import LocalError
from kobotui.screens.access_flows import AccessFlows
from kobotui.screens.access_rows import MARK, MatrixSource
from kobotui.screens.base import bindings
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine
from kobotui.widgets.words_line import WordsLine

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from kobotui.jobs import JobState
    from kobotui.model.account import Account
    from kobotui.model.project import Project


SLICE = 50
"""Projects whose teams are worked out in one go: a few milliseconds in which no key is answered."""
MANY = 1000
"""A matrix of more projects is kept from the garbage collector, which would look through it for a tenth of a second."""


class AccessScreen(AccessFlows):
    """The matrix; cells are marked, not lines."""

    place: ClassVar[str] = "access"
    BINDINGS = bindings("access")

    def __init__(self, projects: Iterable[Project] | None = None, typed: str = "", by: Axis = "project") -> None:
        """``projects``: only these, as they were listed; None: all that the account can see. ``typed``: the filter,
        ``by``: what a line is, at first."""
        super().__init__()
        self.edits = TeamEdits(Matrix({}, "", whole=False))
        self.picked = set()
        self._only = None if projects is None else tuple(project.uid for project in projects)
        self._typed, self._first_filter = "", typed
        self._filter = MatrixFilter()
        self._anchor: tuple[int, int] | None = None
        self._read: tuple[int, int] | None = None
        """How many projects of how many have been read, while they are."""
        self.view = self.matrix.view(by)

    def body(self) -> ComposeResult:
        yield Table(matrix_columns(self.view), cursor="cell", wide=True, gap=1, empty=_("Loading ..."))
        yield WordsLine()

    def on_mount(self) -> None:
        self.table.focus()
        self._filter_by(self._first_filter)
        self.show_facts()
        self.load()

    # Reading

    @work(exclusive=True, group="list")
    async def load(self) -> None:
        """Read all projects with their teams; pending edits stay."""
        from kobotui.api.errors import KoboError

        self.query_one(TopLine).show_busy(True)
        try:
            await self._walk()
        except (KoboError, LocalError) as error:
            self.failed(error)
        finally:
            self.query_one(TopLine).show_busy(False)
            self.show_facts()

    async def _walk(self) -> None:
        kobo = await self.kobo()
        superuser = asyncio.create_task(self.app.reading.learn_superuser())  # beside the first page
        walk = kobo.projects.teams()
        caller = kobo.account.username
        matrix = Matrix({}, caller, whole=False)
        try:
            async for page in walk:
                self._read = (page.start + len(page), page.count)
                chosen = [item for item in page if self._only is None or item.uid in self._only]
                for first in range(0, len(chosen), SLICE):
                    some = chosen[first : first + SLICE]
                    part = Matrix.of(some, caller, sees_all=await superuser, whole=False)
                    part.work_out()
                    matrix = matrix.plus(part)
                    await asyncio.sleep(0)  # keys come between
                if not self.matrix.projects:
                    self._use(matrix)
                self.show_facts()
        finally:
            self._read = None
            superuser.cancel()
            await asyncio.gather(superuser, return_exceptions=True)
        statement = walk.statement
        if len(matrix.projects) > MANY:
            gc.freeze()
        self._use(matrix.plus(Matrix({}, caller, whole=statement is not None and statement.complete)))
        if statement is not None and not statement.complete:
            self.flash(statement.sentence, "warning")

    def _use(self, matrix: Matrix) -> None:
        self.edits = self.edits.over(matrix)
        self.show()

    def do_refresh(self) -> None:
        self.load()

    def job_ended(self, job: JobState) -> None:
        super().job_ended(job)
        if any(change.project in self.matrix.projects for change in job.plan.changes):
            self.load()

    # What is shown

    def show(self) -> None:
        """The lines as filter and pivot want them."""
        self.view = self._filter.view(self.matrix, self.view.by)
        known = roles(self.app.session.settings.roles)
        source = MatrixSource(self.view, known, self.edits.wanted, self.picked)
        self.table.replace(source, columns=matrix_columns(self.view), empty=self._nothing())
        self.show_facts()
        self.show_keys()
        self._say_cell()

    def _nothing(self) -> str:
        if self._typed and self.matrix.projects:
            return _("Nothing matches. Change or clear the filter with /")
        return _("There are no projects.") if self.matrix.whole else _("Loading ...")

    def show_facts(self) -> None:
        """The line on top: how much, marks, pending, filter."""
        where = f"{_('Access')}  {_('by project') if self.view.by == 'project' else _('by user')}"
        facts = [matrix_line(self.view)] if self.matrix.projects else [_("loading ...")]
        if self._read and self._read[0] < self._read[1]:
            facts = [_("reading teams: {n} of {count} projects ...").format(n=self._read[0], count=self._read[1])]
        if n := len(self.picked):
            facts.append(ngettext("{n} marked", "{n} marked", n).format(n=n))
        if n := len(self.edits.wanted):
            facts.append(ngettext("{n} pending", "{n} pending", n).format(n=n))
        chip = f"   /{self._typed}" if self._typed else ""
        self.show_where(where, ", ".join(facts) + chip)

    @on(Table.CursorRested)
    def _say_cell(self) -> None:
        """The cell under the cursor in words."""
        said = ""
        if (place := self.cursor_place()) is not None:
            project, user = place
            known = roles(self.app.session.settings.roles)
            said = "\n".join(cell_lines(project, user, known, self.edits.wanted.get((project.uid, user))))
        elif self.matrix.projects:
            said = " ".join(blind_lines(self.matrix))
        self.query_one(WordsLine).say(said)

    def _source(self) -> MatrixSource | None:
        source = self.table.source
        return source if isinstance(source, MatrixSource) else None

    def _across(self) -> int:
        """Which of the users or projects that stand across is under the cursor; negative: none, the line's head."""
        head = 1 if self.view.by == "project" else 2
        return self.table.cursor_column - head

    def cursor_place(self) -> tuple[MatrixProject, str] | None:
        source = self._source()
        if source is None or not len(source) or self._across() < 0:
            return None
        return source.place(self.table.cursor_index, self._across())

    def cursor_line(self) -> list[tuple[MatrixProject, str]]:
        source = self._source()
        if source is None or not len(source):
            return []
        line = self.table.cursor_index
        return [source.place(line, column) for column in range(len(self.view.columns))]

    def cursor_project(self) -> MatrixProject | None:
        source = self._source()
        if source is None or not len(source):
            return None
        if self.view.by == "project":
            return self.view.projects[self.table.cursor_index]
        return self.view.projects[self._across()] if 0 <= self._across() < len(self.view.projects) else None

    def cursor_user(self) -> str | None:
        place = self.cursor_place()
        if place is not None:
            return place[1]
        return self.view.users[self.table.cursor_index] if self.view.by == "user" and self.view.users else None

    def targets(self) -> Sequence[Target]:
        return (Target(_("Access")),) if self.matrix.projects else ()

    def signs(self) -> Sequence[tuple[str, str]]:
        return [
            *letter_lines(),
            ("OWN", _("owns the project")),
            ("~", _("everybody, logged in or not")),
            (". ?", _("nothing; hidden from this account")),
            ("+ -", _("will be granted, will be taken away")),
            (MARK, _("marked")),
        ]

    # Filter, pivot

    def do_filter(self) -> None:
        """Filter as it is typed; enter keeps it, escape leaves the one before."""
        self.run_worker(self._ask_filter, group="ask", exclusive=True)

    async def _ask_filter(self) -> None:
        before = self._typed
        typed = await self.ask("/", before, changed=self._filter_by, check=self._problem)
        self._filter_by(before if typed is None else typed.strip())

    def _parsed(self, typed: str) -> MatrixFilter:
        settings = self.app.session.settings
        return parse(typed, roles(settings.roles), settings.groups)

    def _problem(self, typed: str) -> str | None:
        try:
            self._parsed(typed)
        except MatrixFilterError as error:
            return str(error)
        return None

    def _filter_by(self, typed: str) -> None:
        try:
            wanted = self._parsed(typed)
        except MatrixFilterError:
            return  # half a word yet; enter says what is wrong
        if typed != self._typed:
            self._typed, self._filter = typed, wanted
            self.show()

    def do_pivot(self) -> None:
        """Lines are users in place of projects, or projects again; the cursor stays on its cell."""
        project, user = self.cursor_project(), self.cursor_user()
        self.view = self.view.pivoted()
        self.show()
        source = self._source()
        if source is not None and project is not None and user is not None:
            line, column = (project.uid, user) if self.view.by == "project" else (user, project.uid)
            keys = [self.table.columns[place].key for place in range(len(self.table.columns))]
            if (index := source.index_of(line)) is not None:
                self.table.move_to(index, keys.index(column) if column in keys else None)

    def do_next_account(self) -> None:
        """The same of the next account: filter and pivot stay."""
        accounts, account = list(self.app.session.accounts), self.app.session.account
        here = next((n for n, one in enumerate(accounts) if account and one.name == account.name), -1)
        if len(accounts) < 2:
            self.flash(_("There is no other account; a on the accounts screen adds one."), "warning")
        elif self.edits.wanted:
            self.flash(_("Review or drop what is pending first."), "warning")
        else:
            following = accounts[(here + 1) % len(accounts)]
            flow = partial(_with_account, self.app, following, self._typed, self.view.by)
            self.app.run_worker(flow, group="go to", exclusive=True)  # outlives this screen

    # Files and reports

    def do_file(self) -> None:
        """Write the matrix to a file, or read one back."""
        self.run_flow(self._file)

    async def _file(self) -> None:
        from kobotui.screens.access_files import read_back, write_matrix
        from kobotui.widgets.picker import Choice, Picker

        choices = [
            Choice("write", _("Write to a file"), _("one line for each user and project, to edit in a spreadsheet")),
            Choice("read", _("Read a file back"), _("what it wants otherwise is pending then")),
        ]
        way = await self.app.push_screen_wait(Picker(_("Access"), choices))
        if way == "write":
            await write_matrix(self, self.matrix, self._filter.matches if self._filter else None)
        elif way == "read" and self.edits.wanted:
            self.flash(_("Review or drop what is pending first."), "warning")
        elif way == "read" and (edits := await read_back(self, self.matrix)) is not None:
            self.edits = edits
            self.show()

    def do_audit(self) -> None:
        """What stands out."""
        from kobotui.screens.audit import AuditScreen

        self.app.push_screen(AuditScreen(self.matrix))

    def do_history(self) -> None:
        """Who did what on the projects shown."""
        from kobotui.screens.history import HistoryScreen

        self.app.push_screen(HistoryScreen.of(self.matrix, [project.uid for project in self.view.projects]))

    # Marks

    def do_mark(self) -> None:
        """Mark or unmark the cell, and go on; in the first column, the whole line."""
        place = self.cursor_place()
        places = [place] if place else self.cursor_line()
        keys = {(project.uid, user) for project, user in places}
        self._pick(self.picked - keys if keys <= self.picked else self.picked | keys)
        self.table.action_move(1)

    def do_mark_range(self) -> None:
        """Begin a block at the cursor; the second time, mark all cells from there to the cursor."""
        here = (self.table.cursor_index, self._across())
        source = self._source()
        if source is None or here[1] < 0:
            self.flash(_("Move to a cell."), "warning")
        elif self._anchor is None:
            self._anchor = here
            self.flash(_("Move to the other end and press V again."))
        else:
            (top, bottom), (left, right) = (sorted(ends) for ends in zip(self._anchor, here, strict=True))
            places = (
                source.place(line, column) for line in range(top, bottom + 1) for column in range(left, right + 1)
            )
            self._anchor = None
            self._pick(self.picked | {(project.uid, user) for project, user in places})

    def do_mark_all(self) -> None:
        """Mark every cell that the filter lets through; without one, every cell with rights."""
        found = {
            (project.uid, user)
            for project, users in self._filter.found(self.matrix)
            for user in users
            if user != project.owner
        }
        self._pick(self.picked | found if self.picked else found)

    def do_mark_column(self) -> None:
        """Mark the whole column: one user on all projects shown, or one project for all users shown."""
        source, column = self._source(), self._across()
        if source is None or column < 0:
            self.flash(_("Move to a cell."), "warning")
            return
        places = (source.place(line, column) for line in range(len(source)))
        self._pick(self.picked | {(project.uid, user) for project, user in places})

    def do_unmark_all(self) -> None:
        """Mark nothing."""
        self._anchor = None
        self._pick(set())

    def _pick(self, places: set[Place]) -> None:
        self.picked = places
        if (source := self._source()) is not None:
            source.marked = places
        self.table.source_changed()
        self.show_facts()
        self.show_keys()


async def _with_account(app: KoboApp, account: Account, typed: str, by: Axis) -> None:
    """The matrix of another account."""
    await app.use_account(account)
    app.push_screen(AccessScreen(typed=typed, by=by))
