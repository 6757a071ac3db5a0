"""Jobs and outcomes as rows of a table, and how a job ended in a sentence."""

from __future__ import annotations

from datetime import datetime

from kobotui.changes.change import Change
from kobotui.changes.journal import JobEntry
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.result import ending, ending_of, progress, state_label
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import day_and_time, parsed
from kobotui.jobs import JobState
from kobotui.locale import _, ngettext
from kobotui.model.text import shown
from kobotui.widgets.rows import Row

STYLES = {State.DONE: "good", State.FAILED: "bad", State.CONFLICT: "warn", State.DOUBT: "warn"}
BAR = 12


def job_columns() -> tuple[Column, ...]:
    """Columns of the list of jobs."""
    return (
        Column("when", _("When"), 12, priority=6),
        Column("title", _("Job"), 24, flexible=True, priority=9),
        Column("state", _("State"), 22, priority=8),
        Column("count", _("Changes"), 14, right=True, priority=7),
        Column("left", _("Time"), 12, right=True, priority=5),
        Column("account", _("Account"), 12, priority=1),
    )


def job_row(job: JobState, now: datetime, *, taken_back: bool = False) -> Row:
    """A job of this run."""
    counts = {state: job.count(state) for state in State}
    state, style = ending(counts, job.total, taken_back=taken_back)
    if job.running:
        working = _("under way") if job.growing else _bar(job)
        state, style = _("pauses") if job.paused else _("stopping") if job.stopping else working, "accent"
    elif job.error:
        state, style = _("broken off"), "bad"
    return Row(
        f"run {job.number}",
        (
            Cell(day_and_time(job.begun, now), "dim"),
            Cell(shown(job.title), "bright" if job.running else ""),
            Cell(state, style),
            Cell(progress(job.settled if job.running else counts[State.DONE], job.total)),
            Cell(_time(job)),
            Cell(shown(job.account)),
        ),
    )


def past_row(job: JobEntry, now: datetime, *, elsewhere: bool = False, taken_back: bool = False) -> Row:
    """A job of the journal: of an earlier run, or of another kobotui."""
    state, style = ending_of(job, elsewhere=elsewhere, taken_back=taken_back)
    begun = parsed(job.created)
    return Row(
        f"journal {job.id}",
        (
            Cell(day_and_time(begun, now) if begun else "", "dim"),
            Cell(shown(job.title)),
            Cell(state, style),
            Cell(progress(job.done, job.total)),
            Cell(""),
            Cell(shown(job.account)),
        ),
    )


def _bar(job: JobState) -> str:
    full = BAR * job.settled // max(job.total, 1)
    return f"[{'#' * full}{'-' * (BAR - full)}] {100 * job.settled // max(job.total, 1)} %"


def _time(job: JobState) -> str:
    if job.growing:
        return ""
    if job.seconds_left is not None:
        return _("{n} s left").format(n=max(1, round(job.seconds_left)))
    return _("{n} s").format(n=round(job.seconds))


def outcome_columns() -> tuple[Column, ...]:
    """Columns of the changes of one job."""
    return (
        Column("state", _("State"), 10, priority=9),
        Column("project", _("Project"), 24, priority=8),
        Column("change", _("Change"), 18, priority=7),
        Column("reason", _("Reason"), 20, flexible=True, priority=6),
    )


def outcome_row(item: tuple[int, Change, Outcome]) -> Row:
    """One change and what became of it."""
    position, change, outcome = item
    return Row(
        str(position),
        (
            Cell(state_label(outcome.state), STYLES.get(outcome.state, "dim")),
            Cell(shown(change.project_name)),
            Cell(shown(change.line())),
            Cell(shown(outcome.reason)),
        ),
    )


def outcome_text(change: Change, outcome: Outcome) -> tuple[str, str]:
    """Everything known of one change: how it ended in a sentence, and the states before, wanted and found."""
    said = f"{state_label(outcome.state)}: {outcome.reason}" if outcome.reason else state_label(outcome.state)
    lines = [
        change.line(),
        _("before: {state}").format(state=change.before_text() or "-"),
        _("wanted: {state}").format(state=change.after_text() or "-"),
        *change.side_effects(),
    ]
    if outcome.made:
        lines.append(_("made: {uid}").format(uid=outcome.made))
    if outcome.details:
        lines += ["", *outcome.details.splitlines()]
    return said, "\n".join(lines)


def said(job: JobState) -> tuple[str, str]:
    """How a job ended, in a sentence, and the severity it is said with."""
    title = shown(job.title)
    if job.error:
        return f"{title}: {shown(job.error)}", "error"
    bad = [outcome for outcome in job.outcomes if outcome and outcome.state is not State.DONE]
    done = job.count(State.DONE)
    if not bad and done == job.total:
        return ngettext("{title}: done.", "{title}: all {n} done.", job.total).format(
            title=title, n=job.total
        ), "information"
    if len(bad) == job.total == 1:
        return f"{title}: {shown(bad[0].reason)}", "error"
    text = _("{title}: {done} of {total} done, {bad} not; J shows why.")
    severity = "error" if bad else "warning"
    return text.format(title=title, done=done, total=job.total, bad=job.total - done), severity
