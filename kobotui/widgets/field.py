"""The field of several lines one types in."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import TextArea

from kobotui.model.text import typed

_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_HELD = {ord(char): 0xDC00 + place for place, char in enumerate(_BREAKS)}
_GIVEN = {held: char for char, held in _HELD.items()}
_LONE = {char: held for char, held in _HELD.items() if char != ord("\r")}


class Field(TextArea):
    """Text that comes out as it went in, but for what is typed; what would command the terminal is shown as signs.

    Textual splits lines wherever Unicode sees a break, and forgets which one it was; so all but line feeds are held
    meanwhile by halves of characters, which no text has. ``\\r\\n`` is the area's own business where all breaks are so.
    """

    def __init__(self, text: str) -> None:
        alike = text.count("\r") == text.count("\n") == text.count("\r\n")
        super().__init__(text.translate(_LONE if alike else _HELD), compact=True)
        self.cursor_blink = False

    @property
    def value(self) -> str:
        """The text with all its breaks."""
        return self.text.translate(_GIVEN)

    def get_line(self, line_index: int) -> Text:
        """A line to be shown; tabs are left to the area."""
        parts = self.document.get_line(line_index).translate(_GIVEN).split("\t")
        return Text("\t".join(map(typed, parts)), end="", no_wrap=True)
