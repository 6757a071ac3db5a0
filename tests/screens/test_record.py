"""One record: question and answer, its neighbours, and what is done to it there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from textual.widgets import Static

from kobotui.screens.data import DataScreen
from kobotui.screens.record import RecordScreen
from kobotui.screens.submission_window import PAGE
from kobotui.widgets.table import Table
from tests.conftest import running
from tests.screens.data_place import CLINIC, HOUSEHOLD, DataPlace, ask, asset_at, correct_newest, data_place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


class RecordPlace:
    """A record open above DATA."""

    def __init__(self, data: DataPlace) -> None:
        self.data = data

    @property
    def screen(self) -> RecordScreen:
        return next(screen for screen in self.data.app.screen_stack if isinstance(screen, RecordScreen))

    @property
    def table(self) -> Table:
        return self.screen.query_one(Table)

    @property
    def id(self) -> int:
        assert self.screen.record is not None
        return self.screen.record.id

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The texts of all rows."""
        rows = [self.table.source.row(index) for index in range(len(self.table.source))]
        return [tuple(cell.text for cell in row.cells) for row in rows if row]

    @property
    def footer(self) -> str:
        return str(self.screen.query_one("#footer", Static).render())

    def look_at(self, position: str) -> None:
        """Put the cursor on the answer at a path."""
        assert self.table.move_to_key(f"answer {position} 0"), position


@asynccontextmanager
async def record_place(
    make_app: MakeApp, until: Until, server: DemoServer, position: int = HOUSEHOLD, index: int = 0, **more: Any
) -> AsyncIterator[RecordPlace]:
    async with data_place(make_app, until, server, position, **more) as data:
        data.table.move_to(index)
        await data.until(lambda: data.table.cursor_key is not None, "the row")
        await data.settled()
        before = server.faults.served
        await data.pilot.press("enter")
        await data.until(lambda: isinstance(data.app.screen, RecordScreen) and data.app.screen.is_mounted, "the record")
        await data.pilot.pause()
        place = RecordPlace(data)
        assert place.lines, "shown without asking the server"
        if index + 6 < PAGE:
            assert server.faults.served == before
        yield place


async def test_a_record_is_laid_out_in_form_order(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo, CLINIC) as place:
        labels = [line[0] for line in place.lines]
        patient = next(i for i, label in enumerate(labels) if label.endswith(" 1") and not label.startswith("  "))
        raw = place.data.record(place.id)
        inside = [line[1] for line in place.lines[patient + 1 :] if line[0].startswith("  ")]
        assert raw["patient"][0]["patient/pname"] == inside[0]
        assert any(label.startswith("    ") for label in labels), "visits stand inside patients"
        assert any("image/png" in line[1] for line in place.lines)
        assert place.footer.strip().startswith("-- sent ")
        assert f"id {place.id}" in place.footer
        assert place.data.heading.endswith("1 of 60")
        assert f"> {place.id}" in place.data.heading


async def test_neighbours_answer_at_once(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo) as place:
        source = place.data.table.source
        place.look_at("loc/region")
        await place.data.pilot.press("n")
        assert str(place.id) == source.key(1)
        assert "2 of 60" in place.data.heading
        assert place.table.cursor_key == "answer loc/region 0", "the cursor stays on its question"
        await place.data.pilot.press("p", "p")
        assert str(place.id) == source.key(0)
        assert "first record" in place.data.flashing
        await place.data.pilot.press("n", "escape")
        await place.data.until(lambda: isinstance(place.data.app.screen, DataScreen), "DATA")
        await place.data.until(lambda: place.data.table.cursor_index == 1, "the cursor on the record last seen")


async def test_records_that_are_not_loaded_are_fetched_ahead(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo, index=PAGE - 3) as place:
        window = place.screen.records.window
        assert window is not None
        await place.data.until(lambda: window.record(PAGE) is not None, "the next page")
        place.screen._go(60 - PAGE + 2)
        await place.data.settled()
        assert "60 of 60" in place.data.heading
        place.screen._go(1)
        assert "last record" in place.data.flashing


async def test_a_neighbour_that_cannot_be_read_leaves_the_record(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with record_place(make_app, until, demo) as place:
        demo.faults.once(status=500, path="/data/", count=9)
        first = place.id
        place.screen._go(55)
        assert "56 of 60 ..." in place.data.heading
        await place.data.settled()
        assert place.id == first
        assert "1 of 60" in place.data.heading
        assert "..." not in place.data.heading


async def test_an_answer_inside_a_repeat_is_corrected(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo, CLINIC) as place:
        while len(place.data.record(place.id).get("patient", [])) < 2:
            await place.data.pilot.press("n")
        record = place.id
        before = place.data.record(record)
        place.look_at("patient[2]/pname")
        await place.data.pilot.press("e")
        await place.data.type("Amina [/]x \u202eabc")
        await place.data.confirm()
        await place.data.job_done()
        after = place.data.record(record)
        assert after["patient"][1]["patient/pname"] == "Amina [/]x \u202eabc"
        assert after["patient"][0] == before["patient"][0]
        await place.data.until(
            lambda: any("Amina [/]x <U+202E>abc" in line[1] for line in place.lines), "the new answer"
        )
        held = place.screen.record
        assert held is not None
        assert held.uuid == after["_uuid"], "the next correction is no conflict"


async def test_lines_of_a_matrix_and_ratings_are_corrected_as_the_choices_they_are(
    make_app: MakeApp, until: Until
) -> None:
    with running(projects=21) as server:
        kits = next(i for i, a in enumerate(server.state.assets.values()) if a.name.startswith("Household kits"))
        async with record_place(make_app, until, server, kits) as place:
            assert not [line for line in place.lines if "not in the form" in line[0]]
            before = place.data.record(place.id)
            for path in ("kit_pot/kit_pot_use", "liked/quality"):
                place.look_at(path)
                listed = place.screen.records.form.choices_of(place.screen.records.form.questions[path])
                wanted = next(choice.name for choice in listed if choice.name != before[path])
                await place.data.pilot.press("e")
                await place.data.choose(wanted)
                await place.data.confirm()
                await place.data.job_done()
                assert place.data.record(place.id)[path] == wanted


async def test_enter_on_a_group_says_what_to_do(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo) as place:
        assert place.table.move_to_key("group loc 0")
        await place.data.pilot.press("enter")
        assert "Move to an answer" in place.data.flashing


async def test_validation_shows_in_both_screens(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo) as place:
        record = place.id
        await place.data.pilot.press("v", "a")
        assert place.id != record, "the next one"
        await place.data.status_set(record)
        await place.data.pilot.press("p")
        await place.data.until(lambda: "Approved" in place.footer, "the status")
        assert "1 of 60 checked" in place.data.heading
        assert place.data.shown("_validation_status") == "ok"
        assert place.data.record(record)["_validation_status"]["uid"] == "validation_status_approved"


async def test_a_deleted_record_gives_way_to_the_next(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo, index=2) as place:
        record, following = place.id, place.data.table.source.key(3)
        await place.data.pilot.press("D")
        await place.data.apply("1")
        await place.data.job_done()
        assert place.data.count({"_id": record}) == 0
        await place.data.until(lambda: str(place.id) == following, "the next record")
        assert "3 of 59" in place.data.heading


async def test_the_last_record_deleted(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    asset = asset_at(demo, HOUSEHOLD)
    ids = [row["_id"] for row in ask(demo, asset, "GET", "", params={"fields": '["_id"]'})["results"]]
    ask(demo, asset, "DELETE", "bulk/", json={"payload": {"submission_ids": ids[1:]}})
    async with record_place(make_app, until, demo) as place:
        await place.data.pilot.press("D")
        await place.data.apply("1")
        await place.data.job_done()
        await place.data.until(lambda: not place.lines, "nothing left")
        assert "No record is left" in place.table.empty
        await place.data.pilot.press("v")
        assert "nothing here" in place.data.flashing


async def test_a_record_that_went_meanwhile_is_said(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo) as place:
        place.data.ask("DELETE", f"{place.id}/")
        await place.data.pilot.press("r")
        await place.data.until(lambda: "is gone" in place.data.flashing, "the news")


async def test_what_the_form_does_not_know_stands_at_the_end(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    text = "first line\nsecond line [/]x \u202e" + "long " * 60
    correct_newest(demo, HOUSEHOLD, {"remarks": text, "old/question": "kept \u2066iso\u2069"})
    async with record_place(make_app, until, demo) as place:
        labels = [line[0] for line in place.lines]
        heading = labels.index("-- not in the form")
        assert labels[heading + 1] == "old/question"
        assert "<U+2066>iso<U+2069>" in place.lines[heading + 1][1]
        remarks = labels.index("Remarks")
        assert place.lines[remarks][1] == "first line"
        assert place.lines[remarks + 1][1].startswith("second line [/]x <U+202E>")
        assert sum("long" in line[1] for line in place.lines) > 2, "a long answer takes several lines"
        assert place.table.move_to_key("unknown old/question 0")
        place.screen.do_edit()
        assert "does not have this key" in place.data.flashing


async def test_an_answer_that_does_not_fit_is_marked(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    correct_newest(demo, HOUSEHOLD, {"resp/age": "12"})
    async with record_place(make_app, until, demo, size=(120, 30)) as place:
        age = next(line for line in place.lines if line[0].strip() == "Age")
        assert age[1] == "12"
        assert age[2].startswith("! ")


async def test_labels_in_arabic_and_names(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo) as place:
        await place.data.pilot.press("L")
        await place.data.choose("2")
        await place.data.until(lambda: any(line[0].strip() == "الجنس" for line in place.lines), "Arabic")
        await place.data.pilot.press("N")
        assert any(line[0].strip() == "sex" for line in place.lines)
        await place.data.pilot.press("escape")
        await place.data.until(lambda: "names in place" in place.data.below, "the table follows")
        assert "sex" in [column.heading for column in place.data.table.columns]


async def test_raw_and_copies(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo, CLINIC) as place:
        raw = place.data.record(place.id)
        assert place.screen.raw() == raw
        texts = place.screen.copies()
        latitude = raw["position"].split()[0]
        assert f"mlat={float(latitude):.6f}" in texts["OpenStreetMap: position"]
        assert texts["UUID"] == raw["_uuid"]


async def test_small_and_back(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo, size=(120, 36)) as place:
        wide = place.lines
        await place.data.pilot.resize_terminal(40, 10)
        await place.data.until(lambda: len(place.lines) > len(wide), "answers wrapped")
        await place.data.pilot.resize_terminal(120, 36)
        await place.data.until(lambda: place.lines == wide, "as before")


async def test_a_duplicate_of_the_open_record(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with record_place(make_app, until, demo) as place:
        record = place.id
        await place.data.pilot.press("c")
        await place.data.confirm()
        await place.data.job_done()
        await place.data.until(lambda: "2 of 61" in place.data.heading, "its new place")
        assert place.id == record
