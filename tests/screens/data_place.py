"""DATA opened as from the project list, and the server asked behind kobotui's back."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from kobotui.screens.data import DataScreen
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoServer
    from kobotui.demo.state import Asset
    from tests.conftest import MakeApp, Until

HOUSEHOLD, CLINIC, DISTRIBUTION = 0, 1, 2
"""Positions of the demo's first projects."""


def asset_at(server: DemoServer, position: int) -> Asset:
    return list(server.state.assets.values())[position]


def ask(server: DemoServer, asset: Asset, method: str, path: str, username: str = "admin", **more: Any) -> Any:
    """A plain HTTP request to a project's ``data/``; without the 20 ms that reading certificates takes."""
    token = next(account.token for account in server.accounts if account.username == username)
    url = f"{server.url}/api/v2/assets/{asset.uid}/data/{path}"
    reply = httpx.request(method, url, headers={"Authorization": f"Token {token}"}, verify=False, **more)
    assert reply.is_success, reply.text
    return reply.json() if reply.content else None


def correct_newest(server: DemoServer, position: int, answers: dict[str, str]) -> None:
    """Give the newest record of a project answers that kobotui would not send."""
    asset = asset_at(server, position)
    newest = ask(server, asset, "GET", "", params={"limit": 1, "sort": '{"_id":-1}'})["results"][0]["_id"]
    ask(server, asset, "PATCH", "bulk/", json={"payload": {"submission_ids": [newest], "data": answers}})


class DataPlace:
    """The app with DATA on top."""

    def __init__(self, app: KoboApp, pilot: Pilot[Any], server: DemoServer, asset: Asset, until: Until) -> None:
        self.app, self.pilot, self.server, self.asset, self._until = app, pilot, server, asset, until
        self.opened_with = 0
        """Requests it took to open DATA."""

    @property
    def screen(self) -> DataScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, DataScreen))

    @property
    def table(self) -> Table:
        return self.screen.query_one(Table)

    @property
    def heading(self) -> str:
        line = self.app.kobo_screen().query_one(TopLine)._text
        return f"{line._where}  {line._facts}"

    @property
    def flashing(self) -> str:
        return self.app.kobo_screen().query_one(KeyBar).flashing

    @property
    def below(self) -> str:
        """The line of filter and language."""
        line = self.screen.query_one("#order")
        return str(line.render()) if line.display else ""

    def shown(self, column: str, index: int = 0) -> str:
        """The text of a cell."""
        row = self.table.source.row(index)
        place = [c.key for c in self.table.columns].index(column)
        return row.cells[place].text if row else "..."

    def look_at(self, column: str, index: int = 0) -> int:
        """Put the cursor there; the record's ``_id``."""
        self.table.move_to(index, [c.key for c in self.table.columns].index(column))
        assert self.table.cursor_key is not None
        return int(self.table.cursor_key)

    async def until(self, condition: Any, what: str = "") -> None:
        await self._until(self.pilot, condition, what)

    async def choose(self, key: str) -> None:
        """Choose a line of the window on top."""
        await self.until(
            lambda: self.app.screen.query(Table) and self.app.screen is not self.app.kobo_screen(), "window"
        )
        table = self.app.screen.query_one(Table)
        await self.until(lambda: table.move_to_key(key), f"{key} in the window")
        await self.pilot.press("enter")

    async def type(self, text: str, *, enter: bool = True) -> None:
        """Type into the field that has the focus, at once."""
        from textual.widgets import Input

        await self.until(lambda: isinstance(self.app.focused, Input), "a field")
        field = self.app.focused
        assert isinstance(field, Input)
        field.value = text
        await self.pilot.pause()
        if enter:
            await self.pilot.press("enter")

    async def confirm(self) -> None:
        """Accept the line of review at the foot."""
        from kobotui.widgets.confirm_line import ConfirmLine

        await self.until(lambda: isinstance(self.app.focused, ConfirmLine), "a review")
        await self.pilot.pause()
        await self.pilot.press("enter")

    async def apply(self, typed: str = "") -> None:
        """Accept the plan on the review screen."""
        from kobotui.screens.review import ReviewScreen

        await self.until(lambda: isinstance(self.app.screen, ReviewScreen) and self.app.screen._painted, "the review")
        await self.pilot.press("a")
        if typed:
            await self.type(typed)

    async def job_done(self) -> None:
        """The newest job has ended, and what it changed was read again."""
        await self.until(lambda: self.app.job_states and not self.app.job_states[0].running, "the job")
        job = self.app.job_states[0]
        assert not job.error
        await self.settled()

    async def status_set(self, *record_ids: int) -> None:
        """What was set on these records has come to its end."""
        checking = self.screen.records.checking
        await self.until(lambda: not any(map(checking.mark, record_ids)), "the statuses")

    async def settled(self) -> None:
        def still() -> bool:
            return not any(worker.is_running for worker in self.app.workers if worker.group != "ask")

        await self.pilot.pause()
        await self.until(still, "workers")

    # Behind kobotui's back

    def ask(self, method: str, path: str, username: str = "admin", **more: Any) -> Any:
        """A plain HTTP request to the project's ``data/``."""
        return ask(self.server, self.asset, method, path, username, **more)

    def record(self, record_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"{record_id}/")
        return found

    def count(self, query: dict[str, Any] | None = None) -> int:
        params = {"limit": 1, "query": json.dumps(query or {})}
        return int(self.ask("GET", "", params=params)["count"])


@asynccontextmanager
async def data_place(
    make_app: MakeApp,
    until: Until,
    server: DemoServer,
    position: int = HOUSEHOLD,
    *,
    username: str = "admin",
    size: tuple[int, int] = (100, 24),
    **fields: Any,
) -> AsyncIterator[DataPlace]:
    """DATA of a project, opened from its item in the list."""
    app = make_app(server, username, **fields)
    async with app.run_test(size=size) as pilot:
        place = DataPlace(app, pilot, server, asset_at(server, position), until)
        await place.settled()
        projects = await (await app.kobo()).projects.page()
        project = next(project for project in projects if project.uid == place.asset.uid)
        before = server.faults.served
        app.push_screen(DataScreen(project))
        await place.until(lambda: any(isinstance(screen, DataScreen) for screen in app.screen_stack), "DATA")
        await place.settled()
        place.opened_with = server.faults.served - before
        yield place
