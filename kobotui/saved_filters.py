"""The filters that were saved for each project, kept on this machine in ``filters.json`` beside the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from kobotui.locale import _
from kobotui.model.saved_filters import SavedFilter, texts
from kobotui.paths import LocalError, locked, read_file, write_private

if TYPE_CHECKING:
    from pathlib import Path


class SavedFilters:
    """Those of one project. A file that cannot be read is told of and left as it is, never written over."""

    def __init__(self, state: Path, project: str) -> None:
        """``state``: the directory; ``project``: server and uid."""
        self._path = state / "filters.json"
        self._project = project
        self._known: dict[str, str] | None = None

    def load(self) -> list[SavedFilter]:
        """In the order of their names. Raises ``LocalError``."""
        found = self._read().get(self._project, [])
        self._known = texts(found)
        return sorted(found, key=lambda one: one.name.casefold())

    def texts(self) -> dict[str, str]:
        """Texts by name, the built-in ones among them; those that were saved as they were when last loaded."""
        if self._known is None:
            try:
                self.load()
            except LocalError:  # said when they are looked at
                self._known = texts(())
        return self._known or {}

    def save(self, name: str, text: str) -> None:
        """Keep a filter under a name, in place of one that had it. Raises ``LocalError``."""
        self._change(set(), [SavedFilter(name.strip(), text)])

    def rename(self, name: str, other: str) -> None:
        """Give a filter another name, in place of one that had it. Raises ``LocalError``."""
        kept = [one.text for one in self.load() if one.name == name]
        self._change({name}, [SavedFilter(other.strip(), text) for text in kept])

    def remove(self, name: str) -> None:
        """Forget a filter. Raises ``LocalError``."""
        self._change({name}, [])

    def _change(self, gone: set[str], new: list[SavedFilter]) -> None:
        names = {*gone, *(one.name for one in new)}
        with locked(self._path):
            known = self._read()
            kept = [one for one in known.pop(self._project, []) if one.name not in names]
            if kept or new:
                known[self._project] = [*kept, *new]
            write_private(self._path, msgspec.json.encode(known))
        self._known = texts([*kept, *new])

    def _read(self) -> dict[str, list[SavedFilter]]:
        try:
            return msgspec.json.decode(read_file(self._path) or b"{}", type=dict[str, list[SavedFilter]])
        except (msgspec.DecodeError, RecursionError) as error:
            text = _("{path} is damaged ({why}): put it right, or take it away; saved filters are not changed.")
            raise LocalError(text.format(path=self._path, why=error)) from None
