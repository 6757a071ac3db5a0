"""A file of rights held against the server: what it asks for, as wishes that become a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kobotui.changes.teams import Refused, TeamEdits
from kobotui.model.access_lines import Reading, read_against

if TYPE_CHECKING:
    from kobotui.api.people import UserService
    from kobotui.model.access import Rights
    from kobotui.model.access_table import Table
    from kobotui.model.matrix import Matrix


@dataclass(frozen=True)
class FileWishes:
    """What a file asks for."""

    edits: TeamEdits
    """The wishes that are possible."""
    reading: Reading
    """Lines that cannot be understood, and what is good to know."""
    refused: Sequence[Refused]
    """Wishes that are not possible."""


async def read_wishes(
    table: Table,
    matrix: Matrix,
    users: UserService,
    roles: Mapping[str, Rights],
    groups: Mapping[str, Iterable[str]],
    *,
    force: bool = False,
    remove_missing: bool = False,
) -> FileWishes:
    """What the table asks for that is not so by the matrix; the server is asked for names that nobody has seen.

    ``force`` and ``remove_missing`` as in ``model.access_lines.read_against``. Raises ``KoboError``.
    """
    reading = read_against(table, matrix, roles, groups, force=force, remove_missing=remove_missing)
    reading = reading.without(await users.unknown(reading.names(matrix), matrix.users), matrix)
    edits = TeamEdits(matrix)
    refused = [one for wish in reading.wishes for one in edits.want(wish.uid, wish.user, wish.rights)]
    return FileWishes(edits, reading, refused)
