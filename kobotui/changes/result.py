"""What became of a job, change by change, as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from kobotui.changes.journal import Entry
from kobotui.model.text import guard_formula

HEADING = (
    "position", "project", "project_name", "kind", "change", "before", "after",
    "state", "reason", "made", "started", "ended",
)  # fmt: skip
"""The columns; states, kinds and times (ISO 8601, UTC) are the same in every language."""


def result_rows(entries: Iterable[Entry]) -> Iterator[tuple[str, ...]]:
    """One row a change, in the order of :data:`HEADING`; texts as they came from the server."""
    for entry in entries:
        change, outcome = entry.change, entry.outcome
        yield (
            str(entry.position),
            change.project,
            change.project_name,
            str(change.__struct_config__.tag),
            change.line(),
            change.before_text(),
            change.after_text(),
            outcome.state.value,
            outcome.reason,
            outcome.made,
            entry.started or "",
            entry.ended or "",
        )


def result_csv(entries: Iterable[Entry]) -> str:
    """The rows as CSV with a heading; cells that a spreadsheet would run are guarded."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows([guard_formula(cell) for cell in row] for row in result_rows(entries))
    return text.getvalue()
