"""Records that are the same: by who they are, or by what they answer; and side by side, where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from kobotui.model.record import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kobotui.model.form import Form
    from kobotui.model.record import Line
    from kobotui.model.submission import Submission

IDENTITY = ("_uuid", "meta/instanceID", "meta/rootUuid")
"""What names a record; no two records should share one of them."""


class Finder:
    """Groups of same records among those that are shown to it, a few bytes of memory for each."""

    def __init__(self, paths: Sequence[str] = ()) -> None:
        """``paths``: the answers that must be the same, letter case and spaces aside; none: the record itself."""
        self.paths = tuple(paths)
        self.seen = 0
        self._first: dict[int, int] = {}
        """The first record of each print."""
        self._group: dict[int, int] = {}
        """Records that are the same as an earlier one, and that one."""

    @property
    def fields(self) -> list[str]:
        """What must be read of the records."""
        return list(self.paths or IDENTITY)

    def add(self, record: Submission) -> None:
        """Look at one record; each is shown once."""
        self.seen += 1
        here = record.id
        for key in self._prints(record):
            first = self._head(self._first.setdefault(key, record.id))
            here = self._head(here)
            if first != here:
                self._group[max(first, here)] = min(first, here)

    def _prints(self, record: Submission) -> Iterator[int]:
        if self.paths:
            texts = [_plain(record.answer(path)) for path in self.paths]
            if any(texts):
                yield _print("\x00".join(texts))
            return
        ids = (str(record.answer(key) or "").removeprefix("uuid:") for key in IDENTITY)
        yield from {_print(text) for text in ids if text}

    def _head(self, record: int) -> int:
        while record in self._group:
            record = self._group[record]
        return record

    def groups(self) -> list[tuple[int, ...]]:
        """The ``_id`` of records that are the same, the older ones first."""
        found: dict[int, list[int]] = {}
        for record in sorted(self._group):
            found.setdefault(self._head(record), []).append(record)
        return [(head, *found[head]) for head in sorted(found)]


def _plain(answer: object) -> str:
    return " ".join(str(answer).split()).casefold() if answer is not None else ""


def _print(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest)


class Compared(NamedTuple):
    """One line of records side by side."""

    line: Line
    """As the first record that has it says it."""
    texts: tuple[str, ...]
    """In words, record by record."""
    differs: bool


def compare(form: Form, records: Sequence[Submission], language: int | None = None) -> list[Compared]:
    """The records side by side, in form order; a line that only some have is empty in the others."""
    laid_out = [{line.position: line for line in lay_out(form, record, language)} for record in records]
    order: list[str] = []
    for lines in laid_out:
        order = _merged(order, list(lines))
    found = []
    for position in order:
        its = [lines.get(position) for lines in laid_out]
        first = next(line for line in its if line)
        stored = [line.value if line and first.kind != "repeat" else line is not None for line in its]
        texts = tuple(line.text if line else "" for line in its)
        found.append(Compared(first, texts, first.kind != "group" and any(one != stored[0] for one in stored)))
    return found


def _merged(order: list[str], more: list[str]) -> list[str]:
    """The positions of both, those that only ``more`` has where it has them."""
    known = set(order)
    before: dict[str, list[str]] = {}
    pending: list[str] = []
    for position in more:
        if position in known:
            before[position], pending = pending, []
        else:
            pending.append(position)
    last = next((position for position in reversed(more) if position in known), None)
    merged: list[str] = []
    for position in order:
        merged += [*before.get(position, ()), position]
        if position == last:
            merged += pending
    return merged if last is not None else merged + pending


@dataclass(frozen=True, slots=True)
class Group:
    """Records that are the same, the oldest first."""

    records: tuple[Submission, ...]

    def without(self, gone: frozenset[int]) -> Group:
        """The group after some records were deleted."""
        return Group(tuple(record for record in self.records if record.id not in gone))


def rest_of(group: Group, keep: str) -> tuple[Submission, ...]:
    """All but the one that is kept: the ``oldest``, the ``newest``, or the oldest ``approved`` one, if there is any."""
    if keep == "newest":
        return group.records[:-1]
    approved = (record for record in group.records if record.validation == "validation_status_approved")
    kept = next(approved, group.records[0]) if keep == "approved" else group.records[0]
    return tuple(record for record in group.records if record is not kept)
