"""Replays the exchanges recorded with a real KoboToolbox server.

Against the demo server, or against a real one named in the environment: KOBOTUI_CONTRACT_BASE (its URL),
KOBOTUI_CONTRACT_USERS (a file like the one ``kobotui demo --serve --credentials`` writes) and, where the OpenRosa
host is another one, KOBOTUI_CONTRACT_KC.
"""

from __future__ import annotations

import http.server
import json
import os
import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kobotui.demo.server import DemoOptions, DemoServer
from tests.contract import replay

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = os.environ.get("KOBOTUI_CONTRACT_BASE")
KC = os.environ.get("KOBOTUI_CONTRACT_KC")
USERS = os.environ.get("KOBOTUI_CONTRACT_USERS")
FLOWS = {path.stem: path for path in sorted(Path(__file__).with_name("flows").glob("*.json"))}
# What the demo does not do yet, with the reason: such a flow must fail, so the list can only shrink.
UNCOVERED: dict[str, str] = {}


@pytest.fixture(scope="session")
def hooks() -> Iterator[str]:
    """A target for REST services on a free port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), replay.Sink)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def runner(hooks: str) -> Iterator[replay.Runner]:
    """A replayer, one server per worker: flows find what earlier ones left behind."""
    if BASE:
        assert USERS, "KOBOTUI_CONTRACT_USERS names the file with the accounts"
        users = {role: user for role, user in json.loads(Path(USERS).read_text("utf-8")).items() if user}
        player = replay.Runner(BASE, KC, users, hooks=hooks)
        yield player
        player.http.close()
        return
    with DemoServer(DemoOptions(seed=11, projects=8, submissions=20)) as server:
        player = replay.Runner(server.url, None, server.credentials(), timeout=20.0, hooks=hooks)
        yield player
        player.http.close()


def play(runner: replay.Runner, name: str) -> list[str]:
    """The differences between a flow as recorded and as replayed."""
    flow: dict[str, Any] = json.loads(FLOWS[name].read_text("utf-8"))
    missing = [role for role in flow["users"] if role not in runner.users]
    if missing:
        pytest.skip(f"no account for {', '.join(missing)}")
    steps = flow["steps"]
    return [
        f"{name} step {n}, {steps[n - 1]['method']} {steps[n - 1]['path']}: {text}" for n, text in runner.flow(flow)
    ]


def flow_parameters() -> list[Any]:
    """One parameter per flow, the uncovered ones as strict expected failures."""
    return [
        pytest.param(name, marks=[pytest.mark.xfail(reason=UNCOVERED[name], strict=True)] if name in UNCOVERED else [])
        for name in FLOWS
    ]


def test_flows_are_there() -> None:
    assert len(FLOWS) == 63
    assert UNCOVERED.keys() <= FLOWS.keys()


@pytest.mark.parametrize("name", flow_parameters())
def test_flow(runner: replay.Runner, name: str) -> None:
    assert play(runner, name) == []


def test_all_flows_pass_twice_in_any_order(runner: replay.Runner) -> None:
    names = [name for name in FLOWS if name not in UNCOVERED]
    shuffler = random.Random(2026)
    differences: list[str] = []
    for _round in range(2):
        shuffler.shuffle(names)
        for name in names:
            differences += play(runner, name)
    assert differences == []
