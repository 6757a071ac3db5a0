"""Duplicate a record: the one write of KoboToolbox that leaves no trace of who asked for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Step, doubtful
from kobotui.changes.submissions import RecordChange, vanished
from kobotui.locale import _
from kobotui.model.submission import SYSTEM_KEYS, Submission

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient

OF_THE_COPY = frozenset({"start", "end"})
"""Answers that the server sets anew in a copy."""
MOST = 1000
"""Records that are looked through for the copy."""


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
    """The highest ``_id`` and what the copy will hold are remembered, then ``POST duplicate/``."""

    once = True

    @property
    def requests(self) -> int:
        return 4

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        from kobotui.api.errors import NotFound

        (change,) = self.changes
        submissions = kobo.submissions(change.project)
        try:
            source = await submissions.get(change.record)
        except NotFound:
            return self.outcomes(vanished(change.record))
        newest = await submissions.page(limit=1, sort={"_id": -1}, fields=["_id"])
        above = newest.items[0].id if newest.items else 0
        files = _files(source, deleted=False)
        self.about_to_send(above=above, copied=source.uuid, copy=_print(source), files=files)
        made = (await submissions.duplicate(change.record)).id
        self.sent = True
        self.remember(made=made)
        return self.outcomes(_made(await submissions.get(made)))

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """By ``_id`` where the server told it, else by the answers, among what the account sent since.

        A record that was corrected since may have been the copy, and so may any when the source was corrected.
        """
        from kobotui.api.errors import NotFound

        (change,) = self.changes
        submissions = kobo.submissions(change.project)
        if made := self.known.get("made"):
            try:
                return self.outcomes(_made(await submissions.get(made)))
            except NotFound:
                return self.outcomes(vanished(made))
        if "at" not in self.known:
            return [None]  # nothing is sent before that is remembered
        since = await submissions.page(query={"_id": {"$gt": self.known["above"]}}, sort={"_id": 1}, limit=MOST)
        me = kobo.account.username.casefold()
        ours = [record for record in since if not me or (record.submitted_by or "").casefold() == me]
        like = [record for record in ours if not record.replaced and _print(record) == self.known["copy"]]
        same = [record for record in like if _files(record, deleted=True) == self.known["files"]]
        changed = await self._source_changed(kobo)
        unclear = [r for r in ours if r not in same and (changed or r.replaced or r in like)]
        hidden = max(0, since.count - len(since))
        if not (unclear or hidden) and len(same) < 2:
            return self.outcomes(_made(same[0])) if same else [None]
        text = _("{n} records could be the copy; look at them before you duplicate again.")
        return [doubtful(text.format(n=len(same) + len(unclear) + hidden))]

    async def _source_changed(self, kobo: KoboClient) -> bool:
        from kobotui.api.errors import NotFound

        (change,) = self.changes
        try:
            source = await kobo.submissions(change.project).get(change.record)
        except NotFound:
            return True
        return bool(source.uuid != self.known["copied"])

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[DuplicateSubmission]:
        return self.changes


def _made(record: Submission) -> Outcome:
    return Outcome(State.DONE, made=str(record.id), image={"uuid": record.uuid, "root_uuid": record.root_uuid})


def _print(record: Submission) -> str:
    """The answers that a record and its copy have in common, as a fingerprint."""
    answers = {key: value for key, value in record.raw.items() if key not in SYSTEM_KEYS | OF_THE_COPY}
    return hashlib.sha256(msgspec.json.encode(answers, order="deterministic")).hexdigest()


def _files(record: Submission, *, deleted: bool) -> list[str]:
    """Names of the files; those that were ``deleted`` since are not copied, but a copy may have lost some."""
    return sorted(file.filename for file in record.attachments if deleted or not file.is_deleted)
