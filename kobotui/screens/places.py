"""Where ``:`` and the places of a project lead; screens are imported when they are gone to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.locale import _
from kobotui.model.text import shown
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kobotui.app import KoboApp
    from kobotui.model.account import Account
    from kobotui.model.project import Project
    from kobotui.screens.base import KoboScreen

PLACES = ("projects", "access", "deployments", "history", "access-log", "jobs", "accounts")
"""Screens that ``:`` goes to by name."""
PROJECT_PLACES = ("summary", "form", "data", "general", "sharing", "exports", "activity")
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
        case "history":
            from kobotui.screens.history import HistoryScreen

            return HistoryScreen()
        case "access-log":
            from kobotui.screens.access_log import AccessLogScreen

            return AccessLogScreen()
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
        case "exports":
            from kobotui.screens.exports import ExportsScreen

            return ExportsScreen(project)
        case "activity":
            from kobotui.screens.activity import ActivityScreen

            return ActivityScreen(project)
    raise ValueError(place)


def destinations(app: KoboApp) -> list[str]:
    """What ``:`` completes to: places, accounts, and the projects of the list where that is open."""
    names = [*PLACES, *(account.name for account in app.session.accounts)]
    for screen in app.screen_stack:
        if getattr(screen, "place", "") == "projects" and (store := getattr(screen, "store", None)):
            names += [project.name for project in store.by_uid.values() if project.name == shown(project.name).strip()]
    return list(dict.fromkeys(names))


async def go_to(app: KoboApp, wanted: str) -> None:
    """Go to a place, an account, or a project by uid, web address or name; to be run in a worker of the app."""
    from kobotui.api.errors import KoboError

    if wanted in PLACES:
        app.open_place(wanted)
        return
    account = next((a for a in app.session.accounts if a.name == wanted), None)
    if account is not None:
        await app.use_account(account)
        return
    if (account := _account_at(app, wanted)) is not None:
        await app.use_account(account)
    try:
        found = await find_projects(app, wanted)
    except (KoboError, LocalError) as error:
        app.kobo_screen().failed(error)
        return
    except Exception as error:  # as in the screens: nothing ends the console
        app.kobo_screen().failed_unexpectedly(error)
        return
    if project := found[0] if len(found) == 1 else await _one_of(app, found):
        app.push_screen(project_screen(project))
    elif not found:
        said = _("No project, place or account is called “{name}”.").format(name=wanted)
        app.kobo_screen().flash(said, "warning")


def _account_at(app: KoboApp, wanted: str) -> Account | None:
    """Another account, when the address is on its server and not on that of the one in use."""
    from kobotui.api.links import is_on

    here = app.session.account
    if "://" not in wanted or (here and is_on(wanted, here.server)):
        return None
    return next((account for account in app.session.accounts if is_on(wanted, account.server)), None)


async def _one_of(app: KoboApp, found: Sequence[Project]) -> Project | None:
    """The one that is meant: names are no keys."""
    from kobotui.widgets.picker import Choice, Picker

    if not found:
        return None
    choices = [Choice(p.uid, shown(p.name) or p.uid, f"{shown(p.owner)}, {p.uid}") for p in found]
    uid = await app.push_screen_wait(Picker(_("Which project?"), choices))
    return next((project for project in found if project.uid == uid), None)


async def find_projects(app: KoboApp, wanted: str) -> Sequence[Project]:
    """The project behind a uid or a web address, or those of a name, else those with the text in their names.

    Raises ``KoboError`` when the server refuses, ``BadAddress`` for an address on another server or in the library.
    """
    from kobotui.api.errors import BadAddress, NotFound
    from kobotui.api.links import project_uid

    kobo = await app.kobo()
    uid = project_uid(wanted, kobo.account.server)
    if uid is not None:
        try:
            project = await kobo.projects.get(uid)
        except NotFound:
            return ()
        if project.asset_type != "survey":
            raise BadAddress(
                _("{name} is not a project but belongs to the library: {type}.").format(
                    name=project.name or uid, type=project.asset_type
                )
            )
        return (project,)
    quote = "'" if '"' in wanted else '"'
    for test in ("iexact", "icontains"):
        page = await kobo.projects.page(q=f"name__{test}:{quote}{wanted}{quote}")
        if page.items:
            return page.items
    return ()
