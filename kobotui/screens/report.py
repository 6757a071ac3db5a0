"""A report on the records of a project: what was answered to each question, when records came, and from whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from kobotui.action import Target
from kobotui.columns.report import (
    DAYS,
    STATUSES,
    USERS,
    general_cells,
    numbers_line,
    question_cells,
    report_columns,
    unknown_line,
)
from kobotui.columns.words import number, validation_label
from kobotui.locale import _, ngettext
from kobotui.model.report import QuestionReport, Report
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen, bindings
from kobotui.screens.record_flows import language_name
from kobotui.screens.record_order import filter_advice
from kobotui.screens.records import Records
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.plot import Plot, answer_lines, day_lines, range_lines
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from kobotui.api.paging import Statement
    from kobotui.exports.progress import Progress

    Make = Callable[[int, int], Sequence[tuple[str, str]]]

GENERAL = (DAYS, USERS, STATUSES)
ALL_WIDTH = 88
"""Cells of a line in the window that shows all answers."""


class ReportScreen(KoboScreen):
    """The questions above, what was answered to the one under the cursor below."""

    place: ClassVar[str] = "report"
    BINDINGS = bindings("report")
    DEFAULT_CSS = """
    ReportScreen Table { height: 45%; }
    ReportScreen Static { height: auto; max-height: 3; margin: 0 2; }
    ReportScreen #said { margin: 1 2 0 2; }
    ReportScreen #unknown { color: $text-muted; }
    ReportScreen Plot { margin: 0 2; max-height: 40; }
    """

    def __init__(self, records: Records) -> None:
        """``records``: which project, form, language and filter; this screen's own."""
        super().__init__()
        self.records = records
        self.report: Report | None = None
        self.statement: Statement | None = None

    def body(self) -> ComposeResult:
        yield Table(report_columns(), headings=False, empty=_("Counting ..."))
        yield Static("", markup=False, id="said")
        yield Plot()
        yield Static("", markup=False, id="unknown")

    def on_mount(self) -> None:
        self.table.focus()
        self._show_facts(_("counting ..."))
        self.look()

    # Reading

    @work(exclusive=True, group="report")
    async def look(self) -> None:
        """Count all records that match; what was counted before stays until this has come to its end."""
        from kobotui.api.errors import KoboError, NotFound
        from kobotui.exports.report import count_answers

        line = self.query_one(TopLine)
        line.show_busy(True)
        try:
            kobo, records = await self.kobo(), self.records
            await asyncio.to_thread(import_module, "textual_plotext.plot")  # too slow for the event loop
            found = await count_answers(
                kobo, records.project.uid, records.form, records.order.filter, report=self._counted
            )
        except KoboError as error:
            self.table.empty = _("The records could not be counted. r tries again, ! tells why.")
            self._show_facts("")
            hidden = _("You may not see the records of this project, or it is gone.")
            if isinstance(error, NotFound):
                self.app.note_error(error)
                self.flash(hidden, "error")
            else:
                self.failed(error)
            return
        finally:
            if self.is_attached:
                line.show_busy(False)
        self.report, self.statement = found
        self._show()

    def _counted(self, progress: Progress) -> None:
        text = _("counting {n} of {total} ...")
        self._show_facts(text.format(n=number(progress.done), total=number(progress.total)))

    # What is shown

    def _show(self) -> None:
        report, statement = self.report, self.statement
        if report is None or statement is None:
            return
        keys = [*GENERAL, *report.questions]
        self.table.replace(ListSource(keys, self._row, lambda key: key))
        facts = ngettext("{n} record", "{n} records", report.records).format(n=number(report.records))
        if statement.missing or statement.changed:
            facts = f"{facts}. {statement.sentence}"
        self._show_facts(facts)
        self.query_one("#unknown", Static).update(unknown_line(key for key, _n in report.unknown.most_common()))
        self._show_answers()
        self.show_keys()

    def _show_facts(self, facts: str) -> None:
        name, typed = shown(self.records.project.name) or self.records.project.uid, self.records.order.typed
        chip = f"   /{typed}" if typed else ""
        self.show_where(_("Report on {name}").format(name=name), shown(f"{facts}{chip}"))

    def _row(self, key: str) -> Row:
        assert self.report is not None
        if key in GENERAL:
            return Row(key, general_cells(key, self.report.records))
        return Row(key, question_cells(self.report.questions[key], self.records.form, self.records.shown_language))

    @on(Table.CursorMoved)
    def _show_answers(self) -> None:
        """What was answered to the question under the cursor."""
        key = self.table.cursor_key
        if self.report is not None and key is not None:
            said, make = self._answers(key, self.report)
            self.query_one("#said", Static).update(said)
            self.query_one(Plot).show(make)

    def _answers(self, key: str, report: Report) -> tuple[str, Make]:
        """A sentence, and what makes the bars below it."""
        question = report.questions.get(key)
        if key == DAYS:
            return self._per_day(_days(report.days))
        if question is None:
            counted = self._general(key, report)
            return "", partial(answer_lines, counted, report.records)
        if question.kind == "number":
            return numbers_line(question.numbers, question.unreadable), partial(range_lines, question.numbers.bins)
        if question.kind == "date" and not question.tally.others and (days := _days(question.tally.counts)):
            return self._per_day(days)
        if question.kind == "other":
            text = ngettext("{n} answer given", "{n} answers given", question.answered).format(
                n=number(question.answered)
            )
            return text, lambda _width, _height: ()
        return self._said(question), partial(answer_lines, self._labelled(question), question.answered)

    def _per_day(self, days: Sequence[tuple[date, int]]) -> tuple[str, Make]:
        if not days:
            return _("No day among them."), lambda _width, _height: ()
        text = _("{first} to {last}, {n} on the busiest day")
        most = max(n for _day, n in days)
        return text.format(first=days[0][0], last=days[-1][0], n=number(most)), partial(day_lines, days)

    def _general(self, key: str, report: Report) -> list[tuple[str, int]]:
        if key == STATUSES:
            return [(validation_label(uid or None), n) for uid, n in report.statuses.most_common()]
        return [(user or _("nobody who logged in"), n) for user, n in report.users.most()]

    def _said(self, question: QuestionReport) -> str:
        parts = []
        if different := len(question.tally.counts):
            text = ngettext("{n} different answer", "{n} different answers", different)
            parts.append(text.format(n=number(different)))
        if others := question.tally.others:
            parts.append(_("{n} more answers are not told apart").format(n=number(others)))
        return "  ".join(parts)

    def _labelled(self, question: QuestionReport) -> list[tuple[str, int]]:
        """Answers in words; choices by their labels."""
        found = question.answers(self.records.form)
        if question.kind != "choice":
            return found
        listed = question.question.list_name
        return [(self.records.form.choice_label(listed, name, self.records.shown_language), n) for name, n in found]

    # What can be done

    def targets(self) -> Sequence[Target]:
        return (Target(self.records.project.name),) if self.table.cursor_key else ()

    def do_open(self) -> None:
        """All answers, with the whole question above."""
        from kobotui.widgets.message_box import MessageBox

        key = self.table.cursor_key
        if key is None or self.report is None:
            return
        question = self.report.questions.get(key)
        said, _make = self._answers(key, self.report)
        if question is None:
            title = general_cells(key, 0)[0].text
            answers = self._all_days(self.report.days) if key == DAYS else self._general(key, self.report)
            whole = self.report.records
        else:
            title, whole = self.records.form.label(question.question, self.records.shown_language), question.answered
            answers = self._all_days(question.tally.counts) if question.kind == "date" else self._labelled(question)
            if question.kind == "number":
                answers = [(f"{one.low:g} - {one.high:g}", one.numbers) for one in question.numbers.bins]
        lines = [text for text, _style in answer_lines(answers, whole, ALL_WIDTH)]
        self.app.push_screen(MessageBox(title, said or title, "\n".join(lines)))

    @staticmethod
    def _all_days(counts: dict[str, int]) -> list[tuple[str, int]]:
        return sorted(counts.items())

    def do_filter(self) -> None:
        """Count only what matches."""
        self.run_flow(self._ask_filter)

    async def _ask_filter(self) -> None:
        records = self.records

        def goes_on(text: str) -> list[str]:
            return [completion.text for completion in records.filter.completions(text, records.shown_language)]

        def typed(text: str) -> None:
            self.query_one("#said", Static).update(shown(filter_advice(records, text)))

        typed(records.order.typed)
        text = await self.ask(
            "/",
            records.order.typed,
            complete=goes_on,
            check=lambda wanted: records.filter.problem(wanted) or None,
            changed=typed,
        )
        if text is not None and text.strip() != records.order.typed:
            records.order = replace(records.order, filter=records.filter.read(text))
            self._show_facts(_("counting ..."))
            self.look()
        self._show_answers()

    def do_language(self) -> None:
        """The language of labels, or names."""
        self.run_flow(self._ask_language)

    async def _ask_language(self) -> None:
        records = self.records
        choices = [Choice(str(place), language_name(name)) for place, name in enumerate(records.form.languages)]
        choices.append(Choice("", _("names")))
        selected = "" if records.names else str(records.language)
        key = await self.app.push_screen_wait(Picker(_("Language"), choices, selected=selected))
        if key is not None:
            records.use_language(int(key) if key else records.language, names=not key)
            self._show()

    def do_refresh(self) -> None:
        self.look()


def _days(counts: dict[str, int]) -> list[tuple[date, int]]:
    """Every day from the first to the last, those without records too; none when a text among them is no day."""
    try:
        known = {date.fromisoformat(text): n for text, n in counts.items() if text}
    except ValueError:
        return []
    if not known or (span := (max(known) - min(known)).days) > 20_000:
        return []
    first = min(known)
    return [(day, known.get(day, 0)) for day in (first + timedelta(days=n) for n in range(span + 1))]
