"""A screen that is going does nothing more: its widgets are gone before it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.widgets import Static

from kobotui.widgets.sparing import SparingScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tests.conftest import Until


class Going(SparingScreen[None]):
    """Reads its widgets later."""

    def __init__(self, later: Callable[[Going], object]) -> None:
        super().__init__()
        self._later = later
        self.read: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("there", id="text")

    def ask(self) -> None:
        self._later(self)

    def look(self) -> None:
        self.read.append(str(self.query_one("#text", Static).render()))


LATER: dict[str, Callable[[Any], object]] = {
    "once painted": lambda screen: screen.once_painted(screen.look),
    "after a while": lambda screen: screen.after(0.001, screen.look),
}


@pytest.mark.parametrize("how", LATER)
async def test_once_it_is_going(until: Until, how: str) -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        screen = Going(LATER[how])
        await app.push_screen(screen)
        screen.ask()
        await until(pilot, lambda: screen.read == ["there"])
        leaving = app.pop_screen()
        screen.ask()
        await leaving
        await pilot.pause()
        assert screen.read == ["there"]
