"""Files being made of records: under other names until the last record is in, then all of them at once."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import IO, Self

import msgspec

from kobotui.exports.spool import lines, number_of
from kobotui.exports.table import Row, Table, TableSheet
from kobotui.model.text import safe_filename
from kobotui.paths import put_in_place, writing

_LOOK_UP = 256
"""Records between two looks at whether to stop."""


class Stopped(Exception):
    """Asked to stop; what was written is of no use."""


class Output(ABC):
    """Makes one file, or several that belong together, of records on the disk. Not for two threads at once.

    A context manager: what is not finished at its end is given up.
    """

    def __init__(self, folder: Path, target: Path) -> None:
        """``folder``: where the unfinished files lie, on the same disk as ``target``."""
        self._folder, self._target = folder, target
        self._made: list[tuple[Path, Path]] = []
        self._open: list[IO[bytes]] = []
        self.records = 0
        """Records so far."""
        self.skip: Container[int] = ()
        """Numbers of records that are left out."""

    @abstractmethod
    def add(self, line: bytes) -> None:
        """One record more, as the server sent it."""

    @abstractmethod
    def close(self) -> None:
        """No record comes any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.give_up()

    def give_up(self) -> None:
        """Close what is still open; nothing takes the targets' place."""
        for file in self._open:
            with suppress(OSError):  # a full disk
                file.close()

    @property
    def targets(self) -> list[Path]:
        """The files, the main one first."""
        return [target for _temporary, target in self._made]

    def add_file(self, path: Path, stop: Event) -> None:
        """All records of a range. Raises ``Stopped`` and ``LocalError``."""
        with writing(self._target):
            for number, line in enumerate(lines(path)):
                if number % _LOOK_UP == 0 and stop.is_set():
                    raise Stopped
                if self.skip and number_of(line) in self.skip:
                    continue
                self.add(line)
                self.records += 1

    def close_files(self) -> list[tuple[Path, Path]]:
        """No record comes any more: the files under their other names, and what each is for. Raises ``LocalError``."""
        with writing(self._target):
            self.close()
        return self._made

    def finish(self) -> list[Path]:
        """The files under their own names, the main one appearing last; where they are. Raises ``LocalError``."""
        made = self.close_files()
        with writing(self._target):
            for temporary, _later in made:
                with temporary.open("rb") as file:
                    os.fsync(file.fileno())
            for temporary, target in reversed(made):
                put_in_place(temporary, target)
        return self.targets

    def _create(self, target: Path) -> IO[bytes]:
        """A file that becomes ``target``."""
        temporary = self._folder / f"{len(self._made)}.new"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._made.append((temporary, target))
        file = os.fdopen(handle, "wb", buffering=2**20)
        self._open.append(file)
        return file


class TableOutput(Output):
    """An output in rows and columns."""

    def __init__(self, folder: Path, target: Path, table: Table) -> None:
        super().__init__(folder, target)
        self.table = table

    def add(self, line: bytes) -> None:
        for row in self.table.rows(msgspec.json.decode(line)):
            self.write(row)

    @abstractmethod
    def write(self, row: Row) -> None:
        """One row more."""


def linked_names(target: Path, sheets: Iterable[TableSheet]) -> list[Path]:
    """A file for each sheet: ``target`` for the records, ``target-repeat`` for each repeat."""
    found: list[Path] = []
    taken: set[str] = set()
    for sheet in sheets:
        name = safe_filename(f"{target.stem}-{sheet.name}{target.suffix}") if sheet.is_repeat else target.name
        path, number = target.with_name(name), 2
        while path.name.casefold() in taken:
            path = target.with_name(f"{Path(name).stem}-{number}{target.suffix}")
            number += 1
        taken.add(path.name.casefold())
        found.append(path)
    return found
