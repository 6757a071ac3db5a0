"""What runs in the job thread for an app: jobs that write and transfers that fetch, and what the foot says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from kobotui.locale import ngettext

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from kobotui.jobs import Jobs, JobState
    from kobotui.transfers import Transfers, TransferState


class JobChanged(Message):
    """A job got on or ended; the newest report replaces older ones that wait."""

    def __init__(self, job: JobState) -> None:
        super().__init__()
        self.job = job

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, JobChanged) and message.job.number == self.job.number


class TransferChanged(Message):
    """A transfer got on or ended; the newest report replaces older ones that wait."""

    def __init__(self, transfer: TransferState) -> None:
        super().__init__()
        self.transfer = transfer

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, TransferChanged) and message.transfer.number == self.transfer.number


class Work:
    """The job thread is started with the first plan or transfer; reports come as messages to the app."""

    def __init__(self, app: KoboApp) -> None:
        self._app = app
        self._jobs: Jobs | None = None
        self._transfers: Transfers | None = None

    @property
    def jobs(self) -> Jobs:
        """The job thread."""
        if self._jobs is None:
            from kobotui.jobs import Jobs

            session = self._app.session
            self._jobs = Jobs(
                session.journal,
                session.token_of,
                self._job_reported,
                concurrency=session.settings.concurrency,
                keep_days=session.settings.journal_days,
                now=session.now,
            )
        return self._jobs

    @property
    def transfers(self) -> Transfers:
        """What is fetched in that thread."""
        if self._transfers is None:
            from kobotui.transfers import Transfers

            session = self._app.session
            self._transfers = Transfers(
                self.jobs,
                session.token_of,
                self._transfer_reported,
                session.now,
            )
        return self._transfers

    def _job_reported(self, job: JobState) -> None:
        """Called in the job thread; messages may be posted from there."""
        self._app.post_message(JobChanged(job))

    def _transfer_reported(self, transfer: TransferState) -> None:
        self._app.post_message(TransferChanged(transfer))

    @property
    def job_states(self) -> tuple[JobState, ...]:
        """The jobs of this run, without starting the thread."""
        return self._jobs.states if self._jobs else ()

    @property
    def transfer_states(self) -> tuple[TransferState, ...]:
        """The transfers of this run, without starting the thread."""
        return self._transfers.states if self._transfers else ()

    @property
    def running(self) -> int:
        """How many jobs and transfers are at work; not a job that has done all that has come to it."""
        jobs = sum(job.running and not job.idle for job in self.job_states)
        return jobs + sum(one.running for one in self.transfer_states)

    def text(self) -> str:
        """The right end of the foot: what runs, in numbers."""
        said = []
        if running := [job for job in self.job_states if job.running and not job.idle]:
            done, total = sum(job.settled for job in running), sum(job.total for job in running)
            text = ngettext("{n} job {done}/{total}", "{n} jobs {done}/{total}", len(running))
            said.append(text.format(n=len(running), done=done, total=total))
        if fetched := [one for one in self.transfer_states if one.running]:
            shares = [one.share or 0.0 for one in fetched]
            text = ngettext("{n} download {percent} %", "{n} downloads {percent} %", len(fetched))
            said.append(text.format(n=len(fetched), percent=int(100 * sum(shares) / len(shares))))
        return ", ".join(said)

    def close(self) -> None:
        """End everything; may take seconds."""
        if self._jobs:
            self._jobs.close()
