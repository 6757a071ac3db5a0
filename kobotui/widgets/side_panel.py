"""Facts about the thing under the cursor, beside or below a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kobotui.model.text import cell_width, fit, shown
from kobotui.widgets.painted import Painted, Piece, cell_text, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL_AT_MOST = 16


class Fact(Struct, frozen=True):
    """A label and a value; without a label the value has the whole line."""

    label: str
    value: str
    style: str = ""


class SidePanel(Painted):
    """A title and facts, long values wrapped; what does not fit is left out below."""

    DEFAULT_CSS = "SidePanel { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._title = ""
        self._facts: tuple[Fact, ...] = ()
        self._texts: list[tuple[str, str, str]] = []

    def show(self, title: str, facts: Sequence[Fact]) -> None:
        """Other facts; what stays the same is not painted again."""
        self._title, self._facts = shown(title), tuple(facts)
        self._arrange()
        self._paint()

    def _arrange(self) -> None:
        width = self.size.width
        labels = min(_LABEL_AT_MOST, max((cell_width(shown(fact.label)) for fact in self._facts), default=0))
        self._texts = [("", fit(f"---- {self._title} ", width).ljust(width, "-"), "dim")] if self._title else []
        for fact in self._facts:
            label = cell_text(fact.label, labels) + "  " if fact.label else ""
            room = max(1, width - cell_width(label))
            for line in wrapped(shown(fact.value)[: room * 40], room):
                self._texts.append((label, line, fact.style))
                label = " " * cell_width(label)

    def _line(self, y: int) -> list[Piece]:
        label, text, style = self._texts[y] if y < len(self._texts) else ("", "", "")
        return self._joined([(0, label, self._style("dim")), (cell_width(label), text, self._style(style))])
