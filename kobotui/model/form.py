"""A form: questions, groups and choices of a project's ``content``, in form order.

Content comes from the server and from old XLSForms and may hold anything; what cannot be understood is left out
or shown by its name, and nothing here raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kobotui.model.xlsform import plain_rows, text_of, yes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SELECT_ONE = frozenset({"select_one", "select_one_from_file"})
SELECT_MANY = frozenset({"select_multiple", "select_multiple_from_file", "rank"})
MEDIA = frozenset({"image", "audio", "video", "file", "background-audio"})
META = frozenset(
    {"start", "end", "today", "username", "deviceid", "phonenumber", "subscriberid", "simserial", "email", "audit"}
    | {"background-audio", "start-geopoint"}
)
"""What the device fills in by itself."""
SILENT = frozenset({"note", "xml-external", "csv-external"})
"""Rows that never have an answer."""

_DEPTH = 50
_FILTER = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*=\s*\$\{\s*([^{}\s]+)\s*\}\s*")
"""A column of the choices equals another answer, as cascading lists ask."""

Labels = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group, or a repeat: then the record holds a list under ``path``."""

    path: str
    name: str
    labels: Labels = ()
    repeats: bool = False
    repeat: str | None = None
    """Path of the innermost repeat around it."""
    relevant: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the form that is not a group."""

    path: str
    """The record's key: ``group/question``."""
    name: str
    type: str
    labels: Labels = ()
    hints: Labels = ()
    required: bool = False
    list_name: str | None = None
    constraint: str = ""
    constraint_message: Labels = ()
    relevant: str = ""
    calculation: str = ""
    appearance: str = ""
    choice_filter: str = ""
    or_other: bool = False
    repeat: str | None = None
    """Path of the innermost repeat around it."""
    params: dict[str, str] = field(default_factory=dict, compare=False)
    hxl: str = ""
    """Its tags of the Humanitarian Exchange Language, as ``#affected+f``."""

    @property
    def answerable(self) -> bool:
        """Whether a record can hold an answer."""
        return self.type not in SILENT


class FormChoice(NamedTuple):
    """One choice of a list; ``raw`` has the columns that choice filters use."""

    name: str
    labels: Labels
    raw: dict[str, Any]


class Node(NamedTuple):
    """A row of the outline: how deep it stands, and what it is."""

    depth: int
    item: Group | Question


@dataclass(frozen=True)
class Form:
    """A form as data collectors see it."""

    languages: tuple[str | None, ...] = (None,)
    """Translations; None is the unnamed one."""
    default_language: int = 0
    nodes: tuple[Node, ...] = ()
    """Groups and questions in form order."""
    choices: dict[str, tuple[FormChoice, ...]] = field(default_factory=dict)

    @classmethod
    def from_content(cls, content: object) -> Form:
        """The form of an asset's or a version's ``content``."""
        content = content if isinstance(content, dict) else {}
        raw = content.get("translations")
        languages = tuple(v if isinstance(v, str) else None for v in raw) if isinstance(raw, list) and raw else (None,)
        settings = content.get("settings")
        default = settings.get("default_language") if isinstance(settings, dict) else None
        return cls(
            languages=languages,
            default_language=languages.index(default) if isinstance(default, str) and default in languages else 0,
            nodes=tuple(_nodes(content.get("survey"), content.get("choices"), languages)),
            choices=_choices(content.get("choices"), languages),
        )

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Questions by path, in form order."""
        found: dict[str, Question] = {}
        for _depth, item in self.nodes:
            if isinstance(item, Question):
                found.setdefault(item.path, item)
        return found

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Groups and repeats by path, in form order."""
        return {item.path: item for _depth, item in self.nodes if isinstance(item, Group)}

    @cached_property
    def _choice_labels(self) -> dict[str, dict[str, Labels]]:
        return {name: {choice.name: choice.labels for choice in listed} for name, listed in self.choices.items()}

    def outline(self) -> Iterator[Node]:
        """Depth and node of every row, in form order."""
        return iter(self.nodes)

    def around(self, item: Question | Group) -> tuple[Group, ...]:
        """The groups and repeats around a row, the outermost first."""
        parts = item.path.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        return tuple(self.groups[path] for path in above if path in self.groups)

    def label(self, item: Question | Group, language: int | None = None) -> str:
        """The label in a language, else in another one, else the name; ``language`` None: always the name."""
        return item.name if language is None else _pick(item.labels, language) or item.name

    def hint(self, question: Question, language: int) -> str:
        """The hint in a language, else in another one, else nothing."""
        return _pick(question.hints, language)

    def choices_of(self, question: Question) -> tuple[FormChoice, ...]:
        """The choices of a question, none for lists kept in a file."""
        return self.choices.get(question.list_name or "", ())

    def fitting(self, question: Question, lookup: Callable[[str], str | None]) -> frozenset[str] | None:
        """The choices that a filter as ``region=${region}`` leaves; None without one, or when it cannot be told.

        ``lookup`` gives the answer to another question by name, None or empty when there is none to be known.
        """
        wanted: dict[str, str] = {}
        for part in question.choice_filter.split(" and ") if question.choice_filter else ():
            match = _FILTER.fullmatch(part)
            answer = lookup(match[2]) if match else None
            if not match or not answer:
                return None
            wanted[match[1]] = answer
        if not wanted:
            return None
        return frozenset(
            choice.name
            for choice in self.choices_of(question)
            if all(text_of(choice.raw.get(column)) == answer for column, answer in wanted.items())
        )

    def choice_label(self, list_name: str | None, name: str, language: int | None = None) -> str:
        """The label of a choice, else its name; ``language`` None: always the name."""
        if language is None:
            return name
        return _pick(self._choice_labels.get(list_name or "", {}).get(name, ()), language) or name

    def columns(self) -> list[Question | Group]:
        """What a table of records shows: questions outside repeats, and each outermost repeat once."""
        return [
            item
            for _depth, item in self.nodes
            if item.repeat is None and (item.answerable if isinstance(item, Question) else item.repeats)
        ]


def _pick(labels: Labels, language: int) -> str:
    if 0 <= language < len(labels) and (chosen := labels[language]):
        return chosen
    return next((label for label in labels if label), "")


def _labels(value: object, languages: tuple[str | None, ...]) -> Labels:
    """Labels per language of a list, a single text, or an object by language name."""
    if isinstance(value, list):
        return tuple(text_of(item) or None for item in value)
    if isinstance(value, dict):
        return tuple(text_of(value.get(language)) or None for language in languages)
    return (text_of(value),) if text_of(value) else ()


def _params(value: object) -> dict[str, str]:
    pairs = (part.partition("=") for part in text_of(value).replace(";", " ").split())
    return {key: text for key, sign, text in pairs if sign}


def _hxl(tags: object) -> str:
    """The tags that the server keeps as ``hxl:#affected`` and ``hxl:+f``."""
    found = [text_of(tag) for tag in tags] if isinstance(tags, list) else []
    return "".join(tag.removeprefix("hxl:") for tag in found if tag.startswith("hxl:"))


def _nodes(survey: object, choices: object, languages: tuple[str | None, ...]) -> Iterator[Node]:
    """Groups and questions with their depth; an ``end`` too many is ignored, one too few closes at the end."""
    stack: list[Group] = []
    for path, row in plain_rows(survey, choices):
        kind = text_of(row["type"])
        if kind == "end_group":
            del stack[-1:]
            continue
        if not path or not kind:
            continue
        name = text_of(row.get("name")) or text_of(row.get("$autoname")) or path
        around = stack[-1] if stack else None
        repeat = (around.path if around.repeats else around.repeat) if around else None
        labels = _labels(row.get("label"), languages)
        depth = min(len(stack), _DEPTH)
        if kind in ("begin_group", "begin_repeat"):
            group = Group(path, name, labels, kind == "begin_repeat", repeat, text_of(row.get("relevant")))
            yield Node(depth, group)
            stack.append(group)
            continue
        yield Node(
            depth,
            Question(
                path=path,
                name=name,
                type=kind,
                labels=labels,
                hints=_labels(row.get("hint"), languages),
                required=yes(row.get("required")),
                list_name=text_of(row.get("select_from_list_name")) or None,
                constraint=text_of(row.get("constraint")),
                constraint_message=_labels(row.get("constraint_message"), languages),
                relevant=text_of(row.get("relevant")),
                calculation=text_of(row.get("calculation")),
                appearance=text_of(row.get("appearance")),
                choice_filter=text_of(row.get("choice_filter")),
                or_other=row.get("_or_other") is True,
                repeat=repeat,
                params=_params(row.get("parameters")),
                hxl=_hxl(row.get("tags")),
            ),
        )


def _choices(raw: object, languages: tuple[str | None, ...]) -> dict[str, tuple[FormChoice, ...]]:
    found: dict[str, list[FormChoice]] = {}
    for row in raw if isinstance(raw, list) else []:
        if not isinstance(row, dict):
            continue
        list_name = text_of(row.get("list_name"))
        name = text_of(row.get("name")) or text_of(row.get("$autovalue"))
        if list_name and name:
            found.setdefault(list_name, []).append(FormChoice(name, _labels(row.get("label"), languages), row))
    return {name: tuple(listed) for name, listed in found.items()}


class RemovedChoice(NamedTuple):
    """A choice that records may hold and the newer form no longer offers."""

    question: Question
    choice: FormChoice


@dataclass(frozen=True, slots=True)
class FormDifference:
    """What data collectors and existing records notice when one form replaces another."""

    missing: tuple[Question, ...]
    """Questions that disappear, a question moved to another group included: its answers stay under the old key."""
    added: tuple[Question, ...]
    retyped: tuple[tuple[Question, Question], ...]
    removed_choices: tuple[RemovedChoice, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.added or self.retyped or self.removed_choices)


def missing_questions(live: Form, draft: Form) -> tuple[Question, ...]:
    """The questions of ``live`` with answers that ``draft`` no longer has."""
    return tuple(q for path, q in live.questions.items() if q.answerable and path not in draft.questions)


def difference(live: Form, draft: Form) -> FormDifference:
    """What changes when ``draft`` is deployed in place of ``live``."""
    kept = [(old, draft.questions[path]) for path, old in live.questions.items() if path in draft.questions]
    removed: list[RemovedChoice] = []
    for old, new in kept:
        if old.type == new.type:
            still = {choice.name for choice in draft.choices_of(new)}
            removed += [RemovedChoice(old, choice) for choice in live.choices_of(old) if choice.name not in still]
    return FormDifference(
        missing=missing_questions(live, draft),
        added=missing_questions(draft, live),
        retyped=tuple((old, new) for old, new in kept if old.type != new.type),
        removed_choices=tuple(removed),
    )
