"""What can be done to records in the table and to one that is open: validate, duplicate, delete, copy."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from kobotui.action import Target
from kobotui.changes.copies import measure
from kobotui.changes.deletions import DeleteSubmission, deletion_warnings, lost_rules
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.outcome import State
from kobotui.changes.submissions import (
    RecordChange,
)
from kobotui.columns.words import number, right_label
from kobotui.locale import _, ngettext
from kobotui.model.submission import Submission
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen
from kobotui.screens.copy import Text
from kobotui.screens.record_copies import asked_copies, record_copies
from kobotui.screens.records import Records
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from kobotui.jobs import JobState


class RecordFlows(KoboScreen):
    """A screen mixes this in before its other bases and says in :meth:`chosen_ids` which records are meant."""

    records: Records

    def chosen_ids(self) -> Sequence[int]:
        """The ``_id`` of the records an action is applied to; the first of them is the one looked at."""
        raise NotImplementedError

    def anything_chosen(self) -> bool:
        """Whether there is a record to apply an action to; asked at every key, so marks are not sorted for it."""
        return bool(self.chosen_ids())

    def loaded(self, record_id: int) -> Submission | None:
        """A record as it is on the screen, None when it is not loaded."""
        return self.records.window.find(record_id) if self.records.window else None

    def language_changed(self) -> None:
        """Labels are shown in another language, or names."""
        raise NotImplementedError

    def targets(self) -> Sequence[Target]:
        if not self.anything_chosen():
            return ()
        project, account = self.records.project, self.app.session.account
        me = account.username if account else ""
        rights, by_rule = self.records.rights(me), self.records.by_rule(me)
        return (Target(shown(project.name) or project.uid, rights, project.deployment_status, by_rule),)

    # Running a flow

    def begin(self, flow: Callable[[Sequence[int]], Coroutine[Any, Any, None]]) -> None:
        """Run a flow over what is chosen now."""
        self.run_flow(flow, tuple(self.chosen_ids()))

    async def chosen_records(self, ids: Sequence[int], fields: Sequence[str] | None = None) -> list[Submission]:
        """The records as they are on the screen; those that are not loaded as the server has them now.

        ``fields``: the answers that are wanted of those, which may be many.
        """
        found = {record_id: record for record_id in ids if (record := self.loaded(record_id))}
        missing = [record_id for record_id in ids if record_id not in found]
        if missing:
            count = number(len(missing))

            def report(n: int) -> None:
                self.flash(_("Reading {n} of {count} records ... (u stops)").format(n=number(n), count=count))

            report(0)
            found |= {record.id: record for record in await self.records.read(missing, report, fields)}
            self.flash("")
        records = [found[record_id] for record_id in ids if record_id in found]
        if gone := len(ids) - len(records):
            text = ngettext("{n} record is gone from the server.", "{n} records are gone from the server.", gone)
            self.flash(text.format(n=number(gone)), "warning")
        return records

    def named(self, record: Submission) -> dict[str, Any]:
        """What every change of a record says."""
        project = self.records.project
        return {
            "project": project.uid,
            "project_name": project.name,
            "record": record.id,
            "root_uuid": record.root_uuid,
        }

    # Copies, ends

    def do_duplicate(self) -> None:
        """A new record with the same answers and files."""
        self.begin(self._duplicate)

    async def _duplicate(self, ids: Sequence[int]) -> None:
        changes = [DuplicateSubmission(**self.named(record)) for record in await self.chosen_records(ids)]
        await self.propose(_title(ids, _("Duplicate record {id}"), _duplicates), changes)

    def do_delete(self) -> None:
        """Delete records, after their number was typed."""
        self.begin(self._delete)

    async def _delete(self, ids: Sequence[int]) -> None:
        records = await self.chosen_records(ids)
        await self.propose_deletion(records, _title(ids, _("Delete record {id}"), _deletions))

    async def propose_deletion(self, records: Sequence[Submission], title: str) -> None:
        """Review the deletion of records, and do it."""
        keep = self.app.session.settings.keep_deleted
        changes = [
            DeleteSubmission(
                **self.named(record), uuid=record.uuid, sent=record.submitted, by=record.submitted_by or "", keep=keep
            )
            for record in records
        ]
        warnings = await self.deletion_warnings(records, keep=keep) if records else []
        await self.propose(title, changes, warnings)

    async def deletion_warnings(self, records: Sequence[Submission], *, keep: bool) -> list[str]:
        """What the review of a deletion says; ``keep``: whether copies are kept."""
        if not keep:
            return deletion_warnings(records, None)
        kobo = await self.kobo()
        size = await measure(kobo, records)
        submitters = {record.submitted_by or "" for record in records}
        rules = await lost_rules(kobo, self.records.project.uid, submitters)
        return [*deletion_warnings(records, size), *rules, *self._no_way_back()]

    def _no_way_back(self) -> list[str]:
        """What would keep the caller from restoring records, as things are now."""
        account = self.app.session.account
        rights = self.records.rights(account.username) if account else None
        if rights is not None and "add_submissions" not in rights:
            text = _("You could not restore them yourself: that takes the right “{right}”.")
            return [text.format(right=right_label("add_submissions"))]
        if self.records.project.deployment_status == "archived":
            return [_("The project is archived: it must be unarchived before they can be restored.")]
        return []

    # Languages

    def do_language(self) -> None:
        """Choose the language of the labels."""
        self.run_worker(self._choose_language, group="ask", exclusive=True)

    async def _choose_language(self) -> None:
        languages = self.records.form.languages
        choices = [Choice(str(place), language_name(name)) for place, name in enumerate(languages)]
        selected = str(self.records.language)
        if key := await self.app.push_screen_wait(Picker(_("Language"), choices, selected=selected)):
            self.records.use_language(int(key), names=False)
            self.language_changed()

    def do_names(self) -> None:
        """Names in place of labels, or labels again."""
        self.records.use_language(self.records.language, names=not self.records.names)
        self.language_changed()

    # Copying

    def do_raw(self) -> None:
        """What the server sent of the record, as JSON and as XML."""
        from kobotui.screens.raw import RawScreen

        raw = self.raw()
        if not isinstance(raw, dict) or not isinstance(number := raw.get("_id"), int):
            super().do_raw()
            return

        async def xml() -> bytes:
            return await (await self.records.service()).xml(number)

        self.app.push_screen(RawScreen(raw, xml))

    def copies(self) -> dict[str, Text]:
        account, ids = self.app.session.account, self.chosen_ids()
        records = [record for record_id in ids if (record := self.loaded(record_id))]
        if not account:
            return {}
        texts: dict[str, Text] = {**record_copies(account.server, self.records.project.uid, ids, records)}
        return texts | (asked_copies(self.records, ids[0]) if len(ids) == 1 else {})


def language_name(name: str | None) -> str:
    """The name of a form's language."""
    return shown(name) if name else _("unnamed language")


def record_changes(job: JobState, project: str) -> list[tuple[RecordChange, State | None]]:
    """What a job did to the records of a project, and how each change ended."""
    return [
        (change, outcome.state if outcome else None)
        for change, outcome in zip(job.plan.changes, job.outcomes, strict=True)
        if isinstance(change, RecordChange) and change.project == project
    ]


def _title(ids: Sequence[int], one: str, many: Callable[[int], str]) -> str:
    return one.format(id=ids[0]) if len(ids) == 1 else many(len(ids))


def _duplicates(n: int) -> str:
    return ngettext("Duplicate {n} record", "Duplicate {n} records", n).format(n=number(n))


def _deletions(n: int) -> str:
    return ngettext("Delete {n} record", "Delete {n} records", n).format(n=number(n))
