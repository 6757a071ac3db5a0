"""Delete records: a copy is kept on this machine first, from which they can be restored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec
from msgspec import structs

from kobotui.changes.change import Change, Impossible, Undo
from kobotui.changes.copies import AT_ONCE, FOLDER, KeptRecord, NoCopy, Size, is_there, keep_copy
from kobotui.changes.outcome import DONE, Outcome, State
from kobotui.changes.step import failed, without_effect
from kobotui.changes.submissions import RecordChange, RecordStep, read_now, vanished
from kobotui.columns.words import number, size
from kobotui.locale import _, ngettext
from kobotui.model.rowrule import say_rules
from kobotui.model.rule_users import rules_naming
from kobotui.model.tier import Tier
from kobotui.paths import LocalError, state_dir

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kobotui.api.client import KoboClient
    from kobotui.changes.kinds import AnyChange
    from kobotui.model.submission import Submission

DELETE_BATCH = 100
"""Records that are copied and then deleted by one request."""


class DeleteSubmission(RecordChange, frozen=True, kw_only=True, tag="delete-submission"):
    """Delete a record: the server has no trash for records."""

    uuid: str
    """``_uuid`` as reviewed: a record corrected since is a conflict, not deleted."""
    sent: str = ""
    by: str = ""
    keep: bool = True
    """Whether a copy is kept on this machine first; where none can be made, nothing is deleted."""

    tier: ClassVar[Tier] = Tier.BULK
    sign: ClassVar[str] = "-"
    undo: ClassVar[Undo] = Undo.EQUIVALENT

    @property
    def gives_back(self) -> Undo:
        return Undo.EQUIVALENT if self.keep else Undo.IMPOSSIBLE

    def line(self) -> str:
        return _("Delete record {id}").format(id=self.record)

    def before_text(self) -> str:
        return " ".join(part for part in (self.sent, self.by) if part)

    def inverse(self, outcome: Outcome) -> Change | Impossible:
        from kobotui.changes.new_records import SubmitRecord

        if "copy" not in outcome.image:
            return Impossible(_("The server deletes records at once, and no copy was kept."))
        kept = msgspec.convert(outcome.image["copy"], KeptRecord)
        return SubmitRecord(
            project=self.project,
            project_name=self.project_name,
            root_uuid=self.root_uuid,
            xml_file=kept.xml,
            files=kept.files,
            validation=kept.validation,
            restores=self.record,
            sent=kept.sent,
            by=kept.by,
        )

    @property
    def destroys(self) -> int:
        return 1


class DeleteSubmissionStep(RecordStep[DeleteSubmission]):
    """Copies, then one bulk delete by explicit ids of those still there and unchanged: an unknown id refuses all."""

    @property
    def requests(self) -> int:
        return super().requests + sum(change.keep for change in self.changes)

    def conflict(self, change: DeleteSubmission, record: Submission) -> str | None:
        return None if record.uuid == self.latest(change.uuid) else _("corrected since")

    async def do(self, kobo: KoboClient, todo: Sequence[DeleteSubmission]) -> dict[int, Outcome]:
        outcomes = await self._keep_copies(kobo, [change for change in todo if change.keep])
        ready = [change for change in todo if change.record not in outcomes]
        if ready and any(change.keep for change in ready):  # that took a while, and a copy must be the newest
            outcomes |= self._set_aside(ready, await read_now(kobo, ready))
            ready = [change for change in ready if change.record not in outcomes]
        if not ready:
            return outcomes
        await kobo.submissions(todo[0].project).delete([change.record for change in ready])
        self.sent = True
        left = await read_now(kobo, ready)
        deleted = {change.record: without_effect() if change.record in left else self._done(change) for change in ready}
        return outcomes | deleted

    async def _keep_copies(self, kobo: KoboClient, todo: Sequence[DeleteSubmission]) -> dict[int, Outcome]:
        """Copy these records and remember where; the outcomes of those that were not copied and so are not deleted."""
        outcomes: dict[int, Outcome] = {}
        if not todo:
            return outcomes
        now = await read_now(kobo, todo)
        folder = (self.place or state_dir()) / FOLDER / (self.mark or "unnamed")
        copies = dict(self.known.get("copies", {}))
        gate = asyncio.Semaphore(AT_ONCE)

        async def keep(change: DeleteSubmission) -> None:
            record = now.get(change.record)
            if record is None:
                outcomes[change.record] = vanished(change.record)
                return
            async with gate:
                earlier = self._copy(change)
                if earlier and earlier.uuid == record.uuid and await asyncio.to_thread(is_there, earlier):
                    return
                try:
                    kept = await keep_copy(kobo, change.project, record, folder / str(record.id))
                    copies[str(record.id)] = msgspec.to_builtins(kept)
                except (NoCopy, LocalError) as error:
                    outcomes[change.record] = failed(_("{why} It is not deleted.").format(why=error))

        ends = await asyncio.gather(*map(keep, todo), return_exceptions=True)
        self.remember(copies=copies)  # after a cut they need not be fetched again
        for error in ends:
            if isinstance(error, BaseException):
                raise error
        return outcomes

    def _copy(self, change: DeleteSubmission) -> KeptRecord | None:
        kept = self.known.get("copies", {}).get(str(change.record))
        return msgspec.convert(kept, KeptRecord) if kept else None

    def _done(self, change: DeleteSubmission) -> Outcome:
        kept = self.known.get("copies", {}).get(str(change.record)) if change.keep else None
        return Outcome(State.DONE, image={"copy": kept}) if kept else DONE

    async def found(self, kobo: KoboClient) -> Sequence[Outcome | None]:
        now = await read_now(kobo, self.changes)
        return [None if change.record in now else self._done(change) for change in self.changes]

    async def rebased(self, kobo: KoboClient, *, force: bool) -> Sequence[DeleteSubmission]:
        now = await read_now(kobo, self.changes)
        return [
            structs.replace(change, uuid=record.uuid)
            for change in self.changes
            if (record := now.get(change.record)) is not None
        ]


def keeping(changes: Iterable[AnyChange], keep: bool) -> tuple[AnyChange, ...]:
    """The changes, whose deletions keep copies or do not, as the user has set it."""
    return tuple(structs.replace(one, keep=keep) if isinstance(one, DeleteSubmission) else one for one in changes)


def deletion_warnings(records: Sequence[Submission], copy: Size | None) -> list[str]:
    """What goes with these records, and the ``copy`` that is kept of them first; None where none is."""
    files = copy.files if copy else sum(not file.is_deleted for record in records for file in record.attachments)
    text = ngettext("{n} record is deleted", "{n} records are deleted", len(records))
    said = text.format(n=number(len(records)))
    if files:
        said += ngettext(", with {n} file", ", with {n} files", files).format(n=number(files))
    if copy is None:
        return [_("{what}, for good: no copy is kept (keep_deleted in the settings).").format(what=said)]
    if not files:
        said = _("{what}. A copy is kept on this machine first.").format(what=said)
    elif copy.bytes is None:
        said = _("{what}. A copy is kept on this machine first; how large the files are is not known.").format(
            what=said
        )
    else:
        text = _("{what}. A copy is kept on this machine first, files of {size}.")
        said = text.format(what=said, size=size(copy.bytes))
    warnings = [said, _("Restored, records get new numbers and count as sent by your account.")]
    if copy.lost:
        text = ngettext(
            "{n} file was deleted on the server before and cannot be kept.",
            "{n} files were deleted on the server before and cannot be kept.",
            copy.lost,
        )
        warnings.append(text.format(n=number(copy.lost)))
    return warnings


async def lost_rules(kobo: KoboClient, project: str, submitters: Collection[str]) -> list[str]:
    """What becomes of the project's row rules when records of these people are restored by us. Raises ``KoboError``."""
    from kobotui.model.access import Team

    me = kobo.account.username
    others = {name for name in submitters if name and name.casefold() != me.casefold()}
    if not others:
        return []
    detail = await kobo.projects.get(project)
    team = Team.of(detail.permissions, detail.owner, me)
    text = _("Restored, they may no longer match the row rule of {user}: {rule}")
    warnings = [
        text.format(user=user, rule=say_rules(rules)) for user, rules in rules_naming(team.rights, others).items()
    ]
    if not team.complete:
        warnings.append(_("Restored, they may no longer match row rules of others, which your account does not see."))
    return warnings
