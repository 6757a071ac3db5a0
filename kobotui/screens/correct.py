"""Correcting answers of records in the table and of one that is open: one answer, or find and replace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kobotui.changes.submissions import EditAnswers
from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.calculations import made_stale, needed_beside
from kobotui.model.check import check, editable, lookup_in
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Question
from kobotui.model.record_edit import same_instances
from kobotui.model.record_xml import RecordXml
from kobotui.model.submission import Submission, answer_at
from kobotui.model.text import fit, shown
from kobotui.model.xml_tree import XmlError
from kobotui.paths import LocalError
from kobotui.screens.record_flows import RecordFlows
from kobotui.widgets.editors import answer_choices, editor_for
from kobotui.widgets.picker import Choice

if TYPE_CHECKING:
    from kobotui.model.form import Form

_EDITORS = dict.fromkeys(SELECT_ONE, "select_one") | {"range": "decimal", "today": "date", "calculate": "text"}
_EDITORS |= dict.fromkeys(SELECT_MANY - {"rank"}, "select_multiple")
"""Editors of question types that are not called like them; the order of ``rank`` is typed."""
_NAMED = 10
"""Records that are named one by one in a warning."""
_BRIEF = 60


class CorrectFlows(RecordFlows):
    """The part of a screen of records that corrects answers."""

    def correctable(self, question: Question | None) -> bool:
        """Whether a question can be corrected; where it cannot, that is said."""
        if question is not None and editable(question):
            return True
        if question is None:
            self.flash(_("Move to an answer to correct it."), "warning")
        else:
            text = _("{name} is recorded by the device, or a file: it is not corrected by hand.")
            self.flash(text.format(name=question.name), "warning")
        return False

    def correct(self, question: Question | None, position: str) -> None:
        """Correct one answer of what is chosen; ``position``: its path, with the instance of every repeat."""
        if question is not None and self.correctable(question):
            self.begin(lambda ids: self._correct(question, position, ids))
        else:
            self.correctable(question)

    async def records_with(self, question: Question, position: str, ids: Sequence[int]) -> list[Submission]:
        """The records, those that are not on the screen with what correcting the answer needs; none when it is no
        text, which is said."""
        fields = [position.partition("[")[0], *needed_beside(self.records.form, question)]
        records = await self.chosen_records(ids, fields)
        answers = [answer_at(record.raw, position) for record in records]
        if any(answer is not None and not isinstance(answer, str) for answer in answers):
            self.flash(_("This answer is not a text: o shows what the server has."), "warning")
            return []
        if "[" in position and records and not await self._placed(records[0]):
            self.flash(_("This record has empty instances that the server does not list: E corrects it."), "warning")
            return []
        return records

    async def _placed(self, record: Submission) -> bool:
        """Whether instances have the places in the record's XML, by which they are corrected, that they have here."""
        xml = await (await self.records.service()).xml(record.id)
        try:
            stored = await asyncio.to_thread(RecordXml.parse, xml, self.records.form)
        except XmlError as error:
            raise LocalError(str(error)) from error
        return same_instances(stored, record.raw)

    async def _correct(self, question: Question, position: str, ids: Sequence[int]) -> None:
        records = await self.records_with(question, position, ids)
        if not records:
            return
        answers = {record.id: answer_at(record.raw, position) or "" for record in records}
        form, language = self.records.form, self.records.shown_language
        present: str = answers[records[0].id]
        label = shown(form.label(question, language))

        def problem(text: str) -> str | None:
            for record in records:
                if found := self.why_not_fitting(question, text, record):
                    return _("Record {id}: {why}").format(id=record.id, why=found) if len(records) > 1 else found
            return None

        which = _("record {id}").format(id=ids[0]) if len(ids) == 1 else how_many(len(ids))
        choices = self._choices(question, records[0].raw if len(records) == 1 else None)
        kind = _EDITORS.get(question.type, question.type)
        hint = self._hint(question, len(set(answers.values())))
        editor = editor_for(kind, f"{label}  ({which})", present, choices=choices, hint=hint, check=problem)
        text = await self.app.push_screen_wait(editor)
        if text is None:
            return
        changed = [record for record in records if answers[record.id] != text]
        if changed and text == present and (why := problem(text)):  # the editor asks about new texts only
            self.flash(why, "warning")
            return
        await self.propose_answers(
            _("Correct {question}").format(question=label), position, [(record, text) for record in changed]
        )

    def why_not_fitting(self, question: Question, text: str, record: Submission) -> str | None:
        """Why an answer does not fit its question, None when it does."""
        language = self.records.language or 0
        found = check(question, text, self.records.form, answers=record.raw, language=language)
        return found.sentence if found else None

    async def propose_answers(
        self, title: str, position: str, wanted: Sequence[tuple[Submission, str]], warnings: Sequence[str] = ()
    ) -> None:
        """Review the new answers of records at one position, and send them."""
        changes = [
            EditAnswers(
                **self.named(record),
                uuid=record.uuid,
                before={position: answer_at(record.raw, position) or None},
                after={position: text or None},
            )
            for record, text in wanted
        ]
        stale = stale_warnings(self.records.form, [position], self.records.shown_language) if changes else []
        await self.propose(title, changes, [*warnings, *stale])

    def _hint(self, question: Question, different: int) -> str:
        if different > 1:
            return _("{n} different answers now; all of these records get this one").format(n=different)
        if question.type == "calculate":
            return calculated_hint(question)
        return self.records.form.hint(question, self.records.language or 0)

    def _choices(self, question: Question, answers: Mapping[str, object] | None) -> list[Choice]:
        """What can be chosen beside the other answers of a record, or at all."""
        form = self.records.form
        fitting = form.fitting(question, lookup_in(form, answers))
        return answer_choices(form, question, self.records.shown_language, fitting)


def how_many(n: int) -> str:
    """``12 records``."""
    return ngettext("{n} record", "{n} records", n).format(n=number(n))


def calculated_hint(question: Question) -> str:
    """What is to be known of a calculated question before it is corrected."""
    return _("calculated by the form on the device: {calculation}").format(calculation=question.calculation)


def stale_warnings(form: Form, positions: Sequence[str], language: int | None) -> list[str]:
    """What stays as it is though it is calculated from what is corrected."""
    text = _("{calculated} is calculated from {names} and stays as it is: the server calculates nothing anew.")
    return [
        text.format(calculated=form.label(stale.calculated, language), names=", ".join(stale.names))
        for stale in made_stale(form, positions)
    ]


def left_out(problems: Sequence[tuple[Submission, str, str]]) -> list[str]:
    """Records that are not corrected because their new answers do not fit: each with that answer, and why."""
    text = _("Left out: record {id}. {why} ({answer})")
    said = [
        text.format(id=record.id, why=why, answer=fit(shown(answer), _BRIEF))
        for record, answer, why in problems[:_NAMED]
    ]
    if more := len(problems) - len(said):
        text = ngettext("Left out for the like: {n} more record", "Left out for the like: {n} more records", more)
        said.append(text.format(n=number(more)))
    return said
