"""From the start of the program to its first screen, and to the version."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, interleaved, milliseconds, ratio
from tests.served import kobotui

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.world import Screen, World

HEADINGS = ("Projects", "Name", "Status", "help")
"""What stands on the first screen before anything was read: line on top, headings, keys."""


def measure(world: World, rounds: int) -> Iterator[Figure]:
    """The first screen against an empty Textual app, with a saved account; a key is typed as soon as it stands."""
    answered: dict[str, list[float]] = {"kobotui": [], "empty": []}

    def first(name: str, start: Screen, texts: tuple[str, ...], key: str, answer: str) -> float:
        with start as screen:
            seconds = screen.until(*texts)
            since = len(screen.written)
            screen.press(key)
            answered[name].append(screen.until(answer, since=since))
            return seconds

    with world.account("--projects", "100", "--submissions", "60"):
        with world.kobotui() as screen:  # the list is kept for the next time
            screen.until(*HEADINGS)
            screen.rest(2.0)
            screen.press("q")
            screen.rest()
        taken = interleaved(
            rounds,
            {
                "kobotui": lambda: first("kobotui", world.kobotui(), HEADINGS, ":", "go to"),
                "empty": lambda: first("empty", world.stock("empty"), ("nothing here",), "x", "a key was pressed"),
            },
        )
    details = f"{milliseconds(taken['kobotui'])}; the empty app {milliseconds(taken['empty'])}"
    yield Figure(
        "exec to headings and key line, against an empty Textual app", ratio(*taken.values()), "x", 1.4, details
    )
    details = f"{milliseconds(answered['kobotui'])}; the empty app {milliseconds(answered['empty'])}"
    yield Figure("the same, until a key typed then is answered", ratio(*answered.values()), "x", None, details)


def version(world: World, rounds: int) -> Iterator[Figure]:
    """``kobotui --version`` against an interpreter that does nothing, in time computed."""

    def run(*command: str) -> float:
        process = subprocess.Popen(command, env=world.environment, stdout=subprocess.DEVNULL)
        _pid, process.returncode, usage = os.wait4(process.pid, 0)
        return usage.ru_utime + usage.ru_stime

    taken = interleaved(
        3 * rounds, {"version": lambda: run(*kobotui(), "--version"), "bare": lambda: run(sys.executable, "-c", "pass")}
    )
    more = sorted(version - bare for version, bare in zip(taken["version"], taken["bare"], strict=True))
    details = f"{milliseconds(taken['version'])}; bare Python {milliseconds(taken['bare'])}"
    yield Figure("`kobotui --version` over bare Python", more[len(more) // 2] * 1000, "ms", 60, details)
