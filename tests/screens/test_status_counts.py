"""How far the records are checked, by who sent them: counted when asked for, complete or loud."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kobotui.columns.words import number
from kobotui.screens.status_counts import StatusCountsScreen
from kobotui.widgets.confirm_line import ConfirmLine
from tests.screens.data_place import HOUSEHOLD, asset_at
from tests.screens.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


async def test_every_record_is_counted_once_by_who_sent_it(
    make_app: MakeApp, until: Until, demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kobotui.screens.status_counts.AT_ONCE", 25)
    monkeypatch.setattr("kobotui.screens.summary.UNASKED", 2)
    asset = asset_at(demo, HOUSEHOLD)
    assert asset.records is not None
    rows = asset.records.page(limit=1000)
    wanted = Counter((row["_submitted_by"], row["_validation_status"].get("uid")) for row in rows)
    app = make_app(demo)
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset)
        await stage.open_project("summary")
        before = demo.faults.served
        await pilot.press("v")
        await stage.until(lambda: stage.screen.query(ConfirmLine), "the question")
        assert demo.faults.served == before, "nothing is read before it is agreed to"
        await pilot.pause()
        await pilot.press("enter")
        await stage.on("counts")
        await stage.until(lambda: stage.table.cursor_key is not None, "the counts")
        screen = stage.screen
        assert isinstance(screen, StatusCountsScreen)
        for one in screen._lines:
            assert one.left == wanted[one.username, None]
            assert one.records == sum(n for (name, _uid), n in wanted.items() if name == one.username)
        assert sum(one.records for one in screen._lines) == len(rows)
        left = sum(n for (_name, uid), n in wanted.items() if uid is None)
        assert stage.texts()[0].split()[:3] == ["all", number(len(rows)), number(left)]
        assert [one.left for one in screen._lines] == sorted((one.left for one in screen._lines), reverse=True)
        sender = screen._lines[0].username
        assert stage.table.move_to_key(f"by {sender}")
        await pilot.press("enter")
        await stage.on("data")
        await stage.until(lambda: stage.table.cursor_key is not None, "the records")
        assert stage.screen.records.order.typed == f'by = "{sender}" and not validated'
        assert stage.screen.count == screen._lines[0].left


async def test_what_is_not_whole_is_not_shown(
    make_app: MakeApp, until: Until, demo: DemoServer, tmp_path: Path
) -> None:
    asset = asset_at(demo, HOUSEHOLD)
    app = make_app(demo)
    async with app.run_test(size=(100, 30)) as pilot:
        stage = Stage(pilot, until, tmp_path, demo, asset)
        await stage.open_project("summary")
        demo.faults.once(status=500, path="/data/", count=9)
        await pilot.press("v")
        await stage.on("counts")
        await stage.until(lambda: "r tries again" in stage.table.empty, "the reason")
        assert not len(stage.table.source)
        demo.faults.shots.clear()
        await pilot.press("r")
        await stage.until(lambda: stage.table.cursor_key is not None, "the counts")
