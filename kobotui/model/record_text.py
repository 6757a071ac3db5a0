"""A record as text for an editor: answers by question in form order, labels as comments, instances as tables.

``[patient.2.visit.1]`` is the first visit of the second patient. Answers outside of repeats come first, because in TOML
everything behind the heading of a table belongs to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kobotui.locale import _, ngettext
from kobotui.model.answer import answer_text
from kobotui.model.check import editable
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Form, Group, Question
from kobotui.model.record_xml import RecordXml, plain
from kobotui.model.text import fit, shown
from kobotui.model.text_form import NOTE, Kind, Tree, commented, json_written, toml_key, toml_text
from kobotui.model.xml_tree import is_name

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW = "new"
"""What an instance that is added may be called: anything but the number of one that is there."""
_CHOICES = 400
"""Characters of the choices that are named with a question."""


class Block(NamedTuple):
    """The rows of the form between two positions: all of it, or what is inside one repeat."""

    first: int
    end: int
    repeat: str = ""
    """The path of the repeat."""

    def relative(self, path: str) -> str:
        """A path as it is written in this block."""
        return path[len(self.repeat) + 1 :] if self.repeat else path

    def place(self, way: str, path: str) -> str:
        """The positioned path of what is in this block, of the instance at ``way``."""
        return f"{way}/{self.relative(path)}" if way else path


class Inner(NamedTuple):
    """A repeat in a block, and the block inside of it."""

    group: Group
    block: Block


def whole(form: Form) -> Block:
    """All of a form."""
    return Block(0, len(form.nodes))


def rows(form: Form, block: Block) -> Iterator[Group | Question | Inner]:
    """What is in a block, in form order; groups come before what is in them, repeats are not entered.

    Of two rows of one name, which a record cannot tell apart, the first counts.
    """
    index = block.first
    seen: set[str] = set()
    inner: Group | Question | Inner
    while index < block.end:
        level, item = form.nodes[index]
        index += 1
        if isinstance(item, Group) and item.repeats:
            first = index
            while index < block.end and form.nodes[index].depth > level:
                index += 1
            inner = Inner(item, Block(first, index, item.path))
        elif isinstance(item, Group) or item.answerable:
            inner = item
        else:
            continue
        path = item.path
        if path not in seen and path.startswith(f"{block.repeat}/" if block.repeat else "") and _possible(path):
            seen.add(path)
            yield inner


def _possible(path: str) -> bool:
    """Whether a record can have it: forms may hold anything."""
    return all(map(is_name, path.split("/")))


def record_text(kind: Kind, form: Form, record: RecordXml, title: str, language: int | None = None) -> str:
    """The record as text; ``title`` says which one it is. ``language`` None: names in place of labels."""
    writer = _Writer(form, record, language)
    repeats = any(group.repeats for group in form.groups.values())
    notes = [shown(title), *_explanation(kind, repeats)]
    if kind == "json":
        return json_written({NOTE: notes, **writer.tree(whole(form), ""), **writer.strange()})
    lines = [*commented(notes), "", *writer.lines(whole(form), "", ())]
    return "\n".join(lines) + "\n"


def _explanation(kind: Kind, repeats: bool) -> list[str]:
    said = [
        _("Change what is between the quotes, save, and leave the editor. An empty answer is no answer."),
        _("An answer whose line is taken away stays as it is."),
    ]
    if repeats and kind == "toml":
        said += [
            _("An instance of a repeat is taken away with its block and all blocks inside it."),
            _("One is added by a copy of a block under another name, such as [kid.new]."),
        ]
    elif repeats:
        said.append(_("An instance of a repeat is taken away with its object, and added by a copy under another name."))
    return said


class _Writer:
    def __init__(self, form: Form, record: RecordXml, language: int | None) -> None:
        self.form, self.record, self.language = form, record, language
        self.answers = record.answers()
        self._left = dict(self.answers)
        """What has not been written yet; in the end, what the form does not have."""

    # TOML

    def lines(self, block: Block, way: str, heading: tuple[str, ...]) -> Iterator[str]:
        inner: list[Inner] = []
        for item in rows(self.form, block):
            if isinstance(item, Inner):
                inner.append(item)
            elif isinstance(item, Group):
                yield from ("", f"# -- {self._label(item)}")
            else:
                yield from self._question(item, block.relative(item.path), self._take(block.place(way, item.path)))
        if not block.repeat:
            yield from self._strange_lines(inner)
        for repeat in inner:
            yield from self._instances(repeat, block, way, heading)

    def _question(self, question: Question, name: str, answer: str) -> Iterator[str]:
        if not editable(question):
            seen = fit(shown(answer), 100) or "-"
            yield from commented([_("{question}: {answer} (is not changed here)").format(question=name, answer=seen)])
            return
        yield from commented([about(self.form, question, self.language)])
        yield f"{toml_key(name)} = {toml_text(answer)}"

    def _instances(self, repeat: Inner, block: Block, way: str, heading: tuple[str, ...]) -> Iterator[str]:
        group = repeat.group
        place, name = block.place(way, group.path), block.relative(group.path)
        count = self.record.instances(place)
        for n in range(1, count + 1):
            keys = (*heading, name, str(n))
            yield from ("", f"# == {self._label(group)} {n}", f"[{'.'.join(map(toml_key, keys))}]")
            yield from self.lines(repeat.block, f"{place}[{n}]", keys)
        if not count:
            blank = [f"[{'.'.join(map(toml_key, (*heading, name, NEW)))}]"]
            blank += [f'{toml_key(repeat.block.relative(q.path))} = ""' for q in self._questions(repeat.block)]
            text = _("{repeat}: none. To add one, take the # away:").format(repeat=self._label(group))
            yield from ("", *commented([f"== {text}", *blank]))

    def _strange_lines(self, inner: list[Inner]) -> Iterator[str]:
        if strange := self._strange(inner):
            yield from ("", *commented([_("-- not in the form, and not changed here")]))
            yield from commented([f"{path}: {answer}" for path, answer in strange.items()])

    # JSON

    def tree(self, block: Block, way: str) -> Tree:
        found: Tree = {}
        for item in rows(self.form, block):
            if isinstance(item, Inner):
                name, place = block.relative(item.group.path), block.place(way, item.group.path)
                found[f"{NOTE} {name}"] = self._label(item.group)
                found[name] = {
                    str(n): self.tree(item.block, f"{place}[{n}]") for n in range(1, self.record.instances(place) + 1)
                }
                if not found[name]:
                    blank = {item.block.relative(q.path): "" for q in self._questions(item.block)}
                    found[f"{NOTE} {name} {NEW}"] = blank
            elif isinstance(item, Group):
                found[f"{NOTE} {block.relative(item.path)}"] = self._label(item)
            else:
                name, answer = block.relative(item.path), self._take(block.place(way, item.path))
                if editable(item):
                    found[f"{NOTE} {name}"] = about(self.form, item, self.language)
                    found[name] = answer
                else:
                    text = _("{question}: {answer} (is not changed here)")
                    found[f"{NOTE} {name}"] = text.format(question=name, answer=shown(answer) or "-")
        return found

    def strange(self) -> Tree:
        """What the form does not have, as a note at the end."""
        return {f"{NOTE} ...": found} if (found := self._strange([])) else {}

    # Both

    def _take(self, position: str) -> str:
        self._left.pop(position, None)
        return self.answers.get(position, "")

    def _strange(self, inner: list[Inner]) -> dict[str, str]:
        """What the form does not have; ``inner`` are repeats that are still to be written."""
        repeats = tuple(f"{repeat.group.path}/" for repeat in inner)
        return {
            shown(path): fit(shown(answer), 100)
            for path, answer in self._left.items()
            if not plain(path).startswith(repeats)
        }

    def _questions(self, block: Block) -> list[Question]:
        return [item for item in rows(self.form, block) if isinstance(item, Question) and editable(item)]

    def _label(self, item: Question | Group) -> str:
        return shown(self.form.label(item, self.language))


def about(form: Form, question: Question, language: int | None) -> str:
    """Label, type and choices of a question, on one line."""
    kind = question.type
    facts = [kind, _("required")] if question.required else [kind]
    if question.calculation:
        facts.append(_("calculated: {calculation}").format(calculation=shown(question.calculation)))
    said = f"{shown(form.label(question, language))} ({', '.join(facts)})"
    if kind in SELECT_ONE | SELECT_MANY and (choices := _choices(form, question, language)):
        said += f": {choices}"
    return said


def _choices(form: Form, question: Question, language: int | None) -> str:
    offered = form.choices_of(question)
    said: list[str] = []
    room = _CHOICES
    for choice in offered:
        label = answer_text(form, question, choice.name, language)
        text = shown(choice.name) if label == choice.name else f"{shown(choice.name)} = {label}"
        room -= len(text)
        if room < 0:
            more = len(offered) - len(said)
            return "; ".join([*said, ngettext("and {n} more", "and {n} more", more).format(n=more)])
        said.append(text)
    return "; ".join(said)
