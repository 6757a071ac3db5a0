"""Adding an account, without a screen: what the command line and the login screen do with the answers they get."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from kobotui import keyrings
from kobotui.accounts import AccountError, check_name
from kobotui.locale import _
from kobotui.model.account import PRESETS, Account
from kobotui.model.token import Token
from kobotui.secrets import SecretError, forget_token, parse_token, store_token

if TYPE_CHECKING:
    from kobotui.accounts import Accounts
    from kobotui.api.client import KoboClient
    from kobotui.api.login import Server
    from kobotui.model.people import Me
    from kobotui.secrets import Place, Storable

_SHARED_ENDINGS = frozenset({"ac", "co", "com", "edu", "gob", "gouv", "gov", "net", "ngo", "or", "org"})
"""What stands before a country's code where anybody may register a name."""


async def find_server(typed: str, *, ca_file: str = "", allow_http: bool = False) -> Server:
    """The KoboToolbox server at an address, asked without a key. Raises ``KoboError``."""
    api = await asyncio.to_thread(_api)
    found: Server = await api.find_server(PRESETS.get(typed, typed), ca_file=ca_file, allow_http=allow_http)
    return found


async def fetch_key(server: Server, username: str, password: str) -> Token:
    """The user's key, for a password that is used once. Raises ``KoboError``."""
    api = await asyncio.to_thread(_api)
    return parse_token(await api.fetch_key(server, username, password))


async def who_is(server: Server, token: Token) -> Me:
    """Whose key this is, as the server says. Raises ``KoboError``."""
    api = await asyncio.to_thread(_api)
    me: Me = await api.who_is(server, token)
    return me


async def introduced(account: Account, kobo: KoboClient) -> Account:
    """An account that is saved nowhere, with the user name and the host for records that its server tells.

    A host of another domain is left out: nobody has accepted it.
    """
    me, environment = await kobo.me(), await kobo.environment()
    openrosa = account.server if other_domain(account.server, environment.openrosa) else environment.openrosa
    return replace(account, username=me.username, openrosa=openrosa.rstrip("/"))


def _api() -> Any:
    """Imported in a thread: it brings the HTTP library with it, which takes its time."""
    from kobotui.api import login

    return login


def other_domain(server: str, openrosa: str) -> bool:
    """Whether records would go, with the key, to a host that may be somebody else's.

    ``kf.example.org`` and ``kc.example.org`` are of one domain; anything without names must be the same host.
    """
    here, there = _domain(server), _domain(openrosa)
    return not here or here != there


def _domain(url: str) -> str:
    host = (urlsplit(url).hostname or "").rstrip(".")
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit():
        return host
    shared = len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SHARED_ENDINGS
    return ".".join(labels[-3:] if shared else labels[-2:])


def account_name(accounts: Accounts, server: str, username: str) -> str:
    """What to call an account: as it is called already, else user and server, like ``ana@eu``."""
    if known := _known(accounts, server, username):
        return known.name
    preset = next((key for key, url in PRESETS.items() if url == server), "")
    host = urlsplit(server).hostname or ""
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        labels = [host.replace(":", ".")]  # an address has no part that says anything, and a name has no colon
    short = preset or next((label for label in labels if label not in ("kf", "kobo", "www")), labels[0])
    name = f"{username}@{short}"[:40]
    taken = {account.name.casefold() for account in accounts}
    number = 2
    while name.casefold() in taken:
        name, number = f"{username}@{short}"[:36] + f" {number}", number + 1
    return name


def name_problem(accounts: Accounts, name: str, server: str, username: str) -> str | None:
    """Why an account cannot be called so, None when it can; its own name is no problem when it logs in again."""
    try:
        check_name(name)
    except AccountError as error:
        return error.sentence
    known = _known(accounts, server, username)
    if name.casefold() in {account.name.casefold() for account in accounts} and (not known or known.name != name):
        return _("There is already an account {name}.").format(name=name)
    return None


def _known(accounts: Accounts, server: str, username: str) -> Account | None:
    return next((account for account in accounts.on_server(server) if account.username == username), None)


def account_for(accounts: Accounts, server: Server, *, name: str, username: str, **fields: Any) -> Account:
    """The account to save; one that logs in again keeps what is not asked."""
    new = {
        "name": name,
        "server": server.url,
        "openrosa": server.openrosa,
        "username": username,
        "ca_file": server.ca_file,
        "allow_http": server.allow_http,
        **fields,
    }
    known = _known(accounts, server.url, username)
    return replace(known, **new) if known and known.name == name else Account(**new)


def usual_store() -> Storable:
    """The keyring where this machine has a safe one, else a file. May take seconds: not for an event loop."""
    try:
        keyrings.name()
    except SecretError:
        return "file"
    return "keyring"


def keep(accounts: Accounts, account: Account, token: Token) -> Place:
    """Save the key and the account; where the key went. An account of that name logs in again.

    Raises ``LocalError``; nothing of a new account is left behind then.
    """
    store: Storable = "keyring" if account.store == "keyring" else "file"
    again = any(known.name == account.name for known in accounts)
    place = store_token(account, token, store)
    try:
        if again:
            accounts.update(account)
        else:
            accounts.add(account)
    except AccountError:
        if not again:
            forget_token(account)
        raise
    return place
