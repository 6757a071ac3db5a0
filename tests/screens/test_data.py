"""DATA: the window over the server's rows, filter, order, marks, and what is done to records there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kobotui.screens.submission_window import KEPT, PAGE
from kobotui.widgets.table import Table
from tests.screens.data_place import CLINIC, DISTRIBUTION, HOUSEHOLD, asset_at, data_place

if TYPE_CHECKING:
    from kobotui.demo.server import DemoServer
    from tests.conftest import MakeApp, Until


# The window


async def test_opening_takes_the_detail_and_one_page(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        assert place.opened_with == 2
        newest = place.ask("GET", "", params={"limit": 1, "sort": '{"_id":-1}'})["results"][0]
        assert place.table.cursor_key == str(newest["_id"])
        assert "of 60, sorted by _id down" in place.heading
        assert "rows 1-" in place.heading
        assert "labels: English (en)" in place.below
        assert {"_id", "loc/region", "econ/hh_size"} <= {column.key for column in place.table.columns}


async def test_the_end_of_a_million_rows_is_one_request(make_app: MakeApp, until: Until) -> None:
    from kobotui.demo.server import DemoOptions, DemoServer

    with DemoServer(DemoOptions(seed=7, projects=2, submissions=1_000_000)) as server:
        async with data_place(make_app, until, server) as place:
            before = server.faults.served
            await place.pilot.press("G")
            await place.until(lambda: place.table.cursor_key is not None, "the last row")
            assert server.faults.served == before + 1
            assert "of 1,000,000" in place.heading
            window = place.screen.records.window
            assert window is not None
            for index in range(0, 1_000_000, 30_000):
                place.table.move_to(index)
                await place.until(lambda: place.table.cursor_key is not None, "a row")
            assert sum(1 for _record in window) <= KEPT * PAGE


async def test_page_down_held_asks_for_the_last_page_only(make_app: MakeApp, until: Until) -> None:
    from kobotui.demo.server import DemoOptions, DemoServer

    with DemoServer(DemoOptions(seed=7, projects=1, submissions=100_000)) as server:
        async with data_place(make_app, until, server) as place:
            server.faults.latency = 0.2
            before = server.faults.served
            for _turn in range(30):
                place.table.action_page(1)
                await place.pilot.pause(0)
            last = place.table.cursor_index
            await place.until(lambda: place.table.cursor_key is not None, "the page where it stops")
            assert place.table.cursor_index == last
            assert server.faults.served <= before + 2


async def test_rows_that_come_with_others_are_shown(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        demo.faults.latency = 0.05
        place.table.move_to(PAGE - 1)  # the next page comes into view
        await place.pilot.pause()
        place.table.move_to(59)  # more of it does, before it has come
        await place.until(lambda: place.table.cursor_key is not None, "the row under the cursor")


async def test_another_number_of_records_is_noticed(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        gone = int(place.table.source.key(3) or 0)
        place.ask("DELETE", f"{gone}/")
        await place.pilot.press("G")
        await place.until(lambda: "of 59" in place.heading, "the new count")
        await place.until(lambda: place.table.cursor_key is not None, "the last row")
        await place.settled()
        place.table.move_to(0)
        await place.settled()
        keys = [place.table.source.key(index) for index in range(59)]
        assert None not in keys
        assert len(set(keys)) == 59
        assert str(gone) not in keys


async def test_small_and_back(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, size=(120, 36)) as place:
        before = place.heading
        await place.pilot.resize_terminal(40, 10)
        await place.until(lambda: "rows 1-5 of 60" in place.heading, "fewer rows")
        await place.pilot.resize_terminal(120, 36)
        await place.until(lambda: place.heading == before, "as before")


async def test_an_error_keeps_what_is_shown(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        here = place.look_at("loc/region", 2)
        demo.faults.once(status=500, path="/data/", count=9)
        await place.pilot.press("r")
        await place.until(lambda: "not renewed" in place.heading, "the error in the heading")
        assert place.table.cursor_key == str(here)
        assert place.shown("_id", 2) == str(here)
        demo.faults.shots.clear()
        await place.pilot.press("r")
        await place.until(lambda: "not renewed" not in place.heading, "the next reading")


async def test_a_first_page_that_fails_says_so_and_can_be_asked_again(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    demo.faults.once(status=500, path="/data/", count=2)
    async with data_place(make_app, until, demo) as place:
        assert "r tries again" in place.table.empty
        demo.faults.shots.clear()
        await place.pilot.press("r")
        await place.until(lambda: place.table.cursor_key is not None, "rows")


# Who may look


async def test_a_draft_has_no_data(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    asset_at(demo, DISTRIBUTION).deployment = None
    async with data_place(make_app, until, demo, DISTRIBUTION) as place:
        assert place.opened_with == 1
        assert place.table.empty == "A draft has no data: deploy it first."


async def test_without_the_right_to_see_records(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    from kobotui.demo.state import Row

    asset = asset_at(demo, HOUSEHOLD)
    asset.rows = [row for row in asset.rows if row.username not in ("dana", "AnonymousUser")]
    asset.rows.append(Row("pOnlyView", "dana", "view_asset"))
    async with data_place(make_app, until, demo, username="dana") as place:
        assert "may not see the records" in place.table.empty


async def test_who_sees_some_records_may_act_on_them(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    from kobotui.demo.state import Row

    asset = asset_at(demo, HOUSEHOLD)
    rule = [{"loc/region": "north"}]
    asset.rows = [row for row in asset.rows if row.username not in ("dana", "AnonymousUser")]
    asset.rows.append(Row("pView", "dana", "view_asset"))
    partial = {"view_submissions": rule, "validate_submissions": rule}
    asset.rows.append(Row("pSome", "dana", "partial_submissions", partial))
    async with data_place(make_app, until, demo, username="dana") as place:
        north = place.count({"loc/region": "north"})
        assert 0 < north < 60
        assert f"of {north}," in place.heading
        await place.pilot.press("e")
        assert "Edit submissions" in place.flashing
        record = place.look_at("_id")
        await place.pilot.press("v", "a")
        await place.status_set(record)
        assert place.record(record)["_validation_status"]["by_whom"] == "dana"


async def test_who_edits_some_records_duplicates_none(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    from kobotui.demo.state import Row

    asset = asset_at(demo, HOUSEHOLD)
    rule = [{"loc/region": "north"}]
    asset.rows = [row for row in asset.rows if row.username not in ("dana", "AnonymousUser")]
    asset.rows.append(Row("pView", "dana", "view_asset"))
    partial = {"view_submissions": rule, "change_submissions": rule}
    asset.rows.append(Row("pSome", "dana", "partial_submissions", partial))
    async with data_place(make_app, until, demo, username="dana") as place:
        before = demo.faults.served
        await place.pilot.press("c")
        assert "only for who may edit all" in place.flashing
        assert demo.faults.served == before, "the server would fail with 500"
        await place.pilot.press("escape")


async def test_an_archived_project_refuses_corrections_before_sending(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    deployment = asset_at(demo, HOUSEHOLD).deployment
    assert deployment is not None
    deployment.active = False
    async with data_place(make_app, until, demo) as place:
        place.look_at("loc/region")
        before = demo.faults.served
        await place.pilot.press("e")
        assert "archived" in place.flashing
        assert demo.faults.served == before


# Filter, order, language


async def test_a_filter_is_the_servers(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        sizes = [int(place.record(int(place.table.source.key(i) or 0)).get("econ/hh_size", "0")) for i in range(50)]
        assert max(sizes) > 4
        await place.pilot.press("slash")
        await place.type("Region = nort", enter=False)
        assert "tab: North" in place.below
        await place.type("Region = nirth", enter=False)
        assert "nirth is not a choice of region" in place.below
        await place.pilot.press("enter")
        assert "sorted by" in place.heading, "a filter that cannot be read is not used"
        await place.type("Region = North and Number of people in the household > 4")
        await place.until(lambda: "filter: Region = North" in place.below, "the filter below the table")
        window = place.screen.records.window
        assert window is not None
        shown = list(window)
        assert shown
        assert window.count == len(shown)
        assert all(r.raw["loc/region"] == "north" and int(r.raw["econ/hh_size"]) > 4 for r in shown)
        assert "filter: Region = North" in place.below
        await place.pilot.press("slash")
        await place.type("")
        await place.until(lambda: "of 60, sorted" in place.heading, "everything again")


async def test_a_filter_that_lets_nothing_through(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        await place.pilot.press("slash")
        await place.type("id = 999999999")
        await place.until(lambda: "rows 0 of 0" in place.heading, "no rows")
        assert place.table.empty.startswith("No record matches.")
        await place.pilot.press("slash")
        await place.type("id > 0")
        await place.until(lambda: "of 60" in place.heading, "another filter after none")


async def test_a_failing_filter_leaves_the_one_before(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        demo.faults.once(status=500, path="/data/", count=9)
        await place.pilot.press("slash")
        await place.type("by = ben")
        await place.until(lambda: "not renewed" in place.heading, "the error")
        assert "by = ben" not in place.below
        assert "of 60" in place.heading


async def test_sorting_by_a_number_says_that_it_is_text(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        await place.pilot.press("S")
        await place.choose("resp/age")
        await place.until(lambda: "sorted by Age up, as text" in place.heading, "the order")
        first = place.ask("GET", "", params={"limit": 1, "sort": '{"resp/age":1}'})["results"][0]
        assert place.table.source.key(0) == str(first["_id"])
        await place.pilot.press("S")
        await place.choose("resp/age")
        await place.until(lambda: "sorted by Age down, as text" in place.heading, "the other way round")


async def test_labels_languages_and_names(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        place.look_at("loc/region")

        def headings() -> dict[str, str]:
            return {column.key: column.heading for column in place.table.columns}

        assert headings()["loc/district"] == "District"
        await place.pilot.press("L")
        await place.choose("1")
        await place.until(lambda: headings()["resp/sex"] == "Sexe", "French")
        assert "labels: Français (fr)" in place.below
        assert place.shown("loc/region") in ("Nord", "Sud", "Est", "-")
        await place.pilot.press("N")
        assert headings()["resp/sex"] == "sex"
        assert place.shown("loc/region") in ("north", "south", "east", "-")
        assert place.table.cursor_column_key == "loc/region"


async def test_the_live_form_gives_the_columns(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    asset = asset_at(demo, DISTRIBUTION)
    live = asset.deployed_version
    assert live is not None
    assert live.content_hash != asset.version.content_hash
    async with data_place(make_app, until, demo, DISTRIBUTION) as place:
        from kobotui.model.form import Form

        questions = set(Form.from_content(live.content).questions)
        assert questions == set(place.screen.records.form.questions)
        assert questions != set(Form.from_content(asset.version.content).questions)


# Marks


async def test_marking_all_asks_for_ids_that_are_not_loaded(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        await place.pilot.press("space", "asterisk")
        await place.until(lambda: len(place.table.marked) == 60, "all marks")
        assert "60 marked" in place.heading
        assert place.table.cursor_index == 1
        await place.pilot.press("u")
        assert place.table.marked == set()


async def test_marking_a_range_that_is_not_loaded(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    from kobotui.demo.server import DemoOptions, DemoServer

    with DemoServer(DemoOptions(seed=7, projects=1, submissions=2500)) as server:
        async with data_place(make_app, until, server) as place:
            place.table.move_to(1)
            await place.pilot.press("V")
            place.table.move_to(2200)
            await place.until(lambda: place.table.cursor_key is not None, "the row")
            await place.pilot.press("V")
            await place.until(lambda: len(place.table.marked) == 2200, "the range")
            results = place.ask("GET", "", params={"limit": 3, "start": 2199, "sort": '{"_id":-1}'})["results"]
            assert [str(row["_id"]) in place.table.marked for row in results] == [True, True, False]


async def test_marks_that_could_not_be_had_whole_are_not_made(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo) as place:
        demo.faults.once(status=500, path="/data/", count=9)
        await place.pilot.press("asterisk")
        await place.until(lambda: "!" in place.flashing, "the error")
        assert place.table.marked == set()


# Changes


async def test_one_answer_is_corrected(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        record = place.look_at("loc/region")
        before = place.record(record)
        await place.pilot.press("e")
        wanted = next(name for name in ("north", "south", "east") if name != before["loc/region"])
        await place.choose(wanted)
        await place.confirm()
        await place.job_done()
        after = place.record(record)
        assert after["loc/region"] == wanted
        assert after["_uuid"] != before["_uuid"]
        await place.until(lambda: place.shown("loc/region") == wanted.title(), "the new answer in the table")
        loaded = place.screen.loaded(record)
        assert loaded is not None
        assert loaded.uuid == after["_uuid"]


async def test_a_cascading_list_offers_what_goes_with_the_answer_above(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo) as place:
        record = place.look_at("loc/district")
        region = place.record(record)["loc/region"]
        await place.pilot.press("e")
        await place.until(lambda: place.app.screen is not place.screen, "the choices")
        source = place.app.screen.query_one(Table).source
        offered = {source.key(index) for index in range(len(source))} - {""}
        content = asset_at(demo, HOUSEHOLD).content["choices"]
        assert offered == {c["name"] for c in content if c["list_name"] == "district" and c["region"] == region}


async def test_an_answer_that_does_not_fit_is_refused_in_the_editor(
    make_app: MakeApp, until: Until, demo: DemoServer
) -> None:
    async with data_place(make_app, until, demo) as place:
        record = place.look_at("resp/age")
        before = place.record(record)["resp/age"]
        await place.pilot.press("e")
        await place.type("12")
        from textual.widgets import Static

        problem = place.app.screen.query_one(".window--problem", Static)
        await place.until(lambda: "18 and 110" in str(problem.render()), "the form's own words")
        await place.type("44")
        await place.confirm()
        await place.job_done()
        assert before != "44"
        assert place.record(record)["resp/age"] == "44"


async def test_marked_records_are_corrected_together(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        keys = [place.table.source.key(index) for index in (0, 1, 4)]
        place.table.set_marked(key for key in keys if key)
        place.look_at("remarks")
        await place.pilot.press("e")
        await place.type("seen 'twice' [/]\x1b]0;x")
        assert "control character" in str(place.app.screen.query_one(".window--problem").render())
        await place.type("seen 'twice' [/]x")
        await place.apply()
        await place.job_done()
        assert {place.record(int(key))["remarks"] for key in keys if key} == {"seen 'twice' [/]x"}
        assert place.record(int(place.table.source.key(2) or 0)).get("remarks") != "seen 'twice' [/]x"


async def test_what_is_not_an_answer_is_not_corrected(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, CLINIC) as place:
        for column, said in [
            ("_submitted_by", "Move to an answer"),
            ("_validation_status", "v sets"),
            ("patient", "repeat"),
            ("photo", "not corrected by hand"),
        ]:
            place.look_at(column)
            place.screen.do_edit()
            assert said in place.flashing, column


@pytest.mark.parametrize("uid", ["validation_status_on_hold", ""])
async def test_the_validation_status_of_marked_records(
    make_app: MakeApp, until: Until, demo: DemoServer, uid: str
) -> None:
    async with data_place(make_app, until, demo) as place:
        ids = [int(place.table.source.key(index) or 0) for index in (0, 1)]
        body = {"payload": {"submission_ids": ids, "validation_status.uid": "validation_status_approved"}}
        place.ask("PATCH", "validation_statuses/", json=body)
        await place.pilot.press("r")
        await place.until(lambda: place.shown("_validation_status") == "ok", "the status before")
        place.table.set_marked(map(str, ids))
        await place.pilot.press("v", "h" if uid else "minus")
        await place.apply()
        await place.job_done()
        assert {place.record(record)["_validation_status"].get("uid", "") for record in ids} == {uid}
        await place.until(lambda: place.shown("_validation_status", 1) == ("hold" if uid else "-"), "the new status")


async def test_deleting_takes_the_typed_number(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        ids = [int(place.table.source.key(index) or 0) for index in (0, 2)]
        place.table.set_marked(map(str, ids))
        await place.pilot.press("D")
        await place.apply("2")
        await place.job_done()
        assert place.count({"_id": {"$in": ids}}) == 0
        assert place.count() == 58
        await place.until(lambda: "of 58" in place.heading, "the rows that are left")
        assert place.table.marked == set()
        assert {place.table.source.key(index) for index in range(20)}.isdisjoint(map(str, ids))


async def test_a_duplicate_appears(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        record = place.look_at("_id", 1)
        await place.pilot.press("c")
        await place.confirm()
        await place.job_done()
        await place.until(lambda: "of 61" in place.heading, "the new record")
        made = int(place.app.job_states[0].made[0])
        assert place.record(made)["loc/region"] == place.record(record)["loc/region"]


async def test_marked_records_that_are_not_loaded_are_read(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        last = place.ask("GET", "", params={"limit": 1, "sort": '{"_id":1}'})["results"][0]["_id"]
        assert place.screen.loaded(last) is None
        place.table.set_marked({str(last)})
        await place.pilot.press("v", "n")
        await place.confirm()
        await place.job_done()
        assert place.record(last)["_validation_status"]["uid"] == "validation_status_not_approved"


async def test_a_read_only_account_changes_nothing(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo, read_only=True) as place:
        await place.pilot.press("v")
        assert "read only" in place.flashing


async def test_what_can_be_copied(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        record = place.look_at("_id")
        texts = place.screen.copies()
        assert texts["id"] == str(record)
        assert texts["UUID"] == place.record(record)["_uuid"]
        assert "$KOBOTUI_TOKEN" in texts["curl command"]
        shown = [text for text in texts.values() if isinstance(text, str)]
        assert not any(account.token in text for account in demo.accounts for text in shown)
        assert place.screen.raw() == place.record(record)


async def test_the_other_places_of_the_project(make_app: MakeApp, until: Until, demo: DemoServer) -> None:
    async with data_place(make_app, until, demo) as place:
        for key, name in [
            ("1", "summary"), ("2", "form"), ("3", "data"), ("4", "general"), ("5", "sharing"),
            ("tab", "general"), ("shift+tab", "form"),
        ]:  # fmt: skip
            await place.pilot.press(key)
            await place.until(lambda name=name: place.app.kobo_screen().place == name, name)
            await place.settled()
            if name != "data":
                place.app.kobo_screen().go_to_place("data")  # type: ignore[attr-defined]
                await place.settled()
