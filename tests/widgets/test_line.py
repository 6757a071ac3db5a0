"""Keys that come several at a time."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.events import Key

from kobotui.widgets.line import Line


class OneLine(App[None]):
    def compose(self) -> ComposeResult:
        yield Line("before", select_on_focus=False)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("ctrl+u a b c", "abc"),
        ("a backspace b backspace c", "beforec"),
        ("home x delete y", "xyefore"),
        ("left left backspace end z", "befrez"),
    ],
)
async def test_a_burst_of_keys_is_done_in_its_order(keys: str, text: str) -> None:
    app = OneLine()
    async with app.run_test() as pilot:
        app.query_one(Line).focus()
        await pilot.pause()
        for key in keys.split():
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert app.query_one(Line).value == text
