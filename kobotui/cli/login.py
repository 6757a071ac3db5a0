"""``kobotui login``: questions and answers on a plain terminal, or options and a key on standard input for scripts."""

from __future__ import annotations

import asyncio
import sys
from getpass import getpass
from typing import TYPE_CHECKING

from kobotui import login as flow
from kobotui.accounts import Accounts
from kobotui.cli.output import NOT_LOGGED_IN, OK, REFUSED, agrees, complain
from kobotui.locale import _
from kobotui.model.account import PRESETS
from kobotui.model.text import shown
from kobotui.model.token import Token
from kobotui.secrets import parse_token, read_token

if TYPE_CHECKING:
    import argparse

    from kobotui.api.login import Server


def login(arguments: argparse.Namespace) -> int:
    """Add an account, or log in again with one; the exit code."""
    accounts = Accounts.load()
    given = read_token(sys.stdin) if arguments.token_stdin else None
    try:
        typed = arguments.server or _ask_server()
        say(_("Asking {server} ...").format(server=typed))
        server = asyncio.run(flow.find_server(typed, ca_file=arguments.ca_file, allow_http=arguments.allow_http))
        say(_("New records go to {host}.").format(host=server.openrosa))
        if not _accepts(server, arguments):
            return REFUSED
        token = given or _token(server, arguments)
        me = asyncio.run(flow.who_is(server, token))
        say(_("This key is that of {user}.").format(user=me.username))
        if arguments.username and arguments.username.casefold() != me.username.casefold():
            complain(_("That is not {user}.").format(user=arguments.username))
            return NOT_LOGGED_IN
        name = arguments.name or flow.account_name(accounts, server.url, me.username)
        if problem := flow.name_problem(accounts, name, server.url, me.username):
            complain(problem)
            return REFUSED
        account = flow.account_for(
            accounts,
            server,
            name=name,
            username=me.username,
            store=arguments.store or flow.usual_store(),
            read_only=_read_only(arguments),
            **({"production": True} if arguments.production else {}),
        )
    except EOFError:
        complain(_("There is nobody to ask here: give --server and --token-stdin."))
        return REFUSED
    place = flow.keep(accounts, account, token)
    accounts.use(account.name)
    say(_("Saved as {name}. The key is kept in: {place}").format(name=account.name, place=place.say()))
    if account.read_only:
        say(_("This account only reads; the accounts screen of kobotui can change that."))
    return OK


def say(sentence: str) -> None:
    """A sentence on standard output."""
    sys.stdout.write(shown(sentence) + "\n")
    sys.stdout.flush()


def _ask_server() -> str:
    for key, url in PRESETS.items():
        say(f"  {key:<8}{url}")
    return input(_("Server (global, eu, or another address): ")).strip()


def _accepts(server: Server, arguments: argparse.Namespace) -> bool:
    """Whether the key may go to the host for records, asked when that is of another domain."""
    if not flow.other_domain(server.url, server.openrosa):
        return True
    if arguments.accept_host:
        accepted = bool(arguments.accept_host.rstrip("/") == server.openrosa)
    elif arguments.token_stdin:
        complain(
            _("That host is of another domain. To send it the key, too, add: --accept-host {host}").format(
                host=server.openrosa
            )
        )
        return False
    else:
        accepted = _yes(_("That host is of another domain. Send the key there, too?"))
    if not accepted:
        complain(_("Nothing was saved: the host for new records was not accepted."))
    return accepted


def _token(server: Server, arguments: argparse.Namespace) -> Token:
    """The key, pasted or fetched with a password."""
    username = arguments.username
    if not username:
        say(_("The API key is in the browser under account settings, Security."))
        pasted = getpass(_("API key, or the text of /token/?format=json; empty for user name and password: "))
        if pasted.strip():
            return parse_token(pasted)
        username = input(_("User name: ")).strip()
    say(_("The password is sent once, to fetch the key, and then forgotten."))
    return asyncio.run(flow.fetch_key(server, username, getpass(_("Password: "))))


def _read_only(arguments: argparse.Namespace) -> bool:
    if arguments.read_only or arguments.read_write or arguments.token_stdin:
        return not arguments.read_write
    return not _yes(_("Let this account make changes?"))


def _yes(question: str) -> bool:
    """Whether somebody agrees."""
    return agrees(input(_("{question} [y/N] ").format(question=question)))
