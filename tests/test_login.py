"""Adding an account without a screen: where the key may go, what the account is called, what is kept."""

from __future__ import annotations

import pytest

from kobotui import paths
from kobotui.accounts import AccountError, Accounts
from kobotui.api.login import Server
from kobotui.keyrings import SecretError
from kobotui.login import account_for, account_name, keep, name_problem, other_domain, usual_store
from kobotui.model.account import PRESETS, Account
from kobotui.model.token import Token
from kobotui.secrets import find_token

EU = PRESETS["eu"]


@pytest.mark.parametrize(
    ("server", "openrosa"),
    [
        ("https://kf.kobotoolbox.org", "https://kc.kobotoolbox.org"),
        ("https://eu.kobotoolbox.org", "https://kc-eu.kobotoolbox.org"),
        ("https://example.org/kobo", "https://kc.example.org"),
        ("https://kf.survey.example.co.uk", "https://kc.survey.example.co.uk"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9000"),
        ("http://localhost:8000", "http://localhost:9000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_hosts_of_one_domain(server: str, openrosa: str) -> None:
    assert not other_domain(server, openrosa)


@pytest.mark.parametrize(
    ("server", "openrosa"),
    [
        ("https://kf.kobotoolbox.org", "https://kc.kobotoolbox.org.evil.example"),
        ("https://kf.example.co.uk", "https://kc.evil.co.uk"),
        ("https://kf.example.org", "https://evil.org"),
        ("http://127.0.0.1:8000", "http://127.0.0.2:8000"),
        ("http://10.0.0.1", "http://evil.0.0.1"),
        ("https://kf.example.org", ""),
    ],
)
def test_hosts_of_other_domains(server: str, openrosa: str) -> None:
    assert other_domain(server, openrosa)


def account(name: str, server: str = EU, username: str = "ana") -> Account:
    return Account(name=name, server=server, openrosa=server, username=username)


def test_a_name_is_made_of_user_and_server() -> None:
    accounts = Accounts.load()
    assert account_name(accounts, EU, "ana") == "ana@eu"
    assert account_name(accounts, "https://kf.refugees.example.org", "ana") == "ana@refugees"
    assert account_name(accounts, "http://127.0.0.1:8000", "ana") == "ana@127.0.0.1"
    assert name_problem(accounts, account_name(accounts, "http://[::1]:8000", "ana"), EU, "ana") is None
    assert len(account_name(accounts, EU, "a" * 60)) <= 40
    accounts.add(account("ana@eu", username="other"))
    assert account_name(accounts, EU, "ana") == "ana@eu 2"


def test_who_logs_in_again_keeps_name_and_what_is_not_asked() -> None:
    accounts = Accounts.load()
    accounts.add(Account(name="Field", server=EU, openrosa=EU, username="ana", production=True, store="file"))
    assert account_name(accounts, EU, "ana") == "Field"
    assert name_problem(accounts, "Field", EU, "ana") is None
    server = Server(url=EU, openrosa="https://kc-eu.kobotoolbox.org")
    again = account_for(accounts, server, name="Field", username="ana", store="file", read_only=True)
    assert again.production
    assert again.openrosa == "https://kc-eu.kobotoolbox.org"
    keep(accounts, again, Token("b" * 40))
    assert Accounts.load().get("Field") == again
    assert find_token(again).token.reveal() == "b" * 40


def test_a_name_that_is_taken_or_impossible_is_a_sentence() -> None:
    accounts = Accounts.load()
    accounts.add(account("Field"))
    assert "already" in (name_problem(accounts, "field", EU, "ben") or "")
    assert "cannot be one" in (name_problem(accounts, "../x", EU, "ben") or "")


def test_an_account_that_cannot_be_saved_leaves_no_key() -> None:
    accounts = Accounts.load()
    accounts.add(account("field", username="ben"))
    refused = account("Field")
    with pytest.raises(AccountError):
        keep(accounts, refused, Token("a" * 40))
    assert "a" * 40 not in paths.tokens_file().read_text()


def test_without_a_safe_keyring_a_file_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise SecretError("none")

    monkeypatch.setattr("kobotui.keyrings.name", none)
    assert usual_store() == "file"
    monkeypatch.setattr("kobotui.keyrings.name", lambda: "SecretService.Keyring")
    assert usual_store() == "keyring"
