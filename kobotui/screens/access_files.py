"""The access matrix out to a file, and a file that was edited back as pending changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kobotui.columns.words import user_label
from kobotui.locale import _, ngettext
from kobotui.model.roles import roles
from kobotui.model.text import shown
from kobotui.paths import typed_path
from kobotui.screens.files import Paths, ask_target, download_directory, free_path
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from collections.abc import Callable

    from kobotui.changes.teams import TeamEdits
    from kobotui.model.matrix import Matrix, MatrixProject
    from kobotui.screens.base import KoboScreen

TABLES = (".csv", ".xlsx", ".tsv", ".txt")


async def write_matrix(screen: KoboScreen, matrix: Matrix, chosen: Callable[[MatrixProject, str], bool] | None) -> None:
    """Ask where, and write one line for each user and project; ``chosen``: only these cells. Raises ``LocalError``."""
    from kobotui.exports import access_file
    from kobotui.model.access_table import HEADING, rows_of

    formats = [Choice(".xlsx", "XLSX"), Choice(".csv", "CSV")]
    ending = await screen.app.push_screen_wait(Picker(_("Write the matrix as"), formats))
    if ending is None:
        return
    path = await ask_target(screen, free_path(download_directory(), _("access"), ending))
    account = screen.app.session.account
    if path is None or account is None:
        return
    known = roles(screen.app.session.settings.roles)
    remarks = access_file.remarks(matrix, account.server, screen.app.session.now())
    await asyncio.to_thread(access_file.write, path, HEADING, rows_of(matrix, known, chosen), remarks)
    screen.flash(_("Saved {path}").format(path=path))


async def read_back(screen: KoboScreen, matrix: Matrix) -> TeamEdits | None:
    """Ask for a file, and what it wants that is not so; None when it was left, or a line cannot be understood.

    Raises ``KoboError`` and ``LocalError``.
    """
    from kobotui.changes.team_file import read_wishes
    from kobotui.exports import access_file
    from kobotui.model.access_table import parse

    paths = Paths(TABLES)
    paths.follow("")
    typed = await screen.ask(_("Read back"), complete=paths, check=_problem, changed=paths.follow)
    if typed is None:
        return None
    path = typed_path(typed)
    table = parse(await asyncio.to_thread(access_file.read, path))
    settings = screen.app.session.settings
    users = (await screen.kobo()).users
    wishes = await read_wishes(table, matrix, users, roles(settings.roles), settings.groups)
    said = [str(problem) for problem in wishes.reading.problems]
    if said:
        n = len(said)
        text = ngettext(
            "{n} line cannot be understood; nothing of the file is taken.",
            "{n} lines cannot be understood; nothing of the file is taken.",
            n,
        )
        await screen.app.push_screen_wait(MessageBox(path.name, text.format(n=n), "\n".join(said)))
        return None
    refused = [
        _("{user} on {project}: {reason}").format(
            user=user_label(one.username), project=shown(one.project_name) or one.project, reason=one.reason
        )
        for one in wishes.refused
    ]
    if notes := [*refused, *wishes.reading.notes]:
        n = len(wishes.edits.wanted)
        text = ngettext("{n} change is pending.", "{n} changes are pending.", n).format(n=n)
        await screen.app.push_screen_wait(MessageBox(path.name, text, "\n".join(notes)))
    elif not wishes.edits.wanted:
        screen.flash(_("Nothing to change: the server has it so already."))
    return wishes.edits


def _problem(typed: str) -> str | None:
    path = typed_path(typed)
    return None if path.is_file() else _("There is no file {path}.").format(path=typed.strip())
