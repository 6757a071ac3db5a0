"""Records on this machine's disk while a walk is under way: what a cut leaves behind and the next run goes on with.

A folder beside the target, ``.name.part``: ``walk.json`` says what is walked, ``000012.jsonl`` holds the records
of a range as the server sent them, one a line; ``000012.begun`` those of a range that is not whole yet.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import deque
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

from kobotui.locale import _
from kobotui.paths import LocalError, private_dir, refuse_device, write_private, writing

_STATE = "walk.json"
_CHUNK = 2**20


class Span(Struct, frozen=True):
    """A range of ``_id``: greater than ``after`` and at most ``upto``."""

    after: int
    upto: int

    def query(self, beside: dict[str, Any] | None, after: int | None = None) -> dict[str, Any]:
        """The query for it, or for what of it comes after a record."""
        here = {"_id": {"$gt": self.after if after is None else after, "$lte": self.upto}}
        return {"$and": [beside, here]} if beside else here


class WalkState(Struct, frozen=True, kw_only=True):
    """What is walked, and in which ranges."""

    server: str
    project: str
    query: dict[str, Any] = {}
    ids: tuple[int, ...] = ()
    """Only these records, ascending; none for all."""
    fields: tuple[str, ...] = ()
    count: int = 0
    """Records at the beginning."""
    spans: tuple[Span, ...] = ()

    def same_as(self, other: WalkState) -> bool:
        """Whether both walk the same records."""
        return (self.server, self.project, self.query, self.ids, self.fields) == (
            other.server,
            other.project,
            other.query,
            other.ids,
            other.fields,
        )


class _Number(Struct):
    id: int = msgspec.field(name="_id")


class Spool:
    """The folder of a walk; use as a context manager, which holds it against another run."""

    def __init__(self, target: Path) -> None:
        """``target``: the file (or folder) that the walk is for."""
        self.target = target
        self.folder = target.with_name(f".{target.name}.part")
        self._lock: int | None = None

    def __enter__(self) -> Spool:
        """Raises ``LocalError`` when another run works on the same target, or when it cannot be written there."""
        with writing(self.target):
            refuse_device(self.target)
            private_dir(self.target.parent)
            private_dir(self.folder)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                raise LocalError(_("Another kobotui is writing {path}.").format(path=self.target)) from None
            self._lock = handle
        return self

    def __exit__(self, *_error: object) -> None:
        if not (self.folder / _STATE).exists():  # nothing was begun
            self.remove()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def state(self) -> WalkState | None:
        """What was begun here; None when nothing was, or nothing readable."""
        try:
            return msgspec.json.decode((self.folder / _STATE).read_bytes(), type=WalkState)
        except (OSError, msgspec.DecodeError):
            return None

    def begin(self, state: WalkState) -> None:
        """Forget what is there, and begin this."""
        with writing(self.target):
            for path in [*self.folder.glob("*.jsonl"), *self.folder.glob("*.begun")]:
                path.unlink()
        self.keep(state)

    def keep(self, state: WalkState) -> None:
        """What is walked now."""
        write_private(self.folder / _STATE, msgspec.json.encode(state))

    def remove(self) -> None:
        """The walk is over: nothing is left of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, number: int) -> Path:
        """The file of a range that is whole."""
        return self.folder / f"{number:06}.jsonl"

    def settled(self, number: int) -> int | None:
        """How many records a range has that is whole; None for others."""
        try:
            with self.path(number).open("rb") as file:
                return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
        except FileNotFoundError:
            return None

    def settle(self, number: int) -> None:
        """The range is whole."""
        with writing(self.target):
            self._begun(number).replace(self.path(number))

    def _begun(self, number: int) -> Path:
        return self.path(number).with_suffix(".begun")

    def open(self, number: int, *, fresh: bool) -> tuple[IO[bytes], int, int | None]:
        """The file of a range to write on; how many records it has, and the number of the last one."""
        path = self._begun(number)
        with writing(self.target):
            if fresh:
                path.unlink(missing_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            file = os.fdopen(handle, "r+b")
            records, end, last = _whole_lines(file)
            file.truncate(end)
            file.seek(end)
            return file, records, last


def _whole_lines(file: IO[bytes]) -> tuple[int, int, int | None]:
    """How many whole lines there are, where they end, and the number of the last record."""
    records, end, size = 0, 0, 0
    while chunk := file.read(_CHUNK):
        records += chunk.count(b"\n")
        if (place := chunk.rfind(b"\n")) >= 0:
            end = size + place + 1
        size += len(chunk)
    if not end:
        return 0, 0, None
    file.seek(max(0, end - 1 - _longest(file, end)))
    line = file.read(end - file.tell()).rstrip(b"\n").rpartition(b"\n")[2]
    try:
        return records, end, number_of(line)
    except msgspec.DecodeError:  # not what we wrote
        return 0, 0, None


def _longest(file: IO[bytes], end: int) -> int:
    """Bytes before ``end`` in which the last line certainly begins."""
    size = _CHUNK
    while size < end:
        file.seek(end - 1 - size)
        if b"\n" in file.read(size):
            return size
        size *= 4
    return end


def number_of(line: bytes) -> int:
    """The number of a record."""
    return msgspec.json.decode(line, type=_Number).id


def lines(path: Path) -> Generator[bytes]:
    """The records of a range, as they came, without the line's end."""
    with path.open("rb", buffering=_CHUNK) as file:
        for line in file:
            yield line.rstrip(b"\n")


def last_numbers(spool: Spool, spans: int, most: int) -> list[int]:
    """The numbers of the last records of a walk that has ended, ascending."""
    found: list[int] = []
    for number in reversed(range(spans)):
        if len(found) >= most:
            break
        here = deque(lines(spool.path(number)), maxlen=most)
        found = [*map(number_of, here), *found]
    return found[-most:]
