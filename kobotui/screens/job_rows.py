"""Jobs and outcomes as rows of a table, and how a job ended in a sentence."""

from __future__ import annotations

from kobotui.changes.change import Change
from kobotui.changes.journal import JobEntry
from kobotui.changes.outcome import Outcome, State
from kobotui.columns.cell import Cell, Column
from kobotui.jobs import JobState
from kobotui.locale import _, ngettext
from kobotui.model.text import shown
from kobotui.widgets.rows import Row

STYLES = {State.DONE: "good", State.FAILED: "bad", State.CONFLICT: "warn", State.DOUBT: "warn"}
BAR = 14


def job_columns() -> tuple[Column, ...]:
    """Columns of the list of jobs."""
    return (
        Column("title", _("Job"), 30, flexible=True, priority=9),
        Column("state", _("State"), 20, priority=8),
        Column("count", _("Changes"), 16, right=True, priority=7),
        Column("account", _("Account"), 14, priority=1),
        Column("when", _("When"), 16, priority=2),
    )


def job_row(job: JobState) -> Row:
    """A job of this run."""
    style = "accent" if job.running else "bad" if job.error or job.count(State.FAILED) else "good"
    return Row(
        f"run {job.number}",
        (
            Cell(shown(job.title), "bright" if job.running else ""),
            Cell(_state(job), style),
            Cell(_counts(job.settled, job.total)),
            Cell(shown(job.account)),
            Cell(_time_left(job)),
        ),
    )


def past_row(job: JobEntry) -> Row:
    """A job of the journal."""
    if job.ended is None:
        state, style = _("not finished"), "warn"
    elif job.failed:
        state, style = ngettext("{n} failed", "{n} failed", job.failed).format(n=job.failed), "bad"
    elif job.done == job.total:
        state, style = _("done"), "good"
    else:
        state, style = _("stopped"), "warn"
    return Row(
        f"journal {job.id}",
        (
            Cell(shown(job.title)),
            Cell(state, style),
            Cell(_counts(job.done, job.total)),
            Cell(shown(job.account)),
            Cell(job.created[:16].replace("T", " "), "dim"),
        ),
    )


def _state(job: JobState) -> str:
    if job.running:
        full = BAR * job.settled // max(job.total, 1)
        return f"[{'#' * full}{'-' * (BAR - full)}]"
    if job.error:
        return _("not done")
    bad = job.count(State.FAILED, State.CONFLICT, State.DOUBT)
    if bad:
        return ngettext("{n} not done", "{n} not done", bad).format(n=bad)
    return _("done") if job.settled == job.total else _("stopped")


def _counts(done: int, total: int) -> str:
    return _("{done} of {total}").format(done=f"{done:,}", total=f"{total:,}")


def _time_left(job: JobState) -> str:
    if job.stopping:
        return _("stopping")
    if job.seconds_left is not None:
        return _("{n} s left").format(n=max(1, round(job.seconds_left)))
    return _("{n} s").format(n=round(job.seconds))


def outcome_columns() -> tuple[Column, ...]:
    """Columns of the changes of one job."""
    return (
        Column("state", _("State"), 9, priority=9),
        Column("project", _("Project"), 24, priority=5),
        Column("change", _("Change"), 26, flexible=True, priority=8),
        Column("reason", _("Reason"), 34, priority=7),
    )


def outcome_row(item: tuple[int, tuple[Change, Outcome | None]]) -> Row:
    """One change and what became of it."""
    position, (change, outcome) = item
    state = outcome.state if outcome else State.WAITING
    return Row(
        str(position),
        (
            Cell(_STATES()[state], STYLES.get(state, "dim")),
            Cell(shown(change.project_name)),
            Cell(shown(change.line())),
            Cell(shown(outcome.reason) if outcome else ""),
        ),
    )


def _STATES() -> dict[State, str]:  # noqa: N802 - a constant, but for the language chosen at start
    return {
        State.WAITING: _("waiting"),
        State.RUNNING: _("running"),
        State.DONE: _("done"),
        State.FAILED: _("failed"),
        State.CONFLICT: _("conflict"),
        State.DOUBT: _("in doubt"),
    }


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
