"""The French catalogue: complete, as the source wants it, and such that every text can be filled in."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from kobotui import locale
from kobotui.action import EVERYWHERE
from kobotui.actions import ACTIONS, actions_of
from tools import catalogue

FIELDS = re.compile(r"\{(\w*)(?::\w+)?\}")
COLUMNS = 80


@pytest.fixture(scope="module", params=catalogue.LANGUAGES)
def kept(request: pytest.FixtureRequest) -> Catalog:
    """A catalogue as it lies in the repository."""
    with catalogue.path_of(request.param).open("rb") as file:
        return read_po(file, locale=request.param)


def pairs(kept: Catalog) -> Iterator[tuple[str, str]]:
    """Every text and its translation, plurals one by one."""
    for message in kept:
        if message.id:
            yield from zip(texts(message.id), texts(message.string), strict=True)


def texts(of: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else tuple(of)


def test_complete_and_fresh() -> None:
    assert catalogue.main(check=True) == 0, "run python tools/catalogue.py, and translate what it names"


def test_nothing_is_left_doubtful(kept: Catalog) -> None:
    assert [message.id for message in kept if message.fuzzy] == []
    assert kept.obsolete == {}


def test_what_is_filled_in_is_the_same(kept: Catalog) -> None:
    for text, translated in pairs(kept):
        assert sorted(FIELDS.findall(text)) == sorted(FIELDS.findall(translated)), text


def test_spaces_at_the_ends_and_line_breaks_stay(kept: Catalog) -> None:
    for text, translated in pairs(kept):
        assert text.count("\n") == translated.count("\n"), text
        assert (text[-1:] == " ", text[:1] == " ") == (translated[-1:] == " ", translated[:1] == " "), text


def test_two_plural_forms(kept: Catalog) -> None:
    assert kept.num_plurals == 2
    plurals: list[Message] = [message for message in kept if message.pluralizable]
    assert plurals
    for message in plurals:
        assert len(message.string) == 2, message.id


def test_typography(kept: Catalog) -> None:
    for _text, translated in pairs(kept):
        words = re.sub(r"https?://\S*|/\S+|\w+:\w+", "", translated)
        assert not re.search(r"[a-zéèàç]'[a-zéèàêh]", words), f"an apostrophe is ’: {translated}"
        assert not re.search(r"\w[;!?](\s|$)|\w:\s", words), f"a space before the sign: {translated}"
        assert "“" not in translated, translated
        assert "\u00a0" not in translated, translated


@pytest.mark.parametrize("screen", sorted({action.screen for action in ACTIONS} - {EVERYWHERE}))
def test_the_foot_has_room_for_french(screen: str) -> None:
    try:
        assert locale.choose("fr") == "fr"
        french = fitting(screen)
    finally:
        locale.choose("en")
    assert french >= fitting(screen) - 1


def fitting(screen: str) -> int:
    """How many keys fit into the foot of a usual screen."""
    room, count = COLUMNS - len(f"? {locale._('help')}"), 0
    for action in actions_of(screen):
        if action.footer and action.keys and action.verb != "help":
            room -= len(f"{action.shown_key} {locale._(action.label)}  ")
            count += room >= 0
    return count


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('_("One")', ["One"]),
        ("f\"{_('Inside')} it\"", ["Inside"]),
        ('ngettext("{n} thing", "{n} things", n).format(n=n)', [("{n} thing", "{n} things")]),
        ('_("One " "text")', ["One text"]),
        ("_(label)", []),
    ],
)
def test_texts_are_found(code: str, found: list[object]) -> None:
    assert list(catalogue.messages(ast.parse(code))) == found


def test_french_is_spoken_and_english_again(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        assert locale.choose("fr") == "fr"
        assert locale._("submissions") == "soumissions"
        assert [locale.ngettext("{n} user", "{n} users", n) for n in (0, 1, 2)] == [
            "{n} utilisateur",
            "{n} utilisateur",
            "{n} utilisateurs",
        ]
        monkeypatch.setenv("LC_ALL", "fr_CH.UTF-8")
        assert locale.choose() == "fr"
    finally:
        assert locale.choose("en") == "en"
    assert locale._("submissions") == "submissions"


def test_the_installed_file_is_the_one_that_is_read() -> None:
    place = Path(locale.__file__).parent
    for language in catalogue.LANGUAGES:
        assert gettext.find(locale.DOMAIN, place, [language]) == str(catalogue.path_of(language).with_suffix(".mo"))
