"""What can be asked for in a filter: the questions and repeats of a form, and the record's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kobotui.locale import _
from kobotui.model.answer import MOMENTS
from kobotui.model.filter_tree import STATUS
from kobotui.model.form import Group, Question
from kobotui.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kobotui.model.form import Form

NUMBERS = frozenset({"integer", "decimal", "range"})
DATED = MOMENTS | {"date", "today"}
SENT = "_submission_time"
ALIASES = {"id": "_id", "by": "_submitted_by", "sent": SENT, "status": STATUS, "version": "__version__"}
SYSTEM = ("_id", "_uuid", "_submitted_by", SENT, "__version__", "meta/rootUuid")


class FilterError(ValueError):
    """The text is no filter; the message is a sentence that says why."""


class Field(Struct, frozen=True):
    """What a condition is about: the record's key, and the question or the repeat when it is one."""

    key: str
    question: Question | None = None
    repeat: Group | None = None

    @property
    def type(self) -> str:
        """A question's type; ``_id``, ``datetime``, ``text`` and the status's key for the record's own."""
        if self.question:
            return self.question.type
        return {SENT: "datetime", "_id": "_id", STATUS: STATUS}.get(self.key, "text")


class Names:
    """The names of one form's fields. Small and capital letters are alike; the longest name wins."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._fields: dict[str, list[Field]] = {}
        asked = [(item, Field(item.path, item)) for item in form.questions.values() if item.answerable]
        repeats = [(item, Field(item.path, None, item)) for item in form.groups.values() if item.repeats]
        for fields in (asked, repeats):
            for names in (_path, _name, _labels):
                known = frozenset(self._fields)
                for item, field in fields:
                    for name in names(item):
                        if _low(name.strip()) not in known:
                            self._add(name, field)
        for name, key in [*((key, key) for key in SYSTEM), *ALIASES.items()]:
            if name not in self._fields:
                self._add(name, Field(key))
        self._longest_first = sorted(self._fields, key=len, reverse=True)

    def _add(self, name: str, field: Field) -> None:
        if name := _low(name.strip()):
            fields = self._fields.setdefault(name, [])
            if field not in fields:
                fields.append(field)

    def at(self, text: str, at: int) -> Iterator[tuple[str, int]]:
        """The names that begin at ``at``, and where each ends; the longest first."""
        rest = _low(text[at:])
        for name in self._longest_first:
            end = len(name)
            if rest.startswith(name) and (end == len(rest) or rest[end].isspace() or rest[end] in "=<>!)"):
                yield name, at + end

    def field(self, name: str, scope: str | None = None) -> Field:
        """The one field of this name, or the one of it in the repeat ``scope``.

        Raises FilterError when there is none, or more than one.
        """
        fields = self._fields.get(_low(name.strip()), [])
        if len(fields) > 1 and scope is not None:
            fields = [field for field in fields if scope in self.repeats_around(field)] or fields
        if len(fields) > 1:
            paths = ", ".join(field.key for field in fields[:4])
            raise FilterError(
                _("Several questions are called {name}: write one of {paths}.").format(name=name, paths=paths)
            )
        if not fields:
            raise FilterError(_("There is no question called {name}.").format(name=name))
        return fields[0]

    def choice(self, question: Question, text: str) -> str:
        """The name of the choice that is meant by its name or by its label in any language."""
        offered = self.form.choices_of(question)
        wanted = text.lower()
        for choice in offered:
            if choice.name == text:
                return text
        for choice in offered:
            if wanted in (choice.name.lower(), *(shown(label).strip().lower() for label in choice.labels if label)):
                return choice.name
        if offered and not question.or_other:
            known = ", ".join(choice.name for choice in offered[:6])
            raise FilterError(
                _("{value} is not a choice of {question}: {known} ...").format(
                    value=text, question=question.name, known=known
                )
            )
        return text

    def repeats_around(self, field: Field) -> list[str]:
        """Paths of the repeats around a field, the outermost first."""
        item = field.question or field.repeat
        path, found = item.repeat if item else None, list[str]()
        while path is not None and path not in found:
            found.insert(0, path)
            path = self.form.groups[path].repeat if path in self.form.groups else None
        return found

    def labels(self, language: int | None, scope: str | None = None) -> list[tuple[str, str]]:
        """Label in a language and name of every question and repeat, in form order; ``scope``: of one repeat only."""
        found = []
        items: list[Question | Group] = [*self.form.questions.values(), *self.form.groups.values()]
        for item in items:
            if (isinstance(item, Question) and not item.answerable) or (isinstance(item, Group) and not item.repeats):
                continue
            if scope is None or item.path.startswith(f"{scope}/"):
                found.append((shown(self.form.label(item, language)), item.name))
        return found

    def is_question(self, key: str) -> bool:
        """Whether a record's key is a question's path."""
        return key in self.form.questions


def _path(item: Question | Group) -> list[str]:
    return [item.path]


def _name(item: Question | Group) -> list[str]:
    return [item.name]


def _labels(item: Question | Group) -> list[str]:
    return list(map(shown, item.labels))


def _low(text: str) -> str:
    """In small letters, as many as there were."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char.lower()[0] for char in text)
