"""What leaves the table of records: an export of what is marked or shown, and a report on it."""

from __future__ import annotations

from collections.abc import Sequence

from kobotui.locale import _
from kobotui.screens.base import KoboScreen
from kobotui.screens.records import Records
from kobotui.widgets.table import Table


class DataOut(KoboScreen):
    """A screen of records mixes this in before its other bases."""

    records: Records

    def do_export(self) -> None:
        """The marked records, or all that the filter shows."""
        from kobotui.screens.export_flows import new_export

        order = self.records.order
        self.run_flow(
            new_export(
                self,
                self.records.detail,
                self.records.form,
                filtered=(order.typed, order.query),
                ids=self._marked(),
            )
        )

    def _marked(self) -> Sequence[int]:
        return sorted(map(int, self.query_one(Table).marked))

    def do_report(self) -> None:
        """Counts and bars for each question, of all that the filter shows."""
        from kobotui.screens.report import ReportScreen

        detail, order = self.records.detail, self.records.order
        if detail is None or not detail.has_deployment:
            self.flash(_("A draft has no data: deploy it first."), "warning")
        else:
            self.app.push_screen(ReportScreen(detail, self.records.form, order.typed, self.records.shown_language))
