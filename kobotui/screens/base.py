"""What all screens share: the line on top, the foot, actions from the table, questions, plans, errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from kobotui.action import EVERYWHERE, Action, Context, Target, why_not
from kobotui.actions import BY_ID, actions_of
from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.screens.asking import AskingScreen
from kobotui.widgets.key_bar import KeyBar, KeyHint
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.app import KoboApp
    from kobotui.changes.kinds import AnyChange
    from kobotui.changes.plan import Plan
    from kobotui.jobs import JobState
    from kobotui.screens.copy import Text
    from kobotui.transfers import TransferState

Parameters = ParamSpec("Parameters")


def bindings(place: str) -> list[BindingType]:
    """Bindings of a screen, made from the table of actions; all go through ``action_do``."""
    return [
        Binding(action.keys, f"do('{action.verb}')", _(action.label), id=action.id, show=False)
        for action in actions_of(place)
        if action.keys
    ]


class KoboScreen(AskingScreen):
    """A screen whose keys come from the table of actions under ``place``.

    A verb of the table is done by the method ``do_<verb>``. ``action_do`` is the only door: it says why
    an action is not possible now instead of doing nothing.
    """

    place: ClassVar[str]
    app: KoboApp

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield from self.body()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """The work between the line on top and the foot."""
        yield from ()

    def on_mount(self) -> None:
        self.show_account()
        self.show_keys()

    def on_screen_resume(self) -> None:
        self.show_account()
        self.show_keys()

    # What is shown

    @property
    def table(self) -> Table:
        """The table of the screen; nearly every one is a table between two lines."""
        return self.query_one(Table)

    def show_where(self, where: str, facts: str = "") -> None:
        """The left of the line on top: where, and how much."""
        self.query_one(TopLine).show_where(where, facts)

    def show_account(self) -> None:
        """The right of the line on top: as whom, on which server, and the badges."""
        self.query_one(TopLine).show_account(self.app.session.account)

    def show_keys(self) -> None:
        """The foot: the keys that can be used now, and those that cannot, dimmed."""
        context = self.context()
        hints = [
            KeyHint(action.shown_key, _(action.label), why_not(action, context) is None)
            for action in actions_of(self.place)
            if action.footer and action.keys
        ]
        self.query_one(KeyBar).set_keys(hints)

    def flash(self, text: str, severity: str = "information") -> None:
        """Say something at the foot for a few seconds; ``text`` may hold text from the server."""
        if bars := self.query(KeyBar):
            bars.first().flash(shown(text), severity)
        elif not self.is_mounted:
            self.once_painted(partial(self.flash, text, severity))

    # Actions

    def targets(self) -> Sequence[Target]:
        """What an action would be applied to: the marked things, else the one under the cursor."""
        return ()

    def context(self) -> Context:
        """The state that decides what can be done now."""
        session = self.app.session
        return Context(
            read_only=session.account is not None and session.account.read_only,
            superuser=session.superuser is True,
            targets=tuple(self.targets()),
        )

    async def action_do(self, verb: str) -> None:
        """Do what the table calls ``verb``, or say why not; on a screen that is not there yet, once it is."""
        if not self.is_mounted:
            self.call_later(self.action_do, verb)
            return
        if not self.is_there:
            return
        self.query_one(KeyBar).key_pressed()
        action = self.find_action(verb)
        context = self.context()
        if reason := why_not(action, context):
            self.flash(reason, "warning")
            await self.app.type_ahead.release()
            unlimited = replace(context, superuser=True)
            if self.app.session.superuser is None and why_not(action, unlimited) is None:
                self.run_worker(self._perhaps_a_superuser, group="who", exclusive=True)
            return
        self.app.used(action)
        try:
            result = getattr(self, f"do_{verb}")()
            if asyncio.iscoroutine(result):
                await result
        except Exception as error:  # nothing a server or a user sends may end the console
            self.failed_unexpectedly(error)

    async def _perhaps_a_superuser(self) -> None:
        """A right was missing: it is not missed where the account is a superuser's, which no row tells."""
        from kobotui.api.errors import KoboError

        try:
            superuser = await self.app.reading.learn_superuser()
        except KoboError:
            return  # what was refused stays refused
        if superuser:
            self.show_keys()
            self.flash(_("You are a superuser here: the server decides. Press the key again."))

    @cached_property
    def asking_keys(self) -> frozenset[str]:
        """Keys of this screen that open a line to type in."""
        return frozenset(key for action in actions_of(self.place) if action.asks for key in action.keys.split(","))

    def find_action(self, verb: str) -> Action:
        """The action behind a verb: this screen's own, or everywhere's."""
        return BY_ID.get(f"{self.place}.{verb}") or BY_ID[f"{EVERYWHERE}.{verb}"]

    @on(Table.Chosen)
    async def _enter(self, event: Table.Chosen) -> None:
        """Tables keep ``enter`` for themselves; here it is the action bound to it."""
        event.stop()
        for action in actions_of(self.place):
            if "enter" in action.keys.split(","):
                await self.action_do(action.verb)

    @on(Table.CursorMoved)
    def _key_was_pressed(self) -> None:
        self.query_one(KeyBar).key_pressed()

    @on(Table.CursorRested)
    @on(Table.MarksChanged)
    def _keys_may_change(self) -> None:
        self.show_keys()

    def do_back(self) -> None:
        """Out of here."""
        self.app.leave_screen()

    def do_quit(self) -> None:
        """End kobotui; asks when jobs are running."""
        self.app.ask_quit()

    def do_help(self) -> None:
        """All keys of this screen."""
        from kobotui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.place, self.context(), self.signs()))

    def signs(self) -> Sequence[tuple[str, str]]:
        """The signs of this screen that want an explanation, and what they mean."""
        return ()

    def do_palette(self) -> None:
        """Every action by name."""
        from kobotui.screens.palette import Palette

        self.app.push_screen(Palette(self.place, self.context()), self._do_chosen)

    def _do_chosen(self, verb: str | None) -> None:
        if verb is not None:
            self.call_later(self.action_do, verb)

    def do_go_to(self) -> None:
        """Ask where to go, and go there."""
        self.run_worker(self._go_to, group="ask", exclusive=True)

    async def _go_to(self) -> None:
        from kobotui.screens.places import destinations

        known = destinations(self.app)
        wanted = await self.ask(_("go to"), complete=known)
        if wanted and (wanted in known or not self.goes_here(wanted)):
            self.app.run_worker(partial(self.app.go_to, wanted), group="go to", exclusive=True)  # outlives this screen

    def goes_here(self, wanted: str) -> bool:
        """Go to something of this screen's own that was typed behind ``:``; False when it is nothing of it."""
        return False

    def do_undo(self) -> None:
        """Review the inverse of the last plan."""
        from kobotui.screens.job_flows import undo

        self.run_flow(undo, self)

    def do_jobs(self) -> None:
        """Running and finished jobs."""
        self.app.open_place("jobs")

    def do_projects(self) -> None:
        """The project list."""
        self.app.open_place("projects")

    def do_access(self) -> None:
        """Everybody's rights on every project."""
        self.app.open_place("access")

    def do_history(self) -> None:
        """What was done on all projects."""
        self.app.open_place("history")

    def do_access_log(self) -> None:
        """From where the account was used."""
        self.app.open_place("access-log")

    def do_deployments(self) -> None:
        """Draft against deployed."""
        self.app.open_place("deployments")

    def do_accounts(self) -> None:
        """The accounts."""
        self.app.open_place("accounts")

    def do_details(self) -> None:
        """Details of the last error."""
        self.app.show_last_error()

    def do_repaint(self) -> None:
        """Paint the screen anew."""
        self.app.repaint()

    def do_refresh(self) -> None:
        """Ask the server again."""

    def do_raw(self) -> None:
        """What the server sent for the thing under the cursor."""
        from kobotui.screens.raw import RawScreen

        if (raw := self.raw()) is None:
            self.flash(_("There is nothing here to show raw."), "warning")
        else:
            self.app.push_screen(RawScreen(raw))

    def raw(self) -> object | None:
        """The JSON behind the thing under the cursor, None when there is none."""
        return None

    def do_copy(self) -> None:
        """Choose what to copy."""
        self.run_flow(self._copy)

    async def _copy(self) -> None:
        from kobotui.screens.copy import CopyScreen, told
        from kobotui.widgets.picker import Choice, Picker

        if not (texts := self.copies()):
            self.flash(_("There is nothing here to copy."), "warning")
            return
        choices = [Choice(name, name) for name in texts]
        if name := await self.app.push_screen_wait(Picker(_("Copy"), choices)):
            await self.app.push_screen_wait(CopyScreen(name, await told(texts[name])))

    def copies(self) -> Mapping[str, Text]:
        """What ``y`` offers here: name -> text, with ``$KOBOTUI_TOKEN`` where a key would go, or how to get it."""
        return {}

    # Flows: ask, read, propose

    def run_flow(
        self, flow: Callable[Parameters, Coroutine[Any, Any, None]], *args: Parameters.args, **named: Parameters.kwargs
    ) -> None:
        """Run something that asks the user; it replaces a flow that still asks, and its errors are said."""

        async def run() -> None:
            await flow(*args, **named)

        self.run_worker(run, group="ask", exclusive=True)

    # Reading and writing

    async def kobo(self) -> KoboClient:
        """The client of the account in use, in Textual's loop: for reading only."""
        return await self.app.kobo()

    def worker_failed(self, error: BaseException) -> None:
        from kobotui.api.errors import KoboError
        from kobotui.paths import LocalError

        if isinstance(error, KoboError | LocalError):
            self.failed(error)
        else:
            self.failed_unexpectedly(error)

    def failed_unexpectedly(self, error: BaseException) -> None:
        """Say an error that nobody foresaw."""
        self.app.note_error(error)
        self.flash(_("kobotui itself failed here; the log file has the details. (!)"), "error")

    def failed(self, error: Exception) -> None:
        """Say an error in a sentence; details are behind ``!`` and in the log."""
        self.app.note_error(error)
        self.flash(_("{sentence}  (! details)").format(sentence=shown(str(error))), "error")

    async def propose(self, title: str, changes: Sequence[AnyChange], warnings: Sequence[str] = ()) -> int | None:
        """Review a plan and, when it is accepted, start its job: the job's number, else None."""
        return await self.app.propose(self, title, changes, warnings)

    async def review_line(self, plan: Plan) -> bool:
        """The review of a small plan, at the foot of this screen."""
        (change,) = plan.changes
        before, after = change.before_text(), change.after_text()
        what = f"{change.project_name}: {change.line()}" if change.project_name else change.line()
        arrow = f"   {before or '-'} -> {after}" if after else ""
        return await self.confirm(f"{what}{arrow}")

    def job_changed(self, job: JobState) -> None:
        """A job has got on."""
        self.query_one(KeyBar).show_jobs(self.app.work.text())

    def transfer_changed(self, transfer: TransferState) -> None:
        """An export or a download has got on, or ended."""
        self.query_one(KeyBar).show_jobs(self.app.work.text())

    def job_ended(self, job: JobState) -> None:
        """A job has come to its end: screens read again what it changed."""
