"""Reports on the screen: the same numbers as the records, for the filter of DATA, in words where there are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from kobotui.app import KoboApp
from kobotui.demo.server import DemoServer
from kobotui.model.report import Distribution
from kobotui.widgets.plot import Plot, answer_lines, day_lines, range_lines
from tests.changes.test_projects import household
from tests.conftest import Until
from tests.exports.staging import plain, put
from tests.screens import links_place, scenes
from tests.screens.stage import Stage


@pytest.fixture
async def stage(demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path) -> AsyncIterator[Stage]:
    async with app.run_test(size=(100, 30)) as pilot:
        yield Stage(pilot, until, tmp_path, demo, household(demo))


def bars(stage: Stage) -> list[str]:
    return [text for text, _style in stage.screen.query_one(Plot)._texts]


async def test_numbers_are_those_of_the_records_the_filter_shows(stage: Stage) -> None:
    await stage.open_project("data")
    await stage.pilot.press("slash")
    await stage.answer("Age > 30")
    await stage.until(lambda: stage.screen.records.order.typed, "the filter")
    await stage.settled()
    await stage.pilot.press("b")
    await links_place.reported(stage)
    assert stage.asset.records is not None
    records = [r for r in stage.asset.records.page(limit=None) if int(r.get("resp/age") or 0) > 30]
    report = stage.screen.report
    assert report.records == len(records) > 0
    assert report.questions[scenes.QUESTION].tally.counts == Counter(r[scenes.QUESTION] for r in records)
    assert stage.table.move_to_key(scenes.QUESTION)
    await stage.pilot.pause()
    north = sum(r[scenes.QUESTION] == "north" for r in records)
    assert any(line.split()[:2] == ["North", str(north)] and "#" in line for line in bars(stage))
    assert stage.table.move_to_key("resp/age")
    await stage.pilot.pause()
    ages = [int(r["resp/age"]) for r in records]
    said = str(stage.screen.query_one("#said").render())
    assert f"least {min(ages)}" in said
    assert f"most {max(ages)}" in said
    assert stage.table.move_to_key("=users")
    await stage.pilot.pause()
    assert any("%" in line for line in bars(stage))


async def test_answers_the_form_no_longer_asks_for_are_said(stage: Stage) -> None:
    put(stage.asset, [plain(9_999_999, old_question="x")])
    await links_place.report(stage)
    assert stage.screen.statement.complete
    assert "old_question" in str(stage.screen.query_one("#unknown").render())


async def test_what_the_server_refuses_is_a_sentence(stage: Stage, demo: DemoServer) -> None:
    await scenes.at("summary")(stage)
    demo.faults.once(status=500, path=f"{stage.asset.uid}/data/", count=1)
    await stage.pilot.press("b")
    await stage.on("report")
    await stage.until(lambda: "could not be counted" in stage.table.empty, "the sentence")
    await stage.pilot.press("r")
    await links_place.reported(stage)


def test_days_are_all_there_whatever_the_width() -> None:
    """Several to a bar where they are too many: the tallest bar has what those days have."""
    days = [(date(2026, 1, 1) + timedelta(days=n), 3) for n in range(300)]
    for width in (24, 60, 120, 400):
        lines = [text for text, _style in day_lines(days, width, 10)]
        assert max(map(len, lines)) <= width
        per = int(lines[0].split()[0]) if "to a bar" in lines[0] else 1
        top = next(line for line in lines if line.split()[:1] and line.split()[0].isdigit() and "#" in line)
        assert int(top.split()[0]) == 3 * per
        assert per * (width - 3) >= 300 or per == 1


def test_ranges_are_joined_until_they_fit() -> None:
    numbers = Distribution()
    for value in range(1000):
        numbers.add(float(value))
    for width in (20, 40, 100):
        lines = [text for text, _style in range_lines(numbers.bins, width, 8)]
        assert lines
        assert max(map(len, lines)) <= width
    assert range_lines([], 40, 8) == []


def test_answers_beyond_the_room_are_counted() -> None:
    answers = [(f"answer {n}", 100 - n) for n in range(50)]
    lines = [text for text, _style in answer_lines(answers, 5000, 60, 10)]
    assert len(lines) == 10
    assert "41 more" in lines[-1]
    assert len(answer_lines(answers, 5000, 60)) == 50
    assert max(map(len, lines)) <= 60
