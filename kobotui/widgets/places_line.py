"""The places of a project in one line, with the keys that lead there."""

from __future__ import annotations

from collections.abc import Sequence

from kobotui.model.text import cell_width
from kobotui.widgets.painted import Painted, Piece

_GAP = 2


class PlacesLine(Painted):
    """``1 SUMMARY  2 FORM  3 DATA``: the one where we are is bright."""

    DEFAULT_CSS = "PlacesLine { height: 1; dock: top; margin-top: 1; }"

    def __init__(self, places: Sequence[tuple[str, str, bool]], *, id: str | None = None) -> None:
        """``places``: key, name, whether this is where we are."""
        super().__init__(id=id)
        self._places = tuple(places)

    def _line(self, y: int) -> list[Piece]:
        length = sum(cell_width(key) + 1 + cell_width(name) for key, name, _here in self._places)
        gap = _GAP if length + _GAP * (len(self._places) - 1) <= self.size.width else 1
        texts = []
        x = 0
        for key, name, here in self._places:
            texts.append((x, key, self._style("dim")))
            x += cell_width(key) + 1
            texts.append((x, name, self._style("bright" if here else "dim")))
            x += cell_width(name) + gap
        return self._joined(texts)
