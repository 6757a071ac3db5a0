"""The lock on the terminal's side: no control character leaves, whatever a widget was given."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from kobotui.model.text import shown


class CleanLines(LineFilter):
    """Shows as signs what ``shown`` would have: the screens' own door comes first, this is the second."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of a line, cleaned; untouched ones are passed on as they are."""
        del background
        return [
            segment if segment.control or (segment.text.isascii() and segment.text.isprintable()) else _clean(segment)
            for segment in segments
        ]


def _clean(segment: Segment) -> Segment:
    text = shown(segment.text)
    if text == segment.text:
        return segment
    # The same number of cells, so that the rest of the line stays in its place.
    from kobotui.model.text import fit, pad

    width = segment.cell_length
    return Segment(pad(fit(text, width), width), segment.style)
