"""All kinds of change, and the steps that serve them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kobotui.changes.access import SetAccess, SetAccessStep
from kobotui.changes.change import Change
from kobotui.changes.creations import CloneProject, CloneProjectStep, CreateProject, CreateProjectStep
from kobotui.changes.deletions import DELETE_BATCH, DeleteSubmission, DeleteSubmissionStep
from kobotui.changes.deployments import Deploy, DeployStep, SetActive, SetActiveStep
from kobotui.changes.duplicates import DuplicateSubmission, DuplicateSubmissionStep
from kobotui.changes.forms import GoBack, GoBackStep, ReplaceForm, ReplaceFormStep
from kobotui.changes.named_exports import (
    CreateNamedExport,
    CreateNamedExportStep,
    DeleteNamedExport,
    DeleteNamedExportStep,
    EditNamedExport,
    EditNamedExportStep,
)
from kobotui.changes.new_records import SUBMIT_BATCH, SubmitRecord, SubmitRecordStep
from kobotui.changes.projects import DeleteProject, DeleteProjectStep, EditProject, EditProjectStep
from kobotui.changes.public import RepairPublic, RepairPublicStep
from kobotui.changes.resubmissions import ResubmitRecord, ResubmitRecordStep
from kobotui.changes.step import Step
from kobotui.changes.submissions import (
    EDIT_BATCH,
    STATUS_BATCH,
    EditAnswers,
    EditAnswersStep,
    SetValidation,
    SetValidationStep,
)

AnyChange = (
    EditProject
    | CloneProject
    | CreateProject
    | ReplaceForm
    | GoBack
    | DeleteProject
    | Deploy
    | SetActive
    | SetAccess
    | RepairPublic
    | EditAnswers
    | ResubmitRecord
    | SetValidation
    | DuplicateSubmission
    | DeleteSubmission
    | SubmitRecord
    | CreateNamedExport
    | EditNamedExport
    | DeleteNamedExport
)
"""The tagged union that the journal and plan files decode."""

_STEPS: dict[type[Change], type[Step[Any]]] = {
    EditProject: EditProjectStep,
    CloneProject: CloneProjectStep,
    CreateProject: CreateProjectStep,
    ReplaceForm: ReplaceFormStep,
    GoBack: GoBackStep,
    DeleteProject: DeleteProjectStep,
    Deploy: DeployStep,
    SetActive: SetActiveStep,
    SetAccess: SetAccessStep,
    RepairPublic: RepairPublicStep,
    EditAnswers: EditAnswersStep,
    ResubmitRecord: ResubmitRecordStep,
    SetValidation: SetValidationStep,
    DuplicateSubmission: DuplicateSubmissionStep,
    DeleteSubmission: DeleteSubmissionStep,
    SubmitRecord: SubmitRecordStep,
    CreateNamedExport: CreateNamedExportStep,
    EditNamedExport: EditNamedExportStep,
    DeleteNamedExport: DeleteNamedExportStep,
}


class _Alike(NamedTuple):
    """A kind that touches one thing of a project, and of which one request may serve several changes."""

    most: int
    equal: Callable[[Any], object]
    """What must be the same."""
    thing: Callable[[Any], object]
    """What must not be touched twice by one request."""


_ALIKE: dict[type[Change], _Alike] = {
    SetAccess: _Alike(1000, lambda _change: (), lambda change: ("user", change.username)),
    EditAnswers: _Alike(EDIT_BATCH, lambda change: sorted(change.wanted.items()), lambda change: change.record),
    ResubmitRecord: _Alike(1, lambda _change: (), lambda change: change.record),
    SetValidation: _Alike(STATUS_BATCH, lambda change: change.after, lambda change: change.record),
    DeleteSubmission: _Alike(DELETE_BATCH, lambda _change: (), lambda change: change.record),
    SubmitRecord: _Alike(SUBMIT_BATCH, lambda _change: (), lambda change: change.root_uuid),
    DuplicateSubmission: _Alike(1, lambda _change: (), lambda change: change.record),
}


def step_of(changes: Sequence[Change]) -> Step[Any]:
    """The step that serves these changes, which are of one kind."""
    return _STEPS[type(changes[0])](*changes)


def grouped(changes: Sequence[AnyChange]) -> list[list[int]]:
    """Positions of the changes that one step serves: the fewest steps that keep the order where it matters.

    Two changes of one record, or of one user of one project, are served in the plan's order, and nothing of a
    project is moved across a change of the project itself.
    """
    groups: list[list[int]] = []
    open_group: dict[object, int] = {}
    last: dict[object, int] = {}
    """The last group that touches a thing of a project, or (under the project alone) the project itself."""
    for position, change in enumerate(changes):
        alike = _ALIKE.get(type(change))
        if alike is None:
            last[change.project] = len(groups)
            groups.append([position])
            continue
        key = (type(change), change.project, repr(alike.equal(change)))
        thing = (change.project, alike.thing(change))
        at_least = max(last.get(thing, -1), last.get(change.project, -1)) + 1
        number = open_group.get(key, -1)
        if number < at_least or len(groups[number]) == alike.most:
            number = open_group[key] = len(groups)
            groups.append([])
        groups[number].append(position)
        last[thing] = number
    return groups


def steps_for(changes: Sequence[AnyChange]) -> list[Step[Any]]:
    """The fewest steps that serve these changes."""
    return [step_of([changes[position] for position in positions]) for positions in grouped(changes)]


def earlier(changes: Sequence[AnyChange]) -> dict[int, int]:
    """Changes that touch what one before them touches, and expect the state it leaves: position, position before."""
    touched: dict[object, int] = {}
    found: dict[int, int] = {}
    for position, change in enumerate(changes):
        alike = _ALIKE.get(type(change))
        thing = (change.project, alike.thing(change)) if alike else change.project
        if thing in touched:
            found[position] = touched[thing]
        if change.sign != "+":  # what makes something new leaves this as it is
            touched[thing] = position
    return found
