"""One condition of a row rule, asked for step by step: question, relation, value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kobotui.columns.rules import field_label, relation_label
from kobotui.columns.words import validation_label
from kobotui.locale import _
from kobotui.model.check import check
from kobotui.model.form import Form, Question
from kobotui.model.rule_fields import (
    ALONE,
    LISTS,
    as_list,
    condition,
    fields,
    kind_of,
    listed,
    relation_of,
    relations,
    values_of,
)
from kobotui.model.submission import VALIDATION_UIDS
from kobotui.model.text import shown
from kobotui.widgets.editors import answer_choices, editor_for, with_present
from kobotui.widgets.picker import Choice, MultiPicker, Picker

if TYPE_CHECKING:
    from kobotui.app import KoboApp
    from kobotui.model.rule_parts import Condition

_TYPES = {"date": "date", "moment": "date", "number": "decimal"}
_OTHER = "other name"


class ConditionQuestions:
    """What is asked for a condition, and what is offered: questions of ``form``, names of ``users``."""

    def __init__(self, app: KoboApp, form: Form, users: Sequence[str]) -> None:
        self._app, self._form, self._users = app, form, users

    async def ask(self, before: Condition | None = None) -> Condition | None:
        """A new condition, or another one in the place of ``before``; None when a question was left."""
        key = await self._key(before)
        relation = await self._relation(key, before) if key else None
        if not key or not relation:
            return None
        if relation in ALONE:
            return condition(key, relation)
        present = values_of(before) if before and before.key == key else []
        values = await self._values(key, relation, present)
        return condition(key, relation, values) if values else None

    async def _key(self, before: Condition | None) -> str | None:
        language = self._form.default_language
        choices = []
        for key in fields(self._form):
            label = field_label(key, self._form, language)
            choices.append(Choice(key, label, "" if label == key else shown(key)))
        selected = before.key if before else None
        return await self._app.push_screen_wait(Picker(_("A condition on"), choices, selected=selected))

    async def _relation(self, key: str, before: Condition | None) -> str | None:
        choices = [Choice(name, relation_label(name, key, self._form)) for name in relations(key, self._form)]
        selected = relation_of(before) if before else None
        return await self._app.push_screen_wait(Picker(self._label(key), choices, selected=selected))

    async def _values(self, key: str, relation: str, present: list[str]) -> list[str]:
        title = f"{self._label(key)} {relation_label(relation, key, self._form)}"
        choices = self._choices(key)
        if choices and relation != "matches":
            return await self._pick(key, title, with_present(choices, present), present, several=relation in LISTS)
        return await self._type(key, relation, title, present)

    def _label(self, key: str) -> str:
        return field_label(key, self._form, self._form.default_language)

    def _choices(self, key: str) -> list[Choice]:
        kind = kind_of(key, self._form)
        if kind == "user":
            return [Choice(user, shown(user)) for user in self._users]
        if kind == "status":
            return [Choice(uid, validation_label(uid)) for uid in VALIDATION_UIDS]
        question = self._form.questions.get(key)
        return answer_choices(self._form, question, self._form.default_language) if question else []

    async def _pick(
        self, key: str, title: str, choices: list[Choice], present: list[str], *, several: bool
    ) -> list[str]:
        """Of a list. A user who is on no team any more may have sent records: other names can be typed."""
        others = [Choice(_OTHER, _("(another name)"))] if kind_of(key, self._form) == "user" else []
        picked: list[str] = []
        if several:
            marked = await self._app.push_screen_wait(MultiPicker(title, [*choices, *others], selected=present))
            picked += marked or ()
        else:
            selected = present[0] if present else None
            one = await self._app.push_screen_wait(Picker(title, [*choices, *others], selected=selected))
            picked += [one] if one else []
        if others and _OTHER in picked:
            picked.remove(_OTHER)
            picked += await self._type(key, "one of" if several else "is", title, [])
        return picked

    async def _type(self, key: str, relation: str, title: str, present: list[str]) -> list[str]:
        several = relation in LISTS
        kind = _TYPES.get(kind_of(key, self._form), "text")

        def split(text: str) -> list[str]:
            return listed(text) if several else [text] if text.strip() else []

        def problem(text: str) -> str | None:
            values = split(text)
            wrong = (check(Question(key, key, kind), value, self._form) for value in values)
            return next((found.sentence for found in wrong if found), None) if values else _("Type a value.")

        before = as_list(present) if several else present[0] if present else ""
        hint = _('several between commas, like a, b, "c, d"') if several else ""
        typed = await self._app.push_screen_wait(editor_for(kind, title, before, hint=hint, check=problem))
        return split(typed or "")
