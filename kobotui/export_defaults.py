"""The options of the last export of each project, kept on this machine: the next one begins with them."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET, Struct, structs

from kobotui.model.export_options import ExportOptions
from kobotui.remembered import Remembered


class _Kept(Struct, frozen=True):
    options: ExportOptions
    typed: str = ""
    """The filter as it was typed."""


class Defaults:
    """Those of one project."""

    def __init__(self, state: Path, project: str) -> None:
        """``state``: the directory; ``project``: server and uid."""
        self._kept = Remembered(state / "exports.json", project, _Kept)

    def load(self) -> tuple[ExportOptions, str]:
        """The options, and the filter in the words it was typed in."""
        kept = self._kept.load()
        return (kept.options, kept.typed) if kept else (ExportOptions(), "")

    def save(self, options: ExportOptions, typed: str) -> None:
        """Keep them, without the records that were marked."""
        self._kept.save(_Kept(structs.replace(options, submission_ids=UNSET), typed))
