"""``kobotui open``: where a pasted address, a UID or a name leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kobotui.accounts import Accounts
from kobotui.demo.editing import new_asset
from kobotui.model.account import Account
from kobotui.model.token import Token
from kobotui.secrets import store_token
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.table import Table
from tests.conftest import picking, running

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


def one_of(server: DemoServer) -> Any:
    return next(a for a in server.state.assets.values() if a.owner == "admin" and a.deployment and a.name.strip())


@pytest.mark.parametrize("goal", ["{url}/#/forms/{uid}/data/table", "{url}/api/v2/assets/{uid}/", "{uid}", "{name}"])
async def test_a_project_is_opened(shared_demo: DemoServer, make_app: MakeApp, until: Until, goal: str) -> None:
    asset = one_of(shared_demo)
    app = make_app(shared_demo, goal=goal.format(url=shared_demo.url, uid=asset.uid, name=asset.name))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.kobo_screen().place == "summary", "the project")
        screen: Any = app.kobo_screen()
        assert screen.project.uid == asset.uid


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ("https://elsewhere.example/#/forms/aBcDeFgHiJkLmNoPqRsTuV2/data", "another server"),
        ("{url}/#/projects/home", "not the address of a project"),
        ("aBcDeFgHiJkLmNoPqRsTuV2", "No project"),
        ("nothing of that name", "No project"),
    ],
)
async def test_what_is_not_there_is_a_sentence(
    shared_demo: DemoServer, make_app: MakeApp, until: Until, goal: str, said: str
) -> None:
    app = make_app(shared_demo, goal=goal.format(url=shared_demo.url))
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: said in app.kobo_screen().query_one(KeyBar).flashing, "the sentence")
        assert app.kobo_screen().place == "projects"


@pytest.mark.parametrize("kind", ["collection", "question"])
async def test_what_is_in_the_library_is_no_project(
    demo: DemoServer, make_app: MakeApp, until: Until, kind: str
) -> None:
    content = {"survey": [{"type": "text", "name": "q", "label": ["Q"]}]} if kind == "question" else {}
    item = new_asset(demo.state, "admin", "Kept for later", kind, content)
    app = make_app(demo, goal=item.uid)
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: "belongs to the library" in app.kobo_screen().query_one(KeyBar).flashing, "why")
        assert app.kobo_screen().place == "projects"


async def test_a_part_of_a_name_and_a_name_of_several_lead_to_a_choice(
    demo: DemoServer, make_app: MakeApp, until: Until
) -> None:
    for owner in ("admin", "admin"):
        twin = new_asset(demo.state, owner, "Twins", "survey", {})
    app = make_app(demo)
    async with app.run_test() as pilot:
        await until(pilot, lambda: getattr(app.screen, "store", None) and app.screen.store.complete, "the list")
        await pilot.press("colon", *"twin")
        await until(pilot, lambda: app.screen.query(Prompt), "the question")
        await until(pilot, lambda: app.screen.query_one(Prompt).text == "twin", "what was typed")
        await pilot.press("tab")
        assert app.screen.query_one(Prompt).text == "Twins", "a name of the list"
        await pilot.press("enter")
        await until(pilot, lambda: picking(app), "the choice")
        assert app.screen.query_one(Table).move_to_key(twin.uid)
        await pilot.press("enter")
        await until(pilot, lambda: app.kobo_screen().place == "summary", "the project")
        screen: Any = app.kobo_screen()
        assert screen.project.uid == twin.uid
        await app.go_to("clinic VISITS (patients")
        await until(pilot, lambda: "Clinic" in app.kobo_screen().project.name, "the only one")  # type: ignore[attr-defined]


async def test_an_address_on_another_accounts_server_is_opened_with_that_account(
    demo: DemoServer, make_app: MakeApp, until: Until
) -> None:
    with running(projects=3) as other:
        asset = one_of(other)
        app = make_app(demo)
        account = Account(name="other", server=other.url, openrosa=other.url, username="admin", store="memory")
        app.session.accounts.add(account)
        store_token(account, Token(other.accounts[0].token), "memory")
        async with app.run_test() as pilot:
            await until(pilot, lambda: getattr(app.screen, "store", None) and app.screen.store.complete, "the list")
            await pilot.press("colon")
            await until(pilot, lambda: app.screen.query(Prompt), "the question")
            app.screen.query_one(Prompt).text = f"{other.url}/#/forms/{asset.uid}/summary"
            await pilot.press("enter")
            await until(pilot, lambda: app.kobo_screen().place == "summary", "the project")
            assert app.session.account == account
            screen: Any = app.kobo_screen()
            assert screen.project.uid == asset.uid


async def test_an_account_of_the_environment_learns_who_it_is(
    shared_demo: DemoServer, make_app: MakeApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBOTUI_SERVER", shared_demo.url)
    monkeypatch.setenv("KOBOTUI_TOKEN", shared_demo.accounts[1].token)
    app = make_app()
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.session.account and app.session.account.username == "ben", "the name")
        assert app.session.account
        assert app.session.account.openrosa == shared_demo.url
        assert (await app.kobo()).account == app.session.account


async def test_an_account_without_its_key_is_a_sentence(
    shared_demo: DemoServer, make_app: MakeApp, until: Until
) -> None:
    Accounts.load().add(Account(name="field", server=shared_demo.url, openrosa=shared_demo.url, username="ben"))
    app = make_app()
    async with app.run_test(size=(160, 24)) as pilot:
        await until(pilot, lambda: "kobotui login" in app.kobo_screen().query_one(KeyBar).flashing, "the sentence")


async def test_a_crash_shows_no_values_of_variables(make_app: MakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    key = "0123456789abcdef" * 2 + "01234567"

    def crash() -> None:
        token = "".join(key)
        raise RuntimeError(f"with a key of {len(token)}")

    async def run() -> None:
        async with app.run_test() as pilot:
            app.call_later(crash)
            await pilot.pause()

    app = make_app()
    with pytest.raises(RuntimeError, match="of 40"):
        await run()
    printed = "".join(capsys.readouterr())
    assert "with a key of 40" in printed
    assert key not in printed
