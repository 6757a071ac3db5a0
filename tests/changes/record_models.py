"""Records as plain values, made and altered at random: what a person has in mind who edits one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kobotui.model.check import check, editable
from kobotui.model.form import SELECT_MANY, SELECT_ONE, Form, Question
from kobotui.model.record_text import Block, Inner, rows, whole
from kobotui.model.record_xml import RecordXml

EVERY_TYPE: dict[str, Any] = {
    "survey": [
        {"type": "start", "name": "start"},
        {"type": "text", "name": "words", "label": ["Words", "كلمات"], "required": True},
        {"type": "integer", "name": "whole"},
        {"type": "decimal", "name": "part"},
        {"type": "range", "name": "scale", "parameters": "start=0 end=9"},
        {"type": "date", "name": "day"},
        {"type": "begin_group", "name": "g", "label": ["Group [/]\u202ex", ""]},
        {"type": "time", "name": "clock.a-b"},
        {"type": "datetime", "name": "moment"},
        {"type": "geopoint", "name": "point"},
        {"type": "begin_repeat", "name": "kid", "label": ["Kid", "طفل"]},
        {"type": "text", "name": "name"},
        {"type": "image", "name": "photo"},
        {"type": "begin_group", "name": "in"},
        {"type": "select_one", "select_from_list_name": "yn", "name": "one"},
        {"type": "begin_repeat", "name": "v"},
        {"type": "date", "name": "d"},
        {"type": "text", "name": "note"},
        {"type": "end_repeat"},
        {"type": "end_group"},
        {"type": "end_repeat"},
        {"type": "geotrace", "name": "trace"},
        {"type": "end_group"},
        {"type": "geoshape", "name": "shape"},
        {"type": "select_multiple", "select_from_list_name": "yn", "name": "some"},
        {"type": "rank", "select_from_list_name": "yn", "name": "ranked"},
        {"type": "acknowledge", "name": "seen"},
        {"type": "barcode", "name": "code"},
        {"type": "calculate", "name": "sum", "calculation": "count(${kid})"},
        {"type": "begin_repeat", "name": "empty", "label": ["Never there", ""]},
        {"type": "text", "name": "x"},
        {"type": "end_repeat"},
        {"type": "note", "name": "thanks"},
    ],
    "choices": [{"list_name": "yn", "name": n, "label": [n.title(), n]} for n in ("yes", "no", "n_a", "x-1")],
    "settings": {},
    "translations": ["English", "العربية"],
}  # fmt: skip


@dataclass
class Model:
    """A record or an instance: answers by plain path, instances by the path of their repeat."""

    old: int | None = None
    answers: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, list[Model]] = field(default_factory=dict)


class Maker:
    """Makes records of a form; ``texts`` are what people type into it."""

    def __init__(self, form: Form, rng: random.Random, texts: Sequence[str]) -> None:
        self.form, self.rng, self.texts = form, rng, [text for text in texts if text.strip()] or ["x"]

    def made(self, block: Block | None = None) -> Model:
        """One with some of its answers."""
        block = block or whole(self.form)
        model = Model()
        for item in rows(self.form, block):
            if isinstance(item, Inner):
                count = 0 if item.group.name == "empty" else self.rng.choice((0, 1, 2, 3))
                model.repeats[item.group.path] = [self.made(item.block) for _n in range(count)]
            elif isinstance(item, Question) and (self.rng.random() < 0.7 or item.required):
                model.answers[item.path] = self.answer(item, model)
        return model

    def altered(self, model: Model, *, instances: bool, block: Block | None = None) -> Model:
        """Another one that came from it: ``old`` says from which instance."""
        block = block or whole(self.form)
        new = Model(answers=dict(model.answers))
        for item in rows(self.form, block):
            if isinstance(item, Inner):
                new.repeats[item.group.path] = self._altered(model.repeats.get(item.group.path, []), item, instances)
            elif isinstance(item, Question) and editable(item) and self.rng.random() < 0.3:
                text = "" if self.rng.random() < 0.2 and not item.required else self.answer(item, new)
                new.answers[item.path] = text
        return new

    def _altered(self, there: list[Model], repeat: Inner, instances: bool) -> list[Model]:
        found = []
        for number, instance in enumerate(there, start=1):
            if instances and self.rng.random() < 0.3:
                continue
            kept = self.altered(instance, instances=instances, block=repeat.block)
            kept.old = number
            found.append(kept)
        for _n in range(self.rng.choice((0, 0, 1, 2)) if instances else 0):
            fresh = self.made(repeat.block)
            self._without_files(fresh)
            found.insert(self.rng.randint(0, len(found)), fresh)
        return found

    def _without_files(self, model: Model) -> None:
        model.answers = {path: a for path, a in model.answers.items() if editable(self.form.questions[path])}
        for inside in model.repeats.values():
            for instance in inside:
                self._without_files(instance)

    def answer(self, question: Question, beside: Model) -> str:
        """One that fits, as far as it is known here what does."""
        for _attempt in range(30):
            text = self._answer(question)
            if not editable(question) or not check(question, text, self.form, answers=beside.answers):
                return text
        return ""

    def _answer(self, question: Question) -> str:
        rng, kind = self.rng, question.type
        names = [choice.name for choice in self.form.choices_of(question)]
        if kind in SELECT_ONE:
            return rng.choice(names)
        if kind in SELECT_MANY:
            return " ".join(rng.sample(names, rng.randint(1, len(names))))
        point = f"{rng.uniform(-90, 90):.5f} {rng.uniform(-180, 180):.5f} 0 {rng.randint(0, 9)}"
        day = f"20{rng.randint(10, 30)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        clock = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00.000+03:00"
        return {
            "integer": str(rng.randint(-9, 120)),
            "decimal": f"{rng.uniform(0, 999):.2f}",
            "range": str(rng.randint(1, 9)),
            "date": day,
            "time": clock,
            "datetime": f"{day}T{clock}",
            "geopoint": point,
            "geotrace": f"{point};1 2 0 0",
            "geoshape": f"1 2;3 4;{point};1 2",
            "acknowledge": "OK",
            "image": f"{rng.randint(1, 999)}.jpg",
        }.get(kind, rng.choice(self.texts))


def record_of(model: Model, form: Form, uid: str, instance: str) -> RecordXml:
    """The record as a device sends it."""
    xml = f'<{uid} id="{uid}"><formhub><uuid/></formhub><meta><instanceID>uuid:{instance}</instanceID></meta></{uid}>'
    record = RecordXml.parse(xml, form)

    def fill(model: Model, block: Block, way: str) -> None:
        for path, text in model.answers.items():
            record.set(block.place(way, path), text)
        for item in rows(form, block):
            if isinstance(item, Inner):
                for inside in model.repeats.get(item.group.path, ()):
                    fill(inside, item.block, record.add(block.place(way, item.group.path)))

    fill(model, whole(form), "")
    return record


def places(model: Model, form: Form) -> tuple[dict[str, str], dict[str, int]]:
    """Answers by place, and how many instances there are of each repeat that has some."""
    answers: dict[str, str] = {}
    counts: dict[str, int] = {}

    def walk(model: Model, block: Block, way: str) -> Iterator[None]:
        answers.update({block.place(way, path): text for path, text in model.answers.items() if text})
        for item in rows(form, block):
            if isinstance(item, Inner):
                place = block.place(way, item.group.path)
                inside = model.repeats.get(item.group.path, [])
                counts.update({place: len(inside)} if inside else {})
                for number, instance in enumerate(inside, start=1):
                    yield from walk(instance, item.block, f"{place}[{number}]")

    list(walk(model, whole(form), ""))
    return answers, counts


def tree_of(model: Model, form: Form, block: Block | None = None) -> dict[str, Any]:
    """What a person would have written: tables, those of new instances under names of their own."""
    block = block or whole(form)
    tree: dict[str, Any] = {
        block.relative(path): text for path, text in model.answers.items() if editable(form.questions[path])
    }
    for item in rows(form, block):
        if isinstance(item, Inner) and (inside := model.repeats.get(item.group.path)):
            tree[block.relative(item.group.path)] = {
                str(instance.old) if instance.old else f"new {n}": tree_of(instance, form, item.block)
                for n, instance in enumerate(inside)
            }
    return tree
