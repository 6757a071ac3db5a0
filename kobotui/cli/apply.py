"""``kobotui apply``, ``resume``, ``undo`` and ``retry``: plans without a screen, by the same way as from one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.accounts import account_on
from kobotui.api.client import KoboClient
from kobotui.api.errors import ReadOnlyAccount
from kobotui.changes import planfile
from kobotui.changes.ahead import look_ahead
from kobotui.changes.apply import Application
from kobotui.changes.deletions import keeping
from kobotui.changes.journal import Entry
from kobotui.changes.lock import works_elsewhere
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import State
from kobotui.changes.undo import again_plan, undo_plan, with_what_came_since
from kobotui.cli.agree import agree
from kobotui.cli.journal import must_rest, opened_journal, write_entries, write_jobs
from kobotui.cli.output import FAILED, OK, REFUSED, Refused, complain
from kobotui.cli.work import carry_out, worth
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.secrets import find_token

if TYPE_CHECKING:
    import argparse

    from kobotui.changes.apply import Report
    from kobotui.changes.journal import JobEntry, Journal
    from kobotui.changes.plan import Plan
    from kobotui.model.account import Account
    from kobotui.settings import Settings


def apply(arguments: argparse.Namespace, settings: Settings) -> int:
    """Apply the plan in a file."""
    plan = planfile.read(Path(arguments.file))
    return carry_out_plan(plan, account_for(plan, arguments), arguments, settings)


def undo(arguments: argparse.Namespace, settings: Settings) -> int:
    """Apply the inverse of a job, or write it into a file."""
    with opened_journal() as book:
        job = book.job(arguments.job)
        must_rest(book, job)
        plan = undo_plan(book, job.id)
    plan = structs.replace(plan, changes=keeping(plan.changes, settings.keep_deleted))
    account = account_for(job, arguments)
    plan = asyncio.run(_as_it_is_now(plan, account))
    if not plan.changes:
        for warning in plan.warnings:
            complain(warning)
        why = _("There is nothing to take back.") if plan.warnings else _("Nothing of it was done.")
        complain(_("Job {id}: {why}").format(id=job.id, why=why))
        return FAILED if plan.warnings else OK
    if arguments.write:
        return _write(plan, Path(arguments.write))
    return carry_out_plan(plan, account, arguments, settings, undoes=job.id)


def retry(arguments: argparse.Namespace, settings: Settings) -> int:
    """Apply once more what failed in a job, alone."""
    with opened_journal() as book:
        job = book.job(arguments.job)
        must_rest(book, job)
        plan = again_plan(book, job.id, State.FAILED)
    if not plan.changes:
        complain(_("Nothing of this job failed."))
        return OK
    return carry_out_plan(plan, account_for(job, arguments), arguments, settings)


def resume(arguments: argparse.Namespace, settings: Settings) -> int:
    """Go on with a job that was cut off or stopped; without a number, with the only one that is not finished."""
    with opened_journal() as book:
        if arguments.job is None:
            unfinished = [job for job in book.jobs() if job.unfinished]
            running = {job.id for job in unfinished if works_elsewhere(book.path, job)}
            waiting = [job for job in unfinished if job.id not in running]
            if len(waiting) != 1:
                return _which(unfinished, running, len(waiting), book)
            (job,) = waiting
        else:
            job = book.job(arguments.job)
            must_rest(book, job)
        if not job.open:
            complain(_("Nothing of this job is open."))
            return OK
        account = account_for(job, arguments)

        def begin(known: Account, journal: Journal, report: Report) -> Application:
            return Application.resume(job.id, known, journal, report)

        _refuse_read_only(account)
        return carry_out(account, book.plan(job.id), book, begin, arguments, settings)


def _which(unfinished: list[JobEntry], running: set[int], waiting: int, book: Journal) -> int:
    """There is no single job to go on with: what there is."""
    if unfinished:
        write_jobs(unfinished, running, set())
    if waiting:
        complain(_("{n} jobs are not finished. Say which: kobotui resume NUMBER").format(n=waiting))
        return REFUSED
    complain(_("No job is waiting to be gone on with."))
    if stopped := next((job for job in book.jobs() if not job.unfinished and job.open), None):
        text = _("Job {id} was stopped before its end; kobotui resume {id} goes on with it.")
        complain(text.format(id=stopped.id))
    return OK


def account_for(planned: Plan | JobEntry, arguments: argparse.Namespace) -> Account:
    """The account for a plan or job, by name, else by server."""
    account = account_on(planned.server, planned.account, arguments.account)
    if account.name != planned.account and not arguments.account:
        text = _("The account {name} is not saved here; {other} is used, which is on the same server.")
        complain(text.format(name=planned.account, other=account.name))
    return structs.replace(account, read_only=True) if arguments.read_only else account


def _refuse_read_only(account: Account) -> None:
    if account.read_only:
        raise ReadOnlyAccount(account.name)


def carry_out_plan(
    plan: Plan, account: Account, arguments: argparse.Namespace, settings: Settings, *, undoes: int | None = None
) -> int:
    """Look ahead, or ask and apply."""
    plan = structs.replace(plan, account=account.name, server=account.server)
    if arguments.dry_run:
        return _look(plan, account, arguments, settings)
    _refuse_read_only(account)
    agree(plan, account, arguments)

    def begin(known: Account, journal: Journal, report: Report) -> Application:
        return Application.begin(plan, known, journal, report, undoes=undoes)

    with opened_journal() as book:
        book.prune(settings.journal_days)
        return carry_out(account, plan, book, begin, arguments, settings)


def _look(plan: Plan, account: Account, arguments: argparse.Namespace, settings: Settings) -> int:
    """What would become of the plan; the exit code is that of applying it, as far as can be told."""
    concurrency = arguments.concurrency or settings.concurrency
    outcomes = asyncio.run(look_ahead(plan, account, find_token(account).token, concurrency=concurrency))
    pairs = enumerate(zip(plan.changes, outcomes, strict=True))
    write_entries(None, [Entry(n, n, change, outcome, None, None) for n, (change, outcome) in pairs], arguments.format)
    left = [outcome for outcome in outcomes if outcome.state is not State.WAITING]
    text = _("Nothing was sent. Of {total} changes {n} would be made.")
    complain(text.format(total=number(len(outcomes)), n=number(len(outcomes) - len(left))))
    return worth(left)


async def _as_it_is_now(plan: Plan, account: Account) -> Plan:
    if not any(change.destroys or isinstance(change, SubmitRecord) for change in plan.changes):
        return plan
    async with KoboClient(account, find_token(account).token) as kobo:
        return await with_what_came_since(kobo, plan)


def _write(plan: Plan, path: Path) -> int:
    if path.exists():
        raise Refused(_("{path} is there already.").format(path=path))
    planfile.write(plan, path)
    complain(_("Written: {path}. Nothing is sent; kobotui apply does it.").format(path=path))
    return OK
