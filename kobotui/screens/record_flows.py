"""What can be done to records in the table and to one that is open: correct, validate, duplicate, delete, copy."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kobotui.actions import Target
from kobotui.changes.duplicates import DuplicateSubmission
from kobotui.changes.outcome import State
from kobotui.changes.submissions import (
    DeleteSubmission,
    EditAnswers,
    RecordChange,
    deletion_warning,
)
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.check import check, editable, lookup_in
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Question
from kobotui.model.submission import Submission, answer_at
from kobotui.model.text import shown
from kobotui.screens.base import KoboScreen
from kobotui.screens.record_copies import record_copies
from kobotui.screens.records import Records
from kobotui.widgets.editors import answer_choices, editor_for
from kobotui.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from kobotui.jobs import JobState

_EDITORS = dict.fromkeys(SELECT_ONE, "select_one") | {"range": "decimal", "today": "date"}
_EDITORS |= dict.fromkeys(SELECT_MANY - {"rank"}, "select_multiple")
"""Editors of question types that are not called like them; the order of ``rank`` is typed."""


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
        rights = self.records.rights(account.username) if account else None
        return (Target(shown(project.name) or project.uid, rights, project.deployment_status),)

    # Running a flow

    def begin(self, flow: Callable[[Sequence[int]], Coroutine[Any, Any, None]]) -> None:
        """Run a flow over what is chosen now."""
        self.run_flow(flow(tuple(self.chosen_ids())))

    async def chosen_records(self, ids: Sequence[int]) -> list[Submission]:
        """The records as they are on the screen; those that are not loaded as the server has them now."""
        found = {record_id: record for record_id in ids if (record := self.loaded(record_id))}
        missing = [record_id for record_id in ids if record_id not in found]
        if missing:
            count = number(len(missing))

            def report(n: int) -> None:
                self.flash(_("Reading {n} of {count} records ... (u stops)").format(n=number(n), count=count))

            report(0)
            found |= {record.id: record for record in await self.records.read(missing, report)}
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
        if self.records.edits_only_some:
            self.flash(_("The server duplicates records only for who may edit all of them."), "warning")
        else:
            self.begin(self._duplicate)

    async def _duplicate(self, ids: Sequence[int]) -> None:
        changes = [DuplicateSubmission(**self.named(record)) for record in await self.chosen_records(ids)]
        await self.propose(_title(ids, _("Duplicate record {id}"), _duplicates), changes)

    def do_delete(self) -> None:
        """Delete records for good, after their number was typed."""
        self.begin(self._delete)

    async def _delete(self, ids: Sequence[int]) -> None:
        records = await self.chosen_records(ids)
        changes = [
            DeleteSubmission(
                **self.named(record), uuid=record.uuid, sent=record.submitted, by=record.submitted_by or ""
            )
            for record in records
        ]
        warnings = [deletion_warning(records)] if records else []
        await self.propose(_title(ids, _("Delete record {id}"), _deletions), changes, warnings)

    # Correcting

    def correct(self, question: Question | None, position: str) -> None:
        """Correct one answer of what is chosen; ``position``: its path, with the instance of every repeat."""
        if question is None or not editable(question):
            self.flash(self._not_editable(question), "warning")
        else:
            self.begin(lambda ids: self._correct(question, position, ids))

    @staticmethod
    def _not_editable(question: Question | None) -> str:
        if question is None:
            return _("Move to an answer to correct it.")
        if question.type == "calculate":
            return _("{name} is calculated by the form.").format(name=question.name)
        return _("{name} is recorded by the device, or a file: it is not corrected by hand.").format(name=question.name)

    async def _correct(self, question: Question, position: str, ids: Sequence[int]) -> None:
        records = await self.chosen_records(ids)
        answers = {record.id: answer_at(record.raw, position) for record in records}
        if any(answer is not None and not isinstance(answer, str) for answer in answers.values()):
            self.flash(_("This answer is not a text: o shows what the server has."), "warning")
            return
        if not records:
            return
        form, language = self.records.form, self.records.shown_language
        present: str = answers[records[0].id] or ""
        label = shown(form.label(question, language))
        hint = form.hint(question, self.records.language or 0)
        if (different := len({answer or "" for answer in answers.values()})) > 1:
            hint = _("{n} different answers now; all of these records get this one").format(n=different)

        def problem(text: str) -> str | None:
            for record in records:
                found = check(question, text, form, answers=record.raw, language=self.records.language or 0)
                if found:
                    many = len(records) > 1
                    return _("Record {id}: {why}").format(id=record.id, why=found.sentence) if many else found.sentence
            return None

        which = _("record {id}").format(id=ids[0]) if len(ids) == 1 else _records(len(ids))
        title = f"{label}  ({which})"
        choices = self._choices(question, records[0].raw if len(records) == 1 else None)
        kind = _EDITORS.get(question.type, question.type)
        editor = editor_for(kind, title, present, choices=choices, hint=hint, check=problem)
        text = await self.app.push_screen_wait(editor)
        if text is None:
            return
        changed = [record for record in records if (answers[record.id] or "") != text]
        if changed and text == present and (why := problem(text)):  # the editor asks about new texts only
            self.flash(why, "warning")
            return
        changes = [
            EditAnswers(
                **self.named(record),
                uuid=record.uuid,
                before={position: answers[record.id] or None},
                after={position: text or None},
            )
            for record in changed
        ]
        await self.propose(_("Correct {question}").format(question=label), changes)

    def _choices(self, question: Question, answers: Mapping[str, object] | None) -> list[Choice]:
        """What can be chosen beside the other answers of a record, or at all."""
        form = self.records.form
        fitting = form.fitting(question, lookup_in(form, answers))
        return answer_choices(form, question, self.records.shown_language, fitting)

    # Languages

    def do_language(self) -> None:
        """Choose the language of the labels."""
        self.run_worker(self._choose_language(), group="ask", exclusive=True)

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

    def copies(self) -> dict[str, str]:
        account, ids = self.app.session.account, self.chosen_ids()
        records = [record for record_id in ids if (record := self.loaded(record_id))]
        return record_copies(account.server, self.records.project.uid, ids, records) if account else {}


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


def _records(n: int) -> str:
    return ngettext("{n} record", "{n} records", n).format(n=number(n))


def _duplicates(n: int) -> str:
    return ngettext("Duplicate {n} record", "Duplicate {n} records", n).format(n=number(n))


def _deletions(n: int) -> str:
    return ngettext("Delete {n} record", "Delete {n} records", n).format(n=number(n))
