"""An app whose terminal is watched: what reaches it, and what would have without the filter before it."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from textual.drivers.headless_driver import HeadlessDriver
from textual.filter import LineFilter

from kobotui.app import KoboApp
from kobotui.model.text import shown
from tests.hostile.corpus import CLIPBOARD
from tests.screens.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from rich.segment import Segment
    from textual.color import Color

    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset
    from kobotui.session import Session
    from tests.conftest import Until

_OURS = re.compile(
    r"\x1b\[[\d;]*[mHA-D]"  # colours, and where the cursor goes
    r"|\x1b\[\?(25|1000|1003|1004|1006|1015|1049|2004|2026|2048)[hl]"  # modes
    r"|\x1b\[\?(2026|2048)\$p|\x1b\[[<>]?\d*u|\x1b\[6n"
    r"|\x1b\]22;\w+(\x07|\x1b\\)"  # the shape of the mouse
    r"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"  # what is copied
)
"""What Textual and we write to the terminal."""


class Recorder(HeadlessDriver):
    """A terminal that only remembers."""

    written: list[str]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.written = []

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.written.append(data)


class Witness(LineFilter):
    """Stands before the filter that cleans, and notes what it would have to clean."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        self.seen |= {s.text for s in segments if not s.control and s.text != shown(s.text)}
        return segments


def assert_clean(app: KoboApp, witness: Witness) -> None:
    """Nothing reached the terminal that was not ours, nothing was left to the filter, nothing failed."""
    assert isinstance(app._driver, Recorder)
    written = "".join(app._driver.written)
    assert "^[" in written, "nothing hostile was shown"
    assert f"\x1b]52;c;{CLIPBOARD}" not in written
    rest = _OURS.sub("", written).replace("\n", "")
    at = next((n for n, (char, clean) in enumerate(zip(rest, shown(rest), strict=False)) if char != clean), None)
    assert at is None, repr(rest[max(0, at - 40) : at + 40])
    assert witness.seen == set(), ascii(witness.seen)
    assert app.unexpected == []


@asynccontextmanager
async def watched(
    session: Session, until: Until, directory: Path, server: DemoServer, asset: Asset, size: tuple[int, int] = (130, 56)
) -> AsyncIterator[Stage]:
    """The console on a server, watched until its end."""
    app = KoboApp(session, driver_class=Recorder)
    witness = Witness()
    *others, last = app.get_line_filters()
    app.get_line_filters = lambda: [*others, witness, last]  # type: ignore[method-assign]
    async with app.run_test(headless=False, size=size) as pilot:
        stage = Stage(pilot, until, directory, server, asset)
        await stage.settled()
        yield stage
        await stage.settled()
        assert_clean(app, witness)
