from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kobotui.model.text import (
    cell_width,
    fit,
    guard_formula,
    json_text,
    pad,
    safe_filename,
    shown,
    typed,
    unguard_formula,
)

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text(
    "\x00\x1b\x9b\u202e\u2028\r\n\t\ud800ab é\u200d永️❤'=-"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda x: st.lists(x) | st.dictionaries(ANY_TEXT, x),
)
FORBIDDEN = {
    *map(chr, range(32)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
}


@given(JSON, st.booleans())
def test_nothing_that_commands_a_terminal_is_shown(value: object, one_line: bool) -> None:
    text = shown(value, one_line=one_line)
    found = FORBIDDEN & set(text)
    assert found <= (set() if one_line else {"\n"})
    assert not any(unicodedata.category(char) == "Cs" for char in text)
    text.encode()
    assert shown(text, one_line=one_line) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain [/]x [bold]", "plain [/]x [bold]"),
        ("\x1b]52;c;eA==\x07", "^[]52;c;eA==^G"),
        ("\x7f\x9b31m", "^?<U+009B>31m"),
        ("ab\u202egnp.exe", "ab<U+202E>gnp.exe"),
        ("one\r\ntwo\nthree\u2028four", "one / two / three / four"),
        ("a\tb", "a b"),
        ("\ud83d", "<U+D83D>"),
        ("می\u200cخواهم \u200e\u200f👩\u200d👧", "می\u200cخواهم \u200e\u200f👩\u200d👧"),
        (None, ""),
        (True, "true"),
        (3.5, "3.5"),
        ({"a": ["é", None]}, '{"a": ["é", null]}'),
        pytest.param(10**6000, "(int)", id="a number too long to print"),
    ],
)
def test_shown(value: object, expected: str) -> None:
    assert shown(value) == expected


@given(ANY_TEXT)
def test_what_is_typed_keeps_its_length_and_commands_nothing(text: str) -> None:
    signs = typed(text)
    assert len(signs) == len(text)
    assert shown(signs) == signs
    assert signs == text or shown(text) != text


def test_signs_of_what_is_typed() -> None:
    assert typed("a\x1b[2J\n\t\x7f\x9b\u202e\ud83d [/]é") == "a\u241b[2J\u240a\u2409\u2421\ufffd\ufffd\ufffd [/]é"


def test_json_to_be_read() -> None:
    assert json_text({"a": ["é"]}, indent=1) == '{\n "a": [\n  "é"\n ]\n}'
    deep: list[object] = []
    for _level in range(100_000):
        deep = [deep]
    assert json_text(deep, indent=2) == "(list)"


def test_lines_stay_lines_where_they_are_wanted() -> None:
    assert shown("a\r\nb\tc\x00", one_line=False) == "a\nb    c^@"


@given(ANY_TEXT, st.integers(-3, 30))
def test_fit_and_pad_keep_to_their_width(text: str, width: int) -> None:
    text = shown(text)
    cut = fit(text, width)
    assert cell_width(cut) <= max(width, 0)
    assert cut == text or width <= 0 or cell_len(text) > width or len(text) > width * 8
    assert cell_width(pad(text, width)) == max(width, 0)
    assert cell_width(pad(text, width, right=True)) == max(width, 0)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("Household", 9, "Household"),
        ("Household survey", 9, "Househo.."),
        ("永永永永", 8, "永永永永"),
        ("永永永永永", 8, "永永永.."),
        ("永永永永", 7, "永永.."),
        ("abc", 2, "ab"),
        ("e\u0301" * 4, 4, "e\u0301" * 4),
        ("e\u0301" * 6, 4, "e\u0301e\u0301.."),
        ("x", 0, ""),
    ],
)
def test_fit(text: str, width: int, expected: str) -> None:
    assert fit(text, width) == expected


def test_a_pile_of_marks_is_cut() -> None:
    assert len(fit("a" + "\u0301" * 10_000, 10)) < 100


def test_pad() -> None:
    assert pad("永", 4) == "永  "
    assert pad("12", 5, right=True) == "   12"


@given(ANY_TEXT)
def test_a_file_name_is_never_a_path(name: str) -> None:
    safe = safe_filename(name)
    assert safe
    assert PurePosixPath(safe).name == safe
    assert not safe.startswith((".", "-", "~", " "))
    assert not safe.endswith((".", " "))
    assert not set(safe) & (FORBIDDEN | set('\\/:*?"<>|'))
    assert len(safe.encode()) <= 160


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_._etc_passwd"),
        ("-rf", "rf"),
        ("..", "file"),
        ("", "file"),
        ("CON.txt", "_CON.txt"),
        ("Enquête ménage 2026.xlsx", "Enquête ménage 2026.xlsx"),
        ("C:\\temp\\a.jpg", "C__temp_a.jpg"),
        ("a" * 300 + ".xlsx", "a" * 145 + ".xlsx"),
    ],
)
def test_safe_filename(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@given(ANY_TEXT | st.text("'=+-@1. "))
def test_the_formula_guard_comes_off_again(cell: str) -> None:
    guarded = guard_formula(cell)
    assert unguard_formula(guarded) == cell
    assert guarded[:1] not in {"=", "@", "\t", "\r", "\n"}


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+254-700", "-1+2", "\t=1", "-cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_run_is_guarded(cell: str) -> None:
    assert guard_formula(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "-5", "+12.5", "-1.28 36.8 0 0", "-1.2 36.8 0 0;-1.3 36.9 0 0", "it's", "'quoted'"]
)
def test_numbers_and_plain_text_are_not(cell: str) -> None:
    assert guard_formula(cell) == cell
