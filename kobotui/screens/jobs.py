"""Jobs: those of this run, and what the journal knows of earlier and of other ones."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.changes.journal import Journal
from kobotui.changes.lock import works_elsewhere
from kobotui.changes.undo import taken_back
from kobotui.jobs import JobState
from kobotui.locale import _, ngettext
from kobotui.paths import LocalError
from kobotui.screens.base import bindings
from kobotui.screens.job_actions import JobActions, PastJob
from kobotui.screens.job_flows import read_journal
from kobotui.screens.job_rows import job_columns, job_row, past_row
from kobotui.widgets.rows import ListSource
from kobotui.widgets.table import Table

LOOK_EVERY = 2.0
"""Seconds between two looks into the journal while another kobotui works on a job."""


class JobsScreen(JobActions):
    """Running and finished jobs, newest first."""

    place: ClassVar[str] = "jobs"
    BINDINGS = bindings("jobs")

    def __init__(self) -> None:
        super().__init__()
        self._past: list[PastJob] = []

    def body(self) -> ComposeResult:
        yield Table(job_columns(), empty=_("No job has run yet. Changes you make are listed here."))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Table).focus()
        self._show()
        self.look()

    @work(exclusive=True, group="journal")
    async def look(self) -> None:
        """Read the journal, through a connection of its own."""
        path = self.app.session.journal
        if not path.exists():
            return

        def past(journal: Journal) -> list[PastJob]:
            jobs = journal.jobs()
            gone = taken_back(jobs)
            return [PastJob(job, works_elsewhere(path, job), job.id in gone) for job in jobs]

        try:
            self._past = await read_journal(self, past)
        except LocalError as error:
            self.failed(error)
            return
        self._show()
        mine = {job.journal_id for job in self.app.job_states if job.running}
        if any(job.elsewhere and job.entry.id not in mine for job in self._past):
            self.set_timer(LOOK_EVERY, self.look)

    def _show(self) -> None:
        states = self.app.job_states
        latest = {job.journal_id: job for job in reversed(states)}
        mine = [job for job in states if latest[job.journal_id] is job or job.journal_id is None]
        items: list[JobState | PastJob] = [*mine, *(job for job in self._past if job.entry.id not in latest)]
        now = self.app.session.now()
        undone = {job.entry.id for job in self._past if job.taken_back}
        self.query_one(Table).replace(
            ListSource(
                items,
                lambda job: (
                    job_row(job, now, taken_back=job.journal_id in undone)
                    if isinstance(job, JobState)
                    else past_row(job.entry, now, elsewhere=job.elsewhere, taken_back=job.taken_back)
                ),
                _key,
            )
        )
        running = sum(job.running for job in states)
        self.show_where(_("Jobs"), ngettext("{n} running", "{n} running", running).format(n=running) if running else "")
        self.show_keys()

    def job_changed(self, job: JobState) -> None:
        super().job_changed(job)
        self._show()

    def job_ended(self, job: JobState) -> None:
        super().job_ended(job)
        self.look()

    def job(self) -> JobState | PastJob | None:
        table = self.query_one(Table)
        source = table.source
        assert isinstance(source, ListSource)
        return source.items[table.cursor_index] if len(source) else None

    def do_open(self) -> None:
        """What became of each change."""
        from kobotui.screens.outcomes import OutcomesScreen

        if job := self.job():
            self.app.push_screen(OutcomesScreen(job))

    def do_refresh(self) -> None:
        self.look()


def _key(item: JobState | PastJob) -> str:
    return f"run {item.number}" if isinstance(item, JobState) else f"journal {item.entry.id}"
