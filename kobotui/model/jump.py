"""Where to go in a table of records, as it is typed: to a row by its number, or to a record by its id or uuid."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

_NUMBER = re.compile(r"#?\d{1,18}", re.ASCII)
_UUID = re.compile(r"(uuid:)?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})", re.ASCII)


class Jump(NamedTuple):
    """``row``: ``value`` is its position from 1; ``record``: ``_id``, or current or root uuid."""

    to: Literal["row", "record"]
    value: int | str


def read_jump(text: str, rows: int) -> Jump | None:
    """What is meant in a table of so many rows: ``#104233`` is a record, and so is a number no row has.

    Numbers may be typed with their thousands set apart. None for anything else.
    """
    typed = re.sub(r"(?<=\d)[\s,.'’](?=\d{3}(\D|$))", "", text.strip())
    if _NUMBER.fullmatch(typed):
        number = int(typed.removeprefix("#"))
        return Jump("row", number) if typed[0] != "#" and 0 < number <= rows else Jump("record", number)
    found = _UUID.fullmatch(typed.lower())
    return Jump("record", found[2]) if found else None
