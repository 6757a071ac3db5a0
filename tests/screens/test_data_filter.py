"""DATA: filters that the server cannot tell, compared here over all that may match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kobotui.screens.record import RecordScreen
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


async def test_decimals_are_compared_here(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
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
        meant = [str(row["_id"]) for row in _rows(place) if len(row.get("patient", [])) >= 1]
        await _filter(place, "patient >= 1 and patient < 90")
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
