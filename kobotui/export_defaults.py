"""The options of the last export of each project, kept on this machine: the next one begins with them."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, structs

from kobotui.model.export_options import ExportOptions
from kobotui.paths import LocalError, read_file, write_private

_MOST = 500
"""Projects remembered."""


class _Kept(Struct, frozen=True):
    options: ExportOptions
    typed: str = ""
    """The filter as it was typed."""


class Defaults:
    """Those of one project in a file of all; a file that cannot be read, or written, is no reason to fail."""

    def __init__(self, state: Path, project: str) -> None:
        """``state``: the directory; ``project``: server and uid."""
        self._path = state / "exports.json"
        self._project = project

    def load(self) -> tuple[ExportOptions, str]:
        """The options, and the filter in the words it was typed in."""
        kept = self._read().get(self._project)
        return (kept.options, kept.typed) if kept else (ExportOptions(), "")

    def save(self, options: ExportOptions, typed: str) -> None:
        """Keep them, without the records that were marked."""
        known = self._read()
        known.pop(self._project, None)
        known[self._project] = _Kept(structs.replace(options, submission_ids=UNSET), typed)
        newest = dict(list(known.items())[-_MOST:])
        try:
            write_private(self._path, msgspec.json.encode(newest))
        except LocalError:
            return

    def _read(self) -> dict[str, _Kept]:
        try:
            return msgspec.json.decode(read_file(self._path) or b"{}", type=dict[str, _Kept])
        except (LocalError, msgspec.DecodeError):
            return {}
