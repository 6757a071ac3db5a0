"""Three hundred changes of every kind on a demo server, and what the server must hold after them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

from kobotui.api.client import KoboClient
from kobotui.changes.access import SetAccess
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import Deploy, SetActive, prepare_deploy
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.forms import FormSource, GoBack, ReplaceForm
from kobotui.changes.kinds import AnyChange
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.projects import EditProject, editable
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.model.access import NOTHING, PUBLIC, Rights, rules_of, settled
from kobotui.model.new_record import DeployedForm
from kobotui.model.project import ProjectDetail
from kobotui.model.submission import VALIDATION_UIDS, Submission, answer_at
from tests.changes.server_state import ProjectState, Questions
from tests.changes.test_projects import xlsform

USERS = ("ben", "carol", "dana", "amina", "joseph", "fatou", "ibrahim", "grace")
WANTED = (
    settled(Rights(frozenset({"view_submissions"}))),
    settled(Rights(frozenset({"add_submissions", "view_asset"}))),
    settled(Rights(frozenset({"validate_submissions"}))),
    settled(Rights(frozenset({"manage_asset"}))),
    settled(Rights(rules=rules_of({"change_submissions": [{"_submitted_by": "ben"}]}))),
    settled(Rights(frozenset({"add_submissions"}), rules_of({"change_submissions": [{"_submitted_by": "dana"}]}))),
    settled(Rights(rules=rules_of({"view_submissions": [{"region": "north"}, {"_submitted_by": "dana"}]}))),
    NOTHING,
)
PUBLIC_WANTED = settled(Rights(frozenset({"add_submissions", "view_asset"})))
EXTRA = {"type": "text", "name": "kobotui_extra", "label": ["Extra"]}
FORM: Questions = (("text", "who"), ("integer", "how_many"))
WORKBOOK = [("text", "who", "Who?"), ("integer", "how_many", "How many?")]


class Scenario:
    """Builds the plan piece by piece; nothing of it gets in another's way."""

    def __init__(self, kobo: KoboClient, seed: int, size: int) -> None:
        self._kobo = kobo
        self._rng = random.Random(seed)
        self._size = size
        self.changes: list[AnyChange] = []
        self._last: list[AnyChange] = []
        """Second corrections of a record: they come after the first ones."""
        self._projects: list[ProjectDetail] = []
        self._records: dict[str, list[Submission]] = {}

    async def build(self) -> list[AnyChange]:
        """Make drafts that can be deployed, and plan ``size`` changes from the server's state of now."""
        await self._prepare()
        self._teams()
        self._details()
        await self._deployments()
        self._creations()
        self._forms()
        await self._data()
        room = self._size - len(self.changes) - len(self._last)
        for number, (project, record) in zip(range(room), self._unused(), strict=False):
            self.changes.append(self._edit(project, record, f"single {number}"))
        self._rng.shuffle(self.changes)
        plan = [*self.changes, *self._last]
        assert len(plan) == self._size
        return plan

    async def _prepare(self) -> None:
        listed = [p for p in await self._kobo.projects.walk().all() if p.owner == "admin"]
        live = [p for p in listed if p.deployment_status == "deployed"]
        for project in live[4:14]:  # saved again, and not deployed
            content = (await self._kobo.projects.get(project.uid)).content
            await self._kobo.projects.patch(project.uid, content={**content, "survey": [*content["survey"], EXTRA]})
        for number in range(3):
            await self._kobo.projects.clone(live[0].uid, name=f"A draft to deploy {number}")
        listed = [p for p in await self._kobo.projects.walk().all() if p.owner == "admin"]
        self._projects = sorted([await self._kobo.projects.get(p.uid) for p in listed], key=lambda project: project.uid)
        for project in self._of("deployed"):
            found = (await self._kobo.submissions(project.uid).page(limit=1000)).items
            self._records[project.uid] = list(found)

    def _of(self, status: str) -> list[ProjectDetail]:
        return [project for project in self._projects if project.deployment_status == status]

    def _teams(self) -> None:
        for number, project in enumerate(self._projects):
            users = self._rng.sample(USERS, 4 if number % 3 == 0 else 1 if number % 3 == 1 else 0)
            for user in users:
                now = Rights.of(row for row in project.permissions if row.username == user)
                wanted = [rights for rights in WANTED if rights != now]
                self._access(project, user, self._rng.choice(wanted))
        for project in self._of("deployed")[:4]:
            self._access(project, PUBLIC, PUBLIC_WANTED)

    def _access(self, project: ProjectDetail, user: str, after: Rights) -> None:
        before = Rights.of(row for row in project.permissions if row.username == user)
        if before != after:
            names: dict[str, Any] = {"project": project.uid, "project_name": project.name, "owner": project.owner}
            self.changes.append(SetAccess(**names, username=user, before=before, after=after))

    def _details(self) -> None:
        for number, project in enumerate(self._projects[:26]):
            after: dict[str, Any] = {"description": f"By plan {number}"}
            if number % 2:
                after |= {"name": f"{project.name} [{number}]".strip(), "tag_string": f"plan,tag-{number}"}
            if number % 5 == 0:
                after |= {"sector": {"label": "Other", "value": "Other"}}
            now = editable(project)
            before = {field: now[field] for field in after}
            self.changes.append(EditProject(project=project.uid, project_name=project.name, before=before, after=after))

    async def _deployments(self) -> None:
        drafts = [project.uid for project in self._of("draft")]
        changed = [project.uid for project in self._of("deployed") if project.differs][:6]
        self.changes += await prepare_deploy(self._kobo, [*drafts, *changed])
        for project in self._of("archived")[:4]:
            self.changes.append(SetActive(project=project.uid, project_name=project.name, before=False, after=True))
        for project in self._of("deployed")[:5]:
            self.changes.append(SetActive(project=project.uid, project_name=project.name, before=True, after=False))

    def _creations(self) -> None:
        for number, project in enumerate(self._of("archived")[:8]):
            self.changes.append(CloneProject(project=project.uid, project_name=project.name, name=f"Clone {number}"))
        for number in range(6):
            title = "A title that is not the name" if number % 2 else ""
            source = FormSource(filename=f"new {number}.xlsx", content=xlsform(*WORKBOOK, title=title))
            self.changes.append(CreateProject(project="", project_name=f"From a file {number}", source=source))

    def _forms(self) -> None:
        same = [project for project in self._of("deployed") if not project.differs]
        for number, project in enumerate(same[:5]):
            source = FormSource(filename="form.xlsx", content=xlsform(*WORKBOOK, title="Title" if number % 2 else ""))
            names: dict[str, Any] = {"project": project.uid, "project_name": project.name}
            self.changes.append(ReplaceForm(**names, source=source, version=project.version_id or ""))
        for number, project in enumerate([p for p in self._of("deployed") if p.differs][6:]):
            self.changes.append(
                GoBack(
                    project=project.uid,
                    project_name=project.name,
                    before=project.version_id or "",
                    version=project.deployed_version_id or "",
                    redeploy=bool(number % 2),
                )
            )

    # Records of projects that stay live

    async def _data(self) -> None:
        open_ones = [project for project in self._of("deployed")[5:] if len(self._records[project.uid]) > 60]
        for number, project in enumerate(open_ones[:4]):
            take = self._take(project)
            self.changes += [self._edit(project, next(take), f"the same {number}") for _n in range(15)]
            for record in (next(take) for _n in range(4)):
                self.changes.append(self._edit(project, record, "first"))
                self._last.append(self._edit(project, record, "second", path="kobotui/second"))
            status = VALIDATION_UIDS[number % 3]
            chosen = (record for record in take if record.validation != status)
            self.changes += [self._validate(project, next(chosen), status) for _n in range(9)]
            self.changes += [self._delete(project, next(take)) for _n in range(3)]
            self.changes += [self._duplicate(project, next(take)) for _n in range(3)]
            form = DeployedForm.parse(await self._kobo.openrosa.form_xml(project.uid))
            self.changes += [self._submit(project, form, 100 * number + n) for n in range(3)]

    def _submit(self, project: ProjectDetail, form: DeployedForm, number: int) -> SubmitRecord:
        """A new record with one answer, whatever the question."""
        plain = (node.name for node in form.blank.children if not node.children)
        path = next(name for name in plain if name not in {"start", "end", "__version__"})
        record = form.record({path: f"new {number}"}, f"{number:032}")
        return SubmitRecord.of(record, project.uid, project.name)

    def _take(self, project: ProjectDetail) -> Iterator[Submission]:
        """Records of a project, each once."""
        while self._records[project.uid]:
            yield self._records[project.uid].pop()

    def _unused(self) -> Iterator[tuple[ProjectDetail, Submission]]:
        for project in self._of("deployed")[5:] * 10:
            for record in self._take(project):
                yield project, record
                break

    def _edit(self, project: ProjectDetail, record: Submission, value: str, path: str = "") -> EditAnswers:
        path = path or _text_path(project, record)
        return EditAnswers(
            project=project.uid,
            project_name=project.name,
            record=record.id,
            root_uuid=record.root_uuid,
            uuid=record.uuid,
            before={path: answer_at(record.raw, path)},
            after={path: value},
        )

    def _validate(self, project: ProjectDetail, record: Submission, status: str) -> SetValidation:
        return SetValidation(
            project=project.uid,
            project_name=project.name,
            record=record.id,
            root_uuid=record.root_uuid,
            before=record.validation,
            stamp=record.validation_stamp[1],
            after=status,
        )

    def _delete(self, project: ProjectDetail, record: Submission) -> DeleteSubmission:
        names: dict[str, Any] = {"project": project.uid, "project_name": project.name}
        return DeleteSubmission(**names, record=record.id, root_uuid=record.root_uuid, uuid=record.uuid)

    def _duplicate(self, project: ProjectDetail, record: Submission) -> DuplicateSubmission:
        names: dict[str, Any] = {"project": project.uid, "project_name": project.name}
        return DuplicateSubmission(**names, record=record.id, root_uuid=record.root_uuid)


def _text_path(project: ProjectDetail, record: Submission) -> str:
    """A question to correct: inside nested repeats where the record has some."""
    if answer_at(record.raw, "patient[1]/visit[1]/temp"):
        return "patient[1]/visit[1]/temp"
    texts = [row.get("$xpath") for row in project.content["survey"] if row["type"] == "text"]
    return next((path for path in texts if path and path in record.raw), "kobotui_note")


# What must be there afterwards

TWICE = "corrected twice"
"""Instead of the revision that was replaced, where that is one of the plan's own."""


def expected(before: dict[str, ProjectState], plan: Sequence[AnyChange]) -> dict[str, ProjectState]:
    """The projects that were there, as the plan wants them, without the copies of records."""
    after = copy.deepcopy(before)
    for change in plan:
        if not isinstance(change, CloneProject | CreateProject):
            _apply(after[change.project], change)
    return after


def _apply(project: ProjectState, change: AnyChange) -> None:
    match change:
        case SetAccess(username=user, after=rights):
            project.team.pop(user, None)
            if rights:
                project.team[user] = rights
        case EditProject(after=fields):
            project.fields |= fields
        case Deploy(live=live):
            project.status = project.status if live else "deployed"
            project.live = project.draft
        case SetActive(after=active):
            project.status = "deployed" if active else "archived"
        case ReplaceForm():
            project.draft = FORM
        case GoBack():  # to what is live
            assert project.live
            project.draft = project.live
        case SetValidation(record=record, after=status):
            project.records[record].validation = status
        case DeleteSubmission(record=record):
            del project.records[record]
        case EditAnswers(record=record, wanted=wanted):
            for path, value in wanted.items():
                _answer(project.records[record].answers, path, value)
            again = project.records[record].replaced == change.uuid
            project.records[record].replaced = TWICE if again else change.uuid


def _answer(answers: dict[str, Any], path: str, value: str) -> None:
    """Put an answer where it belongs, also inside repeats."""
    where: Any = answers
    plain = ""
    for segment in path.split("/"):
        name, _bracket, position = segment.partition("[")
        plain = f"{plain}/{name}" if plain else name
        if position:
            where = where[plain][int(position.rstrip("]")) - 1]
    where[plain] = value
