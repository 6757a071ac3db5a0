"""``kobotui login``, ``accounts`` and ``logout`` on a plain terminal and for scripts."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from kobotui.__main__ import main
from kobotui.accounts import Accounts
from kobotui.api import login as api
from kobotui.paths import tokens_file
from kobotui.secrets import SecretError, find_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.demo.server import DemoServer

    Answer = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise SecretError("none")

    monkeypatch.setattr("kobotui.keyrings.name", none)


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return give


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Answers questions in their order; returns those that were asked, hidden ones marked by a star."""

    def give(*answers: str) -> list[str]:
        left, asked = list(answers), list[str]()

        def ask(question: str, hidden: bool = False) -> str:
            asked.append(("*" if hidden else "") + question)
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr("builtins.input", ask)
        monkeypatch.setattr("kobotui.cli.login.getpass", lambda question: ask(question, hidden=True))
        return asked

    return give


def test_a_key_on_standard_input_asks_nothing(
    shared_demo: DemoServer, stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    person = shared_demo.accounts[1]
    stdin(person.token + "\n")
    assert main(["login", "--server", shared_demo.url, "--token-stdin", "--name", "field"]) == 0
    account = Accounts.load().get("field")
    assert (account.username, account.read_only, account.store) == ("ben", True, "file")
    assert find_token(account).token.reveal() == person.token
    out, err = capsys.readouterr()
    assert person.token not in out + err
    assert str(tokens_file()) in out
    assert "only reads" in out
    assert Accounts.load().last_name() == "field"


def test_the_text_of_token_and_an_account_that_changes(shared_demo: DemoServer, stdin: Callable[[str], None]) -> None:
    stdin(json.dumps({"token": shared_demo.accounts[0].token}))
    words = ["login", "--server", shared_demo.url, "--token-stdin", "--read-write", "--production"]
    assert main(words) == 0
    (account,) = Accounts.load()
    assert (account.username, account.read_only, account.production) == ("admin", False, True)


def test_questions_one_after_another(shared_demo: DemoServer, answer: Answer) -> None:
    person = shared_demo.accounts[0]
    asked = answer(shared_demo.url, person.token, "y")
    assert main(["login"]) == 0
    assert [question.startswith("*") for question in asked] == [False, True, False]
    assert not next(iter(Accounts.load())).read_only


def test_a_password_fetches_the_key(shared_demo: DemoServer, answer: Answer) -> None:
    person = shared_demo.accounts[2]
    asked = answer("", person.username, person.password, "")
    assert main(["login", "--server", shared_demo.url]) == 0
    assert asked[2].startswith("*")
    (account,) = Accounts.load()
    assert account.read_only, "the answer nobody gave is the careful one"
    assert find_token(account).token.reveal() == person.token
    assert person.password not in tokens_file().read_text() + Accounts.load().path.read_text()


def test_a_wrong_password_ends_with_3_and_saves_nothing(
    shared_demo: DemoServer, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("wrong")
    assert main(["login", "--server", shared_demo.url, "--username", "admin"]) == 3
    assert "does not accept" in capsys.readouterr().err
    assert not len(Accounts.load())


def test_a_key_of_somebody_else_is_refused(
    shared_demo: DemoServer, stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(shared_demo.accounts[1].token)
    assert main(["login", "--server", shared_demo.url, "--token-stdin", "--username", "admin"]) == 3
    assert not len(Accounts.load())
    assert "admin" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1", "127.0.0.1:1"),
        ("http://kobo.example.org", "https"),
        ("{url}/#/forms/aBcDeFgHiJkLmNoPqRsTuV2", "address of a project"),
    ],
)
def test_a_wrong_address_is_a_sentence(
    shared_demo: DemoServer, stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str], address: str, said: str
) -> None:
    stdin("0" * 40)
    assert main(["login", "--token-stdin", "--server", address.format(url=shared_demo.url)]) == 1
    assert said in capsys.readouterr().err


def test_what_is_no_key_is_refused_before_anything_is_asked(
    stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stdin("<html>log in</html>")
    assert main(["login", "--token-stdin", "--server", "http://127.0.0.1:1"]) == 3
    assert "html" not in capsys.readouterr().err


def test_nobody_to_ask_is_used_wrongly(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    answer()
    assert main(["login"]) == 2
    assert "--token-stdin" in capsys.readouterr().err


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """The demo names a host of another domain for records."""

    async def find(address: str, **_fields: object) -> api.Server:
        return api.Server(url=address, openrosa=host)

    host = "https://records.elsewhere.example"
    monkeypatch.setattr(api, "find_server", find)
    return host


def test_another_host_is_never_accepted_unasked(
    shared_demo: DemoServer, stdin: Callable[[str], None], elsewhere: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(shared_demo.accounts[0].token)
    words = ["login", "--server", shared_demo.url, "--token-stdin"]
    assert main(words) == 2
    assert f"--accept-host {elsewhere}" in capsys.readouterr().err
    assert not len(Accounts.load())
    stdin(shared_demo.accounts[0].token)
    assert main([*words, "--accept-host", "https://other.example"]) == 2
    stdin(shared_demo.accounts[0].token)
    assert main([*words, "--accept-host", elsewhere]) == 0
    assert next(iter(Accounts.load())).openrosa == elsewhere


@pytest.mark.parametrize(("said", "code"), [("", 2), ("n", 2), ("y", 0)])
def test_another_host_is_asked_about(
    shared_demo: DemoServer, answer: Answer, elsewhere: str, said: str, code: int
) -> None:
    asked = answer(said, shared_demo.accounts[0].token, "")
    assert main(["login", "--server", shared_demo.url]) == code
    assert "another domain" in asked[0]


def test_accounts_tell_where_keys_are_and_logout_forgets_them(
    shared_demo: DemoServer, stdin: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    person = shared_demo.accounts[1]
    stdin(person.token)
    assert main(["login", "--server", shared_demo.url, "--token-stdin", "--name", "field"]) == 0
    account = Accounts.load().get("field")
    capsys.readouterr()
    assert main(["accounts"]) == 0
    out = capsys.readouterr().out
    assert "field" in out
    assert "tokens.toml" in out
    assert main(["accounts", "--json"]) == 0
    out = capsys.readouterr().out
    (listed,) = json.loads(out)
    assert listed["key"] == f"file {tokens_file()}"
    assert listed["last_used"] is True
    assert person.token not in out
    assert main(["logout", "field"]) == 0
    assert "its key" in capsys.readouterr().out
    assert not len(Accounts.load())
    with pytest.raises(SecretError):
        find_token(account)


def test_logout_of_nobody_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logout", "nobody"]) == 1
    assert capsys.readouterr().err.startswith("kobotui: ")


def test_no_account_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts"]) == 0
    assert "kobotui login" in capsys.readouterr().err


def test_the_doctor_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) in (0, 1)
    assert "checks" in json.loads(capsys.readouterr().out)
