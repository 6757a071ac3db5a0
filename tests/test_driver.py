"""The thrifty driver: whatever is drawn, an emulator shows the same cells as without it, for fewer bytes."""

from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from kobotui.driver import Picture, certain
from kobotui.model.text import cell_width

COLUMNS, LINES = 24, 6
SGR = (
    "0",
    "1",
    "7",
    "31",
    "38;2;1;2;3",
    "1;48;5;17",
    "2",
    "4;38;5;9;44",
    "97;100",
    "38;2;1;2;3;48;2;4;5;6",
    "48;2;4;5;6",
)
NARROW = st.text("abc  é-Жя", min_size=1, max_size=10)
ANY = st.text("abc  é漢字👍-Жя", min_size=1, max_size=10)


def cut(text: str, columns: int) -> str:
    """As much of a text as fits."""
    while cell_width(text) > columns:
        text = text[:-1]
    return text


def styled(draw: st.DrawFn, text: str) -> str:
    return f"\x1b[{draw(st.sampled_from(SGR))}m{text}\x1b[0m"


@st.composite
def spans(draw: st.DrawFn) -> str:
    """A text at a place, over whatever stands there."""
    row, column = draw(st.integers(0, LINES - 1)), draw(st.integers(0, COLUMNS - 1))
    return f"\x1b[{row + 1};{column + 1}H{styled(draw, cut(draw(NARROW), COLUMNS - column))}"


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A whole line; of what remains of half a wide character terminals think differently."""
    out = f"\x1b[{draw(st.integers(1, LINES))};1H"
    room = COLUMNS
    while room:
        text = cut(draw(ANY), room) or " " * room
        out += styled(draw, text)
        room -= cell_width(text)
    return out


def frames(piece: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.lists(piece, min_size=1, max_size=6).map("".join), min_size=1, max_size=8)


class Emulator:
    """A terminal that shows what it is sent."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def cells(self) -> list[list[tuple[object, ...]]]:
        """What the eye can tell apart: a blank has no foreground."""
        return [[seen(self.screen.buffer[row][column]) for column in range(COLUMNS)] for row in range(LINES)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    blank = cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
    return (cell.data, cell.bg) if blank else tuple(cell)[:9]


@settings(max_examples=300, deadline=None)
@given(frames(spans()) | frames(lines()))
def test_the_screen_is_the_same_as_without_it(written: list[str]) -> None:
    plain, thrifty, picture = Emulator(), Emulator(), Picture()
    for frame in ["".join(f"\x1b[{row + 1};1H{' ' * COLUMNS}" for row in range(LINES)), *written]:
        plain.feed(frame)
        thrifty.feed(picture.write(frame))
        assert thrifty.cells() == plain.cells()


def test_an_equal_frame_costs_nothing() -> None:
    picture = Picture()
    frame = "\x1b[1;1H\x1b[1;31mProjects\x1b[0m  312 of 312\x1b[2;1Hname\x1b[3;1H"
    assert picture.write(frame)
    assert picture.write(frame) == ""


def test_one_changed_cell_is_a_move_and_a_character() -> None:
    picture = Picture()
    picture.write("\x1b[1;1Habcdefghijklmnopqrstuvwxyz\x1b[1;1H")
    assert picture.write("\x1b[1;1HabcdefghijklmnopqrstuvwxyZ\x1b[1;1H") == "\x1b[25CZ\x1b[1H"


def test_of_the_colours_only_what_changes_is_sent() -> None:
    picture = Picture()
    dark = "48;2;4;5;6"
    frame = f"\x1b[1;1H\x1b[31;{dark}mred\x1b[0m\x1b[{dark}m  \x1b[0m\x1b[1;32;{dark}mgreen\x1b[0m\x1b[1;1H"
    assert picture.write(frame) == f"\x1b[1H\x1b[0;31;{dark}mred  \x1b[1;32mgreen\x1b[1H"
    assert picture.write(f"\x1b[1;4H\x1b[31;{dark}m  \x1b[0m\x1b[1;1H") == "", "a blank has no foreground"


def test_nothing_is_taken_for_granted_after_what_it_cannot_read() -> None:
    picture = Picture()
    picture.write("\x1b[1;1Habc")
    assert picture.write("\x1b[2J").endswith("\x1b[2J")
    assert "abc" in picture.write("\x1b[1;1Habc")
    picture.write("\x1b[?1049h")
    assert "abc" in picture.write("\x1b[1;1Habc")


def test_modes_and_the_clipboard_pass_and_change_nothing() -> None:
    picture = Picture()
    picture.write("\x1b[1;1Habc")
    for sequence in ("\x1b[?25l", "\x1b[?2026h", "\x1b[>1u", "\x1b]52;c;YQ==\x07", "\x1b]22;default\x07", "\x07"):
        assert picture.write(sequence) == sequence
    assert picture.write("\x1b[1;1Habc") == ""


def test_a_line_with_characters_of_unsure_width_is_sent_whole_when_it_changes() -> None:
    assert not certain("👍")
    assert not certain("ก")
    assert not certain("ا")
    assert certain("漢")
    assert certain("é")
    picture = Picture()
    picture.write("\x1b[1;1Hأحمد and more")
    assert picture.write("\x1b[1;1Hأحمد and mure").endswith("أحمد and mure")
    assert picture.write("\x1b[1;1Hأحمد and mure") == ""
