"""The first screen while no account is saved: three lines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.screens.base import KoboScreen, bindings
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult


class StartScreen(KoboScreen):
    """Try the demo, add a server, or read what this is."""

    place: ClassVar[str] = "start"
    BINDINGS = bindings("start")

    def body(self) -> ComposeResult:
        columns = (Column("what", "", 18, priority=2), Column("note", "", 50, flexible=True))
        rows = (
            Row("demo", (Cell(_("Try the demo")), Cell(_("an embedded server; nothing leaves this machine"), "dim"))),
            Row("add", (Cell(_("Add my server")), Cell(_("log in to KoboToolbox and save the account"), "dim"))),
            Row("about", (Cell(_("What is this")), Cell(_("in ten lines"), "dim"))),
        )
        yield Table(columns, rows_source(rows), headings=False)

    def on_mount(self) -> None:
        self.show_where("kobotui")
        self.table.focus()

    def do_open(self) -> None:
        """Do what the line under the cursor says."""
        match self.table.cursor_key:
            case "demo":
                self.run_worker(self.start_demo, group="demo", exclusive=True)
            case "add":
                from kobotui.screens.login import LoginScreen

                self.app.push_screen(LoginScreen())
            case _:
                self.show_about()

    async def start_demo(self) -> None:
        """Start the embedded server in a thread, then go over to its accounts."""
        start = self.app.session.start_demo
        if start is None:
            self.flash(_("This is the demo already."), "warning")
            return
        self.show_where("kobotui", _("starting the demo server ..."))
        try:
            session = await asyncio.to_thread(start)
        except (OSError, RuntimeError) as error:
            self.show_where("kobotui")
            self.failed(error)
            return
        await self.app.use_session(session)

    def show_about(self) -> None:
        """What kobotui is for, and how to get about."""
        from kobotui.widgets.message_box import MessageBox

        text = _(
            "The console for administrators of KoboToolbox projects: all your projects in one list, their forms, "
            "submissions, deployments and who may do what on them.\n\n"
            "What you change is shown before it is sent, and written to a journal while it is done. What can be done "
            "to one project or record can be done to many: mark them with space.\n\n"
            "Every screen shows its keys at the foot. ? lists all of them, ctrl+p finds any action by its name, "
            ": goes anywhere, escape goes back, q quits.\n\n"
            "The demo has a hundred invented projects. Your own server needs your API key, which stays on this machine."
        )
        self.app.push_screen(MessageBox(_("What is this"), text))
