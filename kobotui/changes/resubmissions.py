"""Send a record once more: the one way to add instances of repeats and to take them away.

The server takes it only for the newest revision (a true compare-and-swap), keeps ``_id``, and keeps the files that the
record still names; those it names no more are deleted.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.copies import FOLDER, NoCopy, keep_copy
from kobotui.changes.local_files import LocalFile, guessed
from kobotui.changes.outcome import Outcome, State
from kobotui.changes.step import Conflict, Step, failed, without_effect
from kobotui.changes.submissions import NOT_ACTIVE, EditAnswers, RecordChange, vanished
from kobotui.locale import _
from kobotui.model.form import Form, Group, Node
from kobotui.model.record_diff import Difference, differences, merged
from kobotui.model.record_edit import RecordEdit, same_instances
from kobotui.model.record_xml import RecordXml, instance_id
from kobotui.model.submission import Submission
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError, state_dir

if TYPE_CHECKING:
    from kobotui.api.client import KoboClient
    from kobotui.api.errors import KoboError

STALE = 410
"""The status of an edit of what is not the newest revision any more."""
_TOLD = 3
"""Differences that a conflict names."""


class ResubmitRecord(RecordChange, frozen=True, kw_only=True, tag="resubmit-record"):
    """Give a record other answers and other instances of its repeats."""

    uuid: str
    """``_uuid`` as reviewed: it changes with every edit, so it is the conflict key."""
    before: str
    """The record's XML as reviewed."""
    after: str
    """The XML it shall have; its instance IDs are set when it is sent."""
    repeats: tuple[str, ...] = ()
    """Paths of the form's repeats."""
    files: tuple[LocalFile, ...] = ()
    """What is sent along: files that the record names again."""
    keep: bool = True
    """Whether files that the record will name no more are copied to this machine first."""

    undo: ClassVar[Undo] = Undo.EQUIVALENT

    def line(self) -> str:
        return _("Record {id}, with instances of repeats").format(id=self.record)

    def differences(self) -> tuple[str, ...]:
        return tuple(difference.line() for difference in self._differences())

    def before_text(self) -> str:
        return "; ".join(one.before or "-" for one in self._differences())

    def after_text(self) -> str:
        return "; ".join(one.after or "-" for one in self._differences())

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        image = outcome.image
        return structs.replace(
            self,
            uuid=image.get("uuid", self.uuid),
            before=image.get("xml", self.after),
            after=self.before,
            files=msgspec.convert(image.get("files", ()), tuple[LocalFile, ...]),
        )

    def _differences(self) -> list[Difference]:
        return differences(self.parsed(self.before), self.parsed(self.after), frozenset(self.repeats))

    def parsed(self, xml: str | bytes) -> RecordXml:
        """The record in an XML text. Raises ``XmlError``."""
        form = Form(nodes=tuple(Node(0, Group(path, path, repeats=True)) for path in self.repeats))
        return RecordXml.parse(xml, form)

    def holds(self, record: RecordXml, xml: str) -> bool:
        """Whether a record has the answers and instances of an XML text."""
        wanted = self.parsed(xml)
        return wanted.answers() == record.answers() and wanted.repeats() == record.repeats()


class ResubmitRecordStep(Step[ResubmitRecord]):
    """One ``POST /submission``, read back as XML; files that would be lost are copied before."""

    @property
    def requests(self) -> int:
        return 4

    async def send(self, kobo: KoboClient) -> Sequence[Outcome]:
        from kobotui.api.errors import NotAllowed, NotFound, Rejected

        (change,) = self.changes
        now = await self._read(kobo)
        if now is None:
            return self.outcomes(vanished(change.record))
        if now.uuid != self.latest(change.uuid):
            raise Conflict(await self._said(kobo))
        try:
            await self._keep_files(kobo, now)
            files = await asyncio.to_thread(_contents, change)
            record = change.parsed(change.after)
            record.set_meta("rootUuid", instance_id(change.root_uuid) if change.root_uuid else None)
            record.set_meta("instanceID", instance_id(now.uuid))
            self.about_to_send(instance=self.known.get("instance") or str(uuid.uuid4()), replaced=now.uuid)
            body = record.resubmission(self.known["instance"]).text()
        except (XmlError, LocalError, NoCopy) as error:
            return self.outcomes(failed(_("{why} Nothing was sent.").format(why=error)))
        try:
            await kobo.openrosa.submit(body.encode(), files)
        except (NotAllowed, NotFound, Rejected) as error:
            if isinstance(error, NotFound) or error.status == STALE:
                raise Conflict(await self._said(kobo)) from error
            return self.outcomes(failed(_why(error), error.details()))
        self.sent = True
        return [await self._end(kobo)]

    async def _end(self, kobo: KoboClient) -> Outcome:
        """What has become of it."""
        (change,) = self.changes
        now = await self._read(kobo)
        if now is None:
            return vanished(change.record)
        if now.uuid == self.known.get("replaced"):
            return without_effect()
        if now.uuid != self.known["instance"]:  # ours, and somebody else's since
            return Outcome(State.CONFLICT, Conflict(await self._said(kobo)).sentence)
        stored = await self._stored(kobo)
        if change.holds(stored, change.after):
            return Outcome(State.DONE, image=self._image(now, stored))
        said = _say(differences(change.parsed(change.after), stored, frozenset(change.repeats)))
        reason = _("The server made something else of it: {now}").format(now=said)
        return Outcome(State.FAILED, reason, image=self._image(now, stored))

    def _image(self, now: Submission, stored: RecordXml) -> dict[str, Any]:
        return {"uuid": now.uuid, "xml": stored.text(), "files": self.known.get("files", [])}

    async def _keep_files(self, kobo: KoboClient, now: Submission) -> None:
        """Copy what the record will name no more. Raises ``NoCopy`` and ``LocalError``."""
        (change,) = self.changes
        before, after = change.parsed(change.before), change.parsed(change.after)
        lost = set(lost_files(now, before, after))
        if not lost or not change.keep or "files" in self.known:
            return
        folder = (self.place or state_dir()) / FOLDER / (self.mark or "unnamed") / str(change.record)
        kept = await keep_copy(kobo, change.project, now, folder)
        gone = set(before.answers().values()) - set(after.answers().values())
        self.remember(files=msgspec.to_builtins([file for file in kept.files if file.name in gone | lost]))

    async def refusals(self, reader: KoboClient) -> Sequence[Outcome | None]:
        """Nothing is copied to look ahead."""
        (change,) = self.changes
        now = await self._read(reader)
        if now is None:
            return [vanished(change.record)]
        if now.uuid != self.latest(change.uuid):
            return [Outcome(State.CONFLICT, Conflict(await self._said(reader)).sentence)]
        return [None]

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        """By the instance ID that was written down before it was sent: the record has it, or replaced it since."""
        now = await self._read(kobo)
        instance = self.known.get("instance")
        if now is None or not instance:
            return [None]
        if now.uuid == instance:
            return [await self._end(kobo)]
        image = {"uuid": instance, "files": self.known.get("files", [])}
        return [Outcome(State.DONE, image=image)] if now.replaced == instance else [None]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[ResubmitRecord]:
        """Where both changed the instances of one repeat, ours stays as it is, to be a conflict again."""
        (change,) = self.changes
        now = await self._read(kobo)
        if now is None:
            return []
        stored = await self._stored(kobo)
        if change.holds(stored, change.after):
            return []
        if force:
            return [structs.replace(change, uuid=now.uuid, before=stored.text())]
        made = merged(change.parsed(change.before), change.parsed(change.after), stored)
        if made is None:
            return [change]
        return [structs.replace(change, uuid=now.uuid, before=stored.text(), after=made.text())]

    async def _read(self, kobo: KoboClient) -> Submission | None:
        (change,) = self.changes
        async for page in kobo.submissions(change.project).named([change.record]):
            for record in page:
                return record
        return None

    async def _stored(self, kobo: KoboClient) -> RecordXml:
        """The record's XML. Raises ``Unreadable``."""
        from kobotui.api.errors import Unreadable

        (change,) = self.changes
        try:
            return change.parsed(await kobo.submissions(change.project).xml(change.record))
        except XmlError as error:
            raise Unreadable(str(error)) from error

    async def _said(self, kobo: KoboClient) -> str:
        """How the record differs now from what was reviewed."""
        from kobotui.api.errors import NotFound

        (change,) = self.changes
        try:
            stored = await self._stored(kobo)
        except NotFound:
            return vanished(change.record).reason
        found = differences(change.parsed(change.before), stored, frozenset(change.repeats))
        return _say(found) or _("another revision")


def sent_whole(edit: RecordEdit, submission: Submission, record: RecordXml) -> bool:
    """Whether an edit sends the whole record once more; answers alone go by their places, where these are certain."""
    inside = any("[" in place for place in edit.after)
    return edit.instances or (inside and not same_instances(record, submission.raw))


def correction(
    edit: RecordEdit,
    submission: Submission,
    record: RecordXml,
    form: Form,
    *,
    project: str,
    project_name: str,
    keep: bool = True,
) -> EditAnswers | ResubmitRecord:
    """The change that makes of a record what an edit of its text wants; ``record`` is its XML as it was."""
    names: dict[str, Any] = {
        "project": project,
        "project_name": project_name,
        "record": submission.id,
        "root_uuid": submission.root_uuid,
        "uuid": submission.uuid,
    }
    if not sent_whole(edit, submission, record):
        return EditAnswers(**names, before=edit.before, after=edit.after)
    repeats = tuple(path for path, group in form.groups.items() if group.repeats)
    return ResubmitRecord(**names, before=record.text(), after=edit.record.text(), repeats=repeats, keep=keep)


def lost_files(submission: Submission, before: RecordXml, after: RecordXml) -> list[str]:
    """Files that a record names no more: the server deletes them."""
    gone = set(before.answers().values()) - set(after.answers().values())
    return [
        file.filename
        for file in submission.attachments
        if not file.is_deleted and (file.filename in gone or _answer(before, file.question_xpath) in gone - {""})
    ]


def _answer(record: RecordXml, path: str) -> str:
    """What names a file: the server changes some characters of its name."""
    try:
        return record.answer(path)
    except XmlError:
        return ""


def _contents(change: ResubmitRecord) -> list[tuple[str, bytes, str]]:
    """The files that are sent along. Raises ``LocalError``."""
    return [(file.name, file.content(), file.mimetype or guessed(file.name)) for file in change.files]


def _say(found: Sequence[Difference]) -> str:
    said = "; ".join(difference.line() for difference in found[:_TOLD])
    return f"{said}; ..." if len(found) > _TOLD else said


def _why(error: KoboError) -> str:
    """Why the server did not take it."""
    from kobotui.api.errors import NotAllowed

    if isinstance(error, NotAllowed):
        return _("The server takes instances of repeats only from who may edit all submissions of the project.")
    if error.status == NOT_ACTIVE:
        return _("The project is archived: the server takes no corrected records. Unarchive it first.")
    return error.sentence
