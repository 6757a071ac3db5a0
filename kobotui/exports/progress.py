"""How far a long read has come: told to whoever shows it, a command or a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

Unit = Literal["records", "files", "bytes", "projects"]


class Progress(Struct, frozen=True, kw_only=True):
    """So much of so much."""

    what: str
    """Of what: a project's name, a file's; as the server has it."""
    done: int
    total: int | None = None
    unit: Unit = "records"


Report = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Tell nobody."""
