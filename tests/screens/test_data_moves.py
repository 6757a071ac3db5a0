"""DATA and a record while records come, change and go on the server, and ways to one row of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.screens.record import RecordScreen
from kobotui.screens.submission_window import PAGE
from tests.conftest import running
from tests.screens.data_place import DataPlace, data_place

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


def remove(place: DataPlace, *ids: int) -> None:
    place.ask("DELETE", "bulk/", json={"payload": {"submission_ids": list(ids)}})


async def test_the_list_never_moves_under_the_cursor(make_app: MakeApp, until: Until) -> None:
    with running(submissions=130) as server:
        async with data_place(make_app, until, server) as place:
            ids = [row["_id"] for row in place.ask("GET", "", params={"limit": 130, "sort": '{"_id":-1}'})["results"]]
            assert place.look_at("_id", PAGE - 4) == ids[PAGE - 4]
            line = place.table.cursor_index - place.table.top
            place.ask("POST", f"{ids[9]}/duplicate/")
            remove(place, ids[2], ids[3], ids[PAGE - 2], ids[PAGE + 10])
            place.table.action_page(1)
            await place.until(lambda: place.table.cursor_key is not None, "the rows")
            await place.settled()
            assert "of 126" in place.heading, "four are gone; the one that came is not in the list"
            shown = [place.table.source.key(index) for index in place.table.rows_in_view]
            rest = [str(i) for i in ids if i not in (ids[2], ids[3], ids[PAGE - 2], ids[PAGE + 10])]
            assert shown == rest[place.table.top : place.table.top + len(shown)]
            assert place.table.cursor_index - place.table.top == line
            here = place.table.cursor_key
            await place.pilot.press("r")
            await place.until(lambda: "of 127" in place.heading, "what came meanwhile")
            assert place.table.cursor_key == here
            assert place.table.cursor_index - place.table.top == line


async def test_walking_record_by_record_meets_each_once(make_app: MakeApp, until: Until) -> None:
    with running(submissions=130) as server:
        async with data_place(make_app, until, server) as place:
            ids = [row["_id"] for row in place.ask("GET", "", params={"limit": 130, "sort": '{"_id":-1}'})["results"]]
            await place.pilot.press("enter")
            await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record")
            screen = place.app.screen
            assert isinstance(screen, RecordScreen)
            met: list[int] = []
            gone = {10: [ids[5], ids[60]], 46: [ids[46], ids[47]], 98: [ids[98], ids[100]], 99: [ids[20]]}
            while not met or "last record" not in place.flashing:
                assert screen.record is not None
                met.append(screen.record.id)
                if lost := gone.pop(len(met), ()):
                    remove(place, *lost)
                    place.ask("POST", f"{ids[0]}/duplicate/")
                screen.do_next()
                await place.settled()
            stayed = set(ids) - {ids[5], ids[60], ids[46], ids[47], ids[98], ids[100], ids[20]}
            assert len(set(met)) == len(met), "none twice"
            assert stayed <= set(met) <= set(ids), "none skipped"
            for _turn in range(3):
                screen.do_previous()
            assert screen.record is not None
            assert screen.record.id == met[-4]
            await place.pilot.press("escape")
            await place.until(lambda: place.table.cursor_key == str(met[-4]), "the row of the record")


async def test_a_row_or_a_record_of_a_million(make_app: MakeApp, until: Until) -> None:
    with running(submissions=1_000_000) as server:
        async with data_place(make_app, until, server) as place:
            far = place.ask("GET", "", params={"limit": 1, "start": 700_000, "sort": '{"_id":-1}'})["results"][0]["_id"]
            for typed, requests in (("700 001", 1), (f"#{far}", 1), ("1", 0), (f"#{far}", 2)):
                if requests == 2:
                    place.table.move_to(900_000)
                    await place.until(lambda: place.table.cursor_key is not None, "another place")
                    for index in range(0, 20):
                        place.table.move_to(20_000 * index)
                        await place.until(lambda: place.table.cursor_key is not None, "another place")
                before = server.faults.served
                await place.pilot.press("number_sign")
                await place.type(typed)
                wanted = 0 if typed == "1" else 700_000
                await place.until(lambda w=wanted: place.table.cursor_index == w, typed)  # type: ignore[misc]
                await place.until(lambda: place.table.cursor_key is not None, typed)
                assert server.faults.served - before <= requests
            assert place.table.cursor_key == str(far)


async def test_a_record_that_the_list_does_not_have_is_opened_alone(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo) as place:
        newest = int(place.table.cursor_key or 0)
        uuid = place.record(newest)["meta/rootUuid"]
        copy = place.ask("POST", f"{newest}/duplicate/")["_id"]
        await place.pilot.press("number_sign")
        await place.type(f"#{copy}")
        await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record that came later")
        assert f"> {copy}  1 of 1" in place.heading
        await place.pilot.press("v", "a")
        await place.until(lambda: "Approved" in str(place.app.screen.query_one("#footer").render()), "its new status")
        await place.pilot.press("escape")
        await place.pilot.press("colon")
        await place.type("5")
        await place.until(lambda: place.table.cursor_index == 4, "the row")
        await place.pilot.press("number_sign")
        await place.type(uuid)
        await place.until(lambda: place.table.cursor_key == str(newest), "by its root uuid")
        await place.pilot.press("number_sign")
        await place.type("#999999999")
        await place.until(lambda: "no record 999999999" in place.flashing, "that there is none")
        await place.pilot.press("number_sign")
        await place.type("north", enter=True)
        assert place.table.cursor_index == 0, "what is no number goes nowhere"
        await place.pilot.press("escape")
