"""The saved accounts: ``accounts.toml``, which people may edit by hand.

    accounts = Accounts.load()
    async with connect("field office") as kobo: ...

The account used last is remembered in the state directory, so that merely opening kobotui rewrites nothing
a person wrote.
"""

from __future__ import annotations

import os
import re
import tomllib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from kobotui import paths
from kobotui.locale import _
from kobotui.model.account import Account
from kobotui.model.text import shown
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kobotui.api.client import KoboClient

_NAME = re.compile(r"[^\W_](?:[\w .@+-]{0,38}[\w.@+-])?")
_TABLE = "accounts"


class AccountError(LocalError):
    """An account is missing, badly described, or its file cannot be understood."""


class WrongServer(AccountError):
    """What is to be done is meant for another server."""


def server_key(url: str) -> str:
    """A server's URL in the one form in which two of them are compared; empty when it is none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    known = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}{'' if port in (None, known) else f':{port}'}{parts.path.rstrip('/')}"


def check_name(name: str) -> str:
    """The name, when it can be one; it is also part of the name of a systemd credential."""
    if not _NAME.fullmatch(name):
        raise AccountError(
            _(
                "An account's name has 1 to 40 letters, digits, spaces or . _ - @ + and starts with a letter or digit: "
                "“{name}” cannot be one."
            ).format(name=shown(name))
        )
    return name


def _checked(account: Account) -> Account:
    check_name(account.name)
    for url in filter(None, (account.server or "-", account.openrosa)):
        if "@" in url:
            raise AccountError(
                _("The server of the account {name} must not have a user name in it.").format(name=account.name)
            )
        if not server_key(url) or "?" in url or "#" in url:
            raise AccountError(
                _("The account {name} needs a server like https://kf.kobotoolbox.org: “{url}” is none.").format(
                    name=account.name, url=shown(url)
                )
            )
    if not account.username and account.store != "environment":
        raise AccountError(_("The account {name} has no username.").format(name=account.name))
    if account.store == "command" and not account.token_command:
        raise AccountError(_("The account {name} has no token_command.").format(name=account.name))
    return msgspec.structs.replace(account, server=account.server.rstrip("/"), openrosa=account.openrosa.rstrip("/"))


class Accounts:
    """What ``accounts.toml`` says; every change reads the file again first and keeps keys it does not know."""

    def __init__(self, path: Path, accounts: dict[str, Account]) -> None:
        self.path = path
        self._accounts = accounts

    @classmethod
    def load(cls, path: Path | None = None) -> Accounts:
        """The saved accounts, none when there is no file yet; :class:`AccountError` when it cannot be understood."""
        path = path or paths.accounts_file()
        return cls(path, _decode(path, _read(path)))

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def __len__(self) -> int:
        return len(self._accounts)

    def get(self, name: str) -> Account:
        """The account of that name; :class:`AccountError` names those there are."""
        if account := self._accounts.get(name):
            return account
        if not self._accounts:
            raise AccountError(_("No account is saved yet. Add one with: kobotui login"))
        raise AccountError(
            _("There is no account “{name}”. Saved: {names}.").format(name=shown(name), names=", ".join(self._accounts))
        )

    def on_server(self, url: str) -> list[Account]:
        """The accounts whose server is ``url``, whatever its case and trailing slash."""
        key = server_key(url)
        return [account for account in self if key and server_key(account.server) == key]

    def add(self, account: Account) -> Account:
        """Save a new account and return it as saved; its name must be new, whatever its case."""
        account = _checked(account)
        with self._changing() as tables:
            self._must_be_new(account.name)
            tables[account.name] = _encode(account, {})
        return account

    def update(self, account: Account) -> Account:
        """Save what changed about the account of that name."""
        account = _checked(account)
        with self._changing() as tables:
            self.get(account.name)
            tables[account.name] = _encode(account, tables[account.name])
        return account

    def rename(self, name: str, wanted: str) -> Account:
        """Give an account another name, in its place; its key stays where it is."""
        check_name(wanted)
        was_last = self.last_name() == name
        with self._changing() as tables:
            renamed = msgspec.structs.replace(self.get(name), name=wanted)
            if wanted.casefold() != name.casefold():
                self._must_be_new(wanted)
            held = {wanted if key == name else key: table for key, table in tables.items()}
            tables.clear()
            tables.update(held)
        if was_last:
            self.use(wanted)
        return renamed

    def remove(self, name: str) -> Account:
        """Remove the account and return it, so that its key can be forgotten (``secrets.forget_token``)."""
        with self._changing() as tables:
            removed = self.get(name)
            del tables[name]
        return removed

    def use(self, name: str) -> None:
        """Remember this account as the one used last; one that is not saved is not, and failing to is no error."""
        if name in self._accounts:
            with suppress(LocalError):
                paths.write_private(_last_file(), name.encode())

    def last_name(self) -> str:
        """The name remembered by :meth:`use`; empty when there is none or it cannot be read."""
        try:
            return (paths.read_file(_last_file()) or b"").decode(errors="replace")
        except LocalError:
            return ""

    @property
    def last_used(self) -> Account | None:
        """The account to open: the one used last, else the only one, else none."""
        if account := self._accounts.get(self.last_name()):
            return account
        return next(iter(self)) if len(self) == 1 else None

    def _must_be_new(self, name: str) -> None:
        if name.casefold() in {known.casefold() for known in self._accounts}:
            raise AccountError(_("There is already an account {name}.").format(name=name))

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        import tomli_w

        with paths.locked(self.path):
            document = _read(self.path)
            self._accounts = _decode(self.path, document)
            tables = document.setdefault(_TABLE, {})
            yield tables
            text = tomli_w.dumps(document)
            self._accounts = _decode(self.path, document)
            paths.write_private(self.path, text.encode())


def choose(name: str | None = None) -> Account:
    """The account a command works with: the one named, else the environment's server, else the one used last.

    ``KOBOTUI_SERVER`` with ``KOBOTUI_TOKEN`` needs no saved account: see :func:`from_environment`.
    """
    accounts = Accounts.load()
    if name:
        return accounts.get(name)
    if server := os.environ.get("KOBOTUI_SERVER"):
        found = accounts.on_server(server)
        if len(found) > 1:
            raise _several(server, found)
        return found[0] if found else from_environment()
    if account := accounts.last_used:
        return account
    if not len(accounts):
        raise AccountError(_("No account is saved yet. Add one with: kobotui login"))
    names = ", ".join(account.name for account in accounts)
    raise AccountError(_("Several accounts are saved: {names}. Say which.").format(names=names))


def account_on(server: str, name: str, wanted: str | None = None) -> Account:
    """The account for what was planned on ``server`` as the account ``name``.

    ``wanted`` is another one that was asked for. Else it is the one of that name, else the only one on the server, else
    the environment's. Raises ``WrongServer`` when there is none, ``AccountError`` when it is not clear which.
    """
    accounts = Accounts.load()
    there = accounts.on_server(server)
    if wanted:
        account = accounts.get(wanted)
        if account not in there:
            text = _("This is meant for {server}; the account {name} is on {other}.")
            raise WrongServer(text.format(server=shown(server), name=account.name, other=account.server))
        return account
    if found := [account for account in there if account.name == name] or there:
        if len(found) > 1:
            raise _several(server, found)
        return found[0]
    if server_key(os.environ.get("KOBOTUI_SERVER", "")) == server_key(server) != "":
        return from_environment()
    raise WrongServer(_("This is meant for {server}, and no account is saved there.").format(server=shown(server)))


def _several(server: str, found: list[Account]) -> AccountError:
    names = ", ".join(account.name for account in found)
    return AccountError(
        _("Several accounts are on {server}: {names}. Say which.").format(server=shown(server), names=names)
    )


def from_environment() -> Account:
    """An account that is saved nowhere: ``KOBOTUI_SERVER``, its key in ``KOBOTUI_TOKEN``.

    Its user name and OpenRosa host are empty until the server has told them.
    """
    server = os.environ.get("KOBOTUI_SERVER", "")
    if not os.environ.get("KOBOTUI_TOKEN"):
        raise AccountError(
            _("No account is saved for {server}, and KOBOTUI_TOKEN is not set.").format(
                server=server or "KOBOTUI_SERVER"
            )
        )
    return _checked(Account(name="environment", server=server, openrosa="", username="", store="environment"))


def connect(name: str | None = None, *, read_only: bool = False) -> KoboClient:
    """A client for the account :func:`choose` finds; may take seconds while a command or keyring gives the key.

    ``read_only``: whatever the account may, this client refuses every change.
    """
    from kobotui.api.client import KoboClient
    from kobotui.secrets import find_token

    account = choose(name)
    token = find_token(account).token.reveal()
    return KoboClient(msgspec.structs.replace(account, read_only=True) if read_only else account, token)


def _last_file() -> Path:
    return paths.state_dir() / "last-account"


def _encode(account: Account, before: dict[str, Any]) -> dict[str, Any]:
    unknown = {key: value for key, value in before.items() if key not in Account.__struct_fields__}
    known = msgspec.to_builtins(account)
    del known["name"]  # the table's own name
    return {**known, **unknown}


def _read(path: Path) -> dict[str, Any]:
    data = paths.read_file(path)
    try:
        return tomllib.loads((data or b"").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AccountError(
            _("{path} is not valid TOML: {why}. It has been left as it is.").format(path=path, why=error)
        ) from error


def _decode(path: Path, document: dict[str, Any]) -> dict[str, Account]:
    tables = document.get(_TABLE, {})
    if not isinstance(tables, dict):
        raise AccountError(_("{path}: accounts must be tables like [accounts.name].").format(path=path))
    found: dict[str, Account] = {}
    for name, table in tables.items():
        try:
            values = {**table, "name": name} if isinstance(table, dict) else table
            found[name] = _checked(msgspec.convert(values, Account))
        except msgspec.ValidationError as error:
            why = str(error).replace(" - at `$.", ": `").replace(" - at `$`", "")
            place = _place(path, name)
            raise AccountError(
                _("{place}: the account {name} cannot be read: {why}.").format(place=place, name=name, why=why)
            ) from error
        except AccountError as error:
            raise AccountError(f"{_place(path, name)}: {error.sentence}") from error
    return found


def _place(path: Path, name: str) -> str:
    """``path``, with the line on which the account's table begins where that is found."""
    for number, line in enumerate((paths.read_file(path) or b"").decode(errors="replace").splitlines(), 1):
        if line.lstrip().startswith("["):
            try:
                header = tomllib.loads(line)
            except tomllib.TOMLDecodeError:
                continue
            if name in header.get(_TABLE, {}):
                return _("{path}, line {line}").format(path=path, line=number)
    return str(path)
