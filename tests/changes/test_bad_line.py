"""A line that loses, delays and mangles answers, a busy server, a revoked key: in the end exactly what was planned."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes import planfile
from kobotui.changes.journal import Journal
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.demo.server import DemoOptions, DemoServer
from tests.changes.conftest import account_on, token_on
from tests.changes.processes import Worker, states
from tests.changes.scenario import Scenario
from tests.changes.server_state import read_all
from tests.changes.tap import Moment, Tap, Trap, tapped
from tests.changes.test_kills import as_planned
from tests.changes.worker import AWAY, REFUSED

SEEDS = {"plan": 8, "faults": 21, "kills": 2}
FAULTS = "429=0.02,502=0.05,504=0.02,503=0.02,drop=0.05,stall=0.01,truncate=0.04,revoke=admin"
KILLS, KILLED = 12, -9
RUNS = 60
HURRY = 8.0
"""How much shorter pauses are: the line is bad, the test is not slow."""
UNSETTLED = {State.WAITING, State.RUNNING, State.DOUBT}


@pytest.mark.xdist_group("bad line")
async def test_over_a_bad_line_it_ends_as_planned(tmp_path: Path) -> None:
    print("seeds", SEEDS)
    journal = tmp_path / "state" / "journal.sqlite"
    file = tmp_path / "plan.toml"
    with DemoServer(DemoOptions(seed=7, projects=40, submissions=70)) as demo:
        async with tapped(demo.url) as tap:
            async with KoboClient(account_on(demo), token_on(demo)) as kobo:
                plan = await Scenario(kobo, SEEDS["plan"], 300).build()
                before = await read_all(kobo)
            planfile.write(Plan(title="Everything", account="demo", server=tap.url, changes=tuple(plan)), file)
            break_line(demo)
            ends = await go_on_and_on(demo, tap, journal, file)
        demo.faults.clear()
        async with KoboClient(account_on(demo), token_on(demo)) as kobo:
            after = await read_all(kobo)
    print(ends, tap.answers)
    assert ends[REFUSED] == 1
    assert {"", "429", "502", "503", "504", "401"} <= tap.answers.keys()
    log = Journal(journal)
    entries = log.entries(1)
    log.close()
    assert [(entry.change, entry.outcome) for entry in entries if entry.outcome.state is not State.DONE] == []
    as_planned(before, after, plan)


def break_line(demo: DemoServer) -> None:
    """From now on things go wrong."""
    demo.faults.rng = random.Random(SEEDS["faults"])
    for fault in FAULTS.split(","):
        demo.faults.put(*fault.split("="))


async def go_on_and_on(demo: DemoServer, tap: Tap, journal: Path, file: Path) -> Counter[int]:
    """Begin, be killed or give up, go on, until nothing is open: how often it ended how."""
    rng = random.Random(SEEDS["kills"])
    ends: Counter[int] = Counter()
    worker = await Worker.start()
    token = token_on(demo)
    while ends.total() < RUNS:
        now = states(journal)
        if now and not UNSETTLED & now.keys():
            break
        job: dict[str, Any] = {"job": 1} if now else {"plan": str(file)}
        pid = await worker.order(journal=str(journal), server=tap.url, token=token, patience=1.0, hurry=HURRY, **job)
        tap.trap = Trap(pid, rng.randint(3, 20), rng.choice(list(Moment))) if ends[KILLED] < KILLS else None
        end = await worker.end()
        assert end in (0, KILLED, REFUSED, AWAY), end
        ends[end] += 1
        if end == REFUSED:
            token = demo.state.users["admin"].token = "f" * 40  # the owner made another key, and gave it to kobotui
    await worker.stop()
    return ends
