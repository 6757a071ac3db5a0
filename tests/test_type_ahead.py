"""What is typed in one burst behind ``/`` ends in the line, not on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from kobotui.app import KoboApp
from kobotui.screens.projects import ProjectsScreen
from tests.conftest import Until

Wait = Callable[[Pilot[Any]], Any]


async def test_a_burst_behind_the_filter_key_is_typed_into_the_filter(
    app: KoboApp, until: Until, settled: Wait
) -> None:
    async with app.run_test() as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ProjectsScreen)
        for key, character in [("slash", "/"), *((c, c) for c in "wada")]:
            app.post_message(Key(key, character))
        await until(pilot, lambda: app.screen.query(Input), "the line")
        await until(pilot, lambda: app.screen.query_one(Input).value == "wada", "the text")
        assert not app.type_ahead.holding
        assert app.used_actions == {"projects.filter"}


async def test_keys_act_again_when_no_line_opens(app: KoboApp, until: Until, settled: Wait) -> None:
    async with app.run_test() as pilot:
        await settled(pilot)
        app.type_ahead.hold()
        app.post_message(Key("question_mark", "?"))
        await until(pilot, lambda: not isinstance(app.screen, ProjectsScreen), "the help")
