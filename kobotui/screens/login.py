"""Adding an account: a list of questions; each answer stays, whatever goes wrong with a later one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.widgets import Static

from kobotui import login
from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.account import PRESETS
from kobotui.model.text import shown
from kobotui.paths import LocalError
from kobotui.screens.base import KoboScreen, bindings
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kobotui.api.login import Server
    from kobotui.model.account import Account
    from kobotui.model.token import Token
    from kobotui.secrets import Storable

Result = TypeVar("Result")

QUESTIONS = ("server", "way", "key", "host", "name", "changes", "store")


class LoginScreen(KoboScreen):
    """Asks one question after another; ``enter`` on a line asks it again, and those after it."""

    place: ClassVar[str] = "login"
    BINDINGS = bindings("login")
    DEFAULT_CSS = """
    LoginScreen Table { height: 9; }
    LoginScreen #words { margin: 1 2; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.server: Server | None = None
        self.way = ""
        self.username = ""
        self.password = ""
        self.pasted = ""
        self.token: Token | None = None
        """A key the server has accepted."""
        self.account_name = ""
        self.read_only = True
        self.store: Storable | None = None
        self._accepted = ""

    def body(self) -> ComposeResult:
        columns = (Column("question", "", 18, priority=9), Column("answer", "", 18, flexible=True))
        yield Table(columns, headings=False)
        yield Static("", markup=False, id="words")

    def on_mount(self) -> None:
        self.table.focus()
        self.show_answers()
        self._ask_from("server")

    def show_answers(self, facts: str = "") -> None:
        """The table of what is known, and in the line on top what is being done."""
        self.show_where(_("Add an account"), facts)
        lines = [(question, *self._said(question)) for question in QUESTIONS]
        self.table.replace(ListSource(lines, _row, lambda line: line[0]))

    def say(self, words: str) -> None:
        """A sentence below the table: what is wrong, or where to find what is asked."""
        self.query_one("#words", Static).update(shown(words, one_line=False))

    def _said(self, question: str) -> tuple[str, str]:
        server = self.server
        match question:
            case "server":
                return _("Server"), server.url if server else self.address
            case "way":
                return _("Log in with"), _ways().get(self.way, "")
            case "key":
                known = f"{self.username}  ({_('accepted')})" if self.token else "********" if self.pasted else ""
                return _("User"), known or self.username
            case "host":
                return _("New records go to"), server.openrosa if server else ""
            case "name":
                return _("Account name"), self.account_name
            case "changes":
                return _("It may"), "" if not self.token else _("only read") if self.read_only else _("read and change")
            case _:
                return _("The key is kept in"), _stores().get(self.store or "", "")

    # Asking

    def do_open(self) -> None:
        """Ask the question under the cursor again, and those after it."""
        self._ask_from(self.table.cursor_key or "server")

    def do_save(self) -> None:
        """Save the account, once every question has an answer."""
        missing = next((q for q in QUESTIONS if not self._answered(q)), None)
        if missing is None:
            self.run_worker(self._save, group="ask", exclusive=True)
        else:
            self._ask_from(missing)

    def _answered(self, question: str) -> bool:
        match question:
            case "server":
                return self.server is not None
            case "key":
                return self.token is not None
            case "host":
                return self.server is not None and self._accepted == self.server.openrosa
            case "name":
                return bool(self.account_name)
            case "store":
                return self.store is not None
        return bool(self.way)

    def do_back(self) -> None:
        """Out, after a question when something has been typed."""
        if self.address or self.pasted or self.username:
            self.run_worker(self._leave, group="ask", exclusive=True)
        else:
            self.app.leave_screen()

    async def _leave(self) -> None:
        if await self.confirm(_("Leave without saving the account?")):
            self.app.leave_screen()

    def _ask_from(self, question: str) -> None:
        self.run_worker(partial(self._questions, QUESTIONS.index(question)), group="ask", exclusive=True)

    async def _questions(self, first: int) -> None:
        for question in QUESTIONS[first:]:
            self.table.move_to_key(question)
            answered = await getattr(self, f"ask_{question}")()
            self.show_answers()
            if not answered:
                return
            self.say("")
        self.do_save()

    async def _at_work(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """What the server answers; None when it refuses, which has been said."""
        from kobotui.api.errors import KoboError

        try:
            return await work
        except (KoboError, LocalError) as error:
            self.app.note_error(error)
            self.say(error.sentence)
            return None
        finally:
            self.show_answers()

    async def ask_server(self) -> bool:
        """One of KoboToolbox's own servers, or another address; it is asked whether it is one."""
        from kobotui.widgets.picker import Choice, Picker

        presets = {"global": _("Global"), "eu": _("European Union")}
        choices = [Choice(key, label, PRESETS[key].removeprefix("https://")) for key, label in presets.items()]
        choices.append(Choice("other", _("Another address"), _("a server of your own or your organisation's")))
        chosen = next((key for key, url in PRESETS.items() if url == self.address), "other" if self.address else None)
        picked = await self.app.push_screen_wait(Picker(_("Which server?"), choices, selected=chosen))
        while picked is not None:
            if picked == "other":
                typed = await self.ask(_("address"), self.address, check=_not_typed)
                if typed is None:
                    return False
                self.address = typed.strip()
            else:
                self.address = PRESETS[picked]
            if await self._at_work(self.find_server()):
                return True
            if picked != "other":
                return False
        return False

    async def find_server(self) -> bool:
        """Ask the address whether it is a KoboToolbox server, and where records go."""
        self.show_answers(_("asking {server} ...").format(server=self.address))
        self.server = await login.find_server(self.address)
        self.token = None
        return True

    async def ask_way(self) -> bool:
        """Which of the three ways in."""
        from kobotui.widgets.picker import Choice, Picker

        notes = {"key": _("account settings, Security"), "json": "/token/?format=json", "password": _("used once")}
        choices = [Choice(key, label, notes[key]) for key, label in _ways().items()]
        way = await self.app.push_screen_wait(Picker(_("Log in with"), choices, selected=self.way or None))
        self.way = way or self.way
        return way is not None

    async def ask_key(self) -> bool:
        """The key, or what gets one; asked again until the server accepts it."""
        assert self.server is not None
        self.say(_hint(self.way, self.server.url))
        while await (self._type_password() if self.way == "password" else self._paste_key()):
            if await self._at_work(self.log_in()):
                return True
        return False

    async def _paste_key(self) -> bool:
        pasted = await self.ask(_("API key"), self.pasted, password=True, check=_not_a_key)
        self.pasted = self.pasted if pasted is None else pasted
        return pasted is not None

    async def _type_password(self) -> bool:
        username = await self.ask(_("user name"), self.username, check=_not_typed)
        if username is None:
            return False
        self.username = username.strip()
        password = await self.ask(_("password"), self.password, password=True, check=_not_typed)
        self.password = self.password if password is None else password
        return password is not None

    async def log_in(self) -> bool:
        """Get the key if need be, and ask the server whose it is."""
        from kobotui.secrets import parse_token

        assert self.server is not None
        self.show_answers(_("asking {server} ...").format(server=self.server.url))
        if self.way == "password":
            token = await login.fetch_key(self.server, self.username, self.password)
        else:
            token = parse_token(self.pasted)
        me = await login.who_is(self.server, token)
        self.username, self.token = me.username, token
        self.password = self.pasted = ""
        self.account_name = login.account_name(self.app.session.accounts, self.server.url, me.username)
        self.store = self.store or await asyncio.to_thread(login.usual_store)
        return True

    async def ask_host(self) -> bool:
        """Records may go to another host: shown always, confirmed when its domain is another one."""
        assert self.server is not None
        openrosa = self.server.openrosa
        if login.other_domain(self.server.url, openrosa) and self._accepted != openrosa:
            question = _("Send the key to {host}, too, for new records?").format(host=openrosa)
            if not await self.confirm(question):
                self.say(_("The server names a host of another domain for new records. Ask its administrator."))
                return False
        self._accepted = openrosa
        return True

    async def ask_name(self) -> bool:
        """What the account is called here."""
        name = await self.ask(_("account name"), self.account_name, check=self._name_problem)
        self.account_name = self.account_name if name is None else name.strip()
        return name is not None

    def _name_problem(self, name: str) -> str | None:
        assert self.server is not None
        return login.name_problem(self.app.session.accounts, name.strip(), self.server.url, self.username)

    async def ask_changes(self) -> bool:
        """Whether the account may change anything; it can be switched on the accounts screen."""
        from kobotui.widgets.picker import Choice, Picker

        choices = [Choice("read", _("only read"), _("nothing is changed")), Choice("change", _("read and change"))]
        wanted = "read" if self.read_only else "change"
        picked = await self.app.push_screen_wait(Picker(_("This account may"), choices, selected=wanted))
        self.read_only = self.read_only if picked is None else picked == "read"
        return picked is not None

    async def ask_store(self) -> bool:
        """Where the key is kept: the keyring where there is a safe one, else a file; ``enter`` changes it."""
        from kobotui.widgets.picker import Choice, Picker

        usual = await asyncio.to_thread(login.usual_store)
        if usual == "file":
            self.store = "file"
            return True
        choices = [Choice(key, label) for key, label in _stores().items()]
        picked = await self.app.push_screen_wait(Picker(_("Keep the key in"), choices, selected=self.store))
        if picked is not None:
            self.store = "keyring" if picked == "keyring" else "file"
        return picked is not None

    async def _save(self) -> None:
        account = self.account()
        assert self.token is not None
        question = _("Save {name}: {user} on {server}?")
        if not await self.confirm(question.format(name=self.account_name, user=self.username, server=account.host)):
            return
        try:
            place = await asyncio.to_thread(login.keep, self.app.session.accounts, account, self.token)
        except LocalError as error:
            self.app.note_error(error)
            self.say(error.sentence)
            return
        await self.app.use_account(account)
        self.app.kobo_screen().flash(_("Saved. The key is kept in: {place}").format(place=place.say()))

    def account(self) -> Account:
        """The account as it would be saved."""
        assert self.server is not None
        assert self.store is not None
        return login.account_for(
            self.app.session.accounts,
            self.server,
            name=self.account_name,
            username=self.username,
            store=self.store,
            read_only=self.read_only,
        )


def _ways() -> dict[str, str]:
    return {"key": _("API key"), "json": _("the text of /token/"), "password": _("user name and password")}


def _stores() -> dict[str, str]:
    return {"keyring": _("this machine's keyring"), "file": _("a file only you can read")}


def _hint(way: str, url: str) -> str:
    match way:
        case "key":
            return _("The API key is in the browser: {url}, account settings, Security. It is not shown here.").format(
                url=f"{url}/#/account/security"
            )
        case "json":
            return _("Open this in the browser where you are logged in, and paste all of it: {url}").format(
                url=f"{url}/token/?format=json"
            )
    return _(
        "The password is sent once, to fetch the key, and then forgotten. With two-factor login the server refuses it: "
        "paste the API key instead."
    )


def _row(line: tuple[str, str, str]) -> Row:
    question, label, answer = line
    return Row(question, (Cell(label, "dim"), Cell(shown(answer)) if answer else Cell("-", "dim")))


def _not_typed(text: str) -> str | None:
    return None if text.strip() else _("nothing is typed")


def _not_a_key(text: str) -> str | None:
    from kobotui.secrets import parse_token

    try:
        parse_token(text)
    except LocalError as error:
        return error.sentence
    return None
