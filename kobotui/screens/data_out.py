"""What leaves the table of records: an export of what is marked or shown, and a report on it."""

from __future__ import annotations

from kobotui.locale import _
from kobotui.screens.base import KoboScreen
from kobotui.screens.records import Records


class DataOut(KoboScreen):
    """A screen of records mixes this in before its other bases."""

    records: Records

    def do_export(self) -> None:
        """The marked records, or all that the filter shows."""
        self.run_flow(self._export)

    async def _export(self) -> None:
        from kobotui.screens.export_flows import new_export

        records, filter_ = self.records, self.records.order.filter
        ids: set[str] = self.table.marked
        if not ids and not filter_.exact:  # what the server cannot tell: the records themselves are named
            ids = await records.all_ids(lambda _n, _count: None)
            if not ids:
                self.flash(_("No record matches. Change or clear the filter with /"), "warning")
                return
        shown_ = None if ids else (filter_.text, filter_.query)
        await new_export(self, records.detail, records.form, filtered=shown_, ids=sorted(map(int, ids)))

    def do_report(self) -> None:
        """Counts and bars for each question, of all that the filter shows."""
        from kobotui.screens.report import ReportScreen

        detail = self.records.detail
        if detail is None or not detail.has_deployment:
            self.flash(_("A draft has no data: deploy it first."), "warning")
        else:
            self.app.push_screen(ReportScreen(self.records.apart()))
