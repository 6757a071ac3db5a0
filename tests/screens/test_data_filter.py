"""DATA: filters that the server cannot tell, compared here over all that may match."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Static

from kobotui.screens.record import RecordScreen
from kobotui.screens.saved_filters import SavedFiltersWindow
from kobotui.widgets.table import Table
from tests.screens.data_place import CLINIC, data_place

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until
    from tests.screens.data_place import DataPlace


def _rows(place: DataPlace) -> list[dict[str, Any]]:
    return list(place.ask("GET", "", params={"limit": 1000, "sort": '{"_id":-1}'})["results"])


def _shown(place: DataPlace) -> list[str | None]:
    return [place.table.source.key(index) for index in range(len(place.table.source))]


async def _filter(place: DataPlace, text: str) -> None:
    await place.pilot.press("slash")
    await place.type(text)
    await place.until(lambda: place.screen.records.order.typed == text, "the filter")


async def test_decimals_are_compared_here(
    make_app: MakeApp, until: Until, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kobotui.api.found.AT_ONCE", 7)  # several ranges side by side, of several pages
    async with data_place(make_app, until, demo) as place:
        meant = [str(row["_id"]) for row in _rows(place) if float(row.get("econ/income", "-1")) > 250.5]
        assert 3 < len(meant) < 60
        await place.pilot.press("slash")
        await place.type("econ/income > 250.5", enter=False)
        assert "numbers of econ/income, which are texts there" in place.below
        await place.pilot.press("enter")
        await place.until(lambda: "compared here" in place.below, "the filter")
        assert f"of {len(meant)}, sorted by _id down" in place.heading
        assert _shown(place) == meant
        assert not place.screen.progress
        # marks and the record are as with any filter
        await place.pilot.press("V", "G", "V")
        assert place.table.marked == set(meant)
        await place.pilot.press("u", "asterisk")
        assert place.table.marked == set(meant)
        await place.pilot.press("g", "enter")
        await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record")
        await place.pilot.press("n", "escape")
        await place.until(lambda: place.app.screen is place.screen, "the table")
        assert place.table.cursor_key == meant[1]
        # one that is gone goes from the list when it is read again
        place.ask("DELETE", f"{meant[1]}/")
        await place.pilot.press("r")
        await place.until(lambda: f"of {len(meant) - 1}" in place.heading, "one less")
        assert _shown(place) == [meant[0], *meant[2:]]


async def test_another_order_of_what_was_compared_here(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        await _filter(place, "econ/income > 250.5 or econ/income < ${econ/hh_size}")
        await place.pilot.press("S")
        await place.choose("resp/name")
        await place.until(lambda: "sorted by" in place.heading and "_id" not in place.heading, "the order")
        names = [place.record(int(key or 0)).get("resp/name", "") for key in _shown(place)]
        assert len(names) > 3
        assert names == sorted(names)


async def test_how_many_of_a_repeat_over_pages_and_one_that_vanishes(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        meant = [str(row["_id"]) for row in _rows(place) if len(row.get("patient", [])) >= 2]
        assert 20 < len(meant) < len(place.table.source)
        await _filter(place, "not patient < 2 and not patient > 90")  # the server is asked for everything
        assert not place.screen.records.order.query
        assert _shown(place)[:50] == meant[:50]
        await place.pilot.press("r")  # from the top
        await place.until(lambda: not place.screen._reading, "the list anew")
        assert _shown(place)[:50] == meant[:50]
        records = place.screen.records
        assert await records.place_of(int(meant[5])) == 5
        place.ask("DELETE", f"{meant[3]}/")
        place.table.move_to(len(meant) - 1)
        await place.until(lambda: place.table.cursor_key == meant[-1], "the end")
        records.window = await records.read_order(records.order)
        assert records.window.count == len(meant) - 1
        assert records.window.key(3) == meant[4]


async def test_comparing_can_be_stopped_and_fails_aloud(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        demo.faults.once(status=500, path="/data/", count=9)
        await place.pilot.press("slash")
        await place.type("econ/income > 250.5")
        await place.until(lambda: "not renewed" in place.heading, "the error")
        assert "of 60" in place.heading
        assert not place.screen.records.order.typed


async def test_filters_with_a_name(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:

        async def opened() -> Table:
            await place.pilot.press("F")
            await place.until(lambda: isinstance(place.app.screen, SavedFiltersWindow), "the window")
            return place.app.screen.query_one(Table)

        def names(table: Table) -> list[str | None]:
            return [table.source.key(index) for index in range(len(table.source))]

        def said() -> str:
            return str(place.app.screen.query_one(".window--problem", Static).render())

        built_in = ["not yet validated", "on hold", "mine to check"]
        table = await opened()
        assert names(table) == built_in
        await place.pilot.press("s")
        assert "No filter is shown" in said()
        await place.pilot.press("D")
        assert "built in" in said()
        await place.pilot.press("escape")
        # saved, named anew, deleted and put back
        await _filter(place, "Region = North")
        table = await opened()
        await place.pilot.press("s")
        await place.type("of the north")
        await place.until(lambda: names(table) == ["own:of the north", *built_in], "the filter under its name")
        await place.pilot.press("e")
        await place.type("north")
        await place.until(lambda: names(table) == ["own:north", *built_in], "the other name")
        await place.pilot.press("D")
        assert names(table) == built_in
        assert "z puts it back" in said()
        await place.pilot.press("z")
        assert names(table) == ["own:north", *built_in]
        file = place.app.session.state / "filters.json"
        assert file.stat().st_mode & 0o777 == 0o600
        # used, by itself and inside another
        assert table.move_to_key("mine to check")
        await place.pilot.press("enter")
        await place.until(lambda: place.screen.records.order.typed == "by != me and not validated", "the built-in one")
        await _filter(place, "[north] and [not yet validated]")
        copies = place.screen.copies()
        assert json.loads(copies["Filter as JSON"]) == {
            "$and": [{"loc/region": "north"}, {"_validation_status.uid": {"$exists": False}}]
        }
        await _filter(place, copies["Filter as JSON"].replace("north", "south"))
        # a file that somebody broke is left alone
        file.write_text("{")
        await opened()
        assert "filters.json is damaged" in said()
        await place.pilot.press("s")
        await place.type("south")
        await place.until(lambda: "filters.json is damaged" in said(), "the reason")
        assert file.read_text() == "{"
