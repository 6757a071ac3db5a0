from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

import pytest
from rich.cells import cell_len

from kobotui.columns.cell import Cell, Column
from kobotui.widgets.rows import Row, rows_source
from kobotui.widgets.table import Table
from kobotui.widgets.table_view import SETTLE

from .samples import COLUMNS, HOSTILE, FakeSource, Stage, project_row, projects, until

if TYPE_CHECKING:
    from textual.binding import BindingType

SIZE = (60, 12)


async def test_it_shows_headings_rows_the_cursor_and_what_there_is_when_there_are_none():
    app = Stage(lambda: Table(COLUMNS, projects(range(3)), empty="No project matches."))
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(Table)
        assert app.text()[0].split() == ["Name", "Status", "Records", "Owner"]
        assert app.text()[1].startswith("| Project 0 ")
        assert app.text()[2].startswith("  Project 1 ")
        assert app.text()[4] == ""
        table.replace(projects(()))
        await pilot.pause()
        assert app.text()[1] == "  No project matches."
        assert table.cursor_key is None
        table.empty = "Loading ..."
        await pilot.pause()
        assert app.text()[1] == "  Loading ..."


async def test_columns_of_low_priority_give_way_and_come_back():
    app = Stage(lambda: Table(COLUMNS, projects(range(3))))
    async with app.run_test(size=(60, 12)) as pilot:
        for width, headings in ((40, ["Name", "Status"]), (10, ["Name"]), (60, ["Name", "Status", "Records", "Owner"])):
            await pilot.resize_terminal(width, 10)
            await pilot.pause()
            assert app.text()[0].split() == headings
            assert all(cell_len(line) <= width for line in app.text())


async def test_keys_move_the_cursor_and_say_so():
    app = Stage(lambda: Table(COLUMNS, projects(range(100))))
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(Table)
        await pilot.press("j", "down", "k", "pagedown", "enter")
        assert (table.cursor_index, table.top) == (12, 11)
        assert app.heard(Table.CursorMoved)[-1].key == "p12"
        (chosen,) = app.heard(Table.Chosen)
        assert (chosen.key, chosen.index, chosen.column) == ("p12", 12, "name")
        await pilot.press("G")
        assert table.cursor_key == "p99"
        assert app.text()[-1].startswith("| Project 99")
        await pilot.press("g")
        assert app.text()[1].startswith("| Project 0")


async def test_the_cursor_rests_once_after_many_moves():
    app = Stage(lambda: Table(COLUMNS, projects(range(100))))
    async with app.run_test(size=SIZE):
        table = app.query_one(Table)
        for _ in range(7):
            table.action_move(1)
        await until(lambda: app.heard(Table.CursorRested))
        assert [message.key for message in app.heard(Table.CursorRested)] == ["p7"]


async def test_the_cursor_follows_its_row():
    app = Stage(lambda: Table(COLUMNS, projects(range(100))))
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(Table)
        table.move_to(40)
        line = table.cursor_index - table.top
        table.replace(projects(range(100)[::-1]))
        assert (table.cursor_key, table.cursor_index, table.cursor_index - table.top) == ("p40", 59, line)
        table.replace(projects([3, 40, 77]))
        assert (table.cursor_key, table.cursor_index) == ("p40", 1)
        table.replace(projects([3, 4]))
        assert table.cursor_key == "p4"
        table.replace(projects(range(100)), keep=False)
        assert table.cursor_key == "p0"
        assert not table.move_to_key("gone")
        await pilot.pause()
        assert app.text()[1].startswith("| Project 0")


async def test_marks_are_kept_by_key():
    app = Stage(lambda: Table(COLUMNS, projects(range(10))))
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(Table)
        table.toggle_mark()
        table.action_move(2)
        table.mark_range()
        table.action_move(2)
        assert table.mark_range()
        assert table.marked == {"p0", "p3", "p4", "p5"}
        await pilot.pause()
        assert [line[:2] for line in app.text()[1:8]] == [" >", "  ", "  ", " >", " >", "|>", "  "]
        assert app.heard(Table.MarksChanged)[-1].marked == table.marked
        table.replace(projects([1, 2]))
        assert table.mark_all()
        assert table.marked == {"p0", "p1", "p2", "p3", "p4", "p5"}
        table.unmark_all()
        assert table.marked == set()


async def test_nothing_is_marked_when_a_row_is_not_loaded():
    source = FakeSource()
    source.load(0, 99)
    app = Stage(lambda: Table(COLUMNS, source))
    async with app.run_test(size=SIZE):
        table = app.query_one(Table)
        assert not table.mark_all()
        table.mark_range()
        table.move_to(200)
        assert not table.mark_range()
        assert table.marked == {"p0"}


async def test_rows_are_asked_for_when_they_come_into_view_and_shown_when_they_are_there():
    source = FakeSource()
    app = Stage(lambda: Table(COLUMNS, source))
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(Table)
        await pilot.pause()
        assert [(wanted.first, wanted.last) for wanted in app.heard(Table.Wanted)] == [(0, 10)]
        assert app.text()[1].startswith("| ...")
        source.load(0, 10)
        table.refresh_rows(0, 10)
        await pilot.pause()
        assert app.text()[1].startswith("| Project 0")
        assert table.cursor_key == "p0"
        await pilot.press("G")
        await until(lambda: app.heard(Table.Wanted)[-1].last == 999_999)
        source.load(999_950, 999_999)
        table.refresh_rows(999_950, 999_999)
        await pilot.pause()
        assert app.text()[-1].startswith("| Project 999999")


async def test_pages_that_rush_by_are_not_asked_for():
    source = FakeSource()
    app = Stage(lambda: Table(COLUMNS, source))
    async with app.run_test(size=SIZE):
        table = app.query_one(Table)
        await asyncio.sleep(SETTLE * 1.5)
        app.said.clear()
        for _ in range(30):
            table.action_page(1)
        await until(lambda: app.heard(Table.Wanted) and app.heard(Table.Wanted)[-1].first == table.top)
        wanted = [(message.first, message.last) for message in app.heard(Table.Wanted)]
        assert wanted[-1] == (table.top, table.top + 10)
        assert len(wanted) <= 2


async def test_a_failed_page_is_asked_for_again_when_the_source_has_changed():
    app = Stage(lambda: Table(COLUMNS, FakeSource(5)))
    async with app.run_test(size=SIZE) as pilot:
        app.query_one(Table).source_changed()
        await pilot.pause()
        assert [(wanted.first, wanted.last) for wanted in app.heard(Table.Wanted)] == [(0, 4), (0, 4)]


async def test_a_grid_moves_in_four_directions_and_keeps_its_frozen_column():
    columns = (Column("user", "User", 10), *(Column(f"c{n}", f"C{n}", 6) for n in range(30)))
    rows = [Row(str(n), (Cell(f"user{n}"), *(Cell(f"{n}/{c}") for c in range(30)))) for n in range(50)]
    app = Stage(lambda: Table(columns, rows_source(rows), cursor="cell", wide=True, gap=1, groups={"c0": "form"}))
    async with app.run_test(size=SIZE) as pilot:
        table = app.query_one(Table)
        assert "form" in app.text()[0]
        await pilot.press("l", "l", "j")
        assert (table.cursor_column_key, table.cursor_index) == ("c1", 1)
        table.move_to(1, 30)
        await pilot.pause()
        assert app.text()[1].split()[0] == "User"
        assert app.text()[1].split()[-1] == "C29"
        assert "1/29" in app.text()[3]
        await pilot.press("h", "enter")
        assert app.heard(Table.Chosen)[0].column == "c28"
        table.move_to(1, 0)
        table.move_to(1, 1)
        await pilot.pause()
        assert app.text()[1].split()[:2] == ["User", "C0"]


async def test_a_wide_list_moves_sideways_to_its_last_column():
    columns = (Column("id", "id", 8), *(Column(f"c{n}", f"C{n}", 10) for n in range(9)))
    rows = [Row(str(n), tuple(Cell(str(c)) for c in range(10))) for n in range(3)]
    app = Stage(lambda: Table(columns, rows_source(rows), wide=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("l", "l")
        assert app.text()[0].split()[:2] == ["id", "C2"]
        for _ in range(20):
            app.query_one(Table).action_sideways(1)
        await pilot.pause()
        assert app.text()[0].split()[-1] == "C8"
        assert app.text()[0].split()[0] == "id"
        app.query_one(Table).columns = columns[:3]
        await pilot.pause()
        assert app.text()[0].split() == ["id", "C0", "C1"]


async def test_keys_that_a_list_has_no_use_for_are_the_screens():
    class Screenful(Stage):
        BINDINGS: ClassVar[list[BindingType]] = [("h", "out"), ("space", "out")]
        outs = 0

        def action_out(self) -> None:
            self.outs += 1

    app = Screenful(lambda: Table(COLUMNS, projects(range(3))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("h", "space")
        assert app.outs == 2


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_data_and_keeps_its_place(text: str):
    rows = [Row(text, (Cell(text), Cell("after")), sign="\x1b")]
    columns = (Column("name", "Name", 20), Column("next", "Next", 8))
    app = Stage(lambda: Table(columns, rows_source(rows)))
    async with app.run_test(size=(80, 24)) as pilot:
        line = app.text()[1]
        assert all(char.isprintable() or char == "\u200d" for char in line)
        assert line.endswith("after")
        assert cell_len(line) == 2 + 20 + 2 + len("after")
        for size in ((40, 10), (3, 2), (80, 24)):
            await pilot.resize_terminal(*size)
        await pilot.pause()
        assert app.text()[1] == line


async def test_a_click_moves_the_cursor():
    app = Stage(lambda: Table(COLUMNS, projects(range(10)), cursor="cell"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(Table, offset=(30, 4))
        table = app.query_one(Table)
        assert (table.cursor_key, table.cursor_column_key) == ("p3", "status")


async def test_one_row_refreshed_is_one_row_made():
    made: list[int] = []

    class Source:
        def __len__(self) -> int:
            return 10_000

        def row(self, index: int) -> Row:
            made.append(index)
            return project_row(index)

        def key(self, index: int) -> str:
            return f"p{index}"

        def index_of(self, key: str) -> int:
            return int(key[1:])

    app = Stage(lambda: Table(COLUMNS, Source()))
    async with app.run_test(size=SIZE) as pilot:
        assert set(made) == set(range(11))
        made.clear()
        table = app.query_one(Table)
        table.refresh_row("p4")
        table.refresh_row("p4000")
        table.refresh_rows(500, 600)
        await pilot.pause()
        assert made == [4]


async def test_a_change_of_theme_reaches_the_rows():
    app = Stage(lambda: Table(COLUMNS, projects(range(3))))
    async with app.run_test(size=SIZE) as pilot:
        before = app.query_one(Table).render_line(1)
        app.theme = "textual-light"
        await pilot.pause()
        after = app.query_one(Table).render_line(1)
        assert before.text == after.text
        assert before != after
