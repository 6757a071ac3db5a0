"""One record as question and answer in form order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events, work
from textual.app import ComposeResult
from textual.widgets import Static

from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.outcome import State
from kobotui.columns.cell import Cell, Column
from kobotui.columns.record import record_cells, record_columns, record_footer
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.check import check, editable
from kobotui.model.record import Line, lay_out
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.as_text import TextFlows
from kobotui.screens.base import bindings
from kobotui.screens.copy import Text
from kobotui.screens.record_copies import map_link
from kobotui.screens.record_files import RecordFiles
from kobotui.screens.record_flows import record_changes
from kobotui.screens.record_past import RecordPast
from kobotui.screens.record_web import RecordWeb
from kobotui.screens.records import Records
from kobotui.screens.status_keys import StatusKeys
from kobotui.screens.submission_window import SubmissionWindow
from kobotui.widgets.painted import wrapped
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table
from kobotui.widgets.table_layout import place_columns

if TYPE_CHECKING:
    from kobotui.jobs import JobState
    from kobotui.model.form import Question

AHEAD = 5
"""How near to the end of what is loaded the next records are fetched."""
_LONGEST = 40
"""Lines of one answer that are shown; the rest is behind ``o``."""
_GAP = 2
_NARROW = 60
"""Cells below which question and answer cannot have the width they want."""
_WIDEST = 48
"""Cells a question takes before it is broken, however wide the screen is."""


class RecordScreen(StatusKeys, TextFlows, RecordFiles, RecordWeb, RecordPast):
    """A record of the window that DATA shows, and its neighbours there."""

    place: ClassVar[str] = "record"
    BINDINGS = bindings("record")
    DEFAULT_CSS = "RecordScreen #footer { height: auto; max-height: 4; margin: 0 2; color: $text-muted; }"

    def __init__(self, records: Records, index: int, path: str = "") -> None:
        """``index``: the record's position in the window; it is loaded. ``path``: where the cursor starts."""
        super().__init__()
        self.records = records
        self.index = index
        self.record = records.window.record(index) if records.window else None
        self._path = path
        self._wanted: int | None = None
        self._deleted = False
        self._gone = False
        """Whether the record is no longer in the list: then ``index`` is the place of the one that followed it."""
        self._lines: dict[str, Line] = {}
        self._width = 0

    def body(self) -> ComposeResult:
        yield Table(record_columns()[:2], empty=_("No record is left here. escape goes back"))
        yield Static("", markup=False, id="footer")

    def on_mount(self) -> None:
        self._width = self.app.size.width
        self.records.listeners.append(self._records_changed)
        self.table.focus()
        self.show_record()
        self._go_to_answer(self._path)
        self._fetch_ahead(1)

    def on_unmount(self) -> None:
        self.records.listeners.remove(self._records_changed)

    def on_resize(self, event: events.Resize) -> None:
        """Answers are wrapped to the width there is."""
        if event.size.width != self._width:
            self._width = event.size.width
            self.show_record()

    def _go_to_answer(self, path: str) -> None:
        """The cursor on a question, or on the first of a repeat's instances."""
        if key := next((key for key, line in self._lines.items() if line.path == path), None):
            self.table.move_to_key(key)

    # What is shown

    def show_record(self) -> None:
        """The record as it is known now."""
        record, window = self.record, self.records.window
        if record is None or window is None:
            self._lines = {}
            self.table.replace(rows_source(()))
            return
        self.records.at = self.index
        self.look_back(record)
        name = shown(self.records.project.name) or self.records.project.uid
        place = self.index if self._wanted is None else self._wanted
        facts = _("{n} of {count}").format(n=number(min(place + 1, window.count)), count=number(window.count))
        waiting = " ..." if self._wanted is not None else ""
        waiting += f"  {checked}" if (checked := self.progress_text()) else ""
        self.show_where(name, f"> {record.id}  {facts}{waiting}")  # a long name is cut, the rest is not
        table = self.table
        lines = [(line, self._cells(record, line)) for line in self._laid_out(record)]
        columns = self._columns(noted=any(cells[2].text for _line, cells in lines))
        self._lines = {}
        rows = [row for line, cells in lines for row in self._rows(line, cells, columns)]
        table.columns = columns
        table.replace(rows_source(rows))
        footer = record_footer(self.records.checking.seen(record), self.app.session.now(), self._version(record))
        self.query_one("#footer", Static).update(f"-- {footer}{self._status_text()}")
        self.show_keys()

    def _columns(self, *, noted: bool) -> tuple[Column, ...]:
        """Question and answer, and what there is to say about it; a narrow screen is shared by the first two."""
        question, answer, note = record_columns()
        share = self._width * 2 // 5
        if self._width < _NARROW:
            question = replace(question, width=max(8, share))
            answer = replace(answer, width=max(8, self._width - question.width - 2 * _GAP))
        else:
            question = replace(question, width=max(question.width, min(share - _GAP, _WIDEST)))
        return (question, answer, note) if noted else (question, answer)

    def _laid_out(self, record: Submission) -> Iterator[Line]:
        """The lines, with a heading before the keys at the end that the form does not have."""
        headed = False
        for line in lay_out(self.records.form, record, self.records.shown_language):
            if line.kind == "unknown" and line.depth == 0 and not headed:
                headed = True
                yield Line("group", 0, _("-- not in the form"), "", "", "")
            yield line

    def _cells(self, record: Submission, line: Line) -> tuple[Cell, ...]:
        """Label, answer and note, the answer with all its line breaks."""
        problem = None
        if line.question and isinstance(line.value, str) and line.value and editable(line.question):
            language = self.records.language or 0
            problem = check(line.question, line.value, self.records.form, answers=record.raw, language=language)
        label, answer, note = record_cells(line, problem.sentence if problem else "")
        if line.question and (past := self.past_note(line)):
            note = Cell("  ".join(filter(None, (note.text, past))), note.style or "dim")
        if line.kind == "unknown" and line.depth == 0:
            note = Cell("")
        if line.attachment:
            answer = Cell("  ".join(filter(None, (answer.text, shown(line.attachment.mimetype)))), answer.style)
        elif line.question and line.question.type == "text" and isinstance(line.value, str) and line.value:
            answer = Cell(shown(line.value, one_line=False), answer.style)
        return label, answer, note

    def _rows(self, line: Line, cells: Sequence[Cell], columns: Sequence[Column]) -> Iterator[Row]:
        """The line as rows of the table: as many as its longest cell needs."""
        places = place_columns(columns, self._width, _GAP)
        indent = len(cells[0].text) - len(cells[0].text.lstrip(" "))
        parts = []
        for place in places:
            cell = cells[place.column]
            if place.column == 0:
                width = max(4, place.width - indent)
                text = [" " * indent + part for part in wrapped(cell.text.lstrip(" "), width, _LONGEST)]
            else:
                text = wrapped(cell.text, place.width, _LONGEST)
            if len(text) > _LONGEST:
                text[_LONGEST - 1 :] = [_("... o shows the rest")]
            parts.append([Cell(part, cell.style) for part in text])
        for n, row in enumerate(zip_longest(*parts, fillvalue=Cell(""))):
            key = f"{line.kind} {line.position} {n}"
            self._lines[key] = line
            yield Row(key, row)

    def _version(self, record: Submission) -> str:
        """The number of the form's version that the device used, empty when it is not known."""
        detail = self.records.detail
        versions = detail.deployed_versions.results if detail else []
        return next((f"v{v.version_number}" for v in versions if v.uid == record.version and v.version_number), "")

    def language_changed(self) -> None:
        self.show_record()

    def line(self) -> Line | None:
        """The line under the cursor."""
        return self._lines.get(self.table.cursor_key or "")

    # What is chosen

    def chosen_ids(self) -> Sequence[int]:
        return [self.record.id] if self.record else []

    def loaded(self, record_id: int) -> Submission | None:
        return self.record if self.record and self.record.id == record_id else super().loaded(record_id)

    def do_edit(self) -> None:
        """Correct the answer under the cursor."""
        self._on_answer(self.correct)

    def do_replace(self) -> None:
        """Find and replace in the answer under the cursor."""
        self._on_answer(self.replace)

    def _on_answer(self, begin: Callable[[Question | None, str], None]) -> None:
        line = self.line()
        if line and line.kind == "unknown":
            self.flash(_("The form does not have this key: it is not corrected here."), "warning")
        else:
            begin(line.question if line else None, line.position if line else "")

    def raw(self) -> object | None:
        return self.record.raw if self.record else None

    def do_files(self) -> None:
        """The files of the record."""
        from kobotui.screens.files_of_record import FilesScreen

        if self.record:
            self.app.push_screen(FilesScreen(self.records, self.record))

    def copies(self) -> dict[str, Text]:
        texts = super().copies()
        for line in self._lines.values():
            if line.question and line.question.type == "geopoint" and (link := map_link(line.value)):
                texts[_("OpenStreetMap: {question}").format(question=line.position)] = link
        return texts

    # Statuses

    def looked_at(self) -> Submission | None:
        return None if self._wanted is not None else self.record

    def to_next_record(self) -> None:
        self._go(1)

    def to_record(self, record_id: int) -> None:
        place = self.records.window.index_of(str(record_id)) if self.records.window else None
        if place is not None:
            self._open(place)

    def _status_text(self) -> str:
        """What there is to say about the status: that it is on its way, or why it was not set."""
        if error := self.failed_here():
            return f"  ! {shown(str(error))}"
        mark = self.records.checking.mark(self.record.id) if self.record else None
        said = shown(mark.outcome.reason) or _("on its way") if mark else ""
        return f"  ({said})" if said else ""

    # Neighbours

    def do_next(self) -> None:
        """The next record of the table."""
        self._go(1)

    def do_previous(self) -> None:
        """The record before."""
        self._go(-1)

    def _go(self, step: int) -> None:
        window = self.records.window
        target = (self.index if self._wanted is None else self._wanted) + step
        if self._gone and self._wanted is None and step > 0:
            target -= 1
        if window is None or not 0 <= target < window.count:
            self.flash(_("This is the last record.") if step > 0 else _("This is the first record."))
            return
        if window.record(target) is not None:
            self._open(target)
            self._fetch_ahead(step)
        else:
            self._wanted = target
            self.show_record()
            self.fetch(target, target)

    def _open(self, index: int) -> None:
        window = self.records.window
        record = window.record(index) if window else None
        if record is not None:
            self.index, self.record, self._wanted, self._gone = index, record, None, False
            self.show_record()

    def _fetch_ahead(self, step: int) -> None:
        """Fetch the neighbours before they are asked for."""
        window = self.records.window
        if window is not None:
            end = max(0, min(self.index + step * AHEAD, window.count - 1))
            if window.record(end) is None:
                self.fetch(min(self.index, end), max(self.index, end))

    @work(exclusive=True, group="neighbours")
    async def fetch(self, first: int, last: int) -> None:
        """Bring rows into the window, and show the one that is waited for."""
        from kobotui.api.errors import KoboError

        before, record = self.index, self.record
        try:
            moved = await self.records.read_rows(first, last, lambda: before, record.id if record else None)
        except (KoboError, LocalError) as error:
            self._wanted = None
            self.failed(error)
            self.show_record()
            return
        if moved is not None:
            self._follow(before, moved)
            self.records.tell()
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.show_record()  # the list may have become shorter: then the record that is open stays
            self._open(wanted)

    def _follow(self, before: int, moved: int) -> None:
        """The list has changed: ``before`` is ``moved`` rows further down, and so is the record that is waited for."""
        window, record = self.records.window, self.record
        assert window is not None
        self._gone = record is not None and window.index_of(str(record.id)) is None
        self.index = max(0, min(before + moved, window.count - (not self._gone)))
        if self._wanted is not None:
            self._wanted += moved - (self._gone and self._wanted > before)
        elif self._gone and record:
            self.flash(_("Record {id} is gone from the server.").format(id=record.id), "warning")

    # News

    def do_refresh(self) -> None:
        if self.record:
            self.reread(self.record.id)

    @work(exclusive=True, group="record")
    async def reread(self, record_id: int) -> None:
        """The record as it is now."""
        from kobotui.api.errors import KoboError

        try:
            now = await self.records.read([record_id])
        except (KoboError, LocalError) as error:
            self.failed(error)
            return
        if not now:
            self.flash(_("Record {id} is gone from the server.").format(id=record_id), "warning")
        elif self.record and self.record.id == record_id:
            self.record = now[0]
        self.records.renewed(now)

    def job_ended(self, job: JobState) -> None:
        """DATA below reads the records again and tells; a record that was deleted gives way to the next one."""
        for change, state in record_changes(job, self.records.project.uid):
            if isinstance(change, DeleteSubmission) and state is State.DONE and self.record:
                self._deleted |= change.record == self.record.id
        if self.records.single and self.record and self.records.window:
            if self._deleted:
                self.records.window.adopt(SubmissionWindow(self.records.row))
                self.records.tell()
            else:
                self.reread(self.record.id)

    def _records_changed(self) -> None:
        window, record = self.records.window, self.record
        if window is None or record is None:
            return
        index = window.index_of(str(record.id))
        if index is not None:
            self.index, self.record = index, window.record(index)
        elif self._deleted:
            self._deleted = False
            self.index = min(self.index, max(0, window.count - 1))
            self.record = window.record(self.index)
        self.show_record()
