"""Pictures of every screen and window, compared with the ones in ``__snapshots__``.

``pytest tests/screens/test_looks.py --snapshot-update`` makes them anew; look at what has changed before committing it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_textual_snapshot
from textual.pilot import Pilot

from kobotui import locale
from kobotui.action import EVERYWHERE
from kobotui.actions import ACTIONS
from kobotui.demo.server import DemoServer
from tests.conftest import MakeApp, Until, running, standing
from tests.screens.lists import project
from tests.screens.looks import FRENCH, LOOKS, STATES, Look
from tests.screens.stage import Stage

SMALL, WIDE = (80, 24), (120, 36)
PICTURES = {
    **{f"{name} {size[0]}x{size[1]}": (look, size, "en") for name, look in LOOKS.items() for size in (SMALL, WIDE)},
    **{name: (look, SMALL, "en") for name, look in STATES.items()},
    **{f"{name} in French": (LOOKS[name], SMALL, "fr") for name in FRENCH},
}


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """One server for all pictures that change nothing there."""
    with standing(), running(projects=40, submissions=300) as server:
        yield server


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on the screen depends on how long the machine took."""
    monkeypatch.setattr("kobotui.widgets.spinner.PERIOD", 3600.0)
    monkeypatch.setattr("kobotui.widgets.table.REST", 0.0)
    monkeypatch.setattr("kobotui.changes.journal._now", lambda: "2026-11-22T16:20:00.000+00:00")


@pytest.mark.parametrize(
    ("look", "size", "language"), PICTURES.values(), ids=[name.replace(" ", "-") for name in PICTURES]
)
def test_look(
    look: Look,
    size: tuple[int, int],
    language: str,
    request: pytest.FixtureRequest,
    make_app: MakeApp,
    until: Until,
    still: object,
    quiet: None,
    tmp_path: Path,
    snap_compare: Callable[..., bool],
) -> None:
    locale.choose(language)
    server: DemoServer = request.getfixturevalue("demo" if look.alone else "server")
    app = make_app(server if look.account else None)

    async def go(pilot: Pilot[Any]) -> None:
        stage = Stage(pilot, until, tmp_path, server, project(server, look.project))
        await look.way(stage)
        if look.rests:
            await stage.rest()

    assert snap_compare(app, terminal_size=size, run_before=go)
    assert app.unexpected == []


def test_every_screen_has_a_picture() -> None:
    """A new screen needs a line in ``looks.py``."""
    places = {action.screen for action in ACTIONS} - {EVERYWHERE}
    assert places == {look.place for look in LOOKS.values()} - {""}


def test_no_picture_is_left_over() -> None:
    pictures = {path.stem for path in Path(__file__).parent.glob("__snapshots__/test_looks/*")}
    assert pictures <= {f"test_look[{name.replace(' ', '-')}]" for name in PICTURES}


def test_the_report_of_what_differs_does_not_tell_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBOTUI_TOKEN", "a-key-that-nobody-may-read")
    plugin: Any = pytest_textual_snapshot
    console = SimpleNamespace(legacy_windows=False, size=None)
    differing = (False, "<svg/>", "<svg/>", plugin.PseudoApp(console), __file__, 1, "test_look", "", "", True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "differing").write_bytes(pickle.dumps(differing))
    diffs, passing = plugin.retrieve_svg_diffs(plugin.TemporaryDirectory(str(tmp_path / "data")))
    report = tmp_path / "report.html"
    plugin.save_svg_diffs(diffs, SimpleNamespace(config=SimpleNamespace(getoption=lambda _name: str(report))), passing)
    text = report.read_text()
    assert "test_look" in text
    assert "a-key-that-nobody-may-read" not in text
