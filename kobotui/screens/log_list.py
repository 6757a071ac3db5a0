"""What lists of entries share: newest first, searched as they stand, narrowed by the server, out as CSV.

Activity of one project, the history of many, and the account's own access log are such lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from textual import on, work
from textual.app import ComposeResult

from kobotui.columns.cell import Cell, Column
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.lists import Filter
from kobotui.paths import write_private
from kobotui.screens.base import KoboScreen
from kobotui.screens.files import ask_target, download_directory, free_path
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine
from kobotui.widgets.words_line import WordsLine

Say = Callable[[str], None]
"""Says how far something has come."""


class Entries(NamedTuple):
    """What was read."""

    items: Sequence[Any]
    total: int
    """How many there are; those that were not read are older."""
    remark: str = ""
    """What may be missing besides, in a sentence."""


class Days(NamedTuple):
    """From the beginning of one day to the end of another, UTC; None: ever, until now."""

    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, text: str) -> Days:
        """``2026-11-01``, or two days with a space between; nothing for ever. Raises ValueError."""
        days = sorted(map(date.fromisoformat, text.split()))
        if len(days) > 2:
            raise ValueError(text)
        return cls(*days)

    @property
    def text(self) -> str:
        """As it is typed."""
        return " ".join(day.isoformat() for day in self if day)

    @property
    def chips(self) -> list[str]:
        """As it is shown beside what was found."""
        return [f">= {self.since}"] * bool(self.since) + [f"<= {self.until}"] * bool(self.until)


class LogList(KoboScreen):
    """A screen mixes this in and says what is read, how it looks, and what goes into the file."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.entries = Entries((), 0)
        self._typed = ""

    # What a screen says

    def columns(self) -> Sequence[Column]:
        """The columns of the table."""
        raise NotImplementedError

    def cells(self, item: Any) -> Sequence[Cell]:
        """One entry in those columns."""
        raise NotImplementedError

    async def read(self, say: Say) -> Entries:
        """The entries, newest first. Raises ``KoboError``."""
        raise NotImplementedError

    async def read_all(self, say: Say) -> Entries:
        """Every entry that the server's filters let through. Raises ``KoboError``."""
        raise NotImplementedError

    async def narrow(self) -> bool:
        """Ask for the server's filters; whether there are others now."""
        raise NotImplementedError

    def chips(self) -> list[str]:
        """The server's filters in a few words each."""
        raise NotImplementedError

    def show_log(self, facts: str) -> None:
        """The line on top."""
        raise NotImplementedError

    def file_name(self) -> str:
        """What the file is called unless somebody wants otherwise."""
        raise NotImplementedError

    heading: tuple[str, ...]
    """Of the file."""

    def values(self, item: Any) -> tuple[Any, ...]:
        """One entry as a row of the file."""
        raise NotImplementedError

    # Reading

    def body(self) -> ComposeResult:
        yield Table(self.columns(), empty=_("Reading ..."))
        yield WordsLine()

    def on_mount(self) -> None:
        self.table.focus()

    @work(exclusive=True, group="log")
    async def look(self) -> None:
        """Read the newest entries."""
        from kobotui.api.errors import KoboError, NotAllowed

        self.query_one(TopLine).show_busy(True)
        self.table.empty = _("Reading ...")
        try:
            self.entries = await self.read(self.show_log)
        except NotAllowed:
            self.table.empty = _("Only who manages a project sees its activity.")
            return
        except KoboError as error:
            self.failed(error)
            self.table.empty = _("This could not be read. r tries again, ! tells why.")
            return
        finally:
            self.query_one(TopLine).show_busy(False)
        self.table.empty = _("Nothing happened that matches.")
        self.show()
        if self.entries.remark:
            self.flash(self.entries.remark, "warning")

    def do_refresh(self) -> None:
        self.look()

    def show(self) -> None:
        """The entries that match what was typed."""
        wanted = Filter.of(self._typed)
        rows = []
        for place, item in enumerate(self.entries.items):
            cells = self.cells(item)
            if not wanted or wanted.matches(" ".join(cell.text for cell in cells).casefold()):
                rows.append(Row(str(place), cells))
        self.table.replace(ListSource(rows, lambda row: row, lambda row: row.key))
        shown, count = len(self.entries.items), self.entries.total
        text = ngettext("{n} entry", "{n} entries", count).format(n=number(count))
        facts = text if shown == count else _("newest {n} of {count}").format(n=number(shown), count=number(count))
        facts = _("{facts}, incomplete").format(facts=facts) if self.entries.remark else facts
        self.show_log("   ".join([facts, *[f"/{self._typed}"] * bool(self._typed), *self.chips()]))
        self.show_keys()

    @on(Table.CursorRested)
    def _say_entry(self) -> None:
        """All of the entry under the cursor: on a narrow screen the table shows a part."""
        item = self.item()
        said = ", ".join(cell.text for cell in self.cells(item) if cell.text) if item is not None else ""
        self.query_one(WordsLine).say(said)

    def item(self) -> Any:
        """The entry under the cursor, None where there is none."""
        key = self.table.cursor_key
        return self.entries.items[int(key)] if key is not None else None

    # Filters

    def do_filter(self) -> None:
        """Search what is shown, as it is typed."""
        self.run_flow(self._ask_filter)

    async def _ask_filter(self) -> None:
        before = self._typed
        typed = await self.ask("/", before, changed=self._filter_by)
        self._filter_by(before if typed is None else typed.strip())

    def _filter_by(self, typed: str) -> None:
        if typed != self._typed:
            self._typed = typed
            self.show()

    def do_narrow(self) -> None:
        """The server's filters."""
        self.run_flow(self._narrow)

    async def _narrow(self) -> None:
        if await self.narrow():
            self.look()

    async def ask_days(self, days: Days) -> Days | None:
        """From when to when; None when that was left."""
        label = _("since (a day, or two: from and to; empty: ever)")
        typed = await self.ask(label, days.text, check=_no_days)
        return None if typed is None else Days.of(typed)

    # Out

    def do_save(self) -> None:
        """All entries that the server's filters let through, as CSV."""
        self.run_flow(self._save)

    async def _save(self) -> None:
        from kobotui.exports.plain_csv import csv_bytes

        path = await ask_target(self, free_path(download_directory(), self.file_name(), ".csv"))
        if path is None:
            return
        found = await self.read_all(self.flash)
        rows = [self.values(item) for item in found.items]
        await asyncio.to_thread(write_private, path, csv_bytes(self.heading, rows))
        said = _("Saved {path}").format(path=path)
        self.flash(f"{said}. {found.remark}" if found.remark else said, "warning" if found.remark else "information")


def _no_days(text: str) -> str | None:
    try:
        Days.of(text)
    except ValueError:
        return _("A day, like 2026-11-01, or two")
    return None
