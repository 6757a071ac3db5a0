"""The console opened somewhere, with one project or record under the cursor, and ways to answer what it asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from kobotui.demo.server import DemoServer
from kobotui.screens.places import project_screen
from kobotui.screens.project_list import ProjectList
from kobotui.screens.review import ReviewScreen
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from tests.conftest import picking

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from kobotui.app import KoboApp
    from kobotui.demo.state import Asset
    from tests.conftest import Until


def new_project(server: DemoServer, status: str) -> Asset:
    """A project that nobody else looks at: ``draft``, ``deployed`` or ``archived``."""
    source = next(iter(server.state.assets.values()))
    headers = {"Authorization": f"Token {server.accounts[0].token}"}
    with httpx.Client(base_url=f"{server.url}/api/v2/assets/", headers=headers, verify=False) as client:
        body = {"clone_from": source.uid, "name": f"Copy {len(server.state.assets)}", "asset_type": "survey"}
        uid = client.post("", json=body).json()["uid"]
        if status != "draft":
            client.post(f"{uid}/deployment/", json={"active": True}).raise_for_status()
        if status == "archived":
            client.patch(f"{uid}/deployment/", json={"active": False}).raise_for_status()
    return server.state.assets[uid]


class Stage:
    """``asset`` is the project that the cursor is put on; ``noted`` what was there before the action."""

    def __init__(
        self, pilot: Pilot[Any], until: Until, directory: Path, server: DemoServer | None, asset: Asset | None
    ) -> None:
        self.pilot = pilot
        self.app: KoboApp = pilot.app  # type: ignore[assignment]
        self.directory = directory
        self.noted: Any = None
        self._until = until
        self._server, self._asset = server, asset

    @property
    def server(self) -> DemoServer:
        assert self._server
        return self._server

    @property
    def asset(self) -> Asset:
        assert self._asset
        return self._asset

    @property
    def screen(self) -> Any:
        """The topmost screen that is no window."""
        return self.app.kobo_screen()

    @property
    def table(self) -> Table:
        table: Table = self.screen.query_one(Table)
        return table

    @property
    def said(self) -> str:
        """What is said at the foot."""
        bar: KeyBar = self.screen.query_one(KeyBar)
        return bar.flashing

    def texts(self) -> list[str]:
        """The rows of the table."""
        rows = (self.table.source.row(index) for index in range(len(self.table.source)))
        return [" ".join(cell.text for cell in row.cells).strip() for row in rows if row]

    async def until(self, condition: Any, what: str = "") -> None:
        await self._until(self.pilot, condition, what)

    async def settled(self) -> None:
        """No worker is at work, but for those that wait for an answer."""
        await self.pilot.pause(0)
        await self.until(lambda: not any(w.is_running for w in self.app.workers if w.group != "ask"), "rest")

    async def rest(self) -> None:
        """Settled, and what follows the cursor once it has come to rest is settled too."""
        await self.settled()
        tables = [table for screen in self.app.screen_stack for table in screen.query(Table)]
        await self.until(lambda: not any(table._rest for table in tables), "the cursor's rest")
        await self.settled()

    # Getting there

    async def open_list(self, place: str) -> None:
        """A list of projects, all of it read, the cursor on the project."""
        self.app.open_place(place)
        await self.until(lambda: self.screen.place == place and self.screen.is_mounted, place)
        screen: ProjectList = self.screen
        await self.until(lambda: screen.store.complete, "the list")
        await self.settled()
        assert screen.table.move_to_key(self.asset.uid)

    async def open_project(self, place: str) -> None:
        """A place of the project, its detail read."""
        project = await (await self.app.kobo()).projects.get(self.asset.uid)
        self.app.push_screen(project_screen(project, place))
        await self.until(lambda: self.screen.place == place and self.screen.is_mounted, place)
        await self.settled()
        if place not in ("exports", "activity"):  # of which a new project may have none
            await self.until(lambda: self.table.cursor_key is not None, "rows")

    async def open_record(self, question: str = "") -> None:
        """The newest record, the cursor on a question."""
        await self.open_project("data")
        await self.pilot.press("enter")
        await self.until(lambda: self.screen.place == "record" and self.screen.is_mounted, "the record")
        if question:
            assert self.table.move_to_key(f"answer {question} 0")

    # Answering

    async def on(self, place: str) -> None:
        """Wait for a screen."""
        await self.until(lambda: self.screen.place == place and self.app.screen is self.screen, place)

    async def window(self, kind: type[Any]) -> Any:
        """Wait for a window; the window."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted, kind.__name__)
        return self.app.screen

    async def answer(self, text: str | None = None) -> None:
        """The question at the foot; None: with what it proposes."""
        await self.until(lambda: self.screen.query(Prompt), "a question")
        prompt = self.screen.query_one(Prompt)
        if text is not None:
            prompt.text = text
        await self.pilot.press("enter")
        await self.until(lambda: not prompt.is_attached, "the end of the question")

    async def pick(self, key: str) -> None:
        """One of the list in the window."""
        await self.until(lambda: picking(self.app), "a list to choose from")
        window: Any = self.app.screen
        assert window.table.move_to_key(key)
        await self.pilot.press("enter")

    async def accept(self, number: str = "") -> None:
        """Agree to the plan, in a line or on its screen, and wait for the end of the job."""
        await self.until(lambda: self.app.screen.query(ConfirmLine) or self.reviewing, "the review")
        await self.pilot.pause()
        await self.pilot.press("a" if self.reviewing else "enter")
        if number:
            await self.answer(number)
        await self.until(lambda: self.app.job_states and not self.app.job_states[0].running, "the end of the job")
        assert [outcome.reason for outcome in self.app.job_states[0].outcomes if outcome and outcome.reason] == []
        await self.settled()

    @property
    def reviewing(self) -> bool:
        """Whether the review screen is on top and takes keys."""
        return isinstance(self.app.screen, ReviewScreen) and self.app.screen._painted
