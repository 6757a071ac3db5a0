"""Every kind of change, cut off before and after each of its writes, ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest

from kobotui.api.client import KoboClient
from kobotui.changes.access import SetAccess
from kobotui.changes.apply import Application
from kobotui.changes.creations import CloneProject, CreateProject
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.deployments import SetActive, prepare_deploy
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.forms import FormSource, GoBack, ReplaceForm
from kobotui.changes.journal import Journal
from kobotui.changes.kinds import AnyChange
from kobotui.changes.local_files import LocalFile
from kobotui.changes.named_exports import CreateNamedExport, DeleteNamedExport, EditNamedExport, NamedState
from kobotui.changes.new_records import SubmitRecord
from kobotui.changes.outcome import State
from kobotui.changes.plan import Plan
from kobotui.changes.projects import DeleteProject, EditProject
from kobotui.changes.public import RepairPublic
from kobotui.changes.resubmissions import correction
from kobotui.changes.submissions import EditAnswers, SetValidation
from kobotui.demo.state import Asset
from kobotui.demo.state import State as DemoState
from kobotui.model.access import NOTHING, PUBLIC, Rights, Team, rules_of, settled
from kobotui.model.export_options import ExportOptions
from kobotui.model.form import Form
from kobotui.model.new_record import DeployedForm
from kobotui.model.record_edit import read_edit
from kobotui.model.record_xml import RecordXml
from kobotui.model.submission import Submission, answer_at
from kobotui.paths import private_dir, state_dir
from tests.changes.nearby import SERVER, client_on, names, project, seeded
from tests.changes.server_state import ProjectState, read_all
from tests.changes.test_projects import xlsform

VIEWER = settled(Rights(frozenset({"view_submissions"})))
MANAGER = settled(Rights(frozenset({"manage_asset"})))
OPENED = settled(Rights(frozenset({"view_submissions", "add_submissions"})))
NARROW = settled(Rights(rules=rules_of({"change_submissions": [{"_submitted_by": "ben"}]})))
FORM = xlsform(("text", "who", "Who?"), title="A title that is not the name")

Build = Callable[[KoboClient, DemoState], Awaitable[Sequence[AnyChange]]]


class Cut(BaseException):
    """The process is gone."""


async def records(kobo: KoboClient, asset: Asset) -> Sequence[Submission]:
    """The first three records."""
    return (await kobo.submissions(asset.uid).page(limit=3)).items


def access(name: str, **wanted: Rights) -> Build:
    """A change of each user's rights."""

    async def build(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
        asset = project(state, name)
        team = Team.of(await kobo.access(asset.uid).read(), "admin", "admin")
        return [
            SetAccess(**names(asset), username=user, owner=asset.owner, before=team.get(user), after=after)
            for user, after in wanted.items()
        ]

    return build


async def details(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    before = {"name": asset.name, "tag_string": ",".join(sorted(asset.tags))}
    return [EditProject(**names(asset), before=before, after={"name": "Another", "tag_string": "a,b"})]


async def clone(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    return [CloneProject(**names(project(state, "Household")), name="The clone")]


def create(content: bytes) -> Build:
    """A new project from a file."""

    async def build(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
        source = FormSource(filename="new.xlsx", content=content)
        return [CreateProject(project="", project_name="Wells", source=source)]

    return build


async def replace_form(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    source = FormSource(filename="form.xlsx", content=FORM)
    return [ReplaceForm(**names(asset), source=source, version=asset.version.uid)]


def go_back(redeploy: bool) -> Build:
    """Back to the live form of a project that has a newer one."""

    async def build(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
        asset = project(state, "Distribution")
        assert asset.deployed_version
        first = asset.versions[0]
        await kobo.deployment(asset.uid).redeploy(asset.version.uid, active=True)
        return [GoBack(**names(asset), before=asset.version.uid, version=first.uid, redeploy=redeploy)]

    return build


def deploy(name: str) -> Build:
    """Publish the newest form."""

    async def build(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
        if name:
            return list(await prepare_deploy(kobo, [project(state, name).uid]))
        draft = await kobo.projects.clone(project(state, "Household").uid, name="A draft")
        return list(await prepare_deploy(kobo, [draft.uid]))

    return build


async def archive(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    return [SetActive(**names(project(state, "Household")), before=True, after=False)]


async def correct(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    return [edit(asset, record, "remarks", "the same") for record in await records(kobo, asset)]


async def correct_twice(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Clinic")
    (record, *_rest) = await records(kobo, asset)
    path = "patient[1]/visit[1]/temp"
    return [edit(asset, record, path, "36.6"), edit(asset, record, "note", "checked"), edit(asset, record, path, "37")]


async def resubmit(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    """An instance goes, one comes, and an answer changes; then another one goes."""
    asset = project(state, "Clinic")
    form = Form.from_content(asset.content)
    found = [r for r in (await kobo.submissions(asset.uid).page(limit=20)).items if len(r.raw.get("patient", [])) > 1]
    record = RecordXml.parse(await kobo.submissions(asset.uid).xml(found[0].id), form)
    changes: list[AnyChange] = []
    for text in (
        '[patient.1]\npname = "Z"\n[patient.1.visit.new]\ntemp = "36.6"\n[patient.new]\npname = "Y"',
        "[patient.1]",
    ):
        wanted = read_edit("toml", text, form, record)
        changes.append(correction(wanted, found[0], record, form, **names(asset)))
        record = wanted.record
    return changes


def edit(asset: Asset, record: Submission, path: str, value: str) -> EditAnswers:
    """A correction."""
    return EditAnswers(
        **names(asset),
        record=record.id,
        root_uuid=record.root_uuid,
        uuid=record.uuid,
        before={path: answer_at(record.raw, path)},
        after={path: value},
    )


async def validate(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    return [
        SetValidation(
            **names(asset),
            record=record.id,
            root_uuid=record.root_uuid,
            before=record.validation,
            stamp=record.validation_stamp[1],
            after=None if record.validation else "validation_status_on_hold",
        )
        for record in await records(kobo, asset)
    ]


async def duplicate(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Clinic")
    found = await records(kobo, asset)
    return [DuplicateSubmission(**names(asset), record=r.id, root_uuid=r.root_uuid) for r in (found[0], found[0])]


async def submit(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    """Two records, one of them with a file and a status."""
    asset = project(state, "Clinic")
    form = DeployedForm.parse(await kobo.openrosa.form_xml(asset.uid))
    picture = private_dir(state_dir()) / "picture.jpg"
    picture.write_bytes(b"a picture")
    first = form.record({"facility": "Post 1", "photo": "new.jpg", "patient[2]/visit[1]/temp": "37"}, f"{1:032}")
    file = LocalFile.of(picture, "new.jpg")
    return [
        SubmitRecord.of(first, **names(asset), files=[file], validation="validation_status_on_hold"),
        SubmitRecord.of(form.record({"facility": "Post 2"}, f"{2:032}"), **names(asset)),
    ]


async def delete_records(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    return [
        DeleteSubmission(**names(asset), record=record.id, root_uuid=record.root_uuid, uuid=record.uuid)
        for record in await records(kobo, asset)
    ]


async def delete_project(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    assert asset.records is not None
    return [DeleteProject(**names(asset), submissions=len(asset.records))]


async def repair(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
    asset = project(state, "Household")
    assert asset.deployment
    asset.deployment.require_auth = False  # somebody wrote the team without the public's rows
    return [RepairPublic(**names(asset), before=NOTHING)]


def named(do: str) -> Build:
    """A named export that is made, edited or deleted."""

    async def build(kobo: KoboClient, state: DemoState) -> list[AnyChange]:
        asset = project(state, "Household")
        options, others = (ExportOptions(lang="_xml", type=kind).body() for kind in ("csv", "xls"))
        if do == "create":
            return [CreateNamedExport(**names(asset), after=NamedState("Board", options))]
        there = await kobo.named_exports(asset.uid).create("Board", options)
        before = NamedState.of(there)
        if do == "delete":
            return [DeleteNamedExport(**names(asset), uid=there.uid, before=before)]
        return [EditNamedExport(**names(asset), uid=there.uid, before=before, after=NamedState("New", others))]

    return build


CASES: dict[str, Build] = {
    "one user's calls": access("Household", ben=NARROW),
    "a user leaves": access("Household", carol=NOTHING),
    "a team": access("Household", ben=MANAGER, dana=VIEWER, halima=NOTHING, carol=NARROW),
    "public access": access("Clinic", **{PUBLIC: OPENED}),
    "details": details,
    "clone": clone,
    "create": create(FORM),
    "create from what is no form": create(b"this is no workbook"),
    "replace form": replace_form,
    "go back": go_back(redeploy=False),
    "go back and redeploy": go_back(redeploy=True),
    "first deployment": deploy(""),
    "redeployment": deploy("Distribution"),
    "archive": archive,
    "corrections": correct,
    "one record corrected again and again": correct_twice,
    "instances come and go": resubmit,
    "validation": validate,
    "duplicates": duplicate,
    "new records": submit,
    "delete records": delete_records,
    "delete a project": delete_project,
    "repair of public access": repair,
    "a new named export": named("create"),
    "another named export": named("edit"),
    "no named export": named("delete"),
}


class Line:
    """A client's line: cut at a write."""

    def __init__(self, cut_before: int = 0, cut_after: int = 0) -> None:
        self.cut_before, self.cut_after = cut_before, cut_after
        self.writes = 0

    async def before(self, request: str) -> None:
        """A request is about to be sent."""
        if not request.startswith("GET"):
            self.writes += 1
            if self.writes == self.cut_before:
                raise Cut

    async def after(self, request: str) -> None:
        """A request was answered."""
        if not request.startswith("GET") and self.writes == self.cut_after:
            raise Cut


@pytest.fixture(autouse=True)
def quick(still: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo is the same in every run, and the server's time for what was cut off is over at once."""
    monkeypatch.setattr("kobotui.changes.step.GRACE", 0.0)
    monkeypatch.setattr("kobotui.changes.step.SERVER_LIMIT", 0.05)


Lived = tuple[list[State], list[ProjectState], list[bool]]


async def lived_through(build: Build, journal: Path, *lines: Line) -> Lived:
    """Begin on the first of these lines and go on along the others: how the changes ended, what is on the server.

    Last come the forms' own switches: who may send records without a user name.
    """
    state = seeded()
    log = Journal(journal)
    job = 0
    for line in lines:
        async with (
            client_on(state, "admin", before=line.before, after=line.after) as kobo,
            client_on(state, "admin") as builder,
        ):
            if job:
                application = Application.resume(job, kobo.account, log, lambda _at, _outcomes: None)
            else:
                plan = Plan(title="", account="admin", server=SERVER, changes=tuple(await build(builder, state)))
                application = Application.begin(plan, kobo.account, log, lambda _at, _outcomes: None)
                job = application.job
            with suppress(BaseExceptionGroup):  # of a cut
                await application.run(kobo)
    async with client_on(state, "admin") as kobo:
        there = await read_all(kobo)
    ends = [entry.outcome.state for entry in log.entries(job)]
    log.close()
    switches = [asset.deployment.require_auth for asset in state.assets.values() if asset.deployment]
    return ends, sorted(map(alike, there.values()), key=repr), switches


def alike(project: ProjectState) -> ProjectState:
    """A project without what is another one in every run: ids, revisions, the moment of a copy."""
    kept = list(project.records.values())
    for record in kept:
        record.uuid, record.replaced = "", "edited" if record.replaced else ""
        record.answers = {k: v for k, v in record.answers.items() if k not in ("start", "end")}
    project.records = dict(enumerate(sorted(kept, key=repr)))
    return project


async def test_every_kind_is_among_them() -> None:
    kinds = set()
    for build in CASES.values():
        state = seeded()
        async with client_on(state, "admin") as kobo:
            kinds |= {type(change) for change in await build(kobo, state)}
    assert kinds == set(get_args(AnyChange))


@pytest.mark.parametrize("case", CASES)
async def test_cut_off_at_any_write(case: str, tmp_path: Path) -> None:
    whole = Line()
    wanted = await lived_through(CASES[case], tmp_path / "whole.sqlite", whole)
    assert whole.writes
    assert set(wanted[0]) == {State.FAILED if case == "create from what is no form" else State.DONE}
    for write in range(1, whole.writes + 1):
        for first in (Line(cut_before=write), Line(cut_after=write)):
            for second in (Line(), Line(cut_after=1)):
                cuts = f"{first.cut_before} {first.cut_after} {second.cut_after}"
                found = await lived_through(CASES[case], tmp_path / f"{cuts}.sqlite", first, second, Line())
                assert found == wanted, cuts
