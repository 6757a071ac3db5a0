"""One job, change by change: what became of each, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.changes.change import Change
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.result import summary
from kobotui.jobs import JobState
from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import bindings
from kobotui.screens.job_actions import JobActions, PastJob
from kobotui.screens.job_flows import read_journal
from kobotui.screens.job_rows import outcome_columns, outcome_row, outcome_text
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.rows import ListSource
from kobotui.widgets.table import Table

LOOK_EVERY = 2.0
"""Seconds between two looks at a job on which another kobotui works."""
NOT_ENDED = frozenset({State.WAITING, State.RUNNING})

Item = tuple[int, Change, Outcome]


class OutcomesScreen(JobActions):
    """Where a job has come to: its changes with their outcomes, those that did not end well first when asked."""

    place: ClassVar[str] = "outcomes"
    BINDINGS = bindings("outcomes")

    def __init__(self, job: JobState | PastJob) -> None:
        super().__init__()
        self._job = job
        self._items: list[Item] = []
        self._only_open = False

    def body(self) -> ComposeResult:
        yield Table(outcome_columns(), empty=_("Every change was done. t shows them."))

    def on_mount(self) -> None:
        self.table.focus()
        if isinstance(self._job, JobState):
            self._take(self._job)
        else:
            self.look()

    def job(self) -> JobState | PastJob:
        return self._job

    def _take(self, job: JobState) -> None:
        self._job = job
        pairs = zip(job.plan.changes, job.outcomes, strict=True)
        waiting = Outcome(State.WAITING)
        self._items = [(place, change, outcome or waiting) for place, (change, outcome) in enumerate(pairs)]
        self._show()

    @work(exclusive=True, group="journal")
    async def look(self) -> None:
        """The changes of a job of the journal."""
        assert isinstance(self._job, PastJob)
        number = self._job.entry.id
        try:
            entries = await read_journal(self, lambda journal: journal.entries(number))
        except LocalError as error:
            self.failed(error)
            return
        self._items = [(entry.position, entry.change, entry.outcome) for entry in entries]
        self._show()
        if self._job.elsewhere and any(
            outcome.state in (State.WAITING, State.RUNNING) for _n, _c, outcome in self._items
        ):
            self.after(LOOK_EVERY, self.look)

    def _show(self) -> None:
        title = self._job.title if isinstance(self._job, JobState) else self._job.entry.title
        items: Sequence[Item] = self._items
        if self._only_open:
            items = [item for item in items if item[2].state is not State.DONE]
        self.show_where(f"{_('Jobs')} > {shown(title)}", summary([outcome for _n, _c, outcome in self._items]))
        self.table.replace(ListSource(items, outcome_row, lambda item: str(item[0])))
        self.show_keys()

    def job_changed(self, job: JobState) -> None:
        super().job_changed(job)
        mine = self._job
        if (isinstance(mine, JobState) and job.number == mine.number) or (
            isinstance(mine, PastJob) and job.journal_id == mine.entry.id
        ):
            self._take(job)

    def do_open(self) -> None:
        """Everything known of the change under the cursor."""
        table = self.table
        source = table.source
        assert isinstance(source, ListSource)
        if len(source):
            _place, change, outcome = source.items[table.cursor_index]
            self.app.push_screen(MessageBox(change.project_name or change.line(), *outcome_text(change, outcome)))

    def do_pivot(self) -> None:
        """Only what was not done, or everything again."""
        self._only_open = not self._only_open
        self._show()

    def do_refresh(self) -> None:
        if isinstance(self._job, PastJob):
            self.look()
