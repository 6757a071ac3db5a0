"""Rows that name a record: the cells that say something else than an export made now would say.

The record is written as a row by the very code that writes exports, in the words of the file. What is the same was
not edited, whatever a spreadsheet made of it; only the rest is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from kobotui.exports.cells import DATES, NUMBERS, moment, number, text
from kobotui.exports.layout import MAIN, FormVersion
from kobotui.exports.record_answers import (
    BadColumnError,
    answer_in,
    contradiction,
    heading_of,
    place_of,
    same_answer,
    with_parts,
)
from kobotui.exports.record_columns import Column
from kobotui.exports.record_table import Asked, Entry, Part, RecordTable, from_tables
from kobotui.exports.table import Table
from kobotui.exports.table_file import BadCell, Cell
from kobotui.exports.xlsx_file import CUT, LONGEST_CELL
from kobotui.locale import _
from kobotui.model.check import check, lookup_in
from kobotui.model.form import MEDIA, SELECT_MANY, SELECT_ONE
from kobotui.model.record_cells import MOMENTS, Value, days, plain, shortened
from kobotui.model.submission import Submission, answer_at

_SURROGATE = re.compile("[\ud800-\udfff]")
_SECOND = timedelta(seconds=1)
_SELECTS = SELECT_ONE | SELECT_MANY


class Drawn:
    """A record, or one round of a repeat, as a row of the export; ``below``: the rounds in it, by sheet."""

    def __init__(self, cells: list[Any]) -> None:
        self.cells = cells
        self.below: dict[str, list[Drawn]] = {}


class Drawing:
    """Writes records as the file's export would."""

    def __init__(self, title: str, versions: Sequence[FormVersion], table: RecordTable) -> None:
        self._table = Table(title, versions, table.headings.dialect.options)
        self._sheets = table.headings.sheets
        self._keys = list(self._sheets)
        self._widths = {key: len(list(table.headings.dialect.targets(key))) for key in self._keys}

    def draw(self, record: Mapping[str, Any]) -> Drawn:
        """The row of a record with those of its repeats."""
        top: Drawn | None = None
        by_index: dict[tuple[str, int], Drawn] = {}
        for row in self._table.rows(record):
            key = self._keys[row.sheet]
            drawn = Drawn(row.cells)
            after = row.cells[self._widths[key] :]
            if key == MAIN:
                top = drawn
                by_index[MAIN, after[-1]] = drawn
                continue
            index, _name, above = after[:3]
            by_index[key, index] = drawn
            by_index[self._sheets[key].parent or MAIN, above].below.setdefault(key, []).append(drawn)
        assert top is not None
        return top

    def place(self, name: str) -> int:
        """Where one of the server's own columns stands in the records' rows."""
        return self._table.sheets[0].headings.index(name)


class Edits:
    """What a row changes of its record."""

    def __init__(self) -> None:
        self.before: dict[str, str | None] = {}
        self.after: dict[str, str | None] = {}
        """By positioned path; None is unanswered."""
        self.notes: list[str] = []
        """What is not taken of it, and why."""


def read_edits(table: RecordTable, entry: Entry, record: Submission, drawing: Drawing, today: date) -> Edits:
    """What a row changes of its record as it is now; what is wrong with it goes to the table's problems."""
    reading = _Reading(table, record, drawing)
    reading.instance(table.main, entry, drawing.draw(record.raw), "", "")
    reading.judge(today)
    return reading.edits


class _Reading:
    def __init__(self, table: RecordTable, record: Submission, drawing: Drawing) -> None:
        self._table, self._record, self._drawing = table, record, drawing
        self.edits = Edits()
        self._edited: list[tuple[Asked, Entry, str]] = []
        self._answers: dict[str, Any] = dict(record.raw)

    def instance(self, part: Part, entry: Entry, drawn: Drawn, repeat: str, position: str) -> None:
        """The edits of one row, and of the rows that belong to it."""
        for asked in part.asked:
            changed = [column for column in _columns(asked) if not _unchanged(entry, column, drawn)]
            if not changed:
                continue
            if asked.question.type not in NUMBERS and self._shortened(asked, entry, drawn):
                continue
            if not from_tables(asked.question):
                self._note(entry, changed[0], asked)
                continue
            try:
                self._edit(asked, entry, drawn, changed, place_of(asked.question.path, repeat, position))
            except BadColumnError as error:
                self._table.problems.add(entry, error.heading, error.sentence)
        for column in part.gone:
            if column.target.kind != "link" and column.drawn is not None and not _unchanged(entry, column, drawn):
                self._say(entry, column, _("the deployed form does not have this question any more"))
        name = "_validation_status"
        status = part.system.get(name)
        if part.key == MAIN and status and not _same(entry.cell(status), drawn.cells[self._drawing.place(name)], ""):
            self._say(entry, status, _("a validation status is not an answer"))
        for child in self._table.children(part.key):
            self._rounds(child, entry, drawn, place_of(child.path, repeat, position))

    def _shortened(self, asked: Asked, entry: Entry, drawn: Drawn) -> bool:
        """Whether a spreadsheet alone changed this, which opened CSV and took digits for a number."""
        column = asked.whole
        if column is None or column.drawn is None or asked.parts:
            return False
        here, there = plain(_value(entry.cell(column))).strip(), text(drawn.cells[column.drawn])
        if not shortened(here, there):
            return False
        said = _("line {n}, column {name}: {here} is taken for {there}, which spreadsheets write so.")
        self.edits.notes.append(said.format(n=entry.line, name=column.heading, here=here, there=there))
        return True

    def _rounds(self, part: Part, entry: Entry, drawn: Drawn, position: str) -> None:
        rows, rounds = entry.children.get(part.key, []), drawn.below.get(part.key, [])
        if len(rows) == len(rounds):
            for number, (row, round_) in enumerate(zip(rows, rounds, strict=True), 1):
                self.instance(part, row, round_, part.path, f"{position}[{number}]")
        elif rows:
            text = _("{name} has {n} rows here and {m} in the record: add or remove them in the record itself.")
            self._table.problems.add(entry, "", text.format(name=part.name, n=len(rows), m=len(rounds)))
        else:
            text = _("line {n}: no row of {name} belongs to it; what the record has stays as it is.")
            self.edits.notes.append(text.format(n=entry.line, name=part.name))

    def _edit(self, asked: Asked, entry: Entry, drawn: Drawn, changed: Sequence[Column], path: str) -> None:
        kind = asked.question.type
        now = answer_at(self._record.raw, path)
        if not (now is None or isinstance(now, str)):
            raise BadColumnError(changed[0].heading, _("the record holds no text here"))
        before = now or ""
        parts = tuple(column for column in changed if column is not asked.whole)
        after = with_parts(self._table, asked, entry, parts, before) if parts else before
        if asked.whole in changed:
            if _start(entry.cell(asked.whole)).startswith(CUT):
                raise BadColumnError(
                    heading_of(asked), _("this text was cut when it was exported: correct it in the record")
                )
            whole = answer_in(
                self._table, asked, entry, before=before, lookup=lookup_in(self._table.form, self._answers)
            )
            if parts and not same_answer(asked.question, whole, after):
                raise BadColumnError(parts[0].heading, contradiction(asked))
            after = whole
        if after == before or (before and kind == "select_multiple" and same_answer(asked.question, after, before)):
            return
        if kind in NUMBERS and after and before and _equal(after, before):
            return
        if not before and any(column.drawn is not None and text(drawn.cells[column.drawn]) for column in changed):
            said = _("the record answers an older form, where this question stood elsewhere: correct it in the record")
            raise BadColumnError(changed[0].heading, said)
        self.edits.before[path], self.edits.after[path] = now, after or None
        if asked.question.repeat is None:
            self._answers[path] = after
        self._edited.append((asked, entry, path))

    def judge(self, today: date) -> None:
        """Check the new answers against the form, each beside all the others."""
        for asked, entry, path in self._edited:
            after = self.edits.after[path] or ""
            problem = check(asked.question, after, self._table.form, answers=self._answers, today=today)
            if problem:
                self._table.problems.add(entry, heading_of(asked), problem.sentence)

    def _note(self, entry: Entry, column: Column, asked: Asked) -> None:
        kind = asked.question.type
        if kind in MEDIA:
            self._say(entry, column, _("files are not corrected by a table"))
        elif kind == "calculate":
            self._say(entry, column, _("the form calculates it"))
        else:
            self._say(entry, column, _("the device records it"))

    def _say(self, entry: Entry, column: Column, why: str) -> None:
        text = _("line {n}, column {name}: this edit is not taken, {why}.")
        self.edits.notes.append(text.format(n=entry.line, name=column.heading, why=why))


def _columns(asked: Asked) -> tuple[Column, ...]:
    return (asked.whole, *asked.parts) if asked.whole else asked.parts


def _value(value: Cell) -> Value:
    """What a cell holds; nothing where it cannot be read."""
    return None if isinstance(value, BadCell) else value


def _start(value: Cell) -> str:
    """The beginning of a text, empty for anything else."""
    return value[:100] if isinstance(value, str) else ""


# What a spreadsheet may make of a cell that nobody edited


def _unchanged(entry: Entry, column: Column, drawn: Drawn) -> bool:
    """Whether a cell says what the export would say; False where the export has no such column."""
    if column.drawn is None or column.drawn >= len(drawn.cells):
        return False
    kind = column.question.type if column.question else ""
    return _same(entry.cell(column), drawn.cells[column.drawn], kind)


def _same(value: Cell, drawn: Any, kind: str) -> bool:
    if isinstance(value, BadCell):
        return False
    here, there = plain(value), plain(text(drawn))
    if here == there:
        return True
    if not here.strip() or not there:
        return here.strip() == there
    if kind in DATES and isinstance(value, str) and there in {day.isoformat() for day in days(here.strip())}:
        return True
    if isinstance(value, date) or (kind in DATES | MOMENTS and not isinstance(value, int | float)):
        return _same_moment(value, there)
    if isinstance(value, int | float) or kind in NUMBERS or kind in _SELECTS:
        return _equal(here, there)
    if len(there) > LONGEST_CELL and here == (CUT + there)[:LONGEST_CELL]:
        return True
    return bool(_SURROGATE.search(there)) and here in (_SURROGATE.sub(sign, there) for sign in "\ufffd?")


def _same_moment(value: Cell, there: str) -> bool:
    one, other = (moment(value) if isinstance(value, str) else value), moment(there)
    if not isinstance(other, datetime) or not isinstance(one, date):
        return False
    if not isinstance(one, datetime):
        return one == other.date()
    return abs(one - other) < _SECOND


def _equal(one: str, other: str) -> bool:
    """Whether two texts are the same number."""
    left, right = number(one), number(other)
    if isinstance(left, str) or isinstance(right, str):
        return False
    return bool(left == right or abs(left - right) <= 1e-13 * max(abs(left), abs(right)))
