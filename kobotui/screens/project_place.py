"""What the places of one project share: SUMMARY, FORM, DATA, SETTINGS, Sharing, Exports, Activity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.actions import BY_ID
from kobotui.locale import _
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen
from kobotui.screens.places import PROJECT_PLACES, project_screen
from kobotui.screens.project_flows import deleted_by
from kobotui.widgets.key_bar import KeyBar
from kobotui.widgets.places_line import PlacesLine
from kobotui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from kobotui.jobs import JobState


class ProjectPlace(KoboScreen):
    """One place of one project. ``project`` is what is known of it; ``detail`` follows from the server."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.detail: ProjectDetail | None = project if isinstance(project, ProjectDetail) else None

    def compose(self) -> ComposeResult:
        yield TopLine()
        actions = [BY_ID[f"{self.place}.{place}"] for place in PROJECT_PLACES]
        yield PlacesLine([(action.shown_key, _(action.label), action.verb == self.place) for action in actions])
        yield from self.body()
        yield KeyBar()

    def on_mount(self) -> None:
        self.show_heading()
        if self.detail is None:
            self.read_detail()
        else:
            self.detail_changed(self.detail)

    def show_heading(self, facts: str = "") -> None:
        """The project in the line on top; the line below says which place of it this is."""
        self.show_where(shown(self.project.name) or self.project.uid, facts)

    @work(exclusive=True, group="detail")
    async def read_detail(self) -> None:
        """Read the project again."""
        from kobotui.api.errors import KoboError

        try:
            detail = await (await self.kobo()).projects.get(self.project.uid)
        except KoboError as error:
            self.failed(error)
            return
        self.project = self.detail = detail
        if not detail.rights:  # whoever else sees a project has a right to
            self.app.session.superuser = True
        self.show_heading()
        self.show_keys()
        self.detail_changed(detail)

    def detail_changed(self, detail: ProjectDetail) -> None:
        """The project's detail has arrived, or arrived anew."""

    def do_refresh(self) -> None:
        self.read_detail()

    def job_ended(self, job: JobState) -> None:
        if self.project.uid in deleted_by(job) and self.app.kobo_screen() is self:
            self.app.leave_screen()
        elif any(change.project == self.project.uid for change in job.plan.changes):
            self.read_detail()

    def targets(self) -> Sequence[Target]:
        return (Target(self.project.name, self.my_rights(), self.project.deployment_status),)

    def my_rights(self) -> frozenset[str] | None:
        """The caller's rights here; None when only the server knows (a superuser, or not read yet)."""
        return (self.detail.rights or None) if self.detail else None

    def raw(self) -> object | None:
        import msgspec

        raw: object = msgspec.to_builtins(self.detail or self.project)
        return raw

    # Moving between places

    def go_to_place(self, place: str) -> None:
        """Another place of this project, in place of this one."""
        if place != self.place:
            self.app.switch_screen(project_screen(self.detail or self.project, place))

    def do_summary(self) -> None:
        self.go_to_place("summary")

    def do_form(self) -> None:
        self.go_to_place("form")

    def do_data(self) -> None:
        self.go_to_place("data")

    def do_general(self) -> None:
        self.go_to_place("general")

    def do_sharing(self) -> None:
        self.go_to_place("sharing")

    def do_exports(self) -> None:
        self.go_to_place("exports")

    def do_activity(self) -> None:
        self.go_to_place("activity")

    def do_next_place(self) -> None:
        self._step(1)

    def do_previous_place(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        position = PROJECT_PLACES.index(self.place)
        self.go_to_place(PROJECT_PLACES[(position + by) % len(PROJECT_PLACES)])
