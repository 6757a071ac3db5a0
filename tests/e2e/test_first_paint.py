"""What has been loaded when the first screen stands: little more than Textual itself."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from kobotui.accounts import Accounts
from kobotui.model.account import Account
from kobotui.model.token import Token
from kobotui.secrets import store_token
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("terminal")

LATER = {
    "asyncio.subprocess", "defusedxml", "httpx", "keyring", "openpyxl", "plotext", "pyxform", "sqlite3", "starlette",
    "textual_plotext", "truststore", "uvicorn", "kobotui.changes", "kobotui.demo", "kobotui.exports", "kobotui.jobs",
    "kobotui.secrets",
}  # fmt: skip
"""What the first screen does without; parts of them are named with them."""
CEILING = 90
"""Modules more than an empty Textual app loads; each of them is a quarter of a millisecond or more."""

NOTE_AT = """
import json, sys
from textual.drivers.linux_driver import LinuxDriver
def write(self, data, write=LinuxDriver.write, seen=[""]):
    write(self, data)
    seen[0] += data
    if all(text in seen[0] for text in {texts!r}):
        LinuxDriver.write = write
        with open({path!r}, "w") as file:
            json.dump(sorted(sys.modules), file)
LinuxDriver.write = write
"""
KOBOTUI = "from kobotui.__main__ import main; main([])"
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("nothing here")
Empty().run()
"""


def loaded_at(texts: tuple[str, ...], program: str, environment: dict[str, str], path: Path) -> set[str]:
    """The modules that a program has loaded when it has written these texts to the terminal."""
    code = NOTE_AT.format(texts=texts, path=str(path)) + program
    with Terminal([sys.executable, "-c", code], environment) as terminal:
        terminal.wait_until(lambda _screen: path.exists() and path.read_text().endswith("]"), " and ".join(texts))
    return set(json.loads(path.read_text()))


def test_the_first_screen_loads_what_it_needs(environment: dict[str, str], tmp_path: Path) -> None:
    account = Account(name="nowhere", server="http://127.0.0.1:9", openrosa="http://127.0.0.1:9", username="ana")
    Accounts.load().add(account)
    store_token(account, Token("0" * 40), "file")
    empty = loaded_at(("nothing here",), EMPTY, environment, tmp_path / "empty.json")
    first = loaded_at(("Projects", "Status", "help"), KOBOTUI, environment, tmp_path / "first.json")
    more = first - empty
    assert not {name for name in more if any(name == part or name.startswith(f"{part}.") for part in LATER)}
    assert len(more) <= CEILING, sorted(more)
