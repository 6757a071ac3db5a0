"""Duplicate a record: the one write of KoboToolbox that leaves no trace of who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Step, doubtful
from kobotui.changes.submissions import DeleteSubmission, RecordChange
from kobotui.locale import _
from kobotui.model.submission import SYSTEM_KEYS, Submission

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

OF_THE_COPY = frozenset({"start", "end"})
"""Answers that the server sets anew in a copy."""


class DuplicateSubmission(RecordChange, frozen=True, kw_only=True, tag="duplicate-submission"):
    """A new record with the same answers and files; start and end become now."""

    sign: ClassVar[str] = "+"
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Duplicate record {id}").format(id=self.record)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        if not outcome.made:
            return Impossible(_("Nothing is known of the record that was made."))
        return DeleteSubmission(
            project=self.project,
            project_name=self.project_name,
            record=int(outcome.made),
            root_uuid=outcome.image.get("root_uuid", ""),
            uuid=outcome.image.get("uuid", ""),
        )


class DuplicateSubmissionStep(Step[DuplicateSubmission]):
    """The highest ``_id`` is noted, then ``POST duplicate/``: a copy can only stand above it."""

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        (change,) = self.changes
        submissions = kobo.submissions(change.project)
        newest = await submissions.page(limit=1, sort={"_id": -1}, fields=["_id"])
        self.note(str(newest.items[0].id if newest.items else 0))
        return self.outcomes(_made(await submissions.duplicate(change.record)))

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        (change,) = self.changes
        if not self.noted:
            return [None]  # nothing is sent before the note
        submissions = kobo.submissions(change.project)
        source = await submissions.get(change.record)
        above = await submissions.page(query={"_id": {"$gt": int(self.noted)}}, sort={"_id": 1}, limit=1000)
        copies = [record for record in above.items if _answers(record) == _answers(source)]
        if not copies and above.count <= len(above.items):
            return [None]
        if len(copies) == 1 and above.count <= len(above.items):
            return self.outcomes(_made(copies[0]))
        text = _("{n} records could be the copy; look at them before you duplicate again.")
        return [doubtful(text.format(n=max(len(copies), above.count - len(above.items))))]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[DuplicateSubmission]:
        return self.changes


def _made(record: Submission) -> Outcome:
    return Outcome(State.DONE, made=str(record.id), image={"uuid": record.uuid, "root_uuid": record.root_uuid})


def _answers(record: Submission) -> dict[str, Any]:
    return {key: value for key, value in record.raw.items() if key not in SYSTEM_KEYS | OF_THE_COPY}
