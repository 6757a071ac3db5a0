"""``kobotui journal``: the jobs of this machine, or one of them change by change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from kobotui import paths
from kobotui.changes.journal import Journal, opened
from kobotui.changes.lock import JobLock, LockError, works_elsewhere
from kobotui.changes.result import HEADING, ending_of, progress, result_rows, state_label
from kobotui.changes.undo import taken_back
from kobotui.cli.output import OK, JsonList, Refused, complain, write_csv, write_table
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import day_and_time, parsed
from kobotui.locale import _

if TYPE_CHECKING:
    import argparse

    from kobotui.changes.journal import Entry, JobEntry

JOB_HEADING = (
    "id", "title", "account", "server", "created", "ended", "undoes", "total", "done", "failed", "conflicts",
    "doubtful", "running_elsewhere", "taken_back",
)  # fmt: skip
"""Names of columns and values for programs are the same in every language."""


def journal(arguments: argparse.Namespace) -> int:
    """List the jobs, show one, or ask another kobotui to stop it."""
    if arguments.stop and arguments.job is None:
        raise Refused(_("--stop needs the number of a job."))
    with opened_journal() as book:
        if arguments.job is None:
            _write_jobs(book, arguments.format)
        elif arguments.stop:
            _stop(book, book.job(arguments.job))
        else:
            book.job(arguments.job)
            write_entries(arguments.job, book.entries(arguments.job), arguments.format, full=True)
    return OK


@contextmanager
def opened_journal() -> Iterator[Journal]:
    """The journal of this machine, with a word where something does not work in its place."""
    with opened(paths.journal_file()) as book:
        if book.warning:
            complain(book.warning)
        yield book


def must_rest(book: Journal, job: JobEntry) -> None:
    """Raise ``Refused`` when another kobotui works on the job."""
    if works_elsewhere(book.path, job):
        text = _("Another kobotui is working on job {id}; this asks it to stop: {command}")
        raise Refused(text.format(id=job.id, command=f"kobotui journal {job.id} --stop"))


def _stop(book: Journal, job: JobEntry) -> None:
    if not works_elsewhere(book.path, job):
        raise Refused(_("Job {id} is not running.").format(id=job.id))
    JobLock(book.path, job.mark).ask_to_stop()
    complain(_("The other kobotui was asked to stop after its step."))


def _elsewhere(book: Journal, job: JobEntry) -> bool:
    with suppress(LockError):  # where locks do not work, nobody works
        return works_elsewhere(book.path, job)
    return False


# The list


def _write_jobs(book: Journal, wanted: str | None) -> None:
    jobs = book.jobs()
    if not jobs:
        complain(_("No job has run yet. Changes you make are listed here."))
    gone = taken_back(jobs)
    running = {job.id for job in jobs if _elsewhere(book, job)}
    values = ({**msgspec.to_builtins(job), "running_elsewhere": job.id in running, "taken_back": job.id in gone}
              for job in jobs)  # fmt: skip
    if wanted == "json":
        with JsonList() as out:
            for value in values:
                out.write({name: value[name] for name in JOB_HEADING})
    elif wanted == "csv":
        write_csv(JOB_HEADING, ([value[name] for name in JOB_HEADING] for value in values))
    elif jobs:
        write_jobs(jobs, running, gone)


def write_jobs(jobs: Sequence[JobEntry], running: set[int], gone: set[int]) -> None:
    """Jobs as a table, the newest first; ``running`` elsewhere, ``gone``: taken back."""
    columns = (
        Column("id", _("No."), 5, right=True),
        Column("when", _("When"), 12),
        Column("state", _("State"), 22),
        Column("count", _("Changes"), 14, right=True),
        Column("account", _("Account"), 12),
        Column("title", _("Job"), 24),
    )
    write_table(columns, (_job_cells(job, job.id in running, job.id in gone) for job in jobs))


def _job_cells(job: JobEntry, running: bool, gone: bool) -> tuple[Cell, ...]:
    state, style = ending_of(job, elsewhere=running, taken_back=gone)
    return (
        Cell(str(job.id)),
        Cell(_when(job.created)),
        Cell(state, style),
        Cell(progress(job.done, job.total)),
        Cell(job.account),
        Cell(job.title),
    )


def _when(moment: str | None) -> str:
    found = parsed(moment)
    return day_and_time(found, datetime.now(UTC)) if found else ""


# One job


def write_entries(job: int | None, entries: Sequence[Entry], wanted: str | None, *, full: bool = False) -> None:
    """What became of each change; a table has ``full``: the states before and after, and when it ended."""
    if wanted == "json":
        with JsonList() as out:
            for row in result_rows(entries):
                out.write({"job": job, **dict(zip(HEADING, row, strict=True))})
    elif wanted == "csv":
        write_csv(HEADING, result_rows(entries))
    else:
        columns = _entry_columns(full)
        write_table(columns, ([_entry_cells(entry)[column.key] for column in columns] for entry in entries))


def _entry_columns(full: bool) -> tuple[Column, ...]:
    state, project = Column("state", _("State"), 10), Column("project", _("Project"), 22)
    change, reason = Column("change", _("Change"), 18), Column("reason", _("Reason"), 20)
    if not full:
        return state, project, change, reason
    before, after = Column("before", _("Before"), 18), Column("after", _("After"), 18)
    return state, Column("when", _("When"), 12), project, change, before, after, reason


def _entry_cells(entry: Entry) -> dict[str, Cell]:
    change, outcome = entry.change, entry.outcome
    return {
        "state": Cell(state_label(outcome.state)),
        "when": Cell(_when(entry.ended or entry.started)),
        "project": Cell(change.project_name),
        "change": Cell(f"{change.sign} {change.line()}"),
        "before": Cell(change.before_text()),
        "after": Cell(change.after_text()),
        "reason": Cell(outcome.reason),
    }
