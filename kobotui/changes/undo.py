"""Taking a job back: the inverse plan of what it has done, reviewed and applied like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.kinds import AnyChange, step_of
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.submissions import DeleteSubmission
from kobotui.locale import _, ngettext

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.changes.journal import JobEntry, Journal
    from kobotui.model.account import Account


def taken_back(jobs: Sequence[JobEntry]) -> set[int]:
    """The jobs that another one has taken back."""
    return {job.undoes for job in jobs if job.done and job.undoes is not None}


def last_done(jobs: Sequence[JobEntry], account: Account) -> JobEntry | None:
    """The newest job of an account that did something and was not taken back; ``jobs`` come newest first."""
    gone = taken_back(jobs)
    return next(
        (
            job
            for job in jobs
            if job.done
            and job.undoes is None
            and job.id not in gone
            and job.account == account.name
            and job.server.rstrip("/") == account.server.rstrip("/")
        ),
        None,
    )


def undo_plan(journal: Journal, job: int) -> Plan:
    """The inverse of what a job has done, the last change first; what cannot be taken back is a warning.

    Raises ``JournalError`` for a job the journal does not know.
    """
    entry = journal.job(job)
    changes: list[AnyChange] = []
    reasons: list[str] = []
    for done in reversed(journal.entries(job)):
        if done.outcome.state is not State.DONE:
            continue
        inverse = done.change.inverse(done.outcome)
        if isinstance(inverse, Impossible):
            text = _("Not taken back: {change}. {reason}")
            reasons.append(text.format(change=_named(done.change), reason=inverse.reason))
        else:
            changes.append(inverse)  # type: ignore[arg-type]
    return Plan(
        title=_("Undo: {title}").format(title=entry.title),
        account=entry.account,
        server=entry.server,
        changes=tuple(changes),
        warnings=tuple(reasons),
    )


async def with_what_came_since(kobo: KoboClient, plan: Plan) -> Plan:
    """An undo plan whose deletions know what their things have gained since they were made, so that the review asks.

    What is gone already is left out, and said. Raises ``KoboError``.
    """
    from kobotui.api.errors import NotFound

    changes: list[AnyChange] = []
    warnings = list(plan.warnings)
    for change in plan.changes:
        if not change.destroys:
            changes.append(change)
            continue
        try:
            found = await step_of([change]).rebased(kobo, force=False)
        except NotFound:
            found = ()
        changes += found
        if not found:
            warnings.append(_("Gone already: {change}").format(change=_named(change)))
        elif isinstance(change, DeleteSubmission) and list(found) != [change]:
            warnings.append(_("Corrected since, and deleted all the same: {change}").format(change=_named(change)))
    return structs.replace(plan, changes=tuple(changes), warnings=tuple(warnings))


def again_plan(journal: Journal, job: int, *states: State) -> Plan:
    """The changes of a job that ended so, as they were: to try once more."""
    entry = journal.job(job)
    return Plan(
        title=_("Again: {title}").format(title=entry.title),
        account=entry.account,
        server=entry.server,
        changes=tuple(done.change for done in journal.entries(job) if done.outcome.state in states),
    )


async def rebased_plan(kobo: KoboClient, plan: Plan, *, force: bool) -> Plan:
    """The same intentions from the server's state of now; what is gone or done already is left out, and said.

    ``force``: end in exactly the state that was wanted; otherwise what others did meanwhile is kept as far
    as it concerns something else. Raises ``KoboError``.
    """
    anew: list[AnyChange] = []
    left_out = 0
    for change in plan.changes:
        found = await step_of([change]).rebased(kobo, force=force)
        anew += found
        left_out += not found
    warnings = plan.warnings
    if left_out:
        text = ngettext(
            "{n} change is done already, or what it touched is gone.",
            "{n} changes are done already, or what they touched is gone.",
            left_out,
        )
        warnings = (*warnings, text.format(n=left_out))
    return Plan(title=plan.title, account=plan.account, server=plan.server, changes=tuple(anew), warnings=warnings)


def undo_summary(changes: Sequence[Change]) -> str:
    """What undo will give back, in a sentence: exactly, equivalently, not at all."""
    counts = {undo: sum(change.undo is undo for change in changes) for undo in Undo}
    parts = []
    if n := counts[Undo.EXACT]:
        parts.append(ngettext("{n} exactly", "{n} exactly", n).format(n=n))
    if n := counts[Undo.EQUIVALENT]:
        parts.append(ngettext("{n} equivalently", "{n} equivalently", n).format(n=n))
    if n := counts[Undo.IMPOSSIBLE]:
        parts.append(ngettext("{n} not at all", "{n} not at all", n).format(n=n))
    return _("Undo gives back: {parts}").format(parts=", ".join(parts))


def _named(change: Change) -> str:
    return f"{change.project_name}: {change.line()}" if change.project_name else change.line()
