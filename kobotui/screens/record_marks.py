"""Marks in the table of records, also on those of which not even the id is known yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from textual import work

from kobotui.columns.words import number
from kobotui.locale import _
from kobotui.paths import LocalError
from kobotui.screens.record_flows import RecordFlows


class RecordMarks(RecordFlows):
    """The part of DATA that knows which records are chosen."""

    progress: str = ""
    """What is being done that takes a while, for the line on top."""

    @property
    def count(self) -> int:
        """Records in the list."""
        return self.records.window.count if self.records.window else 0

    def show_facts(self) -> None:
        """The line on top."""
        raise NotImplementedError

    def busy(self) -> AbstractContextManager[None]:
        """The spinner turns while something is being read."""
        raise NotImplementedError

    def say_progress(self, text: str) -> None:
        """Say what is being done and how far it is; empty when it is done."""
        self.progress = text
        if self.is_attached:
            self.show_facts()

    # What is chosen

    def anything_chosen(self) -> bool:
        return bool(self.table.marked or self.table.cursor_key)

    def chosen_ids(self) -> Sequence[int]:
        key, marked = self.table.cursor_key, self.table.marked
        if not marked:
            return [int(key)] if key else []
        ids = sorted(map(int, marked), reverse=True)
        if key in marked:
            ids.remove(int(key))
            ids.insert(0, int(key))
        return ids

    def do_mark(self) -> None:
        """Mark or unmark, and go on."""
        self.table.toggle_mark()

    def do_mark_range(self) -> None:
        """Begin a range, or mark from its beginning to the cursor."""
        start = self.table.range_start
        if not self.table.mark_range() and start is not None:
            first, last = sorted((start, self.table.cursor_index))
            self.mark_from_server(partial(self.records.ids_between, first, last))

    def do_mark_all(self) -> None:
        """Mark all that the filter shows."""
        if not self.table.mark_all():
            self.mark_from_server(self.records.all_ids)

    def do_unmark_all(self) -> None:
        """Mark nothing; what is still being read of marked records is not wanted any more."""
        self.workers.cancel_group(self, "marks")
        self.workers.cancel_group(self, "ask")
        self.table.unmark_all()

    @work(exclusive=True, group="marks")
    async def mark_from_server(self, read: Callable[[Callable[[int, int], None]], Awaitable[set[str]]]) -> None:
        """Mark records of which not even the ids are known yet: all of them, or none when they cannot be had."""
        from kobotui.api.errors import KoboError

        def report(n: int, count: int) -> None:
            self.say_progress(_("marking {n} of {count} ...").format(n=number(n), count=number(count)))

        try:
            report(0, self.count)
            with self.busy():
                keys = await read(report)
        except (KoboError, LocalError) as error:
            self.failed(error)
            return
        finally:
            self.say_progress("")
        self.table.set_marked(self.table.marked | keys)
