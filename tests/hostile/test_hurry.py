"""Keys that come faster than screens: over a slow line, or from somebody who leans on the keyboard."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from textual.events import Key

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from tests.changes.test_projects import household
from tests.conftest import MakeSession, Until
from tests.screens.stage import Stage

KEYS = {"escape": None, "enter": "\r", "tab": "\t", "question_mark": "?", "colon": ":", "slash": "/", "space": " ",
        "exclamation_mark": "!", "ctrl+p": None, "down": None, "pagedown": None, "backspace": None}  # fmt: skip
KEYS |= {key: key for key in "123450JVuorsSLNvjkgGyq"}


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # a question that another one replaced at once
@pytest.mark.parametrize("seed", range(4))
async def test_any_keys_at_once(
    shared_demo: DemoServer, make_session: MakeSession, until: Until, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    app = KoboApp(make_session(shared_demo))
    app.exit = lambda *_args, **_more: None  # type: ignore[method-assign, assignment]
    async with app.run_test(size=(80, 24)) as pilot:
        stage = Stage(pilot, until, tmp_path, shared_demo, household(shared_demo))
        await stage.settled()
        for _burst in range(12):
            for key in rng.choices(list(KEYS), k=8):
                app.post_message(Key(key, KEYS[key]))
            await pilot.pause(0.05)
        await pilot.pause()
        assert app.unexpected == []
