"""FORM of one project: the outline of its questions, and its versions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult

from kobotui.columns.form import asked, item_lines, outline_cells, outline_columns
from kobotui.columns.versions import version_cells, version_columns
from kobotui.locale import _, ngettext
from kobotui.model.form import Form, Node
from kobotui.model.project import Project, ProjectDetail, Version
from kobotui.model.text import shown
from kobotui.screens.base import bindings
from kobotui.screens.project_flows import ProjectFlows
from kobotui.screens.project_place import ProjectPlace
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table


class FormScreen(ProjectFlows, ProjectPlace):
    """Questions in form order with their labels in a chosen language, or names; ``v`` shows the versions instead."""

    place: ClassVar[str] = "form"
    BINDINGS = bindings("form")

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.form = Form()
        self._language: int | None = 0
        self._names = False
        self._versions: tuple[Version, ...] | None = None

    def body(self) -> ComposeResult:
        yield Table(outline_columns(), empty=_("Reading the form ..."))

    def on_mount(self) -> None:
        self.table.focus()

    def chosen(self) -> Sequence[Project]:
        return (self.detail or self.project,)

    def detail_changed(self, detail: ProjectDetail) -> None:
        self.form = Form.from_content(detail.content)
        if self._language is None or self._language >= len(self.form.languages):
            self._language = self.form.default_language
        if self._versions is None:
            self._show_outline()
        else:
            self.read_versions()

    def _show_outline(self) -> None:
        table = self.table
        table.columns = outline_columns()
        table.empty = _("This form has no questions yet.")
        language = None if self._names else self._language
        nodes = list(enumerate(self.form.outline()))
        table.replace(ListSource(nodes, partial(_outline_row, self.form, language), lambda node: str(node[0])))
        questions = asked(self.form)
        facts = [ngettext("{n} question", "{n} questions", questions).format(n=questions)]
        if len(self.form.languages) > 1 or self._names:
            facts.append(_("names") if self._names else _language_name(self.form.languages[self._language or 0]))
        self.show_heading(", ".join(facts))

    def do_open(self) -> None:
        """The question under the cursor in full; of a version, what is known of it."""
        from kobotui.widgets.message_box import MessageBox

        key = self.table.cursor_key
        if key is None:
            return
        if self._versions is not None:
            version = next(version for version in self._versions if version.uid == key)
            cells = self._version_row(version).cells
            lines = [f"{column.heading}: {cell.text}" for column, cell in zip(version_columns(), cells, strict=True)]
            self.app.push_screen(MessageBox(_("Version"), lines[0], "\n".join(lines[1:])))
        else:
            item = self.form.nodes[int(key)].item
            first, *rest = item_lines(self.form, item)
            self.app.push_screen(MessageBox(self.form.label(item, self._language), first, "\n".join(rest)))

    def do_language(self) -> None:
        """Choose the language of the labels."""
        self.run_worker(self._choose_language, group="ask", exclusive=True)

    async def _choose_language(self) -> None:
        choices = [Choice(str(i), _language_name(name)) for i, name in enumerate(self.form.languages)]
        if key := await self.app.push_screen_wait(Picker(_("Language"), choices)):
            self._language, self._names, self._versions = int(key), False, None
            self._show_outline()

    def do_names(self) -> None:
        """Names in place of labels, or labels again."""
        self._names = not self._names
        self._versions = None
        self._show_outline()

    def do_versions(self) -> None:
        """The versions, or the outline again."""
        if self._versions is None:
            self._versions = ()
            self.read_versions()
        else:
            self._versions = None
            self._show_outline()

    @work(exclusive=True, group="versions")
    async def read_versions(self) -> None:
        """All versions, newest first."""
        from kobotui.api.errors import KoboError

        try:
            versions = await (await self.kobo()).versions(self.project.uid).list()
        except KoboError as error:
            self.failed(error)
            return
        if self._versions is None:
            return  # back at the outline meanwhile
        self._versions = versions
        table = self.table
        table.columns = version_columns()
        table.replace(ListSource(versions, self._version_row, lambda version: version.uid))
        self.show_heading(ngettext("{n} version", "{n} versions", len(versions)).format(n=len(versions)))

    def _version_row(self, version: Version) -> Row:
        live = version.uid == self.project.deployed_version_id
        return Row(version.uid, version_cells(version, self.app.session.now(), live=live))


def _outline_row(form: Form, language: int | None, item: tuple[int, Node]) -> Row:
    position, node = item
    return Row(str(position), outline_cells(form, node, language))


def _language_name(name: str | None) -> str:
    return shown(name) if name else _("unnamed language")
