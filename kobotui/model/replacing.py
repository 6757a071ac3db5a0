"""Find and replace in answers: plain text, text whatever its capitals, a regular expression, or one choice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from kobotui.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

Way = Literal["text", "letters", "regex", "choice"]


class Replacing(Struct, frozen=True):
    """What is looked for, and what is put in its place; ``letters``: whatever its capitals."""

    way: Way
    find: str
    put: str = ""

    def in_text(self, text: str) -> str:
        """The text with every occurrence replaced; a pattern may take for ever over it."""
        match self.way:
            case "text":
                return text.replace(self.find, self.put)
            case "letters":
                return re.sub(re.escape(self.find), lambda _match: self.put, text, flags=re.IGNORECASE)
            case "regex":
                return re.sub(self.find, self.put, text)
        return self._in_choices(text)

    def _in_choices(self, text: str) -> str:
        """One choice in place of another where it stands, none of them twice; nothing in its place takes it away."""
        names = text.split()
        if self.find not in names:
            return text
        return " ".join(dict.fromkeys(name for n in names if (name := self.put if n == self.find else n)))


def find_problem(way: Way) -> Callable[[str], str | None]:
    """Why a text cannot be looked for, as a function of it."""

    def problem(find: str) -> str | None:
        if not find:
            return _("Type what to look for.")
        if way == "regex":
            try:
                re.compile(find)
            except (re.error, RecursionError, OverflowError) as error:
                return _("This is no regular expression: {why}").format(why=error)
        return None

    return problem


def put_problem(way: Way, find: str) -> Callable[[str], str | None]:
    """Why a text cannot be put in the place of what ``find`` finds."""

    def problem(put: str) -> str | None:
        if way == "regex":
            try:
                re.sub(find, put, "")
            except (re.error, IndexError) as error:
                return _("This cannot be put in its place: {why}").format(why=error)
        return None

    return problem
