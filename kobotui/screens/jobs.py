"""Jobs: plans and transfers of this run, and what the journal knows of earlier plans and of other consoles'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.action import Target
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
from kobotui.screens.transfer_rows import transfer_row, transfer_text
from kobotui.transfers import TransferState
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

Item = JobState | PastJob | TransferState

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
        self.table.focus()
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
            self.after(LOOK_EVERY, self.look)

    def _show(self) -> None:
        states = self.app.job_states
        latest = {job.journal_id: job for job in reversed(states)}
        mine = [job for job in states if latest[job.journal_id] is job or job.journal_id is None]
        begun: list[JobState | TransferState] = [*mine, *self.app.work.transfer_states]
        begun.sort(key=lambda one: one.begun, reverse=True)
        items: list[Item] = [*begun, *(job for job in self._past if job.entry.id not in latest)]
        now = self.app.session.now()
        undone = {job.entry.id for job in self._past if job.taken_back}
        self.table.replace(
            ListSource(
                items,
                partial(_row, now=now, undone=undone),
                _key,
            )
        )
        running = self.app.work.running
        self.show_where(_("Jobs"), ngettext("{n} running", "{n} running", running).format(n=running) if running else "")
        self.show_keys()

    def job_changed(self, job: JobState) -> None:
        super().job_changed(job)
        self._show()

    def job_ended(self, job: JobState) -> None:
        super().job_ended(job)
        self.look()

    def transfer_changed(self, transfer: TransferState) -> None:
        super().transfer_changed(transfer)
        self._show()

    def _item(self) -> Item | None:
        table = self.table
        source = table.source
        assert isinstance(source, ListSource)
        return source.items[table.cursor_index] if len(source) else None

    def job(self) -> JobState | PastJob | None:
        item = self._item()
        return item if isinstance(item, JobState | PastJob) else None

    def targets(self) -> Sequence[Target]:
        item = self._item()
        return (Target(item.title),) if isinstance(item, TransferState) else super().targets()

    def do_open(self) -> None:
        """What became of each change; of a transfer, its files."""
        from kobotui.screens.outcomes import OutcomesScreen
        from kobotui.widgets.message_box import MessageBox

        item = self._item()
        if isinstance(item, TransferState) and item.received and item.received.instead:
            from kobotui.screens.export_flows import offer_instead

            self.run_flow(offer_instead, self, item)
        elif isinstance(item, TransferState):
            self.app.push_screen(MessageBox(item.title, *transfer_text(item)))
        elif item:
            self.app.push_screen(OutcomesScreen(item))

    def do_stop(self) -> None:
        item = self._item()
        if isinstance(item, TransferState) and item.running:
            self.app.work.transfers.stop(item.number)
        else:
            super().do_stop()

    def do_refresh(self) -> None:
        self.look()


def _row(item: Item, now: datetime, undone: set[int]) -> Row:
    if isinstance(item, TransferState):
        return transfer_row(item, now)
    if isinstance(item, JobState):
        return job_row(item, now, taken_back=item.journal_id in undone)
    return past_row(item.entry, now, elsewhere=item.elsewhere, taken_back=item.taken_back)


def _key(item: Item) -> str:
    if isinstance(item, TransferState):
        return f"fetch {item.number}"
    return f"run {item.number}" if isinstance(item, JobState) else f"journal {item.entry.id}"
