"""What a row rule is about: the projects it is for, their forms, and the records it lets through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kobotui.columns.rules import said_of
from kobotui.model.access import Rights, Rule
from kobotui.model.form import Form
from kobotui.model.rule_check import warnings
from kobotui.model.rule_fields import shared_form
from kobotui.screens.live_form import live_form

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.paging import Page
    from kobotui.model.project import ProjectDetail
    from kobotui.model.rowrule import Filter
    from kobotui.model.submission import Submission

MOST_FORMS = 40
"""For more projects no forms are read: one request each, and hardly a question that all of them share."""
FIRST_ROWS = 10
"""As many records are shown of those a rule lets through."""


class RuleProject(NamedTuple):
    """A project that gets the rule, and what everybody holds there."""

    uid: str
    name: str
    public: Rights


class RuleForms:
    """The forms of some projects; what they have alike is ``form``. Reads only; raises ``KoboError``."""

    def __init__(self, projects: Sequence[RuleProject], kobo: Callable[[], Awaitable[KoboClient]]) -> None:
        self.projects = projects
        self._kobo = kobo
        self.form = Form()
        self.forms: dict[str, Form] = {}
        """By uid; empty before they are read, and when there are too many."""
        self.details: dict[str, ProjectDetail] = {}

    @property
    def too_many(self) -> bool:
        """Whether there are more projects than forms are read of."""
        return len(self.projects) > MOST_FORMS

    @property
    def language(self) -> int:
        """The language of labels."""
        return self.form.default_language

    async def read(self) -> None:
        """Read the deployed forms."""
        if self.too_many:
            return
        kobo = await self._kobo()

        async def read(uid: str) -> Form:
            self.details[uid] = await kobo.projects.get(uid)
            return await live_form(kobo, self.details[uid])

        found = await asyncio.gather(*(read(project.uid) for project in self.projects))
        self.forms = {project.uid: form for project, form in zip(self.projects, found, strict=True)}
        self.form = shared_form(found)

    def warnings(self, rules: Sequence[Rule]) -> list[str]:
        """What the server will not do with the rules, project by project where it differs."""
        filters = next((rule.values() for rule in rules if rule.codename == "view_submissions"), [])
        named = [(project.name, warnings(filters, self.forms[project.uid])) for project in self.projects if self.forms]
        return list(said_of(named)) if named else []

    async def first_rows(self, uid: str, query: Filter) -> Page[Submission]:
        """The first records that match, and how many there are."""
        return await (await self._kobo()).submissions(uid).page(0, FIRST_ROWS, query=query)
