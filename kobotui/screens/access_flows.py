"""What can be done in the access matrix: rights of the cells that are marked, people and teams over many projects.

Everything is pending in ``edits`` until it is reviewed; what is not possible is said, project by project.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kobotui.changes.public import RepairPublic
from kobotui.changes.team_moves import copy_rights, copy_team, members_of, remove_user, replace_user
from kobotui.changes.teams import Cell, Refused, TeamEdits
from kobotui.columns.words import right_label, rights_line, user_label
from kobotui.locale import _, ngettext
from kobotui.model.access import CODENAMES, PARTIAL, PUBLIC, PUBLIC_CODENAMES
from kobotui.model.matrix import Matrix, MatrixProject
from kobotui.model.roles import roles
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen
from kobotui.screens.user_names import ask_users
from kobotui.widgets.message_box import MessageBox
from kobotui.widgets.picker import Choice, MultiPicker, Picker

if TYPE_CHECKING:
    from kobotui.jobs import JobState


class AccessFlows(KoboScreen):
    """A screen mixes this in and says in :meth:`cursor_place` and its like what is meant."""

    edits: TeamEdits
    picked: set[Cell]
    """Marked cells: project and user."""

    @property
    def matrix(self) -> Matrix:
        """What the server says."""
        return self.edits.matrix

    def cursor_place(self) -> tuple[MatrixProject, str] | None:
        """The cell under the cursor."""
        raise NotImplementedError

    def cursor_project(self) -> MatrixProject | None:
        """The project under the cursor."""
        raise NotImplementedError

    def cursor_user(self) -> str | None:
        """The user under the cursor."""
        raise NotImplementedError

    def show(self) -> None:
        """Show what is pending now."""
        raise NotImplementedError

    def places(self) -> list[Cell]:
        """The cells an edit is applied to: the marked ones, else the one under the cursor; says why there is none."""
        if self.picked:
            return sorted(self.picked)
        if (place := self.cursor_place()) is None:
            self.flash(_("Move to a cell, or mark cells."), "warning")
            return []
        return [(place[0].uid, place[1])]

    def edited(self, refused: Sequence[Refused]) -> None:
        """An edit is pending: show it, and say what was not possible."""
        self.picked = set()
        self.show()
        if not refused:
            return
        text = ngettext("{n} of it is not possible.", "{n} of them are not possible.", len(refused))
        said = text.format(n=len(refused))
        if len(refused) == 1:
            self.flash(f"{_named(refused[0])}: {refused[0].reason}", "warning")
        else:
            lines = [f"{_named(one)}: {one.reason}" for one in refused]
            self.app.push_screen(MessageBox(_("Access"), said, "\n".join(lines)))

    # Cells

    def do_role(self) -> None:
        """Exactly the rights of a role."""
        if cells := self.places():
            self.run_flow(self._choose_role, cells)

    async def _choose_role(self, cells: list[Cell]) -> None:
        known = roles(self.app.session.settings.roles)
        if any(user == PUBLIC for _uid, user in cells):
            known = {name: held for name, held in known.items() if held.held <= PUBLIC_CODENAMES}
        choices = [Choice(name, name, rights_line(held)) for name, held in known.items()]
        if name := await self.app.push_screen_wait(Picker(_counted(_("Role"), cells), choices)):
            self.edited(self.edits.set_rights(cells, known[name]))

    def do_grant(self) -> None:
        """One more right, with what it brings along."""
        if cells := self.places():
            self.run_flow(self._choose_right, cells, grant=True)

    def do_revoke(self) -> None:
        """One right less, with what needs it."""
        if cells := self.places():
            self.run_flow(self._choose_right, cells, grant=False)

    async def _choose_right(self, cells: list[Cell], *, grant: bool) -> None:
        public = any(user == PUBLIC for _uid, user in cells)
        choices = [
            Choice(codename, right_label(codename))
            for codename in CODENAMES
            if codename != PARTIAL and (not public or codename in PUBLIC_CODENAMES)
        ]
        title = _counted(_("Grant") if grant else _("Take away"), cells)
        if codename := await self.app.push_screen_wait(Picker(title, choices)):
            change = self.edits.grant if grant else self.edits.revoke
            self.edited(change(cells, [codename]))

    def do_remove(self) -> None:
        """Take everything away in these cells."""
        if cells := self.places():
            self.edited(self.edits.remove(cells))

    def do_rule(self) -> None:
        """Rights on some records, the same rule in all of these cells."""
        if cells := self.places():
            self.run_flow(self._ask_rule, cells)

    async def _ask_rule(self, cells: list[Cell]) -> None:
        from kobotui.screens.rule_flow import RuleCell, ask_rules
        from kobotui.screens.rule_forms import RuleProject

        projects = self.matrix.projects
        able = [(uid, user) for uid, user in cells if user not in (PUBLIC, projects[uid].owner)]
        if not able:
            self.flash(_("Owners and the public have no row rules."), "warning")
            return
        about = {uid: RuleProject(uid, projects[uid].name, projects[uid].team.public) for uid, _user in able}
        users = dict.fromkeys(name for uid in about for name in projects[uid].usernames if name != PUBLIC)
        asked = [RuleCell(about[uid], user, self.edits.held(uid, user)) for uid, user in able]
        rules = await ask_rules(self, _counted(_("Row rule"), able), asked, sorted(users))
        if rules is not None:
            self.edited(self.edits.set_rules(cells, rules))

    # People

    def do_add_user(self) -> None:
        """Give somebody who may be new a role on the projects of the marked cells, or on the one under the cursor."""
        self.run_flow(self._add_user)

    async def _add_user(self) -> None:
        project = self.cursor_project()
        uids = {uid for uid, _user in self.picked} or ({project.uid} if project else set())
        if not uids:
            self.flash(_("Move to a project, or mark cells of several."), "warning")
            return
        names = await self._ask_users(_("usernames, or a group"))
        if names:
            await self._choose_role([(uid, name) for uid in sorted(uids) for name in names])

    def do_copy_rights(self) -> None:
        """Give other users what the one under the cursor holds, on the projects of the marked cells or on all."""
        self.run_flow(self._copy_rights)

    async def _copy_rights(self) -> None:
        if (user := self._one_user()) is None:
            return
        names = await self._ask_users(_("Copy the rights of {user} to").format(user=user_label(user)))
        refused: list[Refused] = []
        for name in names:
            refused += copy_rights(self.edits, user, name, self._uids())
        if names:
            self.edited(refused)

    def do_replace_user(self) -> None:
        """Put somebody else in the place of the user under the cursor, row rules included."""
        self.run_flow(self._replace_user)

    async def _replace_user(self) -> None:
        if (user := self._one_user()) is None:
            return
        names = await self._ask_users(_("Replace {user} by").format(user=user_label(user)))
        if len(names) > 1:
            self.flash(_("One user takes the place of one."), "warning")
        elif names:
            drop = await self._drop_in_rules(user, names[0])
            if drop is not None:
                self.edited(replace_user(self.edits, user, names[0], self._uids(), drop=drop))

    async def _drop_in_rules(self, user: str, name: str) -> bool | None:
        """Whether row rules shall name only the new user; None when the question was left. Asked where one does."""
        from kobotui.model.rule_users import users_of

        naming = [
            project
            for project, _user, held in self.matrix.cells()
            if user in users_of(held.rules) and (self._uids() is None or project.uid in (self._uids() or ()))
        ]
        if not naming:
            return False
        lost = await self._records_of(user, naming)
        beside = _("past records keep their submitter, and stay in view")
        text = ngettext("{n} record would be lost from view", "{n} records would be lost from view", lost)
        choices = [
            Choice("beside", _("Name both in row rules"), beside),
            Choice("drop", _("Name only {user}").format(user=user_label(name)), text.format(n=f"{lost:,}")),
        ]
        title = _("Row rules that name {user}").format(user=user_label(user))
        picked = await self.app.push_screen_wait(Picker(title, choices))
        return None if picked is None else picked == "drop"

    async def _records_of(self, user: str, projects: Sequence[MatrixProject]) -> int:
        """How many records of these projects the user sent."""
        kobo = await self.kobo()
        pages = [
            await kobo.submissions(uid).page(limit=1, query={"_submitted_by": user}, fields=["_id"])
            for uid in {project.uid for project in projects}
        ]
        return sum(page.count for page in pages)

    def do_remove_user(self) -> None:
        """Take everything away from the user under the cursor, on the projects of the marked cells or on all."""
        user = self._one_user()
        if user is not None:
            self.edited(remove_user(self.edits, user, self._uids()))

    def _one_user(self) -> str | None:
        """The user that is meant: of the marked cells, or under the cursor; says why there is none."""
        users = {user for _uid, user in self.picked}
        found = users.pop() if len(users) == 1 else None if users else self.cursor_user()
        if found is None or found == PUBLIC:
            self.flash(_("Move to one user, or mark cells of one."), "warning")
            return None
        return found

    def _uids(self) -> set[str] | None:
        """The projects of the marked cells; None for all."""
        return {uid for uid, _user in self.picked} or None

    async def _ask_users(self, label: str) -> list[str]:
        return await ask_users(self, label, self.matrix.users)

    # Teams

    def do_copy_team(self) -> None:
        """Give the team of the project under the cursor the same rights on the projects of the marked cells."""
        self.run_flow(self._copy_team)

    async def _copy_team(self) -> None:
        project = self.cursor_project()
        targets = {uid for uid, _user in self.picked} - ({project.uid} if project else set())
        if project is None or not targets:
            text = _("Mark cells of the projects that get the team, then move to the project that has it.")
            self.flash(text, "warning")
            return
        n = len(targets)
        title = ngettext("Team of {name} to {n} project", "Team of {name} to {n} projects", n)
        choices = [
            Choice("merge", _("Add to the teams there"), _("nobody loses anything")),
            Choice("replace", _("Replace the teams there"), _("whoever is not on this team leaves")),
        ]
        title = title.format(name=shown(project.name) or project.uid, n=n)
        how = await self.app.push_screen_wait(Picker(title, choices))
        if how is None:
            return
        members = members_of(self.edits, project)
        people = [Choice(user, user_label(user), rights_line(self.edits.held(project.uid, user))) for user in members]
        users = await self.app.push_screen_wait(MultiPicker(title, people, selected=members))
        if users is not None:
            chosen = None if len(users) == len(members) else users
            self.edited(copy_team(self.edits, project.uid, sorted(targets), chosen, replace=how == "replace"))

    # Public access

    def do_repair(self) -> None:
        """Bring the form's own switch into line with what the team's rows say of the public."""
        self.run_flow(self._repair)

    async def _repair(self) -> None:
        project = self.cursor_project()
        uids = {uid for uid, _user in self.picked} or ({project.uid} if project else set())
        changes = [
            RepairPublic(project=uid, project_name=self.matrix.projects[uid].name, before=self.matrix.get(uid, PUBLIC))
            for uid in self.matrix.projects
            if uid in uids and self.matrix.projects[uid].team.complete
        ]
        if not changes:
            self.flash(_("You manage none of these projects."), "warning")
            return
        n = len(changes)
        title = ngettext("Repair public access of {n} project", "Repair public access of {n} projects", n)
        await self.propose(title.format(n=n), changes)

    # Review

    def do_review(self) -> None:
        """Review what is pending."""
        self.run_flow(self._review)

    async def _review(self) -> None:
        changes = self.edits.changes()
        n = len({change.project for change in changes})
        title = ngettext("Access on {n} project", "Access on {n} projects", n).format(n=n)
        await self.propose(title, changes, self.edits.warnings())

    def do_reset(self) -> None:
        """Drop what is pending in the marked cells, or all of it."""
        self.edits.forget(self.picked or None)
        self.picked = set()
        self.show()

    def job_ended(self, job: JobState) -> None:
        """What was done is not pending any more."""
        super().job_ended(job)
        self.edits.forget(_touched(job) & self.edits.wanted.keys())

    def do_back(self) -> None:
        if self.edits.wanted:
            self.run_flow(self._leave)
        else:
            super().do_back()

    async def _leave(self) -> None:
        n = len(self.edits.wanted)
        text = ngettext("{n} pending change is not sent. Drop it?", "{n} pending changes are not sent. Drop them?", n)
        if await self.confirm(text.format(n=n)):
            super().do_back()


def _touched(job: JobState) -> set[Cell]:
    return {(change.project, getattr(change, "username", "")) for change in job.plan.changes}


def _named(refused: Refused) -> str:
    names = (shown(refused.project_name) or refused.project, user_label(refused.username))
    return ", ".join(filter(None, names))


def _counted(title: str, cells: Iterable[Cell]) -> str:
    cells = list(cells)
    if len(cells) == 1:
        return f"{title}: {user_label(cells[0][1])}"
    return ngettext("{title}: {n} cell", "{title}: {n} cells", len(cells)).format(title=title, n=len(cells))
