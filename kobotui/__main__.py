"""The program ``kobotui``: the only module that knows the console, the command line and the demo.

Each is imported when it is chosen, so that ``kobotui --version`` loads none of them.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from textual.driver import Driver

    from kobotui.demo.server import DemoOptions, DemoServer
    from kobotui.model.account import Account
    from kobotui.model.token import Token
    from kobotui.session import Session
    from kobotui.settings import Settings

DEMO_PEOPLE = 8
"""As many of the demo's people are listed as accounts: all that differ in what they may do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; the exit code."""
    from kobotui.cli.arguments import parse

    arguments = parse(sys.argv[1:] if argv is None else argv)
    from kobotui.paths import LocalError

    try:
        return _run(arguments)
    except LocalError as error:
        return _fail(error.sentence)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(arguments: argparse.Namespace) -> int:
    from kobotui import locale

    settings, notices = load_settings()
    if settings.language and not arguments.lang:
        locale.choose(settings.language)
    if arguments.command == "demo":
        return demo(arguments, settings)
    if arguments.command in (None, "open"):
        goal = arguments.project if arguments.command else ""
        session = load_session(arguments.account, read_only=arguments.read_only, goal=goal, settings=settings)
        session.notices = notices
        return console(session, goal=goal)
    for notice in notices:
        _fail(notice)
    from kobotui.cli.commands import run

    return run(arguments, settings)


def console(session: Session, *, goal: str = "") -> int:
    """The console on a session, until it is left; the exit code."""
    from kobotui import terminal
    from kobotui.logfile import log_to

    if why := terminal.refuse():
        return _fail(why)
    terminal.prepare()
    gc.disable()  # the app switches it on when the first screen is there; until then nothing is thrown away
    from kobotui.app import KoboApp

    with ExitStack() as stack:
        stack.enter_context(log_to(session.log))
        if not session.is_demo:
            session.start_demo = lambda: stack.enter_context(
                demo_session(settings=session.settings, read_only=session.read_only)
            )
        app = KoboApp(session, goal=goal, driver_class=_driver(session.settings))
        code = app.run(mouse=terminal.mouse(session.settings.mouse))
    return app.return_code or 0 if code is None else code


def _driver(settings: Settings) -> type[Driver] | None:
    """The driver that sends differences; None, Textual's own, where the settings ask for it."""
    if settings.driver == "plain":
        return None
    from kobotui.driver import ThriftyDriver

    return ThriftyDriver


def load_session(
    name: str | None = None, *, read_only: bool = False, goal: str = "", settings: Settings | None = None
) -> Session:
    """What is saved on this machine, with the account to begin with; none when it is not clear which.

    ``goal`` may be a project's address, which chooses an account on its server. Raises ``LocalError`` when the
    accounts cannot be read, or none is called ``name``.
    """
    from kobotui import paths
    from kobotui.accounts import Accounts, choose
    from kobotui.session import Session

    accounts = Accounts.load()
    session = Session(
        accounts,
        settings or load_settings()[0],
        paths.state_dir(),
        paths.cache_dir(),
        token_of=token_of,
        read_only=read_only,
    )
    if name or os.environ.get("KOBOTUI_SERVER"):
        session.use(choose(name))
    else:
        from kobotui.api.links import is_on

        there = [account for account in accounts if "://" in goal and is_on(goal, account.server)]
        last = accounts.last_used
        session.use(there[0] if there and last not in there else last)
    return session


def load_settings() -> tuple[Settings, list[str]]:
    """The user's settings, and a sentence for each that could not be used."""
    from msgspec.structs import replace

    from kobotui import settings, terminal

    wanted, notices = settings.load()
    return replace(wanted, theme=terminal.theme(wanted.theme)), notices


def token_of(account: Account) -> Token:
    """The account's key. May take seconds; raises ``SecretError``."""
    from kobotui.secrets import find_token

    return find_token(account).token


# The demo


def demo(arguments: argparse.Namespace, settings: Settings) -> int:
    """``kobotui demo``: the console on an embedded server, or with ``--serve`` the server alone."""
    from kobotui.demo.faults import FaultError
    from kobotui.demo.server import DemoOptions

    options = DemoOptions(arguments.seed, arguments.projects, arguments.submissions, arguments.faults)
    try:
        if arguments.serve:
            return serve(options, arguments)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)  # before the console is there to do it: the temporary files must go
        with demo_session(options, settings, read_only=arguments.read_only) as session:
            if arguments.account:
                session.use(session.accounts.get(arguments.account))
            return console(session)
    except FaultError as error:
        return _fail(str(error), 2)


def serve(options: DemoOptions, arguments: argparse.Namespace) -> int:
    """The demo server alone, until it is interrupted."""
    from kobotui.demo.server import serve as serve_demo
    from kobotui.locale import _

    host, port = arguments.serve
    try:
        serve_demo(host, port, options, Path(arguments.credentials) if arguments.credentials else None)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        return _fail(_("The demo server cannot start: {why}.").format(why=error.strerror or error))
    return 0


@contextmanager
def demo_session(
    options: DemoOptions | None = None, settings: Settings | None = None, *, read_only: bool = False
) -> Iterator[Session]:
    """A session on an embedded server; server, files and keys are gone at the end."""
    from tempfile import TemporaryDirectory

    from kobotui.demo.server import DemoServer
    from kobotui.logfile import log_to

    with TemporaryDirectory(prefix="kobotui-demo-") as place, _files_in(Path(place)), DemoServer(options) as server:
        session = session_on(server, settings)
        session.read_only = read_only
        session.use(session.account)
        with log_to(session.log):
            yield session


def session_on(server: DemoServer, settings: Settings | None = None) -> Session:
    """A session with the people of a demo server as its accounts, the first one in use."""
    from kobotui import paths
    from kobotui.accounts import Accounts
    from kobotui.model.account import Account
    from kobotui.model.token import Token
    from kobotui.secrets import store_token
    from kobotui.session import Session
    from kobotui.settings import Settings

    accounts = Accounts.load()
    people = server.accounts[:DEMO_PEOPLE]
    for person in people:
        account = Account(
            name=person.username,
            server=server.url,
            openrosa=server.url,
            username=person.username,
            store="memory",
            demo=True,
        )
        accounts.add(account)
        store_token(account, Token(person.token), "memory")
    return Session(
        accounts,
        settings or Settings(),
        paths.state_dir(),
        paths.cache_dir(),
        accounts.get(people[0].username),
        token_of=token_of,
        about={person.username: person.about for person in people},
    )


@contextmanager
def _files_in(place: Path) -> Iterator[None]:
    """Configuration, state and cache below ``place``."""
    wanted = {f"KOBOTUI_{kind}_DIR": str(place / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _fail(sentence: str, code: int = 1) -> int:
    from kobotui.model.text import shown

    sys.stderr.write(f"kobotui: {shown(sentence)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
