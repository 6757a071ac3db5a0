"""What a table shows: columns, and cells of clean text with the name of a style."""

from __future__ import annotations

from msgspec import Struct


class Column(Struct, frozen=True):
    """One column of a table."""

    key: str
    heading: str
    width: int
    """Cells, without the space between columns."""
    right: bool = False
    priority: int = 0
    """When the screen is narrow, columns of the lowest priority go first."""
    flexible: bool = False
    """Takes the width that is left over."""


class Cell(Struct, frozen=True):
    """One cell; ``style`` is "", dim, bright, warn, bad, good, accent, pending or heading."""

    text: str
    style: str = ""
