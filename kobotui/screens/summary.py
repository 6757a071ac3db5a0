"""SUMMARY of one project: facts, and submissions per day as a plot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.widgets import Static

from kobotui.columns.cell import Cell, Column
from kobotui.columns.projects import panel_lines
from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.model.project import Project, ProjectDetail
from kobotui.screens.base import bindings
from kobotui.screens.bring_in import BringsIn
from kobotui.screens.project_flows import ProjectFlows
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.plot import Plot, day_lines
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

DAYS = 31
UNASKED = 5
"""Requests for records, each a line in the project's history, that are made without asking first."""


class SummaryScreen(ProjectFlows, BringsIn, ProjectPlace):
    """The first place of a project."""

    place: ClassVar[str] = "summary"
    BINDINGS = bindings("summary")
    DEFAULT_CSS = """
    SummaryScreen Table { height: auto; max-height: 60%; }
    SummaryScreen #plot-title { margin: 1 2 0 2; }
    SummaryScreen Plot { margin: 0 2; }
    """

    def body(self) -> ComposeResult:
        columns = (Column("label", "", 16), Column("fact", "", 18, flexible=True))
        yield Table(columns, headings=False)
        yield Static("", markup=False, id="plot-title")
        yield Plot()

    def on_mount(self) -> None:
        self.table.focus()
        self._show_facts()

    def chosen(self) -> Sequence[Project]:
        return (self.detail or self.project,)

    def detail_changed(self, detail: ProjectDetail) -> None:
        self._show_facts()
        if detail.has_deployment:
            self.read_days()
        else:
            self._say_plot(_("A draft takes no submissions: deploy it first (d)."))

    def _show_facts(self) -> None:
        differs = self.detail.differs if self.detail else None
        session = self.app.session
        facts = panel_lines(
            self.project,
            session.account.username if session.account else "",
            session.now(),
            differs,
            sees_all=session.superuser is True,
        )
        self.table.replace(ListSource(facts, _row, lambda fact: fact[0]))

    @work(exclusive=True, group="days")
    async def read_days(self) -> None:
        """How many submissions came on each of the last days."""
        from kobotui.api.errors import KoboError

        try:
            counts = await (await self.kobo()).submissions(self.project.uid).daily_counts(DAYS)
        except KoboError as error:
            self._say_plot(error.sentence)
            return
        await asyncio.to_thread(import_module, "textual_plotext.plot")  # too slow for the event loop
        today = self.app.session.now().date()
        days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        self._say_plot(_("Submissions per day, the last {n} days").format(n=DAYS))
        self.query_one(Plot).show(partial(day_lines, [(day, _records_on(counts.by_day, day)) for day in days]))

    def do_report(self) -> None:
        """Counts and bars for each question, of all records."""
        if self.detail is None or not self.detail.has_deployment:
            self.flash(_("A draft has no data: deploy it first."), "warning")
        else:
            self.run_flow(self._report, self.detail)

    async def _report(self, detail: ProjectDetail) -> None:
        from kobotui.screens.live_form import live_form
        from kobotui.screens.records import Records
        from kobotui.screens.report import ReportScreen

        account = self.app.session.account
        records = Records(detail, self.kobo, self.app.session.now, me=lambda: account.username if account else "")
        records.use_form(await live_form(await self.kobo(), detail))
        self.app.push_screen(ReportScreen(records))

    def do_counts(self) -> None:
        """How far the records are checked."""
        if self.project.has_deployment:
            self.run_flow(self._counts)
        else:
            self.flash(_("A draft has no data: deploy it first."), "warning")

    async def _counts(self) -> None:
        from kobotui.screens.status_counts import AT_ONCE, StatusCountsScreen

        project = self.detail or self.project
        requests = -(-(project.submission_count or 0) // AT_ONCE)
        text = _("Reads the sender and the status of {n} records: {requests} lines in the project's history. Go on?")
        said = text.format(n=number(project.submission_count), requests=number(requests))
        if requests <= UNASKED or await self.confirm(said):
            self.app.push_screen(StatusCountsScreen(project))

    def _say_plot(self, text: str) -> None:
        self.query_one("#plot-title", Static).update(text)


def _records_on(by_day: dict[str, int], day: date) -> int:
    return by_day.get(day.isoformat(), 0)


def _row(fact: tuple[str, str]) -> Row:
    label, text = fact
    return Row(label, (Cell(label, "dim"), Cell(text)))
