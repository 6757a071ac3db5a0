"""The sheets and columns of an export: all deployed versions of a form laid over each other.

A question keeps its column when it is moved to another group: within a repeat its name tells which it is. Columns
stand in the order of the newest version; what only older versions have comes after the rest of its sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from kobotui.model.export_options import DEFAULT_LANGUAGE, NAMES, ExportOptions
from kobotui.model.form import META, Form, Group, Labels, Question

MAIN = ""
"""Key of the sheet of the records themselves."""

Choices = dict[str, str]
"""Names of choices and their labels in the export's language, or the names again."""


class FormVersion(NamedTuple):
    """A deployed version of a form."""

    uid: str
    form: Form


@dataclass(eq=False)
class Field:
    """A question in one version."""

    name: str
    path: str
    question: Question
    label: str
    """In the export's language, or the name."""
    above: tuple[str, ...]
    """The labels of the groups around it, the outermost first."""
    choices: Choices | None = None
    """Shared by all questions of the version that use the same list."""

    @property
    def source(self) -> str:
        """The record's key: the audit has one of its own."""
        return f"meta/{self.path}" if self.question.type == "audit" else self.path


@dataclass(eq=False)
class Part:
    """The records, or one repeat, in one version."""

    key: str
    name: str
    path: str
    parent: str | None
    """Key of the part around it, None for the records."""
    fields: dict[str, Field] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Version:
    """One version, ready to be laid over others."""

    uid: str
    parts: dict[str, Part]


@dataclass(eq=False)
class Sheet:
    """A sheet of the export: the records, or all rounds of one repeat."""

    key: str
    name: str
    parent: str | None
    children: tuple[str, ...]
    paths: tuple[str, ...]
    """The record's keys for the repeat, the newest version's first."""
    fields: dict[str, Field]
    """The newest version's where several have the question."""


@dataclass(eq=False)
class Layout:
    """All of it."""

    sheets: dict[str, Sheet]
    versions: tuple[Version, ...]
    """The newest first."""
    known: dict[str, frozenset[str]]
    """By sheet: the keys of questions and repeats that some deployed version has."""


def lay_over(title: str, versions: Sequence[FormVersion], options: ExportOptions) -> Layout:
    """The layout of a project called ``title`` from its deployed versions, the newest first; at least one."""
    everything = tuple(_read(title, version, options.lang) for version in versions)
    used = everything if options.fields_from_all_versions else everything[:1]
    order = _fields_in_order(used)
    keys = dict.fromkeys(key for version in reversed(used) for key in version.parts)
    sheets = {}
    for key in keys:
        parts = [version.parts[key] for version in used if key in version.parts]
        sheets[key] = Sheet(
            key=key,
            name=parts[0].name,
            parent=parts[0].parent,
            children=tuple(dict.fromkeys(child for part in parts for child in part.children)),
            paths=tuple(dict.fromkeys(part.path for part in parts)),
            fields={name: found for where, name, found in order if where == key and _wanted(found, options)},
        )
    return Layout(sheets, used, {key: frozenset(_known(key, everything)) for key in keys})


def _wanted(found: Field, options: ExportOptions) -> bool:
    return not options.fields or found.path in options.fields


def _known(key: str, versions: Sequence[Version]) -> Iterator[str]:
    """What a record or a round may hold without being a surprise."""
    for version in versions:
        if part := version.parts.get(key):
            yield from (found.source for found in part.fields.values())
            yield from (version.parts[child].path for child in part.children)


def _read(title: str, version: FormVersion, lang: str) -> Version:
    """One version by sheet; a name that two questions of a sheet have is told apart by its path."""
    form = version.form
    lists: dict[str, Choices] = {}
    keys: dict[str, str] = {}
    parts = {MAIN: Part(MAIN, title, "", None)}
    for item in _rows(form):
        around = form.around(item)
        inside = parts[keys.get(item.repeat or "", MAIN)]
        if isinstance(item, Group):
            if item.repeats:
                key = keys[item.path] = item.name if item.name not in parts else item.path
                parts[key] = Part(key, item.name, item.path, inside.key)
                inside.children.append(key)
            continue
        held = inside.fields.get(item.name)
        name = item.name if held is None or held.path == item.path else item.path
        above = tuple(_label(form, group, lang) for group in around)
        found = Field(item.name, item.path, item, _label(form, item, lang), above, _choices(form, item, lang, lists))
        inside.fields[name] = found
    return Version(version.uid, parts)


def _rows(form: Form) -> Iterator[Group | Question]:
    """What the device fills in by itself comes first, as the server puts it."""
    items = [item for _depth, item in form.nodes]
    first = [item for item in items if isinstance(item, Question) and item.type in META and item.repeat is None]
    moved = set(map(id, first))
    yield from first
    yield from (item for item in items if id(item) not in moved)


def _choices(form: Form, question: Question, lang: str, lists: dict[str, Choices]) -> Choices | None:
    name = question.list_name or ""
    if not question.type.startswith("select_") or name not in form.choices:
        return None
    if name not in lists:
        lists[name] = {c.name: _in(form, c.labels, lang) or c.name for c in form.choices[name]}
    return lists[name]


def _label(form: Form, item: Question | Group, lang: str) -> str:
    return _in(form, item.labels, lang) or item.name


def _in(form: Form, labels: Labels, lang: str) -> str | None:
    """The label in exactly this language: the server takes the name where there is none, never another language."""
    if lang == NAMES:
        return None
    wanted = None if lang == DEFAULT_LANGUAGE else lang
    place = form.languages.index(wanted) if wanted in form.languages else len(labels)
    return labels[place] if place < len(labels) else None


def _fields_in_order(versions: Sequence[Version]) -> list[tuple[str, str, Field]]:
    """Sheet, name and question of all versions, each once.

    An older version's question shares the place of the row where it stood, and comes after all that stand alone
    there. A choice that only older versions had comes before the newer ones.
    """
    places: list[list[tuple[str, str, Field]]] = []
    holders: dict[tuple[str, str], Field] = {}
    for version in versions:
        place = count()
        for key, part in version.parts.items():
            for name, found in part.fields.items():
                here = next(place)
                holder = holders.get((key, name))
                if holder is not None:
                    _take_in(holder, found)
                    continue
                holders[key, name] = found
                if version is versions[0] or here >= len(places):
                    places.append([(key, name, found)])
                    place = count(len(places))
                else:
                    places[here].append((key, name, found))
    return [stack[0] for stack in places] + [entry for stack in places for entry in stack[1:]]


def _take_in(holder: Field, older: Field) -> None:
    if holder.choices is not None and older.choices is not None and holder.choices is not older.choices:
        merged = {**older.choices, **holder.choices}
        holder.choices.clear()
        holder.choices.update(merged)
