"""Paths as they are typed, and files on this machine: read up to a limit, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.text import safe_filename
from kobotui.paths import LocalError, typed_path

if TYPE_CHECKING:
    from kobotui.screens.base import KoboScreen


class Paths(list[str]):
    """Completions of a path: what lies in the directory that is typed so far; kept up by :meth:`follow`."""

    def __init__(self, suffixes: tuple[str, ...] = ()) -> None:
        """``suffixes``: files to offer, in lower case; directories always are. Empty: any file."""
        super().__init__()
        self._suffixes = suffixes
        self._directory: str | None = None

    def follow(self, typed: str) -> None:
        """Look into another directory when another one is typed."""
        directory = typed[: typed.rfind("/") + 1]
        if directory != self._directory and "://" not in typed:
            self._directory = directory
            self[:] = sorted(self._entries(directory))

    def _entries(self, directory: str) -> list[str]:
        try:
            with os.scandir(Path(directory or ".").expanduser()) as entries:
                return [
                    f"{directory}{entry.name}{'/' if entry.is_dir() else ''}"
                    for entry in entries
                    if not entry.name.startswith(".") and (entry.is_dir() or self._wanted(entry.name))
                ]
        except (OSError, RuntimeError):
            return []

    def _wanted(self, name: str) -> bool:
        return not self._suffixes or name.lower().endswith(self._suffixes)


def download_directory() -> Path:
    """Where downloads go when nothing else is said."""
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.cwd()


def free_path(directory: Path, name: str, suffix: str) -> Path:
    """A path in the directory that no file has yet, for a form of this name."""
    stem = safe_filename(name, "form")
    path = directory / f"{stem}{suffix}"
    number = 2
    while path.exists():
        path = directory / f"{stem} ({number}){suffix}"
        number += 1
    return path


def target_problem(typed: str) -> str | None:
    """Why nothing can be written there, None when something can."""
    path = typed_path(typed)
    if not typed.strip() or "\0" in typed or path.is_dir():
        return _("The name of a file is needed.")
    if not path.parent.is_dir():
        return _("There is no directory {path}.").format(path=path.parent)
    return None


def directory_problem(typed: str) -> str | None:
    """Why no files can be written into it, None when they can."""
    path = typed_path(typed)
    return None if typed.strip() and path.is_dir() else _("There is no directory {path}.").format(path=typed.strip())


def save(path: Path, data: bytes) -> None:
    """Write under a temporary name, flush, rename; :class:`LocalError` when that fails."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise LocalError(_("Cannot write {path}: {why}.").format(path=path, why=error.strerror)) from error


async def ask_target(screen: KoboScreen, proposed: Path) -> Path | None:
    """Ask at the foot where to save; a file that exists is only replaced when that is confirmed. None: nowhere."""
    paths = Paths()
    typed = await screen.ask(_("Save as"), str(proposed), complete=paths, check=target_problem, changed=paths.follow)
    if typed is None:
        return None
    path = typed_path(typed)
    if path.exists() and not await screen.confirm(_("{path} exists. Replace it?").format(path=path)):
        return None
    return path
