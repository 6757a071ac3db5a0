"""What a row of a file is as a record: its instance ID, the files that it names, and how it is called."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from kobotui.changes.local_files import LocalFile
from kobotui.exports.record_answers import NewRow
from kobotui.locale import _

_SPACE = uuid.UUID("6b8f1d2e-52a4-5c1b-9d0f-6f3b6a1c7e55")


def fingerprint(project: str, answers: Mapping[str, str], files: Iterable[LocalFile]) -> str:
    """What a row says, whatever the order of its columns: equal rows say the same."""
    says = [project, sorted(answers.items()), sorted((file.name, file.sha256) for file in files)]
    return hashlib.sha256(json.dumps(says, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def instance_of(says: str, occurrence: int) -> str:
    """The instance ID of a row: always the same for the first, the second, ... of those that say the same."""
    return f"uuid:{uuid.uuid5(_SPACE, f'{says} {occurrence}')}"


def in_short(row: NewRow) -> str:
    """The first answers of a row, to know it by."""
    return ", ".join(list(row.answers.values())[:3])[:80]


class Files:
    """The files that answers name, in one folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._found: dict[str, LocalFile] = {}

    def problem(self, name: str) -> str | None:
        """Why a file of this name cannot be sent along."""
        if self._folder is None:
            return _("this is the name of a file: say in which folder the files are")
        if Path(name).name != name or "/" in name or "\\" in name or name in (".", ".."):
            return _("this is no name of a file")
        path = self._folder / name
        try:
            if not path.is_file():
                return _("there is no file {path}").format(path=path)
        except (OSError, ValueError) as error:
            return str(error)
        return None

    def file(self, name: str) -> LocalFile:
        """The file of this name. Raises ``LocalError``."""
        if name not in self._found:
            assert self._folder is not None
            self._found[name] = LocalFile.of((self._folder / name).absolute(), name)
        return self._found[name]
