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
        texts = []
        x = 0
        for key, name, here in self._places:
            texts.append((x, key, self._style("dim")))
            x += cell_width(key) + 1
            texts.append((x, name, self._style("bright" if here else "dim")))
            x += cell_width(name) + _GAP
        return self._joined(texts)
