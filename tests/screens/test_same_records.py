"""Same records: found, told apart, all but one deleted, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.screens.review import ReviewScreen
from kobotui.widgets.table import Table
from tests.screens.data_place import CLINIC, DataPlace, data_place

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


async def looked(place: DataPlace, *paths: str) -> Table:
    """The list of groups with the same answers to these questions, or of the same records."""
    await place.pilot.press("W")
    await place.choose("answers" if paths else "record")
    if paths:
        await place.until(lambda: "MultiPicker" in type(place.app.screen).__name__, "the questions")
        place.app.screen.query_one(Table).set_marked(set(paths))
        await place.pilot.press("enter")
    await place.until(lambda: place.app.kobo_screen().place == "same", "the list")
    await place.settled()
    return place.app.kobo_screen().query_one(Table)


def lines(table: Table) -> list[str]:
    """What the list says."""
    rows = [table.source.row(index) for index in range(len(table.source))]
    return [" ".join(cell.text.strip() for cell in row.cells if cell.text) for row in rows if row]


async def test_one_of_two_is_kept_and_the_other_comes_back(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        source = place.look_at("_id", 3)
        copy = place.ask("POST", f"{source}/duplicate/")["_id"]
        place.ask("PATCH", "bulk/", json={"payload": {"submission_ids": [copy], "data": {"note_of_admin": "later"}}})
        table = await looked(place, "position", "n_patients")
        assert "1 group among 61 records" in place.heading
        said = lines(table)
        assert said[0].startswith("2 records")
        assert said[1].startswith(f"{source} ")
        assert said[1].endswith("(the oldest)")
        assert said[2].startswith(f"{copy} ")
        assert "note_of_admin" in said[2]
        await place.pilot.press("enter")
        await place.until(lambda: place.app.kobo_screen().place == "compare", "side by side")
        beside = place.app.kobo_screen().query_one(Table)
        whole = len(beside.source)
        await place.pilot.press("t")
        assert 0 < len(beside.source) < whole
        assert {line[:2] for line in lines(beside)} == {"!="}
        assert any(line.endswith("note_of_admin - later") for line in lines(beside))
        beside.move_to(0, 2)
        await place.pilot.press("K")
        await place.apply("1")
        await place.job_done()
        assert place.count({"_id": source}) == 1
        assert place.count({"_id": copy}) == 0
        await place.until(lambda: place.app.kobo_screen().place == "same", "the list again")
        assert "0 groups left" in place.heading
        await place.pilot.press("z")
        await place.apply()
        await place.until(lambda: place.count() == 61, "both again")
        await place.until(lambda: not place.app.job_states[0].running, "the job")
        await place.pilot.press("r")
        await place.settled()
        assert len(table.source) == 3


async def test_all_but_one_of_every_group_are_marked_and_deleted(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        facility = place.record(place.look_at("_id", 0))["facility"]
        await place.pilot.press("slash")
        await place.type(f'facility = "{facility}"')
        await place.settled()
        table = await looked(place, "facility")
        assert "filtered" in place.heading
        group = len(table.source) - 1
        await place.pilot.press("space", "space")
        assert len(table.marked) == 1  # the heading was passed over
        await place.pilot.press("u", "m")
        await place.choose("oldest")
        await place.until(lambda: len(table.marked) == group - 1, "the marks")
        await place.pilot.press("D")
        await place.until(lambda: isinstance(place.app.screen, ReviewScreen), "the review")
        assert not any("no record is kept" in line for line in lines(place.app.screen.query_one(Table)))
        await place.pilot.press("escape")
        await place.until(lambda: place.app.kobo_screen().place == "same", "the list")
        table.set_marked({table.source.key(index) or "" for index in range(1, group + 1)})
        await place.pilot.press("D")
        await place.until(lambda: isinstance(place.app.screen, ReviewScreen) and place.app.screen._painted, "review")
        assert any("Of 1 group no record is kept." in line for line in lines(place.app.screen.query_one(Table)))
        await place.pilot.press("escape")


async def test_a_search_that_is_not_complete_says_so(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        table = await looked(place)
        assert "0 groups among 60 records" in place.heading
        assert table.empty == "No two records are the same."
        demo.faults.once(path="/data/", count=9, status=500)
        await place.pilot.press("r")
        await place.settled()
        assert "not complete" in place.heading
