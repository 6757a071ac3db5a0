"""Download the forms of projects into files that are there whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from kobotui.locale import _, ngettext
from kobotui.model.text import shown
from kobotui.paths import LocalError, typed_path
from kobotui.screens.files import (
    Paths,
    ask_target,
    directory_problem,
    download_directory,
    free_path,
    save,
)

if TYPE_CHECKING:
    from pathlib import Path

    from kobotui.model.project import Project
    from kobotui.screens.base import KoboScreen

Kind = Literal["xls", "xml"]
SUFFIXES: dict[Kind, str] = {"xls": ".xlsx", "xml": ".xml"}


async def download_forms(screen: KoboScreen, projects: Sequence[Project]) -> None:
    """Ask for a format and a place, then fetch; a file that exists is only replaced when that is confirmed.

    Raises ``KoboError`` and ``LocalError`` for a single project; of several, the others are still fetched.
    """
    from kobotui.widgets.picker import Choice, Picker

    formats = [Choice("xls", _("XLSForm"), ".xlsx"), Choice("xml", _("XML"), _(".xml, the draft as devices read it"))]
    kind = await screen.app.push_screen_wait(Picker(_("Download the form as"), formats))
    if kind is None:
        return
    form: Kind = "xls" if kind == "xls" else "xml"
    if len(projects) == 1:
        await _one(screen, projects[0], form)
    else:
        await _several(screen, projects, form)


async def _one(screen: KoboScreen, project: Project, kind: Kind) -> None:
    path = await ask_target(screen, free_path(download_directory(), project.name or project.uid, SUFFIXES[kind]))
    if path is not None:
        await _fetch(screen, project, kind, path)
        screen.flash(_("Saved {path}").format(path=path))


async def _several(screen: KoboScreen, projects: Sequence[Project], kind: Kind) -> None:
    from kobotui.api.errors import KoboError

    paths = Paths(("/",))
    label = ngettext("Save {n} form in", "Save {n} forms in", len(projects)).format(n=len(projects))
    typed = await screen.ask(
        label, f"{download_directory()}/", complete=paths, check=directory_problem, changed=paths.follow
    )
    if typed is None:
        return
    directory = typed_path(typed)
    failures = []
    for number, project in enumerate(projects, 1):
        name = project.name or project.uid
        screen.flash(_("{n} of {count}: {name}").format(n=number, count=len(projects), name=shown(name)))
        try:
            await _fetch(screen, project, kind, free_path(directory, name, SUFFIXES[kind]))
        except (KoboError, LocalError) as error:
            failures.append(f"{shown(name)}: {shown(str(error))}")
    done = len(projects) - len(failures)
    text = _("Saved {done} of {count} forms in {path}").format(done=done, count=len(projects), path=directory)
    screen.flash(text, "error" if failures else "information")
    if failures:
        from kobotui.widgets.message_box import MessageBox

        await screen.app.push_screen_wait(MessageBox(_("Download"), text, "\n".join(failures)))


async def _fetch(screen: KoboScreen, project: Project, kind: Kind, path: Path) -> None:
    data = await (await screen.kobo()).projects.form_file(project.uid, kind)
    await asyncio.to_thread(save, path, data)
