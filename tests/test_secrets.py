"""API keys: which place gives one, which must not, and that none is ever shown."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobotui import keyrings, paths, secrets
from kobotui.accounts import Accounts
from kobotui.model.account import Account
from kobotui.secrets import (
    Place,
    SecretError,
    Token,
    find_token,
    forget_token,
    parse_token,
    read_token,
    store_token,
    where,
)

if TYPE_CHECKING:
    from pathlib import Path

EU = "https://eu.kobotoolbox.org"
GLOBAL = "https://kf.kobotoolbox.org"
KEY = "0123456789abcdef0123456789abcdef01234567"


def account(name: str = "prod", server: str = EU, username: str = "ana", **rest: object) -> Account:
    return msgspec.structs.replace(Account(name=name, server=server, openrosa=server, username=username), **rest)


def saved(name: str = "prod", server: str = EU, username: str = "ana", **rest: object) -> Account:
    return Accounts.load().add(account(name, server, username, **rest))


def prints(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


class TestToken:
    def test_is_never_shown(self) -> None:
        token = Token(KEY)
        found = secrets.Found(token, Place("file"))
        for text in (repr(token), str(token), f"{token}", f"{token!r:>30}", repr([token]), repr(found)):
            assert KEY not in text
        assert token.reveal() == KEY

    def test_is_written_nowhere(self) -> None:
        token = Token(KEY)
        for write in (pickle.dumps, copy.deepcopy, json.dumps, msgspec.json.encode):
            with pytest.raises(TypeError) as error:
                write(token)
            assert KEY not in str(error.value)
        assert not hasattr(token, "__dict__")

    def test_equals_itself_alone(self) -> None:
        assert Token(KEY) == Token(KEY)
        assert len({Token(KEY), Token(KEY), Token("other")}) == 2
        assert Token(KEY) != KEY


class TestParse:
    @pytest.mark.parametrize(
        "pasted",
        [
            KEY,
            f"  {KEY}\r\n",
            f"Token {KEY}",
            f"token  {KEY}",
            f'{{"token":"{KEY}"}}',
            f'\n{{\n  "token": "{KEY}",\n  "x": 1\n}}\n',
        ],
    )
    def test_as_people_paste_it(self, pasted: str) -> None:
        assert parse_token(pasted).reveal() == KEY

    @pytest.mark.parametrize(
        "pasted",
        [
            "",
            "  ",
            "Token ",
            "two words7",
            "s3cret\x1b[2J",
            "ключ7",
            "x7" * 200,
            '{"token": null}',
            '{"token',
            '{"a": "s3cret"}',
        ],
    )
    def test_what_is_no_key_is_refused_and_not_repeated(self, pasted: str) -> None:
        with pytest.raises(SecretError) as error:
            parse_token(pasted)
        assert "7" not in error.value.sentence
        assert "s3cret" not in error.value.sentence
        assert error.value.__cause__ is None

    @given(st.text())
    def test_any_text_is_a_key_or_a_sentence(self, text: str) -> None:
        try:
            token = parse_token(text)
        except SecretError:
            return
        assert token.reveal().isalnum()

    def test_standard_input_gives_its_first_line(self) -> None:
        assert read_token(io.StringIO(f"{KEY}\nmore\n")).reveal() == KEY


class TestEnvironment:
    def test_serves_the_only_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        only = saved()
        assert find_token(only).token.reveal() == KEY
        assert find_token(only).where == where(only) == Place("environment", "KOBOTUI_TOKEN")

    def test_without_a_server_it_serves_none_of_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        for one in (saved(), saved("test", GLOBAL)):
            with pytest.raises(SecretError, match="No API key"):
                find_token(one)

    def test_without_a_server_it_serves_no_unsaved_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        with pytest.raises(SecretError):
            find_token(account())

    def test_serves_the_one_account_on_its_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        monkeypatch.setenv("KOBOTUI_SERVER", f"{EU.upper().replace('HTTPS', 'https')}/")
        here, elsewhere = saved(), saved("test", GLOBAL)
        assert find_token(here).token.reveal() == KEY
        with pytest.raises(SecretError):
            find_token(elsewhere)

    def test_serves_neither_of_two_users_on_its_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        monkeypatch.setenv("KOBOTUI_SERVER", EU)
        for one in (saved(), saved("other", EU, "ben")):
            with pytest.raises(SecretError):
                find_token(one)

    def test_serves_an_account_saved_nowhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        monkeypatch.setenv("KOBOTUI_SERVER", EU)
        saved("test", GLOBAL)
        assert find_token(account("environment", store="environment", username="")).token.reveal() == KEY

    @pytest.mark.parametrize("server", ["eu.kobotoolbox.org", "http://eu.kobotoolbox.org", f"{EU}.example.org"])
    def test_another_server_is_another_server(self, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        monkeypatch.setenv("KOBOTUI_SERVER", server)
        with pytest.raises(SecretError):
            find_token(saved())

    def test_comes_after_standard_input_and_before_the_rest(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        one = saved(store="command", token_command=prints("command"))
        store_token(one, Token("file"), "file")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        (tmp_path / "kobotui-prod").write_text("systemd\n")
        monkeypatch.setenv("KOBOTUI_TOKEN", "environment")
        assert find_token(one, Token("stdin")).where == Place("stdin")
        for expected in ("environment", "systemd", "command", "file"):
            found = find_token(one)
            assert (found.token.reveal(), found.where.kind) == (expected, expected)
            assert where(one) == found.where
            if expected == "environment":
                monkeypatch.delenv("KOBOTUI_TOKEN")
            elif expected == "systemd":
                (tmp_path / "kobotui-prod").unlink()
            else:
                one = msgspec.structs.replace(one, token_command=())


class TestCommand:
    def run(self, *command: str) -> Token:
        return find_token(saved(store="command", token_command=command)).token

    def test_gives_the_first_line(self) -> None:
        assert self.run(*prints(f"{KEY}\nuser: ana\nurl: x")).reveal() == KEY

    def test_may_give_json(self) -> None:
        assert self.run(*prints(f'{{\n"token": "{KEY}"\n}}')).reveal() == KEY

    def test_is_not_read_by_a_shell(self, tmp_path: Path) -> None:
        with pytest.raises(SecretError, match="cannot be run"):
            self.run(f"echo {KEY} > {tmp_path}/x; true")
        assert not (tmp_path / "x").exists()

    def test_its_errors_stay_hidden(self, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SecretError, match="failed \\(status 3\\)") as error:
            self.run(sys.executable, "-c", f"import sys; print('{KEY}', file=sys.stderr); sys.exit(3)")
        assert KEY not in error.value.sentence
        assert KEY not in "".join(capfd.readouterr())

    def test_its_arguments_stay_hidden(self) -> None:
        with pytest.raises(SecretError) as error:
            self.run("/nowhere/vault", f"--password={KEY}")
        assert KEY not in error.value.sentence
        assert KEY not in where(Accounts.load().get("prod")).say()

    def test_gets_no_standard_input(self) -> None:
        with pytest.raises(SecretError, match="printed no API key"):
            self.run(sys.executable, "-c", "import sys; print(sys.stdin.read())")

    def test_is_ended_with_its_children_when_it_takes_too_long(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(secrets, "COMMAND_TIMEOUT", 0.5)
        os.mkfifo(tmp_path / "alive")
        alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
        try:
            with pytest.raises(SecretError, match=r"no answer within 0\.5 seconds"):
                self.run("sh", "-c", f"(exec 3>{tmp_path}/alive; echo yes >&3; sleep 30) & sleep 30")
            os.set_blocking(alive, True)
            began = time.monotonic()
            with os.fdopen(alive, closefd=False) as child:
                assert child.read() == "yes\n"  # ends when nobody holds the other end any more
            assert time.monotonic() - began < 10
        finally:
            os.close(alive)

    def test_is_not_run_from_a_file_others_can_change(self, tmp_path: Path) -> None:
        one = saved(store="command", token_command=("touch", str(tmp_path / "ran")))
        paths.accounts_file().chmod(0o666)
        with pytest.raises(SecretError, match="can be changed by other users"):
            find_token(one)
        assert not (tmp_path / "ran").exists()


class TestFile:
    def test_keeps_a_key_per_user_and_server(self) -> None:
        ana, ben, there = saved(), saved("ben", EU, "ben"), saved("there", GLOBAL)
        for one, key in ((ana, "a1"), (ben, "b2"), (there, "c3")):
            assert store_token(one, Token(key), "file") == where(one) == Place("file", str(paths.tokens_file()))
        assert [find_token(one).token.reveal() for one in (ana, ben, there)] == ["a1", "b2", "c3"]
        assert paths.tokens_file().stat().st_mode & 0o777 == 0o600

    def test_a_renamed_account_keeps_its_key(self) -> None:
        store_token(saved(), Token(KEY), "file")
        assert find_token(Accounts.load().rename("prod", "Goma")).token.reveal() == KEY

    def test_an_account_moved_to_another_server_does_not_take_it_along(self) -> None:
        store_token(saved(), Token(KEY), "file")
        moved = Accounts.load().update(account(server="https://evil.example.org"))
        with pytest.raises(SecretError, match="No API key"):
            find_token(moved)

    def test_is_refused_when_others_can_read_it(self) -> None:
        one = saved()
        store_token(one, Token(KEY), "file")
        paths.tokens_file().chmod(0o644)
        for use in (lambda: find_token(one), lambda: store_token(one, Token("x"), "file"), lambda: forget_token(one)):
            with pytest.raises(paths.LocalError, match="chmod 600"):
                use()
        assert KEY in paths.tokens_file().read_text()

    @pytest.mark.parametrize(
        "text", [f'["{EU}"]\nana = "{KEY}\n', f'ana = "{KEY}"\n', f'["{EU}"]\nana = ["{KEY}"]\n', "\udcff"]
    )
    def test_a_broken_one_is_a_sentence_without_keys_and_is_left_alone(self, text: str) -> None:
        data = text.encode(errors="surrogateescape")
        paths.write_private(paths.tokens_file(), data)
        with pytest.raises(SecretError) as error:
            find_token(saved())
        assert KEY not in error.value.sentence
        assert str(paths.tokens_file()) in error.value.sentence
        with pytest.raises(SecretError):
            store_token(account(), Token("x"), "file")
        assert paths.tokens_file().read_bytes() == data

    def test_forgets_one_key_alone(self) -> None:
        ana, ben = saved(), saved("ben", EU, "ben")
        store_token(ana, Token("a1"), "file")
        store_token(ben, Token("b2"), "file")
        assert forget_token(ana)
        assert not forget_token(ana)
        assert "a1" not in paths.tokens_file().read_text()
        assert find_token(ben).token.reveal() == "b2"

    def test_a_key_another_account_uses_stays(self) -> None:
        first = saved()
        second = saved("again")
        store_token(first, Token(KEY), "file")
        assert not forget_token(Accounts.load().remove("prod"))
        assert find_token(second).token.reveal() == KEY
        assert forget_token(Accounts.load().remove("again"))


class TestMemory:
    def test_the_demo_looks_nowhere_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        demo = saved(server="http://127.0.0.1:40123", store="memory", demo=True)
        monkeypatch.setenv("KOBOTUI_TOKEN", KEY)
        with pytest.raises(SecretError):
            find_token(demo)
        store_token(demo, Token("demo"), "memory")
        assert find_token(demo).token.reveal() == "demo"
        assert where(demo) == Place("memory")
        assert not paths.tokens_file().exists()
        assert forget_token(demo)
        with pytest.raises(SecretError):
            find_token(demo)


def test_nothing_kept_says_how_to_log_in() -> None:
    with pytest.raises(SecretError, match="kobotui login"):
        find_token(saved())


def test_keys_in_the_keyring_are_found_there_and_leave_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyrings, "put", lambda server, user, key: kept.update({(server, user): key}) or "Test")
    monkeypatch.setattr(keyrings, "get", lambda server, user: ("Test", kept.get((server, user))))
    monkeypatch.setattr(keyrings, "drop", lambda server, user: kept.pop((server, user), None) is not None)
    one = saved(store="keyring")
    store_token(one, Token("old"), "file")
    assert store_token(one, Token(KEY), "keyring") == Place("keyring", "Test")
    assert "old" not in paths.tokens_file().read_text()
    assert find_token(one).token.reveal() == KEY
    assert where(one).kind == "keyring"
    assert forget_token(one)
    assert kept == {}
