"""What every test needs: files in a place of its own, nothing of the developer's environment, a demo server."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import warnings
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import pytest

from kobotui import locale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoServer
    from kobotui.session import Session

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""The moment at which the clock stands in tests that ask for ``still``."""

PATIENCE = 30.0
"""Seconds until a condition that does not come true fails the test."""

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
"""Neither the developer's, nor one of those that tests define, of which the library would take the best."""

CONSOLE = {"TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_COLOR_SYSTEM": "truecolor"}


def pytest_configure() -> None:
    """Textual reads its environment when it is imported."""
    for name in [name for name in os.environ if name.startswith("TEXTUAL") or name in ("COLUMNS", "LINES")]:
        if name != "TEXTUAL_SNAPSHOT_TEMPDIR":  # workers find the place for their pictures by it
            del os.environ[name]
    os.environ.update(CONSOLE | NO_KEYRING)
    gc.set_threshold(50_000, 20, 100)  # a quarter of the suite's time went into looking for garbage
    _tell_no_environment()


def pytest_xdist_auto_num_workers() -> int:
    """A test waits for two thirds of its time: for its server, for a key to arrive, for a process to begin."""
    return 3 * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 3 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """What is there before the first test stays: nobody needs to look through it for garbage."""
    gc.collect()
    gc.freeze()


def _tell_no_environment() -> None:
    """The report of pictures that differ has the whole environment in it, keys and all: take it out."""
    import pytest_textual_snapshot as plugin

    save = plugin.save_svg_diffs

    def save_without(diffs: list[plugin.SvgSnapshotDiff], session: pytest.Session, passing: int) -> None:
        for diff in diffs:
            diff.environment.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, for how it asks what time it is
            save(diffs, session, passing)

    plugin.save_svg_diffs = save_without


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


@contextmanager
def standing() -> Iterator[datetime]:
    """The demo's clock stands at :data:`NOW`."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return NOW.astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kobotui.demo.state.datetime", Standing)
        yield NOW


@pytest.fixture
def still() -> Iterator[datetime]:
    """The clock of the demo and of sessions stands at this moment: dates and ages are the same in every run."""
    with standing() as now:
        yield now


@contextmanager
def running(projects: int = 12, submissions: int = 60) -> Iterator[DemoServer]:
    """A small demo server, the same one in every run."""
    from kobotui.demo.server import DemoOptions, DemoServer

    server = DemoServer(DemoOptions(seed=7, projects=projects, submissions=submissions)).start()
    try:
        yield server
    finally:  # its goodbye takes a fifth of a second, for which no test need wait
        threading.Thread(target=server.stop, name="goodbye").start()


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


# Sessions and apps on a demo server, and ways to wait that do not sleep for luck


class MakeSession(Protocol):
    def __call__(self, server: DemoServer, username: str = "admin", **fields: Any) -> Session: ...


class MakeApp(Protocol):
    def __call__(
        self, server: DemoServer | None = None, username: str = "admin", *, goal: str = "", **fields: Any
    ) -> KoboApp: ...


class Until(Protocol):
    async def __call__(self, pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None: ...


@pytest.fixture
def make_session(request: pytest.FixtureRequest) -> MakeSession:
    """A session logged in to a demo server; ``fields`` are those of the account: ``read_only=True``."""

    def make(server: DemoServer, username: str = "admin", **fields: Any) -> Session:
        from kobotui.__main__ import session_on

        session = session_on(server)
        session = replace(session, settings=msgspec.structs.replace(session.settings, notice_new=False))
        if "still" in request.fixturenames:
            moment: datetime = request.getfixturevalue("still")
            session = replace(session, now=lambda: moment)
        account = session.accounts.update(msgspec.structs.replace(session.accounts.get(username), **fields))
        session.use(account)
        return session

    return make


@pytest.fixture
def session(demo: DemoServer, make_session: MakeSession) -> Session:
    """A session as the demo's administrator, on a server of its own."""
    return make_session(demo)


@pytest.fixture
def make_app(make_session: MakeSession) -> MakeApp:
    """An app logged in to a demo server; without a server, one with no account saved."""

    def make(server: DemoServer | None = None, username: str = "admin", *, goal: str = "", **fields: Any) -> KoboApp:
        from kobotui.__main__ import load_session
        from kobotui.app import KoboApp

        return KoboApp(make_session(server, username, **fields) if server else load_session(), goal=goal)

    return make


@pytest.fixture
def app(session: Session) -> KoboApp:
    """The app on ``session``."""
    from kobotui.app import KoboApp

    return KoboApp(session)


@pytest.fixture
def until() -> Until:
    """``await until(pilot, lambda: table.row_count)``: waits for a condition, at most :data:`PATIENCE` seconds."""

    async def wait(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what or condition}"
            await asyncio.sleep(0.01)
            await pilot.pause(0)
        await pilot.pause(0)

    return wait


def picking(app: Any, kind: type[Any] | None = None) -> bool:
    """Whether a window to choose from is there, of this kind, and takes keys."""
    from textual.widgets import Input

    from kobotui.widgets.picker import Picker

    return isinstance(app.screen, kind or Picker) and isinstance(app.focused, Input)


@pytest.fixture
def settled() -> Callable[[Pilot[Any]], Any]:
    """``await settled(pilot)``: no worker is at work (questions wait for an answer) and no job runs."""

    async def wait(pilot: Pilot[Any]) -> None:
        app: Any = pilot.app
        end = time.monotonic() + PATIENCE
        while True:
            await pilot.pause(0)
            if not any(w.is_running for w in app.workers if w.group != "ask") and not any(
                j.running for j in app.job_states
            ):
                break
            assert time.monotonic() < end, f"still at work: {list(app.workers)}"
            await asyncio.sleep(0.01)
        await pilot.pause(0)

    return wait
