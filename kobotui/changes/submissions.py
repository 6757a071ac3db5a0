"""Changes of submissions: correct answers, set the validation status."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Conflict, Step, failed, without_effect
from kobotui.columns.words import validation_label
from kobotui.locale import _
from kobotui.model.access import PARTIAL
from kobotui.model.submission import NAMED_AT_ONCE, Submission, answer_at

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.submissions import EditRow

EDIT_BATCH = 50
"""Records in one bulk edit: the server has 120 s."""
EDIT_SECONDS = 0.15
"""What the server takes for each."""
STATUS_BATCH = 500
NOT_ACTIVE = 405
"""The status of an edit that an archived project does not take."""
_STATUS_ONLY = ("_id",)
"""The server sends the status whatever is asked for."""
ATTEMPTS = 3
"""How often a call is tried anew while records vanish under it."""


class RecordChange(Change, frozen=True, kw_only=True):
    """A change of one record."""

    record: int
    """``_id``: stable through edits, explicit in every call."""
    root_uuid: str
    """The durable key, by which a bulk edit reports."""


R = TypeVar("R", bound=RecordChange)


async def read_now(
    kobo: KoboClient, changes: Sequence[R], fields: Sequence[str] | None = None
) -> dict[int, Submission]:
    """The records of these changes as they are now, by ``_id``; vanished ones are missing."""
    pages = kobo.submissions(changes[0].project).named([change.record for change in changes], fields)
    return {record.id: record async for page in pages for record in page}


def vanished(record: int) -> Outcome:
    """The conflict of a change whose record is not there."""
    return Outcome(State.CONFLICT, _("Record {id} is gone.").format(id=record))


class RecordStep(Step[R]):
    """One bulk call for records that get the same; those that are gone or changed are set aside."""

    fields: ClassVar[Sequence[str] | None] = None
    """What is read of a record before it is changed; None: everything."""
    _ruled: bool | None = None

    @property
    def requests(self) -> int:
        return 1 + 2 * math.ceil(len(self.changes) / NAMED_AT_ONCE)

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        from kobotui.api.errors import Rejected

        outcomes: dict[int, Outcome] = {}
        todo = list(self.changes)
        for attempt in range(ATTEMPTS):
            outcomes |= self._set_aside(todo, await read_now(kobo, todo, self.fields))
            todo = [change for change in todo if change.record not in outcomes]
            if not todo:
                break
            try:
                outcomes |= await self._do_allowed(kobo, todo)
                break
            except Rejected:  # perhaps for one that vanished since it was read: then the others go again
                if self.sent or attempt + 1 == ATTEMPTS or len(await read_now(kobo, todo, self.fields)) == len(todo):
                    raise
        return [outcomes[change.record] for change in self.changes]

    async def _do_allowed(self, kobo: KoboClient, todo: Sequence[R]) -> dict[int, Outcome]:
        """The call, in halves where it is not allowed: one record outside the caller's row rule refuses all of them."""
        from kobotui.api.errors import NotAllowed

        before, self.sent = self.sent, False
        try:
            return await self.do(kobo, todo)
        except NotAllowed as error:
            if self.sent:
                raise
            if len(todo) == 1 or not await self._by_rule(kobo):
                why = self.not_allowed() or error.sentence
                return {change.record: failed(why, error.details()) for change in todo}
        finally:
            self.sent |= before
        half = len(todo) // 2
        return await self._do_allowed(kobo, todo[:half]) | await self._do_allowed(kobo, todo[half:])

    def not_allowed(self) -> str:
        """What is said of a record that the caller may not change; empty for the server's words."""
        return ""

    async def _by_rule(self, kobo: KoboClient) -> bool:
        """Whether a row rule says what the caller may do: else nothing is left to be tried."""
        if self._ruled is None:
            self._ruled = PARTIAL in (await kobo.projects.get(self.changes[0].project)).rights
        return self._ruled

    async def refusals(self, reader: KoboClient) -> Sequence[Outcome | None]:
        outcomes = self._set_aside(self.changes, await read_now(reader, self.changes, self.fields))
        return [outcomes.get(change.record) for change in self.changes]

    def _set_aside(self, changes: Sequence[R], now: Mapping[int, Submission]) -> dict[int, Outcome]:
        """Those that are gone or changed."""
        outcomes: dict[int, Outcome] = {}
        for change in changes:
            record = now.get(change.record)
            if record is None:
                outcomes[change.record] = vanished(change.record)
            elif (said := self.conflict(change, record)) is not None:
                outcomes[change.record] = Outcome(State.CONFLICT, Conflict(said).sentence)
        return outcomes

    @abstractmethod
    def conflict(self, change: R, record: Submission) -> str | None:
        """What the record says now where that is not what was expected, None where it is."""

    @abstractmethod
    async def do(self, kobo: KoboClient, todo: Sequence[R]) -> dict[int, Outcome]:
        """The call, and what became of each record, by ``_id``."""


class EditAnswers(RecordChange, frozen=True, kw_only=True, tag="edit-answers"):
    """Correct answers of one record; None or empty is unanswered. Paths inside repeats carry positions."""

    uuid: str
    """``_uuid`` as reviewed: it changes with every edit, so it is the conflict key."""
    before: dict[str, str | None]
    after: dict[str, str | None]

    def line(self) -> str:
        return _("Record {id}: {paths}").format(id=self.record, paths=", ".join(self.after))

    def differences(self) -> tuple[str, ...]:
        if len(self.after) == 1:
            return ()
        return tuple(f"{path}: {self.before.get(path) or '-'} -> {new or '-'}" for path, new in self.after.items())

    def before_text(self) -> str:
        return _in_words({path: self.before.get(path) for path in self.after})

    def after_text(self) -> str:
        return _in_words(self.after)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        now = outcome.image.get("answers", self.after)
        return structs.replace(self, uuid=outcome.image.get("uuid", self.uuid), before=now, after=self.before)

    @property
    def wanted(self) -> dict[str, str]:
        """The answers to store: empty for unanswered, as the server takes it."""
        return {path: value or "" for path, value in self.after.items()}

    def holds(self, record: Submission) -> bool:
        """Whether the record has the wanted answers."""
        return all((answer_at(record.raw, path) or "") == value for path, value in self.wanted.items())


class EditAnswersStep(RecordStep[EditAnswers]):
    """One bulk edit; each record's own result by root uuid, and its answers read back."""

    @property
    def seconds(self) -> float:
        return super().seconds + EDIT_SECONDS * len(self.changes)

    @property
    def patience(self) -> float:
        return super().patience + EDIT_SECONDS * len(self.changes)

    def not_allowed(self) -> str:
        return _("You may not correct this: you lack the right to edit submissions, or a row rule leaves it out.")

    def conflict(self, change: EditAnswers, record: Submission) -> str | None:
        return None if record.uuid == self.latest(change.uuid) else _in_words(_answers(change, record))

    async def do(self, kobo: KoboClient, todo: Sequence[EditAnswers]) -> dict[int, Outcome]:
        result = await kobo.submissions(todo[0].project).edit([change.record for change in todo], todo[0].wanted)
        self.sent = True
        rows = {row.root_uuid: row for row in result.results if row.root_uuid}
        refused = "; ".join(dict.fromkeys(_why(row) for row in result.results if not row.ok))
        after = await read_now(kobo, todo)
        outcomes = {}
        for change in todo:
            row, record = rows.get(change.root_uuid), after.get(change.record)
            if record is None:
                outcomes[change.record] = vanished(change.record)
            elif change.holds(record):
                outcomes[change.record] = _edited(record)
            elif row is not None and row.ok and row.uuid == record.uuid:
                outcomes[change.record] = _otherwise(change, record)
            elif row is not None and row.ok:  # edited by us, and by somebody else since
                said = _in_words(_answers(change, record))
                outcomes[change.record] = Outcome(State.CONFLICT, Conflict(said).sentence)
            else:
                outcomes[change.record] = failed(refused or _("The server did not store the new answer."))
        return outcomes

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """By ``meta/deprecatedID``: it names the revision that an edit replaced."""
        now = await read_now(kobo, self.changes)
        answers: list[Outcome | None] = []
        for change in self.changes:
            record = now.get(change.record)
            ours = record is not None and record.replaced == self.latest(change.uuid) != "" and change.holds(record)
            answers.append(_edited(record) if record and ours else None)
        return answers

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[EditAnswers]:
        now = await read_now(kobo, self.changes)
        return [
            structs.replace(
                change,
                uuid=record.uuid,
                before=_answers(change, record),
            )
            for change in self.changes
            if (record := now.get(change.record)) is not None and not change.holds(record)
        ]


def _why(row: EditRow) -> str:
    """Why a record was not edited."""
    if row.status_code == NOT_ACTIVE:
        return _("The project is archived: the server takes no corrected records. Unarchive it first.")
    return row.message or ""


def _answers(change: EditAnswers, record: Submission) -> dict[str, str | None]:
    """What the record says now where the change is about."""
    found = {path: answer_at(record.raw, path) for path in change.after}
    return {path: answer if answer is None else str(answer) for path, answer in found.items()}


def _in_words(answers: Mapping[str, str | None]) -> str:
    return "; ".join(answer or "-" for answer in answers.values())


def _edited(record: Submission) -> Outcome:
    return Outcome(State.DONE, image={"uuid": record.uuid})


def _otherwise(change: EditAnswers, record: Submission) -> Outcome:
    """The server stored something else than was sent, which can be taken back."""
    now = _answers(change, record)
    reason = _("The server made something else of it: {now}").format(now=_in_words(now))
    return Outcome(State.FAILED, reason, image={"uuid": record.uuid, "answers": now})


class SetValidation(RecordChange, frozen=True, kw_only=True, tag="set-validation"):
    """Set or clear a record's validation status."""

    before: str | None = None
    stamp: int | None = None
    """Epoch seconds of the status as reviewed: with the uid, the conflict key."""
    after: str | None = None

    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Record {id}: validation status").format(id=self.record)

    def before_text(self) -> str:
        return validation_label(self.before)

    def after_text(self) -> str:
        return validation_label(self.after)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        return structs.replace(self, before=self.after, after=self.before, stamp=outcome.image.get("stamp"))


class SetValidationStep(RecordStep[SetValidation]):
    """One bulk call: the single route fails on archived projects."""

    fields = _STATUS_ONLY

    def conflict(self, change: SetValidation, record: Submission) -> str | None:
        same = record.validation == change.before and change.stamp in (None, record.validation_stamp[1])
        return None if same else validation_label(record.validation)

    async def do(self, kobo: KoboClient, todo: Sequence[SetValidation]) -> dict[int, Outcome]:
        status = todo[0].after
        await kobo.submissions(todo[0].project).set_validation([change.record for change in todo], status)
        self.sent = True
        after = await read_now(kobo, todo, _STATUS_ONLY)
        outcomes = {}
        for change in todo:
            record = after.get(change.record)
            if record is None:
                outcomes[change.record] = vanished(change.record)
            elif record.validation == status:
                outcomes[change.record] = _stamped(record)
            elif record.validation == change.before:
                outcomes[change.record] = without_effect()
            else:  # somebody was quicker than our reading back
                said = validation_label(record.validation)
                outcomes[change.record] = Outcome(State.CONFLICT, Conflict(said).sentence)
        return outcomes

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        now = await read_now(kobo, self.changes, _STATUS_ONLY)
        return [
            _stamped(record) if (record := now.get(change.record)) and record.validation == change.after else None
            for change in self.changes
        ]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[SetValidation]:
        now = await read_now(kobo, self.changes, _STATUS_ONLY)
        return [
            structs.replace(change, before=record.validation, stamp=record.validation_stamp[1])
            for change in self.changes
            if (record := now.get(change.record)) is not None and record.validation != change.after
        ]


def _stamped(record: Submission) -> Outcome:
    stamp = record.validation_stamp[1]
    return Outcome(State.DONE, image={} if stamp is None else {"stamp": stamp})
