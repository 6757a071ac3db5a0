"""Records that match where the server cannot tell: all that may match are read, by number, and compared here."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from kobotui.api.errors import Incomplete
from kobotui.api.paging import Statement
from kobotui.model.filter_match import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.api.submissions import SubmissionService
    from kobotui.model.record_filter import Filter

AT_ONCE = 1000


async def find(
    records: SubmissionService,
    wanted: Filter,
    key: str = "_id",
    *,
    falling: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> array[int]:
    """The numbers (``_id``) of the records that match, in the order the server would give them by ``key``.

    ``report`` is told how many were compared, of how many. Raises ``KoboError``, and ``Incomplete`` when they could
    not be read whole.
    """
    fields = list(dict.fromkeys([*wanted.fields, key.partition(".")[0], "_id"]))
    walk = records.walk(wanted.query or None, fields, AT_ONCE)
    found: list[tuple[tuple[bool, str], int]] = []
    numbers, seen = array("q"), 0
    async for page in walk:
        seen += len(page)
        for record in page:
            if wanted.matches(record.raw):
                if key == "_id":
                    numbers.append(record.id)
                else:
                    found.append((_place(value_of(record.raw, key)), record.id))
        if report:
            report(seen, page.count)
    if walk.statement is None or not walk.statement.complete:
        raise Incomplete(walk.statement or Statement(seen, moved=True))
    if key != "_id":
        found.sort(key=lambda one: one[0])
        numbers = array("q", (number for _value, number in found))
    if falling:
        numbers.reverse()
    return numbers


def _place(value: Any) -> tuple[bool, str]:
    """Where the server sorts an answer: those without one first, the others as text."""
    return (value is not None, str(value))
