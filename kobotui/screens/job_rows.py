"""Jobs and outcomes as rows of a table, and how a job ended in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from kobotui.changes.change import Change
from kobotui.changes.journal import JobEntry
from kobotui.changes.outcome import Outcome, State
from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import day_and_time, number, parsed
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
    state, style = _ending(counts, job.total, taken_back=taken_back)
    if job.running:
        state, style = _("pauses") if job.paused else _("stopping") if job.stopping else _bar(job), "accent"
    elif job.error:
        state, style = _("broken off"), "bad"
    return Row(
        f"run {job.number}",
        (
            Cell(day_and_time(job.begun, now), "dim"),
            Cell(shown(job.title), "bright" if job.running else ""),
            Cell(state, style),
            Cell(_counts(job.settled if job.running else counts[State.DONE], job.total)),
            Cell(_time(job)),
            Cell(shown(job.account)),
        ),
    )


def past_row(job: JobEntry, now: datetime, *, elsewhere: bool = False, taken_back: bool = False) -> Row:
    """A job of the journal: of an earlier run, or of another kobotui."""
    counts = {State.DONE: job.done, State.FAILED: job.failed, State.CONFLICT: job.conflicts, State.DOUBT: job.doubtful}
    state, style = _ending(counts, job.total, taken_back=taken_back)
    if job.ended is None:
        state, style = (_("running elsewhere"), "accent") if elsewhere else (_("not finished"), "warn")
    begun = parsed(job.created)
    return Row(
        f"journal {job.id}",
        (
            Cell(day_and_time(begun, now) if begun else "", "dim"),
            Cell(shown(job.title)),
            Cell(state, style),
            Cell(_counts(job.done, job.total)),
            Cell(""),
            Cell(shown(job.account)),
        ),
    )


def _ending(counts: Mapping[State, int], total: int, *, taken_back: bool) -> tuple[str, str]:
    """How a job ended, in a few words, and their style."""
    if taken_back:
        return _("taken back"), "dim"
    bad = summary_parts({state: n for state, n in counts.items() if state is not State.DONE})
    if bad:
        return ", ".join(bad), "bad" if counts.get(State.FAILED) else "warn"
    return (_("done"), "good") if counts[State.DONE] == total else (_("stopped"), "warn")


def summary_parts(counts: Mapping[State, int]) -> list[str]:
    """``3 failed``, ``1 conflict``, ``2 in doubt``; what has not begun is not spoken of."""
    said = []
    if n := counts.get(State.DONE, 0):
        said.append(ngettext("{n} done", "{n} done", n).format(n=number(n)))
    if n := counts.get(State.FAILED, 0):
        said.append(ngettext("{n} failed", "{n} failed", n).format(n=number(n)))
    if n := counts.get(State.CONFLICT, 0):
        said.append(ngettext("{n} conflict", "{n} conflicts", n).format(n=number(n)))
    if n := counts.get(State.DOUBT, 0):
        said.append(ngettext("{n} in doubt", "{n} in doubt", n).format(n=number(n)))
    return said


def summary(outcomes: Sequence[Outcome]) -> str:
    """How many changes ended how, and how many wait."""
    counts = Counter(outcome.state for outcome in outcomes)
    parts = summary_parts(counts)
    if n := counts[State.WAITING] + counts[State.RUNNING]:
        parts.append(ngettext("{n} waits", "{n} wait", n).format(n=number(n)))
    return ", ".join(parts)


def _bar(job: JobState) -> str:
    full = BAR * job.settled // max(job.total, 1)
    return f"[{'#' * full}{'-' * (BAR - full)}] {100 * job.settled // max(job.total, 1)} %"


def _counts(done: int, total: int) -> str:
    return _("{done} of {total}").format(done=number(done), total=number(total))


def _time(job: JobState) -> str:
    if job.seconds_left is not None:
        return _("{n} s left").format(n=max(1, round(job.seconds_left)))
    return _("{n} s").format(n=round(job.seconds))


def outcome_columns() -> tuple[Column, ...]:
    """Columns of the changes of one job."""
    return (
        Column("state", _("State"), 10, priority=9),
        Column("project", _("Project"), 22, flexible=True, priority=8),
        Column("change", _("Change"), 18, flexible=True, priority=7),
        Column("reason", _("Reason"), 20, flexible=True, priority=6),
    )


def outcome_row(item: tuple[int, Change, Outcome]) -> Row:
    """One change and what became of it."""
    position, change, outcome = item
    return Row(
        str(position),
        (
            Cell(_STATES()[outcome.state], STYLES.get(outcome.state, "dim")),
            Cell(shown(change.project_name)),
            Cell(shown(change.line())),
            Cell(shown(outcome.reason)),
        ),
    )


def outcome_text(change: Change, outcome: Outcome) -> tuple[str, str]:
    """Everything known of one change: how it ended in a sentence, and the states before, wanted and found."""
    said = f"{_STATES()[outcome.state]}: {outcome.reason}" if outcome.reason else _STATES()[outcome.state]
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
