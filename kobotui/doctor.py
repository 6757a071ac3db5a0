"""``kobotui doctor``: what of this machine, its files, keys and servers would get in the way, in sentences."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TextIO

import msgspec
from msgspec import Struct

from kobotui import keyrings, locale, paths, secrets, settings, terminal
from kobotui.accounts import Accounts, choose, server_key
from kobotui.locale import _
from kobotui.model.text import cell_width, shown
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kobotui.model.account import Account
    from kobotui.model.people import Environment, Me
    from kobotui.model.token import Token

State = Literal["ok", "warn", "bad"]

PATIENCE = 20.0
"""Seconds a server may take to answer."""

CLOCK_TOLERANCE = timedelta(minutes=1)

PACKAGES = ("kobotui", "textual", "httpx", "msgspec", "keyring")


class Check(Struct, frozen=True):
    """One thing looked at; ``about`` is a stable name for scripts, like ``server prod``."""

    about: str
    state: State
    sentence: str


def run(*, as_json: bool = False, out: TextIO | None = None) -> int:
    """Print every check; 0 when nothing is bad, else 1. Warnings do not count."""
    found = examine()
    text = _as_json(found) if as_json else _as_lines(found)
    (out or sys.stdout).write(text + "\n")
    return 1 if any(check.state == "bad" for check in found) else 0


def examine() -> list[Check]:
    """Every check, servers included; takes as long as the slowest server, at most :data:`PATIENCE` seconds."""
    found = [*_terminal(), *_files()]
    try:
        accounts = list(Accounts.load())
        if not accounts and os.environ.get("KOBOTUI_SERVER"):
            accounts = [choose()]
    except LocalError as error:
        return [*found, Check("accounts", "bad", error.sentence), _versions()]
    count = _("Accounts saved: {names}.").format(names=", ".join(account.name for account in accounts))
    found.append(Check("accounts", "ok", count if accounts else _("No account is saved. Add one with: kobotui login")))
    found += _keys(accounts)
    found += asyncio.run(_servers(accounts))
    return [*found, _versions()]


def _as_json(found: list[Check]) -> str:
    checks = msgspec.to_builtins(found)
    return json.dumps({"ok": not any(check.state == "bad" for check in found), "checks": checks}, indent=2)


def _as_lines(found: list[Check]) -> str:
    words = {"ok": _("ok"), "warn": _("warning"), "bad": _("BAD")}
    wide = max(map(cell_width, words.values()))
    return "\n".join(
        f"{words[check.state]}{' ' * (wide - cell_width(words[check.state]))}  {shown(check.about)}: "
        f"{shown(check.sentence)}"
        for check in found
    )


def _terminal() -> Iterator[Check]:
    refusal = terminal.refuse()
    yield Check("terminal", "warn" if refusal else "ok", refusal or _("This terminal can show the console."))
    size = shutil.get_terminal_size()
    small = size.columns < 80 or size.lines < 24
    says = _("{columns}×{lines}; screens are made for 80×24 and more.").format(columns=size.columns, lines=size.lines)
    yield Check("size", "warn" if small else "ok", says)
    encoding = getattr(sys.stdout, "encoding", None)
    yield Check(
        "encoding",
        "ok" if terminal.is_utf8(encoding) else "warn",
        _("Output is written as {encoding}.").format(encoding=encoding),
    )
    language = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "C")
    yield Check(
        "locale",
        "ok",
        _("The locale is {locale}; kobotui speaks {language}.").format(locale=language, language=locale.language()),
    )
    yield Check("colours", "ok", _colours())
    if terminal.over_ssh():
        kept = bool(os.environ.get("TMUX") or os.environ.get("STY"))
        yield Check(
            "ssh",
            "ok" if kept else "warn",
            _("Over SSH, inside tmux or screen: a lost line ends nothing.")
            if kept
            else _("Over SSH without tmux: when the line is lost, the console ends. Changes under way can be resumed."),
        )


def _colours() -> str:
    if terminal.no_colour():
        return _("NO_COLOR is set: no colours are sent.")
    says = _("TERM={term}, COLORTERM={colorterm}.")
    return says.format(term=os.environ.get("TERM") or "-", colorterm=os.environ.get("COLORTERM") or "-")


def _files() -> Iterator[Check]:
    places = {"config": paths.config_dir(), "state": paths.state_dir(), "cache": paths.cache_dir()}
    for about, place in places.items():
        yield _directory(about, place)
    for place in (places["state"], places["cache"]):
        for path in sorted(place.glob("*")) if place.is_dir() else ():
            if path.is_file() and path.stat().st_mode & 0o077:
                open_file = _("{path} can be read by other users. Close it with: chmod 600 {path}")
                yield Check(path.name, "warn", open_file.format(path=path))
    for path, check in ((paths.accounts_file(), paths.check_trusted), (paths.tokens_file(), paths.read_private)):
        try:
            check(path)
        except LocalError as error:
            yield Check(path.name, "bad", error.sentence)
    for warning in settings.load()[1]:
        yield Check("settings.toml", "warn", warning)


def _directory(about: str, place: Path) -> Check:
    try:
        status = place.stat()
    except FileNotFoundError:
        return Check(about, "ok", _("{path} will be made when it is needed.").format(path=place))
    except OSError as error:
        return Check(about, "bad", _("Cannot read {path}: {why}.").format(path=place, why=error.strerror))
    if not stat.S_ISDIR(status.st_mode) or not os.access(place, os.W_OK | os.X_OK):
        return Check(about, "bad", _("{path} is no directory kobotui can write to.").format(path=place))
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    if status.st_mode & 0o022:
        says = _("{path} can be changed by other users (mode {mode}). Close it with: chmod 700 {path}")
        return Check(about, "bad", says.format(path=place, mode=mode))
    return Check(about, "ok", _("{path} (mode {mode})").format(path=place, mode=mode))


def _keys(accounts: list[Account]) -> Iterator[Check]:
    try:
        yield Check("keyring", "ok", _("The keyring is {name}.").format(name=keyrings.name()))
    except LocalError as error:
        used = any(account.store == "keyring" for account in accounts)
        yield Check("keyring", "bad" if used else "ok", error.sentence)
    served = [account for account in accounts if secrets.where(account).kind == "environment"]
    if os.environ.get("KOBOTUI_TOKEN") and not served:
        yield Check("KOBOTUI_TOKEN", "warn", _("It is set, but it is no saved account's: set KOBOTUI_SERVER as well."))


async def _servers(accounts: list[Account]) -> list[Check]:
    return [check for checks in await asyncio.gather(*map(examine_account, accounts)) for check in checks]


async def examine_account(account: Account) -> list[Check]:
    """Where its key comes from, whether its server knows it, whether the clocks agree."""
    about = f"key {account.name}"
    try:
        found = await asyncio.to_thread(secrets.find_token, account)
    except LocalError as error:
        return [Check(about, "bad", error.sentence)]
    says = _("The key of {name} comes from: {place}.").format(name=account.name, place=found.where.say())
    return [Check(about, "ok", says), *await _server(account, found.token)]


async def _server(account: Account, token: Token) -> list[Check]:
    from kobotui.api.client import KoboClient
    from kobotui.api.errors import KoboError

    about = f"server {account.name}"
    try:
        async with asyncio.timeout(PATIENCE), KoboClient(account, token.reveal()) as kobo:
            environment = await kobo.environment()
            asked = datetime.now(UTC)
            me = await kobo.me()
            answered = datetime.now(UTC)
    except KoboError as error:
        return [Check(about, "bad", f"{account.host}: {error.sentence}")]
    except TimeoutError:
        says = _("{server} gave no answer within {seconds:g} seconds.")
        return [Check(about, "bad", says.format(server=account.host, seconds=PATIENCE))]
    return [_identity(about, account, environment, me), *_clock(account, me, asked, answered)]


def _identity(about: str, account: Account, environment: Environment, me: Me) -> Check:
    if account.username and me.username.casefold() != account.username.casefold():
        says = _("On {server} the key is that of {other}, not of {username}. Log in again.")
        return Check(about, "bad", says.format(server=account.host, other=me.username, username=account.username))
    if account.openrosa and server_key(environment.openrosa) != server_key(account.openrosa):
        says = _("{server} now names another host for new records, {other}. Log in again to accept it.")
        return Check(about, "bad", says.format(server=account.host, other=environment.openrosa))
    if not me.validated_password:
        says = _("{server} wants a new password for {username}: change it in the browser, until then it refuses.")
        return Check(about, "bad", says.format(server=account.host, username=me.username))
    says = _("{server} answers to {username}.")
    return Check(about, "ok", says.format(server=account.host, username=me.username))


def _clock(account: Account, me: Me, asked: datetime, answered: datetime) -> Iterator[Check]:
    """The server tells its time in whole seconds: half a second is added, and small differences do not count."""
    if me.server_time is None:
        return
    ahead = asked + (answered - asked) / 2 - (me.server_time + timedelta(seconds=0.5))
    seconds = round(abs(ahead).total_seconds())
    if abs(ahead) <= CLOCK_TOLERANCE:
        sentence = _("This machine and the server agree on the time.")
    elif ahead > timedelta(0):
        sentence = _("This machine's clock is {seconds} s ahead of the server's.").format(seconds=seconds)
    else:
        sentence = _("This machine's clock is {seconds} s behind the server's.").format(seconds=seconds)
    yield Check(f"clock {account.name}", "ok" if abs(ahead) <= CLOCK_TOLERANCE else "warn", sentence)


def _versions() -> Check:
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {sys.version.split()[0]}"]
    missing = False
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing = True
            found.append(_("{package} (not installed)").format(package=package))
    return Check("versions", "warn" if missing else "ok", ", ".join(found))
