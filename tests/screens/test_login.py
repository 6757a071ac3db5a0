"""Adding an account on the screen: three ways in, and nothing typed is lost when something is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input, Static

from kobotui.accounts import Accounts
from kobotui.paths import tokens_file
from kobotui.screens.login import LoginScreen
from kobotui.secrets import find_token
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from tests.conftest import picking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


class Login:
    """Answers the questions of the login screen."""

    def __init__(self, pilot: Pilot[Any], until: Until) -> None:
        self.pilot = pilot
        self.until = until

    @property
    def app(self) -> Any:
        return self.pilot.app

    @property
    def screen(self) -> LoginScreen:
        screen = self.app.kobo_screen()
        assert isinstance(screen, LoginScreen)
        return screen

    @property
    def words(self) -> str:
        return str(self.screen.query_one("#words", Static).render())

    def answers(self) -> dict[str, str]:
        source = self.screen.query_one(Table).source
        assert source is not None
        rows = [source.row(place) for place in range(len(source))]
        return {row.key: row.cells[1].text for row in rows if row}

    async def pick(self, *keys: str) -> None:
        await self.until(self.pilot, lambda: picking(self.app), "a list to choose from")
        await self.pilot.press(*keys, "enter")

    def prompt(self) -> Prompt | None:
        return next(iter(self.app.screen.query(Prompt)), None)

    async def prompted(self) -> Prompt:
        await self.until(self.pilot, lambda: self.prompt() and isinstance(self.app.focused, Input), "a question")
        prompt = self.prompt()
        assert prompt
        return prompt

    async def type(self, text: str) -> None:
        prompt = await self.prompted()
        prompt.text = text
        await self.pilot.press("enter")
        await self.until(self.pilot, lambda: self.prompt() is not prompt, "the answer to be taken")

    async def agree(self) -> None:
        await self.until(self.pilot, lambda: self.app.screen.query(ConfirmLine), "something to agree to")
        line = self.app.screen.query_one(ConfirmLine)
        await self.pilot.pause()
        await self.pilot.press("enter")
        await self.until(self.pilot, lambda: not line.is_attached, "agreement")


@pytest.fixture
async def login(make_app: MakeApp, until: Until) -> AsyncIterator[Login]:
    app = make_app()
    async with app.run_test() as pilot:
        await app.push_screen(LoginScreen())
        yield Login(pilot, until)


def text_of_token(key: str) -> str:
    return json.dumps({"token": key})


@pytest.mark.parametrize(("down", "made"), [(0, str), (1, text_of_token)], ids=["key", "json"])
async def test_a_pasted_key_makes_an_account_that_only_reads(
    login: Login, shared_demo: DemoServer, down: int, made: Any
) -> None:
    person = shared_demo.accounts[1]
    await login.pick("down", "down")
    await login.type(shared_demo.url)
    await login.pick(*["down"] * down)
    assert (await login.prompted()).query_one(Input).password
    await login.type(made(person.token))
    await login.type("field office")
    await login.pick()
    await login.agree()
    await login.until(login.pilot, lambda: login.app.kobo_screen().place == "projects", "the projects")
    account = Accounts.load().get("field office")
    assert (account.username, account.server, account.openrosa) == ("ben", shared_demo.url, shared_demo.url)
    assert account.read_only
    assert account.store == "file"
    assert login.app.session.account == account
    assert find_token(account).token.reveal() == person.token
    assert tokens_file().stat().st_mode & 0o777 == 0o600


async def test_a_password_fetches_the_key_and_is_forgotten(login: Login, shared_demo: DemoServer) -> None:
    person = shared_demo.accounts[0]
    await login.pick("down", "down")
    await login.type(shared_demo.url)
    await login.pick("down", "down")
    await login.type(person.username)
    await login.type("wrong")
    await login.until(login.pilot, lambda: "does not accept" in login.words, "the refusal")
    prompt = await login.prompted()
    assert prompt.text == person.username, "what was typed is still there"
    await login.type(person.username)
    assert (await login.prompted()).query_one(Input).password
    await login.type(person.password)
    await login.until(login.pilot, lambda: login.screen.token is not None, "the key")
    assert login.screen.password == ""
    assert "accepted" in login.answers()["key"]
    await login.type("mine")
    await login.pick("down")
    await login.agree()
    await login.until(login.pilot, lambda: len(Accounts.load()) == 1, "the account")
    account = Accounts.load().get("mine")
    assert not account.read_only
    assert find_token(account).token.reveal() == person.token
    for path in Accounts.load().path.parent.iterdir():
        assert person.password not in path.read_text()


async def test_an_address_that_is_no_server_is_a_sentence_and_can_be_corrected(
    login: Login, shared_demo: DemoServer
) -> None:
    await login.pick("down", "down")
    await login.type(f"{shared_demo.url}/#/forms/aBcDeFgHiJkLmNoPqRsTuV2/summary")
    await login.until(login.pilot, lambda: "address of a project" in login.words, "the refusal")
    assert (await login.prompted()).text.endswith("/summary")
    await login.type("http://127.0.0.1:1")
    await login.until(login.pilot, lambda: "127.0.0.1:1" in login.words, "the refusal")
    await login.type(shared_demo.url)
    await login.until(login.pilot, lambda: picking(login.app), "the next question")
    assert login.words == ""
    assert login.answers()["server"] == shared_demo.url


async def test_a_wrong_key_stays_typed(login: Login, shared_demo: DemoServer) -> None:
    await login.pick("down", "down")
    await login.type(shared_demo.url)
    await login.pick()
    assert "Security" in login.words
    prompt = await login.prompted()
    prompt.text = "not a key!"
    await login.pilot.press("enter")
    await login.pilot.pause()
    assert login.prompt() is prompt, "refused before anything is sent"
    await login.type("0" * 40)
    await login.until(login.pilot, lambda: "does not accept the API key" in login.words, "the refusal")
    assert (await login.prompted()).text == "0" * 40
    assert "0" * 40 not in repr(login.answers())


async def test_answers_stay_when_a_question_is_left_and_leaving_is_asked(login: Login, shared_demo: DemoServer) -> None:
    await login.pick("down", "down")
    await login.type(shared_demo.url)
    await login.until(login.pilot, lambda: picking(login.app), "a list")
    await login.pilot.press("escape")
    await login.until(login.pilot, lambda: login.app.screen is login.screen, "the answers")
    assert login.answers()["server"] == shared_demo.url
    await login.pilot.press("s")
    await login.until(login.pilot, lambda: picking(login.app), "the question that is missing")
    await login.pilot.press("escape")
    await login.until(login.pilot, lambda: login.app.screen is login.screen, "the answers")
    await login.pilot.press("escape")
    await login.until(login.pilot, lambda: login.app.screen.query(ConfirmLine), "a question")
    await login.pilot.press("escape")
    await login.until(login.pilot, lambda: not login.app.screen.query(ConfirmLine), "staying")
    assert login.screen.address == shared_demo.url
    await login.pilot.press("escape")
    await login.agree()
    await login.until(login.pilot, lambda: login.app.kobo_screen().place == "start", "the first screen")
    assert not len(Accounts.load())
    assert {"login.save"} <= login.app.used_actions


async def test_a_host_of_another_domain_gets_the_key_only_when_it_is_accepted(
    login: Login, shared_demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kobotui.api import login as api

    async def elsewhere(address: str, **_fields: object) -> api.Server:
        return api.Server(url=address, openrosa="https://records.elsewhere.example")

    monkeypatch.setattr(api, "find_server", elsewhere)
    await login.pick("down", "down")
    await login.type(shared_demo.url)
    await login.pick()
    await login.type(shared_demo.accounts[0].token)
    await login.until(login.pilot, lambda: login.app.screen.query(ConfirmLine), "a question")
    await login.pilot.press("escape")
    await login.until(login.pilot, lambda: "another domain" in login.words, "the reason")
    assert login.answers()["host"] == "https://records.elsewhere.example"
    await login.pilot.press("s")
    await login.agree()
    prompt = await login.prompted()
    assert prompt.text.startswith("admin@")
