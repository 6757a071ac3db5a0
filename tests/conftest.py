"""What every test needs: files in a place of its own, nothing of the developer's environment, a demo server."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import pytest

from kobotui import locale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kobotui.demo.server import DemoServer

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""The moment at which the clock stands in tests that ask for ``still``."""

CONSOLE = {"TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_COLOR_SYSTEM": "truecolor"}


def pytest_configure() -> None:
    """Textual reads its environment when it is imported."""
    for name in [name for name in os.environ if name.startswith("TEXTUAL") or name in ("COLUMNS", "LINES")]:
        del os.environ[name]
    os.environ.update(CONSOLE)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration, state and cache below a temporary directory; no account, token or colour from outside."""
    for name in os.environ:
        if name.startswith("KOBOTUI_") or name in {"CREDENTIALS_DIRECTORY", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY"}:
            monkeypatch.delenv(name)
    place = tmp_path / "home"
    for kind in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"KOBOTUI_{kind}_DIR", str(place / kind.lower()))
    locale.choose("en")  # a test before this one may have spoken another language
    return place


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock of the demo and of sessions stands at this moment: dates and ages are the same in every run."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return NOW.astimezone(tz)

    monkeypatch.setattr("kobotui.demo.state.datetime", Standing)
    return NOW


@contextmanager
def running(projects: int = 12, submissions: int = 60) -> Iterator[DemoServer]:
    """A small demo server, the same one in every run."""
    from kobotui.demo.server import DemoOptions, DemoServer

    with DemoServer(DemoOptions(seed=7, projects=projects, submissions=submissions)) as server:
        yield server


@pytest.fixture
def demo(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    """A demo server for one test, which may write; ``server.state`` is what it holds."""
    if "still" in request.fixturenames:
        request.getfixturevalue("still")
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def shared_demo() -> Iterator[DemoServer]:
    """A demo server for all tests of a module, which only read."""
    with running() as server:
        yield server
