"""Create records through OpenRosa: new ones, and deleted ones once more.

The instance ID is part of the change, so nothing is made twice: what the server has under it is found, and left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.deletions import DeleteSubmission
from kobotui.changes.local_files import LocalFile, guessed
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Step, failed, without_effect
from kobotui.columns.words import validation_label
from kobotui.locale import _, ngettext
from kobotui.model.record_xml import RecordError, RecordXml
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.errors import KoboError
    from kobotui.model.submission import Submission

SUBMIT_BATCH = 20
"""Records that are looked for in one request; each is sent in one of its own."""


class SubmitRecord(Change, frozen=True, kw_only=True, tag="submit-record"):
    """Create a record; with ``restores`` one that was deleted, from the copy that was kept."""

    root_uuid: str
    """Uuid of the first instance, for a new record that of its instance ID: by it the server is asked."""
    xml: str = ""
    """The record; empty when it is in ``xml_file``."""
    xml_file: LocalFile | None = None
    files: tuple[LocalFile, ...] = ()
    validation: str | None = None
    """The status it gets afterwards, by whoever sends it."""
    label: str = ""
    """What it is called in a review: where it comes from."""
    restores: int = 0
    """``_id`` of the deleted record that this is."""
    sent: str = ""
    """``_submission_time`` of the deleted record, set again."""
    by: str = ""
    """Who sent the deleted record."""

    sign: ClassVar[str] = "+"
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    @classmethod
    def of(
        cls,
        record: RecordXml,
        project: str,
        project_name: str,
        *,
        files: Iterable[LocalFile] = (),
        validation: str | None = None,
        label: str = "",
    ) -> Self:
        """The creation of a new record, as ``DeployedForm.record`` makes them."""
        return cls(
            project=project,
            project_name=project_name,
            root_uuid=_bare(record.root_uuid),
            xml=record.text(),
            files=tuple(files),
            validation=validation,
            label=label,
        )

    def line(self) -> str:
        if self.restores:
            return _("Restore record {id}").format(id=self.restores)
        return _("New record: {label}").format(label=self.label or self.root_uuid)

    def before_text(self) -> str:
        return " ".join(part for part in (self.sent, self.by) if part)

    def after_text(self) -> str:
        n = len(self.files)
        files = ngettext("{n} file", "{n} files", n).format(n=n) if n else ""
        status = validation_label(self.validation) if self.validation else ""
        return ", ".join(part for part in (files, status) if part)

    def warnings(self) -> tuple[str, ...]:
        if not self.restores:
            return ()
        return (
            _(
                "Restored records get new numbers and count as sent by your account; their validation status is set "
                "again, by you and now."
            ),
        )

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        if not outcome.made:
            return Impossible(outcome.reason or _("Nothing is known of the record that was made."))
        return DeleteSubmission(
            project=self.project,
            project_name=self.project_name,
            record=int(outcome.made),
            root_uuid=self.root_uuid,
            uuid=outcome.image.get("uuid", ""),
        )


class _Packed(NamedTuple):
    """What is sent."""

    xml: bytes
    uuid: str
    files: list[tuple[str, bytes, str]]


def _record(change: SubmitRecord) -> RecordXml:
    """The record as it is sent. Raises ``LocalError`` and ``XmlError``."""
    source: bytes | str = change.xml_file.content() if change.xml_file else change.xml
    record = RecordXml.parse(source)
    if change.restores:
        record = record.restoration(change.sent, change.root_uuid)
    elif record.root.attributes.get("id") != change.project:
        raise RecordError(_("The record is made for another form."))
    if not record.instance_id or _bare(record.root_uuid) != change.root_uuid:
        raise RecordError(_("The record has another instance ID than the change says."))
    return record


def _packed(change: SubmitRecord) -> _Packed:
    """The record and its files, read and proved. Raises ``LocalError`` and ``XmlError``."""
    record = _record(change)
    files = [(file.name, file.content(), file.mimetype or guessed(file.name)) for file in change.files]
    return _Packed(record.text().encode(), _bare(record.instance_id), files)


def _bare(uuid: str) -> str:
    return uuid.removeprefix("uuid:")


class SubmitRecordStep(Step[SubmitRecord]):
    """One ``POST /submission`` for each record that is not there; all of them are looked for before and afterwards."""

    @property
    def requests(self) -> int:
        statuses = {change.validation for change in self.changes if change.validation}
        return len(self.changes) + 2 + len(statuses) + bool(statuses)

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        now = await self._look(kobo, self.changes)
        if "at" not in self.known:
            self.about_to_send(there=sorted(now or ()))
        ends: dict[str, Outcome] = {}
        sent: dict[str, str] = {}
        """Uuid of what was sent, by its first one."""
        for change in self.changes:
            record = now.get(change.root_uuid) if now else None
            if record is None or (self._was_there(change) and _lacks_files(change, record)):
                outcome = await self._submit(kobo, change, sent)
                ends |= {change.root_uuid: outcome} if outcome else {}
        made = [change for change in self.changes if change.root_uuid not in ends]
        ends |= await self._ends(kobo, made, sent, seen=now is not None)
        return [ends[change.root_uuid] for change in self.changes]

    async def _submit(self, kobo: KoboClient, change: SubmitRecord, sent: dict[str, str]) -> Outcome | None:
        """Send one; None where the server has it now, else what became of it."""
        from kobotui.api.errors import NotAllowed, NotFound, Rejected

        try:
            packed = await asyncio.to_thread(_packed, change)
        except (LocalError, XmlError) as error:
            return failed(str(error))
        try:
            await kobo.openrosa.submit(packed.xml, packed.files)
        except (NotAllowed, NotFound, Rejected) as error:
            return refusal(error)
        self.sent = True
        sent[change.root_uuid] = packed.uuid
        return None

    async def _ends(
        self, kobo: KoboClient, changes: Sequence[SubmitRecord], sent: Mapping[str, str], *, seen: bool
    ) -> dict[str, Outcome]:
        """How those ended that are on the server, by first uuid; their statuses are set."""
        if not changes:
            return {}
        now = await self._look(kobo, changes) if seen else None
        if now is None:
            text = _("The server has it; your account does not see the records of this project.")
            return {change.root_uuid: Outcome(State.DONE, text) for change in changes}
        ends: dict[str, Outcome] = {}
        made: dict[str, tuple[SubmitRecord, int]] = {}
        for change in changes:
            record = now.get(change.root_uuid)
            if record is None:
                ends[change.root_uuid] = await self._proved(kobo, change)
            elif self._was_there(change):
                ends[change.root_uuid] = _there_already(record)
            else:
                uuid = sent.get(change.root_uuid) or await asyncio.to_thread(_uuid_of, change) or record.uuid
                ends[change.root_uuid] = Outcome(State.DONE, made=str(record.id), image={"uuid": uuid})
                if change.validation and change.validation != record.validation:
                    made[change.root_uuid] = (change, record.id)
        return ends | await self._validated(kobo, made, ends)

    async def _proved(self, kobo: KoboClient, change: SubmitRecord) -> Outcome:
        """The server said yes and shows nothing: sent once more, it says whether it has it."""
        packed = await asyncio.to_thread(_packed, change)
        receipt = await kobo.openrosa.submit(packed.xml, packed.files)
        if receipt.status == "duplicate":
            return Outcome(State.DONE, _("The server has it; a row rule keeps it from your account."))
        return without_effect()

    async def _validated(
        self, kobo: KoboClient, made: Mapping[str, tuple[SubmitRecord, int]], ends: Mapping[str, Outcome]
    ) -> dict[str, Outcome]:
        """Set the statuses; the outcomes of those records that did not get theirs."""
        from kobotui.api.errors import NotAllowed, NotFound, Rejected

        by_status: dict[str, list[int]] = {}
        for change, record in made.values():
            by_status.setdefault(change.validation or "", []).append(record)
        refused: dict[str, str] = {}
        for status, ids in by_status.items():
            try:
                await kobo.submissions(self.changes[0].project).set_validation(ids, status)
            except (NotAllowed, NotFound, Rejected, ValueError) as error:
                refused[status] = getattr(error, "sentence", str(error))
        now = await self._look(kobo, [change for change, _record in made.values()]) if made else {}
        missed: dict[str, Outcome] = {}
        for root, (change, _record) in made.items():
            found = (now or {}).get(root)
            if found is None or found.validation != change.validation:
                why = refused.get(change.validation or "") or without_effect().reason
                reason = _("The record is there; its validation status could not be set: {why}").format(why=why)
                missed[root] = Outcome(State.FAILED, reason, made=ends[root].made, image=ends[root].image)
        return missed

    def _was_there(self, change: SubmitRecord) -> bool:
        """Whether the record was there before this step sent anything, in whatever run."""
        return change.root_uuid in self.known.get("there", ())

    async def _look(self, kobo: KoboClient, changes: Sequence[SubmitRecord]) -> dict[str, Submission] | None:
        """Those of these records that the server has, by first uuid; None when the account sees no records."""
        from kobotui.api.errors import NotAllowed, NotFound

        roots = [change.root_uuid for change in changes]
        query = {"$or": [{"meta/rootUuid": {"$in": [f"uuid:{root}" for root in roots]}}, {"_uuid": {"$in": roots}}]}
        try:
            page = await kobo.submissions(changes[0].project).page(
                0, 2 * len(roots), query=query, fields=["_attachments"]
            )
        except (NotAllowed, NotFound):
            return None
        return {record.uuid: record for record in page} | {record.root_uuid: record for record in page}

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """By the first uuid; what is not seen may be sent again, for that makes nothing twice."""
        if "at" not in self.known:
            return [None] * len(self.changes)  # nothing is sent before that is remembered
        now = await self._look(kobo, self.changes)
        there = [change for change in self.changes if now and change.root_uuid in now]
        ends = await self._ends(kobo, there, {}, seen=True) if there else {}
        return [ends.get(change.root_uuid) for change in self.changes]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[SubmitRecord]:
        now = await self._look(kobo, self.changes) or {}
        return [change for change in self.changes if change.root_uuid not in now]

    async def refusals(self, reader: KoboClient) -> Sequence[Outcome | None]:
        now = await self._look(reader, self.changes) or {}
        answers: list[Outcome | None] = []
        for change in self.changes:
            record = now.get(change.root_uuid)
            if record is not None and not _lacks_files(change, record):
                answers.append(_there_already(record))
                continue
            try:
                await asyncio.to_thread(_packed, change)
                answers.append(None)
            except (LocalError, XmlError) as error:
                answers.append(failed(str(error)))
        return answers


def _uuid_of(change: SubmitRecord) -> str:
    """The instance that this change makes, empty when its file is gone."""
    try:
        return _bare(_record(change).instance_id)
    except (LocalError, XmlError):
        return ""


def _lacks_files(change: SubmitRecord, record: Submission) -> bool:
    """Whether a record that nobody edited is there without some of its files: sent again they are added."""
    there = {file.filename for file in record.attachments}
    return record.uuid == change.root_uuid and any(file.name not in there for file in change.files)


def _there_already(record: Submission) -> Outcome:
    """Nothing of it is ours to take back."""
    if record.uuid == record.root_uuid:
        return Outcome(State.DONE, _("It was there already, as record {id}.").format(id=record.id))
    text = _("It was there already, as record {id}, and was corrected since: it is left as it is.")
    return Outcome(State.DONE, text.format(id=record.id))


def refusal(error: KoboError) -> Outcome:
    """What became of a record that the server does not take; also of one that was sent again as an edit."""
    match error.status:
        case 404:
            return failed(_("The server has no deployed form that takes this record."), error.details())
        case 405:
            return failed(_("The project is archived: it takes no records."), error.details())
        case 409:
            text = _("There is a record with this instance ID and other answers; it is left as it is.")
            return Outcome(State.CONFLICT, text, error.details())
        case 410:
            text = _("Somebody corrected this record meanwhile.")
            return Outcome(State.CONFLICT, text, error.details())
    return failed(error.sentence, error.details())
