"""SETTINGS > General of one project: name, description, sector, country, tags."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from kobotui.columns.cell import Cell, Column
from kobotui.locale import _
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.text import shown
from kobotui.screens.base import bindings
from kobotui.screens.project_edit import edit_field, edits
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table


class GeneralScreen(ProjectPlace):
    """One line per setting; ``enter`` edits it."""

    place: ClassVar[str] = "general"
    BINDINGS = bindings("general")

    def body(self) -> ComposeResult:
        columns = (Column("label", _("Setting"), 16), Column("value", _("Value"), 18, flexible=True))
        yield Table(columns)

    def on_mount(self) -> None:
        self.table.focus()
        self._show()

    def detail_changed(self, detail: ProjectDetail) -> None:
        self._show()

    def _show(self) -> None:
        self.table.replace(ListSource(_settings(self.project), _row, lambda setting: setting[0]))

    def do_edit(self) -> None:
        """Edit the setting under the cursor."""
        self.run_worker(self._edit, group="ask", exclusive=True)

    async def _edit(self) -> None:
        from kobotui.api.errors import KoboError

        field = self.table.cursor_key
        if field is None or self.detail is None:
            return
        try:
            environment = await (await self.kobo()).environment()
        except KoboError as error:
            self.failed(error)
            return
        wanted = await edit_field(self, field, [self.detail], environment)
        if wanted is not None:
            await self.propose(_("Edit {name}").format(name=shown(self.project.name)), edits([self.detail], wanted))


def _settings(project: Project) -> list[tuple[str, str, str]]:
    """Field of ``edit_field``, label, value."""
    return [
        ("name", _("Name"), project.name),
        ("description", _("Description"), project.description),
        ("sector", _("Sector"), project.sector.label if project.sector else ""),
        ("country", _("Countries"), ", ".join(country.label for country in project.countries)),
        ("tags", _("Tags"), ", ".join(project.tags)),
    ]


def _row(setting: tuple[str, str, str]) -> Row:
    field, label, value = setting
    return Row(field, (Cell(label, "dim"), Cell(shown(value)) if value else Cell("-", "dim")))
