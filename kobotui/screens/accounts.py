"""The saved accounts: which there are, where their keys are kept, and what they may do."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from kobotui.action import Target
from kobotui.columns.accounts import Used, account_cells, account_columns
from kobotui.locale import _, ngettext
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import KoboScreen, bindings
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from kobotui.model.account import Account


class AccountsScreen(KoboScreen):
    """One line for each account; in the demo, for each of its people."""

    place: ClassVar[str] = "accounts"
    BINDINGS = bindings("accounts")

    def body(self) -> ComposeResult:
        columns = account_columns(people=self.app.session.is_demo)
        yield Table(columns, empty=_("No account is saved. Press a to add one."))

    def on_mount(self) -> None:
        self._show()
        table = self.table
        table.focus()
        if account := self.app.session.account:
            table.move_to_key(account.name)

    def on_screen_resume(self, event: events.ScreenResume | None = None) -> None:
        if self.query(Table):
            self._show()

    def _show(self) -> None:
        session = self.app.session
        accounts = list(session.accounts)
        last = session.accounts.last_name()
        self.table.replace(ListSource(accounts, lambda account: self._row(account, last), _name_of))
        text = ngettext("{n} account", "{n} accounts", len(accounts)).format(n=len(accounts))
        self.show_where(_("Accounts"), text)
        self.show_account()
        self.show_keys()

    def _row(self, account: Account, last: str) -> Row:
        session = self.app.session
        in_use = session.account is not None and session.account.name == account.name
        used: Used = "now" if in_use else "last" if account.name == last else ""
        about = session.about.get(account.name, "") if session.is_demo else None
        return Row(account.name, account_cells(account, used, _kept(account), about))

    def account(self) -> Account | None:
        """The one under the cursor, as it is saved."""
        key = self.table.cursor_key
        return next((account for account in self.app.session.accounts if account.name == key), None)

    def targets(self) -> Sequence[Target]:
        return (Target(shown(account.name)),) if (account := self.account()) else ()

    def raw(self) -> object | None:
        return msgspec.to_builtins(account) if (account := self.account()) else None

    def copies(self) -> dict[str, str]:
        if (account := self.account()) is None:
            return {}
        curl = f"curl -H \"Authorization: Token $KOBOTUI_TOKEN\" '{account.server}/me/'"
        return {_("Address"): account.server, _("User name"): account.username, "curl": curl}

    def do_refresh(self) -> None:
        """Read the file of accounts again: it may be edited by hand."""
        from kobotui.accounts import Accounts

        def read() -> None:
            self.app.session.accounts = Accounts.load(self.app.session.accounts.path)

        self._try(read)

    def do_open(self) -> None:
        """Work with the account under the cursor."""
        if account := self.account():
            self.app.run_worker(partial(self.app.use_account, account), group="account", exclusive=True)

    def do_add(self) -> None:
        """Log in to a server."""
        if self.app.session.is_demo:
            self.flash(_("Nothing of the demo is kept. Leave it, then add your server with: kobotui login"), "warning")
            return
        from kobotui.screens.login import LoginScreen

        self.app.push_screen(LoginScreen())

    def do_test(self) -> None:
        """Ask the server who this account is."""
        if account := self.account():
            self.run_worker(partial(self.test, account), group="test", exclusive=True)

    async def test(self, account: Account) -> None:
        """Where the key comes from, whose it is, whether the clocks agree."""
        from kobotui.widgets.message_box import MessageBox

        self.show_where(_("Accounts"), _("asking {server} ...").format(server=account.host))
        doctor = await asyncio.to_thread(_doctor)
        checks = await doctor.examine_account(account)
        self._show()
        signs = {"ok": "ok", "warn": "! ", "bad": "!!"}
        lines = [f"{signs[check.state]}  {shown(check.sentence)}" for check in checks]
        self.app.push_screen(MessageBox(_("Test of {name}").format(name=account.name), "\n".join(lines)))

    def do_remove(self) -> None:
        """Forget the account under the cursor."""
        if account := self.account():
            self.run_worker(partial(self.remove_account, account), group="ask", exclusive=True)

    async def remove_account(self, account: Account) -> None:
        """Forget an account and its key on this machine, once that is confirmed."""
        question = _("Remove {name} and its key from this machine? Nothing changes on the server.")
        if not await self.confirm(question.format(name=account.name)):
            return
        try:
            await asyncio.to_thread(_forget, self.app.session.accounts.remove(account.name))
        except LocalError as error:
            self.failed(error)
        in_use = self.app.session.account
        if in_use is not None and in_use.name == account.name:
            await self.app.leave_account()
        else:
            self._show()

    def do_read_only(self) -> None:
        """Refuse changes with this account, or allow them again."""
        if account := self.account():
            wanted = msgspec.structs.replace(account, read_only=not account.read_only)
            question = _("Let {name} make changes on {server}?").format(name=account.name, server=account.host)
            self._switch(wanted, question if account.read_only else "")

    def do_production(self) -> None:
        """Ask for a typed number before changes with this account, or no longer."""
        if account := self.account():
            wanted = msgspec.structs.replace(account, production=not account.production)
            question = _("No longer treat {name} on {server} as production?")
            question = question.format(name=account.name, server=account.host)
            self._switch(wanted, question if account.production else "")

    def _switch(self, wanted: Account, question: str) -> None:
        """Save the account; what makes it less careful is asked first."""
        self.run_worker(partial(self._save, wanted, question), group="ask", exclusive=True)

    async def _save(self, wanted: Account, question: str) -> None:
        if question and not await self.confirm(question):
            return

        def save() -> None:
            session = self.app.session
            session.accounts.update(wanted)
            if session.account is not None and session.account.name == wanted.name:
                session.use(wanted)

        self._try(save)
        if self.app.session.read_only and not wanted.read_only:
            self.flash(_("Saved. This run stays read only: it was started with --read-only."), "warning")

    def _try(self, change: Callable[[], Any]) -> None:
        try:
            change()
        except LocalError as error:
            self.failed(error)
        self._show()


def _name_of(account: Account) -> str:
    return account.name


def _kept(account: Account) -> str:
    """Where the key is, without the path."""
    from kobotui.secrets import Place, where

    try:
        return Place(where(account).kind).say()
    except LocalError:
        return "?"


def _forget(account: Account) -> None:
    from kobotui import cache
    from kobotui.secrets import forget_token

    forget_token(account)
    cache.forget(account)


def _doctor() -> Any:
    from kobotui import doctor
    from kobotui.api import client  # noqa: F401 - imported here, in a thread, since httpx takes its time

    return doctor
