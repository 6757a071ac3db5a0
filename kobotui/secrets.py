"""Where an account's API key is kept, and how it is found; it is never shown.

Keys are kept per server and user name: one person has one key on a server, a renamed account keeps its key, and
an account moved to another server never takes the old server's key along.

First hit wins: standard input, the environment, systemd credentials, the account's ``token_command``, the keyring,
``tokens.toml``. Accounts of the demo have theirs in memory, and look nowhere else.
"""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from msgspec import Struct

from kobotui import keyrings, paths
from kobotui.accounts import Accounts, server_key
from kobotui.keyrings import SecretError as SecretError
from kobotui.locale import _
from kobotui.model.token import Token
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.model.account import Account

COMMAND_TIMEOUT = 10.0
"""Seconds a ``token_command`` may take."""

_LONGEST = 200

Kind = Literal["stdin", "environment", "systemd", "command", "keyring", "file", "memory"]
Storable = Literal["keyring", "file", "memory"]


class Place(Struct, frozen=True):
    """Where a key was found or would be looked for; ``detail`` names the file, command or back end."""

    kind: Kind
    detail: str = ""

    def say(self) -> str:
        """The place for the eye: ``file /home/ana/.config/kobotui/tokens.toml``."""
        words = {
            "stdin": _("standard input"),
            "environment": _("environment"),
            "systemd": _("systemd credential"),
            "command": _("command"),
            "keyring": _("keyring"),
            "file": _("file"),
            "memory": _("memory"),
        }
        return f"{words[self.kind]} {self.detail}".rstrip()


class Found(Struct, frozen=True):
    """A key and where it came from."""

    token: Token
    where: Place


_memory: dict[tuple[str, str], Token] = {}


def parse_token(text: str) -> Token:
    """A key as people paste it: bare, with ``Token`` before it, or the JSON of ``/token/?format=json``.

    Raises :class:`SecretError`, which never repeats what was pasted.
    """
    value = text.strip()
    if value.startswith("{"):
        value = _from_json(value)
    words = value.split()
    if words and words[0].casefold() == "token":
        value = " ".join(words[1:])
    if not value:
        raise SecretError(_("There is no API key in that."))
    if len(value) > _LONGEST or not value.isascii() or not value.isalnum():
        raise SecretError(_("That is not an API key: a key is one word of letters and digits."))
    return Token(value)


def _from_json(text: str) -> str:
    with suppress(ValueError, RecursionError):
        body = json.loads(text)
        if isinstance(body.get("token"), str):
            return str(body["token"]).strip()
    raise SecretError(_("That is not the text of /token/?format=json: copy all of it, braces included."))


def read_token(stream: TextIO) -> Token:
    """The key on the first line of ``stream``, standard input of a script."""
    return parse_token(stream.readline(4 * _LONGEST))


def find_token(account: Account, given: Token | None = None) -> Found:
    """The account's key; ``given`` is one read from standard input for this account.

    May take :data:`COMMAND_TIMEOUT` or ``keyrings.TIMEOUT`` seconds: not for an event loop.
    Raises :class:`SecretError` when a place that should have it fails, or none has it.
    """
    if given is not None:
        return Found(given, Place("stdin"))
    try:
        found = _from_memory(account) if account.store == "memory" else _from_ladder(account)
    except SecretError:
        raise
    except LocalError as error:
        raise SecretError(error.sentence) from error
    if found is None:
        raise SecretError(
            _("No API key is kept for the account {name}. Give it one with: kobotui login").format(name=account.name)
        )
    return found


def _from_ladder(account: Account) -> Found | None:
    return (
        _from_environment(account)
        or _from_systemd(account)
        or _from_command(account)
        or _from_keyring(account)
        or _from_file(account)
    )


def _from_memory(account: Account) -> Found | None:
    token = _memory.get(_key(account))
    return Found(token, Place("memory")) if token else None


def where(account: Account) -> Place:
    """Where :func:`find_token` would find the key, without running a command or unlocking a keyring."""
    if account.store == "memory":
        return Place("memory")
    if _serves(account):
        return Place("environment", "KOBOTUI_TOKEN")
    credential = _credential(account)
    if credential is not None and credential.exists():
        return Place("systemd", credential.name)
    if account.token_command:
        return Place("command", account.token_command[0])
    if account.store == "environment":
        return Place("environment", "KOBOTUI_TOKEN")
    return Place("keyring") if account.store == "keyring" else Place("file", str(paths.tokens_file()))


def store_token(account: Account, token: Token, store: Storable) -> Place:
    """Keep the key where ``store`` says; one that was in the file leaves it when a keyring takes over."""
    server, username = _key(account)
    if store == "memory":
        _memory[server, username] = token
        return Place("memory")
    if store == "keyring":
        backend = keyrings.put(server, username, token.reveal())
        _drop_from_file(account)
        return Place("keyring", backend)
    with paths.locked(paths.tokens_file()):
        tokens = _file_tokens()
        tokens.setdefault(server, {})[username] = token.reveal()
        _write_tokens(tokens)
    return Place("file", str(paths.tokens_file()))


def forget_token(account: Account) -> bool:
    """Forget the key wherever kobotui keeps it; say whether it did.

    It stays when another saved account logs in as the same user on the same server.
    """
    others = [other for other in Accounts.load().on_server(account.server) if other.name != account.name]
    if any(other.username == account.username and other.store == account.store for other in others):
        return False
    in_memory = _memory.pop(_key(account), None) is not None
    in_keyring = account.store == "keyring" and keyrings.drop(*_key(account))
    return _drop_from_file(account) or in_keyring or in_memory


def _key(account: Account) -> tuple[str, str]:
    return server_key(account.server), account.username


def _serves(account: Account) -> bool:
    """Whether ``KOBOTUI_TOKEN`` is this account's: with one account only, or the one on ``KOBOTUI_SERVER``."""
    if not os.environ.get("KOBOTUI_TOKEN"):
        return False
    saved = Accounts.load()
    if server := os.environ.get("KOBOTUI_SERVER"):
        candidates = saved.on_server(server)
        mine = server_key(server) == server_key(account.server) != ""
    else:
        candidates = list(saved)
        mine = bool(candidates)
    return mine and all(other.name == account.name for other in candidates)


def _from_environment(account: Account) -> Found | None:
    if not _serves(account):
        return None
    return Found(parse_token(os.environ["KOBOTUI_TOKEN"]), Place("environment", "KOBOTUI_TOKEN"))


def _credential(account: Account) -> Path | None:
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(directory) / f"kobotui-{account.name}" if directory else None


def _from_systemd(account: Account) -> Found | None:
    path = _credential(account)
    data = paths.read_file(path) if path is not None else None
    if path is None or data is None:
        return None
    return Found(parse_token(data.decode(errors="replace")), Place("systemd", path.name))


def _from_command(account: Account) -> Found | None:
    if not account.token_command:
        return None
    paths.check_trusted(paths.accounts_file())
    program = account.token_command[0]
    text = _run(account.token_command)
    if not text.lstrip().startswith("{"):
        text = next(iter(text.strip().splitlines()), "")  # password stores keep notes on further lines
    try:
        return Found(parse_token(text), Place("command", program))
    except SecretError as error:
        raise SecretError(
            _("The token_command {program} printed no API key. {why}").format(program=program, why=error.sentence)
        ) from None


def _run(command: tuple[str, ...]) -> str:
    """What the command prints; ended when it takes too long. Its errors are not shown: they may hold the secret."""
    import signal
    import subprocess

    program = command[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own argv, without a shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise SecretError(_("The token_command {program} cannot be run.").format(program=program)) from None
    with process:
        try:
            output, _errors = process.communicate(timeout=COMMAND_TIMEOUT)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its children too: they hold the pipe open
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise SecretError(
                _("The token_command {program} gave no answer within {seconds:g} seconds.").format(
                    program=program, seconds=COMMAND_TIMEOUT
                )
            ) from None
    if process.returncode:
        raise SecretError(
            _("The token_command {program} failed (status {status}).").format(
                program=program, status=process.returncode
            )
        )
    return str(output, "utf-8", "replace")


def _from_keyring(account: Account) -> Found | None:
    if account.store != "keyring":
        return None
    backend, value = keyrings.get(*_key(account))
    return Found(parse_token(value), Place("keyring", backend)) if value else None


def _from_file(account: Account) -> Found | None:
    server, username = _key(account)
    value = _file_tokens().get(server, {}).get(username)
    return Found(parse_token(value), Place("file", str(paths.tokens_file()))) if value else None


def _drop_from_file(account: Account) -> bool:
    server, username = _key(account)
    if username not in _file_tokens().get(server, {}):
        return False
    with paths.locked(paths.tokens_file()):
        tokens = _file_tokens()
        del tokens[server][username]
        _write_tokens({key: held for key, held in tokens.items() if held})
    return True


def _file_tokens() -> dict[str, dict[str, str]]:
    path = paths.tokens_file()
    data = paths.read_private(path)
    try:
        tokens = tomllib.loads((data or b"").decode())
    except tomllib.TOMLDecodeError as error:
        line = _("{path} is not valid TOML: {why}. It has been left as it is.").format(path=path, why=error)
        raise SecretError(line) from None
    except UnicodeDecodeError:
        raise SecretError(_("{path} is not UTF-8 text. It has been left as it is.").format(path=path)) from None
    for server, held in tokens.items():
        if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
            raise SecretError(
                _('{path}: under [{server}] each line must be: user name = "API key".').format(path=path, server=server)
            )
    return tokens


def _write_tokens(tokens: dict[str, dict[str, str]]) -> None:
    import tomli_w

    paths.write_private(paths.tokens_file(), tomli_w.dumps(tokens).encode())
