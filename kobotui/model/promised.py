"""What the server promises of moments, counts and free JSON; anything else is refused where it is decoded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True)]
"""A moment with its zone: without one nobody knows when it was."""
Count = Annotated[int, Meta(ge=0, le=2**53)]
"""How many of something there are; more than 2**53 no server can hold."""
DEEPEST = 100
"""Levels of lists and objects in each other; MongoDB keeps no more either."""


def too_deep(value: object) -> bool:
    """Whether lists and objects lie deeper in each other than anything that means something."""
    level = [value]
    for _level in range(DEEPEST + 1):
        level = [part for outer in level for part in _parts(outer)]
        if not level:
            return False
    return True


def _parts(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
