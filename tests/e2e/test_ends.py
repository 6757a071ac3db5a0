"""How the program starts where it can, ends however it is ended, and leaves the terminal and the disk as they were."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import SIZE
from tests.e2e.terminal import Terminal
from tests.served import kobotui

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("terminal")

DEMO = [*kobotui(), "demo", *SIZE]


def left_behind(environment: dict[str, str], home: Path) -> list[str]:
    """Files that are still there: temporary ones, and those of a real account."""
    places = (Path(environment["TMPDIR"]), home)
    return [str(path) for place in places if place.exists() for path in place.rglob("*")]


def descendants(session: int) -> Iterator[str]:
    """Processes of a terminal's session, where the system tells."""
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[3]) == session:
            yield place.parent.name


@pytest.fixture
def console(environment: dict[str, str]) -> Iterator[Terminal]:
    """The demo, its projects on the screen."""
    with Terminal(DEMO, environment, columns=80, lines=24) as terminal:
        terminal.wait("Projects  12 of 12", "DEMO", "enter open")
        yield terminal


def test_a_look_at_a_record_and_out_again(console: Terminal, environment: dict[str, str], home: Path) -> None:
    assert left_behind(environment, home)
    console.press("/")
    console.wait_until(lambda screen: screen.rstrip().endswith("\n/"), "the filter")
    console.press("household\r")
    console.wait("1 of 12")
    console.press("enter")
    console.wait("1 SUMMARY", "Submissions per day")
    console.press("3")
    console.wait("rows 1-", "labels: English")
    console.press("enter")
    console.wait("1 of 60", "Do you agree to take part?")
    console.press("q")
    assert console.wait_end() == 0
    console.assert_sane()
    assert left_behind(environment, home) == []
    assert list(descendants(console.pid)) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_restores_the_terminal(
    console: Terminal, environment: dict[str, str], home: Path, number: signal.Signals
) -> None:
    console.signal(number)
    assert console.wait_end() == 128 + number
    console.assert_sane()
    assert left_behind(environment, home) == []


def test_a_closed_terminal_ends_it(console: Terminal, environment: dict[str, str], home: Path) -> None:
    console.close()
    assert console.wait_end() in (128 + signal.SIGHUP, 120)  # the latter is Python's, which cannot flush its output
    assert left_behind(environment, home) == []


def test_small_and_back(console: Terminal) -> None:
    console.wait("deployed*", gone="deployed?")
    before = console.text()
    console.resize(40, 10)
    screen = console.wait("Projects", "Status", "enter")
    assert all(len(line) <= 40 for line in screen.split("\n"))
    console.press("G")
    console.wait("| Market prices")
    console.resize(80, 24)
    console.wait("Market prices", "Records", "? help")
    console.press("g")
    console.wait_until(lambda screen: screen == before, "the screen of the beginning")


def test_the_screen_is_painted_anew_over_what_others_wrote(console: Terminal) -> None:
    console.wait("deployed*", gone="deployed?")
    before = console.text()
    console.scribble("\x1b[5;1HBroadcast message from root\x1b[1;1H")
    assert "Broadcast" in console.text()
    console.press("ctrl+l")
    console.wait_until(lambda screen: screen == before, "the screen as it was")


@pytest.mark.parametrize(
    ("outside", "reason"),
    [
        ({"TERM": "dumb"}, "This terminal (TERM=dumb) cannot show the console."),
        (
            {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
            "The console needs a UTF-8 terminal, and this one uses",
        ),
    ],
)
def test_a_terminal_that_cannot_show_it_gets_a_sentence(
    environment: dict[str, str], home: Path, outside: dict[str, str], reason: str
) -> None:
    with Terminal(DEMO, environment | outside, columns=200) as terminal:
        assert terminal.wait_end() == 1
        assert reason in terminal.text()
        assert "kobotui projects" in terminal.text()
        assert b"\x1b[" not in terminal.written
    assert left_behind(environment, home) == []


def test_without_a_terminal_it_says_so(environment: dict[str, str]) -> None:
    done = subprocess.run(DEMO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("kobotui: The console needs a terminal")
    assert len(done.stderr.splitlines()) == 1


def test_it_is_the_installed_command() -> None:
    assert kobotui()[0] == str(Path(sys.executable).with_name("kobotui"))
