"""A record laid out for reading: one line per question in form order, groups and repeats indented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kobotui.model.answer import answer_text
from kobotui.model.form import MEDIA, Form, Group, Question
from kobotui.model.submission import SYSTEM_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.model.submission import Attachment, Submission


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record."""

    kind: Literal["answer", "group", "repeat", "unknown"]
    """``repeat`` opens one instance; ``unknown`` is a key that the form does not have."""
    depth: int
    label: str
    text: str
    """The answer in words, empty when unanswered; for a repeat, the number of the instance."""
    path: str
    position: str
    """The path with the instance of every repeat around it: ``patient[1]/visit[2]/vdate``."""
    value: object = None
    """The answer as stored, None when unanswered."""
    question: Question | None = None
    attachment: Attachment | None = None


_INSTANCE = re.compile(r"\[\d+\]")


def question_at(form: Form, position: str) -> Question | None:
    """The question at a path with the instance of every repeat, None when the form has none there."""
    return form.questions.get(_INSTANCE.sub("", position))


def lay_out(form: Form, record: Submission, language: int | None = None) -> list[Line]:
    """The record's lines; ``language`` None: names in place of labels. Unanswered questions have a line too."""
    layout = _Layout(form, record, language)
    layout.walk(0, len(form.nodes), record.raw, 0, "", "")
    return layout.lines


class _Layout:
    def __init__(self, form: Form, record: Submission, language: int | None) -> None:
        self.form, self.language = form, language
        self.files = [file for file in record.attachments if not file.is_deleted]
        self.known = form.questions.keys() | form.groups.keys() | SYSTEM_KEYS
        self.lines: list[Line] = []

    def walk(self, start: int, end: int, data: Mapping[str, object], depth: int, repeat: str, position: str) -> None:
        """Lines for the nodes of a range and for the keys of ``data`` (the record or one instance) left over.

        ``repeat`` is the innermost repeat's path and ``position`` the same with instances.
        """
        self._nodes(start, end, data, depth, repeat, position)
        for key, value in data.items():
            if key not in self.known:
                where = self._position(key, repeat, position)
                self.lines.append(Line("unknown", depth, key, answer_text(self.form, None, value), key, where, value))

    def _nodes(self, start: int, end: int, data: Mapping[str, object], depth: int, repeat: str, position: str) -> None:
        index = start
        while index < end:
            level, item = self.form.nodes[index]
            index += 1
            where = self._position(item.path, repeat, position)
            if isinstance(item, Question):
                if item.answerable:
                    self._answer(item, data.get(item.path), depth, where)
                continue
            first = index
            while index < end and self.form.nodes[index].depth > level:
                index += 1
            label = self.form.label(item, self.language)
            if not item.repeats:
                self.lines.append(Line("group", depth, label, "", item.path, where))
                self._nodes(first, index, data, depth + 1, repeat, position)
                continue
            self._instances(item, label, data.get(item.path), depth, where, first, index)

    def _instances(self, group: Group, label: str, value: object, depth: int, where: str, first: int, end: int) -> None:
        if value is None:
            self.lines.append(Line("group", depth, label, "", group.path, where))
            return
        for number, instance in enumerate(value if isinstance(value, list) else [value], start=1):
            here = f"{where}[{number}]"
            if isinstance(instance, dict):
                self.lines.append(Line("repeat", depth, label, str(number), group.path, here, instance))
                self.walk(first, end, instance, depth + 1, group.path, here)
            else:  # not what a repeat is; shown rather than lost
                text = answer_text(self.form, None, instance)
                self.lines.append(Line("unknown", depth, label, text, group.path, here, instance))

    def _answer(self, question: Question, value: object, depth: int, where: str) -> None:
        self.lines.append(
            Line(
                "answer",
                depth,
                self.form.label(question, self.language),
                answer_text(self.form, question, value, self.language),
                question.path,
                where,
                value,
                question,
                self._file(question, value, where) if question.type in MEDIA and value else None,
            )
        )

    def _file(self, question: Question, value: object, where: str) -> Attachment | None:
        """The file of an answer; the server changes some characters of file names, so the place counts too."""
        here = [file for file in self.files if file.question_xpath in (where, question.path)]
        named = [file for file in here or self.files if file.filename == value]
        return next(iter(named or here), None)

    @staticmethod
    def _position(path: str, repeat: str, position: str) -> str:
        return position + path[len(repeat) :] if repeat and path.startswith(f"{repeat}/") else path
