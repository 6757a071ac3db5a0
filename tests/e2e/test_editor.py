"""A record in the user's editor: the terminal is lent, comes back whole, and ctrl+c meanwhile is the editor's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal
from tests.served import kobotui

if TYPE_CHECKING:
    from pathlib import Path

    from tests.served import Server

pytestmark = pytest.mark.xdist_group("terminal")

EDITOR = """
import pathlib, sys
file = pathlib.Path(sys.argv[1])
print("\\x1b[2J\\x1b[HThis is the editor", flush=True)
answer = input()
lines = file.read_text().split("\\n")
file.write_text("\\n".join(f'remarks = "{answer}"' if line.startswith("remarks") else line for line in lines))
"""


def test_a_record_is_edited_in_the_terminal_that_is_lent(
    account: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    uid = next(
        p["uid"] for p in account.ask("/api/v2/assets/?limit=50")["results"] if p["name"].startswith("Household")
    )
    newest = f"/api/v2/assets/{uid}/data/" + '?limit=1&sort={"_id":-1}'
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    env = environment | {"VISUAL": f"{sys.executable} {script}"}
    with Terminal([*kobotui(), "open", uid], env) as terminal:
        terminal.wait("1 SUMMARY")
        terminal.press("3")
        terminal.wait("rows 1-")
        terminal.press("E")
        terminal.wait("This is the editor", gone="rows 1-")
        terminal.press("\x03")
        screen = terminal.wait("ended with an error", "rows 1-", gone="This is the editor")
        assert "_id down" in screen
        terminal.press("E")
        terminal.wait("This is the editor")
        terminal.press("seen from afar", "enter")
        terminal.agree("enter", "-> seen from afar")
        terminal.wait("done.")
        assert account.ask(newest)["results"][0]["remarks"] == "seen from afar"
        assert not list((tmp_path / "scratch").glob("kobotui-*"))
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_sane()
