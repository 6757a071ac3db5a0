"""The lines of the access matrix as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kobotui.columns.cell import Cell, MadeCells
from kobotui.columns.matrix import matrix_cell, matrix_head
from kobotui.model.access import PUBLIC
from kobotui.widgets.rows import Row

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kobotui.changes.teams import Cell as Place
    from kobotui.model.access import Rights
    from kobotui.model.matrix import MatrixProject, View

MARK = ">"
"""Before the text of a cell that is marked."""


class MatrixSource:
    """The lines of a view as rows of a table."""

    def __init__(
        self, view: View, roles: Mapping[str, Rights], wanted: Mapping[Place, Rights], marked: Collection[Place]
    ) -> None:
        self.view = view
        self.marked = marked
        self._roles, self._wanted = roles, wanted
        self._places: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.view.rows)

    def key(self, index: int) -> str:
        line = self.view.rows[index]
        return line if isinstance(line, str) else line.uid

    def index_of(self, key: str) -> int | None:
        if self._places is None:
            self._places = {self.key(index): index for index in range(len(self))}
        return self._places.get(key)

    def place(self, index: int, column: int) -> tuple[MatrixProject, str]:
        """The project and the user of one cell; behind the users of a project stands the public."""
        if self.view.by == "project" and column == len(self.view.users):
            return self.view.projects[index], PUBLIC
        return self.view.at(index, column)

    def row(self, index: int) -> Row:
        across = len(self.view.columns) + (self.view.by == "project")
        head = matrix_head(self.view, index)
        n = len(head)
        cells = MadeCells(n + across, lambda place: head[place] if place < n else self._cell(index, place - n))
        return Row(self.key(index), cells)

    def _cell(self, index: int, column: int) -> Cell:
        project, user = self.place(index, column)
        place = (project.uid, user)
        cell = matrix_cell(project, user, self._roles, self._wanted.get(place))
        return Cell(f"{MARK}{cell.text}", cell.style) if place in self.marked else cell
