"""What became of a job: change by change as a table for other programs, and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from kobotui.changes.change import Change
from kobotui.changes.journal import Entry, JobEntry
from kobotui.changes.outcome import Outcome, State
from kobotui.columns.words import number
from kobotui.locale import _, ngettext

HEADING = (
    "position", "project", "project_name", "kind", "change", "before", "after",
    "state", "reason", "made", "started", "ended",
)  # fmt: skip
"""The columns; states, kinds and times (ISO 8601, UTC) are the same in every language."""


def kind(change: Change) -> str:
    """The kind of a change as plan files call it: ``set-access``."""
    return str(change.__struct_config__.tag)


def result_rows(entries: Iterable[Entry]) -> Iterator[tuple[str | int, ...]]:
    """One row a change, in the order of :data:`HEADING`; texts as they came from the server."""
    for entry in entries:
        change, outcome = entry.change, entry.outcome
        yield (
            entry.position,
            change.project,
            change.project_name,
            kind(change),
            change.line(),
            change.before_text(),
            change.after_text(),
            outcome.state.value,
            outcome.reason,
            outcome.made,
            entry.started or "",
            entry.ended or "",
        )


def state_label(state: State) -> str:
    """The end of a change in a word."""
    return {
        State.WAITING: _("waiting"),
        State.RUNNING: _("running"),
        State.DONE: _("done"),
        State.FAILED: _("failed"),
        State.CONFLICT: _("conflict"),
        State.DOUBT: _("in doubt"),
    }[state]


def ending(counts: Mapping[State, int], total: int, *, taken_back: bool) -> tuple[str, str]:
    """How a job ended, in a few words, and their style."""
    if taken_back:
        return _("taken back"), "dim"
    bad = summary_parts({state: n for state, n in counts.items() if state is not State.DONE})
    if bad:
        return ", ".join(bad), "bad" if counts.get(State.FAILED) else "warn"
    return (_("done"), "good") if counts[State.DONE] == total else (_("stopped"), "warn")


def ending_of(job: JobEntry, *, elsewhere: bool, taken_back: bool) -> tuple[str, str]:
    """How a job of the journal ended, or that it has not; ``elsewhere``: another kobotui works on it."""
    if elsewhere or job.unfinished:
        return (_("running elsewhere"), "accent") if elsewhere else (_("not finished"), "warn")
    counts = {State.DONE: job.done, State.FAILED: job.failed, State.CONFLICT: job.conflicts, State.DOUBT: job.doubtful}
    return ending(counts, job.total, taken_back=taken_back)


def progress(done: int, total: int) -> str:
    """``12 of 300``."""
    return _("{done} of {total}").format(done=number(done), total=number(total))


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


def summary(outcomes: Iterable[Outcome]) -> str:
    """How many changes ended how, and how many wait."""
    counts = Counter(outcome.state for outcome in outcomes)
    parts = summary_parts(counts)
    if n := counts[State.WAITING] + counts[State.RUNNING]:
        parts.append(ngettext("{n} waits", "{n} wait", n).format(n=number(n)))
    return ", ".join(parts)
