"""Saved accounts: kept, found, changed; a file edited by hand is respected."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui import paths
from kobotui.accounts import AccountError, Accounts, choose, connect, server_key
from kobotui.model.account import Account

if TYPE_CHECKING:
    pass

EU = "https://eu.kobotoolbox.org"
GLOBAL = "https://kf.kobotoolbox.org"


def account(name: str = "prod", server: str = EU, username: str = "ana", **rest: object) -> Account:
    return msgspec.structs.replace(Account(name=name, server=server, openrosa=server, username=username), **rest)


def by_hand(text: str) -> None:
    paths.write_private(paths.accounts_file(), text.encode())


def test_no_file_is_no_account() -> None:
    assert len(Accounts.load()) == 0
    assert Accounts.load().last_used is None
    assert not paths.config_dir().exists()


def test_an_account_comes_back_as_it_was_saved() -> None:
    saved = account(
        store="command",
        token_command=("pass", "show", "kobo/prod"),
        read_only=True,
        production=True,
        ca_file="/etc/ca.pem",
    )
    accounts = Accounts.load()
    accounts.add(saved)
    accounts.add(account("test", GLOBAL))
    assert list(Accounts.load()) == list(accounts) == [saved, account("test", GLOBAL)]
    assert paths.accounts_file().stat().st_mode & 0o777 == 0o600


def test_trailing_slashes_are_taken_off() -> None:
    saved = Accounts.load().add(account(server="https://kobo.example.org/kpi/"))
    assert saved.server == saved.openrosa == "https://kobo.example.org/kpi"
    assert Accounts.load().get("prod") == saved


@pytest.mark.parametrize("name", ["prod", "Prod", "PROD"])
def test_names_are_unique_whatever_their_case(name: str) -> None:
    accounts = Accounts.load()
    accounts.add(account("prod"))
    with pytest.raises(AccountError, match="already an account"):
        accounts.add(account(name))
    assert [a.name for a in Accounts.load()] == ["prod"]


@pytest.mark.parametrize("name", ["", " x", "x ", "-x", ".x", "a/b", "a\nb", "a\x1b[2Jb", "x" * 41, "[/]"])
def test_a_name_that_cannot_be_one_is_refused_without_repeating_controls(name: str) -> None:
    with pytest.raises(AccountError) as error:
        Accounts.load().add(account(name))
    assert "\x1b" not in error.value.sentence
    assert not paths.accounts_file().exists()


@pytest.mark.parametrize("name", ["p", "Bureau de Goma", "ana@eu", "équipe-2", "فريق", "a.b_c+d"])
def test_names_people_would_give(name: str) -> None:
    Accounts.load().add(account(name))
    assert Accounts.load().get(name).name == name


@pytest.mark.parametrize(
    "server", ["", "kf.kobotoolbox.org", "ftp://kf.kobotoolbox.org", "https://", f"{EU}/#/forms", f"{EU}?x=1"]
)
def test_a_server_that_is_none_is_refused(server: str) -> None:
    with pytest.raises(AccountError, match="needs a server like https://kf"):
        Accounts.load().add(account(server=server))


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(AccountError) as error:
        Accounts.load().add(account(server="https://ana:hunter2@kf.kobotoolbox.org"))
    assert "hunter2" not in error.value.sentence


def test_update_keeps_unknown_keys_and_the_order() -> None:
    by_hand(
        f'colour = "blue"\n[accounts.prod]\nserver = "{EU}"\nopenrosa = "{EU}"\nusername = "ana"\nnote = "Goma"\n'
        f'read_only = true\n[accounts.test]\nserver = "{GLOBAL}"\nopenrosa = "{GLOBAL}"\nusername = "ana"\n'
    )
    accounts = Accounts.load()
    accounts.update(msgspec.structs.replace(accounts.get("prod"), production=True, read_only=False))
    document = tomllib.loads(paths.accounts_file().read_text())
    assert document["colour"] == "blue"
    assert document["accounts"]["prod"] == {
        "server": EU,
        "openrosa": EU,
        "username": "ana",
        "production": True,
        "note": "Goma",
    }
    assert [a.name for a in Accounts.load()] == ["prod", "test"]


def test_update_of_an_account_that_is_gone_is_refused() -> None:
    with pytest.raises(AccountError, match="No account is saved"):
        Accounts.load().update(account())


def test_rename_keeps_place_unknown_keys_and_last_used() -> None:
    by_hand(
        f'[accounts.prod]\nserver = "{EU}"\nopenrosa = "{EU}"\nusername = "ana"\nnote = "Goma"\n'
        f'[accounts.test]\nserver = "{EU}"\nopenrosa = "{EU}"\nusername = "ben"\n'
    )
    accounts = Accounts.load()
    accounts.use("prod")
    assert accounts.rename("prod", "Prod").name == "Prod"
    assert [a.name for a in Accounts.load()] == ["Prod", "test"]
    assert Accounts.load().last_used == account("Prod")
    assert tomllib.loads(paths.accounts_file().read_text())["accounts"]["Prod"]["note"] == "Goma"
    with pytest.raises(AccountError, match="already an account TEST"):
        accounts.rename("Prod", "TEST")
    with pytest.raises(AccountError, match="cannot be one"):
        accounts.rename("Prod", "../x")


def test_remove_returns_what_was_there() -> None:
    accounts = Accounts.load()
    accounts.add(account("prod"))
    accounts.add(account("test"))
    assert accounts.remove("prod") == account("prod")
    assert [a.name for a in Accounts.load()] == ["test"]
    with pytest.raises(AccountError, match=r"no account “prod”\. Saved: test"):
        accounts.remove("prod")


def test_last_used_outlives_the_program_and_not_the_account() -> None:
    accounts = Accounts.load()
    accounts.add(account("prod"))
    assert accounts.last_used == account("prod")  # the only one
    accounts.add(account("test"))
    assert Accounts.load().last_used is None
    accounts.use("test")
    before = paths.accounts_file().read_bytes()
    assert Accounts.load().last_used == account("test")
    assert paths.accounts_file().read_bytes() == before
    accounts.remove("test")
    assert Accounts.load().last_used == account("prod")


def test_remembering_is_no_reason_to_fail() -> None:
    accounts = Accounts.load()
    accounts.add(account("prod"))
    accounts.use("environment")
    assert accounts.last_name() == ""
    paths.write_private(paths.state_dir(), b"a file where a directory should be")
    accounts.use("prod")
    assert accounts.last_name() == ""


def test_two_programs_do_not_undo_each_other() -> None:
    one, two = Accounts.load(), Accounts.load()
    one.add(account("one"))
    two.add(account("two"))
    assert [a.name for a in Accounts.load()] == ["one", "two"]
    with pytest.raises(AccountError, match="already"):
        one.add(account("two"))


BROKEN = {
    "not TOML": ('[accounts.prod]\nserver = "x\n', r"not valid TOML: .*line 2"),
    "wrong type": (f'\n[accounts.prod]\nserver = 7\nopenrosa = "{EU}"\nusername = "a"\n', r"line 2: .*prod.*server"),
    "missing": (f'[accounts.prod]\nserver = "{EU}"\nopenrosa = "{EU}"\n', r"line 1: .*username"),
    "unknown store": (
        f'[accounts."a b"]\nserver = "{EU}"\nopenrosa = "{EU}"\nusername = "a"\nstore = "desk"\n',
        r"line 1: .*desk",
    ),
    "not a table": ("[accounts]\nprod = 3\n", "prod cannot be read"),
    "accounts is a list": ("[[accounts]]\nname = 'x'\n", "must be tables"),
    "command without argv": (
        f'[accounts.prod]\nserver = "{EU}"\nopenrosa = "{EU}"\nusername = "a"\nstore = "command"\n',
        r"line 1: .*no token_command",
    ),
    "no scheme": ('[accounts.prod]\nserver = "eu"\nopenrosa = ""\nusername = "a"\n', r"line 1: .*needs a server"),
    "no username": (f'[accounts.prod]\nserver = "{EU}"\nopenrosa = ""\nusername = ""\n', r"line 1: .*no username"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_a_sentence_with_the_line_and_is_left_alone(case: str) -> None:
    text, says = BROKEN[case]
    by_hand(text)
    with pytest.raises(AccountError, match=says) as error:
        Accounts.load()
    assert str(paths.accounts_file()) in error.value.sentence
    assert "$" not in error.value.sentence


def test_a_file_broken_meanwhile_is_not_overwritten() -> None:
    accounts = Accounts.load()
    accounts.add(account())
    by_hand("[accounts.prod\n")
    with pytest.raises(AccountError, match="left as it is"):
        accounts.add(account("test"))
    assert paths.accounts_file().read_text() == "[accounts.prod\n"


def test_bytes_that_are_no_text_are_a_sentence() -> None:
    paths.write_private(paths.accounts_file(), b"name = '\xff'")
    with pytest.raises(AccountError, match="not valid TOML"):
        Accounts.load()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EU, "https://EU.kobotoolbox.org/"),
        ("https://kobo.example.org:443/kpi/", "https://kobo.example.org/kpi"),
        ("http://127.0.0.1:80", "http://127.0.0.1/"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_one_server_written_two_ways(one: str, other: str) -> None:
    assert server_key(one) == server_key(other) != ""


@pytest.mark.parametrize("other", ["http://eu.kobotoolbox.org", "https://eu.kobotoolbox.org:8443", f"{EU}/kpi", GLOBAL])
def test_different_servers(other: str) -> None:
    assert server_key(other) not in ("", server_key(EU))


@given(st.text())
def test_any_text_may_be_asked_for_its_server(text: str) -> None:
    assert isinstance(server_key(text), str)
    assert isinstance(server_key(f"https://{text}"), str)


def test_choose_names_the_accounts_when_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AccountError, match="kobotui login"):
        choose()
    accounts = Accounts.load()
    accounts.add(account("prod"))
    assert choose().name == "prod"
    accounts.add(account("other", EU, "ben"))
    with pytest.raises(AccountError, match="prod, other"):
        choose()
    assert choose("other").username == "ben"
    monkeypatch.setenv("KOBOTUI_SERVER", EU)
    with pytest.raises(AccountError, match="Several accounts are on"):
        choose()


def test_choose_follows_the_server_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = Accounts.load()
    accounts.add(account("prod"))
    accounts.add(account("test", GLOBAL))
    accounts.use("prod")
    monkeypatch.setenv("KOBOTUI_SERVER", f"{GLOBAL}/")
    assert choose().name == "test"
    monkeypatch.setenv("KOBOTUI_SERVER", "https://kobo.example.org")
    with pytest.raises(AccountError, match="KOBOTUI_TOKEN is not set"):
        choose()
    monkeypatch.setenv("KOBOTUI_TOKEN", "abc123")
    adhoc = choose()
    assert (adhoc.server, adhoc.store, adhoc.username) == ("https://kobo.example.org", "environment", "")
    assert len(Accounts.load()) == 2


def test_connect_gives_the_client_the_account_and_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Account, str]] = []
    monkeypatch.setattr("kobotui.api.client.KoboClient", lambda account, token: made.append((account, token)))
    Accounts.load().add(account())
    monkeypatch.setenv("KOBOTUI_TOKEN", "abc123")
    connect()
    assert made == [(account(), "abc123")]


def test_reading_accounts_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, kobotui.accounts, kobotui.secrets; kobotui.accounts.Accounts.load();"
        "print(sorted({'textual', 'httpx', 'keyring', 'asyncio', 'sqlite3', 'tomli_w'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
