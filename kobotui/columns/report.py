"""A report in words: a line for each question, and what is said above its bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kobotui.model.form import Form
    from kobotui.model.report import Distribution, QuestionReport

DAYS, USERS, STATUSES = "=days", "=users", "=statuses"
"""Keys of the lines that are about no question; a question's path has no ``=``."""


def report_columns() -> tuple[Column, ...]:
    """Columns of the list of questions."""
    return (
        Column("question", "", 30, priority=9, flexible=True),
        Column("type", "", 16, priority=5),
        Column("answered", "", 20, right=True, priority=8),
    )


def question_cells(report: QuestionReport, form: Form, language: int | None) -> tuple[Cell, ...]:
    """One question: its label, its type, how many answered it."""
    label = shown(form.label(report.question, language))
    share = f"  {100 * report.answered / report.asked:3.0f}%" if report.asked else ""
    answered = _("{n} of {total}").format(n=number(report.answered), total=number(report.asked))
    return Cell(label), Cell(shown(report.question.type), "dim"), Cell(answered + share)


def general_cells(key: str, records: int) -> tuple[Cell, ...]:
    """A line about the records themselves."""
    titles = {
        DAYS: _("Submissions per day"),
        USERS: _("Submissions per user"),
        STATUSES: _("Validation status"),
    }
    return Cell(titles[key], "bright"), Cell(""), Cell(number(records))


def numbers_line(numbers: Distribution, unreadable: int) -> str:
    """Mean, median and spread of the answers to a question for numbers."""
    if not numbers.count:
        return _("No number among the answers.")
    parts = [
        _("least {n}").format(n=_short(numbers.least)),
        _("quarter {n}").format(n=_short(numbers.quantile(0.25))),
        _("median {n}").format(n=_short(numbers.quantile(0.5))),
        _("three quarters {n}").format(n=_short(numbers.quantile(0.75))),
        _("most {n}").format(n=_short(numbers.most)),
        _("mean {n}").format(n=_short(numbers.mean)),
    ]
    if numbers.deviation is not None:
        parts.append(_("deviation {n}").format(n=_short(numbers.deviation)))
    if unreadable:
        parts.append(ngettext("{n} is no number", "{n} are no numbers", unreadable).format(n=number(unreadable)))
    return "  ".join(parts)


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def unknown_line(keys: Iterable[str]) -> str:
    """What is counted nowhere; empty when everything is."""
    names = [shown(key) for key in keys]
    if not names:
        return ""
    listed = ", ".join(names[:6]) + (" .." if len(names) > 6 else "")
    return _("Not counted, since the form no longer has them: {names}").format(names=listed)
