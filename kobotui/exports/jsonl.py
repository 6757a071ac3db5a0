"""Records as the server sent them: one a line, or as one JSON array."""

from __future__ import annotations

from pathlib import Path

from kobotui.exports.output import Output


class JsonLinesOutput(Output):
    """One record a line."""

    def __init__(self, folder: Path, target: Path) -> None:
        super().__init__(folder, target)
        self._file = self._create(target)

    def add(self, line: bytes) -> None:
        self._file.write(line + b"\n")

    def close(self) -> None:
        self._file.close()


class JsonOutput(Output):
    """An array with one record a line."""

    def __init__(self, folder: Path, target: Path) -> None:
        super().__init__(folder, target)
        self._file = self._create(target)
        self._between = b"[\n"

    def add(self, line: bytes) -> None:
        self._file.write(self._between + line)
        self._between = b",\n"

    def close(self) -> None:
        self._file.write(b"[]\n" if self._between == b"[\n" else b"\n]\n")
        self._file.close()
