"""The keys that mark rows, for every screen with a list."""

from __future__ import annotations

from kobotui.locale import _
from kobotui.screens.base import KoboScreen


class Marks(KoboScreen):
    """``space V * u`` on the screen's table. A screen mixes this in before its other bases."""

    def do_mark(self) -> None:
        """Mark or unmark, and go on."""
        self.table.toggle_mark()

    def do_mark_range(self) -> None:
        """Begin a range, or mark from its beginning to the cursor."""
        if self.table.range_start is None:
            self.table.mark_range()
            self.flash(_("Move to the other end and press V again."))
        else:
            self.table.mark_range()

    def do_mark_all(self) -> None:
        """Mark all that the filter shows."""
        self.table.mark_all()

    def do_unmark_all(self) -> None:
        """Mark nothing."""
        self.table.unmark_all()
