"""The console: screens over one session, one job thread, one reading client."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.events import Event, Key
from textual.screen import Screen
from textual.widgets import Input

from kobotui import terminal
from kobotui.locale import _, ngettext
from kobotui.model.account import Account
from kobotui.model.text import shown
from kobotui.reading_client import ReadingClient
from kobotui.session import Session
from kobotui.type_ahead import TypeAhead
from kobotui.widgets.hygiene import CleanLines
from kobotui.widgets.steady import Steady
from kobotui.work import JobChanged, TransferChanged, Work

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.filter import LineFilter

    from kobotui.action import Action
    from kobotui.api.client import KoboClient
    from kobotui.changes.kinds import AnyChange
    from kobotui.changes.plan import Plan
    from kobotui.jobs import Jobs, JobState
    from kobotui.screens.base import KoboScreen
    from kobotui.transfers import Transfer

log = logging.getLogger("kobotui")

LAST_RESORT = 40
"""Seconds from a signal to the end of the process, whatever hangs; jobs settle within 30."""


class KoboApp(Steady, App[int]):
    """The Textual application. It holds no rules: screens show, ``jobs`` applies plans."""

    TITLE = "kobotui"
    CSS_PATH = "kobotui.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = []

    def __init__(self, session: Session, *, goal: str = "", driver_class: type[Driver] | None = None) -> None:
        """``goal``: where to go first, as typed after ``:``."""
        super().__init__(driver_class=driver_class, ansi_color=None)
        self.session = session
        self.animation_level = "none"
        self._goal = goal
        self.reading = ReadingClient(self)
        self.work = Work(self)
        self._last_error: BaseException | None = None
        self.type_ahead = TypeAhead(super().on_event)
        self._notes: set[str] = set()
        """What was said of the journal's place."""
        self.unexpected: list[BaseException] = []
        """Errors that are our own fault; the console says so and goes on."""
        self.used_actions: set[str] = set()
        """Ids of the actions done in this run; tests read it."""

    # Start and end

    def on_mount(self) -> None:
        self.theme = self._theme()
        self.handle_signals()
        for notice in self.session.notices:
            self.call_after_refresh(lambda text=notice: self.kobo_screen().flash(text, "warning"))
        if self._goal:
            self.call_after_refresh(lambda: self.run_worker(partial(self.go_to, self._goal)))
        self.call_after_refresh(self._offer_to_go_on)
        if not gc.isenabled():
            self.call_after_refresh(gc.enable)
            self.call_after_refresh(gc.freeze)  # what is there now stays: the collector need not look through it

    def _offer_to_go_on(self) -> None:
        """A job that an earlier run left unfinished; asked after the first paint, where there is a journal."""
        if self.session.journal.exists():
            from kobotui.screens.job_flows import offer_to_go_on

            screen = self.kobo_screen()
            screen.run_flow(offer_to_go_on, screen)

    async def on_event(self, event: Event) -> None:
        """Keys typed behind ``/`` wait for the line they are meant for."""
        if isinstance(event, Key) and event.is_forwarded and (take := getattr(self.screen, "next_key", None)):
            self.screen.next_key = None  # type: ignore[attr-defined]
            await self.type_ahead.release()
            if take(event.key):
                return
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif self.type_ahead.holding:
            self.type_ahead.keep(event)
        else:
            await super().on_event(event)
            if self._opens_a_line(event.key):
                self.type_ahead.hold()

    def _opens_a_line(self, key: str) -> bool:
        """Whether a key of the screen on top opens a line to type in; not while one types in it."""
        asking = getattr(self.screen, "asking_keys", frozenset[str]())
        return key in asking and not isinstance(self.focused, Input)

    def _theme(self) -> str:
        """The theme of the settings; without colours where the terminal or NO_COLOR asks for none."""
        wanted = terminal.theme(self.session.settings.theme)
        return wanted if wanted in self.available_themes else "textual-dark"

    def handle_signals(self) -> None:
        """SIGTERM, SIGHUP and SIGINT end the app like ``q``: terminal restored, journal settled."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self._end_by_signal, number)
            except (NotImplementedError, RuntimeError, ValueError):
                return  # not the main thread: tests

    def _end_by_signal(self, number: int) -> None:
        """A terminal that is gone may block the end for ever: the alarm ends what is left."""
        signal.alarm(LAST_RESORT)
        self.exit(128 + number)

    async def on_unmount(self) -> None:
        await asyncio.to_thread(self.work.close)
        await self.reading.end()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The second lock: no control character reaches the terminal, whatever a widget was given."""
        return [*super().get_line_filters(), CleanLines()]

    def repaint(self) -> None:
        """Send the whole screen, whatever the terminal seems to show."""
        if forget := getattr(self._driver, "forget", None):
            forget()
        self.screen.refresh()

    # Places

    def open_place(self, place: str) -> None:
        """Go to a screen of its own, coming back to it when it is already open below."""
        from kobotui.screens.places import place_screen

        if place not in ("jobs", "accounts", "start") and self.session.account is None:
            self.kobo_screen().flash(_("Choose or add an account first."), "warning")
            return
        for screen in list(self.screen_stack):
            if getattr(screen, "place", None) == place:
                while self.screen is not screen:
                    self.pop_screen()
                return
        self.push_screen(place_screen(place))

    def leave_screen(self) -> None:
        """Out of the screen on top; the way out of the first one leads to the accounts."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif getattr(self.screen, "place", "") in ("accounts", "start"):
            self.ask_quit()
        else:
            from kobotui.screens.places import place_screen

            self.switch_screen(place_screen("accounts"))

    async def go_to(self, wanted: str) -> None:
        """Go to a place, an account, or a project by uid, web address or name."""
        from kobotui.screens.places import go_to

        await go_to(self, wanted.strip())

    def kobo_screen(self) -> KoboScreen:
        """The topmost screen of ours: dialogs lie above it."""
        from kobotui.screens.base import KoboScreen

        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, KoboScreen))

    def ask_quit(self) -> None:
        """End kobotui; when jobs are running, ask first."""
        if not self.work.running:
            self.exit(0)
        else:
            self.run_worker(self._ask_quit, group="quit", exclusive=True)

    async def _ask_quit(self) -> None:
        running = self.work.running
        text = ngettext(
            "{n} job is running. Quit after its current step?",
            "{n} jobs are running. Quit after their current steps?",
            running,
        )
        if await self.kobo_screen().confirm(text.format(n=running)):
            self.exit(0)

    # Accounts and reading

    async def use_account(self, account: Account) -> None:
        """Work with another account: everything shown of the old one goes."""
        await self.reading.close()
        self.session.use(account)
        self.session.accounts.use(account.name)
        self._begin_anew()

    async def use_session(self, session: Session) -> None:
        """Go over to other accounts in other places: the demo, started from the first screen."""
        self.session = session
        if session.account:
            await self.use_account(session.account)

    async def leave_account(self) -> None:
        """Work with no account: the one in use is no longer saved."""
        await self.reading.close()
        self.session.use(None)
        self._begin_anew()

    def _begin_anew(self) -> None:
        """The first screen in place of all there are."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.switch_screen(self._first_screen())

    async def kobo(self) -> KoboClient:
        """The reading client of the account in use.

        Raises ``NotLoggedIn`` when no account is in use, or its key cannot be found.
        """
        return await self.reading.client()

    # Errors

    def note_error(self, error: BaseException) -> None:
        """Keep the newest error for ``!`` and write its details to the log file."""
        self._last_error = error
        if not _is_sentence(error):
            self.unexpected.append(error)
            log.error("unexpected", exc_info=error)
        log.error("%s\n%s", shown(str(error)), _details(error))

    def _fatal_error(self) -> None:
        """End with a traceback. Textual's own would print the values of variables, and keys with them."""
        from rich.segment import Segment, Segments
        from rich.traceback import Traceback

        log.exception("kobotui failed")
        lines = self.console.render(Traceback(width=None), self.console.options)
        clean = [Segment(shown(segment.text, one_line=False), segment.style) for segment in lines]
        self._exit_renderables.append(Segments(clean))
        self._close_messages_no_wait()

    def show_last_error(self) -> None:
        """Details of the newest error."""
        from kobotui.widgets.message_box import MessageBox

        if self._last_error is None:
            self.kobo_screen().flash(_("Nothing has failed so far."))
        else:
            self.push_screen(MessageBox(_("Details"), str(self._last_error), _details(self._last_error)))

    # Writing

    @property
    def jobs(self) -> Jobs:
        """The job thread; started with the first plan."""
        return self.work.jobs

    @property
    def job_states(self) -> tuple[JobState, ...]:
        """The jobs of this run, without starting the thread."""
        return self.work.job_states

    def fetch(self, transfer: Transfer) -> int:
        """Begin an export or a download with the account in use; its number."""
        account = self.session.account
        assert account is not None
        return self.work.transfers.start(transfer, account)

    async def propose(
        self, screen: KoboScreen, title: str, changes: Sequence[AnyChange], warnings: Sequence[str] = ()
    ) -> int | None:
        """Review a plan and start its job: the job's number, None when it was not accepted."""
        from kobotui.changes.plan import Plan

        account = self.session.account
        if account is None or not changes:
            screen.flash(_("There is nothing to change."))
            return None
        plan = Plan(
            title=title, account=account.name, server=account.server, changes=tuple(changes), warnings=tuple(warnings)
        )
        return await self.propose_plan(screen, plan)

    async def propose_plan(self, screen: KoboScreen, plan: Plan, *, undoes: int | None = None) -> int | None:
        """Review a plan of the account in use and start its job; ``undoes``: the job that it takes back."""
        account = self.session.account
        assert account is not None
        if plan.small and not account.production:
            if not await screen.review_line(plan):
                return None
        else:
            from kobotui.screens.review import ReviewScreen

            reviewed = await self.push_screen_wait(ReviewScreen(plan, account))
            if reviewed is None:
                return None
            plan = reviewed
        return self.jobs.start(plan, account, undoes=undoes)

    def _whole_screens(self) -> list[KoboScreen]:
        """The screens of ours that are there with all they have: one that is being taken away has no foot."""
        from kobotui.screens.base import KoboScreen
        from kobotui.widgets.key_bar import KeyBar

        ours = (screen for screen in self.screen_stack if isinstance(screen, KoboScreen) and screen.is_mounted)
        return [screen for screen in ours if screen.query(KeyBar)]

    def _say(self, text: str, severity: str) -> None:
        """Say something at the foot of the topmost screen of ours."""
        for screen in self._whole_screens()[-1:]:
            screen.flash(text, severity)

    def on_job_changed(self, message: JobChanged) -> None:
        """Tell every screen; say at the foot how a job ended."""
        job = message.job
        if job.note and job.note not in self._notes:
            self._notes.add(job.note)
            self._say(job.note, "warning")
        for screen in self._whole_screens():
            screen.job_changed(job)
            if not job.running:
                screen.job_ended(job)
        if not job.running:
            from kobotui.screens.job_rows import said

            self._say(*said(job))

    def on_transfer_changed(self, message: TransferChanged) -> None:
        """Tell every screen; say at the foot how a transfer ended."""
        transfer = message.transfer
        for screen in self._whole_screens():
            screen.transfer_changed(transfer)
        if not transfer.running:
            from kobotui.screens.transfer_rows import said

            self._say(*said(transfer))
            screen = self.kobo_screen()
            if transfer.received and transfer.received.instead and not screen.asks:
                from kobotui.screens.export_flows import offer_instead

                screen.run_flow(offer_instead, screen, transfer)

    def used(self, action: Action) -> None:
        """Note that an action was done."""
        self.used_actions.add(action.id)

    def get_default_screen(self) -> Screen[Any]:
        """The first screen: at the bottom of the stack, since an empty one below it would be laid out and drawn too."""
        screen = self._first_screen()
        screen._push_result_callback(self, None)  # as when it is pushed; else Textual cannot switch it
        return screen

    def _first_screen(self) -> KoboScreen:
        from kobotui.screens.places import place_screen

        session = self.session
        return place_screen("projects" if session.account else "accounts" if len(session.accounts) else "start")


def _details(error: BaseException) -> str:
    details = getattr(error, "details", None)
    return details() if callable(details) else repr(error)


def _is_sentence(error: BaseException) -> bool:
    """Whether an error is one of ours, made to be read by the user."""
    from kobotui.api.errors import KoboError
    from kobotui.paths import LocalError

    return isinstance(error, KoboError | LocalError)
