"""Same records side by side: what differs has a sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.outcome import State
from kobotui.columns.same_records import compare_cells, compare_columns
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.same_records import Group, compare
from kobotui.model.text import shown
from kobotui.screens.base import bindings
from kobotui.screens.record_flows import record_changes
from kobotui.screens.same_records import KeepOne
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from kobotui.jobs import JobState
    from kobotui.model.submission import Submission
    from kobotui.screens.records import Records


class CompareRecords(KeepOne):
    """A line for each question, a column for each record."""

    place: ClassVar[str] = "compare"
    BINDINGS = bindings("compare")

    def __init__(self, records: Records, group: Group, paths: Sequence[str]) -> None:
        super().__init__()
        self.records = records
        self.group = group
        self._paths = paths
        self._only_different = False

    def body(self) -> ComposeResult:
        columns = compare_columns(self.group.records, self.app.session.now())
        yield Table(columns, cursor="cell", wide=True, frozen=2, empty=_("No answer differs. t shows all"))

    def on_mount(self) -> None:
        self.table.focus()
        self.language_changed()
        self.table.move_to(0, 2)

    def language_changed(self) -> None:
        lines = compare(self.records.form, self.group.records, self.records.shown_language)
        different = sum(one.differs for one in lines)
        chosen = [one for one in lines if one.differs or not self._only_different]
        self.table.columns = compare_columns(self.group.records, self.app.session.now())
        self.table.replace(rows_source([Row(one.line.position, compare_cells(one)) for one in chosen]))
        n = len(self.group.records)
        facts = [
            ngettext("{n} record", "{n} records", n).format(n=number(n)),
            ngettext("{n} answer differs (!=)", "{n} answers differ (!=)", different).format(n=number(different)),
        ]
        self.show_where(shown(self.records.project.name) or self.records.project.uid, ", ".join(facts))
        self.show_keys()

    def do_pivot(self) -> None:
        """Only what differs, or everything again."""
        self._only_different = not self._only_different
        self.language_changed()

    # The record of the column under the cursor

    def _record(self) -> Submission | None:
        return next((record for record in self.group.records if str(record.id) == self.table.cursor_column_key), None)

    def loaded(self, record_id: int) -> Submission | None:
        return next((record for record in self.group.records if record.id == record_id), None)

    def chosen_ids(self) -> Sequence[int]:
        record = self._record()
        return [record.id] if record else []

    def do_open(self) -> None:
        """The record of this column, alone."""
        from kobotui.screens.record import RecordScreen

        if record := self._record():
            self.app.push_screen(RecordScreen(self.records.alone(record), 0))

    def do_keep(self) -> None:
        """Keep the record of this column, delete the others."""
        if record := self._record():
            self.run_flow(self.keep, record, self.group)
        else:
            self.flash(_("Move to the record that is kept."), "warning")

    def job_ended(self, job: JobState) -> None:
        """Records that were deleted leave; the last one has nothing to be compared with."""
        changes = record_changes(job, self.records.project.uid)
        done = {c.record for c, state in changes if isinstance(c, DeleteSubmission) and state is State.DONE}
        if done & {record.id for record in self.group.records}:
            self.group = self.group.without(frozenset(done))
            if len(self.group.records) > 1:
                self.language_changed()
            elif self.app.screen is self:
                self.app.leave_screen()

    def raw(self) -> object | None:
        record = self._record()
        return record.raw if record else None
