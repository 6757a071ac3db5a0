"""What kobotui changed in a record before: from the journal, read in a thread with a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual import work

from kobotui.columns.words import ago, parsed
from kobotui.locale import _
from kobotui.model.answer import answer_text
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.record_flows import RecordFlows

if TYPE_CHECKING:
    from pathlib import Path

    from kobotui.changes.earlier import Earlier
    from kobotui.model.record import Line
    from kobotui.model.submission import Submission

REST = 0.2
"""Seconds that a record has to stay: whoever walks through many does not wait for the journal at each."""


class RecordPast(RecordFlows):
    """The part of a record's screen that knows its answers' past."""

    _past: Mapping[str, Earlier] = {}
    _past_of: tuple[int, str] | None = None

    def show_record(self) -> None:
        """The record as it is known now."""
        raise NotImplementedError

    def look_back(self, record: Submission) -> None:
        """Read what is known of its past, unless that is known already."""
        if self._past_of != (record.id, record.uuid):
            self._past, self._past_of = {}, (record.id, record.uuid)
            if self.app.session.journal.exists():
                self._read_past(record.id, self.app.session.journal)

    @work(exclusive=True, group="past")
    async def _read_past(self, record_id: int, journal: Path) -> None:
        from kobotui.changes.earlier import earlier_answers

        await asyncio.sleep(REST)
        account, project = self.app.session.account, self.records.project.uid
        if account is None:
            return
        try:
            past = await asyncio.to_thread(earlier_answers, journal, account.server, project, record_id)
        except LocalError as error:
            self.failed(error)
            return
        if past and self._past_of and self._past_of[0] == record_id:
            self._past = past
            self.show_record()

    def past_note(self, line: Line) -> str:
        """``changed by ana 2 h ago: was Afmadow``, where the answer still is what it was changed to; else empty."""
        past = self._past.get(line.position)
        if past is None or (past.now or "") != (line.value or ""):
            return ""
        session = self.app.session
        who = next((account.username for account in session.accounts if account.name == past.account), past.account)
        was = answer_text(self.records.form, line.question, past.before, self.records.shown_language)
        return _("changed by {user} {when}: was {answer}").format(
            user=shown(who), when=ago(parsed(past.when), session.now()), answer=shown(was) or "-"
        )
