"""A few lines below a table that say in words what the cell under the cursor means."""

from __future__ import annotations

from kobotui.widgets.painted import Painted, Piece, wrapped


class WordsLine(Painted):
    """Text from anywhere, wrapped into the lines there are."""

    DEFAULT_CSS = "WordsLine { height: 2; margin: 0 2; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._texts: list[str] = []

    def say(self, text: str) -> None:
        """Other words; nothing is painted again where they are the same."""
        self._text = text
        self._arrange()
        self._paint()

    def _arrange(self) -> None:
        self._texts = wrapped(self._text, max(2, self.size.width), max(1, self.size.height))

    def _line(self, y: int) -> list[Piece]:
        text = self._texts[y] if y < len(self._texts) else ""
        return self._joined([(0, text, self._style("dim"))])
