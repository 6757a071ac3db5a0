"""Which question each column of a file is about: headings by name, path or label, as our exports write them.

A file is read in the words of the export that it most resembles: its language, with or without the groups. What that
leaves open is looked up in all of the form's words; a heading that could be several questions is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kobotui.exports.cells import PARTS, POINTS, headings
from kobotui.exports.layout import MAIN, Field, FormVersion, Layout, lay_over
from kobotui.exports.layout import Sheet as LaidSheet
from kobotui.exports.table import COPIED, OTHER
from kobotui.locale import _
from kobotui.model.export_options import DEFAULT_LANGUAGE, NAMES, ExportOptions
from kobotui.model.form import Form, Question
from kobotui.model.submission import SYSTEM_KEYS

IDENTITY = ("_id", "_uuid", "meta/rootUuid")
"""Columns that say which record a row is; a row without them is a new one."""
INDEX, PARENT, PARENT_TABLE = "_index", "_parent_index", "_parent_table_name"
_SYSTEM = frozenset({*SYSTEM_KEYS, *COPIED, *(f"_submission_{name}" for name in COPIED)}) | {
    INDEX, PARENT, PARENT_TABLE, OTHER, "_userform_id",
}  # fmt: skip

Kind = Literal["answer", "choice", "coordinate", "link", "system"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a column is about."""

    kind: Kind
    path: str
    """The question's key, or the name of the server's own column."""
    part: str = ""
    """The name of the choice, or which coordinate."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file."""

    place: int
    heading: str
    target: Target
    question: Question | None
    """None for the server's own, and for what the deployed form does not have any more."""
    drawn: int | None
    """The place of the same in a row of the export."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The columns of one sheet."""

    columns: tuple[Column, ...]
    unknown: tuple[str, ...]
    """Headings that are nothing of the form."""
    wrong: tuple[tuple[str, str], ...]
    """Headings that cannot be used, and why."""


@dataclass(frozen=True)
class Dialect:
    """The words of one kind of export."""

    options: ExportOptions
    layout: Layout

    def targets(self, key: str) -> Iterator[tuple[str, Target]]:
        """Headings of a sheet and what they are about, in the order of the export."""
        for field in self.layout.sheets[key].fields.values():
            names = headings(field, self.options)
            yield from zip(names, _targets(field, len(names)), strict=True)


def _targets(field: Field, n: int) -> Iterator[Target]:
    yield Target("answer", field.path)
    if field.question.type in POINTS:
        yield from (Target("coordinate", field.path, part) for part in PARTS)
    elif field.question.type == "select_multiple":
        names = [*(field.choices or {}), *(["other"] if field.question.or_other else [])]
        yield from (Target("choice", field.path, name) for name in names)
    elif n == 2:
        yield Target("link", field.path)


class Headings:
    """The words of a form in all languages, and the dialect of one file."""

    def __init__(self, title: str, versions: Sequence[FormVersion], main: Iterable[str]) -> None:
        """``versions``: all that were deployed, the newest first. ``main``: the headings of the records' sheet."""
        self.form: Form = versions[0].form
        languages = dict.fromkeys(name or DEFAULT_LANGUAGE for version in versions for name in version.form.languages)
        self._dialects = [
            Dialect(options, lay_over(title, versions, options))
            for lang in (NAMES, *languages)
            for groups in (False, True)
            for options in [ExportOptions(lang=lang, hierarchy_in_labels=groups, include_media_url=True)]
        ]
        counted = Counter(main)
        self.dialect = max(self._dialects, key=lambda dialect: _alike(dialect, counted))
        """What the file resembles most; names where nothing tells."""
        self._words: dict[str, dict[str, list[Target]]] = {}

    @property
    def sheets(self) -> dict[str, LaidSheet]:
        """The records' sheet and those of the repeats, as an export has them."""
        return self.dialect.layout.sheets

    def match(self, key: str, row: Sequence[str]) -> Matched:
        """What the headings of a sheet are about."""
        own: dict[str, list[tuple[int, Target]]] = {}
        for place, (heading, target) in enumerate(self.dialect.targets(key)):
            own.setdefault(heading, []).append((place, target))
        drawn = {target: place for found in own.values() for place, target in found}
        counted, seen = Counter(row), Counter[str]()
        columns: list[Column] = []
        unknown, wrong = [], []
        for place, heading in enumerate(row):
            if not heading.strip():
                continue
            turn = seen[heading]
            seen[heading] += 1
            here = own.get(heading, [])
            if len(here) == counted[heading]:
                targets = [here[turn][1]]
            elif len(here) > 1:  # those that other columns name by their paths are not meant
                targets = [target for _place, target in here if target.path == heading or target.path not in counted]
            else:
                targets = self._targets(key, heading)
            if not targets:
                unknown.append(heading)
            elif len(targets) > 1:
                listed = ", ".join(dict.fromkeys(target.path for target in targets))
                sentence = _("this heading could be several questions: {names}. Write the name instead.")
                wrong.append((heading, sentence.format(names=listed)))
            else:
                (target,) = targets
                columns.append(Column(place, heading, target, self._question(target), drawn.get(target)))
        wrong += _twice(columns)
        return Matched(tuple(columns), tuple(unknown), tuple(wrong))

    def _question(self, target: Target) -> Question | None:
        """The question as the deployed form has it."""
        found = self.form.questions.get(target.path) if target.kind != "system" else None
        if found and target.kind == "choice" and found.type != "select_multiple":
            return None
        return found

    def _targets(self, key: str, heading: str) -> list[Target]:
        """What a heading can be about, whatever the language; what is written differently only in the last place."""
        if heading in _SYSTEM:
            return [Target("system", heading)]
        if key not in self._words:
            self._words[key] = dict(self._all_words(key))
        words = self._words[key]
        if found := words.get(heading) or words.get(heading.strip()):
            return found
        folded = heading.strip().casefold()
        alike = (target for word, targets in words.items() if word.casefold() == folded for target in targets)
        return list(dict.fromkeys(alike))

    def _all_words(self, key: str) -> Iterator[tuple[str, list[Target]]]:
        words: dict[str, list[Target]] = {}
        for dialect in self._dialects:
            for heading, target in dialect.targets(key):
                words.setdefault(heading, []).append(target)
                exact = f"{target.path}/{target.part}" if target.kind == "choice" else target.path
                if target.kind in ("answer", "choice"):
                    words.setdefault(exact, []).insert(0, target)
        for word, targets in words.items():  # a path is one question's whatever else is called like it
            exactly = [t for t in targets if word in (t.path, f"{t.path}/{t.part}")]
            yield word, list(dict.fromkeys(exactly or targets))


def _alike(dialect: Dialect, counted: Counter[str]) -> int:
    """How many headings an export of this dialect shares with the file."""
    return sum((Counter(heading for heading, _target in dialect.targets(MAIN)) & counted).values())


def _twice(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    first: dict[Target, str] = {}
    for column in columns:
        if column.target in first:
            sentence = _("this is the same as the column {name}.").format(name=first[column.target])
            yield column.heading, sentence
        first.setdefault(column.target, column.heading)
