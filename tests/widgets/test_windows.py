"""Pickers, editors, the message box and the plot."""

from __future__ import annotations

from base64 import b64decode
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from textual._compositor import LayoutUpdate
from textual.events import Key

from kobotui.widgets.editors import editor_for
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.painted import wrapped
from kobotui.widgets.picker import Choice, MultiPicker, Picker
from kobotui.widgets.plot import Plot, day_lines
from kobotui.widgets.table import Table
from kobotui.widgets.top_line import TopLine

from .samples import HOSTILE, Stage, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

SECTORS = [Choice("health", "Health"), Choice("water", "Water", "and sanitation"), Choice("food", "Food [/]security")]


async def given(window: Screen[Any], *keys: str, size: tuple[int, int] = (80, 24)) -> Any:
    """What the window gives for these keys."""
    results: list[Any] = []
    app = Stage()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(window, results.append)
        await pilot.press(*keys)
        await pilot.pause()
    assert len(results) == 1, "still open"
    return results[0]


async def test_a_picker_narrows_by_words_and_gives_the_key():
    assert await given(Picker("Sector", SECTORS), "s", "a", "n", "i", "enter") == "water"
    assert await given(Picker("Sector", SECTORS), "down", "down", "enter") == "food"
    assert await given(Picker("Sector", SECTORS, selected="water"), "enter") == "water"
    assert await given(Picker("Sector", SECTORS), "x", "x", "enter", "escape") is None


async def test_a_picker_takes_hostile_labels_and_a_small_terminal():
    choices = [Choice(str(place), text, text) for place, text in enumerate(HOSTILE)]
    assert await given(Picker("[/]\x1b]0;x\x07", choices), "down", "enter", size=(20, 8)) == "1"


async def test_what_is_behind_a_window_can_still_be_read():
    class Styled(Stage):
        CSS = "Screen { background: $background; } ModalScreen { background: $background; }"

    app = Styled(TopLine)
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(TopLine).show_where("Projects", "3 of 3")
        await app.push_screen(Picker("Sector", SECTORS))
        await pilot.pause()
        frame = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
        assert isinstance(frame, LayoutUpdate)
        assert "".join(strip.text for strip in frame.strips[0]).startswith("Projects  3 of 3")


async def test_several_are_picked_by_space():
    assert await given(MultiPicker("S", SECTORS, selected=["food"]), "down", "space", "enter") == ("water", "food")
    assert await given(MultiPicker("S", SECTORS, selected=["health"]), "space", "enter") == ()
    assert await given(MultiPicker("S", SECTORS), "escape") is None


@pytest.mark.parametrize(
    ("kind", "value", "keys", "result"),
    [
        ("integer", "1", ("2", "enter"), "12"),
        ("integer", "1", ("backspace", "enter"), ""),
        ("decimal", "1.", ("5", "enter"), "1.5"),
        ("date", "2026-02-2", ("8", "enter"), "2026-02-28"),
        ("time", "14:0", ("5", "enter"), "14:05"),
        ("text", "a", ("b", "escape", "escape"), None),
        ("text", "a\x1b]52;c\u202e", ("b", "enter"), "a\x1b]52;c\u202eb"),
        ("text", "one\r\ntwo", ("ctrl+o",), "one\r\ntwo"),
        ("text", "one\ntwo", ("enter", "x", "ctrl+o"), "one\ntwo\nx"),
    ],
)
async def test_editors_by_type(kind: str, value: str, keys: tuple[str, ...], result: str | None):
    assert await given(editor_for(kind, "How many?", value), *keys) == result


async def test_a_text_and_the_key_that_accepts_it_may_come_in_one_burst():
    app = Stage()
    results: list[Any] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(editor_for("text", "Notes", "one\n"), results.append)
        await pilot.pause()
        for key in (*"two", "ctrl+o"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(lambda: results)
        assert results == ["one\ntwo"]


async def test_choices_keep_what_is_not_in_the_list():
    choices = [Choice("yes", "Yes"), Choice("no", "No")]
    assert await given(editor_for("select_one", "?", "maybe", choices=choices), "enter") == "maybe"
    assert await given(editor_for("select_one", "?", "yes", choices=choices), "down", "enter") == "no"
    assert await given(editor_for("select_one", "?", "yes", choices=choices), "down", "down", "enter") == ""
    several = editor_for("select_multiple", "?", "odd no", choices=choices)
    assert await given(several, "down", "space", "enter") == "odd yes no"
    assert await given(editor_for("select_multiple", "?", "no yes", choices=choices), "enter") == "no yes"
    assert await given(editor_for("rank", "?", "no yes", choices=choices), "x", "enter") == "no yesx"


async def test_a_check_says_why_and_keeps_the_window_open():
    def check(text: str) -> str | None:
        return "Must be 15 or more." if text and int(text) < 15 else None

    app = Stage()
    results: list[Any] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(editor_for("integer", "Age", "20", check=check), results.append)
        await pilot.press("backspace", "backspace", "9", "enter")
        assert "Must be 15 or more." in "\n".join(app.text())
        assert not results
        await pilot.press("9", "enter")
        await pilot.pause()
        assert results == ["99"]


async def test_the_message_box_shows_scrolls_and_copies(monkeypatch: pytest.MonkeyPatch):
    app = Stage()
    sent: list[str] = []
    async with app.run_test(size=(60, 16)) as pilot:
        details = "GET /api/v2/assets/\n" + "\n".join(HOSTILE[:2]) + "\nlast line " + "word " * 40
        await app.push_screen(MessageBox("Details", "The server said no [/].", details))
        await pilot.pause()
        text = "\n".join(app.text())
        assert "The server said no [/]." in text
        assert "GET /api/v2/assets/" in text
        assert "\x1b" not in text
        assert "a^[]52;c;aGk=^Gb" in text
        monkeypatch.setattr(app._driver, "write", sent.append)
        await pilot.press("y")
        copied = b64decode("".join(sent).partition("\x1b]52;c;")[2].partition("\x07")[0]).decode()
        assert copied.startswith("The server said no [/].\n\nGET")
        await pilot.press("q")
        assert len(app.screen_stack) == 1


async def test_a_message_as_long_as_a_book_scrolls_and_a_title_gives_way():
    app = Stage()
    async with app.run_test(size=(60, 16)) as pilot:
        await app.push_screen(MessageBox("title " * 5000, "The form is wrong: " + "row " * 5000 + "last", "details"))
        await pilot.pause()
        assert "The form is wrong" in "\n".join(app.text())
        table = app.screen.query_one(Table)
        await pilot.press("G")
        row = table.source.row(table.cursor_index)
        assert row
        assert row.cells[0].text == "details"


async def test_the_plot_follows_its_size():
    days = [(date(2026, 3, 1) + timedelta(days=place), place * 3) for place in range(31)]
    app = Stage(Plot)
    async with app.run_test(size=(80, 14)) as pilot:
        plot = app.query_one(Plot)
        plot.show(partial(day_lines, days))
        await pilot.pause()
        assert app.text()[0].startswith("90 ")
        assert app.text()[11].split()[-2:] == ["31", "Mar"]
        await pilot.resize_terminal(25, 14)
        await pilot.pause()
        assert app.text()[0].strip() == "2 days to a bar", "a bar for each has no room"
        assert all(line.isascii() for line in app.text())
        plot.show(partial(day_lines, [(day, 0) for day, _records in days]))
        await pilot.pause()
        assert "".join(app.text()) == "No records in these days."


def texts(days: Sequence[tuple[date, int]], width: int, height: int) -> list[str]:
    """The lines of a plot without their styles."""
    return [text for text, _style in day_lines(days, width, height)]


def test_the_highest_bar_is_the_most_and_dates_stand_below():
    days = [(date(2026, 3, 1) + timedelta(days=place), records) for place, records in enumerate((0, 1, 500, 1000))]
    lines = texts(days, 40, 6)
    assert lines[0].startswith("1,000")
    assert lines[0].split()[-1] == "#####"
    assert lines[-2].split() == ["0", "#####", "#####", "#####"]
    assert lines[-1].split() == ["2", "Mar", "4", "Mar"]
    assert lines[-1].index("4") == lines[0].index("#"), "a date begins below its bar"
    assert texts([(date(2026, 3, 1), 0)], 40, 6) == ["No records in these days."]
    assert texts([], 40, 6) == [], "nothing is known yet"


def test_records_are_counted_in_whole_numbers():
    days = [(date(2026, 3, 1) + timedelta(days=place), records) for place, records in enumerate((3, 5, 1))]
    heights = [line[:4].rstrip("# ") for line in texts(days, 40, 10)[:-1]]
    assert [height for height in heights if height] == ["5", "2", "0"]
    assert [line[0] for line in texts([(date(2026, 3, 1), 1)], 40, 6)[:-1] if line[0] != " "] == ["1", "0"]


def test_a_plot_too_narrow_to_be_read_is_left_out():
    days = [(date(2026, 3, 1), 4)]
    assert texts(days, 3, 6) == []


def test_wrapping_keeps_indents():
    assert wrapped('  "name":\n    [1, 2]', 8) == ['  "name"', ":", "    [1,", "2]"]


@pytest.mark.parametrize("text", HOSTILE)
def test_wrapping_loses_nothing_that_can_be_seen(text: str):
    from rich.cells import cell_len

    from kobotui.model.text import shown

    for width in (2, 7, 30):
        lines = wrapped(text, width)
        assert all(cell_len(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == shown(text, one_line=False).replace("\n", "").replace(" ", "")
