"""Taking a job back: the inverse plan of what it has done, reviewed and applied like any other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.deletions import DeleteSubmission, lost_rules
from kobotui.changes.kinds import AnyChange, grouped, step_of
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.resubmissions import ResubmitRecord
from kobotui.changes.revisions import Revisions
from kobotui.changes.submissions import EditAnswers, SetValidation
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

    What failed and left a trace on the server is taken back, too. ``with_what_came_since`` comes before the review.
    Raises ``JournalError`` for a job the journal does not know.
    """
    entry = journal.job(job)
    entries = journal.entries(job)
    warnings = [
        _("Job {id} has taken this back already, or part of it.").format(id=other) for other in journal.undone_by(job)
    ]
    revisions = Revisions()
    for done in entries:
        revisions.note(done.change, done.outcome)
    changes: list[AnyChange] = []
    for done in reversed(entries):
        if done.outcome.state in (State.DOUBT, State.RUNNING):
            text = _("In doubt, and not taken back; go on with the job first: {change}")
            warnings.append(text.format(change=_named(done.change)))
        elif done.outcome.state is State.DONE or (done.outcome.state is State.FAILED and done.outcome.image):
            inverse = done.change.inverse(done.outcome)
            if isinstance(inverse, Impossible):
                text = _("Not taken back: {change}. {reason}")
                warnings.append(text.format(change=_named(done.change), reason=inverse.reason))
            else:
                changes.append(_in_turn(inverse, revisions))
    return Plan(
        title=_("Undo: {title}").format(title=entry.title),
        account=entry.account,
        server=entry.server,
        changes=_in_one_go(changes),
        warnings=tuple(warnings),
    )


def _in_turn(inverse: Change, revisions: Revisions) -> AnyChange:
    """The inverse as it finds the record when those of the later changes have been applied."""
    if isinstance(inverse, EditAnswers | ResubmitRecord | DeleteSubmission):
        return structs.replace(inverse, uuid=revisions.latest(inverse.uuid))
    return cast("AnyChange", inverse)


def _in_one_go(changes: Sequence[AnyChange]) -> tuple[AnyChange, ...]:
    """A record whose status was set again and again goes back to the first one at once; nothing where it is there."""
    found: list[AnyChange] = []
    places: dict[tuple[str, int], int] = {}
    for change in changes:
        if isinstance(change, SetValidation):
            place = places.setdefault((change.project, change.record), len(found))
            last = found[place] if place < len(found) else None
            if isinstance(last, SetValidation) and last.after == change.before:
                found[place] = structs.replace(last, after=change.after)
                continue
            if last is not None:  # somebody else set one between
                change = structs.replace(change, stamp=None)
                places[change.project, change.record] = len(found)
        found.append(change)
    return tuple(
        change for change in found if not (isinstance(change, SetValidation) and change.after == change.before)
    )


async def with_what_came_since(kobo: KoboClient, plan: Plan) -> Plan:
    """An undo plan whose deletions know what their things have gained since they were made, so that the review asks.

    What is gone already is left out, and said; so is which row rules no longer match what is restored. Raises
    ``KoboError``.
    """
    from kobotui.api.errors import NotFound

    changes: list[AnyChange] = []
    warnings = list(plan.warnings)
    for change in plan.changes:
        if not change.destroys:
            changes.append(change)
            continue
        found = await _rebased(kobo, [change], force=False)
        changes += found
        if not found:
            warnings.append(_("Gone already: {change}").format(change=_named(change)))
        elif isinstance(change, DeleteSubmission) and found != [change]:
            warnings.append(_("Corrected since, and deleted all the same: {change}").format(change=_named(change)))
    submitters: dict[str, set[str]] = {}
    for change in changes:
        if isinstance(change, SubmitRecord) and change.restores:
            submitters.setdefault(change.project, set()).add(change.by)
    for project, names in submitters.items():
        with suppress(NotFound):
            warnings += await lost_rules(kobo, project, names)
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
    for positions in grouped(plan.changes):
        anew += await _rebased(kobo, [plan.changes[position] for position in positions], force=force)
    left_out = len(plan.changes) - len(anew)
    warnings = plan.warnings
    if left_out:
        text = ngettext(
            "{n} change is done already, or what it touched is gone.",
            "{n} changes are done already, or what they touched is gone.",
            left_out,
        )
        warnings = (*warnings, text.format(n=left_out))
    return structs.replace(plan, changes=tuple(anew), warnings=warnings)


async def _rebased(kobo: KoboClient, changes: Sequence[AnyChange], *, force: bool) -> list[AnyChange]:
    """The changes of one step from the server's state of now; none when their project is gone."""
    from kobotui.api.errors import NotFound

    try:
        return list(await step_of(changes).rebased(kobo, force=force))
    except NotFound:
        return []


def undo_summary(changes: Sequence[Change]) -> str:
    """What undo will give back, in a sentence: exactly, equivalently, not at all."""
    counts = {undo: sum(change.gives_back is undo for change in changes) for undo in Undo}
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
