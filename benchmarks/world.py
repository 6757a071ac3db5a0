"""Where benchmarks run: a home of their own, demo servers in processes of their own, and programs on terminals."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.console import Console
from tests.served import kobotui, log_in, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.served import Server

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
"""Seconds until what does not come fails the run."""
QUIET = 0.5
"""Seconds without a byte after which nothing more is expected."""


class World:
    """Files below one directory, and an environment in which kobotui finds nothing else."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.environment = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
        self.environment |= {f"KOBOTUI_{kind}_DIR": str(place / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
        self.environment |= {"HOME": str(place), "TMPDIR": str(place), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        self.environment |= {"TEXTUAL_ANIMATIONS": "none"}  # for stock Textual too

    @contextmanager
    def server(self, *options: str) -> Iterator[Server]:
        """A demo server, always with the same data."""
        with serving(self.environment, self.place / "credentials.json", "--seed", "7", *options) as server:
            yield server

    @contextmanager
    def account(self, *options: str) -> Iterator[Server]:
        """A demo server with an account on it, the only one that is saved."""
        (self.place / "config" / "accounts.toml").unlink(missing_ok=True)
        with self.server(*options) as server:
            log_in(server, self.environment)
            yield server

    def kobotui(self) -> Screen:
        """The console."""
        return Screen(kobotui(), self.environment)

    def stock(self, *arguments: str) -> Screen:
        """The same in stock widgets; see ``stock.py``."""
        return Screen([sys.executable, "-m", "benchmarks.stock", *arguments], self.environment)

    def python(self, module: str, *arguments: str) -> str:
        """What a module of the benchmarks prints that has to run in a process of its own."""
        command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout


class Screen(Console):
    """A program on a terminal of 120x36 that nobody looks at: when its bytes came, and how many they were."""

    launcher: Sequence[str] = ()

    def __init__(self, command: Sequence[str | Path], environment: dict[str, str]) -> None:
        self.began = time.monotonic()
        super().__init__(command, environment)

    def until(self, *texts: str, since: int = 0) -> float:
        """Seconds from the start of the program until all the texts had been written, behind the byte ``since``."""
        wanted = [text.encode() for text in texts]
        while True:
            if self.read(PATIENCE) == b"":
                raise TimeoutError(f"waited in vain for {texts}: {self.written[-2000:]!r}")
            now = time.monotonic()
            if all(text in self.written[since:] for text in wanted):
                return now - self.began

    def rest(self, quiet: float = QUIET) -> float:
        """Read until nothing has come for so long; the moment of the last byte."""
        last = time.monotonic()
        end = last + PATIENCE
        while self.read(quiet):
            last = time.monotonic()
            if last > end:
                raise TimeoutError(f"it never rests: {self.written[-2000:]!r}")
        return last

    def cost(self, *keys: str, quiet: float = QUIET) -> tuple[int, float]:
        """Bytes that keys cost, and seconds until the last of them."""
        before, began = len(self.written), time.monotonic()
        self.press(*keys)
        last = self.rest(quiet)
        return len(self.written) - before, last - began


def cpu_seconds(pid: int) -> float:
    """The time a process has computed."""
    if (stat := Path(f"/proc/{pid}/stat")).exists():
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    shown = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], check=True, capture_output=True, text=True).stdout
    minutes, seconds = shown.strip().rsplit(":", 1)
    return float(minutes.rpartition(":")[2]) * 60 + float(seconds)
