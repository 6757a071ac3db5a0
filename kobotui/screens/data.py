"""DATA of one project: the table of its records, a window over what the server has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import State
from kobotui.columns.submissions import signs
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.form import Form, Group, Question
from kobotui.model.project import Project, ProjectDetail
from kobotui.paths import LocalError
from kobotui.screens.as_text import TextFlows
from kobotui.screens.base import bindings
from kobotui.screens.bring_in import BringsIn
from kobotui.screens.columns import ColumnsScreen, remembered_columns
from kobotui.screens.data_out import DataOut
from kobotui.screens.live_form import live_form
from kobotui.screens.project_place import ProjectPlace
from kobotui.screens.record_files import RecordFiles
from kobotui.screens.record_flows import record_changes
from kobotui.screens.record_jump import RecordJump
from kobotui.screens.record_news import RecordNews
from kobotui.screens.record_order import RecordOrder
from kobotui.screens.records import Order, Records
from kobotui.screens.same_records import FindSame
from kobotui.screens.status_keys import StatusesInTable
from kobotui.screens.submission_window import PAGE
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from datetime import datetime

    from kobotui.jobs import JobState

REREAD = 200
"""From more changed records in view than this on, the page is read again as a whole."""


class DataScreen(
    DataOut,
    StatusesInTable,
    RecordOrder,
    TextFlows,
    RecordJump,
    RecordNews,
    RecordFiles,
    FindSame,
    BringsIn,
    ProjectPlace,
):
    """Records page by page as they come into view; filter and order are the server's."""

    place: ClassVar[str] = "data"
    BINDINGS = bindings("data")
    DEFAULT_CSS = "DataScreen #order { height: auto; max-height: 3; margin: 0 2; color: $text-muted; }"

    def __init__(self, project: Project, filter_text: str = "") -> None:
        """``filter_text``: what is shown first; it can be read without a form."""
        super().__init__(project)
        self.records = Records(project, self.kobo, self._now, me=self.account_name, saved=self._saved)
        self.records.order = Order(self.records.filter.read(filter_text))
        self._reading = 0
        self._stale = False
        self._arranged = self.records.columns

    def _now(self) -> datetime:
        return self.app.session.now()

    def _saved(self) -> dict[str, str]:
        return self.filters.texts()

    def body(self) -> ComposeResult:
        yield Table(self.records.columns.columns, cursor="cell", wide=True, empty=_("Loading ..."))
        yield Static("", markup=False, id="order")

    async def on_mount(self) -> None:  # type: ignore[override]  # Textual waits for either
        kept = await asyncio.to_thread(remembered_columns(self, self.project.uid).load)
        self.records.use_choice(kept or self.records.choice)
        self.records.listeners.append(self._records_changed)
        self.table.focus()
        self.show_order()
        if self.project.has_deployment:
            self.read_anew()

    def on_screen_resume(self) -> None:
        if self._arranged is not self.records.columns or self.records.at is not None:
            self.language_changed()
        if self.records.at is not None:
            self.table.source_changed()
            self.table.move_to(self.records.at)
            self.records.at = None
        self.go_on_looking()

    # The form

    def detail_changed(self, detail: ProjectDetail) -> None:
        self.records.project = detail
        if not detail.has_deployment:
            self.table.empty = _("A draft has no data: deploy it first.")
            self.show_facts()
            return
        if detail.differs:
            self.read_live_form(detail)
        else:
            self._use_form(Form.from_content(detail.content))
        if self.records.window is None and not self._reading:
            self.read_anew()

    @work(exclusive=True, group="form")
    async def read_live_form(self, detail: ProjectDetail) -> None:
        """The form that data collectors have; the detail has its newest draft, which differs and is second best."""
        from kobotui.api.errors import KoboError

        try:
            form = await live_form(await self.kobo(), detail)
        except (KoboError, LocalError) as error:
            self.failed(error)
            form = Form.from_content(detail.content)
        self._use_form(form)

    def _use_form(self, form: Form) -> None:
        self.records.use_form(form)
        self.language_changed()

    def show_order(self, advice: str = "") -> None:
        super().show_order(advice)
        self.once_painted(self.show_facts)  # the line below the table takes rows from it

    def language_changed(self) -> None:
        """Columns and cells in the language that is chosen now; the cursor stays in its column."""
        table, here = self.table, self.table.cursor_column_key
        self._arranged = self.records.columns
        self.show_order()
        place = next((i for i, column in enumerate(table.columns) if column.key == here), table.cursor_column)
        table.move_to(table.cursor_index, place)
        self.show_facts()

    # Reading

    @contextmanager
    def busy(self) -> Iterator[None]:
        """The spinner turns while something is being read."""
        self._reading += 1
        self.query_one(TopLine).show_busy(True)
        try:
            yield
        finally:
            self._reading -= 1
            if self.is_attached:
                self.query_one(TopLine).show_busy(self._reading > 0)

    def do_refresh(self) -> None:
        self.records.checking.renewed()
        self.read_detail()
        if self.project.has_deployment:
            order = self.records.order_now()
            top = not self.table.cursor_index or bool(self.news and order.plain)
            self.read_anew(None if order is self.records.order else order, top=top)

    @work(exclusive=True, group="window")
    async def read_window(self, wanted: Order | None, *, top: bool) -> None:
        """Until it has come, and when it does not come, everything stays as it is."""
        from kobotui.api.errors import KoboError, NotFound

        records = self.records
        order = wanted or records.order
        window, moved = records.window, 0
        try:
            with self.comparing():
                if wanted and window is not None:  # an empty one is false
                    window = await records.read_order(order)
                elif top or window is None:
                    window = await records.read_newest(order)
                else:
                    moved = await records.renew(*self._wanted_rows(), self._here)
        except (KoboError, LocalError) as error:
            self._stale = records.window is not None
            hidden = _("You may not see the records of this project, or it is gone.")
            sentence = hidden if isinstance(error, NotFound) else str(error)
            self.table.empty = _("{sentence}\nr tries again, ! tells more.").format(sentence=sentence)
            self.failed(error)
            self.show_facts()
            return
        self._stale = False
        if wanted:
            records.checking.another_list()
        if wanted is None or records.window is None:
            self.expect_news()
        records.order = order
        self.table.empty = self._nothing()
        if window is records.window:
            self.table.rows_moved(moved)
        else:
            records.window = window
            self.table.replace(window, keep=False)
        self.show_order()
        records.tell()

    def use_order(self, order: Order) -> None:
        if self.project.has_deployment:
            self.read_anew(order)
        else:
            self.flash(self.table.empty, "warning")

    def _here(self) -> int:
        """The row somebody looks at: the record that is open, or the one under the cursor."""
        return self.table.cursor_index if self.records.at is None else self.records.at

    def _wanted_rows(self) -> tuple[int, int]:
        """Positions of the rows somebody looks at: in view, or the one that is open."""
        view, at = self.table.rows_in_view, self.records.at
        if at is not None:
            return max(0, at - 1), at + 1
        return view.start, max(view.start + PAGE, view.stop) - 1

    @on(Table.Wanted)
    def _wanted(self, event: Table.Wanted) -> None:
        self.read_rows(event.first, event.last)

    @work(exclusive=True, group="rows")
    async def read_rows(self, first: int, last: int) -> None:
        """The rows that came into view; rows left behind before they came are no longer asked for."""
        from kobotui.api.errors import KoboError

        try:
            with self.busy():
                moved = await self.records.read_rows(first, last, lambda: self.table.cursor_index)
        except (KoboError, LocalError) as error:
            self._stale = True
            self.failed(error)
            self.show_facts()
            return
        self._stale = False
        if moved is not None:
            self.table.empty = self._nothing()
            self.table.rows_moved(moved)
            self.flash(_("The list has changed on the server: {n} records now.").format(n=number(self.count)))
        self._records_changed()

    def _nothing(self) -> str:
        if self.records.order.typed:
            return _("No record matches. Change or clear the filter with /")
        return _("There are no records yet.")

    # After a job

    def job_ended(self, job: JobState) -> None:
        if self.records.checking.knows(job.number):
            return  # what became of each was told as it came
        own = record_changes(job, self.project.uid)
        if len(own) < len(job.plan.changes):
            super().job_ended(job)
        more = any(isinstance(c, SubmitRecord) and c.project == self.project.uid for c in job.plan.changes)
        if not (own or more):
            return
        gone = {str(c.record) for c, state in own if isinstance(c, DeleteSubmission) and state is State.DONE}
        if gone & self.table.marked:
            self.table.set_marked(self.table.marked - gone)
        window = self.records.window
        touched = [c.record for c, _state in own if window and window.find(c.record)]
        more = more or any(isinstance(c, DeleteSubmission | DuplicateSubmission) for c, _state in own)
        if more or len(touched) > REREAD:
            self.read_anew()
        elif touched:
            self.reread(touched)

    @work(group="records")
    async def reread(self, ids: Sequence[int]) -> None:
        """Records that a job has touched, as they are now; when one is gone, everything in view."""
        from kobotui.api.errors import KoboError

        try:
            now = await self.records.read(ids)
        except (KoboError, LocalError) as error:
            self.failed(error)
            return
        self.records.renewed(now)
        if len(now) < len(ids):
            self.read_anew()

    def _records_changed(self) -> None:
        """Records in view have come or changed, also some that nobody asked for: pages are larger than views."""
        view = self.table.rows_in_view
        if view:
            self.table.refresh_rows(view.start, view.stop - 1)
        self.show_facts()
        self.show_keys()

    # What is shown

    def show_facts(self) -> None:
        """The line on top: which rows of how many, filter, order, marks."""
        window = self.records.window
        parts = ([self.progress] if self.progress else []) + self.news_text()
        if window is None:
            parts += [_("loading ...")] if self._reading else []
        else:
            view = self.table.rows_in_view
            parts.append(
                _("rows {first}-{last} of {count}").format(
                    first=number(view.start + 1), last=number(view.stop), count=number(window.count)
                )
                if view
                else _("rows 0 of {count}").format(count=number(window.count))
            )
            if n := len(self.table.marked):
                parts.append(ngettext("{n} marked", "{n} marked", n).format(n=number(n)))
            parts += [text] if (text := self.progress_text()) else []
            parts.append(self.order_text())
            parts += [_("not renewed")] if self._stale else []
            parts += [_("the server counts fewer")] if window.beyond else []
        self.show_heading(", ".join(parts))

    def on_resize(self) -> None:
        self.once_painted(self.show_facts)

    @on(Table.CursorMoved)
    def _view_may_have_moved(self) -> None:
        self.show_facts()

    @on(Table.MarksChanged)
    def _marks_changed(self) -> None:
        self.show_facts()

    def may_be_all(self) -> int:
        return 0 if self.table.marked or self.count < 2 else self.count

    # The record under the cursor

    def do_open(self) -> None:
        """The record under the cursor, at the answer under it; what is needed is here already."""
        from kobotui.screens.record import RecordScreen

        if self.table.cursor_key is not None:
            self.app.push_screen(RecordScreen(self.records, self.table.cursor_index, self.table.cursor_column_key))

    def do_columns(self) -> None:
        """Choose the columns."""
        self.app.push_screen(ColumnsScreen(self.records, self.table.cursor_column_key), self._to_column)

    def _to_column(self, key: str | None) -> None:
        place = next((i for i, column in enumerate(self.table.columns) if column.key == key), None)
        self.table.move_to(self.table.cursor_index, place)

    def signs(self) -> Sequence[tuple[str, str]]:
        return signs()

    def do_edit(self) -> None:
        """Correct the answer under the cursor."""
        self._on_answer(self.correct)

    def do_replace(self) -> None:
        """Find and replace in the answers under the cursor."""
        self._on_answer(self.replace)

    def _on_answer(self, begin: Callable[[Question | None, str], None]) -> None:
        key = self.table.cursor_column_key
        item = self.records.columns.item(key)
        if key == "_validation_status":
            self.flash(_("v sets the validation status."), "warning")
        elif isinstance(item, Group):
            self.flash(_("What is inside a repeat is corrected in the record: enter opens it."), "warning")
        else:
            begin(item, key)

    def raw(self) -> object | None:
        key = self.table.cursor_key
        record = self.loaded(int(key)) if key else None
        return record.raw if record else None
