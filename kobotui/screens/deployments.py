"""Deployments: what is live against what is drafted, for all projects.

Those with undeployed changes come first, as far as that is known when the list is ordered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from kobotui.columns.cell import Cell, Column
from kobotui.columns.deployments import deployment_cells, deployment_columns
from kobotui.locale import N_
from kobotui.model.lists import SortKey
from kobotui.model.project import Project
from kobotui.screens.base import bindings
from kobotui.screens.project_list import ProjectList


class DeploymentsScreen(ProjectList):
    """All projects, draft against deployed."""

    place: ClassVar[str] = "deployments"
    heading = N_("Deployments")
    every_version = True
    BINDINGS = bindings("deployments")

    def columns(self) -> tuple[Column, ...]:
        return deployment_columns()

    def cells(self, project: Project) -> tuple[Cell, ...]:
        return deployment_cells(project, self.app.session.now(), self.versions.differs(project), self.versions.numbers)

    def natural_order(self) -> Callable[[Project], SortKey | None] | None:
        return lambda project: not project.undeployed  # what versions tell comes later, and rows do not jump
