"""Poor terminals: few colours or none, no locale, ten columns, another encoding. What can be shown is shown."""

from __future__ import annotations

import re

import pytest

from kobotui.driver import LOOK, SETTLE
from tests.e2e.conftest import SIZE
from tests.e2e.terminal import Terminal
from tests.served import kobotui

pytestmark = pytest.mark.xdist_group("terminal")

DEMO = [*kobotui(), "demo", *SIZE]
PLAIN = {"COLORTERM": ""}


@pytest.mark.parametrize(
    "outside",
    [
        PLAIN | {"TERM": "vt100", "PYTHONIOENCODING": "ascii"},
        PLAIN | {"TERM": "linux", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        PLAIN | {"TERM": "screen", "LANG": "POSIX"},
        PLAIN | {"TERM": "xterm-16color", "NO_COLOR": "1"},
    ],
    ids=lambda outside: outside["TERM"],
)
def test_sixteen_colours_do(environment: dict[str, str], outside: dict[str, str]) -> None:
    with Terminal(DEMO, environment | outside, columns=80, lines=24) as terminal:
        terminal.wait("Projects  12 of 12", "DEMO", "enter open", "灾后需求评估")
        terminal.press("G")
        terminal.wait("| Market prices")
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_sane()
        colours = re.findall(rb"\x1b\[[\d;]*m", terminal.written)
        assert not any(b"38;2;" in colour or b"38;5;" in colour or b"48;2;" in colour for colour in colours)
        if "NO_COLOR" in outside:
            assert not any(re.search(rb"[\[;](3[0-7]|4[0-7]|9[0-7]|10[0-7])[;m]", colour) for colour in colours)


def test_ten_columns_of_three_lines_and_keys_that_are_no_text(environment: dict[str, str]) -> None:
    with Terminal(DEMO, environment, columns=10, lines=3) as terminal:
        terminal.wait("DEMO", "? help")
        terminal.press_bytes(b"\xe9\xff")
        for keys in ("j", "enter", "3", "enter", "?", "escape", "o", "escape", "5", " ", "escape", "J", "escape"):
            terminal.press(keys)
        terminal.resize(80, 24)
        terminal.wait("? help", "admin @ demo")
        terminal.press("q", "enter")
        assert terminal.wait_end() == 0
        terminal.assert_sane()


def rest(terminal: Terminal, seconds: float) -> None:
    """Until nothing has come for so long."""
    while terminal.read(seconds):
        pass


def test_keys_that_come_in_pieces_and_after_a_rest(environment: dict[str, str]) -> None:
    with Terminal(DEMO, environment, columns=80, lines=24) as terminal:
        terminal.wait("Projects  12 of 12", "enter open")
        rest(terminal, SETTLE + 2 * LOOK)  # until the thread that reads keys sleeps
        terminal.press("/")
        terminal.wait("/ ", gone="enter open")
        for byte in "a日\xff".encode() + b"\xff":  # the last one is no text
            terminal.press_bytes(bytes([byte]))
            rest(terminal, 2 * LOOK)
        terminal.press("b")
        terminal.wait("/ a日ÿb")
        terminal.press_bytes(b"\x1b")  # alone: known for what it is only after a while
        terminal.wait("enter open")
        terminal.press_bytes(b"\x1b[")
        terminal.press_bytes(b"B")
        terminal.wait("| ")
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_sane()
