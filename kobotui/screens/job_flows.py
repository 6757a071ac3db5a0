"""What can be done with a job of the journal: take it back, try again, go on, settle conflicts, save the result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec import structs

from kobotui.changes.deletions import keeping
from kobotui.changes.journal import JobEntry, Journal, opened
from kobotui.changes.lock import JobLock, works_elsewhere
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.undo import again_plan, last_done, rebased_plan, undo_plan, with_what_came_since
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import KoboScreen

if TYPE_CHECKING:
    from kobotui.model.account import Account

T = TypeVar("T")


class WrongAccount(LocalError):
    """A job belongs to an account that is not in use, or not saved any more."""


async def read_journal(screen: KoboScreen, read: Callable[[Journal], T]) -> T:
    """What ``read`` finds in the journal, in a thread and through a connection of its own. Raises ``JournalError``."""

    def work() -> T:
        with opened(screen.app.session.journal) as journal:
            return read(journal)

    return await asyncio.to_thread(work)


async def undo(screen: KoboScreen, job: int | None = None) -> None:
    """Review the inverse of a job, or of the last one, and apply it. Raises ``KoboError`` and ``LocalError``."""
    app = screen.app
    account = app.session.account
    if account is None or not app.session.journal.exists():
        screen.flash(_("There is nothing to take back."), "warning")
        return
    if job is None:
        last = last_done(await read_journal(screen, Journal.jobs), account)
        if last is None:
            screen.flash(_("There is nothing to take back."), "warning")
            return
        job = last.id
    if any(state.running and state.journal_id == job for state in app.job_states):
        screen.flash(_("This job is still running: S in Jobs stops it."), "warning")
        return
    entry, plan = await read_journal(screen, lambda journal: (journal.job(job), undo_plan(journal, job)))
    _must_be_in_use(account, entry)
    plan = structs.replace(plan, changes=keeping(plan.changes, app.session.settings.keep_deleted))
    plan = await with_what_came_since(await screen.kobo(), plan)
    if not plan.changes:
        reason = plan.warnings[0] if plan.warnings else _("Nothing of it was done.")
        screen.flash(_("“{title}” cannot be taken back. {why}").format(title=shown(entry.title), why=reason), "warning")
        return
    await app.propose_plan(screen, plan, undoes=job)


async def retry(screen: KoboScreen, job: int) -> None:
    """Review once more what failed, alone. Raises ``KoboError`` and ``LocalError``."""
    await _again(screen, job, State.FAILED, _("Nothing of this job failed."))


async def settle_conflicts(screen: KoboScreen, job: int, *, force: bool) -> None:
    """Plan what ended as a conflict anew from the server's state of now. Raises ``KoboError`` and ``LocalError``.

    ``force``: end in exactly the state that was wanted; else only the intended difference is made.
    """
    plan = await _what_ended(screen, job, State.CONFLICT, _("Nothing of this job is in conflict."))
    if plan is None:
        return
    n = len(plan.changes)
    screen.flash(
        ngettext("Reading what {n} change is about ...", "Reading what {n} changes are about ...", n).format(n=n)
    )
    plan = await rebased_plan(await screen.kobo(), plan, force=force)
    screen.flash("")
    if plan.changes:
        await screen.app.propose_plan(screen, plan)
    else:
        screen.flash(_("Nothing is left to do: it is as wanted already, or gone."))


async def _again(screen: KoboScreen, job: int, state: State, nothing: str) -> None:
    if plan := await _what_ended(screen, job, state, nothing):
        await screen.app.propose_plan(screen, plan)


async def _what_ended(screen: KoboScreen, job: int, state: State, nothing: str) -> Plan | None:
    entry, plan = await read_journal(screen, lambda journal: (journal.job(job), again_plan(journal, job, state)))
    _must_be_in_use(screen.app.session.account, entry)
    if not plan.changes:
        screen.flash(nothing, "warning")
        return None
    return plan


def _must_be_in_use(account: Account | None, job: JobEntry) -> None:
    if account is None or (account.name, account.server.rstrip("/")) != (job.account, job.server.rstrip("/")):
        text = _("“{title}” was done as {account}: switch to that account first.")
        raise WrongAccount(text.format(title=job.title, account=job.account))


async def go_on(screen: KoboScreen, job: int) -> None:
    """Go on with a job that was cut off or stopped, with the account it began with. Raises ``LocalError``."""
    app = screen.app
    entry, plan = await read_journal(screen, lambda journal: (journal.job(job), journal.plan(job)))
    if any(state.running and state.journal_id == job for state in app.job_states):
        screen.flash(_("This job is running."), "warning")
    elif not entry.open:
        screen.flash(_("Nothing of this job is open."), "warning")
    elif await asyncio.to_thread(works_elsewhere, app.session.journal, entry):
        screen.flash(_("Another kobotui is working on it."), "warning")
    else:
        app.jobs.resume(job, plan, _account_of(screen, entry))


def _account_of(screen: KoboScreen, job: JobEntry) -> Account:
    account = screen.app.session.account
    if account and account.name == job.account:
        return account
    for saved in screen.app.session.accounts:
        if saved.name == job.account:
            return saved
    raise WrongAccount(
        _("“{title}” was done as {account}, which is not saved here.").format(title=job.title, account=job.account)
    )


async def stop_elsewhere(screen: KoboScreen, job: JobEntry) -> None:
    """Ask another kobotui to end a job after the current step. Raises ``LocalError``."""
    journal = screen.app.session.journal
    if await asyncio.to_thread(works_elsewhere, journal, job):
        await asyncio.to_thread(JobLock(journal, job.mark).ask_to_stop)
        screen.flash(_("The other kobotui was asked to stop after its step."))
    else:
        screen.flash(_("This job is not running."), "warning")


async def save_result(screen: KoboScreen, job: int) -> None:
    """What became of each change, as CSV. Raises ``LocalError``."""
    from kobotui.changes.result import HEADING, result_rows
    from kobotui.exports.plain_csv import csv_bytes
    from kobotui.paths import write_private
    from kobotui.screens.files import ask_target, download_directory, free_path

    entry, entries = await read_journal(screen, lambda journal: (journal.job(job), journal.entries(job)))
    path = await ask_target(screen, free_path(download_directory(), entry.title, ".csv"))
    if path is not None:
        await asyncio.to_thread(write_private, path, csv_bytes(HEADING, result_rows(entries)))
        screen.flash(_("Saved {path}").format(path=path))


async def offer_to_go_on(screen: KoboScreen) -> None:
    """At the start: say which jobs an earlier run left unfinished, and offer to go on. Raises ``LocalError``."""
    journal = screen.app.session.journal
    if not journal.exists():
        return

    def left(book: Journal) -> list[JobEntry]:
        return [job for job in book.jobs() if job.ended is None and not works_elsewhere(journal, job)]

    account = screen.app.session.account
    jobs = await read_journal(screen, left)
    found = [job for job in jobs if job.unfinished]
    for job in jobs:
        if not job.unfinished:  # cut off when nothing of it was open
            screen.app.jobs.give_up(job.id)
    if found and account is not None and account.read_only:
        screen.flash(_("A job was not finished: J shows it. This account is read only."), "warning")
    elif len(found) > 1:
        screen.flash(_("{n} jobs were not finished: J shows them.").format(n=len(found)), "warning")
    elif found:
        (job,) = found
        text = _("“{title}” was not finished: {open} of {total} changes are open. Go on with it?")
        said = text.format(title=job.title, open=number(job.open), total=number(job.total))
        if await screen.confirm(said):
            await go_on(screen, job.id)
        else:
            screen.flash(_("It waits in Jobs (J)."))
