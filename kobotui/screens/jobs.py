"""Jobs: those of this run, and what the journal knows of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.actions import Target
from kobotui.changes.journal import Entry, JobEntry
from kobotui.jobs import JobState
from kobotui.locale import _, ngettext
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.job_rows import job_columns, job_row, outcome_columns, outcome_row, past_row
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table


class JobsScreen(KoboScreen):
    """Running and finished jobs, newest first."""

    place: ClassVar[str] = "jobs"
    BINDINGS = bindings("jobs")

    def __init__(self) -> None:
        super().__init__()
        self._past: list[JobEntry] = []

    def body(self) -> ComposeResult:
        yield Table(job_columns(), empty=_("No job has run yet. Changes you make are listed here."))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Table).focus()
        self._show()
        self.read_journal()

    @work(thread=True, exclusive=True, group="journal")
    def read_journal(self) -> None:
        """The jobs of earlier runs, through a connection of their own."""
        from kobotui.changes.journal import Journal, JournalError

        if not self.app.session.journal.exists():
            return
        try:
            journal = Journal(self.app.session.journal)
            try:
                past = journal.jobs()
            finally:
                journal.close()
        except JournalError as error:
            self.app.call_from_thread(self.failed, error)
            return
        self.app.call_from_thread(self._show_past, past)

    def _show_past(self, past: list[JobEntry]) -> None:
        self._past = past
        self._show()

    def _show(self) -> None:
        mine = {job.journal_id for job in self.app.job_states}
        items: list[JobState | JobEntry] = [*self.app.job_states, *(job for job in self._past if job.id not in mine)]
        self.query_one(Table).replace(ListSource(items, _row, _key))
        running = sum(job.running for job in self.app.job_states)
        facts = ngettext("{n} running", "{n} running", running).format(n=running) if running else ""
        self.show_where(_("Jobs"), facts)
        self.show_keys()

    def job_changed(self, job: JobState) -> None:
        super().job_changed(job)
        self._show()

    def _item(self) -> JobState | JobEntry | None:
        table = self.query_one(Table)
        source = table.source
        assert isinstance(source, ListSource)
        return source.items[table.cursor_index] if len(source) else None

    def targets(self) -> Sequence[Target]:
        item = self._item()
        return (Target(item.title),) if item else ()

    def do_open(self) -> None:
        """What became of each change."""
        if item := self._item():
            self.app.push_screen(OutcomesScreen(item))

    def do_stop(self) -> None:
        """Let the job end after its current steps."""
        item = self._item()
        if isinstance(item, JobState) and item.running:
            self.app.jobs.stop(item.number)
        else:
            self.flash(_("This job is not running."), "warning")

    def do_refresh(self) -> None:
        self.read_journal()


def _row(item: JobState | JobEntry) -> Row:
    return job_row(item) if isinstance(item, JobState) else past_row(item)


def _key(item: JobState | JobEntry) -> str:
    return f"run {item.number}" if isinstance(item, JobState) else f"journal {item.id}"


class OutcomesScreen(KoboScreen):
    """One job, change by change."""

    place: ClassVar[str] = "outcomes"
    BINDINGS = bindings("outcomes")

    def __init__(self, job: JobState | JobEntry) -> None:
        super().__init__()
        self.job = job

    def body(self) -> ComposeResult:
        yield Table(outcome_columns())

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Table).focus()
        self.show_where(f"{_('Jobs')} > {self.job.title}")
        if isinstance(self.job, JobEntry):
            self.read_entries(self.job.id)
        else:
            self._show_state(self.job)

    def _show_state(self, job: JobState) -> None:
        pairs = list(zip(job.plan.changes, job.outcomes, strict=True))
        self.query_one(Table).replace(ListSource(list(enumerate(pairs)), outcome_row))

    @work(thread=True, exclusive=True, group="journal")
    def read_entries(self, job: int) -> None:
        """The changes of a job of the journal."""
        from kobotui.changes.journal import Journal, JournalError

        try:
            journal = Journal(self.app.session.journal)
            try:
                entries = journal.entries(job)
            finally:
                journal.close()
        except JournalError as error:
            self.app.call_from_thread(self.failed, error)
            return
        self.app.call_from_thread(self._show_entries, entries)

    def _show_entries(self, entries: list[Entry]) -> None:
        rows = [(entry.position, (entry.change, entry.outcome)) for entry in entries]
        self.query_one(Table).replace(ListSource(rows, outcome_row))

    def job_changed(self, job: JobState) -> None:
        super().job_changed(job)
        if isinstance(self.job, JobState) and job.number == self.job.number:
            self.job = job
            self._show_state(job)
