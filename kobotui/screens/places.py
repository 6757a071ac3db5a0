"""Where ``:`` and the places of a project lead; screens are imported when they are gone to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from kobotui.model.project import Project
    from kobotui.screens.base import KoboScreen

PROJECT_PLACES = ("summary", "form", "data", "general", "sharing")
"""The places of one project, in the order of the web interface."""


def place_screen(place: str) -> KoboScreen:
    """A new screen for a place that needs no project."""
    match place:
        case "projects":
            from kobotui.screens.projects import ProjectsScreen

            return ProjectsScreen()
        case "access":
            from kobotui.screens.access import AccessScreen

            return AccessScreen()
        case "deployments":
            from kobotui.screens.deployments import DeploymentsScreen

            return DeploymentsScreen()
        case "jobs":
            from kobotui.screens.jobs import JobsScreen

            return JobsScreen()
        case "accounts":
            from kobotui.screens.accounts import AccountsScreen

            return AccountsScreen()
        case "start":
            from kobotui.screens.start import StartScreen

            return StartScreen()
    raise ValueError(place)


def project_screen(project: Project, place: str = "summary") -> KoboScreen:
    """A new screen for one place of a project."""
    match place:
        case "summary":
            from kobotui.screens.summary import SummaryScreen

            return SummaryScreen(project)
        case "form":
            from kobotui.screens.form import FormScreen

            return FormScreen(project)
        case "data":
            from kobotui.screens.data import DataScreen

            return DataScreen(project)
        case "general":
            from kobotui.screens.general import GeneralScreen

            return GeneralScreen(project)
        case "sharing":
            from kobotui.screens.sharing import SharingScreen

            return SharingScreen(project)
    raise ValueError(place)


async def find_project(app: KoboApp, wanted: str) -> Project | None:
    """The project behind a uid, a web address or a name; None when there is none.

    Raises ``KoboError`` when the server refuses, ``BadAddress`` for an address on another server.
    """
    from kobotui.api.errors import NotFound
    from kobotui.api.links import project_uid

    kobo = await app.kobo()
    uid = project_uid(wanted, kobo.account.server)
    if uid is not None:
        try:
            return await kobo.projects.get(uid)
        except NotFound:
            return None
    page = await kobo.projects.page(q=f'name__iexact:"{wanted}"' if '"' not in wanted else f"name__iexact:'{wanted}'")
    return page.items[0] if page.items else None
