"""Changes of submissions: correct answers, set the validation status, duplicate, delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from msgspec import structs

from kobotui.changes.change import Change, Impossible
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import Conflict, Step, failed
from kobotui.columns.words import validation_label
from kobotui.locale import _, ngettext
from kobotui.model.submission import Submission, answer_at
from kobotui.model.tier import Tier

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

EDIT_BATCH = 50
"""Records in one bulk edit: the server takes about 0.1 s for each and has 120 s."""
STATUS_BATCH = 500


class RecordChange(Change, frozen=True, kw_only=True):
    """A change of one record."""

    record: int
    """``_id``: stable through edits, explicit in every call."""
    root_uuid: str
    """The durable key, by which a bulk edit reports."""


R = TypeVar("R", bound=RecordChange)


async def _read(kobo: KoboClient, changes: Sequence[R]) -> dict[int, Submission]:
    """The records of these changes as they are now, by ``_id``; vanished ones are missing."""
    page = await kobo.submissions(changes[0].project).page(
        query={"_id": {"$in": [change.record for change in changes]}}, limit=len(changes)
    )
    return {record.id: record for record in page.items}


VANISHED = Outcome(State.CONFLICT)


def _vanished(change: RecordChange) -> Outcome:
    return structs.replace(VANISHED, reason=_("Record {id} is gone.").format(id=change.record))


class EditAnswers(RecordChange, frozen=True, kw_only=True, tag="edit-answers"):
    """Correct answers of one record; None is unanswered. Paths inside repeats carry positions."""

    uuid: str
    """``_uuid`` as reviewed: it changes with every edit, so it is the conflict key."""
    before: dict[str, str | None]
    after: dict[str, str | None]

    def line(self) -> str:
        return _("Record {id}: {paths}").format(id=self.record, paths=", ".join(self.after))

    def before_text(self) -> str:
        return "; ".join(self.before[path] or "-" for path in self.after)

    def after_text(self) -> str:
        return "; ".join(value or "-" for value in self.after.values())

    def inverse(self) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before)


class EditAnswersStep(Step[EditAnswers]):
    """One bulk edit for records that get the same values; each record's own result by root uuid."""

    @property
    def requests(self) -> int:
        return 3

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        now = await _read(kobo, self.changes)
        outcomes: dict[int, Outcome] = {}
        for change in self.changes:
            record = now.get(change.record)
            if record is None:
                outcomes[change.record] = _vanished(change)
            elif record.uuid != change.uuid:
                found = "; ".join(str(answer_at(record.raw, path) or "-") for path in change.after)
                outcomes[change.record] = Outcome(State.CONFLICT, Conflict(found).sentence)
        todo = [change for change in self.changes if change.record not in outcomes]
        if todo:
            outcomes |= await self._edit(kobo, todo)
        return [outcomes[change.record] for change in self.changes]

    async def _edit(self, kobo: KoboClient, todo: Sequence[EditAnswers]) -> dict[int, Outcome]:
        data = {path: value or "" for path, value in todo[0].after.items()}
        submissions = kobo.submissions(todo[0].project)
        result = await submissions.edit([change.record for change in todo], data)
        rows = {row.root_uuid: row for row in result.results if row.root_uuid}
        refused = "; ".join(dict.fromkeys(row.message for row in result.results if not row.ok and row.message))
        after = await _read(kobo, todo)
        outcomes = {}
        for change in todo:
            row, record = rows.get(change.root_uuid), after.get(change.record)
            if record is None:
                outcomes[change.record] = _vanished(change)
            elif all((answer_at(record.raw, path) or "") == (value or "") for path, value in change.after.items()):
                outcomes[change.record] = DONE
            elif row is not None and not row.ok:
                outcomes[change.record] = failed(row.message or "")
            else:
                outcomes[change.record] = failed(refused or _("The server did not store the new answer."))
        return outcomes


class SetValidation(RecordChange, frozen=True, kw_only=True, tag="set-validation"):
    """Set or clear a record's validation status."""

    before: str | None
    stamp: int | None
    """Epoch seconds of the status as reviewed: with the uid, the conflict key."""
    after: str | None

    def line(self) -> str:
        return _("Record {id}: validation status").format(id=self.record)

    def before_text(self) -> str:
        return validation_label(self.before)

    def after_text(self) -> str:
        return validation_label(self.after)

    def inverse(self) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before, stamp=None)


class SetValidationStep(Step[SetValidation]):
    """One bulk call for records that get the same status: the single route fails on archived projects."""

    @property
    def requests(self) -> int:
        return 3

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        now = await _read(kobo, self.changes)
        outcomes: dict[int, Outcome] = {}
        for change in self.changes:
            record = now.get(change.record)
            if record is None:
                outcomes[change.record] = _vanished(change)
            elif record.validation != change.before or (change.stamp and record.validation_stamp[1] != change.stamp):
                outcomes[change.record] = Outcome(
                    State.CONFLICT, Conflict(validation_label(record.validation)).sentence
                )
        todo = [change for change in self.changes if change.record not in outcomes]
        if todo:
            status = todo[0].after
            await kobo.submissions(todo[0].project).set_validation([change.record for change in todo], status)
            after = await _read(kobo, todo)
            for change in todo:
                record = after.get(change.record)
                if record is None:
                    outcomes[change.record] = _vanished(change)
                elif record.validation == status:
                    outcomes[change.record] = DONE
                else:
                    outcomes[change.record] = failed(_("The server accepted this without effect."))
        return [outcomes[change.record] for change in self.changes]


class DuplicateSubmission(RecordChange, frozen=True, kw_only=True, tag="duplicate-submission"):
    """A new record with the same answers and files; start and end become now."""

    sign: ClassVar[str] = "+"

    def line(self) -> str:
        return _("Duplicate record {id}").format(id=self.record)


class DuplicateSubmissionStep(Step[DuplicateSubmission]):
    """``POST duplicate/``; the new record's id is the outcome."""

    @property
    def requests(self) -> int:
        return 1

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        made = await kobo.submissions(change.project).duplicate(change.record)
        return self.outcomes(Outcome(State.DONE, made=str(made.id)))


class DeleteSubmission(RecordChange, frozen=True, kw_only=True, tag="delete-submission"):
    """Delete a record for good: the server has no trash for records."""

    uuid: str
    """``_uuid`` as reviewed: a record corrected since is a conflict, not deleted."""
    sent: str = ""
    by: str = ""

    tier: ClassVar[Tier] = Tier.BULK
    sign: ClassVar[str] = "-"

    def line(self) -> str:
        return _("Delete record {id}").format(id=self.record)

    def before_text(self) -> str:
        return " ".join(part for part in (self.sent, self.by) if part)

    def inverse(self) -> Change | Impossible:
        return Impossible(_("The server deletes records at once and keeps no copy."))

    @property
    def destroys(self) -> int:
        return 1


class DeleteSubmissionStep(Step[DeleteSubmission]):
    """One bulk delete by explicit ids, of those still there and unchanged: an unknown id refuses all."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        now = await _read(kobo, self.changes)
        outcomes: dict[int, Outcome] = {}
        for change in self.changes:
            record = now.get(change.record)
            if record is None:
                outcomes[change.record] = _vanished(change)
            elif record.uuid != change.uuid:
                outcomes[change.record] = Outcome(
                    State.CONFLICT, _("Record {id} was corrected.").format(id=change.record)
                )
        todo = [change for change in self.changes if change.record not in outcomes]
        if todo:
            await kobo.submissions(todo[0].project).delete([change.record for change in todo])
            outcomes |= {change.record: DONE for change in todo}
        return [outcomes[change.record] for change in self.changes]


def deletion_warning(records: Sequence[Submission]) -> str:
    """What goes with these records."""
    files = sum(len(record.attachments) for record in records)
    text = ngettext("{n} record is deleted for good", "{n} records are deleted for good", len(records))
    said = text.format(n=f"{len(records):,}")
    if files:
        said += ngettext(", with {n} file", ", with {n} files", files).format(n=f"{files:,}")
    return said + "."


def batches(changes: Iterable[R], size: int) -> list[list[R]]:
    """Changes of one project in runs of at most ``size``, no record twice in a run."""
    runs: list[list[R]] = []
    for change in changes:
        if not runs or len(runs[-1]) == size or any(c.record == change.record for c in runs[-1]):
            runs.append([])
        runs[-1].append(change)
    return runs
