"""The doctor: each trouble of a machine, a file, a key or a server is named; sound ones are not."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import keyring
import msgspec
import pytest
from keyring.backends import null

from kobotui import doctor, paths, secrets
from kobotui.accounts import Accounts
from kobotui.api.errors import KoboError
from kobotui.model.account import Account
from kobotui.model.people import Environment, Me
from kobotui.model.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

EU = "https://eu.kobotoolbox.org"
OPENROSA = "https://kc-eu.kobotoolbox.org"
KEY = "0123456789abcdef0123456789abcdef01234567"


class Server:
    """Stands for ``KoboClient`` and the server behind it."""

    def __init__(self) -> None:
        self.me_says: Any = Me(username="ana")
        self.openrosa = OPENROSA
        self.clock = timedelta(0)
        self.keys: list[tuple[str, str]] = []

    def __call__(self, account: Account, token: str) -> Server:
        self.keys.append((account.name, token))
        return self

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *exc: object) -> None:
        pass

    async def environment(self) -> Environment:
        return Environment(openrosa=self.openrosa)

    async def me(self) -> Me:
        if isinstance(self.me_says, Exception):
            raise self.me_says
        if self.me_says is None:
            await asyncio.sleep(60)
        now = (datetime.now(UTC) + self.clock).replace(microsecond=0)
        return msgspec.structs.replace(self.me_says, server_time=now)


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr("kobotui.api.client.KoboClient", made)
    return made


def log_in(name: str = "prod", **rest: Any) -> Account:
    plain = Account(name=name, server=EU, openrosa=OPENROSA, username="ana")
    account = Accounts.load().add(msgspec.structs.replace(plain, **rest))
    if account.store == "file":
        secrets.store_token(account, Token(KEY), "file")
    return account


def examined() -> dict[str, doctor.Check]:
    return {check.about: check for check in doctor.examine()}


def test_a_sound_machine_is_sound(server: Server) -> None:
    log_in()
    out = io.StringIO()
    assert doctor.run(out=out) == 0
    assert "BAD" not in out.getvalue()
    assert "key prod: The key of prod comes from: file" in out.getvalue()
    assert "server prod: eu.kobotoolbox.org answers to ana." in out.getvalue()
    assert "clock prod: This machine and the server agree" in out.getvalue()
    assert server.keys == [("prod", KEY)]
    assert KEY not in out.getvalue()


def test_json_holds_the_same(server: Server) -> None:
    log_in()
    server.me_says = KoboError("The server refuses.")
    out = io.StringIO()
    assert doctor.run(as_json=True, out=out) == 1
    told = json.loads(out.getvalue())
    assert told["ok"] is False
    assert {"about", "state", "sentence"} == set(told["checks"][0])
    assert [check["about"] for check in told["checks"] if check["state"] == "bad"] == ["server prod"]
    assert KEY not in out.getvalue()


def test_no_account_is_no_illness() -> None:
    found = examined()
    assert found["accounts"].state == "ok"
    assert "kobotui login" in found["accounts"].sentence
    assert all(check.state != "bad" for check in found.values())
    assert "Python 3" in found["versions"].sentence
    assert not paths.config_dir().exists()


def test_a_pipe_and_no_utf8_are_warnings() -> None:
    assert examined()["terminal"].state == "warn"  # the tests have no terminal


@pytest.mark.parametrize(("columns", "state"), [("79", "warn"), ("80", "ok")])
def test_the_size_is_told(columns: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", "24")
    assert examined()["size"].state == state


@pytest.mark.parametrize(("tmux", "state"), [("", "warn"), ("/tmp/tmux-0/default,1,0", "ok")])
def test_over_ssh_tmux_is_advised(tmux: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "x")
    monkeypatch.setenv("TMUX", tmux)
    monkeypatch.delenv("STY", raising=False)
    assert examined()["ssh"].state == state


def test_broken_accounts_are_bad_and_the_rest_is_still_told() -> None:
    paths.write_private(paths.accounts_file(), b"[accounts.prod\n")
    found = examined()
    assert found["accounts"].state == "bad"
    assert "line 1" in found["accounts"].sentence
    assert "versions" in found


def test_open_files_and_directories_are_told() -> None:
    log_in()
    paths.tokens_file().chmod(0o644)
    paths.accounts_file().chmod(0o666)
    paths.write_private(paths.state_dir() / "journal.sqlite", b"")
    (paths.state_dir() / "journal.sqlite").chmod(0o640)
    paths.private_dir(paths.cache_dir()).chmod(0o777)
    paths.write_private(paths.settings_file(), b"concurrency = 99\n")
    found = examined()
    wrong = {about: check.state for about, check in found.items() if check.state != "ok"}
    assert (
        wrong.items()
        >= {
            "tokens.toml": "bad",
            "accounts.toml": "bad",
            "journal.sqlite": "warn",
            "cache": "bad",
            "settings.toml": "warn",
            "key prod": "bad",
        }.items()
    )
    assert "server prod" not in found


def test_a_file_in_place_of_a_directory_is_bad() -> None:
    paths.write_private(paths.state_dir(), b"")
    assert examined()["state"].state == "bad"


def test_a_missing_key_is_bad_and_the_server_is_not_asked(server: Server) -> None:
    Accounts.load().add(Account(name="prod", server=EU, openrosa=OPENROSA, username="ana"))
    found = examined()
    assert found["key prod"].state == "bad"
    assert server.keys == []


def test_a_keyring_matters_to_accounts_that_use_it() -> None:
    assert examined()["keyring"].state == "ok"
    log_in(store="keyring")
    assert examined()["keyring"].state == "bad"


def test_a_key_in_the_environment_that_serves_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    log_in()
    log_in("other", username="ben")
    monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
    assert examined()["KOBOTUI_TOKEN"].state == "warn"
    monkeypatch.setenv("KOBOTUI_SERVER", "https://kf.kobotoolbox.org")
    assert examined()["KOBOTUI_TOKEN"].state == "warn"


def test_the_server_of_the_environment_is_asked_when_nothing_is_saved(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBOTUI_SERVER", EU)
    monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
    found = examined()
    assert found["server environment"].state == "ok"
    assert "environment KOBOTUI_TOKEN" in found["key environment"].sentence
    assert "KOBOTUI_TOKEN" not in found
    monkeypatch.delenv("KOBOTUI_TOKEN")
    assert examined()["accounts"].state == "bad"


@pytest.mark.parametrize(
    ("me", "says"),
    [
        (Me(username="ben"), "is that of ben, not of ana"),
        (Me(username="ana", validated_password=False), "wants a new password"),
        (KoboError("No such host."), "eu.kobotoolbox.org: No such host."),
    ],
)
def test_a_server_that_does_not_know_us(server: Server, me: Any, says: str) -> None:
    log_in()
    server.me_says = me
    check = examined()["server prod"]
    assert check.state == "bad"
    assert says in check.sentence


def test_the_case_of_a_user_name_does_not_matter(server: Server) -> None:
    log_in()
    server.me_says = Me(username="Ana")
    assert examined()["server prod"].state == "ok"


def test_another_host_for_records_is_bad(server: Server) -> None:
    log_in()
    server.openrosa = "https://kc.evil.example.org"
    check = examined()["server prod"]
    assert check.state == "bad"
    assert "kc.evil.example.org" in check.sentence


def test_a_server_that_never_answers_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PATIENCE", 0.05)
    log_in()
    server.me_says = None
    assert "no answer within" in examined()["server prod"].sentence


@pytest.mark.parametrize(
    ("ahead", "state", "says"),
    [(58, "ok", "agree"), (-58, "ok", "agree"), (120, "warn", "s behind the server's"), (-120, "warn", "s ahead of")],
)
def test_clocks_are_compared(server: Server, ahead: int, state: str, says: str) -> None:
    log_in()
    server.clock = timedelta(seconds=ahead)
    check = examined()["clock prod"]
    assert check.state == state
    assert says in check.sentence


def test_lines_carry_no_control_characters(server: Server) -> None:
    log_in()
    server.me_says = KoboError("a\x1b[2Jb")
    out = io.StringIO()
    doctor.run(out=out)
    assert "\x1b" not in out.getvalue()
