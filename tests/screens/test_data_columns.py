"""What DATA shows of a record, remembered for each project; what it notices; and what else there is of one record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from kobotui.demo.state import Row
from kobotui.screens import record_news
from kobotui.screens.data import DataScreen
from kobotui.screens.raw import RawScreen
from kobotui.screens.record import RecordScreen
from kobotui.widgets.photo import NoPhoto, pixels_of, why_no_photo
from kobotui.widgets.table import Table
from tests.screens.data_place import CLINIC, HOUSEHOLD, DataPlace, asset_at, data_place

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


def headings(place: DataPlace) -> list[str]:
    return [column.key for column in place.table.columns]


async def test_columns_are_remembered_and_survive_another_form(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo) as place:
        before = headings(place)
        await place.pilot.press("C", "j", "space", "f", "H")  # the first is hidden by the second: Sent
        await place.until(lambda: "frozen" in str(place.app.screen.query_one(Table).source.row(2)), "the frozen sign")
        await place.pilot.press("slash")
        await place.type("district")
        await place.pilot.press("minus", "minus", "enter")
        await place.until(lambda: place.app.screen is place.screen, "the table")
        assert place.table.cursor_column_key == "loc/district"
        wanted = [key for key in before if key not in ("_submission_time", "loc/district")]
        wanted.insert(before.index("loc/district") - 3, "loc/district")
        assert headings(place) == wanted
        assert place.table._frozen == 2, "id and By"
        assert place.table._groups["loc/region"] == "Location"
        await place.settled()
        assert (place.app.session.state / "columns.json").stat().st_mode & 0o077 == 0
        place.app.pop_screen()
        new = {"type": "text", "name": "brand_new", "$xpath": "brand_new", "label": ["New"]}
        version = asset_at(demo, HOUSEHOLD).deployed_version
        assert version is not None
        version.content["survey"].insert(0, new)
        for position in (HOUSEHOLD, CLINIC):
            project = await (await place.app.kobo()).projects.get(asset_at(demo, position).uid)
            place.app.push_screen(DataScreen(project))
            await place.until(lambda: place.screen.query(Table) and place.table.cursor_key, "DATA once more")
            await place.settled()
            if position == HOUSEHOLD:
                assert [key for key in headings(place) if key != "brand_new"] == wanted, "as it was chosen"
                assert headings(place).index("brand_new") == headings(place).index("_validation_status") + 1
                place.app.pop_screen()
        assert headings(place)[1] == "_submission_time", "another project has its own"


async def test_frozen_columns_leave_half_of_a_narrow_screen(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, size=(60, 20)) as place:
        last = headings(place)[-1]
        await place.pilot.press("C")
        await place.until(lambda: place.app.screen is not place.screen, "the columns")
        await place.pilot.press("G", "f", "escape")
        await place.until(lambda: place.app.screen is place.screen, "the table")
        place.look_at(last)
        assert place.table._places[-1].column == len(headings(place)) - 1, "the last one can still be seen"


async def test_a_repeat_opens_where_it_is(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        window = place.screen.records.window
        assert window is not None
        row = next(row for row in range(50) if window.record(row).raw.get("patient"))  # type: ignore[union-attr]
        place.look_at("patient", row)
        assert place.shown("patient", row) == str(len(window.record(row).raw["patient"]))  # type: ignore[union-attr]
        await place.pilot.press("enter")
        await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record")
        assert place.app.screen.query_one(Table).cursor_key == "repeat patient[1] 0"


# What comes while one looks


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts are asked for all the time."""
    monkeypatch.setattr(record_news, "SOON", 0.05)
    monkeypatch.setattr(record_news, "EVERY", 0.1)


def noticing(place: DataPlace) -> None:
    session = place.app.session
    session.settings = msgspec.structs.replace(session.settings, notice_new=True)
    place.screen.expect_news()


async def test_new_records_are_noticed_and_offered(
    make_app: MakeApp, until: Until, demo: DemoServer, soon: None
) -> None:
    async with data_place(make_app, until, demo) as place:
        here = place.look_at("_id", 3)
        reads = [call.path for call in demo.faults.log if call.path.endswith("/data/")]
        noticing(place)
        await place.until(lambda: place.screen._before, "the count to compare with")
        copies = [place.ask("POST", f"{here}/duplicate/")["_id"] for _turn in range(3)]
        await place.until(lambda: "3 new: r shows them" in place.heading, "the news")
        assert place.table.cursor_key == str(here)
        assert "of 60," in place.heading
        assert [call.path for call in demo.faults.log if call.path.endswith("/data/")] == reads, "counts only"
        await place.pilot.press("C")
        await place.until(lambda: place.app.screen is not place.screen, "another screen")
        await place.settled()
        asked = demo.faults.served
        for _turn in range(5):
            await place.pilot.pause(0.1)
        assert demo.faults.served == asked, "nothing is asked while the table is not shown"
        await place.pilot.press("escape")
        await place.pilot.press("r")
        await place.until(lambda: "of 63," in place.heading, "the new records")
        assert place.table.cursor_key == str(copies[-1])
        assert "new:" not in place.heading


async def test_who_sees_some_records_is_shown_those_and_no_news(
    make_app: MakeApp, until: Until, demo: DemoServer, soon: None
) -> None:
    asset = asset_at(demo, HOUSEHOLD)
    rule = [{"loc/region": "north"}]
    asset.rows = [row for row in asset.rows if row.username not in ("dana", "AnonymousUser")]
    asset.rows.append(Row("pView", "dana", "view_asset"))
    asset.rows.append(Row("pSome", "dana", "partial_submissions", {"view_submissions": rule}))
    async with data_place(make_app, until, demo, username="dana") as place:
        north = place.count({"loc/region": "north"})
        noticing(place)
        await place.until(lambda: place.screen._told_nothing, "that no count is told")
        asked = demo.faults.served
        inside, outside = (
            place.ask("GET", "", params={"limit": 1, "query": json.dumps(query)})["results"][0]["_id"]
            for query in ({"loc/region": "north"}, {"loc/region": {"$ne": "north"}})
        )
        await place.pilot.press("number_sign")
        await place.type(f"#{outside}")
        await place.until(lambda: f"no record {outside}" in place.flashing, "that there is none for them")
        await place.pilot.press("number_sign")
        await place.type(f"#{inside}")
        await place.until(lambda: place.table.cursor_key == str(inside), "their own")
        assert f"of {north}," in place.heading
        await place.settled()
        assert not [c for c in list(demo.faults.log)[asked:] if "/counts/" in c.path]


# More of one record


async def test_what_kobotui_changed_before_stands_beside_the_answer(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo, size=(120, 30)) as place:
        record = place.look_at("remarks")
        was = place.record(record).get("remarks", "")
        await place.pilot.press("e")
        await place.type("Seen again")
        await place.confirm()
        await place.job_done()
        await place.pilot.press("enter")
        await place.until(lambda: isinstance(place.app.screen, RecordScreen), "the record")
        table = place.app.screen.query_one(Table)

        def notes() -> str:
            rows = [table.source.row(index) for index in range(len(table.source))]
            return " ".join(row.cells[2].text for row in rows if row and len(row.cells) > 2)

        await place.until(lambda: "changed by admin now" in notes(), "the note")
        assert f"was {was or '-'}"[:12] in notes()
        place.ask("PATCH", "bulk/", json={"payload": {"submission_ids": [record], "data": {"remarks": "Others"}}})
        await place.pilot.press("r")
        await place.settled()
        assert "changed by" not in notes(), "somebody else changed it since"


async def test_raw_xml_and_links_into_the_browser(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, HOUSEHOLD) as place:
        record = place.look_at("_id", 2)
        await place.pilot.press("o")
        await place.until(lambda: isinstance(place.app.screen, RawScreen), "raw")
        demo.faults.once(status=500, path=".xml", count=9)
        await place.pilot.press("x")
        table = place.app.screen.query_one(Table)
        await place.settled()
        demo.faults.clear()

        def lines() -> list[str]:
            rows = (table.source.row(index) for index in range(len(table.source)))
            return [row.cells[0].text for row in rows if row]

        assert lines()[0] == "{", "what could not be had leaves what is there"
        await place.pilot.press("x")
        await place.until(lambda: lines()[0].startswith("<"), "XML")
        assert f"    <region>{place.record(record)['loc/region']}</region>" in lines()
        await place.pilot.press("x")
        assert lines()[0] == "{"
        await place.pilot.press("escape")
        texts = place.screen.copies()
        for name, use in (("look at", "view"), ("edit", "edit")):
            ask = next(text for key, text in texts.items() if key.startswith(f"Web form: {name}"))
            assert not isinstance(ask, str)
            assert f"/enketo/{use}/" in await ask()
        assert f'id="{place.asset.uid}"' in await texts["XML"]()  # type: ignore[operator]


def test_photos() -> None:
    from kobotui.demo.records.media import picture

    pixels = pixels_of(picture(3), 20, 10)
    assert (len(pixels[0]), len(pixels)) == (20, 13)
    assert len({colour for line in pixels for colour in line}) > 2
    assert why_no_photo("truecolor") is None
    assert "too few colours" in (why_no_photo("standard") or "")
    for data in (b"", b"not a picture", picture(3)[:60]):
        with pytest.raises(NoPhoto):
            pixels_of(data, 20, 10)


def test_where_there_is_no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from kobotui import terminal

    monkeypatch.setattr(terminal.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    monkeypatch.setattr(terminal.sys, "platform", "linux")
    assert terminal.browser_command({"DISPLAY": ":0"}) == ("xdg-open",)
    assert terminal.browser_command({"DISPLAY": ":0", "SSH_CONNECTION": "x"}) == ()
    assert terminal.browser_command({}) == ()
