"""What a changed text of a record means: new answers, instances added and taken away, checked against the form."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.locale import _
from kobotui.model.check import check, editable
from kobotui.model.form import Question
from kobotui.model.record_text import Block, Inner, rows, whole
from kobotui.model.record_xml import RecordXml, plain
from kobotui.model.submission import answer_at
from kobotui.model.text import shown
from kobotui.model.text_form import Kind, TextError, Tree, place_of, read_tree
from kobotui.model.xml_tree import XmlError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kobotui.model.form import Form


class Problem(NamedTuple):
    """An answer that does not fit its question."""

    position: str
    sentence: str


@dataclass
class RecordEdit:
    """The difference between a record and a text of it."""

    record: RecordXml
    """As it shall be."""
    before: dict[str, str | None] = field(default_factory=dict)
    after: dict[str, str | None] = field(default_factory=dict)
    """Answers that change, by their places in the record as it was."""
    removed: list[str] = field(default_factory=list)
    """Instances that are taken away, by their places in the record as it was."""
    added: list[str] = field(default_factory=list)
    """Instances that are added, by their places in the record as it shall be."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def instances(self) -> bool:
        """Whether instances of repeats come or go: then the whole record is sent once more."""
        return bool(self.removed or self.added)

    def __bool__(self) -> bool:
        return bool(self.after or self.instances)

    @property
    def positions(self) -> list[str]:
        """What is corrected: answers, and repeats of which instances come or go."""
        return [*self.after, *(place.rpartition("[")[0] for place in (*self.removed, *self.added))]


@dataclass
class _Instance:
    """A record, or an instance of a repeat, as the text has it."""

    old: int | None = None
    """Its place in the record as it was, None for one that is new."""
    answers: dict[str, str] = field(default_factory=dict)
    """By their plain paths."""
    repeats: dict[str, list[_Instance]] = field(default_factory=dict)


def read_edit(kind: Kind, text: str, form: Form, record: RecordXml, language: int = 0) -> RecordEdit:
    """What a text wants of a record. Raises ``TextError`` for what cannot be read, or names what is not there."""
    tree = read_tree(kind, text)
    if not tree:
        raise TextError(_("the text is empty."), 1, 1)
    reader = _Reader(kind, text, form, record)
    wanted = _Instance(old=0)
    reader.read(tree, whole(form), "", (), wanted, "")
    return _Maker(form, record, language).made(wanted)


def read_answers(kind: Kind, text: str, form: Form) -> dict[str, str]:
    """The answers outside of repeats that a text gives to several records. Raises ``TextError``."""
    tree = read_tree(kind, text)
    if not tree:
        raise TextError(_("the text is empty."), 1, 1)
    wanted = _Instance()
    _Reader(kind, text, form, RecordXml.parse("<none/>", form)).read(tree, whole(form), None, (), wanted, "")
    if wanted.repeats:
        place = place_of(kind, text, (), next(iter(wanted.repeats)))
        raise TextError(_("what is inside repeats is corrected record by record."), *place)
    return wanted.answers


class _Reader:
    """Puts what the text says in its places."""

    def __init__(self, kind: Kind, text: str, form: Form, record: RecordXml) -> None:
        self.kind, self.text, self.form, self.record = kind, text, form, record

    def read(
        self, tree: Tree, block: Block, way: str | None, tables: tuple[str, ...], into: _Instance, prefix: str
    ) -> None:
        """``way``: where the instance is in the record, None for a new one; ``prefix``: a group written as a table."""
        known = {block.relative(_path(item)): item for item in rows(self.form, block)}
        for key, value in tree.items():
            item = known.get(prefix + key)
            if isinstance(item, Inner):
                self._repeat(value, item, block, way, (*tables, key), into)
            elif isinstance(item, Question):
                into.answers[item.path] = self._answer(value, item, tables, key)
            elif item is not None and isinstance(value, dict):
                self.read(value, block, way, (*tables, key), into, f"{prefix}{key}/")
            else:
                raise self._error(_unknown(prefix + key, known), tables, key)

    def _repeat(
        self, value: Any, repeat: Inner, block: Block, way: str | None, tables: tuple[str, ...], into: _Instance
    ) -> None:
        place = None if way is None else block.place(way, repeat.group.path)
        count = self.record.instances(place) if place else 0
        if not isinstance(value, dict):
            raise self._error(_("“{name}” is a repeat: its instances are tables."), tables[:-1], tables[-1])
        found = into.repeats.setdefault(repeat.group.path, [])
        for name, inside in value.items():
            if not isinstance(inside, dict):
                raise self._error(_("“{name}” is no instance: it must be a table."), tables, name)
            there = name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= count
            instance = _Instance(old=int(name) if there else None)
            self.read(inside, repeat.block, f"{place}[{int(name)}]" if there else None, (*tables, name), instance, "")
            found.append(instance)

    def _answer(self, value: Any, question: Question, tables: tuple[str, ...], key: str) -> str:
        if not editable(question):
            raise self._error(_("“{name}” is recorded by the device, or a file: it is not changed here."), tables, key)
        match value:
            case str():
                return value if value.strip() else ""
            case None:
                return ""
            case int() if not isinstance(value, bool):
                return str(value)
        raise self._error(_("“{name}”: write the answer between quotes."), tables, key)

    def _error(self, why: str, tables: tuple[str, ...], key: str) -> TextError:
        return TextError(why.format(name=shown(key)), *place_of(self.kind, self.text, tables, key))


def _path(item: Any) -> str:
    path: str = item.group.path if isinstance(item, Inner) else item.path
    return path


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    said = _("“{name}” is not in the form.")
    return f"{said} {_('Do you mean {key}?').format(key=shown(near[0]))}" if near else said


class _Maker:
    """Makes the record that is wanted, and notes the difference."""

    def __init__(self, form: Form, record: RecordXml, language: int) -> None:
        self.form, self.language = form, language
        self.old = record
        self._there = record.answers()
        self.edit = RecordEdit(record.copy())

    def made(self, wanted: _Instance) -> RecordEdit:
        """The whole."""
        self._answers(wanted, whole(self.form), "")
        self._instances(wanted, whole(self.form), "", "")
        self._check()
        return self.edit

    def _answers(self, instance: _Instance, block: Block, way: str) -> None:
        """New answers of what stays, put where it is now: nothing has moved yet."""
        for path, text in instance.answers.items():
            place = block.place(way, path)
            before = self._there.get(place, "")
            if text != before and (text or before.strip()):
                self.edit.before[place], self.edit.after[place] = before or None, text or None
                self._set(place, text)
        for repeat in _repeats(self.form, block):
            for inside in instance.repeats.get(repeat.group.path, ()):
                if inside.old is not None:
                    place = block.place(way, repeat.group.path)
                    self._answers(inside, repeat.block, f"{place}[{inside.old}]")

    def _instances(self, instance: _Instance, block: Block, old: str | None, way: str) -> None:
        """Instances that go and come, from the outside in: ``old`` is where this one was, ``way`` where it is now."""
        for repeat in _repeats(self.form, block):
            path = repeat.group.path
            place = block.place(way, path)
            was = None if old is None else block.place(old, path)
            there = _in_order(instance.repeats.get(path, []))
            kept = {inside.old for inside in there}
            for n in range(self.old.instances(was) if was else 0, 0, -1):
                if n not in kept:
                    self.edit.record.remove(f"{place}[{n}]")
                    self.edit.removed.append(f"{was}[{n}]")
            for n, inside in enumerate(there, start=1):
                here = f"{place}[{n}]"
                if inside.old is None:
                    self.edit.record.add(here)
                    self.edit.added.append(here)
                    for question, text in inside.answers.items():
                        self._set(repeat.block.place(here, question), text)
                self._instances(inside, repeat.block, f"{was}[{inside.old}]" if inside.old else None, here)

    def _set(self, place: str, text: str) -> None:
        try:
            self.edit.record.set(place, text)
        except XmlError as error:
            self.edit.problems.append(Problem(place, str(error)))

    def _check(self) -> None:
        """Every new answer beside the others; what the server would store without a look."""
        answers = {path: text for path, text in self.edit.record.answers().items() if "[" not in path}
        said = {problem.position for problem in self.edit.problems}
        questions = self.form.questions
        new = [(place, text or "", questions[plain(place)]) for place, text in self.edit.after.items()]
        for instance in self.edit.added:
            inside = [q for q in questions.values() if q.repeat == plain(instance) and editable(q)]
            places = [(instance + q.path[len(q.repeat or "") :], q) for q in inside]
            texts = [(place, self.edit.record.answer(place), q) for place, q in places]
            new += [(place, text, q) for place, text, q in texts if text or self._asked_for(q)]
        for place, text, question in new:
            found = check(question, text, self.form, answers=answers, language=self.language)
            if found and place not in said:
                self.edit.problems.append(Problem(place, found.sentence))

    def _asked_for(self, question: Question) -> bool:
        """Whether a new instance cannot do without an answer: nothing says when the question is asked at all."""
        directly = question.path.rpartition("/")[0] == question.repeat
        return question.required and not question.relevant and directly


def _repeats(form: Form, block: Block) -> list[Inner]:
    return [item for item in rows(form, block) if isinstance(item, Inner)]


def _in_order(instances: list[_Instance]) -> list[_Instance]:
    """Those that stay in the order they have, each new one behind the one it follows in the text."""
    groups: list[list[_Instance]] = [[]]
    for instance in instances:
        if instance.old is None:
            groups[-1].append(instance)
        else:
            groups.append([instance])
    first, *others = groups
    return [*first, *(one for group in sorted(others, key=lambda group: group[0].old or 0) for one in group)]


def same_instances(record: RecordXml, raw: dict[str, Any]) -> bool:
    """Whether the server's JSON counts the instances of a record as its XML does: it may leave out empty ones."""
    for path, count in record.repeats().items():
        listed = answer_at(raw, path)
        if count != (len(listed) if isinstance(listed, list) else 0):
            return False
    return True
