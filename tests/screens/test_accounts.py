"""The accounts screen: what it lists, and what its keys do to the saved accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kobotui.accounts import Accounts
from kobotui.columns.accounts import DEMO_PEOPLE
from kobotui.model.account import Account
from kobotui.model.token import Token
from kobotui.secrets import SecretError, find_token, store_token
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, MakeSession, Until


@pytest.fixture
def saved(shared_demo: DemoServer) -> Accounts:
    """Two ordinary accounts on the demo server, and one on a server that is not there; none used yet."""
    accounts = Accounts.load()
    for person in shared_demo.accounts[:2]:
        account = Account(
            name=person.username, server=shared_demo.url, openrosa=shared_demo.url, username=person.username
        )
        accounts.add(account)
        store_token(account, Token(person.token), "file")
    gone = "http://127.0.0.1:1"
    accounts.add(Account(name="gone", server=gone, openrosa=gone, username="eve", read_only=True, production=True))
    return accounts


@pytest.fixture
async def pilot(saved: Accounts, make_app: MakeApp) -> AsyncIterator[Pilot[Any]]:
    """The console on them: it opens on the accounts, since it is not clear which one is meant."""
    async with make_app().run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[Any]) -> KoboApp:
    app: KoboApp = pilot.app
    return app


def cells(pilot: Pilot[Any], key: str) -> list[str]:
    source = app_of(pilot).kobo_screen().query_one(Table).source
    assert source is not None
    place = source.index_of(key)
    assert place is not None
    row = source.row(place)
    assert row is not None
    return [cell.text for cell in row.cells]


def asked(pilot: Pilot[Any]) -> bool:
    return bool(app_of(pilot).screen.query(ConfirmLine))


async def confirm(pilot: Pilot[Any], until: Until, key: str) -> None:
    """Press a key, and agree to what it asks."""
    await pilot.press(key)
    await until(pilot, lambda: asked(pilot), "a question")
    await pilot.press("enter")
    await until(pilot, lambda: not asked(pilot), "the end of the question")


async def test_the_list_says_where_as_whom_and_what_it_may(pilot: Pilot[Any], shared_demo: DemoServer) -> None:
    assert cells(pilot, "admin") == ["admin", shared_demo.url.removeprefix("http://"), "admin", "change", "", "file"]
    assert cells(pilot, "gone") == ["gone", "127.0.0.1:1", "eve", "read, PRODUCTION", "", "file"]


async def test_enter_works_with_the_account_and_remembers_it(pilot: Pilot[Any], until: Until, saved: Accounts) -> None:
    await pilot.press("j", "enter")
    await until(pilot, lambda: app_of(pilot).kobo_screen().place == "projects")
    assert app_of(pilot).session.account == saved.get("ben")
    assert saved.last_name() == "ben"
    app_of(pilot).open_place("accounts")
    await pilot.pause()
    assert cells(pilot, "ben")[4] == "in use"


async def test_read_only_is_set_at_once_and_asked_back(pilot: Pilot[Any], until: Until) -> None:
    await pilot.press("R")
    await until(pilot, lambda: Accounts.load().get("admin").read_only)
    assert not asked(pilot)
    assert cells(pilot, "admin")[3] == "read only"
    await pilot.press("R")
    await until(pilot, lambda: asked(pilot), "a question")
    await pilot.press("escape")
    await until(pilot, lambda: not asked(pilot))
    assert Accounts.load().get("admin").read_only
    await confirm(pilot, until, "R")
    await until(pilot, lambda: not Accounts.load().get("admin").read_only)


async def test_read_only_holds_at_once_for_the_account_in_use(pilot: Pilot[Any], until: Until, saved: Accounts) -> None:
    app_of(pilot).session.use(saved.get("admin"))
    await pilot.press("R")
    await until(pilot, lambda: Accounts.load().get("admin").read_only)
    assert app_of(pilot).session.account
    assert app_of(pilot).session.account.read_only
    with pytest.raises(Exception, match="read-only"):
        await (await app_of(pilot).kobo()).projects.delete("aBcDeFgHiJkLmNoPqRsTuV2")


async def test_production_is_switched(pilot: Pilot[Any], until: Until) -> None:
    await pilot.press("P")
    await until(pilot, lambda: Accounts.load().get("admin").production)
    await confirm(pilot, until, "P")
    await until(pilot, lambda: not Accounts.load().get("admin").production)


async def test_a_run_started_read_only_stays_so(pilot: Pilot[Any], until: Until, saved: Accounts) -> None:
    session = app_of(pilot).session
    session.read_only = True
    saved.update(Account(**{**_fields(saved.get("admin")), "read_only": True}))
    session.accounts = Accounts.load()
    session.use(session.accounts.get("admin"))
    await confirm(pilot, until, "R")
    await until(pilot, lambda: not Accounts.load().get("admin").read_only)
    assert session.account
    assert session.account.read_only
    assert "--read-only" in app_of(pilot).screen.query_one(KeyBar).flashing


def _fields(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in account.__struct_fields__}


async def test_the_test_says_who_one_is_and_where_the_key_is(pilot: Pilot[Any], until: Until) -> None:
    await pilot.press("t")
    await until(pilot, lambda: isinstance(app_of(pilot).screen, MessageBox), "the answer")
    text = shown_text(pilot)
    assert "answers to admin" in text
    assert "tokens.toml" in text
    await pilot.press("escape", "G", "t")
    await until(pilot, lambda: isinstance(app_of(pilot).screen, MessageBox), "the answer")
    assert "!!" in shown_text(pilot)


def shown_text(pilot: Pilot[Any]) -> str:
    strips = app_of(pilot).screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def test_remove_forgets_account_and_key_after_a_question(
    pilot: Pilot[Any], until: Until, saved: Accounts
) -> None:
    ben = saved.get("ben")
    await pilot.press("j", "D")
    await until(pilot, lambda: asked(pilot), "a question")
    await pilot.press("escape")
    await until(pilot, lambda: not asked(pilot))
    assert "ben" in [account.name for account in Accounts.load()]
    await confirm(pilot, until, "D")
    await until(pilot, lambda: "ben" not in [account.name for account in Accounts.load()])
    with pytest.raises(SecretError):
        find_token(ben)
    assert find_token(saved.get("admin"))


async def test_removing_the_account_in_use_leaves_its_screens(pilot: Pilot[Any], until: Until, saved: Accounts) -> None:
    await app_of(pilot).use_account(saved.get("admin"))
    app_of(pilot).open_place("accounts")
    await pilot.pause()
    await confirm(pilot, until, "D")
    await until(pilot, lambda: app_of(pilot).session.account is None)
    assert [getattr(screen, "place", "") for screen in app_of(pilot).screen_stack] == ["accounts"]


async def test_an_edited_file_is_read_again(pilot: Pilot[Any], until: Until) -> None:
    Accounts.load().remove("gone")
    await pilot.press("r")
    await pilot.pause()
    table = app_of(pilot).screen.query_one(Table)
    assert len(table.source or ()) == 2
    Accounts.load().path.write_text("nonsense")
    await pilot.press("r")
    await pilot.pause()
    assert "accounts.toml" in app_of(pilot).screen.query_one(KeyBar).flashing


async def test_add_leads_to_the_login(pilot: Pilot[Any]) -> None:
    await pilot.press("a")
    await pilot.pause()
    assert app_of(pilot).kobo_screen().place == "login"


async def test_what_is_copied_and_shown_has_no_key(pilot: Pilot[Any], saved: Accounts) -> None:
    screen: Any = app_of(pilot).kobo_screen()
    token = find_token(saved.get("admin")).token.reveal()
    assert "$KOBOTUI_TOKEN" in screen.copies()["curl"]
    assert token not in repr((screen.copies(), screen.raw()))


async def test_the_demo_lists_its_people_and_saves_nobody(
    shared_demo: DemoServer, make_session: MakeSession, until: Until
) -> None:
    from kobotui.app import KoboApp

    session = make_session(shared_demo)
    app = KoboApp(session)
    async with app.run_test() as pilot:
        app.open_place("accounts")
        await pilot.pause()
        assert "administrator" in cells(pilot, "admin")[1]
        assert "administrator" in shown_text(pilot)
        assert set(session.about.values()) <= set(DEMO_PEOPLE), "each can be translated"
        await pilot.press("a")
        assert "kobotui login" in app.screen.query_one(KeyBar).flashing
        assert app.kobo_screen().place == "accounts"
