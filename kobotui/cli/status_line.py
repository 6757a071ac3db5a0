"""One line on standard error, painted over itself; nothing where that is no terminal."""

from __future__ import annotations

import os
import sys

from kobotui.cli.output import tell
from kobotui.model.text import cell_width, fit, shown


class StatusLine:
    """The line: how far something is."""

    def __init__(self) -> None:
        self.painting = sys.stderr.isatty()
        self._width = 0
        """Of what stands on the line."""

    def paint(self, text: str) -> None:
        """What the line says now."""
        if not self.painting:
            return
        text = fit(shown(text), _columns() - 1)
        width = cell_width(text)
        tell(f"\r{text}{' ' * (self._width - width)}")
        self._width = width

    def leave(self) -> None:
        """Something else is about to be written: the line stays as it is."""
        if self._width:
            tell("\n")
            self._width = 0

    def clear(self) -> None:
        """Nothing is left of the line."""
        if self._width:
            tell(f"\r{' ' * self._width}\r")
            self._width = 0


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
