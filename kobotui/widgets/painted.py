"""Widgets that draw their own lines, and repaint only the cells that differ from what is on the screen."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from kobotui.model.text import cell_width, fit, pad, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STYLES: dict[str, tuple[str, Style]] = {
    "dim": ("", Style(dim=True)),
    "bright": ("", Style(bold=True)),
    "heading": ("", Style(bold=True)),
    "warn": ("warning", Style()),
    "bad": ("error", Style(bold=True)),
    "good": ("success", Style()),
    "accent": ("accent", Style()),
    "pending": ("accent", Style(bold=True)),
}
"""Name of a style -> the theme's colour, if any, and what comes with it.

Not component classes of a style sheet: Textual would work out all of them twice for every widget, before the first
screen is there."""
_NEAR = 40
"""Cells that are cheaper to write again than the cursor is to move and the colours to set."""
REVERSE = Style(reverse=True)

Piece = tuple[str, Style]


def cell_text(text: str, width: int, right: bool = False) -> str:
    """Clean text in exactly ``width`` cells. Of a long text no more is looked at than the eye could see: a cell may
    hold a book, or a thousand marks on one letter."""
    return _cell_text(text[: width * 4 + 16], width, right)


@lru_cache(maxsize=8192)
def _cell_text(text: str, width: int, right: bool) -> str:
    return pad(shown(text), width, right)


def wrapped(text: str, width: int, most: int = 0) -> list[str]:
    """Clean lines of at most ``width`` cells, broken between words where there are any; indents stay.

    ``most``: how many of them are looked at, 0 all; one more tells that there are others.
    """
    if most:
        text = text[: (most + 1) * max(2, width) * 8]  # no script stacks more marks than that on one cell
    lines: list[str] = []
    for paragraph in shown(text, one_line=False).split("\n"):
        line: str | None = None
        used = 0
        for word in paragraph.split(" "):
            rest, wide = word, _width_to(word, width)
            if line is not None:
                if used + 1 + wide <= width:
                    line, used = f"{line} {word}", used + 1 + wide
                    continue
                if line.strip():
                    lines.append(line)
                else:
                    rest = f"{line} {word}"
                    wide = _width_to(rest, width)
            while wide > width and (head := fit(rest, max(2, width), end="")) != rest:
                lines.append(head)
                rest = rest[len(head) :]
                wide = _width_to(rest, width)
            line, used = rest, wide
        lines.append(line or "")
    return lines[: most + 1] if most else lines


def _width_to(text: str, width: int) -> int:
    """The cells of the text; of one that is longer than ``width`` only that it is, however long it is."""
    return cell_width(text) if len(text) <= width * 8 else width + 1


def changed_spans(old: Sequence[Piece], new: Sequence[Piece], width: int) -> list[tuple[int, int]]:
    """First and end cells of what differs; what lies close together is one span."""
    if old == new:
        return []
    if len(old) != len(new):
        return [(0, width)]
    spans: list[tuple[int, int]] = []
    x = 0
    for before, after in zip(old, new, strict=True):
        size = cell_width(after[0])
        if before != after:
            if cell_width(before[0]) != size:
                return [(0, width)]
            start = spans.pop()[0] if spans and x - spans[-1][1] < _NEAR else x
            spans.append((start, x + size))
        x += size
    return spans


class Painted(Widget):
    """A widget made of lines of styled pieces; subclasses say what each line is, and call ``_paint`` on changes."""

    ALLOW_SELECT = False

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)  # as large as it is: nothing scrolls

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[list[Piece]] = []
        self._painted_size = Size(0, 0)
        self._styles: dict[str, Style] = {}

    def _line(self, y: int) -> list[Piece]:
        """The pieces of line ``y``; together as wide as the widget."""
        raise NotImplementedError

    def _arrange(self) -> None:
        """Called before the lines are made for a new size."""

    def _painted(self) -> None:
        """Called when lines were made."""

    def _paint(self, lines: Iterable[int] | None = None) -> None:
        """Make the lines anew and repaint the cells that differ."""
        if self._painted_size != self.size:
            return  # the first render, or the one after a resize, makes them all
        width, height = self.size
        for y in range(height) if lines is None else lines:
            line = self._line(y)
            spans = changed_spans(self._lines[y], line, width)
            self._lines[y] = line
            if spans:
                self.refresh(*(Region(start, y, end - start, 1) for start, end in spans))
        self._painted()

    def render_line(self, y: int) -> Strip:
        if self._painted_size != self.size:
            self._arrange()
            self._painted_size = self.size
            self._lines = [self._line(line) for line in range(self.size.height)]
            self._painted()
        segments: list[Segment] = []
        text, style = self._lines[y][0]
        for more, its_style in self._lines[y][1:]:
            if its_style == style:
                text += more
            else:
                segments.append(Segment(text, style))
                text, style = more, its_style
        segments.append(Segment(text, style))
        return Strip(segments, self.size.width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        if self.is_mounted:
            self._paint()

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            colour, more = STYLES.get(name, ("", Style()))
            if colour:
                more += Style(color=Color.parse(self.app.theme_variables[colour]).rich_color)
            self._styles[name] = self.rich_style + more
        return self._styles[name]

    def _joined(self, texts: Iterable[tuple[int, str, Style]]) -> list[Piece]:
        """Pieces that fill the line: the given ones, each at its first cell, and blanks between."""
        plain = self._style("")
        width = self.size.width
        pieces: list[Piece] = []
        end = 0
        for x, text, style in texts:
            if x > end:
                pieces.append((" " * (x - end), plain))
            if text:
                pieces.append((text, style))
            end = x + cell_width(text)
        if end < width:
            pieces.append((" " * (width - end), plain))
        return pieces or [("", plain)]
