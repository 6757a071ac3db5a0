"""Several projects into one folder: each in its own file or folder, with a list of how each ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from kobotui.api.client import KoboClient
from kobotui.api.errors import KoboError, NotConnected, NotLoggedIn
from kobotui.exports.parallel import in_parallel
from kobotui.model.project import ProjectDetail
from kobotui.model.text import safe_filename
from kobotui.paths import LocalError, private_dir, write_private

AT_ONCE = 2
"""Projects side by side: each is read side by side in itself."""
MANIFEST = "manifest.json"


class Made(Struct, frozen=True, kw_only=True):
    """What became of one project."""

    files: tuple[Path, ...] = ()
    records: int = 0
    complete: bool = True
    notes: tuple[str, ...] = ()
    """What somebody should know, in sentences."""


class Entry(Struct, frozen=True, kw_only=True):
    """One project of the list."""

    project: str
    name: str = ""
    files: tuple[str, ...] = ()
    """Below the folder."""
    records: int = 0
    complete: bool = False
    notes: tuple[str, ...] = ()
    error: str = ""
    """Why there is nothing, in a sentence."""
    moment: str = ""
    """When it ended, UTC."""


Make = Callable[[ProjectDetail, Path], Awaitable[Made]]
"""Makes the files of one project at a path that is its own: a file's, without an ending, or a folder's."""


def place_of(folder: Path, project: ProjectDetail, suffix: str = "") -> Path:
    """Where a project's file or folder lies: where it was before it was renamed, or under its name of now."""
    ending = f"-{safe_filename(project.uid)}{suffix}"
    for path in sorted(folder.glob(f"*{ending}")) if folder.is_dir() else ():
        return path
    room = 120 - len(ending.encode())
    name = safe_filename(project.name, "project").encode()[:room].decode(errors="ignore").rstrip(". ")
    return folder / f"{name}{ending}"


async def make_many(
    kobo: KoboClient, uids: Sequence[str], folder: Path, make: Make, *, suffix: str = ""
) -> list[Entry]:
    """Make the files of these projects below ``folder``, and ``manifest.json``, in their order.

    One that fails does not stop the others; a key or a line that is gone does, and is raised. Raises ``LocalError``
    when the folder cannot be written.
    """
    private_dir(folder)
    entries: dict[str, Entry] = {}

    async def one(uid: str) -> None:
        name = ""
        try:
            project = await kobo.projects.get(uid)
            name = project.name
            made = await make(project, place_of(folder, project, suffix))
            entries[uid] = Entry(
                project=uid,
                name=name,
                files=tuple(str(path.relative_to(folder)) for path in made.files),
                records=made.records,
                complete=made.complete,
                notes=made.notes,
                moment=_now(),
            )
        except (NotLoggedIn, NotConnected):
            raise
        except (KoboError, LocalError) as error:
            entries[uid] = Entry(project=uid, name=name, error=error.sentence, moment=_now())
        _write(folder, uids, entries)

    async def each() -> AsyncGenerator[str]:
        for uid in dict.fromkeys(uids):
            yield uid

    async with aclosing(each()) as wanted:
        await in_parallel(wanted, one, AT_ONCE)
    return [entries[uid] for uid in dict.fromkeys(uids)]


def _write(folder: Path, uids: Sequence[str], entries: dict[str, Entry]) -> None:
    """The list so far; projects of earlier runs that are not among these stay in it."""
    path = folder / MANIFEST
    try:
        before = msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except (OSError, msgspec.DecodeError):
        before = []
    kept = [entry for entry in before if entry.project not in entries]
    listed = kept + [entries[uid] for uid in dict.fromkeys(uids) if uid in entries]
    write_private(path, msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
