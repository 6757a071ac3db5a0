"""The keys of Jobs and of one job: they speak of the job under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from kobotui.action import Target
from kobotui.changes.journal import JobEntry
from kobotui.jobs import JobState
from kobotui.locale import _
from kobotui.screens import job_flows
from kobotui.screens.base import KoboScreen


@dataclass(frozen=True, slots=True)
class PastJob:
    """A job of the journal that is not of this run."""

    entry: JobEntry
    elsewhere: bool = False
    """Another kobotui works on it."""
    taken_back: bool = False


class JobActions(KoboScreen):
    """A screen mixes this in before its other bases and says in :meth:`job` which one is meant."""

    def job(self) -> JobState | PastJob | None:
        """The job that the keys speak of."""
        raise NotImplementedError

    def targets(self) -> Sequence[Target]:
        job = self.job()
        return () if job is None else (Target(job.title if isinstance(job, JobState) else job.entry.title),)

    def _journal_id(self) -> int | None:
        """Its number in the journal; says why there is none."""
        job = self.job()
        found = job.journal_id if isinstance(job, JobState) else job.entry.id if job else None
        if found is None:
            text = _("This job has not been written down: nothing was sent.")
            self.flash(text if job else _("An export changes nothing on the server."), "warning")
        return found

    def do_pause(self) -> None:
        """Begin no further step, or go on."""
        job = self.job()
        if isinstance(job, JobState) and job.running:
            self.app.jobs.pause(job.number, not job.paused)
        else:
            self.flash(_("This job is not running here."), "warning")

    def do_stop(self) -> None:
        """Let the job end after its current steps."""
        job = self.job()
        if isinstance(job, JobState) and job.running:
            self.app.jobs.stop(job.number)
        elif isinstance(job, PastJob) and job.elsewhere:
            self.run_flow(job_flows.stop_elsewhere, self, job.entry)
        else:
            self.flash(_("This job is not running."), "warning")

    def do_go_on(self) -> None:
        """Go on with what is open."""
        if (job := self._journal_id()) is not None:
            self.run_flow(job_flows.go_on, self, job)

    def do_give_up(self) -> None:
        """Count an unfinished job as ended: the next start does not ask about it."""
        job = self.job()
        if isinstance(job, PastJob) and job.entry.unfinished and not job.elsewhere:
            self.run_flow(self._give_up, job.entry)
        else:
            self.flash(_("Only a job that was not finished can be given up."), "warning")

    async def _give_up(self, entry: JobEntry) -> None:
        text = _("Leave the {n} open changes of “{title}” undone? What was done stays.")
        if await self.confirm(text.format(n=entry.open, title=entry.title)):
            await asyncio.wrap_future(self.app.jobs.give_up(entry.id))
            self.do_refresh()

    def do_retry(self) -> None:
        """Review once more what failed, alone."""
        if (job := self._settled()) is not None:
            self.run_flow(job_flows.retry, self, job)

    def do_rebase(self) -> None:
        """Plan the conflicts anew: the same difference, made to what is there now."""
        if (job := self._settled()) is not None:
            self.run_flow(job_flows.settle_conflicts, self, job, force=False)

    def do_force(self) -> None:
        """Plan the conflicts anew: exactly the state that was wanted."""
        if (job := self._settled()) is not None:
            self.run_flow(job_flows.settle_conflicts, self, job, force=True)

    def do_undo(self) -> None:
        """Review the inverse of this job."""
        if (job := self._settled()) is not None:
            self.run_flow(job_flows.undo, self, job)

    def do_save(self) -> None:
        """The result as CSV."""
        if (job := self._journal_id()) is not None:
            self.run_flow(job_flows.save_result, self, job)

    def _settled(self) -> int | None:
        """The journal's number of a job at which nobody works; says why there is none."""
        job = self.job()
        if (isinstance(job, JobState) and job.running) or (isinstance(job, PastJob) and job.elsewhere):
            self.flash(_("This job is still running: S stops it."), "warning")
            return None
        return self._journal_id()
