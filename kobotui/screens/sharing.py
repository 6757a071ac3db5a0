"""Sharing of one project: users and rights as a grid; edits are pending until they are reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult

from kobotui.action import Target
from kobotui.changes.access import SetAccess
from kobotui.columns.access import GRID_CODENAMES, access_cells, access_columns, access_groups
from kobotui.columns.words import right_label, rights_line, user_label
from kobotui.locale import _, ngettext
from kobotui.model.access import (
    NOTHING,
    PARTIAL,
    PUBLIC,
    PUBLIC_CODENAMES,
    Rights,
    Team,
    grant,
    ordered,
    revoke,
)
from kobotui.model.project import Project, ProjectDetail
from kobotui.model.roles import roles
from kobotui.model.rule_parts import with_rules
from kobotui.model.text import shown
from kobotui.screens.base import bindings
from kobotui.screens.project_place import ProjectPlace
from kobotui.screens.user_names import ask_users
from kobotui.widgets.picker import Choice, Picker
from kobotui.widgets.rows import ListSource, Row
from kobotui.widgets.table import Table
from kobotui.widgets.words_line import WordsLine

if TYPE_CHECKING:
    from kobotui.jobs import JobState


class SharingScreen(ProjectPlace):
    """Users × rights. ``team`` is what the server says, ``wanted`` what shall become of it, by user name."""

    place: ClassVar[str] = "sharing"
    BINDINGS = bindings("sharing")

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.team = Team.of(project.permissions, project.owner, "")
        self.wanted: dict[str, Rights] = {}
        self._added: list[str] = []

    def body(self) -> ComposeResult:
        yield Table(
            access_columns(self.project.asset_type),
            cursor="cell",
            gap=1,
            groups=access_groups(),
            empty=_("Reading the team ..."),
        )
        yield WordsLine()

    def on_mount(self) -> None:
        self.table.focus()
        self._show()

    # What the server says

    def detail_changed(self, detail: ProjectDetail) -> None:
        self.read_team()

    def do_refresh(self) -> None:
        self.read_detail()

    @work(exclusive=True, group="team")
    async def read_team(self) -> None:
        """Read the assignments anew; pending edits stay as they are."""
        from kobotui.api.errors import KoboError

        name = self._me()
        manages = "manage_asset" in (self.my_rights() or ())
        try:
            rows = await (await self.kobo()).access(self.project.uid).read()
            team = Team.of(rows, self.project.owner, name, sees_all=manages)
            if not team.complete and await self.app.reading.learn_superuser():
                team = Team.of(rows, self.project.owner, name, sees_all=True)
        except KoboError as error:
            self.failed(error)
            return
        self.team = team
        for user in [user for user, wanted in self.wanted.items() if wanted == self.team.get(user)]:
            del self.wanted[user]
        self._show()

    def job_ended(self, job: JobState) -> None:
        """What was reviewed is pending no more, however it ended; what was not stays."""
        for change in job.plan.changes:
            if isinstance(change, SetAccess) and change.project == self.project.uid:
                self.wanted.pop(change.username, None)
                self._added = [user for user in self._added if user != change.username]
        super().job_ended(job)

    # What is shown

    def _users(self) -> list[str]:
        named = [user for user in self.team.rights if user not in (self.project.owner, PUBLIC)]
        new = [user for user in self._added if user not in self.team.rights]
        me = self._me()
        rowless = [me] if self._beyond(me) and me not in self.team.rights and me not in new else []
        return [self.project.owner, *named, *rowless, *new, PUBLIC]

    def _me(self) -> str:
        account = self.app.session.account
        return account.username if account else ""

    def _beyond(self, user: str) -> frozenset[str]:
        """Rights that the caller has without a row: by an organization or a project view. Of others nobody knows."""
        rights = self.my_rights()
        if rights is None or user in (self.project.owner, "") or user != self._me():
            return frozenset()
        return (rights & frozenset(GRID_CODENAMES)) - self.team.get(user).full - self.team.public.full

    def _show(self) -> None:
        table = self.table
        table.replace(ListSource(self._users(), self._row, lambda user: user))
        members = len(self._users()) - 2
        facts = [ngettext("{n} user", "{n} users", members).format(n=members)]
        if not self.team.complete:
            facts.append(_("only part of the team is visible to you"))
        if pending := len(self._changes()):
            facts.append(ngettext("{n} pending", "{n} pending", pending).format(n=pending))
        self.show_heading(", ".join(facts))
        self.show_keys()
        self.say_rights()

    def _row(self, user: str) -> Row:
        before, after = self.team.get(user), self.wanted.get(user, self.team.get(user))
        cells = access_cells(
            user,
            before,
            after,
            owner=self.project.owner,
            public=self.team.public,
            beyond=self._beyond(user),
            roles=roles(self.app.session.settings.roles),
            asset_type=self.project.asset_type,
        )
        return Row(user, cells, dim=user == self.project.owner, sign="-" if before and not after else "")

    @on(Table.CursorRested)
    def say_rights(self) -> None:
        """The rights of the user under the cursor in words, row rules included."""
        if user := self._user():
            held = self.wanted.get(user, self.team.get(user))
            words = f"{user_label(user)}: {rights_line(held)}"
            if beyond := self._beyond(user):
                names = ", ".join(right_label(codename) for codename in ordered(beyond))
                words = f"{words}; {_('without a row: {rights}').format(rights=names)}"
            self.query_one(WordsLine).say(words)

    def _user(self) -> str | None:
        return self.table.cursor_key

    def targets(self) -> Sequence[Target]:
        return (Target(shown(self.project.name), self.my_rights(), self.project.deployment_status),)

    # Editing

    def _want(self, user: str, rights: Rights) -> None:
        """Note what somebody shall hold; the same as before is no change."""
        if rights == self.team.get(user):
            self.wanted.pop(user, None)
        else:
            self.wanted[user] = rights
        self._show()

    def _refused(self, user: str | None) -> bool:
        """Whether nobody may edit this line; says why."""
        if user is None:
            return True
        if user == self.project.owner:
            self.flash(_("{name} owns this project; an owner's rights stay.").format(name=user), "warning")
            return True
        return False

    def do_toggle(self) -> None:
        """Grant or take away the right under the cursor; implied rights follow."""
        user, codename = self._user(), self.table.cursor_column_key
        if self._refused(user) or user is None:
            return
        if codename not in GRID_CODENAMES:
            self.flash(_("Move to a right to grant it or take it away."), "warning")
        elif user == PUBLIC and codename not in PUBLIC_CODENAMES:
            self.flash(_("The public cannot hold “{right}”.").format(right=right_label(codename)), "warning")
        else:
            now = self.wanted.get(user, self.team.get(user))
            held = codename in now.full
            asset_type = self.project.asset_type
            self._want(user, revoke(now, codename) if held else grant(now, codename, asset_type=asset_type))

    def do_remove(self) -> None:
        """Take everything away from the user under the cursor."""
        user = self._user()
        if self._refused(user) or user is None:
            return
        if user in self._added and user not in self.team.rights:
            self._added.remove(user)
        self._want(user, NOTHING)

    def do_role(self) -> None:
        """Choose a role for the user under the cursor."""
        user = self._user()
        if not self._refused(user) and user is not None:
            self.run_flow(self._choose_role, [user])

    async def _choose_role(self, users: Sequence[str]) -> None:
        known = roles(self.app.session.settings.roles)
        allowed = {name: held for name, held in known.items() if PUBLIC not in users or held.held <= PUBLIC_CODENAMES}
        choices = [Choice(name, name, rights_line(held)) for name, held in allowed.items()]
        title = _("Role of {user}").format(user=", ".join(map(user_label, users)))
        if name := await self.app.push_screen_wait(Picker(title, choices)):
            for user in users:
                self._want(user, allowed[name])

    def do_rule(self) -> None:
        """Limit the rights of the user under the cursor to some records."""
        user = self._user()
        if user == PUBLIC:
            self.flash(_("The public cannot hold “{right}”.").format(right=right_label(PARTIAL)), "warning")
        elif not self._refused(user) and user is not None:
            self.run_flow(self._ask_rule, user)

    async def _ask_rule(self, user: str) -> None:
        from kobotui.screens.rule_flow import RuleCell, ask_rules
        from kobotui.screens.rule_forms import RuleProject

        held = self.wanted.get(user, self.team.get(user))
        project = RuleProject(self.project.uid, self.project.name, self.team.public)
        title = _("Row rule of {user} on {name}").format(user=user_label(user), name=shown(self.project.name))
        users = [name for name in self._users() if name != PUBLIC]
        rules = await ask_rules(self, title, [RuleCell(project, user, held)], users)
        if rules is not None:
            self._want(user, with_rules(held, rules))

    def do_add(self) -> None:
        """Add users by name, or a group; the server is asked whether they exist."""
        self.run_flow(self._add)

    async def _add(self) -> None:
        names = await ask_users(self, _("username"), self._users())
        for user in names:
            if user not in self._users():
                self._added.append(user)
        if names:
            self._show()
            self.table.move_to_key(names[0])
            if new := [user for user in names if not self.team.get(user) and user not in self.wanted]:
                await self._choose_role(new)

    def do_reset(self) -> None:
        """Drop the pending changes."""
        self.wanted.clear()
        self._added.clear()
        self._show()

    # Review

    def _changes(self) -> list[SetAccess]:
        return [
            SetAccess(
                project=self.project.uid,
                project_name=self.project.name,
                username=user,
                owner=self.project.owner,
                asset_type=self.project.asset_type,
                before=self.team.get(user),
                after=rights,
            )
            for user, rights in self.wanted.items()
        ]

    def do_review(self) -> None:
        """Review the pending changes."""
        title = _("Sharing of {name}").format(name=shown(self.project.name) or self.project.uid)
        self.run_worker(partial(self.propose, title, self._changes()), group="ask", exclusive=True)

    def do_back(self) -> None:
        if self.wanted:
            self.run_worker(self._leave, group="ask", exclusive=True)
        else:
            super().do_back()

    async def _leave(self) -> None:
        n = len(self.wanted)
        text = ngettext("{n} pending change is not sent. Drop it?", "{n} pending changes are not sent. Drop them?", n)
        if await self.confirm(text.format(n=n)):
            super().do_back()
