"""What the tests of project lists share: opening one, answering its questions, reading what it shows."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kobotui.screens.review import ReviewScreen
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.painted import Painted
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine
from tests.conftest import picking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset
    from kobotui.screens.project_list import ProjectList
    from tests.conftest import Until


class Driver:
    """A list on the screen, and the keys pressed on it."""

    def __init__(self, pilot: Pilot[Any], screen: ProjectList, until: Until) -> None:
        self.pilot, self.screen, self._until = pilot, screen, until
        self.app: KoboApp = pilot.app  # type: ignore[assignment]

    async def until(self, condition: Any, what: str = "") -> None:
        await self._until(self.pilot, condition, what)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    @property
    def top(self) -> str:
        """The line on top, without the account."""
        text = self.screen.query_one(TopLine).query(Painted).first().render_line(0).text
        return text.partition("admin @")[0].rstrip()

    @property
    def said(self) -> str:
        """What is said at the foot."""
        return self.screen.query_one(KeyBar).flashing

    def names(self) -> list[str]:
        """The first column, from the top."""
        return [self.row(index)[0] for index in range(len(self.screen.table.source))]

    def row(self, index: int) -> list[str]:
        row = self.screen.table.source.row(index)
        assert row is not None
        return [cell.text for cell in row.cells]

    def row_of(self, uid: str) -> list[str]:
        index = self.screen.table.source.index_of(uid)
        assert index is not None
        return self.row(index)

    async def to(self, *uids: str) -> None:
        """The cursor on a project; several are marked."""
        table = self.screen.table
        assert table.move_to_key(uids[0])
        if len(uids) > 1:
            table.set_marked(uids)
        await self.pilot.pause()

    async def answer(self, text: str | None = None, *, label: str = "") -> None:
        """The question at the foot, answered with ``text``; None: with what it proposes."""
        await self.until(lambda: self.screen.query(Prompt), f"a question {label}")
        prompt = self.screen.query_one(Prompt)
        assert label in prompt._label
        if text is not None:
            prompt.text = text
        await self.press("enter")

    async def pick(self, key: str) -> None:
        """One of the list in the window."""
        await self.until(lambda: picking(self.app), "a list to choose from")
        assert self.app.screen.query_one(Table).move_to_key(key)
        await self.press("enter")

    async def agree(self) -> None:
        """``enter`` on the line that reviews one small change, then wait for the job's end."""
        await self.until(lambda: self.screen.query(ConfirmLine), "the review line")
        await self.press("enter")
        await self.job_done()

    async def apply(self, number: str = "") -> list[str]:
        """``a`` on the review screen, with the number typed where one is asked for; the lines of the review."""
        await self.until(lambda: isinstance(self.app.screen, ReviewScreen), "the review")
        review = self.app.screen
        source = review.query_one(Table).source
        lines = [row.cells[0].text for i in range(len(source)) if (row := source.row(i))]
        await self.press("a")
        if number:
            await self.until(lambda: review.query(Prompt), "the number to type")
            review.query_one(Prompt).text = number
            await self.press("enter")
        await self.job_done()
        return lines

    async def job_done(self) -> None:
        before = len(self.app.job_states)
        await self.until(lambda: self.app.job_states and not self.app.job_states[0].running, "the end of the job")
        assert len(self.app.job_states) >= before
        await self.idle()

    async def idle(self) -> None:
        """Nothing is being read."""
        await self.until(
            lambda: not any(worker.is_running for worker in self.app.workers if worker.group != "ask"), "rest"
        )


@asynccontextmanager
async def opened(app: KoboApp, until: Until, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Driver]:
    """The app on its project list, all of it read."""
    async with app.run_test(size=size) as pilot:
        from kobotui.screens.project_list import ProjectList

        await until(pilot, lambda: isinstance(app.screen, ProjectList) and app.screen.store.complete, "the list")
        driver = Driver(pilot, app.screen, until)  # type: ignore[arg-type]
        await driver.idle()
        yield driver


def project(server: DemoServer, beginning: str) -> Asset:
    """The demo's project whose name begins so."""
    return next(a for a in server.state.assets.values() if a.asset_type == "survey" and a.name.startswith(beginning))


def files(directory: Path, pattern: str = "*") -> list[Path]:
    """The files in a directory."""
    return [path for path in directory.glob(pattern) if path.is_file()]


def live(server: DemoServer) -> dict[str, Asset]:
    """The demo's projects that are not in the trash."""
    return {uid: a for uid, a in server.state.assets.items() if a.asset_type == "survey" and not a.trashed}
