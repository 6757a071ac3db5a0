"""What was chosen for each project, kept on this machine: a file of each kind of thing, private."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from kobotui.paths import LocalError, read_file, write_private

T = TypeVar("T")

_MOST = 500
"""Projects remembered."""


class Remembered(Generic[T]):
    """One project's, in a file of all; a file that cannot be read, or written, is no reason to fail."""

    def __init__(self, path: Path, project: str, kind: type[T]) -> None:
        """``project``: server and uid; ``kind``: a msgspec type."""
        self._path = path
        self._project = project
        self._decoder = msgspec.json.Decoder(dict[str, kind])  # type: ignore[valid-type]

    def load(self) -> T | None:
        """What was kept; None when there is nothing."""
        return self._read().get(self._project)

    def save(self, value: T) -> None:
        """Keep it in place of what was kept before."""
        known = self._read()
        known.pop(self._project, None)
        known[self._project] = value
        newest = dict(list(known.items())[-_MOST:])
        try:
            write_private(self._path, msgspec.json.encode(newest))
        except LocalError:
            return

    def _read(self) -> dict[str, T]:
        try:
            return self._decoder.decode(read_file(self._path) or b"{}")
        except (LocalError, msgspec.DecodeError):
            return {}
