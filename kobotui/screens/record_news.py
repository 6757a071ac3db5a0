"""Records that come while the table is shown are noticed and offered; the list itself stays as it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from kobotui.columns.words import number
from kobotui.locale import ngettext
from kobotui.paths import LocalError
from kobotui.screens.record_marks import RecordMarks

if TYPE_CHECKING:
    from textual.timer import Timer

    from kobotui.api.submissions import DailyCounts

SOON = 2.0
"""Seconds from reading the list to the count that later ones are compared with."""
EVERY = 60.0
"""Seconds between two counts, which are asked for while the table is on top only."""
DAYS = 2


class RecordNews(RecordMarks):
    """The part of DATA that asks ``counts/`` whether something is new: reading records would write to the project's
    history. Who sees some records only is told no count, and is not told of new ones."""

    news = 0
    """Records that have come since the list was read."""
    _before: DailyCounts | None = None
    _told_nothing = False
    _timer: Timer | None = None
    _looked = 0.0

    def expect_news(self) -> None:
        """The list was read with all that there is: what comes from now on is new."""
        self.news, self._before = 0, None
        self.workers.cancel_group(self, "news")
        self._look_in(SOON)

    def go_on_looking(self) -> None:
        """The table is on top again."""
        since = asyncio.get_running_loop().time() - self._looked
        self._look_in(SOON if self._before is None else max(SOON, EVERY - since))

    def on_screen_suspend(self) -> None:
        """Something lies on top."""
        self._stop_looking()

    def news_text(self) -> list[str]:
        """``12 new: r shows them``, if there are any."""
        text = ngettext("{n} new: r shows it", "{n} new: r shows them", self.news)
        return [text.format(n=number(self.news))] if self.news else []

    def _look_in(self, seconds: float) -> None:
        self._stop_looking()
        wanted = self.app.session.settings.notice_new and not self._told_nothing and self.records.window is not None
        if wanted and self.app.screen is self:
            self._timer = self.after(seconds, self.look_for_news)

    def _stop_looking(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    @work(exclusive=True, group="news")
    async def look_for_news(self) -> None:
        """Ask how many there are by now; what goes wrong is tried again the next time, without a word."""
        from kobotui.api.errors import KoboError, NotAllowed, NotFound

        self._looked = asyncio.get_running_loop().time()
        try:
            now = await (await self.records.service()).daily_counts(DAYS)
        except (KoboError, LocalError) as error:
            self._told_nothing = isinstance(error, NotAllowed | NotFound)
        else:
            self._told_nothing = now.total is None
            self._before = self._before or now
            if (news := now.since(self._before)) != self.news:
                self.news = news
                self.show_facts()
        self._look_in(EVERY)
