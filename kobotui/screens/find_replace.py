"""Find and replace in one question of the records that are chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

from kobotui.columns.words import number
from kobotui.locale import _, ngettext
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Question
from kobotui.model.replacing import Replacing, Way, find_problem, put_problem
from kobotui.model.submission import answer_at
from kobotui.model.text import shown
from kobotui.patterns import replaced
from kobotui.screens.correct import CorrectFlows, how_many, left_out
from kobotui.widgets.editors import answer_choices, with_present
from kobotui.widgets.picker import Choice, Picker


class FindReplace(CorrectFlows):
    """The part of a screen of records that finds and replaces."""

    def replace(self, question: Question | None, position: str) -> None:
        """Ask what to find in an answer of what is chosen and what to put in its place."""
        if question is not None and self.correctable(question):
            self.begin(lambda ids: self._replace(question, position, ids))
        else:
            self.correctable(question)

    async def _replace(self, question: Question, position: str, ids: Sequence[int]) -> None:
        records = await self.records_with(question, position, ids)
        answers = [(record, str(text)) for record in records if (text := answer_at(record.raw, position))]
        if not answers:
            self.flash(_("There is no answer here to look through."), "warning")
            return
        replacing = await self._asked(question, [text for _record, text in answers])
        if replacing is None:
            return
        texts = await self._results(replacing, [text for _record, text in answers])
        changed = [(record, new) for (record, old), new in zip(answers, texts, strict=True) if new != old]
        if not changed:
            self.flash(_("Nothing was found in {records}.").format(records=how_many(len(answers))), "warning")
            return
        judged = [(record, text, self.why_not_fitting(question, text, record)) for record, text in changed]
        wanted = [(record, text) for record, text, why in judged if not why]
        warnings = left_out([(record, text, why) for record, text, why in judged if why])
        if not wanted:
            self.flash(warnings[0], "warning")
            return
        label = shown(self.records.form.label(question, self.records.shown_language))
        title = _("Replace in {question}: {find} -> {put}")
        title = title.format(question=label, find=shown(replacing.find), put=shown(replacing.put) or "-")
        await self.propose_answers(title, position, wanted, warnings)

    async def _results(self, replacing: Replacing, texts: Sequence[str]) -> Sequence[str]:
        if replacing.way == "regex":
            return await replaced(replacing.find, replacing.put, texts)
        return [replacing.in_text(text) for text in texts]

    async def _asked(self, question: Question, answers: Sequence[str]) -> Replacing | None:
        """What to find and what to put there; None when left."""
        if question.type in SELECT_ONE | SELECT_MANY:
            return await self._choice_asked(question, answers)
        ways = [
            Choice("text", _("text")),
            Choice("letters", _("text, capital letters or not")),
            Choice("regex", _("regular expression"), _("as in Python; \\1 is the first group")),
        ]
        label = shown(self.records.form.label(question, self.records.shown_language))
        title = _("Replace in {question}  ({records})").format(question=label, records=how_many(len(answers)))
        way = cast("Way | None", await self.app.push_screen_wait(Picker(title, ways)))
        find = await self.ask(_("find"), check=find_problem(way)) if way else None
        if way is None or find is None:
            return None
        put = await self.ask(_("put in its place (nothing takes it away)"), check=put_problem(way, find))
        return None if put is None else Replacing(way, find, put)

    async def _choice_asked(self, question: Question, answers: Sequence[str]) -> Replacing | None:
        """One of the choices that are there, and one of those that are offered."""
        form, language = self.records.form, self.records.shown_language
        counts = Counter(name for text in answers for name in dict.fromkeys(text.split()))
        offered = answer_choices(form, question, language)
        label = shown(form.label(question, language))
        there = [choice for choice in with_present(offered, list(counts)) if choice.key in counts]
        noted = [Choice(choice.key, choice.label, _chosen(counts[choice.key])) for choice in there]
        find = await self.app.push_screen_wait(Picker(_("Replace in {question}").format(question=label), noted))
        if find is None:
            return None
        others = [choice for choice in offered if choice.key != find]
        title = _("In place of {choice}").format(choice=next(c.label for c in noted if c.key == find))
        put = await self.app.push_screen_wait(Picker(title, [*others, Choice("", _("(take it away)"))]))
        return None if put is None else Replacing("choice", find, put)


def _chosen(n: int) -> str:
    return ngettext("in {n} record", "in {n} records", n).format(n=number(n))
