"""Rows, sources and an app for the tests of widgets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult

from kobotui.columns.cell import Cell, Column
from kobotui.widgets.rows import ListSource, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.message import Message
    from textual.widget import Widget

COLUMNS = (
    Column("name", "Name", 20, priority=9, flexible=True),
    Column("status", "Status", 10, priority=5),
    Column("records", "Records", 8, right=True, priority=3),
    Column("owner", "Owner", 8, priority=1),
)
HOSTILE = (
    "[/]x [bold]markup",
    "a\x1b]52;c;aGk=\x07b",
    "\u202ereversed\u2066",
    "\u4e2d\u6587" * 40,
    "e" + "\u0301" * 5000,
    "long" * 2500,
    "line\nbreak\ttab",
    "\ud800lone",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
)


def project_row(number: int) -> Row:
    cells = (Cell(f"Project {number}"), Cell("deployed*", "warn"), Cell(str(number * 3)), Cell("ana", "dim"))
    return Row(f"p{number}", cells)


def projects(numbers: Sequence[int]) -> ListSource[int]:
    return ListSource(numbers, project_row, lambda number: f"p{number}")


class FakeSource:
    """A million rows, of which only what was loaded is there."""

    def __init__(self, count: int = 1_000_000) -> None:
        self.count = count
        self.loaded: set[int] = set()

    def __len__(self) -> int:
        return self.count

    def load(self, first: int, last: int) -> None:
        self.loaded.update(range(first, last + 1))

    def row(self, index: int) -> Row | None:
        return project_row(index) if index in self.loaded else None

    def key(self, index: int) -> str | None:
        return f"p{index}" if index in self.loaded else None

    def index_of(self, key: str) -> int | None:
        return int(key[1:]) if int(key[1:]) in self.loaded else None


async def until(condition: Callable[[], object]) -> None:
    """Wait for what a timer will bring about."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - whatever it is, it has no event
            await asyncio.sleep(0.01)


class Stage(App[None]):
    """Shows widgets and keeps the messages they post."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *make: Callable[[], Widget]) -> None:
        super().__init__()
        self._make = make
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        for make in self._make:
            yield make()

    def heard(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    async def _on_message(self, message: Message) -> None:
        self.said.append(message)
        await super()._on_message(message)

    def text(self) -> list[str]:
        """The terminal's lines, without the blanks at their ends."""
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]
