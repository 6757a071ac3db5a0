"""All kinds of change, and the steps that serve them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from kobotui.changes.access import SetAccess, SetAccessStep
from kobotui.changes.change import Change
from kobotui.changes.deployments import Deploy, DeployStep, SetActive, SetActiveStep
from kobotui.changes.projects import (
    CloneProject,
    CloneProjectStep,
    CreateProject,
    CreateProjectStep,
    DeleteProject,
    DeleteProjectStep,
    EditProject,
    EditProjectStep,
    ReplaceForm,
    ReplaceFormStep,
)
from kobotui.changes.step import Step
from kobotui.changes.submissions import (
    EDIT_BATCH,
    STATUS_BATCH,
    DeleteSubmission,
    DeleteSubmissionStep,
    DuplicateSubmission,
    DuplicateSubmissionStep,
    EditAnswers,
    EditAnswersStep,
    SetValidation,
    SetValidationStep,
    batches,
)

AnyChange = (
    EditProject
    | CloneProject
    | CreateProject
    | ReplaceForm
    | DeleteProject
    | Deploy
    | SetActive
    | SetAccess
    | EditAnswers
    | SetValidation
    | DuplicateSubmission
    | DeleteSubmission
)
"""The tagged union the journal decodes."""

_ALONE: dict[type[Change], type[Step[Any]]] = {
    EditProject: EditProjectStep,
    CloneProject: CloneProjectStep,
    CreateProject: CreateProjectStep,
    ReplaceForm: ReplaceFormStep,
    DeleteProject: DeleteProjectStep,
    Deploy: DeployStep,
    SetActive: SetActiveStep,
    SetAccess: SetAccessStep,
    DuplicateSubmission: DuplicateSubmissionStep,
}
"""Kinds served one by one."""

C = TypeVar("C", bound=Change)


def steps_for(changes: Sequence[AnyChange]) -> list[Step[Any]]:
    """The fewest steps that serve these changes, in the order of their first change."""
    steps: list[tuple[int, Step[Any]]] = []
    position = {id(change): i for i, change in enumerate(changes)}
    for change in changes:
        if alone := _ALONE.get(type(change)):
            steps.append((position[id(change)], alone(change)))
    for edits in _alike(changes, EditAnswers, lambda c: (c.project, tuple(sorted(c.after.items(), key=str)))):
        steps += [(position[id(run[0])], EditAnswersStep(*run)) for run in batches(edits, EDIT_BATCH)]
    for statuses in _alike(changes, SetValidation, lambda c: (c.project, c.after)):
        steps += [(position[id(run[0])], SetValidationStep(*run)) for run in batches(statuses, STATUS_BATCH)]
    for deletions in _alike(changes, DeleteSubmission, lambda c: c.project):
        steps += [(position[id(run[0])], DeleteSubmissionStep(*run)) for run in batches(deletions, STATUS_BATCH)]
    return [step for _position, step in sorted(steps, key=lambda pair: pair[0])]


def _alike(changes: Iterable[Change], kind: type[C], key: Any) -> list[list[C]]:
    """Changes of one kind that one request can serve together, by ``key``."""
    groups: dict[Any, list[C]] = {}
    for change in changes:
        if isinstance(change, kind):
            groups.setdefault(key(change), []).append(change)
    return list(groups.values())
