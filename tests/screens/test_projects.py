"""The project list: what it shows, how it is narrowed, and what its keys do on the server."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from kobotui import cache
from kobotui.screens.copy import CopyScreen
from kobotui.screens.projects import ProjectsScreen
from kobotui.widgets.confirm_line import ConfirmLine
from kobotui.widgets.editors import TextEditor
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import MultiPicker
from kobotui.widgets.prompt import Prompt
from kobotui.widgets.side_panel import SidePanel
from kobotui.widgets.table import Table
from tests.conftest import picking
from tests.screens.lists import files, live, opened, project

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from kobotui.demo.server import DemoServer
    from kobotui.session import Session
    from tests.conftest import MakeApp, Until


def xlsform(*questions: tuple[str, str, str]) -> bytes:
    """A workbook with these questions: type, name, label."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "survey"
    for row in (("type", "name", "label"), *questions):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def requests_of(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request from now on, as ``GET /path``."""
    seen: list[str] = []
    choose = server.faults.choose

    def note(method: str, path: str) -> object:
        seen.append(f"{method} {path}")
        return choose(method, path)

    monkeypatch.setattr(server.faults, "choose", note)
    return seen


# Showing


async def test_rows_after_one_request_then_versions_of_those_in_view(
    demo: DemoServer, app: KoboApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = requests_of(demo, monkeypatch)
    async with opened(app, until) as ui:
        assert seen[0] == "GET /api/v2/assets/"
        changed, renamed = project(demo, "Distribution of relief"), project(demo, "Water points inventory")
        assert sorted(seen[1:]) == sorted(f"GET /api/v2/assets/{a.uid}/versions/" for a in (changed, renamed))
        assert ui.row_of(changed.uid)[1] == "deployed*"
        assert ui.row_of(renamed.uid)[1] == "deployed"
        assert ui.top == f"Projects  {len(live(demo))} of {len(live(demo))}"


async def test_a_draft_that_may_differ_has_a_question_mark(demo: DemoServer, app: KoboApp, until: Until) -> None:
    demo.faults.once(404, "/versions/", count=9)
    async with opened(app, until) as ui:
        assert ui.row_of(project(demo, "Distribution of relief").uid)[1] == "deployed?"


async def test_the_list_of_the_last_session_is_there_while_the_new_one_loads(
    demo: DemoServer, app: KoboApp, session: Session, until: Until
) -> None:
    async with opened(app, until) as ui:
        kept = list(ui.screen.store.by_uid.values())
    assert session.account is not None
    old = msgspec.structs.replace(kept[0], name="Before it was renamed")
    gone = msgspec.structs.replace(kept[1], uid="aGoneGoneGoneGoneGoneGo", name="Since deleted")
    cache.keep(session.account, [old, gone], session.now() - timedelta(hours=2), session.cache)
    demo.faults.once(path="/api/v2/assets/", delay=0.5)
    later = type(app)(session)
    async with later.run_test() as pilot:
        await until(pilot, lambda: isinstance(later.screen, ProjectsScreen) and later.screen.store.by_uid)
        screen = later.screen
        assert isinstance(screen, ProjectsScreen)
        table = screen.table
        assert [table.source.key(i) for i in range(len(table.source))] == [old.uid, gone.uid]
        assert screen.store.facts(None, session.now()).startswith("2 as of 2 h ago")
        await until(pilot, lambda: screen.store.complete)
        assert gone.uid not in screen.store.by_uid
        assert screen.store.by_uid[old.uid].name == kept[0].name


async def test_no_list_is_kept_when_the_settings_say_so(demo: DemoServer, session: Session, until: Until) -> None:
    from kobotui.app import KoboApp

    session.settings = msgspec.structs.replace(session.settings, cache_project_list=False)
    async with opened(KoboApp(session), until):
        pass
    assert session.account is not None
    assert cache.recall(session.account, session.cache) is None


async def test_a_list_that_breaks_off_says_so_and_r_reads_it_again(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until) as ui:
        demo.faults.once(500, "/api/v2/assets/", count=9)
        await ui.press("r")
        await ui.until(lambda: "not renewed" in ui.top or "only the first" in ui.top)
        assert "! details" in ui.said
        assert len(ui.names()) == len(live(demo))
        demo.faults.clear()
        await ui.press("r")
        await ui.until(lambda: ui.screen.store.complete)


async def test_a_server_that_answers_html_is_said_in_a_sentence(demo: DemoServer, app: KoboApp, until: Until) -> None:
    demo.faults.once(502, "/api/v2/assets/", count=99, html=True)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, ProjectsScreen) and not app.screen.store.reading)
        screen = app.screen
        assert isinstance(screen, ProjectsScreen)
        assert screen.table.empty.startswith("The list could not be read")
        assert "! details" in screen.query_one(KeyBar).flashing


async def test_an_account_without_projects_is_told_what_to_do(
    demo: DemoServer, make_app: MakeApp, until: Until
) -> None:
    for asset in demo.state.assets.values():
        asset.trashed = True
    async with opened(make_app(demo), until) as ui:
        assert "n on the project list makes one" in ui.screen.table.empty
        await ui.press("d")
        assert ui.said == "There is nothing here to apply this to."
        assert ui.screen.raw() is None
        assert ui.screen.copies() == {}


async def test_a_superuser_is_told_where_the_projects_are_and_is_not_held_back_by_rows(
    demo: DemoServer, make_app: MakeApp, until: Until
) -> None:
    from kobotui.demo.state import Row

    app = make_app(demo, "root")
    async with opened(app, until) as ui:
        assert "you are a superuser" in ui.screen.table.empty
        market = project(demo, "Market prices")
        market.rows.append(Row(demo.state.uid("p"), "root", "view_asset"))
        await ui.press("r")
        await ui.until(lambda: market.uid in ui.screen.store.by_uid)
        app.session.superuser = None
        await ui.to(market.uid)
        await ui.press("a")
        await ui.until(lambda: "superuser" in ui.said, "who this is")
        assert market.deployment_status == "deployed", "the key that was refused did nothing"
        await ui.press("a")
        await ui.agree()
        assert market.deployment_status == "archived"


async def test_the_side_panel_follows_the_cursor_where_there_is_room(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until, size=(120, 36)) as ui:
        panel = ui.screen.query_one(SidePanel)
        assert panel.region.right == 120
        assert ui.screen.table.region.right < panel.region.x
        clinic = project(demo, "Clinic visits")
        await ui.to(clinic.uid)
        await ui.until(lambda: ("UID", clinic.uid) in [(f.label, f.value) for f in panel._facts])
        await ui.press("p")
        assert not panel.display
        await ui.pilot.resize_terminal(80, 24)
        await ui.press("p")
        assert panel.display
        await ui.pilot.pause()
        assert panel.region.y == ui.screen.table.region.bottom
        assert ui.screen.table.region.height > 10


# Narrowing


async def test_the_filter_narrows_as_it_is_typed_and_marks_outlive_it(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until) as ui:
        household = project(demo, "Household")
        await ui.to(household.uid)
        await ui.press("space", "slash", "w", "a", "t", "e")
        assert ui.names() == ["Water points inventory (revised)"]
        await ui.press("enter", "asterisk")
        n = len(live(demo))
        assert ui.top == f"Projects  1 of {n}, 2 marked (1 hidden)   /wate"
        assert {p.uid for p in ui.screen.chosen()} == {household.uid, project(demo, "Water").uid}
        await ui.press("slash")
        await ui.until(lambda: ui.screen.query(Prompt))
        ui.screen.query_one(Prompt).text = ""
        await ui.press("escape")
        await ui.until(lambda: not ui.screen.query(Prompt))
        assert len(ui.names()) == n
        await ui.press("u")
        assert ui.top == f"Projects  {n} of {n}"


async def test_escape_leaves_the_filter_and_the_search_before_the_list(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until) as ui:
        await ui.press("F")
        await ui.answer("owner__username:admin")
        await ui.until(lambda: ui.screen.store.complete and len(ui.names()) < len(live(demo)))
        await ui.press("slash")
        await ui.answer("water", label="/")
        await ui.press("asterisk", "escape")
        assert len(ui.names()) > 1
        await ui.press("escape")
        await ui.until(lambda: ui.screen.store.complete and len(ui.names()) == len(live(demo)))
        assert len(ui.screen.table.marked) == 1, "and the marks are still there"
        assert app.screen is ui.screen
        await ui.press("escape")
        await ui.until(lambda: app.kobo_screen().place == "accounts")


async def test_escape_from_a_filter_brings_the_one_before_back(app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.press("slash")
        await ui.answer("water", label="/")
        await ui.press("slash", "x")
        assert ui.names() == []
        await ui.press("escape")
        await ui.until(lambda: not ui.screen.query(Prompt))
        assert ui.names() == ["Water points inventory (revised)"]


async def test_sorting_by_a_column_and_the_other_way_round(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.press("S")
        await ui.pick("name")
        await ui.until(lambda: ui.screen.table.columns[0].heading == "Name ^")
        rising = ui.names()
        assert rising[-1] == "(no name)"
        await ui.press("S")
        await ui.pick("name")
        await ui.until(lambda: ui.screen.table.columns[0].heading == "Name v")
        assert ui.names()[:-1] == rising[-2::-1]
        await ui.press("S")
        await ui.pick("records")
        await ui.until(lambda: ui.screen.table.columns[2].heading == "Records v")
        counts = [int(ui.row(i)[2]) for i in range(len(ui.names()) - 1)]
        assert counts == sorted(counts, reverse=True)


async def test_a_range_is_marked(app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.press("V", "j", "j", "V")
        assert len(ui.screen.chosen()) == 3


async def test_a_pasted_list_marks_and_names_what_is_unknown(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with opened(app, until) as ui:
        clinic, market = project(demo, "Clinic visits"), project(demo, "Market prices")
        await ui.press("M")
        await ui.until(lambda: isinstance(app.screen, TextEditor))
        area = app.screen.query_one("TextArea")
        area.text = f"{clinic.name}\n{demo.url}/#/forms/{market.uid}/summary\naUnknownUnknownUnknown9\n"  # type: ignore[attr-defined]
        await ui.press("ctrl+o")
        await ui.until(lambda: isinstance(app.screen, MessageBox))
        assert "aUnknownUnknownUnknown9" in app.screen._details  # type: ignore[attr-defined]
        assert ui.screen.table.marked == {clinic.uid, market.uid}
        await ui.press("escape", "u", "M")
        listed = tmp_path / "uids.txt"
        listed.write_text(f"{clinic.uid}\n")
        await ui.until(lambda: isinstance(app.screen, TextEditor))
        app.screen.query_one("TextArea").text = str(listed)  # type: ignore[attr-defined]
        await ui.press("ctrl+o")
        await ui.until(lambda: ui.screen.table.marked == {clinic.uid})


async def test_the_server_searches_in_its_own_language(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.press("F")
        await ui.answer("owner__username:ben")
        await ui.until(lambda: ui.names() == ["School visits, second term"])
        await ui.until(lambda: ui.screen.store.complete)
        assert ui.top == "Projects  1 of 1   F owner__username:ben"
        await ui.press("F")
        await ui.answer("owner__email:x")
        await ui.until(lambda: "! details" in ui.said)
        assert ui.names() == ["School visits, second term"]
        await ui.press("F")
        await ui.answer("")
        await ui.until(lambda: len(ui.names()) == len(live(demo)))


# One project or several


async def test_enter_opens_and_s_leads_to_sharing(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        clinic = project(demo, "Clinic visits")
        await ui.to(clinic.uid)
        for key, place in (("enter", "summary"), ("s", "sharing")):
            await ui.press(key)
            await ui.until(lambda: app.screen.place == place, place)  # noqa: B023
            assert app.screen.project.uid == clinic.uid  # type: ignore[attr-defined]
            await ui.press("escape")
            await ui.until(lambda: app.screen is ui.screen)


async def test_archive_and_unarchive(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        market = project(demo, "Market prices")
        await ui.to(market.uid)
        await ui.press("a")
        await ui.agree()
        assert market.deployment_status == "archived"
        assert ui.row_of(market.uid)[1] == "archived"
        await ui.press("a")
        assert "archived already" in ui.said
        await ui.press("A")
        await ui.agree()
        assert market.deployment_status == "deployed"
        assert ui.row_of(market.uid)[1] == "deployed"


async def test_a_redeploy_names_the_questions_that_disappear(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        changed = project(demo, "Distribution of relief")
        assert changed.version is not changed.deployed_version
        await ui.to(changed.uid)
        await ui.press("d")
        lines = await ui.apply()
        assert all(len(line) <= 78 for line in lines), "nothing of it is cut off"
        said = " ".join(line.strip() for line in lines)
        assert "! Distribution of relief items, Port Sud: 1 question of the live form disappears: signature" in said
        assert changed.version is changed.deployed_version
        assert ui.row_of(changed.uid)[1] == "deployed"


async def test_marked_projects_are_deployed_together(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        assets = [project(demo, "Distribution of relief"), project(demo, "Market prices")]
        await ui.to(*(asset.uid for asset in assets))
        await ui.press("d")
        lines = await ui.apply()
        assert any("1 project has nothing new to deploy" in line for line in lines)
        assert all(asset.version is asset.deployed_version for asset in assets)


async def test_a_clone_gets_the_name_asked_for_and_appears(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.to(project(demo, "Clinic visits").uid)
        await ui.press("c")
        await ui.answer("Clinic visits, east")
        await ui.agree()
        clone = project(demo, "Clinic visits, east")
        assert clone.deployment_status == "draft"
        await ui.until(lambda: clone.uid in ui.screen.store.by_uid)
        assert ui.row_of(clone.uid)[:2] == ["Clinic visits, east", "draft"]
        n = len(live(demo))
        assert ui.top == f"Projects  {n} of {n}"


async def test_several_marked_give_one_clone_each(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.to(project(demo, "Clinic visits").uid, project(demo, "Market prices").uid)
        await ui.press("c")
        await ui.apply()
        names = {asset.name for asset in live(demo).values()}
        assert {
            "Clinic visits (patients, visits and photos) (copy)",
            "Market prices, weekly / Prix du marché (copy)",
        } <= names


async def test_a_project_is_renamed(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        market = project(demo, "Market prices")
        await ui.to(market.uid)
        await ui.press("e")
        await ui.pick("name")
        await ui.answer("Prices [/] 2027", label="Name")
        await ui.agree()
        assert market.name == "Prices [/] 2027"
        assert ui.row_of(market.uid)[0] == "Prices [/] 2027"


async def test_description_and_tags_of_one_project(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        market = project(demo, "Market prices")
        await ui.to(market.uid)
        await ui.press("e")
        await ui.pick("description")
        await ui.until(lambda: isinstance(app.screen, TextEditor))
        app.screen.query_one("TextArea").text = "Weekly\nin two towns"  # type: ignore[attr-defined]
        await ui.press("ctrl+o")
        await ui.agree()
        assert market.settings["description"] == "Weekly\nin two towns"
        await ui.press("e")
        await ui.pick("tags")
        await ui.answer("prices, food aid")
        await ui.agree()
        assert sorted(market.tags) == ["food-aid", "prices"]


async def test_sector_countries_and_tags_of_several_projects(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        market, clinic = project(demo, "Market prices"), project(demo, "Clinic visits")
        market.tags = ["old"]
        await ui.to(market.uid, clinic.uid)
        await ui.press("e")
        await ui.pick("sector")
        await ui.pick("Humanitarian - Protection")
        await ui.apply()
        assert {a.settings["sector"]["value"] for a in (market, clinic)} == {"Humanitarian - Protection"}
        await ui.press("e")
        await ui.pick("country")
        await ui.until(lambda: picking(app, MultiPicker))
        app.screen.query_one(Table).set_marked({"KEN", "SOM"})
        await ui.press("enter")
        await ui.apply()
        for asset in (market, clinic):
            assert {country["value"] for country in asset.settings["country"]} == {"KEN", "SOM"}
        await ui.press("e")
        await ui.pick("add")
        await ui.answer("new")
        await ui.apply()
        assert (sorted(market.tags), sorted(clinic.tags)) == (["new", "old"], ["new"])
        await ui.press("e")
        await ui.pick("remove")
        await ui.answer("old")
        await ui.agree()
        assert sorted(market.tags) == ["new"]


async def test_deleting_takes_the_typed_number_and_the_project_goes(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until) as ui:
        market, clinic = project(demo, "Market prices"), project(demo, "Clinic visits")
        await ui.to(market.uid, clinic.uid)
        await ui.press("D")
        lines = await ui.apply("2")
        assert "submissions, which are deleted with it" in " ".join(line.strip() for line in lines)
        assert not {market.uid, clinic.uid} & set(live(demo))
        await ui.until(lambda: len(ui.names()) == len(live(demo)))
        assert ui.screen.table.marked == set()


async def test_a_project_deleted_from_its_summary_leads_back_to_the_list(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until) as ui:
        market = project(demo, "Market prices")
        await ui.to(market.uid)
        await ui.press("enter")
        await ui.until(lambda: getattr(app.screen, "detail", None))
        await ui.press("D")
        await ui.apply("1")
        await ui.until(lambda: app.screen is ui.screen)
        assert market.uid not in live(demo)
        assert market.uid not in ui.screen.store.by_uid


async def test_only_an_owner_may_delete(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.to(project(demo, "School visits").uid)
        await ui.press("D")
        assert "Delete project" in ui.said


async def test_a_read_only_account_changes_nothing(demo: DemoServer, make_app: MakeApp, until: Until) -> None:
    async with opened(make_app(demo, read_only=True), until) as ui:
        for key in "daceRDn":
            await ui.press(key)
            assert "read only" in ui.said, key


async def test_leaving_a_question_changes_nothing(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        n = len(live(demo))
        await ui.press("c")
        await ui.until(lambda: ui.screen.query(Prompt))
        await ui.press("escape")
        await ui.until(lambda: not ui.screen.query(Prompt))
        await ui.press("a")
        await ui.until(lambda: ui.screen.query(ConfirmLine))
        await ui.press("escape")
        await ui.until(lambda: not ui.screen.query(ConfirmLine))
        assert not app.job_states
        assert len(live(demo)) == n


# Form files


async def test_a_project_is_made_from_an_xlsform(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Latrine check.xlsx").write_bytes(xlsform(("integer", "n", "How many latrines?")))
    monkeypatch.chdir(tmp_path)
    async with opened(app, until) as ui:
        await ui.press("n")
        await ui.until(lambda: ui.screen.query(Prompt))
        await ui.press("L", "a", "tab")
        assert ui.screen.query_one(Prompt).text == "Latrine check.xlsx"
        await ui.press("enter")
        await ui.until(lambda: ui.screen.query(Prompt) and "Name" in ui.screen.query_one(Prompt)._label)
        await ui.answer(label="Name")
        await ui.agree()
        made = project(demo, "Latrine check")
        await ui.until(lambda: made.uid in ui.screen.store.by_uid)
        assert [row["name"] for row in made.content["survey"]] == ["n"]


async def test_what_is_wrong_with_a_form_is_shown_whole(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(b"this is no workbook")
    async with opened(app, until) as ui:
        n = len(live(demo))
        await ui.press("n")
        await ui.answer(str(tmp_path / "absent.xlsx"))
        await ui.until(lambda: ui.screen.query(Prompt))
        await ui.answer(str(path))
        await ui.until(lambda: ui.screen.query(Prompt) and "Name" in ui.screen.query_one(Prompt)._label)
        await ui.answer("Bad form", label="Name")
        await ui.until(lambda: ui.screen.query(ConfirmLine))
        await ui.press("enter")
        await ui.until(lambda: isinstance(app.screen, MessageBox))
        assert "Unsupported format, or corrupt file" in app.screen._sentence  # type: ignore[attr-defined]
        assert len(live(demo)) == n


async def test_a_form_is_replaced_and_stays_undeployed(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    path = tmp_path / "new.xlsx"
    path.write_bytes(xlsform(("integer", "n", "How many?")))
    async with opened(app, until) as ui:
        market = project(demo, "Market prices")
        await ui.to(market.uid)
        await ui.press("R")
        await ui.answer(str(path))
        lines = await ui.apply()
        assert "until you redeploy" in " ".join(line.strip() for line in lines)
        assert [row["name"] for row in market.content["survey"]] == ["n"]
        assert market.name.startswith("Market prices")
        await ui.until(lambda: ui.row_of(market.uid)[1] == "deployed*")


async def test_a_form_is_downloaded_and_nothing_is_overwritten_silently(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    async with opened(app, until) as ui:
        hostile = project(demo, "Box ")
        await ui.to(hostile.uid)
        await ui.press("f")
        await ui.pick("xls")
        await ui.answer(label="Save as")
        await ui.until(lambda: files(tmp_path, "*.xlsx"))
        (saved,) = files(tmp_path, "*.xlsx")
        assert saved.name.startswith("Box ^[[31mred")
        assert saved.read_bytes().startswith(b"PK")
        await ui.until(lambda: "Saved" in ui.said)
        saved.write_bytes(b"mine")
        await ui.press("f")
        await ui.pick("xls")
        await ui.answer(str(saved), label="Save as")
        await ui.until(lambda: ui.screen.query(ConfirmLine))
        await ui.press("escape")
        await ui.until(lambda: not ui.screen.query(ConfirmLine))
        assert saved.read_bytes() == b"mine"
        assert files(tmp_path) == [saved]


async def test_forms_of_marked_projects_go_into_a_directory(
    demo: DemoServer, app: KoboApp, until: Until, tmp_path: Path
) -> None:
    async with opened(app, until) as ui:
        await ui.to(project(demo, "Clinic visits").uid, project(demo, "Market prices").uid)
        await ui.press("f")
        await ui.pick("xls")
        await ui.answer(str(tmp_path))
        await ui.until(lambda: "Saved 2 of 2" in ui.said)
        assert len(files(tmp_path, "*.xlsx")) == 2


# Copying


async def test_copies_hold_no_key_and_collection_links_are_fetched(
    demo: DemoServer, app: KoboApp, until: Until
) -> None:
    async with opened(app, until) as ui:
        clinic = project(demo, "Clinic visits")
        await ui.to(clinic.uid)
        texts = ui.screen.copies()
        assert texts["UID"] == clinic.uid
        assert texts["Web link"] == f"{demo.url}/#/forms/{clinic.uid}/summary"
        assert "$KOBOTUI_TOKEN" in texts["curl command"]
        assert all(demo.accounts[0].token not in text for text in texts.values())
        await ui.press("y")
        await ui.pick("")
        await ui.until(lambda: picking(app) and app.screen._title == "Collection link")
        await ui.pick("View only")
        await ui.until(lambda: isinstance(app.screen, CopyScreen))
        assert app.screen.text.startswith("http")  # type: ignore[attr-defined]


async def test_raw_shows_what_the_list_holds(demo: DemoServer, app: KoboApp, until: Until) -> None:
    async with opened(app, until) as ui:
        await ui.to(project(demo, "Clinic visits").uid)
        raw = ui.screen.raw()
        assert isinstance(raw, dict)
        assert raw["owner__username"] == "admin"
