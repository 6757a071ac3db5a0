"""Edit the details of one project, or what several projects shall have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kobotui.changes.projects import EditProject, editable
from kobotui.locale import _, ngettext
from kobotui.model.check import unstorable
from kobotui.model.text import shown

if TYPE_CHECKING:
    from kobotui.model.people import Environment
    from kobotui.model.project import Project
    from kobotui.screens.base import KoboScreen

Wanted = Callable[["Project"], dict[str, Any]]
"""The fields a project shall have, in the server's own form."""


async def edit_changes(
    screen: KoboScreen, projects: Sequence[Project], environment: Environment
) -> list[EditProject] | None:
    """Ask for a field and its new value: the edits that make a difference; None when the question is left."""
    from kobotui.widgets.picker import Picker

    field = await screen.app.push_screen_wait(Picker(_heading(projects), _fields(projects)))
    if field is None:
        return None
    wanted = await edit_field(screen, field, projects, environment)
    return None if wanted is None else edits(projects, wanted)


async def edit_field(
    screen: KoboScreen, field: str, projects: Sequence[Project], environment: Environment
) -> Wanted | None:
    """Ask for the new value of ``name``, ``description``, ``sector``, ``country``, ``tags``, ``add`` or ``remove``
    (tags); None when the question is left. Name, description and ``tags`` are of one project only."""
    match field:
        case "name":
            return await _name(screen, projects[0])
        case "description":
            return await _description(screen, projects[0])
        case "sector":
            return await _sector(screen, projects, environment)
        case "country":
            return await _countries(screen, projects, environment)
    return await _tags(screen, field, projects)


def edits(projects: Sequence[Project], wanted: Wanted) -> list[EditProject]:
    """One change for each project that is not as wanted yet."""
    changes = []
    for project in projects:
        now = editable(project)
        after = {field: value for field, value in wanted(project).items() if now[field] != value}
        if after:
            before = {field: now[field] for field in after}
            changes.append(EditProject(project=project.uid, project_name=project.name, before=before, after=after))
    return changes


def _heading(projects: Sequence[Project]) -> str:
    if len(projects) == 1:
        return _("Edit {name}").format(name=projects[0].name or projects[0].uid)
    return ngettext("Edit {n} project", "Edit {n} projects", len(projects)).format(n=len(projects))


def _fields(projects: Sequence[Project]) -> list[Any]:
    from kobotui.widgets.picker import Choice

    if len(projects) > 1:
        return [
            Choice("sector", _("Sector"), _shared([_sector_name(p) for p in projects])),
            Choice("country", _("Countries"), _shared([_country_names(p) for p in projects])),
            Choice("add", _("Add tags")),
            Choice("remove", _("Remove tags"), ", ".join(sorted({tag for p in projects for tag in p.tags}))),
        ]
    (project,) = projects
    return [
        Choice("name", _("Name"), shown(project.name)),
        Choice("description", _("Description"), shown(project.description)),
        Choice("sector", _("Sector"), shown(_sector_name(project))),
        Choice("country", _("Countries"), shown(_country_names(project))),
        Choice("tags", _("Tags"), ", ".join(project.tags)),
    ]


def _sector_name(project: Project) -> str:
    return project.sector.label if project.sector else "-"


def _country_names(project: Project) -> str:
    return ", ".join(country.label for country in project.countries) or "-"


def _shared(values: Sequence[str]) -> str:
    return shown(values[0]) if len(set(values)) == 1 else _("(different ones)")


async def _name(screen: KoboScreen, project: Project) -> Wanted | None:
    from kobotui.screens.project_flows import name_problem

    name = await screen.ask(_("Name"), project.name, check=name_problem)
    return None if name is None else lambda _project: {"name": name if name == project.name else name.strip()}


async def _description(screen: KoboScreen, project: Project) -> Wanted | None:
    from kobotui.widgets.editors import TextEditor

    text = await screen.app.push_screen_wait(TextEditor(_("Description"), project.description, check=unstorable))
    return None if text is None else lambda _project: {"description": text}


async def _sector(screen: KoboScreen, projects: Sequence[Project], environment: Environment) -> Wanted | None:
    from kobotui.widgets.picker import Choice, Picker

    choices = [Choice("", _("(none)")), *(Choice(value, label) for value, label in environment.sector_choices)]
    present = {project.sector.value if project.sector else "" for project in projects}
    value = await screen.app.push_screen_wait(
        Picker(_("Sector"), choices, selected=present.pop() if len(present) == 1 else None)
    )
    if value is None:
        return None
    labels = dict(environment.sector_choices)
    sector = {"label": labels[value], "value": value} if value else {}
    return lambda _project: {"sector": sector}


async def _countries(screen: KoboScreen, projects: Sequence[Project], environment: Environment) -> Wanted | None:
    from kobotui.widgets.picker import Choice, MultiPicker

    present = [{country.value for country in project.countries} for project in projects]
    shared = set.intersection(*present)
    labels = {country.value: country.label for project in projects for country in project.countries}
    labels |= dict(environment.country_choices)
    choices = sorted((Choice(value, label) for value, label in labels.items()), key=lambda c: c.key not in shared)
    values = await screen.app.push_screen_wait(MultiPicker(_("Countries"), choices, selected=shared))
    if values is None:
        return None
    countries = [{"label": labels[value], "value": value} for value in values]

    def wanted(project: Project) -> dict[str, Any]:
        same = {country.value for country in project.countries} == set(values)
        return {} if same else {"country": countries}

    return wanted


async def _tags(screen: KoboScreen, field: str, projects: Sequence[Project]) -> Wanted | None:
    labels = {"tags": _("Tags (comma between)"), "add": _("Tags to add"), "remove": _("Tags to remove")}
    held = sorted({tag for project in projects for tag in project.tags})
    before = ", ".join(projects[0].tags) if field == "tags" else ""
    typed = await screen.ask(labels[field], before, complete=held, check=unstorable)
    if typed is None:
        return None
    named = {tag.strip() for tag in typed.split(",")}
    tags = {tag if tag in held else "-".join(tag.split()) for tag in named} - {""}  # the server writes spaces as dashes

    def wanted(project: Project) -> dict[str, Any]:
        now = set(project.tags)
        after = {"tags": tags, "add": now | tags, "remove": now - tags}[field]
        return {"tag_string": ",".join(sorted(after))}

    return wanted
